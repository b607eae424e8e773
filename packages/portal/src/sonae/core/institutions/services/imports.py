"""The life of an import: begun, carried out once, refused or cancelled without a trace in the register."""

import datetime as dt
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.core.institutions.models import ImportProblem, ImportRun
from sonae.core.institutions.sources import Source, open_source
from sonae.core.institutions.vocabulary import (
    SET_ASIDE,
    FileRefusal,
    ImportKind,
    ImportStatus,
    ProblemReason,
    ReadRow,
    RegisterRefusal,
    RowProblem,
)
from sonae.kernel.decision import Refused
from sonae.kernel.errors import BadInput, NotAllowed, Problem
from sonae.kernel.ids import new_id

CHUNK = 1_000
OVER = (ImportStatus.DONE, ImportStatus.REFUSED, ImportStatus.CANCELLED)
# An import of the largest list takes less than a minute; one that is still open after this was killed.
ABANDONED_AFTER = dt.timedelta(hours=1)
# A published list has odd rows, but not this many that cannot be used at all.
SET_ASIDE_AT_LEAST, SET_ASIDE_SHARE = 20, 0.1
_COUNTERS = [
    "rows_read", "rows_added", "rows_changed", "rows_unchanged", "rows_vanished", "rows_set_aside", "rows_linked",
]  # fmt: skip
_WRITTEN_AT_THE_END = ["status", "percent", "finished_at", "problem_count", "covers", *_COUNTERS]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is; reading is the first half, writing the second."""

    status: ImportStatus
    done: int
    total: int

    @property
    def percent(self) -> int:
        half = 50 * self.done // max(self.total, 1)
        return min(99, half if self.status is ImportStatus.READING else 50 + half)


type Report = Callable[[Progress], None]
type Wanted = Callable[[], bool]


def begin_import(
    kind: ImportKind, *, file_name: str, by: UUID | None, now: dt.datetime, run_id: UUID | None = None
) -> ImportRun:
    """An import that waits to be carried out; the ones that a killed program left open are closed.

    With `run_id` it is the import of a file that was put aside under this id before.
    """
    open_runs = ImportRun.objects.exclude(status__in=OVER).filter(started_at__lt=now - ABANDONED_AFTER)
    for run in open_runs:
        refuse_import(run, [Problem(FileRefusal.INTERRUPTED, run.file_name)], now=now)
    return ImportRun.objects.create(
        pk=run_id or new_id(),
        kind=kind,
        status=ImportStatus.WAITING,
        file_name=file_name[:255],
        requested_by_id=by,
        started_at=now,
    )


@transaction.atomic
def cancel_import(run_id: UUID, *, by: UUID | None, now: dt.datetime) -> ImportRun:
    """Asks an import to stop after the piece at hand; what it has written so far is undone."""
    run = ImportRun.objects.select_for_update().get(pk=run_id)
    # Who works may have heard of it first: then it is still to be written down who asked.
    has_just_stopped = run.status == ImportStatus.CANCELLED and run.cancel_asked_at is None
    if run.status in OVER and not has_just_stopped:
        raise NotAllowed(Refused(RegisterRefusal.IMPORT_OVER))
    run.cancel_asked_at = now
    run.save(update_fields=["cancel_asked_at"])
    audit.record("institutions.cancel_import", subject="import_run", subject_id=run.pk, by=by, now=now)
    return run


def carry_out(
    run: ImportRun,
    path: Path,
    *,
    now: dt.datetime,
    as_of: dt.date | None,
    work: Callable[["Job"], None],
    report: Report | None,
    is_wanted: Wanted | None = None,
) -> ImportRun:
    """Runs the work of an import; when the file is refused, says so on the run and raises BadInput.

    `is_wanted` is asked now and then, also while the import holds the database and hears nothing through it.
    An import whose program was killed may be carried out again from its beginning; one that is over stays as it is.
    """
    if run.status in OVER:
        return run
    for counter in _COUNTERS:
        setattr(run, counter, 0)
    try:
        source = open_source(path, name=run.file_name)
        dated = as_of or source.as_of
        if dated is None:
            raise source.refused(FileRefusal.DATE_UNKNOWN)
        run.as_of, run.file_sha256, run.size_bytes = dated, source.sha256, source.size_bytes
        run.status = ImportStatus.READING
        run.save(update_fields=["as_of", "file_sha256", "size_bytes", "status"])
        job = Job(run, source, dated, now=now, report=report, is_wanted=is_wanted)
        work(job)
    except BadInput as refusal:
        cancelled = refusal.problems[0].reason is FileRefusal.CANCELLED
        _close(run, ImportStatus.CANCELLED if cancelled else ImportStatus.REFUSED, refusal.problems, now=now)
        raise
    return run


def refuse_import(run: ImportRun, problems: Iterable[Problem], *, now: dt.datetime) -> None:
    """Ends an import before anything is written, and says on it why."""
    _close(run, ImportStatus.REFUSED, problems, now=now)


@transaction.atomic
def _close(run: ImportRun, status: ImportStatus, problems: Iterable[Problem], *, now: dt.datetime) -> None:
    rows = [
        ImportProblem(
            run=run, line=one.line, field=one.field[:80], value=one.value, reason=one.reason, facts=dict(one.facts)
        )
        for one in problems
    ]
    ImportProblem.objects.bulk_create(rows)
    run.status, run.finished_at, run.problem_count = status, now, len(rows)
    run.save(update_fields=["status", "finished_at", "problem_count"])
    audit.record(
        "institutions.refuse_import",
        subject="import_run",
        subject_id=run.pk,
        by=run.requested_by_id,
        now=now,
        facts={"reasons": [str(one.reason) for one in problems]},
    )


class Job:
    """One import at work: its source, its counters, and whom it tells how far it is."""

    def __init__(
        self,
        run: ImportRun,
        source: Source,
        as_of: dt.date,
        *,
        now: dt.datetime,
        report: Report | None,
        is_wanted: Wanted | None,
    ) -> None:
        self.run, self.source, self.as_of, self.now = run, source, as_of, now
        self._report, self._is_wanted = report, is_wanted
        self._began = time.monotonic()

    def read_through[Published](self, rows: Iterator[ReadRow[Published]]) -> Iterator[ReadRow[Published]]:
        """The rows, counted; refuses a file of which too much is unusable, and stops when somebody asks."""
        unusable = 0
        for row in rows:
            self.run.rows_read += 1
            if row.published is None:
                self.run.rows_set_aside += 1
                # A repeated row is spare, not unusable.
                unusable += row.problems[0].reason is not ProblemReason.CODE_REPEATED
                if unusable > max(SET_ASIDE_AT_LEAST, SET_ASIDE_SHARE * self.run.rows_read):
                    raise self.source.refused(FileRefusal.TOO_MANY_ROWS_SET_ASIDE, line=row.line, found=unusable)
            yield row
            if self.run.rows_read % CHUNK == 0:
                self._heed_cancelling(row.line)
                self._tell(Progress(ImportStatus.READING, self.run.rows_read, self._expected_rows()))

    def _expected_rows(self) -> int:
        # The register has about 100 bytes a row in its archive, a code list about 25; only the bar depends on this.
        per_row = 100 if self.run.kind == ImportKind.REGISTER else 25
        return max(self.run.rows_read, self.run.size_bytes // (per_row if self.source.member else per_row * 5))

    def _heed_cancelling(self, line: int) -> None:
        is_unwanted = self._is_wanted is not None and not self._is_wanted()
        if is_unwanted or ImportRun.objects.filter(pk=self.run.pk, cancel_asked_at__isnull=False).exists():
            raise self.source.refused(FileRefusal.CANCELLED, line=line)

    def wrote(self, done: int, total: int) -> None:
        """So many rows are written; raises, and so undoes them, when nobody wants them any more."""
        self._heed_cancelling(0)
        self._tell(Progress(ImportStatus.WRITING, done, total))

    def _tell(self, progress: Progress) -> None:
        # On the run only while reading: what is written later stands in the transaction, where nobody sees it.
        if progress.status is ImportStatus.READING:
            ImportRun.objects.filter(pk=self.run.pk).update(percent=progress.percent, rows_read=self.run.rows_read)
        if self._report:
            self._report(progress)

    def begin_writing(self) -> None:
        """Says that the register is about to change; from here on the import is one transaction."""
        self._heed_cancelling(0)
        ImportRun.objects.filter(pk=self.run.pk).update(status=ImportStatus.WRITING, percent=50)

    def finish(self, problems: list[RowProblem]) -> None:
        """Writes the problem list and closes the run, in the transaction that changed the register."""
        run = self.run
        # Locked: whoever asks to stop from here on is told that it is over.
        ImportRun.objects.select_for_update().get(pk=run.pk)
        self._heed_cancelling(0)
        for start in range(0, len(problems), CHUNK):
            ImportProblem.objects.bulk_create(_problem_row(run, one) for one in problems[start : start + CHUNK])
        run.status, run.percent, run.problem_count = ImportStatus.DONE, 100, len(problems)
        run.finished_at = self.now + dt.timedelta(seconds=time.monotonic() - self._began)
        run.save(update_fields=_WRITTEN_AT_THE_END)
        facts = {
            "file_sha256": run.file_sha256,
            "as_of": run.as_of,
            "added": run.rows_added,
            "changed": run.rows_changed,
            "vanished": run.rows_vanished,
            "set_aside": run.rows_set_aside,
        }
        audit.record(
            f"institutions.import_{run.kind}",
            subject="import_run",
            subject_id=run.pk,
            by=run.requested_by_id,
            now=self.now,
            facts=facts,
        )


def _problem_row(run: ImportRun, one: RowProblem) -> ImportProblem:
    assert bool(one.row) == (one.reason in SET_ASIDE), "a row that is set aside is kept whole"
    return ImportProblem(
        run=run,
        line=one.line,
        field=one.field[:80],
        value=one.value,
        reason=one.reason,
        facts=dict(one.facts),
        institution_name=one.institution_name[:200],
        row=list(one.row),
    )
