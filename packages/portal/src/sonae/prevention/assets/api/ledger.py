"""The ledger for programs of an institution: read, and kept from the systems that know what there is."""

from datetime import date, datetime
from typing import Annotated, cast
from uuid import UUID

from ninja import Status
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Id, Limit, RowNumber, Strict, as_text, cursor_page
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets import services
from sonae.prevention.assets.api.router import router
from sonae.prevention.assets.intake import cells, presenting
from sonae.prevention.assets.models import Asset, Component, Connection, NetworkZone, Stocktake
from sonae.prevention.assets.services import AssetContent, ConnectionContent, ZoneContent
from sonae.prevention.assets.vocabulary import (
    AssetKind,
    ClinicalService,
    ComponentOrigin,
    ConnectionKind,
    Criticality,
    Known,
    LedgerPart,
    Patcher,
)

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
Words = Annotated[str, StringConstraints(max_length=120)]
Long = Annotated[str, StringConstraints(max_length=200)]
Version = Annotated[str, StringConstraints(max_length=80)]
Service = Annotated[ClinicalService, as_text(ClinicalService)]
Level = Annotated[Criticality, as_text(Criticality)]
Note = Annotated[str, StringConstraints(max_length=1000)]


class AssetAnswer(Answer):
    """A row of the ledger."""

    id: UUID
    institution_id: int
    kind: AssetKind
    name: str
    maker: str
    product: str
    model_number: str
    version: str
    os: str
    firmware: str
    asset_number: str
    serial: str
    hostname: str
    mac_address: str
    ip_address: str
    udi: str
    external_key: str
    zone_id: UUID | None
    internet_facing: Known
    services: dict[ClinicalService, Criticality]
    criticality: Criticality
    place: str
    responsible: str
    acquired_on: date | None
    support_ends_on: date | None
    note: str
    recorded_at: datetime
    changed_at: datetime | None
    retired_at: datetime | None


class ComponentAnswer(Answer):
    """A part of an asset, as its maker's list of components names it."""

    id: int
    name: str
    version: str
    supplier: str
    cpe: str
    purl: str
    hash_algorithm: str
    hash_value: str
    origin: ComponentOrigin


class ComponentPage(Answer):
    items: list[ComponentAnswer]
    next_cursor: str


class EventAnswer(Answer):
    """A moment in the history of an asset; `run_id` is the import that brought it."""

    at: datetime
    by: str
    title: str
    text: str
    run_id: UUID | None


class ZoneAnswer(Answer):
    """A part of an institution's network."""

    id: UUID
    institution_id: int
    name: str
    purpose: str
    internet_reachable: Known
    vendor_reachable: Known
    recorded_at: datetime


class ZonePage(Answer):
    items: list[ZoneAnswer]
    next_cursor: str


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
    model_number: Words = ""
    version: Version = Field("", description="Operating system or firmware, as the device shows it")
    os: Words = ""
    firmware: Version = ""
    asset_number: Version = ""
    serial: Words = ""
    hostname: Words = ""
    mac_address: Words = Field("", description="Six bytes in any usual way of writing")
    ip_address: Words = ""
    udi: Words = ""
    external_key: Words = Field("", description="By what another program of the institution knows it")
    zone_id: Id | None = Field(None, description="A zone of the same institution")
    internet_facing: Annotated[Known, as_text(Known)] = Known.UNKNOWN
    services: dict[Service, Level] = Field({}, description="What each clinical service loses when it stops")
    place: Words = ""
    responsible: Words = ""
    acquired_on: Day | None = None
    support_ends_on: Day | None = None
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


class ZoneBody(Strict):
    """What is recorded of a zone. What is left out is empty or unknown."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"\S")]
    purpose: Long = ""
    internet_reachable: Annotated[Known, as_text(Known)] = Known.UNKNOWN
    vendor_reachable: Annotated[Known, as_text(Known)] = Known.UNKNOWN


class NewZone(ZoneBody):
    """A zone and the institution to which it belongs."""

    institution_id: RowNumber


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
    content = _asset_content(request, body)
    return Status(201, services.record_asset(body.institution_id, content, by=request.viewer, now=request.now))


@router.get("/assets/{uuid:asset_id}", auth=Door(Permission.ASSET_READ), response=AssetAnswer)
def read_asset(request: SonaeRequest, asset_id: UUID) -> Asset:
    """One asset."""
    return visible_or_404(Asset.objects, request.viewer, pk=asset_id)


@router.put("/assets/{uuid:asset_id}", auth=Door(Permission.ASSET_CHANGE), response=AssetAnswer)
def change_asset(request: SonaeRequest, asset_id: UUID, body: AssetBody) -> Asset:
    """Writes what is known of an asset anew."""
    return services.change_asset(asset_id, _asset_content(request, body), by=request.viewer, now=request.now)


@router.post("/assets/{uuid:asset_id}/retirement", auth=Door(Permission.ASSET_CHANGE), response=AssetAnswer)
def retire_asset(request: SonaeRequest, asset_id: UUID) -> Asset:
    """Takes an asset out of the ledger. Its history stays."""
    return services.retire_asset(asset_id, by=request.viewer, now=request.now)


@router.get("/assets/{uuid:asset_id}/components", auth=Door(Permission.ASSET_READ), response=ComponentPage)
def list_components(request: SonaeRequest, asset_id: UUID, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The components of an asset, in the order in which they came."""
    visible_or_404(Asset.objects, request.viewer, pk=asset_id)
    rows = Component.objects.visible_to(request.viewer).filter(asset_id=asset_id)
    items, following = cursor_page(rows, cursor=cursor, limit=limit)
    return {"items": items, "next_cursor": following}


@router.get("/assets/{uuid:asset_id}/history", auth=Door(Permission.ASSET_READ), response=list[EventAnswer])
def read_history(request: SonaeRequest, asset_id: UUID) -> list[presenting.Event]:
    """What became of an asset, the newest first: recorded, changed by hand or by an import, taken out."""
    rows = Asset.objects.select_related("recorded_by", "retired_by")
    return presenting.history_of(visible_or_404(rows, request.viewer, pk=asset_id), request.viewer)


@router.get("/zones", auth=Door(Permission.ASSET_READ), response=ZonePage)
def list_zones(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The zones of networks that the caller may read, oldest first."""
    rows = NetworkZone.objects.visible_to(request.viewer)
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.post("/zones", auth=Door(Permission.ASSET_CHANGE), response={201: ZoneAnswer})
def record_zone(request: SonaeRequest, body: NewZone) -> Status[NetworkZone]:
    """Adds a zone to the network of an institution."""
    content = _zone_content(body)
    return Status(201, services.record_zone(body.institution_id, content, by=request.viewer, now=request.now))


@router.get("/zones/{uuid:zone_id}", auth=Door(Permission.ASSET_READ), response=ZoneAnswer)
def read_zone(request: SonaeRequest, zone_id: UUID) -> NetworkZone:
    """One zone."""
    return visible_or_404(NetworkZone.objects, request.viewer, pk=zone_id)


@router.put("/zones/{uuid:zone_id}", auth=Door(Permission.ASSET_CHANGE), response=ZoneAnswer)
def change_zone(request: SonaeRequest, zone_id: UUID, body: ZoneBody) -> NetworkZone:
    """Writes what is known of a zone anew."""
    return services.change_zone(zone_id, _zone_content(body), by=request.viewer, now=request.now)


@router.post("/zones/{uuid:zone_id}/removal", auth=Door(Permission.ASSET_CHANGE), response={204: None})
def remove_zone(request: SonaeRequest, zone_id: UUID) -> Status[None]:
    """Removes a zone in which no device ever stood."""
    services.remove_zone(zone_id, by=request.viewer, now=request.now)
    return Status(204, None)


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


def _asset_content(request: SonaeRequest, body: AssetBody) -> AssetContent:
    zones = NetworkZone.objects
    zone = None if body.zone_id is None else visible_or_404(zones, request.viewer, pk=body.zone_id)
    found = body.model_dump(exclude={"institution_id", "zone_id"}) | _addresses(body)
    levels = {service.value: level.value for service, level in body.services.items()}
    return cast(AssetContent, found | {"zone": zone, "services": levels})


def _addresses(body: AssetBody) -> dict[str, str]:
    """As lists are read, so that a device is recognised in the next one; raises BadInput."""
    read = {name: cells.value_of(name, getattr(body, name)) for name in ("mac_address", "ip_address")}
    problems = [problem for _value, problem in read.values() if problem is not None]
    if problems:
        raise BadInput(Problem(one.reason, field=one.field, value=one.value) for one in problems)
    return {name: value for name, (value, _problem) in read.items()}


def _zone_content(body: ZoneBody) -> ZoneContent:
    return ZoneContent(
        name=body.name,
        purpose=body.purpose,
        internet_reachable=body.internet_reachable,
        vendor_reachable=body.vendor_reachable,
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
