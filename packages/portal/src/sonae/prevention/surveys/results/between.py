"""What a new edition must not show beside one that is out, figure by figure: where so many more gave an answer than
before that a handful of those who came in between stand behind it (ADR 0036). Pure.

A reader subtracts the earlier figures and has a table of those who came in between. What of it is small is told by no
figure alone: answers are kept back together until enough came to them in all, and classes until, of what is shown of
them together, nothing is small. A handful fewer is told as little as a handful more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sonae.prevention.surveys.results.differences import classes_that_add_up
from sonae.prevention.surveys.results.rules import classes_of
from sonae.prevention.surveys.results.suppression import STRANGER, Cell, is_small
from sonae.prevention.surveys.results.vocabulary import DIMENSIONS, EVERYBODY, Class, Stratum
from sonae.prevention.surveys.vocabulary import Dimension

# By stratum, how many more institutions stand in each category than in the earlier edition; each stands in one.
type Change = Mapping[Stratum, Sequence[int]]
# The same of classes.
type _Sums = dict[Class, list[int]]


def kept_back_beside(change: Change, strata: Sequence[Stratum], *, threshold: int) -> frozenset[Cell]:
    """The figures of a table that are kept back, by category and class, so that neither everybody nor whoever knows the
    row of a prefecture is told of a handful that came, or left, since an earlier edition."""
    moved = {one: row for one, row in change.items() if any(row)}
    changed = [category for category, numbers in enumerate(zip(*moved.values(), strict=True)) if any(numbers)]
    if len(changed) < 2:
        # Nobody moved; or all who did came to the same answer, and how many handed in is no secret.
        return frozenset()
    found = _Together(moved, tuple(strata), threshold)
    found.settle()
    own = found.sums[STRANGER]
    touched = [each for each, row in own.items() if any(row)]
    cells = {(category, each) for category in found.answers for each in touched}
    # What nobody came to or left, anywhere, is the same in both editions.
    return frozenset(cells | {(category, each) for category in changed for each in found.classes})


@dataclass(eq=False)
class _Together:
    """The answers that are kept back everywhere, and the classes of which nothing is shown, as they become more."""

    moved: Change
    strata: tuple[Stratum, ...]
    threshold: int
    answers: set[int] = field(default_factory=set)
    classes: set[Class] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.width = len(next(iter(self.moved.values())))
        readers = (STRANGER, *sorted({one.prefecture for one in self.moved}))
        self.sums: dict[str, _Sums] = {reader: self._sums_without(reader) for reader in readers}

    def settle(self) -> None:
        """Keeps back more until nothing tells of a handful, whoever reads it. Each round keeps back more than the one
        before it, or is the last."""
        size = -1
        while size != len(self.answers) + len(self.classes):
            size = len(self.answers) + len(self.classes)
            for reader, sums in self.sums.items():
                self._add_answers(sums[EVERYBODY])
                for dimension in DIMENSIONS:
                    for together in classes_that_add_up(self.strata, dimension):
                        mine = (Dimension.PREFECTURE.value, reader)
                        self._add_classes({each for each in together if each != mine}, dimension, sums)

    def _sums_without(self, reader: str) -> _Sums:
        sums: _Sums = {}
        for stratum in self.strata:
            row = self.moved.get(stratum) if stratum.prefecture != reader else None
            for each in classes_of(stratum):
                total = sums.setdefault(each, [0] * self.width)
                for category, number in enumerate(row or ()):
                    total[category] += number
        return sums

    def _is_small(self, number: int) -> bool:
        return is_small(abs(number), self.threshold)

    def _add_answers(self, row: Sequence[int]) -> None:
        few = self.answers
        few |= {category for category, number in enumerate(row) if self._is_small(number)}
        # First those in which as little as possible is lost: some came to them, but not many.
        rest = sorted(set(range(self.width)) - few, key=lambda category: (not row[category], abs(row[category])))
        while few and rest and (len(few) < 2 or self._is_small(sum(row[category] for category in few))):
            few.add(rest.pop(0))

    def _add_classes(self, together: set[Class], dimension: Dimension, sums: _Sums) -> None:
        few = {each for each in together if each in self.classes or self._tells([each], sums)}
        rest = sorted(together - few, key=lambda each: (not any(sums[each]), sum(map(abs, sums[each])), each))
        while few and rest and (len(few) < 2 or self._tells(few, sums)):
            few.add(rest.pop(0))
        self.classes |= few
        if dimension is not Dimension.PREFECTURE and self._tells(together, sums):
            # The whole group is told by its sum: the breakdowns of beds and kinds go.
            self.classes |= {each for each in sums if each[0] in {Dimension.BAND.value, Dimension.KIND.value}}

    def _tells(self, some: "set[Class] | list[Class]", sums: _Sums) -> bool:
        """Whether a handful is told by what is shown of some classes together, or by what that leaves."""
        row = [sum(numbers) for numbers in zip(*(sums[each] for each in some), strict=True)]
        left = sum(row[category] for category in self.answers)
        return self._is_small(left) or any(
            self._is_small(number) for category, number in enumerate(row) if category not in self.answers
        )
