"""What a stranger can work out of a result from what it publishes: the second gate before anything is shown. Pure.

It knows only the tables as they would be published, the form, and the editions that are out, and nothing of how it was
decided what is kept back. Of each figure that is kept back, and of parts of figures that no table prints, it looks for
whole numbers that lead to the same tables and in which the figure is as much as the threshold; else it is named. The
sums it knows: what a question is made of, the classes of a breakdown, bands of beds and the kinds of institution that
have them, those asked behind a gate (`identities`), and that a class in which nothing visible moved between two
editions has the figures that it had.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sonae.prevention.surveys.results import moves, solving
from sonae.prevention.surveys.results.identities import NOT_ASKED, Identity
from sonae.prevention.surveys.results.solving import Contradiction, Sum
from sonae.prevention.surveys.results.truth import Published
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
# So many sums are solved with those that tie the questions behind a gate to it; of more each question is held against
# its gate alone, by how many are seen behind it at least.
_MOST_TOGETHER = 400
# And where no more than so many handed in: in large surveys whole classes are kept back behind a gate (ADR 0020).
_MOST_HANDED_IN = 100

# Edition, question, place, class.
type Cell = tuple[int, str, int, Class]


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
        found |= dict.fromkeys(moves.few_moved(before, new, reader.groups, threshold))
        found |= dict.fromkeys(moves.small_between(before, new, reader.groups, known, threshold))
    return tuple(found)


def small_shown(new: Published, threshold: int) -> Iterator[Finding]:
    """The figures below the threshold that are shown."""
    for question, margins in new.questions.items():
        for each, row in margins.rows.items():
            for place, figure in enumerate(row):
                if figure is not None and 0 < figure < threshold:
                    yield Finding(Leak.SMALL_SHOWN, question, each, place)


def small_unprinted(new: Published, identities: Iterable[Identity], threshold: int) -> Iterator[Finding]:
    """Those who were not asked, or did not choose an option, fewer than the threshold, out of what is shown alone."""
    asked_of_all = moves.everybody_asked(identities)
    for question, margins in new.questions.items():
        choices = range(FIRST_OPTION, margins.column.width if margins.column.shape is Shape.MANY else FIRST_OPTION)
        pairs = [(ANSWERED, place, place) for place in choices]
        for each, row in margins.rows.items():
            whole = (*row, new.submitted.get(each, 0))
            some = pairs if question in asked_of_all else [(-1, ASKED, ASKED), *pairs]
            for of, place, named in some:
                more, less = whole[of], whole[place]
                if more is not None and less is not None and 0 < more - less < threshold:
                    yield Finding(Leak.WORKED_OUT, question, each, named)


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
    def _everybody_asked(self) -> frozenset[str]:
        return moves.everybody_asked(self.identities)

    def _is_open(self, cell: Cell) -> bool:
        """What is no secret: that a question that everybody is asked was asked of all who handed in; nor that all of a
        class answered it, where it is known that nobody at all left it out."""
        at, question, place, _ = cell
        if question not in self._everybody_asked:
            return False
        if place == ANSWERED:
            handed_in = self.editions[at].submitted.get(EVERYBODY)
            return self.known.get((at, question, ANSWERED, EVERYBODY)) == handed_in
        return place in {ASKED, NOT_ASKED}

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
        # What was concluded is no longer among the sums that are supposed: those that are certain still wait for it.
        concluded = [Sum({cell: 1}, value) for cell, value in self.known.items() if cell not in shown]
        supposed = [*concluded, *self._not_refuted(self._supposed())]
        yield from self._worked_out(certain, supposed, [one for one in self._ties() if one.terms])

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
        for whole, parts in moves.sums_of_classes(margins.rows, self.groups):
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

    def _worked_out(self, certain: Sequence[Sum], supposed: Sequence[Sum], ties: Sequence[Sum]) -> Iterator[Finding]:
        """What follows from all of it; where that contradicts itself, from less."""
        some = {id(one) for one in (*certain, *supposed)}
        for group in self._apart([*certain, *supposed, *ties]):
            try:
                yield from self._told_by(
                    group, most=_MOST_TOGETHER if self.editions[0].submitted.get(EVERYBODY, 0) <= _MOST_HANDED_IN else 0
                )
            except Contradiction:
                yield from self._told_without_ties(certain, [one for one in group if id(one) in some])

    def _told_without_ties(self, certain: Sequence[Sum], sums: Sequence[Sum]) -> Iterator[Finding]:
        sure = {id(one) for one in certain}
        for group in self._apart(sums):
            try:
                yield from self._told_by(group)
            except Contradiction:
                # Somebody answered another edition of the form, or moved unseen: the reader finds out, and knows less.
                for alone in solving.apart([one for one in group if id(one) in sure]):
                    yield from self._told_surely(alone)

    def _apart(self, sums: Sequence[Sum]) -> Iterator[list[Sum]]:
        """The groups that are worth solving."""
        for group in solving.apart(sums):
            if self.about is None or any(cell[1] in self.about for one in group for cell in one.terms):
                yield group

    def _told_surely(self, group: Sequence[Sum]) -> Iterator[Finding]:
        try:
            yield from self._told_by(group)
        except Contradiction:
            yield self._named(Leak.CONTRADICTORY, min(solving.names_in(group)))

    def _told_by(self, group: Sequence[Sum], *, most: int | None = None) -> list[Finding]:
        """The figures of some sums that are told by them; raises Contradiction, also where more than so many sums that
        hang together are left to be solved."""
        few = {cell for cell in solving.names_in(group) if cell[2] >= ASKED and self._are_few(cell)}
        left_over = [Sum({cell: 1, self._left_over(cell): 1}, self._handed_in(cell)) for cell in few]
        values, rest = solving.settled([*group, *left_over])
        highest: dict[Cell, int | None] = dict(values)
        parts = solving.apart(rest)
        if most is not None and any(len(part) > most for part in parts):
            raise Contradiction
        for part in parts:
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
        if self._is_open(cell):
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
