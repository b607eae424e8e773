"""Applying a plan, and taking it back: each in one transaction, so that a killed job leaves nothing half done."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.kernel.errors import BadInput, Problem
from sonae.kernel.events import publish
from sonae.prevention.assets import queries
from sonae.prevention.assets.intake import files, values
from sonae.prevention.assets.intake.values import Row
from sonae.prevention.assets.intake.vocabulary import (
    ImportState,
    IntakeRefusal,
    LedgerField,
    QuestionKind,
    QuestionState,
    Verdict,
)
from sonae.prevention.assets.intake.writing import pour
from sonae.prevention.assets.models import Asset, Component, LedgerImport, LedgerQuestion, NetworkZone, PlannedRow
from sonae.prevention.assets.services import importing
from sonae.prevention.assets.services.following import follow_devices
from sonae.prevention.assets.vocabulary import ComponentOrigin, LedgerChanged

AT_ONCE = 2_000
RULE, SUBJECT = "ledger.answer_questions", "ledger_import"
_PART_FIELDS = ("name", "version", "supplier", "cpe", "purl", "hash_algorithm", "hash_value")


class _Stopped(Exception):
    """Nobody wants it any more: what was written so far goes with the transaction."""


def carry_out_apply(run_id: UUID, *, now: datetime) -> ImportState:
    """Applies a plan that was ordered, in one go; the second time it changes nothing. When somebody stops it, or the
    ledger was written since the plan, the ledger stays as it was and the plan waits again."""
    return _carry_out(run_id, ImportState.APPLYING, _apply, otherwise=ImportState.PLANNED, now=now)


def carry_out_undo(run_id: UUID, *, now: datetime) -> ImportState:
    """Takes an applied import back, in one go; the second time it changes nothing."""
    return _carry_out(run_id, ImportState.UNDOING, _undo, otherwise=ImportState.APPLIED, now=now)


def _carry_out(run_id: UUID, state: ImportState, work: Any, *, otherwise: ImportState, now: datetime) -> ImportState:
    slip = files.slip_of(run_id)
    try:
        with transaction.atomic():
            institution_id = LedgerImport.objects.values_list("institution_id", flat=True).get(pk=run_id)
            # Before any row of it, as everybody who writes a ledger does.
            Institution.objects.select_for_update(no_key=True).get(pk=institution_id)
            run = LedgerImport.objects.select_for_update(of=("self",)).get(pk=run_id)
            if run.state != state:
                return ImportState(run.state)
            work(run, now=now)
            publish(LedgerChanged(institution_id))
    except (_Stopped, BadInput):
        LedgerImport.objects.filter(pk=run_id, state=state).update(state=otherwise)
    finally:
        slip.tear_up()
    return ImportState(LedgerImport.objects.values_list("state", flat=True).get(pk=run_id))


# --- apply -----------------------------------------------------------------------------------------------------------


def _apply(run: LedgerImport, *, now: datetime) -> None:
    if queries.is_stale(run):
        raise BadInput([Problem(IntakeRefusal.PLAN_STALE, run.file_name)])
    if run.asset_id is not None:
        _apply_parts(run, now=now)
    else:
        _apply_devices(run, now=now)
    run.state, run.applied_at = ImportState.APPLIED, now
    run.save(update_fields=["state", "applied_at"])
    _record("ledger.apply_import", run, now=now)
    transaction.on_commit(lambda: files.discard(run.pk))


def _apply_devices(run: LedgerImport, *, now: datetime) -> None:
    zones = _zones_for(run, now=now)
    total = run.rows_added + run.rows_changed + run.rows_vanished + run.rows_unknown
    progress = _Progress(run, total)
    kind = str(run.mapping.get("default_kind", "pc"))
    for rows in batched(_rows(run, Verdict.ADDED), AT_ONCE):
        same = {"institution_id": run.institution_id, "recorded_at": now, "recorded_by_id": run.ordered_by_id}
        pour(Asset, same, ("id", *values.COLUMNS), (values.columns_of(row, kind=kind, zones=zones) for row in rows))
        progress.reach(len(rows))
    for rows in batched(_rows(run, Verdict.CHANGED), AT_ONCE):
        _write_changed({row.asset_id: row.after for row in rows}, zones=zones, now=now)
        progress.reach(len(rows))
    asked = 0
    for verdict, question in ((Verdict.VANISHED, QuestionKind.VANISHED), (Verdict.UNKNOWN, QuestionKind.UNKNOWN)):
        for rows in batched(_rows(run, verdict), AT_ONCE):
            LedgerQuestion.objects.bulk_create([_question(run, row, question, now=now) for row in rows])
            asked += len(rows)
            progress.reach(len(rows))
    if run.rows_added or run.rows_changed:
        follow_devices(run.institution_id, by=run.ordered_by_id, now=now)
    if asked:
        facts = {"source": run.source or run.file_name, "questions": asked}
        duties.impose(
            RULE, subject=SUBJECT, subject_id=run.pk, institution_id=run.institution_id, known_at=now, now=now,
            facts=facts, by=run.ordered_by_id,
        )  # fmt: skip


def _write_changed(wanted: dict[Any, dict[str, str]], *, zones: dict[str, NetworkZone], now: datetime) -> None:
    """Writes these texts into these assets: one statement for all that change in the same columns."""
    by_columns: dict[tuple[str, ...], list[Asset]] = {}
    for asset in Asset.objects.select_for_update(of=("self",)).filter(pk__in=list(wanted)):
        written = values.assign(asset, wanted[asset.pk], zones=zones)
        asset.changed_at = now
        by_columns.setdefault(tuple(sorted([*written, "changed_at"])), []).append(asset)
    for columns, assets in by_columns.items():
        Asset.objects.bulk_update(assets, columns, batch_size=200)


def _question(run: LedgerImport, row: Row, kind: QuestionKind, *, now: datetime) -> LedgerQuestion:
    asset_id = row.asset_id if kind is QuestionKind.VANISHED else None
    return LedgerQuestion(
        institution_id=run.institution_id, run=run, kind=kind, asset_id=asset_id, label=row.label or row.key[:200],
        key=row.key, seen=row.after, asked_at=now,
    )  # fmt: skip


def _zones_for(run: LedgerImport, *, now: datetime) -> dict[str, NetworkZone]:
    """The zones that the plan names, by their names; those that are not there yet are recorded."""
    zones = {zone.name: zone for zone in NetworkZone.objects.filter(institution_id=run.institution_id)}
    if LedgerField.ZONE not in run.mapping.get("columns", ()):
        return zones
    named = {
        name
        for verdict in (Verdict.ADDED, Verdict.CHANGED)
        for row in _rows(run, verdict)
        if (name := row.after.get(LedgerField.ZONE))
    }
    for name in sorted(named - zones.keys()):
        zones[name] = NetworkZone.objects.create(
            institution_id=run.institution_id, name=name, recorded_at=now, recorded_by_id=run.ordered_by_id
        )
    return zones


def _apply_parts(run: LedgerImport, *, now: datetime) -> None:
    asset_id = _asset_of(run)
    progress = _Progress(run, run.rows_added + run.rows_changed + run.rows_vanished)
    for rows in batched(_rows(run, Verdict.ADDED), AT_ONCE):
        _pour_components(run, [row.after for row in rows])
        progress.reach(len(rows))
    for row in _rows(run, Verdict.CHANGED):
        written = {name: row.after.get(name, "") for name in _PART_FIELDS}
        Component.objects.filter(pk=row.before["id"], asset_id=asset_id).update(**written)
        progress.reach(1)
    for rows in batched(_rows(run, Verdict.VANISHED), AT_ONCE):
        Component.objects.filter(pk__in=[row.before["id"] for row in rows], asset_id=asset_id).delete()
        progress.reach(len(rows))
    Asset.objects.filter(pk=asset_id).update(changed_at=now)


def _pour_components(run: LedgerImport, said: Iterable[dict[str, Any]]) -> None:
    same = {"asset_id": run.asset_id, "origin": ComponentOrigin.BOM, "came_by_id": run.pk}
    pour(Component, same, _PART_FIELDS, ([one.get(name, "") for name in _PART_FIELDS] for one in said))


# --- undo ------------------------------------------------------------------------------------------------------------


def _undo(run: LedgerImport, *, now: datetime) -> None:
    importing.refuse_what_changed_since(run)
    if run.asset_id is not None:
        _undo_parts(run, now=now)
    else:
        _undo_devices(run, now=now)
    questions = LedgerQuestion.objects.open().filter(run=run)
    questions.update(state=QuestionState.WITHDRAWN)
    duties.supersede(RULE, subject=SUBJECT, subject_id=run.pk, now=now, by=run.ordered_by_id)
    run.state, run.undone_at = ImportState.UNDONE, now
    run.save(update_fields=["state", "undone_at"])
    _record("ledger.undo_import", run, now=now)


def _undo_devices(run: LedgerImport, *, now: datetime) -> None:
    progress = _Progress(run, run.rows_added + run.rows_changed)
    added = PlannedRow.objects.filter(run=run, verdict=Verdict.ADDED, asset_id__isnull=False)
    # A row is taken out, never deleted: that it stood in the ledger for an hour can still be told.
    Asset.objects.in_use().filter(pk__in=added.values("asset_id")).update(
        retired_at=now, retired_by_id=run.ordered_by_id, changed_at=now
    )
    progress.reach(run.rows_added)
    zones = {zone.name: zone for zone in NetworkZone.objects.filter(institution_id=run.institution_id)}
    for rows in batched(_rows(run, Verdict.CHANGED), AT_ONCE):
        _write_changed({row.asset_id: row.before for row in rows}, zones=zones, now=now)
        progress.reach(len(rows))
    follow_devices(run.institution_id, by=run.ordered_by_id, now=now)


def _undo_parts(run: LedgerImport, *, now: datetime) -> None:
    asset_id = _asset_of(run)
    progress = _Progress(run, run.rows_added + run.rows_changed + run.rows_vanished)
    Component.objects.filter(asset_id=asset_id, came_by=run).delete()
    progress.reach(run.rows_added)
    for row in _rows(run, Verdict.CHANGED):
        written = {name: row.before.get(name, "") for name in _PART_FIELDS}
        Component.objects.filter(pk=row.before["id"], asset_id=asset_id).update(**written)
        progress.reach(1)
    for rows in batched(_rows(run, Verdict.VANISHED), AT_ONCE):
        _pour_components(run, [row.before for row in rows])
        progress.reach(len(rows))
    Component.objects.filter(asset_id=asset_id, came_by=run).update(came_by=None)
    Asset.objects.filter(pk=asset_id).update(changed_at=now)


# --- inside ----------------------------------------------------------------------------------------------------------


def _asset_of(run: LedgerImport) -> UUID:
    assert run.asset_id is not None, "a list of components belongs to an asset"
    return run.asset_id


class _Progress:
    """Tells on the slip how far the job is: what stands in its transaction nobody else can see."""

    def __init__(self, run: LedgerImport, total: int) -> None:
        self._slip, self._done, self._total = files.slip_of(run.pk), 0, max(1, total)
        self._told = -1

    def reach(self, rows: int) -> None:
        if not self._slip.is_wanted:
            raise _Stopped
        self._done += rows
        percent = min(99, 100 * self._done // self._total)
        if percent != self._told:
            files.folder().mkdir(mode=0o700, parents=True, exist_ok=True)
            self._slip.reach(percent)
            self._told = percent


def _rows(run: LedgerImport, verdict: Verdict) -> Iterator[Row]:
    """The planned rows of one verdict in their order, read in pieces by their key: a cursor that is held open while
    the same connection writes costs more."""
    last = 0
    while True:
        wanted = PlannedRow.objects.filter(run=run, verdict=verdict, pk__gt=last).order_by("pk")
        found = list(wanted.values_list("pk", "label", "asset_id", "key", "after", "before")[:AT_ONCE])
        yield from (Row(*one[1:]) for one in found)
        if len(found) < AT_ONCE:
            return
        last = found[-1][0]


def _record(verb: str, run: LedgerImport, *, now: datetime) -> None:
    counted: Iterable[str] = ("rows_added", "rows_changed", "rows_vanished", "rows_unknown", "rows_not_understood")
    audit.record(
        verb, subject=SUBJECT, subject_id=run.pk, by=run.ordered_by_id, now=now, institution_id=run.institution_id,
        facts={"sha256": run.file_sha256, **{name: getattr(run, name) for name in counted}},
    )  # fmt: skip
