"""How the questions of an edition stand to those of an earlier one: what was established, and what is proposed.

A file that comes with Sonae (`comparisons/*.yaml` of any room) says it for the editions that come with Sonae; a person
of the ministry for any other, and over the file. Where nobody said anything, ids and texts make a proposal, which no
figure rests on before somebody confirms it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from sonae.core.assurance import datafile
from sonae.core.assurance.datafile import Fields
from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.core.instruments.definition import Instrument, Question, questions
from sonae.core.instruments.substance import Substance, substances
from sonae.core.instruments.vocabulary import AnswerKind, Basis, Comparison

FOLDER = "comparisons"
NO_REASON = InTwoLanguages("", "")
# What asks nothing.
_SILENT = frozenset({AnswerKind.NOTE, AnswerKind.CALCULATE, AnswerKind.AUTOMATIC})


@dataclass(frozen=True, slots=True)
class Pair:
    """How a question of one edition stands to one of a later one, and why; `question` is empty where there was none."""

    question: str
    became: str
    comparison: Comparison
    why: InTwoLanguages = NO_REASON
    basis: Basis = Basis.PROPOSED
    confirmed_at: datetime | None = None
    confirmed_by: UUID | None = None

    @property
    def is_established(self) -> bool:
        """Whether figures may rest on it: a proposal is none until somebody confirms it."""
        return self.basis is not Basis.PROPOSED

    @property
    def is_outdated(self) -> bool:
        """Whether somebody confirmed it, and one of the two questions was changed since: to be confirmed anew."""
        return self.confirmed_at is not None and not self.is_established

    @property
    def seen(self) -> str:
        """What tells this word of a person from every other one; empty where no person said anything."""
        return self.confirmed_at.astimezone(UTC).isoformat() if self.confirmed_at else ""

    @property
    def takes_over(self) -> bool:
        """Whether an answer to the one may be offered to the other."""
        return bool(self.question) and self.comparison is not Comparison.NOT_COMPARABLE


@dataclass(frozen=True, slots=True)
class Shipped:
    """The file of one instrument: every pair by its two editions, and which questions were read in the form itself."""

    pairs: Mapping[tuple[str, str], tuple[Pair, ...]]
    # By edition and question; else the question was put together from reports (要確認).
    was_read: Mapping[str, Mapping[str, bool]]


NOTHING_SHIPPED = Shipped(MappingProxyType({}), MappingProxyType({}))


def shipped(instrument: str) -> Shipped:
    """What comes with Sonae about an instrument."""
    return files().get(instrument, NOTHING_SHIPPED)


@cache
def files() -> Mapping[str, Shipped]:
    """Every file that comes with Sonae, by its instrument."""
    return MappingProxyType(read(datafile.of_every_app(FOLDER)))


def read(paths: Iterable[Path]) -> dict[str, Shipped]:
    """The files by their instruments; raises BadInput naming file, line and field of every mistake."""
    reader = datafile.Reader()
    found: dict[str, Shipped] = {}
    for path in paths:
        top = reader.open(path)
        if top is None:
            continue
        instrument = top.text("instrument")
        made = _shipped(top)
        top.end()
        if reader.is_new(top, instrument):
            found[instrument] = made
    reader.finish()
    return found


def _shipped(top: Fields) -> Shipped:
    was_read = {}
    for fields in top.each("editions"):
        known = dict.fromkeys(fields.texts("confirmed"), True) | dict.fromkeys(fields.texts("unconfirmed"), False)
        was_read[fields.text("id")] = MappingProxyType(known)
        fields.end()
    pairs: dict[tuple[str, str], tuple[Pair, ...]] = {}
    for fields in top.each("pairs"):
        years = fields.text("earlier"), fields.text("later")
        pairs[years] = (*pairs.get(years, ()), _pair(fields))
        fields.end()
    return Shipped(MappingProxyType(pairs), MappingProxyType(was_read))


def _pair(fields: Fields) -> Pair:
    return Pair(
        question=fields.text("question"),
        became=fields.text("became"),
        comparison=fields.choice("comparison", Comparison),
        why=fields.two_languages("why"),
        basis=Basis.SHIPPED,
    )


def asked(instrument: Instrument) -> Iterator[Question]:
    """The questions of an instrument that can be compared; of a table, the table and each of its columns."""
    return (one for one in questions(instrument.items) if one.kind not in _SILENT)


def proposals(before: Instrument, after: Instrument) -> dict[str, Pair]:
    """What ids and forms say, by the id in the later form: one id of which nothing changed (see `substance`) is the
    same question; one with anything else may be the same matter in other words; no id of both proposes nothing."""
    old, new = substances(before), substances(after)
    return {one.id: Pair(one.id, one.id, compared(old[one.id], new[one.id])) for one in asked(after) if one.id in old}


def compared(old: Substance | None, new: Substance | None) -> Comparison:
    """What two questions themselves propose; one that is not asked compares with nothing."""
    if old is None or new is None:
        return Comparison.NOT_COMPARABLE
    return Comparison.SAME if old == new else Comparison.REWORDED


def merged(proposed: Mapping[str, Pair], *established: Mapping[str, Pair]) -> dict[str, Pair]:
    """The proposals with what was established in their places; the later one counts."""
    found = dict(proposed)
    for pairs in established:
        found |= pairs
    return found
