"""How entries of the audit chain are sealed. Pure: the verifier and the writer share these lines."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sonae.core.audit.vocabulary import Damage, Waiting

GENESIS = "0" * 64
# An entry is linked right after its commit, and after a crash by the sweep of the next minute. A few of those may fail.
LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says. `at` is ISO 8601 in UTC with microseconds, ids are text, `facts` is canonical JSON."""

    at: str
    kind: str
    verb: str
    by: str
    subject: str
    subject_id: str
    institution: str
    facts: str


@dataclass(frozen=True, slots=True)
class Linked:
    """An entry with its place in the chain, as the database gives it back: the hashes are claims."""

    number: int
    entry_id: int
    content: Content
    digest: str
    seal_before: str
    seal: str


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    number: int
    damage: Damage


def canonical(facts: object) -> str:
    """JSON with sorted keys and no spaces, so that equal facts give equal hashes on every machine."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(content: Content) -> str:
    """The SHA-256 over every field of an entry, framed as JSON; fixed when the entry is written."""
    return hashlib.sha256(canonical(asdict(content)).encode()).hexdigest()


def seal(number: int, entry_id: int, digest: str, *, before: str) -> str:
    """The SHA-256 that ties an entry to its place and to the seal before; fixed when the entry is linked."""
    return hashlib.sha256(canonical([before, number, entry_id, digest]).encode()).hexdigest()


def is_late(waiting: Waiting, *, now: datetime) -> bool:
    """Whether entries have waited for their place longer than a crash explains: the linking itself is stuck."""
    return waiting.since is not None and now - waiting.since > LATE_AFTER


def breaks(
    rows: Iterable[Linked], *, last_number: int, last_seal: str, kept: Mapping[int, str] | None = None
) -> Iterator[Break]:
    """Every place where the chain is altered, has a hole, ends before its head, or is not the one with the kept seals.

    Rows come in the order of their numbers and include those behind the head, which nobody can have linked.
    """
    unseen = dict(kept or {})
    expected, before = 1, GENESIS
    for row in rows:
        if row.number > last_number:
            yield Break(row.number, Damage.BEYOND_END)
            continue
        if row.number != expected:
            yield Break(expected, Damage.MISSING)
        elif not _holds(row, before=before):
            yield Break(row.number, Damage.ALTERED)
        if unseen.pop(row.number, row.seal) != row.seal:
            yield Break(row.number, Damage.REBUILT)
        expected, before = row.number + 1, row.seal
    if expected - 1 != last_number or before != last_seal:
        yield Break(expected, Damage.CUT_SHORT)
    for number in sorted(unseen):
        yield Break(number, Damage.REBUILT)


def _holds(row: Linked, *, before: str) -> bool:
    return (
        row.seal_before == before
        and row.digest == digest(row.content)
        and row.seal == seal(row.number, row.entry_id, row.digest, before=before)
    )
