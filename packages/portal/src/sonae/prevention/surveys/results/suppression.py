"""Which figures of a question are kept back, so that nobody can tell what a handful of institutions answered. Pure.

A figure below the threshold is *small* and kept back, and so is everything about a class in which fewer were asked.
That alone hides nothing: the total less the other classes gives it back. So for every small figure somebody who knows
all that is published must be left with an *alternative*: other answers, of institutions that exist, which lead to the
same published figures and to another value here. Two sorts are looked for:

- a swap: an institution of this class and one of another, alike in all else, change their answers with each other;
- a move: an institution answered otherwise. It shows in the total, so it hides only where the total is kept back too.

What an alternative changes must all be kept back; the cheapest one that leaves enough values open is chosen. As it is
made of institutions in their strata, it fits every breakdown at once: one cannot be held against the other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sonae.prevention.surveys.results.rules import classes_of
from sonae.prevention.surveys.results.vocabulary import DIMENSIONS, EVERYBODY, Class, Stratum
from sonae.prevention.surveys.vocabulary import Dimension

type Cell = tuple[int, Class]

# The ways in which two institutions may differ that change their answers with each other.
_DIRECTIONS: tuple[tuple[Dimension, ...], ...] = (
    (Dimension.PREFECTURE,),
    (Dimension.BAND,),
    (Dimension.KIND,),
    # Beds make the kind: a hospital has twenty or more. Those of different kind have no band in common.
    (Dimension.BAND, Dimension.KIND),
)
# Whatever lies in fewer strata than this is looked at whole; the costliest alternatives of a large table are not.
_MOST_PARTNERS = 24


@dataclass(frozen=True, slots=True)
class Alternative:
    """Answers that could stand in place of those that were given: with which category, what it changes, and by how many
    institutions the figure can rise and fall."""

    other: int
    touched: tuple[Class, ...]
    rise: int
    fall: int


@dataclass(eq=False)
class Table:
    """The categories of one question, each institution in exactly one, by stratum; and what of them is kept back."""

    strata: Sequence[Stratum]
    counts: Sequence[Sequence[int]]  # by category, then by stratum
    threshold: int
    hidden: set[Cell] = field(default_factory=set)
    # Known from elsewhere: keeping these back keeps nothing back.
    known: Collection[Cell] = frozenset()
    needs: dict[Cell, int] = field(default_factory=dict)
    # Categories that another question decides: no alternative is made of them, and none is looked for.
    settled: Collection[int] = frozenset()

    def __post_init__(self) -> None:
        self._classes = [classes_of(stratum) for stratum in self.strata]
        self.values: dict[Cell, int] = defaultdict(int)
        for category, counts in enumerate(self.counts):
            for classes, number in zip(self._classes, counts, strict=True):
                for each in classes:
                    self.values[category, each] += number
        self.classes = tuple(dict.fromkeys(each for classes in self._classes for each in classes))
        self._sides = {dims: _sides(self.strata, dims) for dims in _DIRECTIONS}
        self._members: dict[Class, list[int]] = defaultdict(list)
        for at, classes in enumerate(self._classes):
            for each in classes:
                self._members[each].append(at)

    @property
    def categories(self) -> range:
        return range(len(self.counts))

    def hide(self, cell: Cell, *, need: int) -> None:
        """Keeps a figure back; `need` is how many other values must stay possible."""
        if cell not in self.known:
            self.hidden.add(cell)
            self.needs[cell] = max(need, self.needs.get(cell, 0))

    def freedom(self, cell: Cell) -> int:
        """How many other values this figure can have for whoever knows everything that is not kept back, as far as one
        alternative after the other shows it."""
        rise = fall = 0
        for found in self._alternatives(cell):
            if self._cost(cell, found) == 0:
                rise, fall = max(rise, found.rise), max(fall, found.fall)
        return rise + min(fall, self.values[cell])

    def protect(self) -> bool:
        """Keeps back what else is needed; tells whether that was possible for every figure."""
        for cell in sorted(self.needs, key=lambda cell: (-self.needs[cell], self.values[cell], cell)):
            need = self.needs[cell]
            if cell in self.known or cell[0] in self.settled or self.freedom(cell) >= need:
                continue
            best = min(
                (
                    (self._cost(cell, found), found.touched, found.other)
                    for found in self._alternatives(cell)
                    if found.rise + min(found.fall, self.values[cell]) >= need and not self._is_known(cell, found)
                ),
                default=None,
            )
            if best is None:
                return False
            self.hidden |= {(category, each) for category in (cell[0], best[2]) for each in best[1]}
        return True

    def hide_class(self, each: Class) -> None:
        """Keeps back all figures of a class, without looking for alternatives: another question has them."""
        self.hidden |= {(category, each) for category in self.categories if self.values[category, EVERYBODY]}

    def hide_everything(self) -> None:
        """Keeps back all figures of the question: what is left when there is no other way."""
        self.hidden |= {(category, each) for category in self.categories for each in self.classes}

    def _cost(self, cell: Cell, found: Alternative) -> int:
        """How many institutions are lost to the reader by it; 0 when everything it changes is kept back already."""
        cells = ((category, each) for category in (cell[0], found.other) for each in found.touched)
        return sum(1 + self.values[one] for one in cells if one not in self.hidden)

    def _is_known(self, cell: Cell, found: Alternative) -> bool:
        cells = ((category, each) for category in (cell[0], found.other) for each in found.touched)
        return any(one in self.known for one in cells)

    def _alternatives(self, cell: Cell) -> Iterator[Alternative]:
        category, each = cell
        for other in self.categories:
            if other == category or other in self.settled:
                continue
            yield from self._moves(category, other, each)
            for dims in _DIRECTIONS:
                if any(dimension.value == each[0] for dimension in dims):
                    yield from self._swaps(category, other, each, dims)

    def _moves(self, category: int, other: int, each: Class) -> Iterator[Alternative]:
        mine, theirs = self.counts[category], self.counts[other]
        able = [at for at in self._members[each] if mine[at] or theirs[at]]
        for at in sorted(able, key=lambda at: -theirs[at])[:_MOST_PARTNERS]:
            yield Alternative(other, self._classes[at], theirs[at], mine[at])

    def _swaps(self, category: int, other: int, each: Class, dims: tuple[Dimension, ...]) -> Iterator[Alternative]:
        mine, theirs = self.counts[category], self.counts[other]
        sides = self._sides[dims]
        for side, here in sides.items():
            if each not in zip((dimension.value for dimension in dims), side, strict=True):
                continue
            for far, there in sides.items():
                touched = _touched(dims, side, far)
                if len(touched) < 2 * len(dims) or each not in touched:
                    continue
                rise = fall = 0
                for rest, at in here.items():
                    to = there.get(rest)
                    if to is not None:
                        rise += min(theirs[at], mine[to])
                        fall += min(mine[at], theirs[to])
                if rise or fall:
                    yield Alternative(other, touched, rise, fall)


type _Side = tuple[str, ...]


def _sides(strata: Sequence[Stratum], dims: tuple[Dimension, ...]) -> dict[_Side, dict[_Side, int]]:
    """The strata by what is exchanged, and then by what stays the same."""
    kept = [dimension for dimension in DIMENSIONS if dimension not in dims]
    found: dict[_Side, dict[_Side, int]] = defaultdict(dict)
    for at, stratum in enumerate(strata):
        side = tuple(stratum.along(dimension) for dimension in dims)
        found[side][tuple(stratum.along(dimension) for dimension in kept)] = at
    return dict(found)


def _touched(dims: tuple[Dimension, ...], side: _Side, far: _Side) -> tuple[Class, ...]:
    """The classes that a swap between two sides changes: those in which the two differ."""
    differ = [
        ((dimension.value, a), (dimension.value, b)) for dimension, a, b in zip(dims, side, far, strict=True) if a != b
    ]
    return tuple(each for pair in differ for each in pair)


def is_small(number: int, threshold: int) -> bool:
    """Whether so few institutions stand behind a figure that it is kept back; nobody is no handful."""
    return 0 < number < threshold


def mark_small(table: Table, *, asked: Iterable[int]) -> None:
    """Marks what is small, and everything but published zeros of a class in which few were asked.

    `asked` are the categories that together are the denominator. What nobody at all answered is no secret anywhere.
    """
    base = tuple(asked)
    for each in table.classes:
        for category in table.categories:
            if is_small(table.values[category, each], table.threshold):
                table.hide((category, each), need=table.threshold)
        if is_small(sum(table.values[category, each] for category in base), table.threshold):
            for category in table.categories:
                if table.values[category, EVERYBODY]:
                    table.hide((category, each), need=1)
