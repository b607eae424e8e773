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
from sonae.prevention.surveys.results.truth import STANDINGS, STRANGER, Question, Truth
from sonae.prevention.surveys.results.vocabulary import ANSWERED, ASKED, EVERYBODY, Class
from sonae.prevention.surveys.vocabulary import Dimension

# Classes whose figures add up to those of others: bands of beds, and the kinds that have them.
type Group = tuple[tuple[Class, ...], tuple[Class, ...]]
# Editions, by their place among those that a reader has in hand.
type Bound = frozenset[int]

# What institutions of a class have given away already: in which edition, of which figure.
type _Given = tuple[int, Class, int]

_NOTHING: Mapping[_Given, int] = MappingProxyType({})


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
        """Figures that are no secret: of a question that everybody is asked, how many were, and that all answered where
        it is shown that nobody left it out."""
        if not self._is_asked_of_all(one.column.question):
            return set()
        left_out = [NOT_ASKED, *STANDINGS]
        nobody = all(one.left(place, EVERYBODY, STRANGER) == 0 for place in left_out)
        is_shown = not one.is_hidden(ANSWERED, EVERYBODY) or not any(one.is_hidden(at, EVERYBODY) for at in STANDINGS)
        return {ASKED, NOT_ASKED, ANSWERED} if nobody and is_shown else {ASKED, NOT_ASKED}

    def _is_asked_of_all(self, question: str) -> bool:
        return any(tie.question == question and not tie.gate for tie in self.identities)

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
            if (Dimension.PREFECTURE.value, reader) in ways:
                # What the reader's own institutions answered is known.
                continue
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
            if not all(
                self._may_come(tie.question, ways, bound) if one in tie.places else self._is_shut(tie.question)
                for tie in behind
            ):
                continue
            more = min(self._left(question, other, each, reader, bound=bound, given=given) for each in ways)
            if more > 0:
                moved += more
                for key in product(bound, ways, [other]):
                    given[key] = given.get(key, 0) + more
        return moved

    def _may_come(self, question: str, ways: Sequence[Class], bound: Bound) -> bool:
        """Whether somebody of all these classes who was not asked a question can have been: there is something to
        answer, or to leave out, that is kept back in each of them. What nobody at all said is not."""
        some = [one for one in self._of(question) if one.at in bound]

        def is_hidden(place: int) -> bool:
            return all(one.is_hidden(place, each) for one in some for each in ways)

        if not is_hidden(ASKED):
            return False
        column = some[0]
        return any(
            is_hidden(place)
            and (place not in column.options or is_hidden(ANSWERED))
            and all(
                self._may_come(tie.question, ways, bound)
                for tie in self.identities
                if tie.gate == question and place in tie.places
            )
            for place in column.categories
            if place != NOT_ASKED
        )

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
            # Whoever handed in was asked what everybody is asked: nobody can have been left out instead.
            is_sure = self._is_asked_of_all(name)
            yield from ((name, pair) for pair in one.pairs_of(place) if not (is_sure and NOT_ASKED in pair))
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
