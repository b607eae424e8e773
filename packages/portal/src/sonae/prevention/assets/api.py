"""The ledger for programs of an institution."""

from datetime import date, datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from sonae.core.access.vocabulary import Permission
from sonae.core.web.operations import Answer, Door, Limit, cursor_page
from sonae.prevention.assets.models import Asset, Connection

router = Router(tags=["assets"])


class AssetAnswer(Answer):
    id: UUID
    institution_id: int
    kind: str
    name: str
    maker: str
    product: str
    version: str
    recorded_at: datetime
    retired_at: datetime | None


class ConnectionAnswer(Answer):
    id: UUID
    institution_id: int
    kind: str
    name: str
    vendor: str
    purpose: str
    firmware: str
    source_restricted: str
    multi_factor: str
    patched_by: str
    last_checked_on: date | None
    retired_at: datetime | None


class AssetPage(Answer):
    items: list[AssetAnswer]
    next_cursor: str


class ConnectionPage(Answer):
    items: list[ConnectionAnswer]
    next_cursor: str


@router.get("/assets", auth=Door(Permission.ASSET_READ), response=AssetPage)
def assets(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The rows of the ledger that the caller may read, retired ones included, oldest first."""
    rows = Asset.objects.visible_to(request.viewer)  # type: ignore[attr-defined]
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.get("/connections", auth=Door(Permission.ASSET_READ), response=ConnectionPage)
def connections(request: HttpRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The connections that the caller may read, retired ones included, oldest first."""
    rows = Connection.objects.visible_to(request.viewer)  # type: ignore[attr-defined]
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}
