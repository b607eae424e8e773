from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from sonae.core.access.vocabulary import Permission
from sonae.core.web.operations import Answer, Door, Limit
from sonae.core.web.fetch import visible_or_404
from sonae.prevention.sharing import queries, services
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind, Tlp

router = Router(tags=["indicators"])


class IndicatorAnswer(Answer):
    id: UUID
    kind: IndicatorKind
    value: str
    tlp: Tlp
    confidence: int
    labels: list[str]
    valid_from: datetime
    valid_until: datetime
    note_ja: str
    note_en: str
    revoked_at: datetime | None
    stix: dict[str, Any]


class IndicatorList(Answer):
    items: list[IndicatorAnswer]
    cursor: str
    more: bool


@router.get("/indicators", auth=Door(Permission.INDICATOR_READ), response=IndicatorList)
def list_indicators(request: HttpRequest, cursor: str = Query("", max_length=64), limit: Limit = 100) -> Any:
    """What changed behind the cursor, in the order of the changes; taken-back indicators are named once more."""
    page = queries.page_for(request.viewer, cursor=cursor, limit=limit)  # type: ignore[attr-defined]
    return IndicatorList(
        items=[IndicatorAnswer.model_validate(row) for row in page.indicators], cursor=page.cursor, more=page.more
    )


@router.get("/indicators/{uuid:indicator_id}", auth=Door(Permission.INDICATOR_READ), response=IndicatorAnswer)
def get_indicator(request: HttpRequest, indicator_id: UUID) -> Any:
    return visible_or_404(Indicator.objects, request.viewer, pk=indicator_id)  # type: ignore[attr-defined]


@router.post("/indicators/{uuid:indicator_id}/revocation", auth=Door(Permission.INDICATOR_PUBLISH), response=IndicatorAnswer)
def revoke_indicator(request: HttpRequest, indicator_id: UUID) -> Any:
    indicator = visible_or_404(Indicator.objects, request.viewer, pk=indicator_id)  # type: ignore[attr-defined]
    return services.revoke_indicator(indicator.pk, by=request.viewer, now=request.now)  # type: ignore[attr-defined]
