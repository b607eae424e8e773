"""The ledger for programs of an institution: read, and kept from the systems that know what there is."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from ninja import Router, Status
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Id, Limit, RowNumber, Strict, as_text, cursor_page
from sonae.prevention.assets import services
from sonae.prevention.assets.models import Asset, Connection, Stocktake
from sonae.prevention.assets.services import AssetContent, ConnectionContent
from sonae.prevention.assets.vocabulary import AssetKind, ConnectionKind, Known, LedgerPart, Patcher

router = Router(tags=["assets"])

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
Words = Annotated[str, StringConstraints(max_length=120)]
Long = Annotated[str, StringConstraints(max_length=200)]
Version = Annotated[str, StringConstraints(max_length=80)]
Note = Annotated[str, StringConstraints(max_length=1000)]


class AssetAnswer(Answer):
    """A row of the ledger."""

    id: UUID
    institution_id: int
    kind: AssetKind
    name: str
    maker: str
    product: str
    version: str
    place: str
    responsible: str
    note: str
    recorded_at: datetime
    retired_at: datetime | None


class ConnectionAnswer(Answer):
    """A way in from outside."""

    id: UUID
    institution_id: int
    kind: ConnectionKind
    name: str
    vendor: str
    purpose: str
    device_id: UUID | None
    firmware: str
    source_restricted: Known
    multi_factor: Known
    patched_by: Patcher
    contract_clause: str
    last_checked_on: date | None
    note: str
    recorded_at: datetime
    retired_at: datetime | None


class AssetPage(Answer):
    items: list[AssetAnswer]
    next_cursor: str


class ConnectionPage(Answer):
    items: list[ConnectionAnswer]
    next_cursor: str


class StocktakeAnswer(Answer):
    """That somebody looked through a part of the ledger; `lacking` rows lacked something that a control asks."""

    id: UUID
    institution_id: int
    part: LedgerPart
    rows: int
    lacking: int
    taken_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str


class StocktakePage(Answer):
    items: list[StocktakeAnswer]
    next_cursor: str


class NewStocktake(Strict):
    """Which part of the ledger of which institution was looked through."""

    institution_id: RowNumber
    part: Annotated[LedgerPart, as_text(LedgerPart)]


class StocktakeWithdrawal(Strict):
    """Why it is taken back."""

    why: Note


class AssetBody(Strict):
    """What is recorded of an asset. What is left out is empty."""

    kind: Annotated[AssetKind, as_text(AssetKind)]
    name: Name
    maker: Words = ""
    product: Words = ""
    version: Version = Field("", description="Operating system or firmware, as the device shows it")
    place: Words = ""
    responsible: Words = ""
    note: Note = ""


class NewAsset(AssetBody):
    """An asset and the institution to which it belongs."""

    institution_id: RowNumber


class ConnectionBody(Strict):
    """What is recorded of a connection. What is left out is empty or unknown."""

    kind: Annotated[ConnectionKind, as_text(ConnectionKind)]
    name: Name
    vendor: Long = ""
    purpose: Long = ""
    device_id: Id | None = Field(None, description="The asset of the same institution at which it ends")
    firmware: Version = ""
    source_restricted: Annotated[Known, as_text(Known)] = Known.UNKNOWN
    multi_factor: Annotated[Known, as_text(Known)] = Known.UNKNOWN
    patched_by: Annotated[Patcher, as_text(Patcher)] = Patcher.UNKNOWN
    contract_clause: Long = ""
    last_checked_on: Day | None = None
    note: Note = ""


class NewConnection(ConnectionBody):
    """A connection and the institution to which it belongs."""

    institution_id: RowNumber


@router.get("/assets", auth=Door(Permission.ASSET_READ), response=AssetPage)
def list_assets(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The rows of the ledger that the caller may read, retired ones included, oldest first."""
    rows = Asset.objects.visible_to(request.viewer)
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.post("/assets", auth=Door(Permission.ASSET_CHANGE), response={201: AssetAnswer})
def record_asset(request: SonaeRequest, body: NewAsset) -> Status[Asset]:
    """Adds an asset to the ledger of an institution."""
    return Status(
        201, services.record_asset(body.institution_id, _asset_content(body), by=request.viewer, now=request.now)
    )


@router.get("/assets/{uuid:asset_id}", auth=Door(Permission.ASSET_READ), response=AssetAnswer)
def read_asset(request: SonaeRequest, asset_id: UUID) -> Asset:
    """One asset."""
    return visible_or_404(Asset.objects, request.viewer, pk=asset_id)


@router.put("/assets/{uuid:asset_id}", auth=Door(Permission.ASSET_CHANGE), response=AssetAnswer)
def change_asset(request: SonaeRequest, asset_id: UUID, body: AssetBody) -> Asset:
    """Writes what is known of an asset anew."""
    return services.change_asset(asset_id, _asset_content(body), by=request.viewer, now=request.now)


@router.post("/assets/{uuid:asset_id}/retirement", auth=Door(Permission.ASSET_CHANGE), response=AssetAnswer)
def retire_asset(request: SonaeRequest, asset_id: UUID) -> Asset:
    """Takes an asset out of the ledger. Its history stays."""
    return services.retire_asset(asset_id, by=request.viewer, now=request.now)


@router.get("/connections", auth=Door(Permission.ASSET_READ), response=ConnectionPage)
def list_connections(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The connections that the caller may read, retired ones included, oldest first."""
    rows = Connection.objects.visible_to(request.viewer)
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.post("/connections", auth=Door(Permission.ASSET_CHANGE), response={201: ConnectionAnswer})
def record_connection(request: SonaeRequest, body: NewConnection) -> Status[Connection]:
    """Adds a way in from outside to the ledger of an institution."""
    content = _connection_content(request, body)
    return Status(201, services.record_connection(body.institution_id, content, by=request.viewer, now=request.now))


@router.get("/connections/{uuid:connection_id}", auth=Door(Permission.ASSET_READ), response=ConnectionAnswer)
def read_connection(request: SonaeRequest, connection_id: UUID) -> Connection:
    """One connection."""
    return visible_or_404(Connection.objects, request.viewer, pk=connection_id)


@router.put("/connections/{uuid:connection_id}", auth=Door(Permission.ASSET_CHANGE), response=ConnectionAnswer)
def change_connection(request: SonaeRequest, connection_id: UUID, body: ConnectionBody) -> Connection:
    """Writes what is known of a connection anew."""
    content = _connection_content(request, body)
    return services.change_connection(connection_id, content, by=request.viewer, now=request.now)


@router.post(
    "/connections/{uuid:connection_id}/retirement", auth=Door(Permission.ASSET_CHANGE), response=ConnectionAnswer
)
def retire_connection(request: SonaeRequest, connection_id: UUID) -> Connection:
    """Says that a way in exists no more. Its history stays."""
    return services.retire_connection(connection_id, by=request.viewer, now=request.now)


@router.get("/stocktakes", auth=Door(Permission.ASSET_READ), response=StocktakePage)
def list_stocktakes(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """When somebody looked through the ledger, what was taken back included, oldest first."""
    rows = Stocktake.objects.visible_to(request.viewer)
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.post("/stocktakes", auth=Door(Permission.ASSET_CHANGE), response={201: StocktakeAnswer})
def take_stock(request: SonaeRequest, body: NewStocktake) -> Status[Stocktake]:
    """Says that the caller looked through a part of the ledger now; only people do."""
    return Status(201, services.take_stock(body.institution_id, body.part, by=request.viewer, now=request.now))


@router.post("/stocktakes/{uuid:stocktake_id}/withdrawal", auth=Door(Permission.ASSET_CHANGE), response=StocktakeAnswer)
def withdraw_stocktake(request: SonaeRequest, stocktake_id: UUID, body: StocktakeWithdrawal) -> Stocktake:
    """Takes a stocktake back, and with it the evidence that rests on it."""
    return services.withdraw_stocktake(stocktake_id, why=body.why, by=request.viewer, now=request.now)


def _asset_content(body: AssetBody) -> AssetContent:
    return AssetContent(
        kind=body.kind,
        name=body.name,
        maker=body.maker,
        product=body.product,
        version=body.version,
        place=body.place,
        responsible=body.responsible,
        note=body.note,
    )


def _connection_content(request: SonaeRequest, body: ConnectionBody) -> ConnectionContent:
    in_use = Asset.objects.in_use()
    device = None if body.device_id is None else visible_or_404(in_use, request.viewer, pk=body.device_id)
    return ConnectionContent(
        kind=body.kind,
        name=body.name,
        vendor=body.vendor,
        purpose=body.purpose,
        device=device,
        firmware=body.firmware,
        source_restricted=body.source_restricted,
        multi_factor=body.multi_factor,
        patched_by=body.patched_by,
        contract_clause=body.contract_clause,
        last_checked_on=body.last_checked_on,
        note=body.note,
    )
