"""The fields of an asset as the texts that a list has, and back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sonae.prevention.assets.intake.rules import Values
from sonae.prevention.assets.intake.vocabulary import Identity, LedgerField
from sonae.prevention.assets.models import Asset, NetworkZone

DAYS = frozenset({LedgerField.ACQUIRED_ON, LedgerField.SUPPORT_ENDS_ON})
_PARTS: dict[Identity, tuple[str, ...]] = {
    Identity.HOSTNAME_MAC: (LedgerField.HOSTNAME, LedgerField.MAC_ADDRESS),
    Identity.NAME_PLACE: (LedgerField.NAME, LedgerField.PLACE),
}
_AT_ONCE = 5_000


def columns_for(fields: Iterable[str], priority: Iterable[Identity]) -> list[str]:
    """The fields that have to be known of the ledger, so that a list with these columns can be held against it."""
    wanted = {str(one) for one in fields if one}
    for identity in priority:
        wanted |= {str(part) for part in _PARTS.get(identity, (identity.value,))}
    return sorted(wanted)


def of_ledger(institution_id: int, fields: Iterable[str]) -> Iterator[tuple[UUID, Values]]:
    """The assets in use of an institution, with those fields that say something, as texts."""
    names = list(fields)
    read = ["zone__name" if name == LedgerField.ZONE else name for name in names]
    rows = Asset.objects.in_use().filter(institution_id=institution_id).order_by("pk").values_list("pk", *read)
    for asset_id, *values in rows.iterator(_AT_ONCE):
        yield asset_id, {name: text_of(value) for name, value in zip(names, values, strict=True) if value}


def text_of(value: object) -> str:
    """A value of the ledger as the text that a list would have."""
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
    return str(value)


def assign(asset: Asset, values: Mapping[str, str], *, zones: Mapping[str, NetworkZone]) -> list[str]:
    """Writes these texts into the asset; returns the names of the columns that were written."""
    written = []
    for name, text in values.items():
        if name == LedgerField.ZONE:
            asset.zone = zones.get(text)
        else:
            setattr(asset, name, _value(name, text))
        written.append(name)
    return written


def _value(name: str, text: str) -> Any:
    if name in DAYS:
        return date.fromisoformat(text) if text else None
    if not text and name in (LedgerField.INTERNET_FACING, LedgerField.CRITICALITY):
        return "unknown"
    return text
