"""Keeping the ledger. A row is taken out, never deleted: what was there on a day can still be told."""

from datetime import date, datetime
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.assets import rules
from sonae.prevention.assets.intake.values import text_of
from sonae.prevention.assets.models import Asset, AssetChange, Connection, NetworkZone
from sonae.prevention.assets.services.following import follow_connections, follow_devices


class AssetContent(TypedDict):
    """What is recorded of an asset. What is left out stays as it is, or is empty."""

    kind: str
    name: str
    maker: str
    product: str
    version: str
    place: str
    responsible: str
    note: str
    model_number: NotRequired[str]
    os: NotRequired[str]
    firmware: NotRequired[str]
    asset_number: NotRequired[str]
    serial: NotRequired[str]
    hostname: NotRequired[str]
    mac_address: NotRequired[str]
    ip_address: NotRequired[str]
    udi: NotRequired[str]
    external_key: NotRequired[str]
    zone: NotRequired[NetworkZone | None]
    internet_facing: NotRequired[str]
    # By ClinicalService, the Criticality; the gravest of them is that of the asset.
    services: NotRequired[dict[str, str]]
    acquired_on: NotRequired[date | None]
    support_ends_on: NotRequired[date | None]


class ConnectionContent(TypedDict):
    """What is recorded of a connection."""

    kind: str
    name: str
    vendor: str
    purpose: str
    device: Asset | None
    firmware: str
    source_restricted: str
    multi_factor: str
    patched_by: str
    contract_clause: str
    last_checked_on: date | None
    note: str


@transaction.atomic
def record_asset(institution_id: int, content: AssetContent, *, by: Viewer, now: datetime) -> Asset:
    """A new row of the ledger."""
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    require(rules.may_stand_in(_zone_owner(content), institution_id=institution_id))
    asset = Asset.objects.create(
        institution_id=institution_id, recorded_at=now, recorded_by_id=by.account_id, **_with_criticality(content)
    )
    _record("asset.record", asset, by=by, now=now)
    follow_devices(institution_id, by=by.account_id, now=now)
    return asset


@transaction.atomic
def change_asset(asset_id: UUID, content: AssetContent, *, by: Viewer, now: datetime) -> Asset:
    """Corrects a row of the ledger; what stood there before stays in its history."""
    asset = _locked(Asset, asset_id, by=by)
    require(rules.may_stand_in(_zone_owner(content), institution_id=asset.institution_id))
    wanted = _with_criticality(content)
    differing = {
        name: [text_of(getattr(asset, name)), text_of(value)]
        for name, value in wanted.items()
        if getattr(asset, name) != value
    }
    if differing:
        AssetChange.objects.create(asset=asset, changed_at=now, changed_by_id=by.account_id, values=differing)
    _write(asset, {**wanted, "changed_at": now})
    _record("asset.change", asset, by=by, now=now)
    follow_devices(asset.institution_id, by=by.account_id, now=now)
    return asset


@transaction.atomic
def retire_asset(asset_id: UUID, *, by: Viewer, now: datetime) -> Asset:
    """Takes an asset out of the ledger."""
    asset = _locked(Asset, asset_id, by=by)
    _retire(asset, by=by, now=now)
    _write(asset, {"changed_at": now})
    _record("asset.retire", asset, by=by, now=now)
    follow_devices(asset.institution_id, by=by.account_id, now=now)
    return asset


@transaction.atomic
def record_connection(institution_id: int, content: ConnectionContent, *, by: Viewer, now: datetime) -> Connection:
    """A new way in from outside."""
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    require(rules.may_end_at(_owner(content["device"]), institution_id=institution_id))
    require(rules.may_have_checked(content["last_checked_on"], today=jst_day(now)))
    connection = Connection.objects.create(
        institution_id=institution_id, recorded_at=now, recorded_by_id=by.account_id, **content
    )
    _record("connection.record", connection, by=by, now=now)
    follow_connections(connection.institution_id, by=by.account_id, now=now)
    return connection


@transaction.atomic
def change_connection(connection_id: UUID, content: ConnectionContent, *, by: Viewer, now: datetime) -> Connection:
    """Corrects what is known of a connection."""
    connection = _locked(Connection, connection_id, by=by)
    require(rules.may_end_at(_owner(content["device"]), institution_id=connection.institution_id))
    require(rules.may_have_checked(content["last_checked_on"], today=jst_day(now)))
    _write(connection, content)
    _record("connection.change", connection, by=by, now=now)
    follow_connections(connection.institution_id, by=by.account_id, now=now)
    return connection


@transaction.atomic
def retire_connection(connection_id: UUID, *, by: Viewer, now: datetime) -> Connection:
    """A way in that exists no more."""
    connection = _locked(Connection, connection_id, by=by)
    _retire(connection, by=by, now=now)
    _record("connection.retire", connection, by=by, now=now)
    follow_connections(connection.institution_id, by=by.account_id, now=now)
    return connection


def _locked[Row: (Asset, Connection)](kind: type[Row], key: UUID, *, by: Viewer) -> Row:
    row = kind.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=key).first()
    if row is None:
        raise Gone(kind._meta.model_name or "", key)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(row.institution_id)))
    require(rules.may_change(row.retired_at))
    return row


def _write(row: Asset | Connection, content: Any) -> None:
    for name, value in content.items():
        setattr(row, name, value)
    row.save(update_fields=list(content))


def _retire(row: Asset | Connection, *, by: Viewer, now: datetime) -> None:
    row.retired_at, row.retired_by_id = now, by.account_id
    row.save(update_fields=["retired_at", "retired_by"])


def _owner(device: Asset | None) -> int | None:
    return device.institution_id if device else None


def _zone_owner(content: AssetContent) -> int | None:
    zone = content.get("zone")
    return zone.institution_id if zone else None


def _with_criticality(content: AssetContent) -> dict[str, Any]:
    """What is written, with the gravest level of the services where they are said."""
    wanted: dict[str, Any] = dict(content)
    if "services" in content:
        wanted["criticality"] = rules.gravest(content["services"])
    return wanted


def _record(verb: str, row: Asset | Connection, *, by: Viewer, now: datetime) -> None:
    audit.record(
        verb,
        subject=row._meta.model_name or "",
        subject_id=row.pk,
        by=by.account_id,
        now=now,
        institution_id=row.institution_id,
    )
