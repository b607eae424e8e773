"""The three operations a collector calls, whose messages are those of the wire, to the letter; and for people's
programs, what the collectors saw."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, as_text, cursor_page
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import BadInput, Conflict, Problem
from sonae.prevention.detection import queries, rules, services
from sonae.prevention.detection.models import Alert, Collector
from sonae.prevention.detection.vocabulary import AlertState, CollectorState, DetectionRefusal, Finding
from sonae.prevention.sharing import queries as sharing
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae_wire import messages, paths
from sonae_wire.vocabulary import IndicatorKind as WireKind
from sonae_wire.vocabulary import Tlp as WireTlp

router = Router(tags=["collector"])

_LEVEL = {Tlp(level.value.removeprefix("TLP:").lower()): level for level in WireTlp}
_PREFIX = "/api/v1"


def _body(message: type[BaseModel]) -> dict[str, Any]:
    """The description of a body that is read by the wire's own strict model."""
    schema = message.model_json_schema()
    named = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(schema, named)}}}}


def _inlined(schema: Any, named: dict[str, Any]) -> Any:
    match schema:
        case {"$ref": str(ref)}:
            return _inlined(named[ref.rpartition("/")[2]], named)
        case dict():
            return {key: _inlined(value, named) for key, value in schema.items()}
        case list():
            return [_inlined(value, named) for value in schema]
    return schema


@router.get(
    paths.INDICATORS.removeprefix(_PREFIX),
    auth=Door(Permission.COLLECTOR_EXCHANGE),
    response={200: messages.IndicatorPage, 304: None},
)
def poll_indicators(
    request: SonaeRequest,
    cursor: str = Query("", max_length=64),
    limit: Annotated[int, Field(ge=1, le=paths.PAGE_LIMIT)] = 500,
) -> HttpResponse:
    """What changed behind the cursor. Send the ETag back as If-None-Match: unchanged costs one indexed read."""
    viewer = request.viewer
    etag = f'"{sharing.newest_for(viewer)}-{cursor}-{limit}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    page = sharing.page_for(viewer, cursor=cursor, limit=limit)
    message = messages.IndicatorPage(
        indicators=tuple(_on_the_wire(indicator) for indicator in page.indicators),
        cursor=page.cursor,
        more=page.more,
        as_of=request.now,
    )
    return _answer(message, headers={"ETag": etag, "Cache-Control": "private, no-cache"})


@router.post(
    paths.SIGHTINGS.removeprefix(_PREFIX),
    auth=Door(Permission.COLLECTOR_EXCHANGE),
    response=messages.BatchReceipt,
    openapi_extra=_body(messages.SightingBatch),
)
def record_sightings(request: SonaeRequest) -> HttpResponse:
    """Takes a batch as a whole; sending it again gives the same receipt."""
    batch = _read(messages.SightingBatch, request)
    key = request.headers.get(paths.IDEMPOTENCY_HEADER)
    if key is not None and key != str(batch.batch_id):
        raise Conflict(DetectionRefusal.KEY_IS_NOT_THE_BATCH)
    receipt = services.record_sightings(batch, by=request.viewer, now=request.now)
    return _answer(receipt)


@router.post(
    paths.HEARTBEAT.removeprefix(_PREFIX),
    auth=Door(Permission.COLLECTOR_EXCHANGE),
    response={204: None},
    openapi_extra=_body(messages.Heartbeat),
)
def record_heartbeat(request: SonaeRequest) -> HttpResponse:
    """That the collector lives."""
    heartbeat = _read(messages.Heartbeat, request)
    services.record_heartbeat(heartbeat, by=request.viewer, now=request.now)
    return HttpResponse(status=204)


class AlertRow(Answer):
    """All that one institution saw of one indicator until somebody said what it was."""

    id: UUID
    institution_id: int
    indicator_id: UUID
    opened_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    count: int
    finding: Finding | None
    note: str
    answered_at: datetime | None


class AlertPage(Answer):
    items: list[AlertRow]
    next_cursor: str


class AnswerBody(Strict):
    """What the sightings were, and what was done about them."""

    finding: Annotated[Finding, as_text(Finding)]
    note: Annotated[str, StringConstraints(max_length=4_000)]


class RangeAnswer(Answer):
    """A number told coarsely, so that nobody can be found out: at least `fewest`, at most `most`."""

    fewest: int
    most: int | None


class SectorRow(Answer):
    """How widely an indicator is seen."""

    indicator_id: UUID
    kind: IndicatorKind
    value: str
    seen_by: RangeAnswer


class SectorPage(Answer):
    items: list[SectorRow]
    next_cursor: str


class CollectorRow(Answer):
    """A collector and when it was last heard of."""

    id: UUID
    institution_id: int
    name: str
    state: CollectorState
    enrolled_at: datetime
    retired_at: datetime | None
    last_heard_at: datetime | None
    version: str
    indicators_held: int
    events_read: int
    bad_lines: int
    sightings_waiting: int
    sightings_refused: int
    newest_event_at: datetime | None


class CollectorPage(Answer):
    items: list[CollectorRow]
    next_cursor: str


@router.get("/sightings", auth=Door(Permission.SIGHTING_READ), response=AlertPage, tags=["sightings"])
def list_sightings(
    request: SonaeRequest, state: AlertState | None = None, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """What the collectors of the caller's institutions saw, one row an indicator, in the order in which it began."""
    rows = Alert.objects.visible_to(request.viewer)
    if state is not None:
        rows = rows.filter(answered_at__isnull=state is AlertState.OPEN)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_alert(row) for row in found], "next_cursor": next_cursor}


@router.get("/sightings/sector", auth=Door(Permission.SIGHTING_COUNT), response=SectorPage, tags=["sightings"])
def list_sector_sightings(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """How many institutions have seen each indicator, told in ranges."""
    rows = queries.seen_indicators(request.viewer)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_seen(row) for row in found], "next_cursor": next_cursor}


@router.get("/sightings/{uuid:sighting_id}", auth=Door(Permission.SIGHTING_READ), response=AlertRow, tags=["sightings"])
def read_sighting(request: SonaeRequest, sighting_id: UUID) -> AlertRow:
    """One indicator that was seen."""
    return _alert(visible_or_404(Alert.objects, request.viewer, pk=sighting_id))


@router.post(
    "/sightings/{uuid:sighting_id}/answer", auth=Door(Permission.DUTY_FULFIL), response=AlertRow, tags=["sightings"]
)
def answer_sighting(request: SonaeRequest, sighting_id: UUID, body: AnswerBody) -> AlertRow:
    """Says what the sightings were. That ends the duty."""
    alert = visible_or_404(Alert.objects, request.viewer, pk=sighting_id)
    answered = services.answer_alert(alert.pk, finding=body.finding, note=body.note, by=request.viewer, now=request.now)
    return _alert(answered)


@router.get("/collectors", auth=Door(Permission.COLLECTOR_MANAGE), response=CollectorPage, tags=["sightings"])
def list_collectors(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The collectors of the caller's institutions, and whether they are heard of."""
    rows = Collector.objects.visible_to(request.viewer)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_collector(row, request) for row in found], "next_cursor": next_cursor}


def _alert(alert: Alert) -> AlertRow:
    columns = {name: getattr(alert, name) for name in AlertRow.model_fields if name != "finding"}
    return AlertRow(finding=Finding(alert.finding) if alert.finding else None, **columns)


def _seen(indicator: Any) -> SectorRow:
    told = rules.told_as(indicator.seen_by, k=settings.DISCLOSURE_K)
    return SectorRow(
        indicator_id=indicator.pk,
        kind=indicator.kind,
        value=indicator.value,
        seen_by=RangeAnswer(fewest=told.fewest, most=told.most),
    )


def _collector(collector: Collector, request: SonaeRequest) -> CollectorRow:
    columns = {name: getattr(collector, name) for name in CollectorRow.model_fields if name != "state"}
    return CollectorRow(state=collector.state(now=request.now), **columns)


def _on_the_wire(indicator: Indicator) -> messages.Indicator:
    return messages.Indicator(
        id=indicator.pk,
        kind=WireKind(indicator.kind),
        value=indicator.value,
        tlp=_LEVEL[Tlp(indicator.tlp)],
        confidence=indicator.confidence,
        valid_from=indicator.valid_from,
        valid_until=indicator.valid_until,
        labels=tuple(indicator.labels),
        note=messages.Note(ja=indicator.note_ja, en=indicator.note_en),
        revoked=indicator.revoked_at is not None,
    )


def _read[M: BaseModel](message: type[M], request: SonaeRequest) -> M:
    try:
        return message.model_validate_json(request.body)
    except ValidationError as malformed:
        raise BadInput(
            Problem(
                DetectionRefusal.MESSAGE_MALFORMED,
                field=".".join(str(part) for part in one["loc"]),
                facts={"why": one["msg"]},
            )
            for one in malformed.errors(include_url=False, include_context=False, include_input=False)[:20]
        ) from malformed


def _answer(message: BaseModel, *, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(message.model_dump_json(), content_type="application/json", headers=headers)
