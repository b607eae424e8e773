"""What differs when an edition is counted again: figure by figure, and why, as far as that is known. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sonae.prevention.surveys.results.vocabulary import (
    EVERYBODY,
    Class,
    Column,
    Cube,
    Difference,
    Layer,
    Margins,
    Stratum,
    WhyOtherwise,
    figure_at,
)
from sonae.prevention.surveys.vocabulary import Dimension

# How many asked and handed in, by stratum.
type Numbers = Mapping[Stratum, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that an edition keeps of one question."""

    cube: Cube
    breakdown: Margins
    shown: Margins


@dataclass(frozen=True, slots=True)
class Sides:
    """The figures of an edition as they are kept, or as they were counted again."""

    strata: Sequence[Stratum]
    numbers: Numbers
    figures: Mapping[str, Figures]


def differing(kept: Sides, counted: Sides, *, reads_the_same: bool, kept_is_whole: bool) -> Iterator[Difference]:
    """Every figure that is another one, or that only one of the two has: first of strata, then of classes."""
    reasons = _Reasons(kept, counted, reads_the_same=reads_the_same, kept_is_whole=kept_is_whole)
    for question in dict.fromkeys((*kept.figures, *counted.figures)):
        for layer in Layer:
            was, came = _cells(kept, question, layer), _cells(counted, question, layer)
            for where, figure in dict.fromkeys((*was, *came)):
                before, after = was.get((where, figure)), came.get((where, figure))
                if before != after:
                    why = reasons.of(where, layer)
                    yield Difference(question, layer, where, figure, before, after, why)


@dataclass(frozen=True, slots=True)
class _Reasons:
    kept: Sides
    counted: Sides
    reads_the_same: bool
    kept_is_whole: bool

    def of(self, where: Stratum, layer: Layer) -> WhyOtherwise:
        """The reason that explains most: what was read, then what is kept, then how it is counted today."""
        if not self.reads_the_same:
            same = self._numbers(self.kept, where) == self._numbers(self.counted, where)
            return WhyOtherwise.OTHER_ANSWERS if same else WhyOtherwise.OTHERS_READ
        if not self.kept_is_whole:
            return WhyOtherwise.KEPT_WAS_ALTERED
        if layer is Layer.STRATA:
            return WhyOtherwise.COUNTED_OTHERWISE
        # The strata are whole, and lead to these: what is added up of them, or kept back, was altered or is ruled anew.
        return WhyOtherwise.KEPT_BACK_OTHERWISE if layer is Layer.SHOWN else WhyOtherwise.KEPT_WAS_ALTERED

    def _numbers(self, side: Sides, where: Stratum) -> tuple[int, int]:
        inside = [both for stratum, both in side.numbers.items() if _lies_in(stratum, where)]
        return sum(asked for asked, _ in inside), sum(submitted for _, submitted in inside)


def _lies_in(stratum: Stratum, where: Stratum) -> bool:
    return all(
        not wanted or wanted == stratum.along(dimension)
        for dimension in Dimension
        if (wanted := where.along(dimension))
    )


def _cells(side: Sides, question: str, layer: Layer) -> dict[tuple[Stratum, str], int | None]:
    found = side.figures.get(question)
    if found is None:
        return {}
    if layer is Layer.STRATA:
        rows: dict[Stratum, Sequence[int | None]] = dict(zip(side.strata, found.cube.counts, strict=True))
    else:
        margins = found.breakdown if layer is Layer.BREAKDOWN else found.shown
        rows = {place_of(each): row for each, row in margins.rows.items()}
    return _by_figure(found.cube.column, rows)


def _by_figure(column: Column, rows: Mapping[Stratum, Sequence[int | None]]) -> dict[tuple[Stratum, str], int | None]:
    return {
        (where, figure_at(column, place)): figure for where, row in rows.items() for place, figure in enumerate(row)
    }


def place_of(each: Class) -> Stratum:
    """A class as a stratum that says nothing of the other breakdowns."""
    if each == EVERYBODY:
        return Stratum("", "", "")
    dimension, value = each
    return Stratum(
        *(value if one.value == dimension else "" for one in (Dimension.BAND, Dimension.PREFECTURE, Dimension.KIND))
    )
