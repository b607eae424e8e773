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
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

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

    def leaves_open(self, value: int) -> int:
        """How many other values a figure of this value can have by it."""
        return self.rise + min(self.fall, value)


# The classes that a swap changes, and the pairs of strata between which it is made.
type _Exchange = tuple[tuple[Class, ...], tuple[tuple[int, int], ...]]
# What keeping back an alternative costs; of two that cost the same the one that comes first.
type _Price = tuple[int, tuple[Class, ...], int]
# Whether an alternative that changes these classes is looked for.
type _Wanted = Callable[[tuple[Class, ...]], bool]


class Ground:
    """The strata of an edition and who in them can change answers with whom: the same for each of its questions."""

    def __init__(self, strata: Sequence[Stratum]) -> None:
        self.strata = tuple(strata)
        self.classes_at = [classes_of(stratum) for stratum in self.strata]
        self.classes = tuple(dict.fromkeys(each for classes in self.classes_at for each in classes))
        self.members: dict[Class, list[int]] = defaultdict(list)
        for at, classes in enumerate(self.classes_at):
            for each in classes:
                self.members[each].append(at)
        self._sides = {dims: _sides(self.strata, dims) for dims in _DIRECTIONS}
        self._exchanges: dict[Class, tuple[_Exchange, ...]] = {}

    def exchanges(self, each: Class) -> tuple[_Exchange, ...]:
        """Every way in which institutions of this class can change their answers with those of another."""
        found = self._exchanges.get(each)
        if found is None:
            found = self._exchanges[each] = tuple(self._found_exchanges(each))
        return found

    def _found_exchanges(self, each: Class) -> Iterator[_Exchange]:
        for dims, sides in self._sides.items():
            names = [dimension.value for dimension in dims]
            for side, here in sides.items():
                if each not in zip(names, side, strict=True):
                    continue
                for far, there in sides.items():
                    touched = _touched(dims, side, far)
                    pairs = tuple((at, there[rest]) for rest, at in here.items() if rest in there)
                    if pairs and len(touched) == 2 * len(dims):
                        yield touched, pairs


@dataclass(eq=False)
class Table:
    """The categories of one question, each institution in exactly one, by stratum; and what of them is kept back."""

    ground: Ground
    counts: Sequence[Sequence[int]]  # by category, then by stratum
    threshold: int
    hidden: set[Cell] = field(default_factory=set)
    # Known from elsewhere: keeping these back keeps nothing back.
    known: Collection[Cell] = frozenset()
    needs: dict[Cell, int] = field(default_factory=dict)
    # Categories that another question decides: no alternative is made of them, and none is looked for.
    settled: Collection[int] = frozenset()

    def __post_init__(self) -> None:
        self.values: dict[Cell, int] = defaultdict(int)
        for category, counts in enumerate(self.counts):
            for classes, number in zip(self.ground.classes_at, counts, strict=True):
                if number:
                    for each in classes:
                        self.values[category, each] += number

    @property
    def classes(self) -> tuple[Class, ...]:
        return self.ground.classes

    @property
    def categories(self) -> range:
        return range(len(self.counts))

    def hide(self, cell: Cell, *, need: int) -> None:
        """Keeps a figure back; `need` is how many other values must stay possible."""
        if cell not in self.known:
            self.hidden.add(cell)
            self.needs[cell] = max(need, self.needs.get(cell, 0))

    def protect(self) -> bool:
        """Keeps back what else is needed; tells whether that was possible for every figure."""
        for cell in sorted(self.needs, key=lambda cell: (-self.needs[cell], self.values[cell], cell)):
            need = self.needs[cell]
            if cell in self.known or cell[0] in self.settled or self._is_open(cell, need):
                continue
            best = self._cheapest(cell, need)
            if best is None:
                return False
            self.hidden |= {(category, each) for category in (cell[0], best.other) for each in best.touched}
        return True

    def hide_class(self, each: Class) -> None:
        """Keeps back all figures of a class, without looking for alternatives: another question has them."""
        self.hidden |= {(category, each) for category in self.categories if self.values[category, EVERYBODY]}

    def hide_everything(self) -> None:
        """Keeps back all figures of the question: what is left when there is no other way."""
        self.hidden |= {(category, each) for category in self.categories for each in self.classes}

    def _is_open(self, cell: Cell, need: int) -> bool:
        """Whether this figure can have so many other values for whoever knows everything that is not kept back, as far
        as one alternative after the other shows it."""
        category, each = cell
        value = self.values[cell]
        rise = fall = 0
        for other in self._others(category):
            # Every alternative changes this class in both categories.
            if (other, each) not in self.hidden:
                continue
            for found in self._alternatives(cell, other, partial(self._is_kept_back, category, other)):
                rise, fall = max(rise, found.rise), max(fall, found.fall)
                if rise + min(fall, value) >= need:
                    return True
        return False

    def _is_kept_back(self, category: int, other: int, touched: tuple[Class, ...]) -> bool:
        return all((other, each) in self.hidden and (category, each) in self.hidden for each in touched)

    def _cheapest(self, cell: Cell, need: int) -> Alternative | None:
        """The alternative by which the fewest institutions are lost to the reader, of those that leave enough open."""
        category = cell[0]
        best: Alternative | None = None
        least: _Price | None = None
        for other in self._others(category):
            for found in self._alternatives(cell, other, partial(self._is_cheaper, least, category, other)):
                price = self._cost(category, other, found.touched), found.touched, other
                if found.leaves_open(self.values[cell]) >= need and (least is None or price < least):
                    best, least = found, price
        return best

    def _is_cheaper(self, least: _Price | None, category: int, other: int, touched: tuple[Class, ...]) -> bool:
        if least is not None and (self._cost(category, other, touched), touched, other) >= least:
            return False
        return not self._is_known(category, other, touched)

    def _cost(self, category: int, other: int, touched: tuple[Class, ...]) -> int:
        """How many institutions are lost to the reader by it; 0 when everything it changes is kept back already."""
        cells = [(one, each) for one in (category, other) for each in touched]
        return sum([1 + self.values[cell] for cell in cells if cell not in self.hidden])

    def _is_known(self, category: int, other: int, touched: tuple[Class, ...]) -> bool:
        known = self.known
        return bool(known) and any((one, each) in known for one in (category, other) for each in touched)

    def _others(self, category: int) -> Iterator[int]:
        return (other for other in self.categories if other != category and other not in self.settled)

    def _alternatives(self, cell: Cell, other: int, wanted: _Wanted) -> Iterator[Alternative]:
        """The alternatives of a figure with another category that change nothing but what is `wanted`."""
        category, each = cell
        mine, theirs = self.counts[category], self.counts[other]
        able = [at for at in self.ground.members[each] if mine[at] or theirs[at]]
        for at in sorted(able, key=lambda at: -theirs[at])[:_MOST_PARTNERS]:
            if wanted(self.ground.classes_at[at]):
                yield Alternative(other, self.ground.classes_at[at], theirs[at], mine[at])
        # Two change their answers with each other: somebody must have given each of them.
        if not (self.values[category, EVERYBODY] and self.values[other, EVERYBODY]):
            return
        for touched, pairs in self.ground.exchanges(each):
            if not wanted(touched):
                continue
            rise = sum([min(theirs[at], mine[to]) for at, to in pairs])
            fall = sum([min(mine[at], theirs[to]) for at, to in pairs])
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
