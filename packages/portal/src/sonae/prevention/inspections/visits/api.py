"""The plan, the visits and what is recorded of them, for programs of whoever inspects."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Path, Router, Status
from pydantic import Field

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments.vocabulary import YesNo
from sonae.core.web import reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import (
    Answer,
    Door,
    Id,
    Limit,
    RowNumber,
    Strict,
    cursor_page,
    row_number,
)
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.answers import OscalAnswer
from sonae.prevention.inspections.oscal.facts import Assessment
from sonae.prevention.inspections.visits import assessment, bodies, plans, queries, rules, services
from sonae.prevention.inspections.visits.models import Correction, RowEntry, Visit
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    Observation,
    OnPlan,
    PlanReason,
    VisitRefusal,
    VisitState,
)

router = Router(tags=["inspections"])

FiscalYear = Annotated[int, Path(ge=1970, le=2099)]


class ReasonAnswer(Answer):
    """Why a visit is proposed, and how many points that gives in the order."""

    reason: PlanReason
    points: int


class CandidateRow(Answer):
    """An institution of the caller's jurisdiction, with what speaks for a visit in the fiscal year."""

    institution_id: int
    register_code: str
    last_visit_on: date | None
    points: int
    reasons: list[ReasonAnswer]
    on_plan: OnPlan
    visit_id: UUID | None


class CandidatePage(Answer):
    items: list[CandidateRow]
    next_cursor: str


class VisitRow(Answer):
    """A visit; `revision` counts everything that was written about its rows."""

    id: UUID
    institution_id: int
    fiscal_year: int
    state: VisitState
    on: date | None
    revision: int
    announced_at: datetime | None
    started_at: datetime | None
    closed_at: datetime | None


class VisitPage(Answer):
    items: list[VisitRow]
    next_cursor: str


class PlanBody(Strict):
    """Whom to put on the plan of which fiscal year."""

    institution_id: RowNumber
    fiscal_year: Annotated[int, Field(ge=1970, le=2099)]


class ObservedAnswer(Answer):
    """What was written about a row last; an empty `value` means that nothing was chosen yet."""

    value: Observation | None
    note: str
    finding: str
    advice: str
    due_on: date | None
    revision: int
    recorded_at: datetime


class SeenRow(Answer):
    """A row of the form: what was answered beside what was seen."""

    item: str
    number: str
    is_asked: bool
    answer: YesNo | None
    checked_on: list[date]
    target_on: date | None
    observed: ObservedAnswer | None
    conflicts: list[UUID]


class SheetAnswer(Answer):
    """The rows of a visit by its form."""

    visit_id: UUID
    edition: str
    submitted_at: datetime | None
    revision: int
    rows: list[SeenRow]


class RecordsBody(Strict):
    """Entries of one device; sent again, whole or in part, they count once."""

    device: Id
    entries: Annotated[list[bodies.EntryBody], Field(max_length=rules.MOST_ENTRIES)]


class RefusedEntry(Answer):
    entry: UUID
    item: str
    reason: VisitRefusal


class RecordedAnswer(Answer):
    """What became of each entry. An entry in conflict stays beside what stands until somebody chooses."""

    kept: list[UUID]
    already: list[UUID]
    conflicts: list[UUID]
    refused: list[RefusedEntry]
    revision: int


class CorrectionRow(Answer):
    """A finding that the institution mends until a day."""

    id: UUID
    visit_id: UUID
    institution_id: int
    item: str
    state: CorrectionState
    due_on: date
    rounds: int


class CorrectionPage(Answer):
    items: list[CorrectionRow]
    next_cursor: str


@router.get("/inspection-plan/{fiscal_year}", auth=Door(Permission.INSPECTION_CONDUCT), response=CandidatePage)
def list_inspection_plan(
    request: SonaeRequest, fiscal_year: FiscalYear, cursor: str = "", limit: Limit = 100
) -> CandidatePage:
    """The institutions of the caller's jurisdiction with what speaks for a visit, to be sorted by `points`."""
    if fiscal_year not in plans.years(today=jst_day(request.now)):
        raise Gone("plan", fiscal_year)
    rows = plans.candidates(request.viewer, fiscal_year, now=request.now)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    reads.record_list(
        "visit.plan_list", request=request, permission=Permission.INSPECTION_READ, subject="visit", rows=len(found)
    )
    return CandidatePage(items=[_candidate(one) for one in found], next_cursor=next_cursor)


@router.get("/inspections", auth=Door(Permission.INSPECTION_READ), response=VisitPage)
def list_inspections(
    request: SonaeRequest, state: VisitState | None = None, cursor: str = "", limit: Limit = 100
) -> VisitPage:
    """Visits that the caller may know of: of their jurisdiction, or announced to their institution."""
    rows = Visit.objects.visible_to(request.viewer)
    if state is not None:
        rows = rows.filter(state=state)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    reads.record_list(
        "visit.list", request=request, permission=Permission.INSPECTION_READ, subject="visit", rows=len(found),
        conditions={"state": state},
    )  # fmt: skip
    return VisitPage(items=[VisitRow.from_orm(one) for one in found], next_cursor=next_cursor)


@router.post("/inspections", auth=Door(Permission.INSPECTION_CONDUCT), response={201: VisitRow})
def plan_inspection(request: SonaeRequest, body: PlanBody) -> Status[Visit]:
    """Puts an institution of the caller's jurisdiction on the plan of a fiscal year; nobody is told yet."""
    visit = services.plan(body.institution_id, fiscal_year=body.fiscal_year, by=request.viewer, now=request.now)
    return Status(201, visit)


@router.get("/inspections/{uuid:visit_id}", auth=Door(Permission.INSPECTION_READ), response=VisitRow)
def read_inspection(request: SonaeRequest, visit_id: UUID) -> Visit:
    """One visit."""
    visit = visit_of(request, visit_id)
    note_read(request, visit)
    return visit


@router.get("/inspections/{uuid:visit_id}/rows", auth=Door(Permission.INSPECTION_READ), response=SheetAnswer)
def read_inspection_rows(request: SonaeRequest, visit_id: UUID) -> SheetAnswer:
    """The rows of a visit; for the institution once the visit is closed."""
    visit = visit_of(request, visit_id)
    inspected = queries.inspected_by(visit, request.viewer)
    if not inspected and visit.state != VisitState.CLOSED:
        raise Gone("visit", visit_id)
    sheet = queries.sheet(visit, viewer=request.viewer, now=request.now)
    if sheet is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert sheet is not None, "refused above"
    note_read(request, visit)
    return SheetAnswer(
        visit_id=visit.pk, edition=sheet.form.edition.edition,
        submitted_at=sheet.form.submission.at if sheet.form.submission else None, revision=visit.revision,
        rows=[_seen(row) for row in sheet.rows],
    )  # fmt: skip


@router.get(
    "/inspections/{uuid:visit_id}/assessment-results", auth=Door(Permission.INSPECTION_READ), response=OscalAnswer
)
def read_inspection_results(request: SonaeRequest, visit_id: UUID) -> dict[str, Any]:
    """What a closed visit found, as OSCAL 1.2.1 assessment results."""
    return compose.assessment_results(_assessed(request, visit_id))


@router.get("/inspections/{uuid:visit_id}/plan-of-action", auth=Door(Permission.INSPECTION_READ), response=OscalAnswer)
def read_inspection_plan(request: SonaeRequest, visit_id: UUID) -> dict[str, Any]:
    """What is still to be mended after a closed visit, as an OSCAL 1.2.1 plan of action and milestones."""
    found = _assessed(request, visit_id)
    require(assessment.may_be_planned(found))
    return compose.plan_of_action(found)


@router.post("/inspections/{uuid:visit_id}/records", auth=Door(Permission.INSPECTION_CONDUCT), response=RecordedAnswer)
def record_inspection(request: SonaeRequest, visit_id: UUID, body: RecordsBody) -> RecordedAnswer:
    """Takes entries in, each by itself; what was written meanwhile by somebody else is not overwritten."""
    visit_of(request, visit_id)
    entries = [bodies.entry_of(one) for one in body.entries]
    found = services.note_entries(visit_id, entries, device=body.device, by=request.viewer, now=request.now)
    return RecordedAnswer(
        kept=found.kept, already=found.already, conflicts=[one.pk for one in found.conflicts],
        refused=[RefusedEntry(entry=one.entry, item=one.item, reason=one.reason) for one in found.refused],
        revision=found.revision,
    )  # fmt: skip


@router.get("/inspection-corrections", auth=Door(Permission.INSPECTION_READ), response=CorrectionPage)
def list_inspection_corrections(
    request: SonaeRequest, state: CorrectionState | None = None, cursor: str = "", limit: Limit = 100
) -> CorrectionPage:
    """What visits found and asked to be mended, of the caller's jurisdiction or institution."""
    rows = Correction.objects.visible_to(request.viewer).select_related("visit", "entry")
    if state is not None:
        rows = rows.filter(state=state)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    reads.record_list(
        "visit.corrections", request=request, permission=Permission.INSPECTION_READ, subject="correction",
        rows=len(found), conditions={"state": state},
    )  # fmt: skip
    return CorrectionPage(
        items=[correction_row(one) for one in found], next_cursor=next_cursor,
    )  # fmt: skip


def correction_row(one: Correction) -> CorrectionRow:
    """A correction as programs read it."""
    return CorrectionRow(
        id=one.pk, visit_id=one.visit_id, institution_id=one.visit.institution_id, item=one.entry.item,
        state=CorrectionState(one.state), due_on=one.due_on, rounds=one.rounds,
    )  # fmt: skip


def _assessed(request: SonaeRequest, visit_id: UUID) -> Assessment:
    visit = visit_of(request, visit_id)
    if visit.state != VisitState.CLOSED:
        raise Gone("visit", visit_id)
    note_read(request, visit)
    return assessment.assessment_of(visit)


def visit_of(request: SonaeRequest, visit_id: UUID) -> Visit:
    """The visit that an address names, for whoever may know of it."""
    rows = Visit.objects.select_related("institution__jurisdiction", "edition", "submission")
    return visible_or_404(rows, request.viewer, pk=visit_id)


def note_read(request: SonaeRequest, visit: Visit) -> None:
    """Writes down the look at a visit by somebody from outside of the institution."""
    reads.record_one(
        "visit.read", request=request, permission=Permission.INSPECTION_READ, subject="visit", subject_id=visit.pk,
        institution_id=visit.institution_id,
    )  # fmt: skip


def _candidate(one: Any) -> CandidateRow:
    found = plans.priority_of(one)
    return CandidateRow(
        institution_id=one.pk, register_code=one.register_code, last_visit_on=one.last_visit_on, points=found.points,
        reasons=[ReasonAnswer(reason=reason, points=points) for reason, points in found.reasons],
        on_plan=plans.on_plan(one.visit_state), visit_id=one.visit_id,
    )  # fmt: skip


def _seen(row: queries.SheetRow) -> SeenRow:
    answer = row.answer
    return SeenRow(
        item=row.question.id, number=row.question.number, is_asked=row.is_asked,
        answer=YesNo(answer.answer) if answer else None, checked_on=list(answer.checked_on) if answer else [],
        target_on=answer.target_on if answer else None, observed=observed(row.entry) if row.entry else None,
        conflicts=[one.pk for one in row.conflicts],
    )  # fmt: skip


def observed(entry: RowEntry) -> ObservedAnswer:
    """What an entry says of its row, as programs read it."""
    return ObservedAnswer(
        value=Observation(entry.value) if entry.value else None, note=entry.note, finding=entry.finding,
        advice=entry.advice, due_on=entry.due_on, revision=entry.revision or 0, recorded_at=entry.recorded_at,
    )  # fmt: skip
