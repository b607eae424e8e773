from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Status
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.institutions.models import Institution
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, cursor_page
from sonae.kernel.ids import new_id
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.incidents import queries, services
from sonae.response.incidents.models import Incident
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    Attached,
    CareImpact,
    IndicatorOrigin,
    Leak,
    Phase,
    Report,
)

router = Router(tags=["incidents"])

Text = Annotated[str, StringConstraints(max_length=10_000)]


def _text(value: Any) -> Any:
    if value is not None and not isinstance(value, str):
        raise ValueError("a moment is a text as in RFC 3339")
    return value


# Without this a number would pass for a moment.
Moment = Annotated[AwareDatetime, BeforeValidator(_text)]


class ReportBody(Strict):
    """The six fields."""

    # Enums, moments and ids are texts in JSON, so their fields bend; unknown fields are still refused.
    model_config = ConfigDict(extra="forbid", strict=False)

    institution: Annotated[str, StringConstraints(max_length=40)] = Field(description="Code in the register")
    seen: Text
    phone: Annotated[str, StringConstraints(max_length=60)]
    noticed_at: Moment | None = Field(None, description="Absent: nobody knows yet")
    systems: list[AffectedSystem] = []
    care: CareImpact = CareImpact.UNKNOWN
    measures: Text = ""
    is_drill: Annotated[bool, Field(strict=True)] = False
    intake_id: UUID | None = Field(None, description="The same id reports once")


class IncidentRow(Answer):
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
    id: UUID
    kind: IndicatorKind
    value: str
    origin: IndicatorOrigin
    confirmed_at: datetime


class IncidentDetail(IncidentRow):
    indicators: list[AttachedIndicator]
    open_duties: int


class IncidentPage(Answer):
    items: list[IncidentRow]
    next_cursor: str


class IndicatorBody(Strict):
    model_config = ConfigDict(extra="forbid", strict=False)

    kind: IndicatorKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=2_048)]
    context: Annotated[str, StringConstraints(max_length=300)] = ""


class IndicatorsBody(Strict):
    model_config = ConfigDict(extra="forbid", strict=False)

    indicators: Annotated[list[IndicatorBody], Field(min_length=1, max_length=500)]


@router.post(
    "/incidents", auth=Door(Permission.INCIDENT_REPORT), response={201: IncidentRow}, operation_id="report_incident"
)
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


@router.get("/incidents", auth=Door(Permission.INCIDENT_READ), response=IncidentPage, operation_id="list_incidents")
def list_incidents(request: SonaeRequest, cursor: str = Query("", max_length=200), limit: Limit = 100) -> IncidentPage:
    """The incidents the caller may read, in the order in which they were reported."""
    rows = Incident.objects.visible_to(request.viewer).select_related("institution")
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=lambda text: UUID(str(text)))
    return IncidentPage(items=[_answer(row) for row in found], next_cursor=next_cursor)


@router.get(
    "/incidents/{uuid:incident_id}",
    auth=Door(Permission.INCIDENT_READ),
    response=IncidentDetail,
    operation_id="read_incident",
)
def read_incident(request: SonaeRequest, incident_id: UUID) -> Any:
    incident = _visible(request, incident_id)
    audit.record_read(
        "incident.open", subject="incident", subject_id=incident.pk, now=request.now,
        by=request.viewer.account_id, institution_id=incident.institution_id,
    )  # fmt: skip
    return _detail(incident)


@router.post(
    "/incidents/{uuid:incident_id}/indicators",
    auth=Door(Permission.INCIDENT_CHANGE),
    response=IncidentDetail,
    operation_id="attach_indicators",
)
def attach_indicators(request: SonaeRequest, incident_id: UUID, body: IndicatorsBody) -> Any:
    """Attaches indicators that a person has confirmed: all of them or none."""
    incident = _visible(request, incident_id)
    attached = [Attached(each.kind, each.value, IndicatorOrigin.TYPED, each.context) for each in body.indicators]
    services.attach_indicators(incident.pk, attached, by=request.viewer, now=request.now)
    return _detail(incident)


@router.post(
    "/incidents/{uuid:incident_id}/closure",
    auth=Door(Permission.INCIDENT_CLOSE),
    response=IncidentRow,
    operation_id="close_incident",
)
def close_incident(request: SonaeRequest, incident_id: UUID) -> Any:
    """Ends an incident on which nothing hangs any more."""
    incident = _visible(request, incident_id)
    services.close_incident(incident.pk, by=request.viewer, now=request.now)
    return _answer(_visible(request, incident_id))


def _visible(request: SonaeRequest, incident_id: UUID) -> Incident:
    rows = Incident.objects.select_related("institution")
    return visible_or_404(rows, request.viewer, pk=incident_id)


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
