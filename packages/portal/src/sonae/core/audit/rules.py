"""How rows of the audit chain are sealed. Pure: the verifier and the writer share these lines."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from sonae.core.audit.vocabulary import Damage

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Sealed:
    """One row as it is sealed. `at` is ISO 8601 in UTC with microseconds, ids are text, `facts` is canonical JSON."""

    number: int
    at: str
    kind: str
    verb: str
    by: str
    subject: str
    subject_id: str
    institution: str
    facts: str


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    number: int
    damage: Damage


def canonical(facts: object) -> str:
    """JSON with sorted keys and no spaces, so that equal facts give equal seals on every machine."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def seal(row: Sealed, *, before: str) -> str:
    """The SHA-256 over the seal of the row before and every field of this one, framed as JSON."""
    return hashlib.sha256(canonical([before, asdict(row)]).encode()).hexdigest()


def breaks(rows: Iterable[tuple[Sealed, str, str]], *, last_number: int, last_seal: str) -> Iterator[Break]:
    """Every place where a chain of (row, seal before, seal) is altered, has a hole, or ends before its head."""
    expected, before = 1, GENESIS
    for row, claimed_before, claimed in rows:
        if row.number != expected:
            yield Break(expected, Damage.MISSING)
        elif claimed_before != before or seal(row, before=claimed_before) != claimed:
            yield Break(row.number, Damage.ALTERED)
        expected, before = row.number + 1, claimed
    if expected - 1 != last_number or before != last_seal:
        yield Break(expected, Damage.CUT_SHORT)
