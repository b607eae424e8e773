from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Language
from sonae.core.web import problems, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.prevention.inspections import queries, services
from sonae.prevention.inspections.forms import AskForm, DiagramForm
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.answers import download
from sonae.prevention.inspections.oscal.self_assessment import may_be_planned
from sonae.prevention.inspections.pages import folder as folders
from sonae.prevention.inspections.pages import preparation as pages
from sonae.prevention.inspections.pages import year_form


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def preparations(request: SignedInRequest) -> HttpResponse:
    """The institutions and years to choose from; straight to the newest where there is one institution only."""
    today = jst_day(request.now)
    institutions, years = list(queries.institutions_of(request.viewer)), queries.years(today=today)
    if len(institutions) == 1 and years:
        return redirect("inspections:preparation", institutions[0].pk, years[0])
    page = {"places": pages.choices(institutions, today=today), "year_form": year_form.to_institutions(today=today)}
    return render(request, "inspections/preparations.html", page)


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def preparation(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What is ready for the inspection of a fiscal year, what is missing, and what already covers a row."""
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    page = pages.preparation_page(found, viewer=request.viewer, today=jst_day(request.now))
    return render(request, "inspections/preparation.html", page)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def ask_vendor(request: SignedInRequest, institution_id: int, fiscal_year: int, vendor_id: int) -> HttpResponse:
    """Begins the form of a vendor and mails its link."""
    form = AskForm(request.POST)
    if form.is_valid():
        try:
            services.ask_vendor(
                institution_id, fiscal_year, vendor_id, name=form.cleaned_data["name"],
                address=form.cleaned_data["address"], by=request.viewer, now=request.now,
                language=Language.JAPANESE if words.is_japanese() else Language.ENGLISH,
            )  # fmt: skip
        except NotAllowed as refused:
            form.add_error(None, problems.sentence(refused))
        else:
            messages.success(request, _("The link is sent to %(name)s.") % {"name": form.cleaned_data["name"]})
            return redirect("inspections:preparation", institution_id, fiscal_year)
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    if not any(sheet.vendor.pk == vendor_id for sheet in found.vendors):
        raise Gone("vendor", vendor_id)
    page = pages.preparation_page(found, viewer=request.viewer, today=jst_day(request.now), asking={vendor_id: form})
    return render(request, "inspections/preparation.html", page, status=422)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def remind_vendors(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """Sends a new link to every vendor that was asked and has not handed in its form."""
    done = services.remind_vendors(institution_id, fiscal_year, by=request.viewer, now=request.now)
    if done.sent:
        messages.success(request, _("A new link is sent to: %(vendors)s.") % {"vendors": "、".join(done.sent)})
    for vendor, why in done.refused:
        messages.warning(request, f"{vendor}: {problems.sentence(why)}")
    if not done.sent and not done.refused:
        messages.info(request, _("No vendor has to be reminded."))
    return redirect("inspections:preparation", institution_id, fiscal_year)


@require_POST
@needs(Permission.INSPECTION_PREPARE)
def keep_diagram(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """Keeps a contact diagram, the newest from now on."""
    form = DiagramForm(request.POST, request.FILES)
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.keep_contact_diagram(
                institution_id, file.chunks(), name=file.name, by=request.viewer, now=request.now
            )
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            messages.success(request, _("The contact diagram is kept. It lies in the folder from now on."))
            return redirect("inspections:preparation", institution_id, fiscal_year)
    page = pages.preparation_page(found, viewer=request.viewer, today=jst_day(request.now), diagram_form=form)
    return render(request, "inspections/preparation.html", page, status=422)


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def folder(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """All papers for the inspector in one file."""
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    language = words.language()
    content = folders.folder_of(found, viewer=request.viewer, now=request.now, language=language)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{folders.name_of(found)}.zip"'
    return answer


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def results(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What was handed in, as OSCAL assessment results."""
    found = queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    return download(compose.assessment_results(found), f"assessment-results-{fiscal_year}-{found.institution.code}")


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def plan(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What is still to be done after what was handed in, as an OSCAL plan of action and milestones."""
    found = queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    require(may_be_planned(found))
    return download(compose.plan_of_action(found), f"plan-of-action-{fiscal_year}-{found.institution.code}")
