from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import MEDIA_TYPES, Kind
from sonae.core.institutions import queries as register
from sonae.core.web import listing, reads, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed
from sonae.prevention.detection import queries as detection
from sonae.response.incidents import forms, pages, queries, services
from sonae.response.incidents.models import Draft, Incident, IncidentIndicator
from sonae.response.incidents.vocabulary import CareImpact, Field, Phase, StepAnswer


class IncidentTable(listing.Table):
    number = listing.LinkColumn(
        "incidents:detail", verbose_name=gettext_lazy("Number"), attrs={"td": {"class": "mono"}}
    )
    institution = tables.Column(accessor="institution__name", verbose_name=gettext_lazy("Institution"))
    phase = listing.EnumColumn(Phase, verbose_name=gettext_lazy("Phase"))
    care = listing.EnumColumn(CareImpact, verbose_name=gettext_lazy("Effect on care"))
    registered_at = listing.MomentColumn(verbose_name=gettext_lazy("Time of the report"))
    is_drill = tables.BooleanColumn(yesno="✓,", verbose_name=gettext_lazy("Exercise"))

    class Meta(listing.Table.Meta):
        model = Incident
        fields = ("number", "institution", "phase", "care", "registered_at", "is_drill")
        sequence = fields
        order_by = "-registered_at"

    def value_is_drill(self, value: bool) -> str:  # noqa: FBT001  (called so by the library)
        return words.readable(value)


class IncidentFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("number", "institution__name", "institution__register_code"))
    phase = listing.EnumFilter(Phase, label=gettext_lazy("Phase"))
    care = listing.EnumFilter(CareImpact, label=gettext_lazy("Effect on care"))

    class Meta:
        model = Incident
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.INCIDENT_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=IncidentTable,
        filterset=IncidentFilter,
        queryset=Incident.objects.visible_to(request.viewer).select_related("institution"),
        template="incidents/index.html",
        filename="incidents",
        context={"report": access.may(request.viewer, Permission.INCIDENT_REPORT)},
        note=reads.of_list("incident.list", request=request, permission=Permission.INCIDENT_READ, subject="incident"),
    )


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.INCIDENT_REPORT)
def report(request: SignedInRequest) -> HttpResponse:
    draft = queries.draft_of(request.viewer)
    if request.method == "GET":
        form = forms.ReportForm(viewer=request.viewer, typed=draft.typed if draft else None)
        return _report_page(request, form, draft)
    form = forms.ReportForm(request.POST, viewer=request.viewer)
    # Whatever becomes of it, what was typed is kept: the next press of a button may be on another machine.
    services.save_draft(forms.ReportForm.typed_in(request.POST), by=request.viewer, now=request.now)
    if not form.is_valid():
        return _report_page(request, form, draft, status=422)
    verb = services.report_drill if form.cleaned_data["is_drill"] else services.report_incident
    try:
        incident = verb(form.report(), intake_id=form.intake, by=request.viewer, now=request.now)
    except NotAllowed as refused:
        form.refuse(refused.refusal)
        return _report_page(request, form, draft, status=422)
    if incident.registered_at != request.now:
        # A double click, or a form reached by "back": there is one report, and what was changed since is not in it.
        text = _(
            "This report arrived on %(moment)s. It was not recorded a second time. "
            "For another incident, please open a new form."
        )
        messages.info(request, text % {"moment": words.jst(incident.registered_at)})
    return HttpResponseRedirect(reverse("incidents:receipt", args=[incident.pk]))


@require_POST
@needs(Permission.INCIDENT_REPORT)
def save_draft(request: SignedInRequest) -> HttpResponse:
    services.save_draft(forms.ReportForm.typed_in(request.POST), by=request.viewer, now=request.now)
    if request.htmx:
        return HttpResponse(status=204)
    messages.success(request, _("What you typed is kept. You can go on later, also on another device."))
    return HttpResponseRedirect(reverse("incidents:report"))


@require_POST
@needs(Permission.INCIDENT_REPORT)
def discard_draft(request: SignedInRequest) -> HttpResponse:
    services.discard_draft(by=request.viewer)
    return HttpResponseRedirect(reverse("incidents:report"))


@require_GET
@needs(Permission.INCIDENT_REPORT)
def receipt(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """What whoever reported needs next: the number, the first steps, and where it goes on."""
    return render(request, "incidents/receipt.html", pages.receipt(_received(request, pk), viewer=request.viewer))


@require_GET
@needs(Permission.INCIDENT_REPORT)
def receipt_file(request: SignedInRequest, pk: UUID, kind: Kind) -> HttpResponse:
    """The receipt as PDF to be kept, or as a Word document to go on writing."""
    incident, language = _received(request, pk), get_language() or "ja"
    report = pages.receipt_report(incident, now=request.now)
    made = (
        documents.render_report_docx(report, language=language)
        if kind is Kind.DOCX
        else documents.render_pdf("documents/report", report, language=language, now=request.now).content
    )
    response = HttpResponse(made, content_type=MEDIA_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{incident.number}.{kind}"'
    return response


@never_cache
@require_GET
@needs(Permission.INCIDENT_READ)
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = _with_place(request, pk)
    _note_opened(request, incident)
    page = pages.detail(incident, viewer=request.viewer, now=request.now, opened=request.GET.get("open", ""))
    return render(request, "incidents/detail.html", page)


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def state(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    form = forms.StateForm(request.POST)
    pages.insist_on(form)
    said = queries.statements_of(incident.pk)
    for field in (Field.CARE, Field.LEAK, Field.SYSTEMS):
        value = sorted(form.cleaned_data[field]) if field is Field.SYSTEMS else form.cleaned_data[field]
        if field not in said or said[field].value != value:
            services.state(incident.pk, field, value, by=request.viewer, now=request.now)
    return _back_to(incident)


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def answer_step(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    step, _bar, answer = request.POST.get("answer", "").partition("|")
    if answer in {member.value for member in StepAnswer}:
        services.answer_step(incident.pk, step, StepAnswer(answer), by=request.viewer, now=request.now)
    return _back_to(incident, "first-steps")


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def add_note(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    form = forms.NoteForm(request.POST)
    pages.insist_on(form)
    services.note(incident.pk, form.cleaned_data["text"], by=request.viewer, now=request.now)
    return _back_to(incident, "timeline")


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def move(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    form = forms.MoveForm(request.POST)
    pages.insist_on(form)
    said = form.cleaned_data
    moved = services.move_incident(
        incident.pk, Phase(said["phase"]), reason=said["reason"], kept_number=said["kept_number"], by=request.viewer,
        now=request.now,
    )  # fmt: skip
    messages.success(request, _("The incident is now: %(phase)s") % {"phase": words.of(Phase(moved.phase))})
    return _back_to(incident)


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def add_indicators(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = _with_place(request, pk)
    form = forms.TypedIndicatorsForm(request.POST)
    if not form.is_valid():
        _note_opened(request, incident)
        page = pages.detail(incident, viewer=request.viewer, now=request.now, opened="indicators", typed=form)
        return render(request, "incidents/detail.html", page, status=422)
    added = services.attach_indicators(incident.pk, form.attached(), by=request.viewer, now=request.now)
    return _attached(request, incident, len(added))


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def extract(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """Reads a sensor's file and shows what it speaks of. Nothing is stored before a person has confirmed it."""
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    form = forms.EventFileForm(request.POST, request.FILES)
    pages.insist_on(form)
    file = form.cleaned_data["file"]
    own = register.own_networks(incident.institution_id)
    with documents.on_disk(file.chunks(), name=file.name, most_bytes=detection.MOST_UPLOADED_BYTES) as path:
        found = detection.extract(path, name=file.name, own_addresses=own)
    return render(request, "incidents/extraction.html", pages.extraction(incident, found))


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def confirm(request: SignedInRequest, pk: UUID) -> HttpResponse:
    incident = visible_or_404(Incident.objects, request.viewer, pk=pk)
    added = services.attach_indicators(incident.pk, forms.confirmed(request.POST), by=request.viewer, now=request.now)
    return _attached(request, incident, len(added))


@require_POST
@needs(Permission.INCIDENT_CHANGE)
def remove_indicator(request: SignedInRequest, pk: UUID) -> HttpResponse:
    indicator = visible_or_404(IncidentIndicator.objects, request.viewer, pk=pk)
    removed = services.remove_indicator(indicator.pk, by=request.viewer, now=request.now)
    return HttpResponseRedirect(reverse("incidents:detail", args=[removed.incident_id]) + "#indicators")


def _received(request: SignedInRequest, pk: UUID) -> Incident:
    """An incident that this person reported, or may read."""
    rows = Incident.objects.reported_by_viewer(request.viewer) | Incident.objects.visible_to(request.viewer)
    incident = pages.one_or_gone(rows, pk)
    _note_opened(request, incident)
    return incident


def _note_opened(request: SignedInRequest, incident: Incident) -> None:
    """Each look at an incident is on record, also one from inside: what it says is read by few and asked for later."""
    audit.record_read(
        "incident.open", subject="incident", subject_id=incident.pk, by=request.viewer.account_id, now=request.now,
        institution_id=incident.institution_id,
    )  # fmt: skip


def _attached(request: SignedInRequest, incident: Incident, count: int) -> HttpResponse:
    messages.success(request, _("%(count)s indicators were attached.") % {"count": count})
    return _back_to(incident, "indicators")


def _with_place(request: SignedInRequest, pk: UUID) -> Incident:
    rows = Incident.objects.select_related("institution__jurisdiction", "kept")
    return visible_or_404(rows, request.viewer, pk=pk)


def _back_to(incident: Incident, group: str = "") -> HttpResponse:
    """Back to the page, at the group of it in which somebody works: that one stays open."""
    address = reverse("incidents:detail", args=[incident.pk])
    return HttpResponseRedirect(f"{address}?open={group}#{group}" if group else address)


def _report_page(
    request: SignedInRequest, form: forms.ReportForm, draft: Draft | None, *, status: int = 200
) -> HttpResponse:
    page = {
        "form": form,
        "draft": draft,
        "reported": queries.reported_lately(request.viewer, now=request.now),
        **pages.first_steps_in_words(),
    }
    return render(request, "incidents/report.html", page, status=status)
