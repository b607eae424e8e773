from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Query, Router

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing import queries, services
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind

router = Router(tags=["indicators"])


class IndicatorRow(Answer):
    """An indicator with its STIX object and what to do when it is seen."""

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


class IndicatorPage(Answer):
    items: list[IndicatorRow]
    next_cursor: str
    more: bool


@router.get("/indicators", auth=Door(Permission.INDICATOR_READ), response=IndicatorPage)
def list_indicators(request: SonaeRequest, cursor: str = Query("", max_length=64), limit: Limit = 100) -> IndicatorPage:
    """What changed behind the cursor, in the order of the changes; what was taken back comes by once more.

    The cursor never ends: keep it, and ask again for what is new.
    """
    page = queries.page_for(request.viewer, cursor=cursor, limit=limit)
    return IndicatorPage(
        items=[IndicatorRow.from_orm(row) for row in page.indicators], next_cursor=page.cursor, more=page.more
    )


@router.get(
    "/indicators/{uuid:indicator_id}",
    auth=Door(Permission.INDICATOR_READ),
    response=IndicatorRow,
)
def read_indicator(request: SonaeRequest, indicator_id: UUID) -> Indicator:
    """One indicator."""
    return visible_or_404(Indicator.objects, request.viewer, pk=indicator_id)


@router.post(
    "/indicators/{uuid:indicator_id}/revocation",
    auth=Door(Permission.INDICATOR_PUBLISH),
    response=IndicatorRow,
)
def revoke_indicator(request: SonaeRequest, indicator_id: UUID) -> Indicator:
    """Takes an indicator back for the whole sector."""
    indicator = visible_or_404(Indicator.objects, request.viewer, pk=indicator_id)
    return services.revoke_indicator(indicator.pk, by=request.viewer, now=request.now)
