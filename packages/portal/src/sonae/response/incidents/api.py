from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.documents import services as documents
from sonae.core.institutions import queries as register
from sonae.core.institutions.models import Institution
from sonae.core.web import reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Id, Limit, Moment, Strict, as_text, cursor_page
from sonae.kernel.ids import new_id
from sonae.prevention.detection import queries as detection
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.incidents import queries, services
from sonae.response.incidents.models import Incident, IncidentIndicator, TimelineEntry
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    Attached,
    CareImpact,
    EntryKind,
    IndicatorOrigin,
    Leak,
    Phase,
    Precision,
    Report,
    StepAnswer,
    TimeKind,
    TimeSource,
)
from sonae.response.incidents.vocabulary import Field as IncidentField

router = Router(tags=["incidents"])

Text = Annotated[str, StringConstraints(max_length=10_000)]
StepName = Annotated[str, StringConstraints(pattern="^[a-z0-9-]{1,40}$")]
System = Annotated[AffectedSystem, as_text(AffectedSystem)]


class ReportBody(Strict):
    """The six fields."""

    institution: Annotated[str, StringConstraints(max_length=40)] = Field(description="Code in the register")
    seen: Text
    phone: Annotated[str, StringConstraints(max_length=60)]
    noticed_at: Moment | None = Field(None, description="Absent: nobody knows yet")
    systems: Annotated[list[System], Field(max_length=len(AffectedSystem))] = []
    care: Annotated[CareImpact, as_text(CareImpact)] = CareImpact.UNKNOWN
    measures: Text = ""
    is_drill: bool = False
    intake_id: Id | None = Field(None, description="The same id reports once")


class IncidentRow(Answer):
    """An incident in one line."""

    id: UUID
    number: str
    institution: str
    phase: Phase
    phase_since: datetime
    care: CareImpact
    leak: Leak
    is_drill: bool
    registered_at: datetime
    closed_at: datetime | None


class AttachedIndicator(Answer):
    """What was used in the attack, as a person confirmed."""

    id: UUID
    kind: IndicatorKind
    value: str
    origin: IndicatorOrigin
    confirmed_at: datetime


class IncidentDetail(IncidentRow):
    """An incident with what hangs on it."""

    indicators: list[AttachedIndicator]
    open_duties: int


class StatementRow(Answer):
    """The newest word under one heading, and as of when."""

    field: IncidentField
    value: str | list[str]
    stated_at: datetime


class StatementList(Answer):
    items: list[StatementRow]


class MomentRow(Answer):
    """When something happened, as far as anyone has said."""

    kind: TimeKind
    at: datetime | None
    precision: Precision
    source: TimeSource
    stated_at: datetime


class MomentList(Answer):
    items: list[MomentRow]


class StepRow(Answer):
    """One of the first steps and what was answered, if anything."""

    id: str
    title_ja: str
    title_en: str
    is_containment: bool
    answer: StepAnswer | None
    answered_at: datetime | None


class StepList(Answer):
    items: list[StepRow]


class EntryRow(Answer):
    """A line of the timeline."""

    id: UUID
    kind: EntryKind
    facts: dict[str, Any]
    text: str
    written_at: datetime


class EntryPage(Answer):
    items: list[EntryRow]
    next_cursor: str


class StateBody(Strict):
    """What is known now. What is left out stays as it was said."""

    care: Annotated[CareImpact, as_text(CareImpact)] | None = None
    leak: Annotated[Leak, as_text(Leak)] | None = None
    systems: Annotated[list[System], Field(max_length=len(AffectedSystem))] | None = None


class StepBody(Strict):
    """An answer to one of the first steps."""

    answer: Annotated[StepAnswer, as_text(StepAnswer)]


class NoteBody(Strict):
    """A line in free words."""

    text: Text


class MoveBody(Strict):
    """Into which phase, why, and for a duplicate which case is kept."""

    phase: Annotated[Phase, as_text(Phase)]
    reason: Annotated[str, StringConstraints(max_length=2_000)] = ""
    kept_number: Annotated[str, StringConstraints(max_length=20)] = ""


class CandidateRow(Answer):
    """A value that the alerts of a file speak of: a candidate, until a person confirms it."""

    kind: IndicatorKind
    value: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    signatures: list[str]


class ExtractionAnswer(Answer):
    """What was found in a file of events. Nothing of it is stored."""

    found: list[CandidateRow]
    events_read: int
    bad_lines: int
    unusable: int
    is_whole: bool


class IncidentPage(Answer):
    items: list[IncidentRow]
    next_cursor: str


class IndicatorBody(Strict):
    """An indicator that a person has confirmed."""

    kind: Annotated[IndicatorKind, as_text(IndicatorKind)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=2_048)]
    context: Annotated[str, StringConstraints(max_length=300)] = ""
    origin: Annotated[IndicatorOrigin, as_text(IndicatorOrigin)] = IndicatorOrigin.TYPED


class IndicatorsBody(Strict):
    """Indicators of one incident."""

    indicators: Annotated[list[IndicatorBody], Field(min_length=1, max_length=500)]


@router.post("/incidents", auth=Door(Permission.INCIDENT_REPORT), response={201: IncidentRow})
def report_incident(request: SonaeRequest, body: ReportBody) -> Any:
    """Reports an incident in six fields."""
    viewer, now = request.viewer, request.now
    institution = visible_or_404(Institution.objects, viewer, register_code=body.institution)
    verb = services.report_drill if body.is_drill else services.report_incident
    report = Report(
        institution_id=institution.pk, seen=body.seen, phone=body.phone, noticed_at=body.noticed_at,
        systems=frozenset(body.systems), care=body.care, measures=body.measures,
    )  # fmt: skip
    incident = verb(report, intake_id=body.intake_id or new_id(), by=viewer, now=now)
    return Status(201, _answer(incident))


@router.get("/incidents", auth=Door(Permission.INCIDENT_READ), response=IncidentPage)
def list_incidents(request: SonaeRequest, cursor: str = Query("", max_length=200), limit: Limit = 100) -> IncidentPage:
    """The incidents the caller may read, in the order in which they were reported.

    That somebody from outside of the institutions looked is recorded, with how many they were given.
    """
    rows = Incident.objects.visible_to(request.viewer).select_related("institution")
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=lambda text: UUID(str(text)))
    reads.record_list(
        "incident.list", request=request, permission=Permission.INCIDENT_READ, subject="incident", rows=len(found)
    )
    return IncidentPage(items=[_answer(row) for row in found], next_cursor=next_cursor)


@router.get(
    "/incidents/{uuid:incident_id}",
    auth=Door(Permission.INCIDENT_READ),
    response=IncidentDetail,
)
def read_incident(request: SonaeRequest, incident_id: UUID) -> Any:
    """One incident. That the caller looked is recorded."""
    return _detail(_opened(request, incident_id))


@router.post(
    "/incidents/{uuid:incident_id}/indicators",
    auth=Door(Permission.INCIDENT_CHANGE),
    response=IncidentDetail,
)
def attach_indicators(request: SonaeRequest, incident_id: UUID, body: IndicatorsBody) -> Any:
    """Attaches indicators that a person has confirmed: all of them or none."""
    incident = _visible(request, incident_id)
    attached = [Attached(each.kind, each.value, each.origin, each.context) for each in body.indicators]
    services.attach_indicators(incident.pk, attached, by=request.viewer, now=request.now)
    return _detail(incident)


@router.post(
    "/incidents/{uuid:incident_id}/closure",
    auth=Door(Permission.INCIDENT_CLOSE),
    response=IncidentRow,
)
def close_incident(request: SonaeRequest, incident_id: UUID) -> Any:
    """Ends an incident on which nothing hangs any more."""
    incident = _visible(request, incident_id)
    services.close_incident(incident.pk, by=request.viewer, now=request.now)
    return _answer(_visible(request, incident_id))


@router.post("/incidents/{uuid:incident_id}/phase", auth=Door(Permission.INCIDENT_CHANGE), response=IncidentRow)
def move_incident(request: SonaeRequest, incident_id: UUID, body: MoveBody) -> Any:
    """Leads an incident into another phase. Refused while something is missing that the phase asks for."""
    incident = _visible(request, incident_id)
    services.move_incident(
        incident.pk,
        body.phase,
        reason=body.reason,
        kept_number=body.kept_number,
        by=request.viewer,
        now=request.now,
    )
    return _answer(_visible(request, incident_id))


@router.get("/incidents/{uuid:incident_id}/statements", auth=Door(Permission.INCIDENT_READ), response=StatementList)
def list_incident_statements(request: SonaeRequest, incident_id: UUID) -> dict[str, object]:
    """The newest word under each heading."""
    incident = _opened(request, incident_id)
    return {"items": list(queries.statements_of(incident.pk).values())}


@router.post("/incidents/{uuid:incident_id}/statements", auth=Door(Permission.INCIDENT_CHANGE), response=StatementList)
def state_incident(request: SonaeRequest, incident_id: UUID, body: StateBody) -> dict[str, object]:
    """Says what is known now about care, leak and systems, all or nothing. What was said before stays readable."""
    incident = _visible(request, incident_id)
    known = queries.statements_of(incident.pk)
    with transaction.atomic():
        for name, value in body.model_dump(exclude_none=True).items():
            field, said = IncidentField(name), sorted(value) if isinstance(value, list) else value
            if field not in known or known[field].value != said:
                services.state(incident.pk, field, said, by=request.viewer, now=request.now)
    return {"items": list(queries.statements_of(incident.pk).values())}


@router.get("/incidents/{uuid:incident_id}/moments", auth=Door(Permission.INCIDENT_READ), response=MomentList)
def list_incident_moments(request: SonaeRequest, incident_id: UUID) -> dict[str, object]:
    """When it occurred, was noticed, known, called in and registered, as far as anyone has said."""
    incident = _opened(request, incident_id)
    return {"items": list(queries.moments_of(incident.pk).values())}


@router.get("/incidents/{uuid:incident_id}/steps", auth=Door(Permission.INCIDENT_READ), response=StepList)
def list_incident_steps(request: SonaeRequest, incident_id: UUID) -> StepList:
    """The first steps in their order, each with its newest answer."""
    incident = _opened(request, incident_id)
    return _steps(incident)


@router.post("/incidents/{uuid:incident_id}/steps/{step_id}", auth=Door(Permission.INCIDENT_CHANGE), response=StepList)
def answer_incident_step(request: SonaeRequest, incident_id: UUID, step_id: StepName, body: StepBody) -> StepList:
    """Records that one of the first steps was done, or why not."""
    incident = _visible(request, incident_id)
    services.answer_step(incident.pk, step_id, body.answer, by=request.viewer, now=request.now)
    return _steps(incident)


@router.get("/incidents/{uuid:incident_id}/timeline", auth=Door(Permission.INCIDENT_READ), response=EntryPage)
def list_incident_timeline(
    request: SonaeRequest, incident_id: UUID, cursor: str = Query("", max_length=200), limit: Limit = 100
) -> dict[str, object]:
    """What happened, in the order in which it was written down."""
    incident = _opened(request, incident_id)
    rows = TimelineEntry.objects.filter(incident=incident)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/incidents/{uuid:incident_id}/notes", auth=Door(Permission.INCIDENT_CHANGE), response={201: EntryRow})
def note_incident(request: SonaeRequest, incident_id: UUID, body: NoteBody) -> Any:
    """Adds a line in free words to the timeline."""
    incident = _visible(request, incident_id)
    return Status(201, services.note(incident.pk, body.text, by=request.viewer, now=request.now))


@router.post(
    "/incidents/{uuid:incident_id}/indicators/extraction",
    auth=Door(Permission.INCIDENT_CHANGE),
    response=ExtractionAnswer,
)
def extract_indicators(request: SonaeRequest, incident_id: UUID, file: File[UploadedFile]) -> Any:
    """Reads a sensor's file (Suricata EVE; JSON, gzip or zip) and answers what it speaks of.

    Nothing is stored before a person has confirmed it: attach what they choose.
    """
    own = register.own_networks(_visible(request, incident_id).institution_id)
    name = file.name or ""
    with documents.on_disk(file.chunks(), name=name, most_bytes=detection.MOST_UPLOADED_BYTES) as path:
        return detection.extract(path, name=name, own_addresses=own)


@router.post(
    "/incidents/{uuid:incident_id}/indicators/{uuid:indicator_id}/removal",
    auth=Door(Permission.INCIDENT_CHANGE),
    response=IncidentDetail,
)
def remove_incident_indicator(request: SonaeRequest, incident_id: UUID, indicator_id: UUID) -> Any:
    """Takes an indicator off the incident. That it was there stays on record."""
    incident = _visible(request, incident_id)
    attached = IncidentIndicator.objects.filter(incident=incident)
    services.remove_indicator(
        visible_or_404(attached, request.viewer, pk=indicator_id).pk, by=request.viewer, now=request.now
    )
    return _detail(_visible(request, incident_id))


def _visible(request: SonaeRequest, incident_id: UUID) -> Incident:
    rows = Incident.objects.select_related("institution")
    return visible_or_404(rows, request.viewer, pk=incident_id)


def _opened(request: SonaeRequest, incident_id: UUID) -> Incident:
    incident = _visible(request, incident_id)
    audit.record_read(
        "incident.open", subject="incident", subject_id=incident.pk, now=request.now,
        by=request.viewer.account_id, institution_id=incident.institution_id,
    )  # fmt: skip
    return incident


def _steps(incident: Incident) -> StepList:
    return StepList(
        items=[
            StepRow(
                id=state.step.id,
                title_ja=state.step.title_ja,
                title_en=state.step.title_en,
                is_containment=state.step.is_containment,
                answer=state.answer,
                answered_at=state.answered_at,
            )
            for state in queries.steps_of(incident.pk)
        ]
    )


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.pk,
        "number": incident.number,
        "institution": incident.institution.register_code,
        "phase": incident.phase,
        "phase_since": incident.phase_since,
        "care": incident.care,
        "leak": incident.leak,
        "is_drill": incident.is_drill,
        "registered_at": incident.registered_at,
        "closed_at": incident.closed_at,
    }


def _answer(incident: Incident) -> IncidentRow:
    return IncidentRow(**_columns(incident))


def _detail(incident: Incident) -> IncidentDetail:
    return IncidentDetail(
        **_columns(incident),
        indicators=[AttachedIndicator.model_validate(row) for row in queries.indicators_of(incident.pk)],
        open_duties=queries.facts_of(incident).open_duties,
    )
