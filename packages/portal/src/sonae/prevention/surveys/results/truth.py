"""An edition as it is, and what of it everybody reads: what the second gate holds its witnesses against. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sonae.prevention.surveys.results.identities import NOT_ASKED
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Class,
    Column,
    Margins,
    Shape,
)
from sonae.prevention.surveys.vocabulary import Dimension

STANDINGS = (1, 2, 3)
# Whoever knows no row: everybody.
STRANGER = ""
# The place below which, one after the other, stand those who did not choose an option.
_NOT_CHOSEN = -3


@dataclass(frozen=True, slots=True)
class Published:
    """An edition as everybody may read it: who handed in by class, and the figures of each question."""

    submitted: Mapping[Class, int]
    questions: Mapping[str, Margins]


@dataclass(frozen=True, slots=True)
class Truth:
    """An edition as it is: what everybody reads of each question, what is true, and what of that stands in the row of
    each prefecture; who handed in, by class."""

    shown: Mapping[str, Margins]
    true: Mapping[str, Margins]
    own: Mapping[str, Mapping[str, Margins]]  # by prefecture, then by question
    submitted: Mapping[Class, int]
    own_submitted: Mapping[str, Mapping[Class, int]]


@dataclass(eq=False)
class Question:
    """The true figures of one question in one of the editions, and which of them everybody reads."""

    at: int
    truth: Truth
    column: Column
    _known: dict[str, Mapping[tuple[int, Class], int]] = field(default_factory=dict)

    @cached_property
    def _shown(self) -> Mapping[Class, Sequence[int | None]]:
        return self.truth.shown[self.column.question].rows

    @cached_property
    def fits(self) -> bool:
        """Whether what is shown is what is true."""
        true = self.truth.true[self.column.question].rows
        return set(true) == set(self._shown) and all(
            figure in {None, true[each][place]} for each, row in self._shown.items() for place, figure in enumerate(row)
        )

    @property
    def options(self) -> range:
        return range(FIRST_OPTION, self.column.width)

    @property
    def is_one(self) -> bool:
        return self.column.shape is Shape.ONE and bool(self.options)

    @property
    def categories(self) -> tuple[int, ...]:
        """The places in exactly one of which everybody stands who handed in."""
        return (NOT_ASKED, *STANDINGS, *(self.options if self.is_one else (ANSWERED,)))

    @property
    def places(self) -> tuple[int, ...]:
        """Every figure that can be kept back, also those that no table prints."""
        unchosen = () if self.is_one else (_NOT_CHOSEN - at for at in range(len(self.options)))
        return (NOT_ASKED, ASKED, *STANDINGS, ANSWERED, *self.options, *unchosen)

    def is_hidden(self, place: int, each: Class) -> bool:
        return self._shown[each][_printed(place)] is None

    def is_closed(self, each: Class) -> bool:
        """Whether everything is kept back of a class but what nobody at all answered."""
        everybody = self.truth.true[self.column.question].rows[EVERYBODY]
        shown = self._shown.get(each)
        return shown is not None and all(one is None or everybody[at] == 0 for at, one in enumerate(shown))

    def left(self, place: int, each: Class, reader: str) -> int:
        """A true figure without the row of the reader's prefecture, which is not the class itself."""
        whole = self._figures(STRANGER)[place, each]
        if reader == STRANGER or each[0] == Dimension.PREFECTURE:
            return whole
        return whole - self._figures(reader).get((place, each), 0)

    def _figures(self, reader: str) -> Mapping[tuple[int, Class], int]:
        """Every true figure, or those that stand in the row of a prefecture."""
        found = self._known.get(reader)
        if found is None:
            truth, name = self.truth, self.column.question
            if reader:
                of, submitted = truth.own.get(reader, {}).get(name), truth.own_submitted.get(reader, {})
            else:
                of, submitted = truth.true[name], truth.submitted
            rows = of.rows if of is not None and reader in {STRANGER, *truth.own} else {}
            found = self._known[reader] = {
                (place, each): _figure(row, place, submitted.get(each, 0))
                for each, row in rows.items()
                for place in self.places
            }
        return found

    def handed_in(self, each: Class, reader: str) -> int:
        own = {} if each[0] == Dimension.PREFECTURE else self.truth.own_submitted.get(reader, {})
        return self.truth.submitted.get(each, 0) - own.get(each, 0)

    def pairs_of(self, place: int) -> Iterator[tuple[int, int]]:
        """Pairs of categories of which the first takes from the second, so that this figure rises."""
        if place <= _NOT_CHOSEN:
            yield place, FIRST_OPTION + _NOT_CHOSEN - place
            return
        if place >= FIRST_OPTION and not self.is_one:
            yield place, _NOT_CHOSEN - (place - FIRST_OPTION)
            return
        inside = {ASKED: [one for one in self.categories if one != NOT_ASKED]}
        if self.is_one:
            inside[ANSWERED] = list(self.options)
        mine = inside.get(place, [place])
        yield from ((one, other) for one in mine for other in self.categories if other not in mine)

    def can_trade(self, pair: tuple[int, int], each: Class) -> bool:
        """Whether all is kept back that an exchange between these categories changes in a class."""
        if each not in self._shown or not (self.is_hidden(pair[0], each) and self.is_hidden(pair[1], each)):
            return False
        if self.is_one:
            crosses = (pair[0] in self.options) != (pair[1] in self.options)
            return not crosses or self.is_hidden(ANSWERED, each)
        # Whoever comes to answer, or not to, chose some of many options: who did is not followed.
        return ANSWERED not in pair or not self.options


def _printed(place: int) -> int:
    """The figure that tells a place that is not printed."""
    if place == NOT_ASKED:
        return ASKED
    return FIRST_OPTION + _NOT_CHOSEN - place if place <= _NOT_CHOSEN else place


def _figure(row: Sequence[int | None], place: int, handed_in: int) -> int:
    printed = row[_printed(place)]
    assert printed is not None, "what is true is whole"
    if place == NOT_ASKED:
        return handed_in - printed
    return (row[ANSWERED] or 0) - printed if place <= _NOT_CHOSEN else printed
