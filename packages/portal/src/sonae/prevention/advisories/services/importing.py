"""Reading documents in: batch by batch, each whole or not at all, and nothing twice.

An import remembers how many documents are done, in the transaction of their batch: killed and begun again it passes
over them. What was taken in before is known by publisher, id, revision and digest, whichever import brought it.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from django.db import IntegrityError, transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import new_id
from sonae.prevention.advisories import reading, rules
from sonae.prevention.advisories.models import ImportRun, Source
from sonae.prevention.advisories.reading.dispatch import Record
from sonae.prevention.advisories.services import storing
from sonae.prevention.advisories.vocabulary import Advisory, Broken, DocumentRefusal, RunStatus

AT_ONCE = 200
_HASHED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Documented:
    """One record of an import: the document it stands in, and what was read."""

    name: str
    record: Record


@transaction.atomic
def begin_import(
    name: str, *, by: Viewer | None, now: datetime, source: Source | None = None, run_id: UUID | None = None
) -> ImportRun:  # fmt: skip
    """A new import that waits; without `by` it is the schedule, or whoever sits at the machine."""
    if by is not None:
        require(access.may(by, Permission.FEED_MANAGE))
    run = ImportRun.objects.create(
        id=run_id or new_id(), source=source, file_name=name[:300], status=RunStatus.WAITING, started_at=now,
        started_by_id=by.account_id if by else None,
    )  # fmt: skip
    audit.record(
        "advisory.import", subject="advisory_import", subject_id=run.pk, by=by.account_id if by else None, now=now,
        facts={"source": source.name if source else ""},
    )  # fmt: skip
    return run


@transaction.atomic
def cancel_import(run_id: UUID, *, by: Viewer, now: datetime) -> ImportRun:
    """Stops an import behind its present batch; what it took in stays."""
    run = _locked(run_id)
    require(access.may(by, Permission.FEED_MANAGE))
    require(rules.may_cancel(RunStatus(run.status)))
    _finish(run, RunStatus.CANCELLED, now=now)
    audit.record(
        "advisory.cancel_import", subject="advisory_import", subject_id=run.pk, by=by.account_id, now=now
    )  # fmt: skip
    return run


def carry_out(
    run: ImportRun,
    documents: Iterable[reading.Piece | tuple[str, Broken]],
    *,
    now: datetime,
    told: Callable[[ImportRun], None] = lambda _run: None,
) -> ImportRun:  # fmt: skip
    """Reads all documents of an import in, behind those that are done, and ends it. Ends early once cancelled.

    `told` hears after each batch. Killed and called again with the same documents, it repeats nothing.
    """
    run = carry_on(run, documents, now=now, told=told, done=run.position)
    return run if run.status in rules.OVER else finish_import(run, now=now)


def carry_on(
    run: ImportRun,
    documents: Iterable[reading.Piece | tuple[str, Broken]],
    *,
    now: datetime,
    told: Callable[[ImportRun], None] = lambda _run: None,
    done: int = 0,
) -> ImportRun:  # fmt: skip
    """Reads documents in as a part of an import, behind the first `done` records of them."""
    records = islice(_documented(documents), done, None)
    while batch := list(islice(records, AT_ONCE)):
        run = _batch(run.pk, batch, now=now)
        # Somebody cancelled it in the meantime: this batch was not written.
        if run.status in rules.OVER:
            return run
        told(run)
    return run


@transaction.atomic
def finish_import(run: ImportRun, *, now: datetime, is_refused: bool = False) -> ImportRun:
    """The import is over, unless somebody ended it before."""
    run = _locked(run.pk)
    if run.status not in rules.OVER:
        _finish(run, RunStatus.REFUSED if is_refused else RunStatus.DONE, now=now)
    return run


def close_abandoned(*, now: datetime) -> int:
    """Ends imports that nobody goes on with: their job was given up, or their file is gone. What came in stays."""
    left = ImportRun.objects.exclude(status__in=rules.OVER).filter(started_at__lt=now - rules.LONGEST_IMPORT)
    for run in left:
        finish_import(run, now=now, is_refused=not run.position)
    return len(left)


def documents_of(path: Path, *, name: str = "") -> Iterator[reading.Piece | tuple[str, Broken]]:
    """What lies in a file, folder or archive."""
    return reading.pieces(path, name=name)


def _documented(documents: Iterable[reading.Piece | tuple[str, Broken]]) -> Iterator[Documented]:
    for document in documents:
        if not isinstance(document, reading.Piece):
            yield Documented(document[0], Record(document[1], b""))
        elif document.checksum and not _is_right(document):
            yield Documented(document.name, Record(Broken(DocumentRefusal.CHECKSUM_WRONG), b""))
        else:
            yield from (Documented(document.name, record) for record in reading.read(document))


def _is_right(piece: reading.Piece) -> bool:
    """Whether the bytes have the checksum that the publisher laid beside them."""
    algorithm, _, wanted = piece.checksum.partition(":")
    digest = hashlib.new(algorithm)
    try:
        with piece.opened() as file:
            while content := file.read(_HASHED_AT_ONCE):
                digest.update(content)
    except OSError:
        return False
    return digest.hexdigest() == wanted


def _batch(run_id: UUID, batch: list[Documented], *, now: datetime) -> ImportRun:
    try:
        return _written(run_id, batch, now=now)
    except IntegrityError:
        # Another import took the same in between the look and the write: looked at once more, it is a repetition.
        return _written(run_id, batch, now=now)


@transaction.atomic
def _written(run_id: UUID, batch: list[Documented], *, now: datetime) -> ImportRun:
    run = _locked(run_id)
    if run.status in rules.OVER:
        return run
    counts = storing.store(run, [(one.name, _digested(one.record)) for one in batch], now=now)
    run.status = RunStatus.READING
    run.position += len(batch)
    for name in storing.COUNTED:
        setattr(run, name, getattr(run, name) + getattr(counts, name))
    run.save(update_fields=["status", "position", *storing.COUNTED])
    return run


def _digested(record: Record) -> Record:
    """An advisory without a name would be nobody's: its format stands in."""
    found = record.found
    if isinstance(found, Advisory) and not found.publisher:
        return replace(record, found=replace(found, publisher=found.format.value))
    return record


def _finish(run: ImportRun, status: RunStatus, *, now: datetime) -> None:
    run.status, run.finished_at = status, now
    run.save(update_fields=["status", "finished_at"])


def _locked(run_id: UUID) -> ImportRun:
    run = ImportRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise Gone("advisory_import", run_id)
    return run
