"""Making the plan of an import: each row of the file held against the ledger. Nothing of the ledger is written."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.kernel.errors import BadInput, Problem
from sonae.kernel.ids import new_id
from sonae.prevention.assets.intake import cells, drafts, files, headers, parts, rules, scans, tables, values
from sonae.prevention.assets.intake.vocabulary import (
    BOMS,
    SCAN_PRIORITY,
    Device,
    FieldProblem,
    FileFormat,
    ImportState,
    IntakeRefusal,
    LedgerField,
    Mapping,
    Newcomers,
    Part,
    QuestionAnswer,
    QuestionKind,
    QuestionState,
    Verdict,
)
from sonae.prevention.assets.intake.writing import pour, stored_id, stored_json
from sonae.prevention.assets.models import Asset, Component, LedgerImport, LedgerQuestion, PlannedRow

AT_ONCE = 5_000
_STANDING = (Verdict.ADDED, Verdict.CHANGED, Verdict.UNCHANGED)
# Bytes of a row of a list, and of a component: only the bar depends on it.
_ROW_BYTES, _PART_BYTES = 120, 300
_COUNTERS = {
    Verdict.ADDED: "rows_added", Verdict.CHANGED: "rows_changed", Verdict.UNCHANGED: "rows_unchanged",
    Verdict.VANISHED: "rows_vanished", Verdict.UNKNOWN: "rows_unknown", Verdict.NOT_UNDERSTOOD: "rows_not_understood",
}  # fmt: skip


def carry_out_plan(run_id: UUID, *, now: datetime) -> ImportState:
    """Makes the plan of an import that waits for one; the second time it changes nothing, and after a job that was
    killed it begins anew. A file that is refused says so on the import."""
    run = LedgerImport.objects.get(pk=run_id)
    if run.state != ImportState.PLANNING:
        return ImportState(run.state)
    PlannedRow.objects.filter(run=run).delete()
    # Not torn up before: somebody may have asked to stop while the job waited for its turn.
    slip = files.slip_of(run_id)
    try:
        if not files.path_of(run_id).exists():
            raise BadInput([Problem(IntakeRefusal.FILE_GONE, run.file_name)])
        writer = _Writer(run)
        if run.format in BOMS:
            _plan_parts(run, writer)
        else:
            _plan_devices(run, writer)
        writer.finish()
    except BadInput as refused:
        return _refuse(run, refused, now=now)
    finally:
        slip.tear_up()
    return _planned(run, writer, now=now)


_WRITTEN = ("line", "verdict", "label", "asset_id", "key", "after", "before", "problems")


class _Writer:
    """Writes planned rows as they come, a piece at a time, and heeds whoever wants the plan no more."""

    def __init__(self, run: LedgerImport) -> None:
        self.run = run
        self.slip = files.slip_of(run.pk)
        self.counts = dict.fromkeys(Verdict, 0)
        self.problems = 0
        self.read = 0
        self._waiting: list[tuple[object, ...]] = []
        self._expected = max(1, files.path_of(run.pk).stat().st_size // (_PART_BYTES if run.asset_id else _ROW_BYTES))

    def row(
        self,
        line: int,
        verdict: Verdict,
        *,
        label: str,
        asset_id: UUID | None = None,
        key: str = "",
        after: Any = None,
        before: Any = None,
        problems: tuple[FieldProblem, ...] = (),
    ) -> None:
        self.counts[verdict] += 1
        self.problems += len(problems)
        self.read += line > 0
        told = stored_json([asdict(one) for one in problems]) if problems else "[]"
        self._waiting.append(
            (line, verdict.value, label[:200], stored_id(asset_id), key, stored_json(after or {}),
             stored_json(before or {}), told)
        )  # fmt: skip
        if len(self._waiting) >= AT_ONCE:
            self._write()

    def _write(self) -> None:
        if not self.slip.is_wanted:
            raise BadInput([Problem(IntakeRefusal.CANCELLED, self.run.file_name)])
        with transaction.atomic():
            pour(PlannedRow, {"run_id": self.run.pk}, _WRITTEN, self._waiting)
        self._waiting = []
        self.slip.reach(min(99, 100 * self.read // self._expected))

    def finish(self) -> None:
        if self._waiting:
            self._write()

    def spoil(self, repeated: dict[int, FieldProblem]) -> None:
        """Rows that a later one repeats: they were written before anybody knew."""
        self.finish()
        for row in PlannedRow.objects.filter(run=self.run, line__in=list(repeated)).iterator(AT_ONCE):
            if row.verdict == Verdict.NOT_UNDERSTOOD:
                continue
            self.counts[Verdict(row.verdict)] -= 1
            self.counts[Verdict.NOT_UNDERSTOOD] += 1
            self.problems += 1
            row.verdict, row.asset_id, row.before = Verdict.NOT_UNDERSTOOD, None, {}
            row.problems = [asdict(repeated[row.line]), *row.problems]
            row.save(update_fields=["verdict", "asset_id", "before", "problems"])


# --- devices ---------------------------------------------------------------------------------------------------------


def _plan_devices(run: LedgerImport, writer: _Writer) -> None:
    is_scan = run.format == FileFormat.NMAP
    mapping = None if is_scan else drafts.mapping_from(run.mapping)
    priority = SCAN_PRIORITY if mapping is None else mapping.priority
    asks = mapping is None or mapping.newcomers is Newcomers.ASK
    fields = _SEEN_BY_A_SCAN if mapping is None else mapping.columns
    columns = values.columns_for(fields, priority)
    judge = rules.Judge(
        rules.Ledger(values.of_ledger(run.institution_id, columns), priority),
        known_keys=_settled_keys(run.institution_id),
        newcomer=Verdict.UNKNOWN if asks else Verdict.ADDED,
    )
    devices = _scanned(run) if mapping is None else _listed(run, mapping)
    for device in devices:
        _write_device(writer, device, judge.judge(device))
    if judge.repeated:
        writer.spoil(judge.repeated)
    _plan_vanished(run, writer, judge.seen)


# What else a scan says of a host is a guess; it is shown to whoever answers for an unknown one.
_SEEN_BY_A_SCAN = (LedgerField.MAC_ADDRESS, LedgerField.IP_ADDRESS, LedgerField.HOSTNAME)


def _scanned(run: LedgerImport) -> list[Device]:
    return scans.read(files.path_of(run.pk), name=run.file_name)


def _listed(run: LedgerImport, mapping: Mapping) -> Iterator[Device]:
    """The rows below the headers, without totals and headers that a printer repeats on each page."""
    path = files.path_of(run.pk)
    names = drafts.header_names(path, mapping, file_format=run.file_format(), name=run.file_name)
    wanted = [(column, field) for column, field in enumerate(mapping.columns) if field]
    for line in tables.rows(path, run.file_format(), sheet=mapping.sheet, name=run.file_name):
        if line.number >= mapping.data_line and line.cells != names and not headers.is_total(line):
            yield device_of(line, wanted)


def device_of(line: headers.Line, wanted: list[tuple[int, str]]) -> Device:
    """What a row says of a device, and what of it could not be read."""
    found: dict[str, str] = {}
    problems = []
    for column, field in wanted:
        if column < len(line.cells) and (text := line.cells[column]):
            value, problem = cells.value_of(field, text)
            if value:
                found[field] = value
            if problem is not None:
                problems.append(problem)
    if LedgerField.NAME not in found and found.get(LedgerField.HOSTNAME):
        # Lists of asset managers have no other name.
        found[LedgerField.NAME] = found[LedgerField.HOSTNAME]
    return Device(line.number, found, tuple(problems))


def _write_device(writer: _Writer, device: Device, judged: rules.Judged) -> None:
    after = judged.after
    if writer.run.format == FileFormat.NMAP and judged.verdict is Verdict.CHANGED:
        after = {name: said for name, said in after.items() if name in _SEEN_BY_A_SCAN}
        judged = rules.Judged(
            Verdict.CHANGED if after else Verdict.UNCHANGED, judged.asset_id, judged.key, after,
            {name: judged.before.get(name, "") for name in after}, judged.problems,
        )  # fmt: skip
    named = device.values.get(LedgerField.NAME) or device.values.get(LedgerField.HOSTNAME)
    label = named or device.values.get(LedgerField.IP_ADDRESS) or judged.key.partition(":")[2]
    is_new = judged.verdict is Verdict.ADDED
    writer.row(
        device.line, judged.verdict, label=label, asset_id=new_id() if is_new else judged.asset_id,
        key=judged.key, after=after, before=judged.before, problems=judged.problems,
    )  # fmt: skip


def _settled_keys(institution_id: int) -> list[str]:
    """Devices that are asked about already, or of which somebody said that they are not the institution's."""
    asked = LedgerQuestion.objects.filter(institution_id=institution_id, kind=QuestionKind.UNKNOWN)
    unanswered = asked.filter(state=QuestionState.OPEN)
    not_ours = asked.filter(answer=QuestionAnswer.NOT_OURS, state=QuestionState.ANSWERED)
    return [*unanswered.values_list("key", flat=True), *not_ours.values_list("key", flat=True)]


def _plan_vanished(run: LedgerImport, writer: _Writer, seen: set[UUID]) -> None:
    """What the list of the same name had the last time, and has no more. Nothing was promised of other assets."""
    before = (
        LedgerImport.objects.filter(
            institution_id=run.institution_id, source=run.source, state=ImportState.APPLIED, asset=None
        )
        .exclude(source="")
        .order_by("-applied_at", "-pk")
        .first()
    )
    if before is None:
        return
    had = PlannedRow.objects.filter(run=before, verdict__in=_STANDING, asset_id__isnull=False)
    added = LedgerQuestion.objects.filter(run=before, answer=QuestionAnswer.ADD, asset__isnull=False)
    known = set(had.values_list("asset_id", flat=True)) | set(added.values_list("asset_id", flat=True))
    open_questions = LedgerQuestion.objects.open().filter(
        institution_id=run.institution_id, kind=QuestionKind.VANISHED, asset__isnull=False
    )
    gone = known - seen - set(open_questions.values_list("asset_id", flat=True))
    in_use = Asset.objects.in_use().filter(institution_id=run.institution_id)
    for asset_id, name in in_use.values_list("pk", "name").iterator(AT_ONCE) if gone else ():
        if asset_id in gone:
            writer.row(0, Verdict.VANISHED, label=name, asset_id=asset_id)


# --- components ------------------------------------------------------------------------------------------------------

_PART_FIELDS = ("name", "version", "supplier", "cpe", "purl", "hash_algorithm", "hash_value")


def _plan_parts(run: LedgerImport, writer: _Writer) -> None:
    assert run.asset_id is not None, "a list of components belongs to an asset"
    known = _known_parts(run.asset_id)
    seen: set[bytes] = set()

    def take(part: Part) -> None:
        key = _digest(part.purl or part.cpe or part.name, part.version, part.supplier if not part.purl else "")
        if key in seen:
            # A list names what two others need twice.
            return
        seen.add(key)
        here = {name: said for name in _PART_FIELDS if (said := getattr(part, name))}
        there = known.pop(key, None)
        label = f"{part.name} {part.version}".strip()
        if there is None:
            writer.row(writer.read + 1, Verdict.ADDED, label=label, after=here)
        elif there[1] == _digest(*(getattr(part, name) for name in _PART_FIELDS)):
            writer.row(writer.read + 1, Verdict.UNCHANGED, label=label)
        else:
            before = Component.objects.filter(pk=there[0]).values(*_PART_FIELDS).get()
            writer.row(writer.read + 1, Verdict.CHANGED, label=label, after=here, before={"id": there[0], **before})

    parts.read(files.path_of(run.pk), run.file_format(), take, name=run.file_name)
    left = [pk for pk, _rest in known.values()]
    for at in range(0, len(left), AT_ONCE):
        for row in Component.objects.filter(pk__in=left[at : at + AT_ONCE]).values("id", *_PART_FIELDS):
            writer.row(0, Verdict.VANISHED, label=f"{row['name']} {row['version']}".strip(), before=row)


def _known_parts(asset_id: UUID) -> dict[bytes, tuple[int, bytes]]:
    found = {}
    rows = Component.objects.filter(asset_id=asset_id).order_by("pk").values_list("pk", *_PART_FIELDS)
    for pk, *fields in rows.iterator(AT_ONCE):
        name, version, supplier, cpe, purl, _algorithm, _value = fields
        key = _digest(purl or cpe or name, version, supplier if not purl else "")
        found[key] = (pk, _digest(*fields))
    return found


def _digest(*texts: str) -> bytes:
    return blake2b("\n".join(texts).encode(), digest_size=12).digest()


# --- the end ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def _planned(run: LedgerImport, writer: _Writer, *, now: datetime) -> ImportState:
    locked = LedgerImport.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.state != ImportState.PLANNING:
        return ImportState(locked.state)
    for verdict, column in _COUNTERS.items():
        setattr(locked, column, writer.counts[verdict])
    locked.rows_read, locked.problem_count = writer.read, writer.problems
    locked.state, locked.planned_at, locked.expires_at = ImportState.PLANNED, now, drafts.expiry(now)
    locked.save(update_fields=["rows_read", "problem_count", "state", "planned_at", "expires_at", *_COUNTERS.values()])
    return ImportState.PLANNED


@transaction.atomic
def _refuse(run: LedgerImport, refused: BadInput, *, now: datetime) -> ImportState:
    locked = LedgerImport.objects.select_for_update(of=("self",)).get(pk=run.pk)
    if locked.state != ImportState.PLANNING:
        return ImportState(locked.state)
    PlannedRow.objects.filter(run=run).delete()
    is_cancelled = refused.problems[0].reason is IntakeRefusal.CANCELLED
    locked.state = ImportState.CANCELLED if is_cancelled else ImportState.REFUSED
    locked.refusal = [
        {"kind": type(one.reason).__name__, "reason": str(one.reason), "line": one.line, "field": one.field,
         "value": one.value, "facts": {name: str(fact) for name, fact in one.facts.items()}}
        for one in refused.problems
    ]  # fmt: skip
    locked.save(update_fields=["state", "refusal"])
    with suppress(FileNotFoundError):
        transaction.on_commit(lambda: files.discard(run.pk))
    audit.record(
        "ledger.refuse_import", subject="ledger_import", subject_id=run.pk, by=run.ordered_by_id, now=now,
        institution_id=run.institution_id, facts={"reasons": [one["reason"] for one in locked.refusal]},
    )  # fmt: skip
    return ImportState(locked.state)
