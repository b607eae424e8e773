"""What a stranger can work out of a result from what it publishes: the second gate before anything is shown. Pure.

It knows only the tables as they would be published, the form, and the editions that are out, and nothing of how it was
decided what is kept back. Of each figure that is kept back, and of parts of figures that no table prints, it looks for
whole numbers that lead to the same tables and in which the figure is as much as the threshold; else it is named. The
sums it knows: what a question is made of, the classes of a breakdown, bands of beds and the kinds of institution that
have them, those asked behind a gate (`identities`), and that a class in which nothing visible moved between two
editions has the figures that it had.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sonae.prevention.surveys.results import solving
from sonae.prevention.surveys.results.identities import NOT_ASKED, Identity
from sonae.prevention.surveys.results.solving import Contradiction, Sum
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Class,
    Column,
    Finding,
    Leak,
    Margins,
    Shape,
)
from sonae.prevention.surveys.results.witnesses import Group
from sonae.prevention.surveys.vocabulary import Dimension

# Places that no table prints: an answer that is none of the options, and, one below the other, an option not chosen.
_UNLISTED = -2
_NOT_CHOSEN = -3
# What is left of a figure when what is shown of its parts is taken away, and what it leaves of those who handed in.
_REST = -1_000_000
_LEFT_OVER = -2_000_000
_STANDINGS = (1, 2, 3)

# Edition, question, place, class.
type Cell = tuple[int, str, int, Class]


@dataclass(frozen=True, slots=True)
class Published:
    """An edition as everybody may read it: who handed in by class, and the figures of each question."""

    submitted: Mapping[Class, int]
    questions: Mapping[str, Margins]


def found_in(
    new: Published,
    *,
    earlier: Sequence[Published] = (),
    identities: Iterable[Identity] = (),
    bands_of_kinds: Collection[tuple[str, str]] = (),
    threshold: int,
    about: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """What can be worked out of an edition beside the earlier ones, each figure named once; nothing where all is well.

    `bands_of_kinds` are the pairs of band and kind of which the register has institutions; `about` are the questions
    whose figures are solved for, all of them where none are named.
    """
    known = tuple(identities)
    found = dict.fromkeys(small_shown(new, threshold))
    reader = _Reader((new, *earlier), known, groups_of(bands_of_kinds), threshold, about)
    found |= dict.fromkeys(reader.findings())
    for before in earlier:
        found |= dict.fromkeys(few_moved(before, new, reader.groups, threshold))
    return tuple(found)


def small_shown(new: Published, threshold: int) -> Iterator[Finding]:
    """The figures below the threshold that are shown."""
    for question, margins in new.questions.items():
        for each, row in margins.rows.items():
            for place, figure in enumerate(row):
                if figure is not None and 0 < figure < threshold:
                    yield Finding(Leak.SMALL_SHOWN, question, each, place)


def groups_of(bands_of_kinds: Collection[tuple[str, str]]) -> tuple[Group, ...]:
    """Bands of beds and the kinds that have them, in the smallest groups that have as many institutions."""
    groups: list[tuple[set[str], set[str]]] = []
    for band, kind in bands_of_kinds:
        bands, kinds = {band}, {kind}
        for one in [one for one in groups if band in one[0] or kind in one[1]]:
            groups.remove(one)
            bands, kinds = bands | one[0], kinds | one[1]
        groups.append((bands, kinds))
    return tuple(
        (
            tuple((Dimension.BAND.value, band) for band in sorted(bands)),
            tuple((Dimension.KIND.value, kind) for kind in sorted(kinds)),
        )
        for bands, kinds in groups
    )


@dataclass(eq=False)
class _Reader:
    """Somebody who has all editions in hand; the first of them is the one that is not out yet."""

    editions: Sequence[Published]
    identities: Sequence[Identity]
    groups: Sequence[Group]
    threshold: int
    about: Collection[str] | None = None
    known: dict[Cell, int] = field(default_factory=dict)

    @cached_property
    def open_to_all(self) -> frozenset[tuple[str, int]]:
        """What is no secret: that a question that everybody is asked was asked of all who handed in."""
        return frozenset((one.question, ASKED) for one in self.identities if not one.gate)

    def findings(self) -> Iterator[Finding]:
        certain: list[Sum] = []
        for at, edition in enumerate(self.editions):
            for question, margins in edition.questions.items():
                self._note(at, question, margins)
                for one in self._sums(at, question, margins):
                    known = self._reduced(one)
                    if known.terms:
                        certain.append(known)
                    elif known.total:
                        yield self._named(Leak.CONTRADICTORY, min(one.terms))
        shown = set(self.known)
        self._conclude(certain)
        self._conclude([*certain, *self._ties()])
        for cell, value in self.known.items():
            if cell not in shown and self._tells(cell, value, self._handed_in(cell) - value):
                yield self._named(Leak.WORKED_OUT, cell)
        yield from self._worked_out(certain, [*self._not_refuted(self._supposed())])

    def _conclude(self, sums: Iterable[Sum]) -> None:
        """Notes what follows from sums one after the other; nothing where they refute each other."""
        try:
            self.known |= solving.settled([self._reduced(one) for one in sums])[0]
        except Contradiction:
            return

    def _not_refuted(self, sums: Iterable[Sum]) -> Iterator[Sum]:
        """What a reader may suppose after all that is known, as far as it says something."""
        return (known for one in sums if (known := self._reduced(one)).terms)

    # --- what is known ---------------------------------------------------------------------------------------------

    def _note(self, at: int, question: str, margins: Margins) -> None:
        for each, row in margins.rows.items():
            for place, figure in enumerate(row):
                if figure is not None:
                    self.known[at, question, place, each] = figure

    def _sums(self, at: int, question: str, margins: Margins) -> Iterator[Sum]:
        column, submitted = margins.column, self.editions[at].submitted
        places = [NOT_ASKED, ASKED, *_STANDINGS, ANSWERED, *range(FIRST_OPTION, column.width)]
        slack = _slack(column)
        for each in margins.rows:

            def cell(place: int, each: Class = each) -> Cell:
                return at, question, place, each

            if each in submitted:
                yield Sum({cell(NOT_ASKED): 1, cell(ASKED): 1}, submitted[each])
            yield Sum({cell(ASKED): -1, cell(ANSWERED): 1, **{cell(place): 1 for place in _STANDINGS}}, 0)
            for rest, options in slack.items():
                yield Sum({cell(ANSWERED): -1, cell(rest): 1, **{cell(place): 1 for place in options}}, 0)
        for whole, parts in _sums_of_classes(margins.rows, self.groups):
            for place in (*places, *slack):
                terms = {(at, question, place, each): 1 for each in parts}
                yield Sum(terms | {(at, question, place, each): -1 for each in whole}, 0)

    def _ties(self) -> Iterator[Sum]:
        """How many were asked is how many gave certain answers, where the figures do not refute it."""
        for at, edition in enumerate(self.editions):
            for one in self.identities:
                if one.question in edition.questions and (not one.gate or one.gate in edition.questions):
                    for each in edition.questions[one.question].rows:
                        place = ASKED if one.gate else NOT_ASKED
                        terms = {(at, one.gate, through, each): 1 for through in one.places}
                        known = self._reduced(Sum(terms | {(at, one.question, place, each): -1}, 0))
                        if known.terms or not known.total:
                            yield known

    def _supposed(self) -> Iterator[Sum]:
        """What is known of the form, and what a reader takes for granted where nothing visible moved."""
        for at, edition in enumerate(self.editions):
            for question, margins in edition.questions.items():
                if margins.column.shape is Shape.ONE:
                    # The form takes no other answer.
                    yield from (Sum({(at, question, _UNLISTED, each): 1}, 0) for each in margins.rows)
            for one in self.identities:
                if not one.gate:
                    yield from (Sum({(at, one.question, NOT_ASKED, each): 1}, 0) for each in edition.submitted)
                elif one.question in edition.questions and one.gate in edition.questions:
                    for each in edition.questions[one.question].rows:
                        yield from self._bounds(at, one, each)
        for at, edition in enumerate(self.editions[1:], 1):
            yield from self._unmoved(at, edition)

    def _bounds(self, at: int, one: Identity, each: Class) -> Iterator[Sum]:
        """Those who gave certain answers are at least those who are seen behind the gate, and the other way round."""
        behind = self.editions[at].questions[one.question].column
        gate = self.editions[at].questions[one.gate].column
        parts = [(at, one.question, place, each) for place in _parts(behind)]
        seen = sum(self.known.get(cell, 0) for cell in parts)
        rest = (at, one.gate, _REST - 2 - self.identities.index(one), each)
        yield Sum({**{(at, one.gate, place, each): 1 for place in one.places}, rest: -1}, seen)
        through = [(at, one.gate, place, each) for place in _parts(gate)]
        inside = sum(self.known.get(cell, 0) for cell in through if cell[2] in one.places)
        outside = sum(self.known.get(cell, 0) for cell in through if cell[2] not in one.places)
        if gate.shape is Shape.ONE:
            yield Sum({(at, one.question, ASKED, each): 1, (at, one.question, _REST, each): -1}, inside)
            yield Sum({(at, one.question, NOT_ASKED, each): 1, (at, one.question, _REST - 1, each): -1}, outside)

    def _unmoved(self, at: int, before: Published) -> Iterator[Sum]:
        new = self.editions[0]
        for question, margins in new.questions.items():
            then = before.questions.get(question)
            if then is None or then.column != margins.column:
                continue
            for each, row in margins.rows.items():
                if new.submitted.get(each) != before.submitted.get(each) or each not in then.rows:
                    continue
                both = [(a, b) for a, b in zip(row, then.rows[each], strict=True) if a is not None and b is not None]
                if any(a for a, _ in both) and all(a == b for a, b in both):
                    for place in range(len(row)):
                        yield Sum({(0, question, place, each): 1, (at, question, place, each): -1}, 0)

    def _reduced(self, one: Sum) -> Sum:
        terms = {cell: times for cell, times in one.terms.items() if cell not in self.known}
        total = one.total - sum(times * self.known[cell] for cell, times in one.terms.items() if cell in self.known)
        return Sum(terms, total)

    # --- what follows ----------------------------------------------------------------------------------------------

    def _worked_out(self, certain: Sequence[Sum], supposed: Sequence[Sum]) -> Iterator[Finding]:
        sure = {id(one) for one in certain}
        for group in solving.apart([*certain, *supposed]):
            if self.about is not None and not any(cell[1] in self.about for one in group for cell in one.terms):
                continue
            try:
                yield from self._told_by(group)
            except Contradiction:
                # Somebody answered another edition of the form, or moved unseen: the reader finds out, and knows less.
                for alone in solving.apart([one for one in group if id(one) in sure]):
                    yield from self._told_surely(alone)

    def _told_surely(self, group: Sequence[Sum]) -> Iterator[Finding]:
        try:
            yield from self._told_by(group)
        except Contradiction:
            yield self._named(Leak.CONTRADICTORY, min(solving.names_in(group)))

    def _told_by(self, group: Sequence[Sum]) -> list[Finding]:
        """The figures of some sums that are told by them; raises Contradiction."""
        few = {cell for cell in solving.names_in(group) if cell[2] >= ASKED and self._are_few(cell)}
        left_over = [Sum({cell: 1, self._left_over(cell): 1}, self._handed_in(cell)) for cell in few]
        values, rest = solving.settled([*group, *left_over])
        highest: dict[Cell, int | None] = dict(values)
        for part in solving.apart(rest):
            highest |= solving.highest_seen(part, enough=self.threshold)
        return [
            self._named(Leak.WORKED_OUT, cell)
            for cell, most in highest.items()
            if cell[2] > _REST and self._tells(cell, most, highest.get(self._left_over(cell)))
        ]

    def _tells(self, cell: Cell, most: int | None, left_over: int | None) -> bool:
        """Whether a reader knows of a figure that a handful stand behind it: it cannot be as much as the threshold.

        Where no more than a handful handed in, whether it cannot be nothing. Of nobody nothing is told; and a figure
        from the threshold on that follows from others is no secret.
        """
        if (cell[1], cell[2]) in self.open_to_all:
            return False
        if self._are_few(cell):
            return cell[2] >= ASKED and left_over != self._handed_in(cell)
        return most is None or 0 < most < self.threshold

    def _handed_in(self, cell: Cell) -> int:
        return self.editions[cell[0]].submitted.get(cell[3], 0)

    def _are_few(self, cell: Cell) -> bool:
        return self._handed_in(cell) < self.threshold

    def _left_over(self, cell: Cell) -> Cell:
        return cell[0], cell[1], _LEFT_OVER - cell[2], cell[3]

    def _named(self, leak: Leak, cell: Cell) -> Finding:
        at, question, place, each = cell
        if place == NOT_ASKED:
            place = ASKED
        elif place == _UNLISTED:
            place = ANSWERED
        elif place <= _NOT_CHOSEN:
            place = FIRST_OPTION + _NOT_CHOSEN - place
        return Finding(leak, question, each, place, in_earlier=at > 0)


def _parts(column: Column) -> tuple[int, ...]:
    """The places in exactly one of which everybody stands who was asked."""
    options = range(FIRST_OPTION, column.width)
    return (*_STANDINGS, *options, _UNLISTED) if column.shape is Shape.ONE and options else (*_STANDINGS, ANSWERED)


def _slack(column: Column) -> dict[int, tuple[int, ...]]:
    """What makes the options up to all who answered, by its place: an answer that is none of them, or of many options,
    for each of them those who did not choose it."""
    options = tuple(range(FIRST_OPTION, column.width))
    if column.shape is Shape.ONE:
        return {_UNLISTED: options}
    return {_NOT_CHOSEN - at: (place,) for at, place in enumerate(options)}


# --- between editions ------------------------------------------------------------------------------------------------


def few_moved(before: Published, new: Published, groups: Sequence[Group], threshold: int) -> Iterator[Finding]:
    """The classes in which, as far as both editions show everything, fewer institutions moved than the threshold."""
    for question, margins in new.questions.items():
        then = before.questions.get(question)
        if then is None or then.column != margins.column:
            continue
        moves = {each: _moves(then.rows.get(each), row) for each, row in margins.rows.items()}
        for each, number in _by_class(moves, groups, margins.column.shape):
            if 0 < number < threshold:
                yield Finding(Leak.FEW_MOVED, question, each, ASKED)


# By how many more institutions each figure counts, in which each institution stands once; None where one is kept back.
type _Moves = tuple[int, ...] | None


def _moves(then: Sequence[int | None] | None, row: Sequence[int | None]) -> _Moves:
    changed: list[int] = []
    for was, now in zip(then or (0,) * len(row), row, strict=True):
        if was is None or now is None:
            return None
        changed.append(now - was)
    return tuple(changed)


def _by_class(moves: Mapping[Class, _Moves], groups: Sequence[Group], shape: Shape) -> Iterator[tuple[Class, int]]:
    """How many institutions moved at least, by class, and among the classes together of which that is kept back."""
    for each, change in moves.items():
        if change is not None:
            yield each, _fewest(change, shape)
    for whole, parts in _sums_of_classes(moves, groups):
        total = _added(moves.get(each) for each in whole)
        hidden = [each for each in parts if moves.get(each) is None]
        shown = _added(moves[each] for each in parts if each not in hidden)
        if hidden and total is not None:
            rest = total if not shown else tuple(a - b for a, b in zip(total, shown, strict=True))
            yield hidden[0], _fewest(rest, shape)


def _sums_of_classes(rows: Collection[Class], groups: Sequence[Group]) -> Iterator[Group]:
    for dimension in Dimension:
        parts = tuple(each for each in rows if each[0] == dimension.value)
        if parts:
            yield (EVERYBODY,), parts
    for bands, kinds in groups:
        if all(each in rows for each in (*bands, *kinds)):
            yield kinds, bands
            yield bands, kinds


def _added(some: Iterable[_Moves]) -> _Moves:
    total: tuple[int, ...] = ()
    for one in some:
        if one is None:
            return None
        total = tuple(a + b for a, b in zip(total, one, strict=True)) if total else one
    return total


def _fewest(change: tuple[int, ...], shape: Shape) -> int:
    """How many institutions moved at the least, so that the figures of a class changed like this.

    An institution that moved left one place and came to another; outside of all are those not asked.
    """
    apart = [-change[ASKED], *(change[place] for place in _STANDINGS)]
    options = change[FIRST_OPTION:]
    if shape is Shape.ONE:
        ways = [[*options, change[ANSWERED] - sum(options)]]
    else:
        ways = [[change[ANSWERED]], *([one, change[ANSWERED] - one] for one in options)]
    return max(sum(one for one in (*apart, *way) if one > 0) for way in ways)
