"""The fields of an asset as the texts that a list has, and back."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sonae.prevention.assets.intake.rules import PARTS, Values
from sonae.prevention.assets.intake.vocabulary import Identity, LedgerField
from sonae.prevention.assets.intake.writing import stored_id
from sonae.prevention.assets.models import Asset, NetworkZone

DAYS = frozenset({LedgerField.ACQUIRED_ON, LedgerField.SUPPORT_ENDS_ON})
_AT_ONCE = 5_000


class Row(NamedTuple):
    """What of a planned row is needed to apply it."""

    label: str
    asset_id: UUID | None
    key: str
    after: dict[str, str]
    before: dict[str, Any]


def columns_for(fields: Iterable[str], priority: Iterable[Identity]) -> list[str]:
    """The fields that have to be known of the ledger, so that a list with these columns can be held against it."""
    wanted = {str(one) for one in fields if one}
    for identity in priority:
        wanted |= set(PARTS[identity])
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


def columns_of(row: Row, *, kind: str, zones: Mapping[str, NetworkZone]) -> list[object]:
    """A new asset as its row of the table: its id and COLUMNS. A day is its ISO text, which both databases take."""
    after = row.after
    zone = zones.get(after[LedgerField.ZONE]) if LedgerField.ZONE in after else None
    found: list[object] = [stored_id(row.asset_id), stored_id(zone.pk) if zone else None]
    for name, otherwise in _OTHERWISE:
        found.append(after.get(name) or (kind if name == LedgerField.KIND else otherwise))
    return found


_OTHERWISE: tuple[tuple[str, str | None], ...] = tuple(
    (
        field.value,
        None if field in DAYS else "unknown" if field in (LedgerField.INTERNET_FACING, LedgerField.CRITICALITY) else "",
    )
    for field in LedgerField
    if field is not LedgerField.ZONE
)
COLUMNS: tuple[str, ...] = ("zone_id", *(name for name, _otherwise in _OTHERWISE))
