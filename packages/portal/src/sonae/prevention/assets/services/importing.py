"""The steps of an import that a person orders: bring a file, say where its columns go, apply the plan, take it back.

What takes long a job carries out (planning, applying); between two steps the import waits for the next word.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Gone, Problem
from sonae.kernel.ids import new_id
from sonae.prevention.assets import queries
from sonae.prevention.assets.intake import drafts, files, headers, rules
from sonae.prevention.assets.intake.vocabulary import (
    AT_WORK,
    BOMS,
    OPEN_STATES,
    TABLES,
    ImportState,
    IntakeRefusal,
    LedgerField,
    Mapping,
    Verdict,
)
from sonae.prevention.assets.models import Asset, Connection, LedgerImport, MappingPreset, PlannedRow

WRITTEN = (Verdict.ADDED, Verdict.CHANGED)
# Longer than an upload takes: until then the import of a file may be about to begin.
ORPHANS_KEPT_FOR = timedelta(hours=6)
# So many rows are named where something keeps an import from being taken back.
MOST_NAMED = 50


def begin_import(
    pieces: Iterable[bytes],
    *,
    institution_id: int,
    name: str,
    by: Viewer,
    now: datetime,
    asset_id: UUID | None = None,
    source: str = "",
) -> LedgerImport:
    """Takes a file in and says what it is; a table waits for its mapping, anything else for its plan.

    A list of components needs the asset whose components they are. Raises BadInput with everything that is wrong.
    """
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    if asset_id is not None and not _own_asset(asset_id, institution_id).exists():
        raise Gone("asset", asset_id)
    run_id = new_id()
    sha256 = files.keep(pieces, run_id=run_id, name=name)
    try:
        found = files.format_of(files.path_of(run_id), name=name)
        if found in BOMS and asset_id is None:
            raise BadInput([Problem(IntakeRefusal.NEEDS_AN_ASSET, name, field="asset")])
        if found in TABLES:
            # So that a file without a table is refused now, and not after its mapping.
            drafts.first_lines(files.path_of(run_id), found, sheet=None, name=name)
        with transaction.atomic():
            run = LedgerImport.objects.create(
                pk=run_id,
                institution_id=institution_id,
                asset_id=asset_id if found in BOMS else None,
                format=found,
                state=ImportState.MAPPING if found in TABLES else ImportState.PLANNING,
                source=(source or ("" if found in TABLES else found.value))[:80],
                file_name=name[:255],
                file_sha256=sha256,
                begun_at=now,
                begun_by_id=by.account_id,
                ordered_by_id=by.account_id,
                expires_at=drafts.expiry(now),
            )
            _record("ledger.begin_import", run, by=by, now=now, format=found.value, sha256=sha256)
    except BaseException:
        files.discard(run_id)
        raise
    return run


@transaction.atomic
def map_import(run_id: UUID, mapping: Mapping, *, source: str, by: Viewer, now: datetime) -> LedgerImport:
    """Says where the columns of a table go, and remembers it for the next file with the same headers; its plan, made
    before by another mapping, is thrown away."""
    run = _locked(run_id, by=by)
    require(rules.may_step(ImportState(run.state), needs=OPEN_STATES))
    names = drafts.header_names(files.path_of(run.pk), mapping, file_format=run.file_format(), name=run.file_name)
    _refuse_mapping(mapping, len(names), name=run.file_name)
    run.mapping, run.fingerprint = asdict(mapping), headers.fingerprint(names)
    run.source, run.state, run.ordered_by_id = source.strip()[:80], ImportState.PLANNING, by.account_id
    run.save(update_fields=["mapping", "fingerprint", "source", "state", "ordered_by"])
    kept: dict[str, Any] = {"source": run.source, "mapping": run.mapping, "used_at": now, "used_by_id": by.account_id}
    MappingPreset.objects.update_or_create(
        institution_id=run.institution_id, fingerprint=run.fingerprint, defaults=kept
    )
    return run


@transaction.atomic
def plan_again(run_id: UUID, *, by: Viewer, now: datetime) -> LedgerImport:
    """Has the file held once more against the ledger, as it is now."""
    run = _locked(run_id, by=by)
    require(rules.may_step(ImportState(run.state), needs=[ImportState.PLANNED]))
    run.state, run.ordered_by_id = ImportState.PLANNING, by.account_id
    run.save(update_fields=["state", "ordered_by"])
    _record("ledger.plan_again", run, by=by, now=now)
    return run


@transaction.atomic
def order_apply(run_id: UUID, *, by: Viewer, now: datetime) -> LedgerImport:
    """Orders that a plan is applied; a job does it in one go."""
    run = _locked(run_id, by=by)
    rows = run.rows_added + run.rows_changed + run.rows_vanished + run.rows_unknown
    require(
        rules.may_apply(
            ImportState(run.state), rows=rows, expires_at=run.expires_at, changed_since=queries.is_stale(run), now=now
        )
    )
    run.state, run.ordered_by_id = ImportState.APPLYING, by.account_id
    run.save(update_fields=["state", "ordered_by"])
    _record("ledger.order_apply", run, by=by, now=now)
    return run


@transaction.atomic
def order_undo(run_id: UUID, *, by: Viewer, now: datetime) -> LedgerImport:
    """Orders that an import is taken back; refused, with the rows named, where somebody changed them since."""
    run = _locked(run_id, by=by)
    require(rules.may_step(ImportState(run.state), needs=[ImportState.APPLIED]))
    refuse_what_changed_since(run)
    run.state, run.ordered_by_id = ImportState.UNDOING, by.account_id
    run.save(update_fields=["state", "ordered_by"])
    _record("ledger.order_undo", run, by=by, now=now)
    return run


def cancel_import(run_id: UUID, *, by: Viewer, now: datetime) -> LedgerImport:
    """Gives up a file that nobody applied, or stops the job at hand: then the ledger stays as it was, and the import
    goes back to the step before."""
    run = LedgerImport.objects.visible_to(by).filter(pk=run_id).first()
    if run is None:
        raise Gone("ledger_import", run_id)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(run.institution_id)))
    if run.state in AT_WORK:
        # Not through the database: where it has one writer, that is the job.
        files.slip_of(run_id).ask_to_stop()
        return run
    return _give_up(run_id, by=by, now=now)


@transaction.atomic
def _give_up(run_id: UUID, *, by: Viewer, now: datetime) -> LedgerImport:
    run = _locked(run_id, by=by)
    require(rules.may_step(ImportState(run.state), needs=OPEN_STATES))
    run.state = ImportState.CANCELLED
    run.save(update_fields=["state"])
    PlannedRow.objects.filter(run=run).delete()
    transaction.on_commit(lambda: files.discard(run.pk))
    _record("ledger.cancel_import", run, by=by, now=now)
    return run


@transaction.atomic
def expire_imports(*, now: datetime) -> int:
    """Ends what nobody went on with: its plan and its file go. Returns how many."""
    old = LedgerImport.objects.select_for_update(skip_locked=True).filter(state__in=OPEN_STATES, expires_at__lte=now)
    ended = list(old.values_list("pk", flat=True)[:200])
    PlannedRow.objects.filter(run__in=ended).delete()
    LedgerImport.objects.filter(pk__in=ended).update(state=ImportState.EXPIRED)
    for run_id in ended:
        files.discard(run_id)
    waiting = LedgerImport.objects.filter(state__in=[*OPEN_STATES, *AT_WORK]).values_list("pk", flat=True)
    files.sweep(set(waiting), before=now - ORPHANS_KEPT_FOR)
    return len(ended)


def refuse_what_changed_since(run: LedgerImport) -> None:
    """Raises BadInput that names each asset which this import wrote and somebody changed since, or hung on."""
    assert run.applied_at is not None, "only what was applied is taken back"
    written = _written_by(run)
    changed = Asset.objects.filter(pk__in=written, changed_at__gt=run.applied_at)
    added = PlannedRow.objects.filter(run=run, verdict=Verdict.ADDED).values("asset_id")
    ends = Connection.objects.in_use().filter(device_id__in=added).values("device_id")
    held = Asset.objects.filter(Q(pk__in=changed.values("pk")) | Q(pk__in=ends)).order_by("name", "pk")
    named = list(held[:MOST_NAMED])
    if named:
        raise BadInput(
            Problem(IntakeRefusal.CHANGED_SINCE, run.file_name, value=one.name, facts={"name": one.name})
            for one in named
        )


def _written_by(run: LedgerImport) -> Any:
    if run.asset_id is not None:
        return [run.asset_id]
    return PlannedRow.objects.filter(run=run, verdict__in=WRITTEN, asset_id__isnull=False).values("asset_id")


def _own_asset(asset_id: UUID, institution_id: int) -> Any:
    return Asset.objects.in_use().filter(pk=asset_id, institution_id=institution_id)


def _refuse_mapping(mapping: Mapping, columns: int, *, name: str) -> None:
    faults = [
        Problem(IntakeRefusal.FIELD_TWICE, name, field=field, facts={"field": LedgerField(field)})
        for field in sorted(headers.repeated(mapping.columns))
    ]
    if not {LedgerField.NAME, LedgerField.HOSTNAME} & set(mapping.columns):
        faults.append(Problem(IntakeRefusal.NO_COLUMN_FOR_NAME, name))
    if len(mapping.columns) > max(columns, 1):
        faults.append(Problem(IntakeRefusal.COLUMN_UNKNOWN, name, value=str(len(mapping.columns))))
    if faults:
        raise BadInput(faults)


def _locked(run_id: UUID, *, by: Viewer) -> LedgerImport:
    run = LedgerImport.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=run_id).first()
    if run is None:
        raise Gone("ledger_import", run_id)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(run.institution_id)))
    return run


def _record(verb: str, run: LedgerImport, *, by: Viewer, now: datetime, **facts: object) -> None:
    audit.record(
        verb, subject="ledger_import", subject_id=run.pk, by=by.account_id, now=now,
        institution_id=run.institution_id, facts=facts,
    )  # fmt: skip
