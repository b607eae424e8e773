"""What pages, files and the API tell of an import and of the history of an asset."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents.vocabulary import FileRefusal
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake import drafts, files, headers
from sonae.prevention.assets.intake.vocabulary import (
    AT_WORK,
    Identity,
    ImportState,
    IntakeRefusal,
    LedgerField,
    RowProblem,
    Verdict,
)
from sonae.prevention.assets.models import Asset, AssetChange, LedgerImport, MappingPreset, PlannedRow
from sonae.prevention.assets.vocabulary import AssetKind, Criticality, Known

_MEMBERS: dict[str, type[StrEnum]] = {
    LedgerField.KIND: AssetKind, LedgerField.INTERNET_FACING: Known, LedgerField.CRITICALITY: Criticality,
}  # fmt: skip
_REASONS: dict[str, type[StrEnum]] = {"IntakeRefusal": IntakeRefusal, "FileRefusal": FileRefusal}
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Event:
    """A moment in the history of an asset: what changed, who did it, and by which import."""

    at: datetime
    by: str
    title: str
    text: str = ""
    run_id: UUID | None = None


def percent_of(run: LedgerImport) -> int:
    """How far the job of an import is at this moment."""
    return files.slip_of(run.pk).percent if run.state in AT_WORK else 100


def draft_of(run: LedgerImport, *, sheet: str | None = None) -> drafts.Draft:
    """The table of an import with what is proposed for its columns: what was said before, for this file or for one with
    the same headers, and else what headers and contents look like. Raises BadInput where the file is no table."""
    path = files.path_of(run.pk)
    if not path.exists():
        raise BadInput([Problem(IntakeRefusal.FILE_GONE, run.file_name)])
    kept = drafts.mapping_from(run.mapping) if run.mapping else None
    wanted = sheet if sheet is not None else kept.sheet if kept else None
    found = drafts.draft(path, run.file_format(), sheet=wanted, name=run.file_name)
    if kept is not None and kept.sheet == found.mapping.sheet and len(kept.columns) == len(found.mapping.columns):
        return replace(found, mapping=kept, source=run.source, is_remembered=True)
    mark = headers.fingerprint(found.header.names)
    preset = MappingPreset.objects.filter(institution_id=run.institution_id, fingerprint=mark).first()
    if preset is None:
        return found
    before = drafts.mapping_from(preset.mapping)
    # The same headers may begin in another line this time.
    here = replace(before, sheet=found.mapping.sheet, header_line=found.header.line, data_line=found.header.data_line)
    return replace(found, mapping=here, source=preset.source, is_remembered=True)


def refusals_of(run: LedgerImport) -> list[str]:
    """Why a file as a whole was refused, in sentences."""
    return [
        sentence(_REASONS[one["kind"]](one["reason"]), one.get("value", ""), one.get("facts", {}))
        for one in run.refusal
        if one["kind"] in _REASONS
    ]


def sentence(reason: StrEnum, value: str, facts: dict[str, Any]) -> str:
    """A reason with its facts, in the language of this moment."""
    return str(words.of(Refused(reason, {**facts, "value": value})))


def problems_of(row: PlannedRow) -> Iterator[tuple[str, str, str]]:
    """Of a planned row: field, what stands there, and what to do; the field is empty for the row as a whole."""
    for one in row.problems:
        named = one["field"]
        field = LedgerField(named) if named in set(LedgerField) else Identity(named) if named else None
        said = "" if field is None else str(words.of(field))
        yield said, one["value"].replace("\n", " / "), sentence(RowProblem(one["reason"]), one["value"], one["facts"])


def told(row: PlannedRow) -> str:
    """What is written of a row, field by field; of a change with what stood there before."""
    if row.verdict == Verdict.NOT_UNDERSTOOD:
        return ""
    pieces = []
    for name, value in row.after.items():
        shown = _shown(name, value)
        if row.verdict == Verdict.CHANGED:
            shown = f"{_shown(name, row.before.get(name, '')) or '–'} → {shown}"
        pieces.append(f"{_named(name)}: {shown}")
    return "; ".join(pieces)


def _named(name: str) -> str:
    if name in set(LedgerField):
        return str(words.of(LedgerField(name)))
    others = {
        "supplier": _("Supplier"), "cpe": "CPE", "purl": "purl", "hash_algorithm": _("Hash algorithm"),
        "hash_value": _("Hash"), "ports": _("Open ports"), "os_guess": _("Operating system (guessed)"),
        "card_maker": _("Maker of the network card"), "services": _("Services"),
    }  # fmt: skip
    return others.get(name, name)


def _shown(name: str, value: object) -> str:
    members = _MEMBERS.get(name)
    text = str(value)
    return str(words.of(members(text))) if members is not None and text in set(members) else text


def history_of(asset: Asset, viewer: Viewer) -> list[Event]:
    """What became of an asset, the newest first: recorded, changed by hand or by an import, taken out."""
    events = [*_by_hand(asset, viewer), *_by_import(asset, viewer)]
    if asset.retired_at:
        events.append(Event(asset.retired_at, str(asset.retired_by or ""), _("Taken out of the ledger")))
    if not any(event.at == asset.recorded_at for event in events):
        events.append(Event(asset.recorded_at, str(asset.recorded_by or ""), pgettext("history", "Recorded")))
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST_SHOWN]


def _by_hand(asset: Asset, viewer: Viewer) -> Iterator[Event]:
    changes = AssetChange.objects.visible_to(viewer).filter(asset=asset).select_related("changed_by")
    for change in changes[:MOST_SHOWN]:
        pieces = [
            f"{_named(name)}: {_shown(name, before) or '–'} → {_shown(name, after) or '–'}"
            for name, (before, after) in change.values.items()
        ]
        yield Event(change.changed_at, str(change.changed_by or ""), _("Changed by hand"), "; ".join(pieces))


def _by_import(asset: Asset, viewer: Viewer) -> Iterator[Event]:
    runs = LedgerImport.objects.visible_to(viewer).filter(state__in=[ImportState.APPLIED, ImportState.UNDONE])
    written = PlannedRow.objects.filter(
        asset_id=asset.pk, verdict__in=[Verdict.ADDED, Verdict.CHANGED], run__in=runs
    ).select_related("run__ordered_by")
    for row in written.order_by("-pk")[:MOST_SHOWN]:
        title = (
            _("Recorded by the import “%(file)s”")
            if row.verdict == Verdict.ADDED
            else _("Changed by the import “%(file)s”")
        )
        yield _event(row.run, row.run.applied_at, title, told(row))
        if row.run.undone_at:
            yield _event(row.run, row.run.undone_at, _("The import “%(file)s” was taken back"), "")
    for run in runs.filter(asset=asset).select_related("ordered_by")[:MOST_SHOWN]:
        yield _event(run, run.applied_at, _("Components taken from “%(file)s”"), "")


def _event(run: LedgerImport, at: datetime | None, title: str, text: str) -> Event:
    assert at is not None, "only what was applied has a history"
    return Event(at, str(run.ordered_by or ""), title % {"file": run.file_name}, text, run.pk)
