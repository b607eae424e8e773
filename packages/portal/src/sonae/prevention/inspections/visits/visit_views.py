"""The pages of visits. They do without a script what a tablet does with one."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.documents.vocabulary import Kind
from sonae.core.web import listing, reads, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, revision_seen
from sonae.core.web.problems import put_at
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.answers import download
from sonae.prevention.inspections.visits import assessment, detail_page, papers, queries, report, services
from sonae.prevention.inspections.visits.forms import (
    ArrangeForm,
    CancelForm,
    MoveForm,
    PhotoForm,
    RowForm,
    SignatureForm,
)
from sonae.prevention.inspections.visits.models import Visit
from sonae.prevention.inspections.visits.tables import VisitFilter, VisitTable
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    Side,
    Take,
    VisitRefusal,
    VisitState,
)

_REPORTS = (Kind.PDF, Kind.DOCX)


@needs(Permission.INSPECTION_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Visits of one's own jurisdiction, or those that were announced to one's institution."""
    rows = Visit.objects.visible_to(request.viewer).select_related("institution")
    still_open = Count("corrections", filter=~Q(corrections__state=CorrectionState.ACCEPTED))
    return listing.respond(
        request,
        table=VisitTable,
        filterset=VisitFilter,
        queryset=rows.annotate(open_corrections=still_open),
        template="inspections/visits/index.html",
        filename="inspections",
        context={"may_conduct": access.may(request.viewer, Permission.INSPECTION_CONDUCT)},
        note=reads.of_list("visit.list", request=request, permission=Permission.INSPECTION_READ, subject="visit"),
    )


@needs(Permission.INSPECTION_READ)
@require_GET
def detail(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """One visit: its rows for those who inspect; for the institution when it is and, once closed, the report."""
    visit = _visit(request, visit_id)
    _note_read(request, visit)
    return _page(request, visit)


@needs(Permission.INSPECTION_READ)
@require_GET
def report_file(request: SignedInRequest, visit_id: UUID, form: str) -> HttpResponse:
    """The report of a closed visit as a file."""
    if form not in _REPORTS:
        raise Gone("report", form)
    visit = _closed(request, visit_id)
    return papers.report_of(visit, Kind(form), viewer=request.viewer, now=request.now)


@needs(Permission.INSPECTION_READ)
@require_GET
def results(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """What a closed visit found, as OSCAL assessment results."""
    visit = _closed(request, visit_id)
    document = compose.assessment_results(assessment.assessment_of(visit))
    return download(document, f"assessment-results-{report.name_of(visit)}")


@needs(Permission.INSPECTION_READ)
@require_GET
def plan(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """What is still to be mended after a closed visit, as an OSCAL plan of action and milestones."""
    visit = _closed(request, visit_id)
    found = assessment.assessment_of(visit)
    require(assessment.may_be_planned(found))
    return download(compose.plan_of_action(found), f"plan-of-action-{report.name_of(visit)}")


# --- before the visit ----------------------------------------------------------------------------------------------


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def arrange(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = ArrangeForm(request.POST, inspectors=services.may_join(visit, now=request.now))
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.arrange(
                visit_id, on=said["on"], team=form.members(), companions=said["companions"], by=request.viewer,
                now=request.now,
            )  # fmt: skip
        except NotAllowed as refused:
            form.add_error("on", words.of(refused.refusal))
        else:
            messages.success(request, _("Day and team are set. The institution does not know of it yet."))
            return redirect("visits:detail", visit_id)
    return _page(request, visit, arrange_form=form)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def announce(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    _visit(request, visit_id)
    services.announce(visit_id, by=request.viewer, now=request.now)
    messages.success(request, _("The institution is told when the visit is, and what to have ready."))
    return redirect("visits:detail", visit_id)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def move(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = MoveForm(request.POST)
    if form.is_valid():
        try:
            services.move(visit_id, by=request.viewer, now=request.now, **form.cleaned_data)
        except NotAllowed as refused:
            form.add_error("on", words.of(refused.refusal))
        else:
            messages.success(request, _("The visit is on another day. The institution is told."))
            return redirect("visits:detail", visit_id)
    return _page(request, visit, move_form=form)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def cancel(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    visit = _visit(request, visit_id)
    form = CancelForm(request.POST)
    if form.is_valid():
        services.cancel(visit_id, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
        messages.success(request, _("The visit is off the plan."))
        return redirect("visits:detail", visit_id)
    return _page(request, visit, cancel_form=form)


# --- on site -------------------------------------------------------------------------------------------------------


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def start(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    _visit(request, visit_id)
    services.start(visit_id, by=request.viewer, now=request.now)
    messages.success(request, _("The visit has begun."))
    return redirect("visits:detail", visit_id)


@needs(Permission.INSPECTION_CONDUCT)
@require_http_methods(["GET", "POST"])
def row(request: SignedInRequest, visit_id: UUID, item: str) -> HttpResponse:
    """One row: what was answered beside what is seen, pictures, and contradictions to decide."""
    visit = _visit(request, visit_id)
    found = _row(request, visit, item)
    form = RowForm(request.POST or None, initial=RowForm.initial_of(found.entry))
    if request.method == "POST" and form.is_valid():
        # Each form that is shown is a device of its own: what was written in another tab meanwhile was not seen in it.
        done = services.note_entries(
            visit_id,
            [form.entry(item, now=request.now)],
            device=form.cleaned_data["id"],
            by=request.viewer,
            now=request.now,
        )
        if done.refused:
            form.add_error(None, words.of(Refused(done.refused[0].reason, done.refused[0].facts)))
        elif done.conflicts:
            messages.warning(request, _("Somebody else had written about this row meanwhile. Please choose a side."))
            return redirect("visits:row", visit_id, item)
        else:
            messages.success(request, _("It is written down."))
            return redirect(f"{reverse('visits:detail', args=[visit_id])}#{detail_page.anchor(item)}")
    _note_read(request, visit)
    page = detail_page.row_page(visit, found, form=form, photo_form=PhotoForm())
    return render(request, "inspections/visits/row.html", page, status=422 if form.errors else 200)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def photo(request: SignedInRequest, visit_id: UUID, item: str) -> HttpResponse:
    visit = _visit(request, visit_id)
    found = _row(request, visit, item)
    form = PhotoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            services.add_photo(
                visit_id, form.cleaned_data["id"], item=item, pieces=form.cleaned_data["file"].chunks(),
                by=request.viewer, now=request.now,
            )  # fmt: skip
        except BadInput as refused:
            put_at(form, "file", refused)
        else:
            messages.success(request, _("The picture is kept with the row."))
            return redirect("visits:row", visit_id, item)
    page = detail_page.row_page(visit, found, form=RowForm(initial=RowForm.initial_of(found.entry)), photo_form=form)
    return render(request, "inspections/visits/row.html", page, status=422)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def decide(request: SignedInRequest, visit_id: UUID, entry_id: UUID) -> HttpResponse:
    """Chooses a side of a contradiction, as it was shown."""
    visit, shown = _visit(request, visit_id), frozenset(request.POST.getlist("conflict"))
    take, seen = request.POST.get("take", ""), revision_seen(request)
    if take not in frozenset(Take) or seen < 0:
        raise Gone("conflict", entry_id)
    entry = services.decide(
        visit_id, entry_id, take=Take(take), seen_revision=seen, by=request.viewer, now=request.now,
        seen_conflicts=[one.pk for one in queries.conflicts(visit) if str(one.pk) in shown],
    )  # fmt: skip
    messages.success(request, _("The side that you chose counts. Everything else stays on record."))
    return redirect("visits:row", visit_id, entry.item)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def sign(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """A name under what the visit says; a signature by hand comes from a tablet."""
    visit = _visit(request, visit_id)
    form = SignatureForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            services.sign(
                visit_id, said["id"], side=Side(said["side"]), name=said["name"], strokes=[], signed_at=request.now,
                seen_revision=said["seen"], by=request.viewer, now=request.now,
            )  # fmt: skip
        except NotAllowed as refused:
            form.add_error("name", words.of(refused.refusal))
        else:
            messages.success(request, _("It is signed."))
            return redirect("visits:detail", visit_id)
    return _page(request, visit, sign_form=form)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def close(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Ends the visit, or shows everything that still stands in the way."""
    visit = _visit(request, visit_id)
    try:
        services.close(visit_id, by=request.viewer, now=request.now)
    except BadInput:
        return _page(request, visit, status=422)
    messages.success(request, _("The visit is closed. The institution is told that the report is there."))
    return redirect("visits:detail", visit_id)


# --- inside --------------------------------------------------------------------------------------------------------


def _visit(request: SignedInRequest, visit_id: UUID) -> Visit:
    rows = Visit.objects.select_related("institution__jurisdiction", "edition", "submission")
    return visible_or_404(rows, request.viewer, pk=visit_id)


def _closed(request: SignedInRequest, visit_id: UUID) -> Visit:
    """A visit that is closed: before that there is nothing to take away."""
    visit = _visit(request, visit_id)
    if visit.state != VisitState.CLOSED:
        raise Gone("report", visit_id)
    _note_read(request, visit)
    return visit


def _row(request: SignedInRequest, visit: Visit, item: str) -> queries.SheetRow:
    sheet = queries.sheet(visit, viewer=request.viewer, now=request.now)
    if sheet is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert sheet is not None, "refused above"
    found = next((one for one in sheet.rows if one.question.id == item), None)
    if found is None:
        raise Gone("row", item)
    return found


def _page(request: SignedInRequest, visit: Visit, *, status: int = 200, **typed: Any) -> HttpResponse:
    if not queries.inspected_by(visit, request.viewer):
        page = detail_page.own_page(visit, request.viewer, now=request.now)
        return render(request, "inspections/visits/own.html", page)
    page = detail_page.visit_page(visit, request.viewer, now=request.now, **typed)
    return render(request, "inspections/visits/detail.html", page, status=422 if typed else status)


def _note_read(request: SignedInRequest, visit: Visit) -> None:
    reads.record_one(
        "visit.read", request=request, permission=Permission.INSPECTION_READ, subject="visit", subject_id=visit.pk,
        institution_id=visit.institution_id,
    )  # fmt: skip
