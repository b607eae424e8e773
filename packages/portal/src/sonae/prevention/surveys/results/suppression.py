"""Which figures of a question are kept back, so that nobody can tell what a handful of institutions answered. Pure.

A figure below the threshold is *small* and kept back, and so is everything about a class in which fewer were asked.
That alone hides nothing: the total less the other classes gives it back. So for every small figure somebody who knows
all that is published must be left with an *alternative*: other answers, of institutions that exist, which lead to the
same published figures and to another value here. Two sorts are looked for:

- a swap: an institution of this class and one of another, alike in all else, change their answers with each other;
- a move: an institution answered otherwise. It shows in the total, so it hides only where the total is kept back too.

What an alternative changes must all be kept back; the cheapest one that leaves enough values open is chosen. As it is
made of institutions in their strata, it fits every breakdown at once: one cannot be held against the other.

Whoever follows up a prefecture reads its responses. So all this is asked once more for each prefecture, of what is left
of the figures without it, and its institutions are no part of any alternative then (ADR 0028).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
# The reader who knows what is published and no more; every other reader is the prefecture whose responses they read.
STRANGER = ""
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
    # By how many it rises and falls through the institutions of each prefecture.
    through: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def leaves_open(self, value: int) -> int:
        """How many other values a figure of this value can have by it."""
        return self.rise + min(self.fall, value)

    def without(self, reader: str) -> tuple[int, int]:
        """By how many the figure rises and falls for whoever knows what the institutions of a prefecture answered."""
        rise, fall = self.through.get(reader, (0, 0))
        return self.rise - rise, self.fall - fall


# The classes that a swap changes, and the pairs of strata between which it is made.
type _Pairs = tuple[tuple[int, int], ...]
type _Exchange = tuple[tuple[Class, ...], _Pairs]
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
        self.place_at = [stratum.prefecture for stratum in self.strata]
        self.readers = (STRANGER, *sorted(set(self.place_at)))
        self._sides = {dims: _sides(self.strata, dims) for dims in _DIRECTIONS}
        self._exchanges: dict[Class, tuple[_Exchange, ...]] = {}

    def readers_of(self, each: Class) -> tuple[str, ...]:
        """Everybody who does not know the row of a class as their own."""
        if each[0] != Dimension.PREFECTURE:
            return self.readers
        return tuple(reader for reader in self.readers if reader != each[1])

    def readers_apart(self, each: Class) -> tuple[str, ...]:
        """Of these the ones to whom the figures of a class are not what they are to a stranger."""
        return (STRANGER,) if each[0] == Dimension.PREFECTURE else self.readers

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
    # Known from elsewhere: keeping these back keeps nothing back. And what of that only some readers know.
    known: Collection[Cell] = frozenset()
    known_to: dict[str, set[Cell]] = field(default_factory=lambda: defaultdict(set))
    needs: dict[Cell, int] = field(default_factory=dict)
    # Categories that another question decides: no alternative is made of them, and none is looked for.
    settled: Collection[int] = frozenset()

    def __post_init__(self) -> None:
        self.values: dict[Cell, int] = defaultdict(int)
        # What of each figure stands in the row of a prefecture.
        self._own: dict[tuple[str, int, Class], int] = defaultdict(int)
        for category, counts in enumerate(self.counts):
            for classes, place, number in zip(self.ground.classes_at, self.ground.place_at, counts, strict=True):
                if number:
                    for each in classes:
                        self.values[category, each] += number
                        self._own[place, category, each] += number

    @property
    def classes(self) -> tuple[Class, ...]:
        return self.ground.classes

    @property
    def categories(self) -> range:
        return range(len(self.counts))

    def left(self, cell: Cell, reader: str) -> int:
        """What of a figure a reader does not know: the figure without the row of the own prefecture."""
        return self.values.get(cell, 0) - self._own.get((reader, *cell), 0)

    def left_in(self, each: Class, reader: str, among: Iterable[int]) -> int:
        """How many institutions of a class a reader knows nothing of, in some categories."""
        return sum([self.left((category, each), reader) for category in among])

    def hide(self, cell: Cell, *, need: int) -> None:
        """Keeps a figure back; `need` is how many other values must stay possible."""
        if cell not in self.known:
            self.hidden.add(cell)
            self.needs[cell] = max(need, self.needs.get(cell, 0))

    def protect(self) -> bool:
        """Keeps back what else is needed; tells whether that was possible for every figure and every reader."""
        for cell in sorted(self.needs, key=lambda cell: (-self.needs[cell], self.values[cell], cell)):
            if cell in self.known or cell[0] in self.settled:
                continue
            lacking = self._lacking(cell, self.ground.readers_of(cell[1]))
            while lacking:
                # What hides a figure from a stranger hides it from most others.
                reader = min(lacking)
                if not self._open_up(cell, lacking.pop(reader), reader):
                    return False
                lacking = self._lacking(cell, lacking)
        return True

    def _open_up(self, cell: Cell, need: int, reader: str) -> bool:
        """Keeps back the cheapest that leaves a reader enough other values: one alternative, or one by which the figure
        rises and another by which it falls to nothing."""
        value = self.left(cell, reader)
        found = [self._cheapest(cell, reader, lambda one: one.leaves_open(value) >= need)]
        if found[0] is None:
            found = [
                self._cheapest(cell, reader, lambda one: one.rise >= need - value),
                self._cheapest(cell, reader, lambda one: one.fall >= value),
            ]
        for best in found:
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

    def _lacking(self, cell: Cell, readers: Iterable[str]) -> dict[str, int]:
        """Of these the readers to whom this figure can have too few other values, for all they know and as far as one
        alternative after the other shows it; with how many it needs."""
        category, each = cell
        needs = self._needs_of(cell, readers)
        reach = dict.fromkeys(needs, (0, 0))
        for other in self._others(category):
            # Every alternative changes this class in both categories.
            if (other, each) not in self.hidden:
                continue
            for found in self._alternatives(cell, other, STRANGER, partial(self._is_kept_back, category, other)):
                for reader in tuple(needs):
                    if reader in self.known_to and self._is_known(category, other, found.touched, reader):
                        continue
                    rise, fall = found.without(reader)
                    most = reach[reader] = max(reach[reader][0], rise), max(reach[reader][1], fall)
                    if most[0] + min(most[1], self.left(cell, reader)) >= needs[reader]:
                        del needs[reader]
                if not needs:
                    return needs
        return needs

    def _needs_of(self, cell: Cell, readers: Iterable[str]) -> dict[str, int]:
        """How many other values a figure needs by reader; to whoever knows a row, at most as many as there are
        institutions in the class of which the reader knows nothing."""
        need, each = self.needs[cell], cell[1]
        free = [category for category in self.categories if category not in self.settled]
        most = {reader: self.left_in(each, reader, free) for reader in self.ground.readers_apart(each)}
        found = {}
        for reader in readers:
            number = need if reader == STRANGER else min(need, most.get(reader, most[STRANGER]))
            if number and cell not in self.known_to.get(reader, ()):
                found[reader] = number
        return found

    def _is_kept_back(self, category: int, other: int, touched: tuple[Class, ...]) -> bool:
        return all((other, each) in self.hidden and (category, each) in self.hidden for each in touched)

    def _cheapest(self, cell: Cell, reader: str, is_enough: Callable[[Alternative], bool]) -> Alternative | None:
        """The alternative by which the fewest institutions are lost, of those that are enough for a reader."""
        category = cell[0]
        best: Alternative | None = None
        least: _Price | None = None
        for other in self._others(category):
            wanted = partial(self._is_cheaper, least, category, other, reader)
            for found in self._alternatives(cell, other, reader, wanted):
                price = self._cost(category, other, found.touched), found.touched, other
                if is_enough(found) and (least is None or price < least):
                    best, least = found, price
        return best

    def _is_cheaper(
        self, least: _Price | None, category: int, other: int, reader: str, touched: tuple[Class, ...]
    ) -> bool:
        if least is not None and (self._cost(category, other, touched), touched, other) >= least:
            return False
        return not self._is_known(category, other, touched, reader)

    def _cost(self, category: int, other: int, touched: tuple[Class, ...]) -> int:
        """How many institutions are lost to the reader by it; 0 when everything it changes is kept back already."""
        cells = [(one, each) for one in (category, other) for each in touched]
        return sum([1 + self.values[cell] for cell in cells if cell not in self.hidden])

    def _is_known(self, category: int, other: int, touched: tuple[Class, ...], reader: str) -> bool:
        known, own = self.known, self.known_to.get(reader, ())
        if not (known or own):
            return False
        return any((one, each) in known or (one, each) in own for one in (category, other) for each in touched)

    def _others(self, category: int) -> Iterator[int]:
        # What nobody at all answered is published: no alternative is made of it.
        return (
            other
            for other in self.categories
            if other != category and other not in self.settled and self.values.get((other, EVERYBODY), 0)
        )

    def _alternatives(self, cell: Cell, other: int, reader: str, wanted: _Wanted) -> Iterator[Alternative]:
        """The alternatives of a figure with another category that change nothing but what is `wanted`, made of
        institutions of which the reader knows nothing."""
        category, each = cell
        mine, theirs, places = self.counts[category], self.counts[other], self.ground.place_at
        able = [at for at in self.ground.members[each] if (mine[at] or theirs[at]) and places[at] != reader]
        for at in sorted(able, key=lambda at: -theirs[at])[:_MOST_PARTNERS]:
            if wanted(self.ground.classes_at[at]):
                moved = theirs[at], mine[at]
                yield Alternative(other, self.ground.classes_at[at], *moved, {places[at]: moved})
        # Two change their answers with each other: somebody must have given each of them.
        if not (self.values[category, EVERYBODY] and self.values[other, EVERYBODY]):
            return
        for touched, pairs in self.ground.exchanges(each):
            if not wanted(touched):
                continue
            if touched[0][0] != Dimension.PREFECTURE:
                found = self._within_places(touched, pairs, mine, theirs, other=other, reader=reader)
            elif (Dimension.PREFECTURE.value, reader) in touched:
                continue
            else:
                found = self._between_places(touched, pairs, mine, theirs, other=other)
            if found.rise or found.fall:
                yield found

    def _between_places(
        self, touched: tuple[Class, ...], pairs: _Pairs, mine: Sequence[int], theirs: Sequence[int], *, other: int
    ) -> Alternative:
        """A swap between two prefectures: both are part of all of it."""
        rise = sum([min(theirs[at], mine[to]) for at, to in pairs])
        fall = sum([min(mine[at], theirs[to]) for at, to in pairs])
        return Alternative(other, touched, rise, fall, {value: (rise, fall) for _, value in touched})

    def _within_places(
        self,
        touched: tuple[Class, ...],
        pairs: _Pairs,
        mine: Sequence[int],
        theirs: Sequence[int],
        *,
        other: int,
        reader: str,
    ) -> Alternative:
        """A swap between institutions of the same prefecture, in each that the reader knows nothing of."""
        through: dict[str, tuple[int, int]] = {}
        for at, to in pairs:
            place = self.ground.place_at[at]
            rise, fall = min(theirs[at], mine[to]), min(mine[at], theirs[to])
            if (rise or fall) and place != reader:
                more = through.get(place, (0, 0))
                through[place] = more[0] + rise, more[1] + fall
        rise, fall = (sum(one[at] for one in through.values()) for at in (0, 1))
        return Alternative(other, touched, rise, fall, through)


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
    """Marks what is small to a stranger or without the row of a prefecture, and everything but published zeros of a
    class in which few were asked.

    `asked` are the categories that together are the denominator. What nobody at all answered is no secret anywhere.
    """
    base = tuple(asked)
    for each in table.classes:
        readers = table.ground.readers_apart(each)
        for category in table.categories:
            if any(is_small(table.left((category, each), reader), table.threshold) for reader in readers):
                table.hide((category, each), need=table.threshold)
        if any(is_small(table.left_in(each, reader, base), table.threshold) for reader in readers):
            for category in table.categories:
                if table.values[category, EVERYBODY]:
                    table.hide((category, each), need=1)
