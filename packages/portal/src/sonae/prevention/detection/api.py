"""The three operations a collector calls. Messages are those of the wire, to the letter."""

from typing import Annotated, Any

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, ValidationError

from sonae.core.access.vocabulary import Permission
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Door
from sonae.kernel.errors import BadInput, Conflict, Problem
from sonae.prevention.detection import services
from sonae.prevention.detection.vocabulary import DetectionRefusal
from sonae.prevention.sharing import queries as sharing
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import Tlp
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
    operation_id="poll_indicators",
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
    operation_id="record_sightings",
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
    operation_id="record_heartbeat",
    openapi_extra=_body(messages.Heartbeat),
)
def record_heartbeat(request: SonaeRequest) -> HttpResponse:
    """That the collector lives."""
    heartbeat = _read(messages.Heartbeat, request)
    services.record_heartbeat(heartbeat, by=request.viewer, now=request.now)
    return HttpResponse(status=204)


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
