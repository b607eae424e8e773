"""The steps of a visit and of a correction for programs that speak for a person: the verbs of the pages."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Router
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.documents.vocabulary import Kind
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Day, Door, Id, Strict, as_text
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.visits import bodies, papers, rules, services
from sonae.prevention.inspections.visits.api import (
    CorrectionRow,
    ObservedAnswer,
    VisitRow,
    correction_row,
    note_read,
    observed,
    visit_of,
)
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.vocabulary import Take, VisitState

router = Router(tags=["inspections"])

Why = Annotated[str, StringConstraints(max_length=rules.LONGEST_REASON)]
Text = Annotated[str, StringConstraints(max_length=rules.LONGEST_TEXT)]
MOST_MEMBERS = 100


class ArrangementBody(Strict):
    """When the visit is, and which inspectors of the jurisdiction go; `companions` stand in the report as written."""

    on: Day
    team: Annotated[list[Id], Field(max_length=MOST_MEMBERS)]
    companions: Annotated[str, StringConstraints(max_length=200)] = ""


class MoveBody(Strict):
    """Another day, and why; the institution reads it."""

    on: Day
    why: Why


class CancelBody(Strict):
    """Why the visit is taken off the plan."""

    why: Why


class DecisionBody(Strict):
    """Which side of a conflict counts, as the row was seen; `seen_conflicts` end with it."""

    take: Annotated[Take, as_text(Take)]
    seen_revision: Annotated[int, Field(ge=0, le=bodies.HIGHEST_REVISION)]
    seen_conflicts: Annotated[list[Id], Field(max_length=rules.MOST_ENTRIES)] = []


class CorrectionBody(Strict):
    """What was done about a finding, and the stored file that shows it."""

    text: Text
    document_id: Id | None = None


class SendBackBody(Strict):
    """Why an answer goes back, and until when it is to be mended."""

    why: Why
    due_on: Day


@router.post("/inspections/{uuid:visit_id}/arrangement", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def arrange_inspection(request: SonaeRequest, visit_id: UUID, body: ArrangementBody) -> Visit:
    """Sets the day of a visit and who goes; the institution is not told yet."""
    return services.arrange(
        visit_id, on=body.on, team=body.team, companions=body.companions, by=request.viewer, now=request.now
    )


@router.post("/inspections/{uuid:visit_id}/announcement", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def announce_inspection(request: SonaeRequest, visit_id: UUID) -> Visit:
    """Tells the managers of the institution by mail when the visit is, and what to have ready."""
    return services.announce(visit_id, by=request.viewer, now=request.now)


@router.post("/inspections/{uuid:visit_id}/day", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def move_inspection(request: SonaeRequest, visit_id: UUID, body: MoveBody) -> Visit:
    """Puts an announced visit on another day; the institution is told with the reason."""
    return services.move(visit_id, on=body.on, why=body.why, by=request.viewer, now=request.now)


@router.post("/inspections/{uuid:visit_id}/cancellation", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def cancel_inspection(request: SonaeRequest, visit_id: UUID, body: CancelBody) -> Visit:
    """Takes a visit off the plan; whoever was told of it is told the reason."""
    return services.cancel(visit_id, why=body.why, by=request.viewer, now=request.now)


@router.post("/inspections/{uuid:visit_id}/start", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def start_inspection(request: SonaeRequest, visit_id: UUID) -> Visit:
    """Begins a visit: from now on it looks at what the institution had submitted by this moment."""
    return services.start(visit_id, by=request.viewer, now=request.now)


@router.post(
    "/inspections/{uuid:visit_id}/conflicts/{uuid:entry_id}/decision",
    auth=Door(Permission.INSPECTION_CONDUCT),
    response=ObservedAnswer,
)
def decide_inspection_conflict(
    request: SonaeRequest, visit_id: UUID, entry_id: UUID, body: DecisionBody
) -> ObservedAnswer:
    """Chooses which of two words about a row counts; answers the entry that was in conflict."""
    entry = services.decide(
        visit_id, entry_id, take=body.take, seen_revision=body.seen_revision, seen_conflicts=body.seen_conflicts,
        by=request.viewer, now=request.now,
    )  # fmt: skip
    return observed(entry)


@router.post("/inspections/{uuid:visit_id}/closing", auth=Door(Permission.INSPECTION_CONDUCT), response=VisitRow)
def close_inspection(request: SonaeRequest, visit_id: UUID) -> Visit:
    """Closes a visit that both sides signed: what was seen becomes evidence, each finding a correction."""
    return services.close(visit_id, by=request.viewer, now=request.now)


@router.get("/inspections/{uuid:visit_id}/report/pdf", auth=Door(Permission.INSPECTION_READ))
def download_inspection_report(request: SonaeRequest, visit_id: UUID) -> HttpResponse:
    """The report of a closed visit as PDF."""
    return _report(request, visit_id, Kind.PDF)


@router.get("/inspections/{uuid:visit_id}/report/docx", auth=Door(Permission.INSPECTION_READ))
def download_inspection_document(request: SonaeRequest, visit_id: UUID) -> HttpResponse:
    """The report of a closed visit as a Word document."""
    return _report(request, visit_id, Kind.DOCX)


@router.post(
    "/inspection-corrections/{uuid:correction_id}/answer",
    auth=Door(Permission.INSPECTION_CORRECT),
    response=CorrectionRow,
)
def answer_inspection_correction(request: SonaeRequest, correction_id: UUID, body: CorrectionBody) -> CorrectionRow:
    """Says what the institution did about a finding; that ends its duty, unless the answer comes back."""
    services.answer_correction(
        correction_id, text=body.text, document_id=body.document_id, by=request.viewer, now=request.now
    )
    return _correction(request, correction_id)


@router.post(
    "/inspection-corrections/{uuid:correction_id}/acceptance",
    auth=Door(Permission.INSPECTION_CONDUCT),
    response=CorrectionRow,
)
def accept_inspection_correction(request: SonaeRequest, correction_id: UUID) -> CorrectionRow:
    """Takes an answer as enough: what was found is mended."""
    services.accept_correction(correction_id, by=request.viewer, now=request.now)
    return _correction(request, correction_id)


@router.post(
    "/inspection-corrections/{uuid:correction_id}/return",
    auth=Door(Permission.INSPECTION_CONDUCT),
    response=CorrectionRow,
)
def send_back_inspection_correction(request: SonaeRequest, correction_id: UUID, body: SendBackBody) -> CorrectionRow:
    """Gives an answer back with a reason and with time to mend it."""
    services.send_back_correction(correction_id, why=body.why, due_on=body.due_on, by=request.viewer, now=request.now)
    return _correction(request, correction_id)


def _report(request: SonaeRequest, visit_id: UUID, kind: Kind) -> HttpResponse:
    visit = visit_of(request, visit_id)
    if visit.state != VisitState.CLOSED:
        raise Gone("report", visit_id)
    note_read(request, visit)
    return papers.report_of(visit, kind, viewer=request.viewer, now=request.now)


def _correction(request: SonaeRequest, correction_id: UUID) -> CorrectionRow:
    rows = Correction.objects.select_related("visit", "entry")
    return correction_row(visible_or_404(rows, request.viewer, pk=correction_id))
