"""Other numbers that lead to the same tables, found by exchanging answers in the true ones: what the second gate need
not solve. Pure.

In the true figures some answers of a class change place with those of another, or with other answers of the same. Where
all that this changes is kept back, the outcome could be the truth as well, for everybody who does not know one of
these classes. Nothing is said of what has no such witness: that is solved (`recovery`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from types import MappingProxyType

from sonae.prevention.surveys.results.identities import NOT_ASKED, Identity
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

_STANDINGS = (1, 2, 3)
# The place below which, one after the other, stand those who did not choose an option.
_NOT_CHOSEN = -3

# Classes whose figures add up to those of others: bands of beds, and the kinds that have them.
type Group = tuple[tuple[Class, ...], tuple[Class, ...]]
# Whoever knows no row: everybody.
STRANGER = ""
# Editions, by their place among those that a reader has in hand.
type Bound = frozenset[int]

# What institutions of a class have given away already: in which edition, of which figure.
type _Given = tuple[int, Class, int]

_NOTHING: Mapping[_Given, int] = MappingProxyType({})


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
        return (NOT_ASKED, *_STANDINGS, *(self.options if self.is_one else (ANSWERED,)))

    @property
    def places(self) -> tuple[int, ...]:
        """Every figure that can be kept back, also those that no table prints."""
        unchosen = () if self.is_one else (_NOT_CHOSEN - at for at in range(len(self.options)))
        return (NOT_ASKED, ASKED, *_STANDINGS, ANSWERED, *self.options, *unchosen)

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


@dataclass(eq=False)
class Witnesses:
    """Looks, question by question, for what a reader could take for the truth: everybody, or whoever knows a row."""

    editions: Sequence[Truth]  # the first is the one that is not out yet
    identities: Sequence[Identity]
    groups: Sequence[Group]
    threshold: int
    _questions: dict[tuple[int, str], Question] = field(default_factory=dict)
    _shut: dict[str, bool] = field(default_factory=dict)
    _tradeable: dict[tuple[str, tuple[int, int], Class, Bound], bool] = field(default_factory=dict)
    _unmoved: dict[tuple[Class, str], Bound] = field(default_factory=dict)

    def unsure(self, question: str, readers: Sequence[str]) -> set[str]:
        """The readers for whom no witness shows that they can tell nothing of a handful from this question."""
        found = self._of(question)
        if not all(one.fits and self._holds(one) for one in found):
            return set(readers)
        unsure: set[str] = set()
        for at, one in enumerate(found):
            open_places = self._open_places(one)
            for each in self.editions[at].shown[question].rows:
                for place in one.places:
                    if place not in open_places and one.is_hidden(place, each):
                        unsure |= self._told(one, place, each, [reader for reader in readers if reader not in unsure])
        return unsure

    def _of(self, question: str) -> list[Question]:
        """The question in every edition that has it."""
        found = []
        for at, edition in enumerate(self.editions):
            if question in edition.shown:
                key = at, question
                if key not in self._questions:
                    self._questions[key] = Question(at, edition, edition.shown[question].column)
                found.append(self._questions[key])
        return found

    def _holds(self, one: Question) -> bool:
        """Whether what a reader supposes is true: that nobody answered what the form does not offer, and that as many
        were asked as gave certain answers."""
        rows = one.truth.true[one.column.question].rows
        if one.is_one and any(row[ANSWERED] != sum(row[at] or 0 for at in one.options) for row in rows.values()):
            return False
        return all(self._is_true(tie, one.truth) for tie in self.identities if one.column.question in _ends(tie))

    @staticmethod
    def _is_true(tie: Identity, truth: Truth) -> bool:
        if tie.question not in truth.true or (tie.gate and tie.gate not in truth.true):
            return True
        for each, row in truth.true[tie.question].rows.items():
            gate = truth.true[tie.gate].rows.get(each) if tie.gate else None
            number = truth.submitted.get(each, 0) if gate is None else sum(gate[place] or 0 for place in tie.places)
            if row[ASKED] != number:
                return False
        return True

    def _open_places(self, one: Question) -> set[int]:
        """Figures that are no secret: of a question that everybody is asked, how many were."""
        ungated = any(tie.question == one.column.question and not tie.gate for tie in self.identities)
        return {ASKED, NOT_ASKED} if ungated else set()

    def _told(self, one: Question, place: int, each: Class, readers: Sequence[str]) -> set[str]:
        """Of these the readers who may know that a handful stand behind a figure."""
        others = {reader for reader in readers if each != (Dimension.PREFECTURE.value, reader)}
        if each[0] != Dimension.PREFECTURE:
            return {reader for reader in others if not self._is_open(one, place, each, reader)[0]}
        is_open, through = self._is_open(one, place, each, STRANGER)
        if not is_open:
            return others
        # To whoever is no part of it the figures are those of a stranger.
        part = others & (through | self._moved_own)
        return {reader for reader in part if not self._is_open(one, place, each, reader)[0]}

    @cached_property
    def _moved_own(self) -> frozenset[str]:
        """The readers in whose row somebody handed in between two editions: without it others may not have moved."""
        rows = [one.own_submitted for one in self.editions]
        names = {name for row in rows for name in row}
        return frozenset(name for name in names if any(row.get(name) != rows[0].get(name) for row in rows))

    def _together(self, at: int, touched: Iterable[Class], reader: str) -> Bound:
        """The editions of which what changes in these classes of one of them has to change as well.

        Where more or fewer handed in, the figures of two editions have nothing to do with each other; where as many
        did, a reader may suppose that nothing moved (`recovery`).
        """
        tied = frozenset[int]().union(*(self._tied(each, reader) for each in touched))
        return tied | {0, at} if at in tied or not at else frozenset({at})

    def _tied(self, each: Class, reader: str) -> Bound:
        """The earlier editions in which as many of a class handed in as in the new one, the reader's row apart."""
        key = each, "" if each[0] == Dimension.PREFECTURE else reader
        found = self._unmoved.get(key)
        if found is None:
            numbers = [
                one.submitted.get(each, 0) - (one.own_submitted.get(key[1], {}).get(each, 0) if key[1] else 0)
                for one in self.editions
            ]
            found = frozenset(at for at, number in enumerate(numbers) if at and number == numbers[0])
            self._unmoved[key] = found
        return found

    def _is_open(self, one: Question, place: int, each: Class, reader: str) -> tuple[bool, set[str]]:
        """Whether a figure can be as much as the threshold, or nothing where fewer handed in; and the prefectures that
        are part of what shows it."""
        value, falls = one.left(place, each, reader), one.handed_in(each, reader) < self.threshold
        number = value if falls else self.threshold - value
        if number <= 0:
            return True, set()
        if place not in {ASKED, NOT_ASKED} and not falls and self._is_shut(one.column.question):
            # All who were asked may have answered alike, outside the reader's row.
            return self._is_open(one, ASKED, each, reader)
        by_question: dict[str, list[tuple[int, int]]] = {}
        for question, pair in self._pairs(one, place, falls=falls):
            by_question.setdefault(question, []).append((pair[1], pair[0]) if falls else pair)
        for question, pairs in by_question.items():
            for family in self._families(each, one):
                found = self._exchanged(question, pairs, each, family, at=one.at, number=number, reader=reader)
                if found is not None:
                    return True, found
            found = self._answered_otherwise(question, pairs, each, one, number=number, reader=reader)
            if found is not None:
                return True, found
        return False, set()

    def _exchanged(
        self,
        question: str,
        pairs: Sequence[tuple[int, int]],
        each: Class,
        family: Iterable[Class],
        *,
        at: int,
        number: int,
        reader: str,
    ) -> set[str] | None:
        """The prefectures with whose institutions those of a class exchange answers until enough did; None where too
        few can."""
        given: dict[_Given, int] = {}
        through: set[str] = set()
        # What cannot change in this edition alone cannot change in it together with others.
        able = [pair for pair in pairs if self._can_trade(question, pair, each, frozenset({at}))]
        for far in family if able else ():
            if far in {each, (Dimension.PREFECTURE.value, reader)}:
                continue
            bound = self._together(at, (each, far), reader)
            there: dict[int, int] = {}
            for one, other in able:
                if not self._can_trade(question, (one, other), each, bound):
                    continue
                more = there.get(one)
                if more is None:
                    more = there[one] = self._left(question, one, far, reader, bound=bound)
                if not more or not self._can_trade(question, (one, other), far, bound):
                    continue
                here = self._left(question, other, each, reader, bound=bound, given=given)
                moved = min(number, more, here)
                if moved > 0:
                    number, there[one] = number - moved, more - moved
                    for key in product(bound, [each], [other]):
                        given[key] = given.get(key, 0) + moved
                    through.add(far[1])
                if not number:
                    return through
        return None

    def _answered_otherwise(
        self,
        question: str,
        pairs: Sequence[tuple[int, int]],
        each: Class,
        one: Question,
        *,
        number: int,
        reader: str,
    ) -> set[str] | None:
        """The prefectures in which so many institutions of a class may have answered otherwise, wherever they are; None
        where too few can."""
        given: dict[_Given, int] = {}
        through: set[str] = set()
        for ways in self._moves(each, one):
            bound = self._together(one.at, ways, reader)
            moved = self._answers_otherwise(question, pairs, ways, bound=bound, reader=reader, given=given)
            if moved:
                number -= moved
                through |= {other[1] for other in ways if other[0] == Dimension.PREFECTURE and other != each}
            if number <= 0:
                return through
        return None

    def _answers_otherwise(
        self,
        question: str,
        pairs: Sequence[tuple[int, int]],
        ways: Sequence[Class],
        *,
        bound: Bound,
        reader: str,
        given: dict[_Given, int],
    ) -> int:
        """How many institutions that are in all these classes may have answered otherwise, noted in `given`."""
        moved = 0
        for one, other in pairs:
            if not all(self._can_trade(question, (one, other), each, bound) for each in ways):
                continue
            # What those said who would not be asked is known of nobody; where nothing at all is shown, it may be
            # anything.
            behind = self._behind(question, (one, other))
            if not all(one in tie.places or self._is_shut(tie.question) for tie in behind):
                continue
            more = min(self._left(question, other, each, reader, bound=bound, given=given) for each in ways)
            if more > 0:
                moved += more
                for key in product(bound, ways, [other]):
                    given[key] = given.get(key, 0) + more
        return moved

    def _is_shut(self, question: str) -> bool:
        """Whether nothing is shown of a question, in no class, nor of those behind it."""
        found = self._shut.get(question)
        if found is None:
            rows = self._of(question)[0].truth.shown[question].rows
            found = all(one.is_closed(each) for one in self._of(question) for each in rows)
            found = found and all(self._is_shut(tie.question) for tie in self.identities if tie.gate == question)
            self._shut[question] = found
        return found

    def _left(
        self,
        question: str,
        place: int,
        each: Class,
        reader: str,
        *,
        bound: Bound,
        given: Mapping[_Given, int] = _NOTHING,
    ) -> int:
        """How many are there to give in each of these editions, apart from what was given already."""
        some = (one for one in self._of(question) if one.at in bound)
        return min((one.left(place, each, reader) - given.get((one.at, each, place), 0) for one in some), default=0)

    def _can_trade(self, question: str, pair: tuple[int, int], each: Class, bound: Bound) -> bool:
        """Whether these editions keep back what this changes, and so does all that stands behind the question."""
        key = question, pair, each, bound
        found = self._tradeable.get(key)
        if found is None:
            found = all(one.can_trade(pair, each) for one in self._of(question) if one.at in bound)
            found = found and self._are_closed(self._behind(question, pair), each, bound)
            self._tradeable[key] = found
        return found

    def _pairs(self, one: Question, place: int, *, falls: bool) -> Iterator[tuple[str, tuple[int, int]]]:
        """In which question which categories change: who is asked is decided by the answers to the gate."""
        name = one.column.question
        tie = self._gate_of(name)
        if tie is None:
            yield from ((name, pair) for pair in one.pairs_of(place))
            return
        if place not in {ASKED, NOT_ASKED}:
            yield from ((name, pair) for pair in one.pairs_of(place) if NOT_ASKED not in pair)
            return
        while tie is not None:
            for gate, inside in product(self._of(tie.gate)[:1], tie.places):
                for pair in gate.pairs_of(inside):
                    if pair[1] not in tie.places and NOT_ASKED not in pair:
                        yield tie.gate, pair if place == ASKED else (pair[1], pair[0])
            # Who comes to be asked the gate, by what stands before it, may answer it so that the question is asked too.
            # Who is asked no longer may have been outside: that way round nothing follows.
            comes_to_be_asked = falls == (place == NOT_ASKED)
            tie = self._gate_of(tie.gate) if comes_to_be_asked else None

    def _gate_of(self, question: str) -> Identity | None:
        return next((tie for tie in self.identities if tie.question == question and tie.gate), None)

    def _families(self, each: Class, one: Question) -> Iterator[list[Class]]:
        """Classes that an institution can be in instead, while all others add up to the same."""
        rows = one.truth.shown[one.column.question].rows
        if each[0] == Dimension.PREFECTURE:
            yield [other for other in rows if other[0] == each[0]]
        yield from (
            [other for other in some if other in rows] for group in self.groups for some in group if each in some
        )

    def _moves(self, each: Class, one: Question) -> Iterator[tuple[Class, ...]]:
        """The classes of all breakdowns that an institution can be in together."""
        rows = one.truth.shown[one.column.question].rows
        places = [other for other in rows if other[0] == Dimension.PREFECTURE]
        for bands, kinds in self.groups:
            for place in [each] if each in places else places:
                for band in [each] if each in bands else bands:
                    for kind in [each] if each in kinds else kinds:
                        ways = (EVERYBODY, place, band, kind)
                        if each in ways:
                            yield ways

    def _behind(self, question: str, pair: tuple[int, int]) -> list[Identity]:
        """Where somebody comes to be asked, or not to be, by this change."""
        is_one = self._of(question)[0].is_one
        return [
            tie
            for tie in self.identities
            if tie.gate == question
            and ((pair[0] in tie.places) != (pair[1] in tie.places) or (not is_one and ANSWERED in pair))
        ]

    def _are_closed(self, behind: Sequence[Identity], each: Class, bound: Bound) -> bool:
        """Whether nothing is shown of a class in any question behind these."""
        seen: set[str] = set()
        todo = [tie.question for tie in behind]
        while todo:
            question = todo.pop()
            if question not in seen:
                seen.add(question)
                todo += [tie.question for tie in self.identities if tie.gate == question]
                for one in (one for one in self._of(question) if one.at in bound):
                    if each not in one.truth.shown[question].rows or not one.is_closed(each):
                        return False
        return True


def _ends(tie: Identity) -> tuple[str, str]:
    return tie.question, tie.gate
