"""Geometry of the charts: facts in, positions out.

Horizontal lengths are per cent, so that text keeps its size on a phone.
The templates in `web/charts/` draw what stands here; every chart comes with the same numbers as a table.
"""

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sonae.core.web import words
from sonae.core.web.words import Text

LABEL_LINE = 22  # px: the line of text above a bar
BAR = 18  # px
ROW = LABEL_LINE + BAR + 14
PLOT_TOP, PLOT_HEIGHT, PLOT_BOTTOM = 16, 180, 28
PLOT_INSET = 2.0  # per cent left free on both sides, so that the first and the last dot are whole
LEVELS = 5
MAX_SERIES = 6


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `href` leads to what it counts, from the table below the chart."""

    label: Text
    value: float
    href: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar made of as many parts as the chart has series."""

    label: Text
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Point:
    label: Text
    value: float


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One row of a heat table; None is "no figure", which is not zero."""

    label: Text
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a prefecture shows on the map."""

    value: float
    href: str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class DrawnBar:
    label: Text
    value: str
    href: str
    label_y: int
    bar_y: int
    width: str


@dataclass(frozen=True, slots=True)
class BarDrawing:
    height: int
    bar_height: int
    rows: tuple[DrawnBar, ...]


@dataclass(frozen=True, slots=True)
class DrawnPart:
    series: int
    name: Text
    value: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class DrawnStack:
    label: Text
    total: str
    label_y: int
    bar_y: int
    parts: tuple[DrawnPart, ...]


@dataclass(frozen=True, slots=True)
class StackDrawing:
    height: int
    bar_height: int
    names: tuple[tuple[int, Text], ...]
    rows: tuple[DrawnStack, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    x1: str
    y1: float
    x2: str
    y2: float


@dataclass(frozen=True, slots=True)
class Tick:
    y: float
    label: Text


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    x: str
    y: float
    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class LineDrawing:
    height: int
    baseline: int
    ticks: tuple[Tick, ...]
    segments: tuple[Segment, ...]
    points: tuple[DrawnPoint, ...]
    first: Text
    middle: Text
    last: Text


@dataclass(frozen=True, slots=True)
class HeatCell:
    value: str
    level: int
    marks: str


@dataclass(frozen=True, slots=True)
class DrawnHeatRow:
    label: Text
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A class of values: its number of marks says without colour how high it is."""

    number: int
    low: str
    high: str
    # Both ends belong to the class; else the lower one belongs to the class below.
    is_counted: bool

    @property
    def marks(self) -> str:
        return "●" * self.number


def bars(rows: Sequence[Bar], *, whole: float | None = None) -> BarDrawing:
    """Horizontal bars that share one scale from zero to the largest value, or to the `whole` they are parts of."""
    _no_negatives(row.value for row in rows)
    largest = max((row.value for row in rows), default=0) if whole is None else whole
    drawn = tuple(
        DrawnBar(
            label=row.label,
            value=words.number(row.value),
            href=row.href,
            label_y=index * ROW + LABEL_LINE - 6,
            bar_y=index * ROW + LABEL_LINE,
            width=_share(row.value, largest),
        )
        for index, row in enumerate(rows)
    )
    return BarDrawing(height=len(rows) * ROW, bar_height=BAR, rows=drawn)


def stacks(series: Sequence[Text], rows: Sequence[Stack]) -> StackDrawing:
    """Horizontal bars in parts; the longest total fills the width."""
    if len(series) > MAX_SERIES:
        raise ValueError(f"a reader can tell {MAX_SERIES} series apart, not {len(series)}")
    if any(len(row.values) != len(series) for row in rows):
        raise ValueError("every row needs one value for each series")
    _no_negatives(value for row in rows for value in row.values)
    largest = max((sum(row.values) for row in rows), default=0)
    names = tuple(enumerate(series, start=1))
    return StackDrawing(
        height=len(rows) * ROW,
        bar_height=BAR,
        names=names,
        rows=tuple(
            DrawnStack(
                label=row.label,
                total=words.number(sum(row.values)),
                label_y=index * ROW + LABEL_LINE - 6,
                bar_y=index * ROW + LABEL_LINE,
                parts=_parts(names, row.values, largest),
            )
            for index, row in enumerate(rows)
        ),
    )


def line(points: Sequence[Point]) -> LineDrawing:
    """A line over evenly spaced points, on a scale that begins at zero and ends at a round number."""
    _no_negatives(point.value for point in points)
    top = nice_ceiling(max((point.value for point in points), default=0))
    baseline = PLOT_TOP + PLOT_HEIGHT
    drawn = tuple(
        DrawnPoint(
            x=_percent(_position(index, len(points))),
            y=round(baseline - PLOT_HEIGHT * point.value / top, 1),
            label=point.label,
            value=words.number(point.value),
        )
        for index, point in enumerate(points)
    )
    steps = (0.0, 0.5, 1.0)
    return LineDrawing(
        height=baseline + PLOT_BOTTOM,
        baseline=baseline,
        ticks=tuple(Tick(baseline - PLOT_HEIGHT * step, words.number(top * step)) for step in steps),
        segments=_joined(drawn),
        points=drawn,
        first=drawn[0].label if drawn else "",
        middle=drawn[len(drawn) // 2].label if len(drawn) > 4 else "",
        last=drawn[-1].label if len(drawn) > 1 else "",
    )


def spark(values: Sequence[float], *, height: int = 32) -> tuple[Segment, ...]:
    """A line without axes, for a cell of a table: its own lowest value lies at the bottom."""
    if len(values) < 2:
        return ()
    low, span = min(values), (max(values) - min(values)) or 1
    margin, inner = 4, height - 8
    spots = tuple(
        DrawnPoint(
            _percent(PLOT_INSET + (100 - 2 * PLOT_INSET) * index / (len(values) - 1)),
            round(margin + inner * (1 - (value - low) / span), 1),
            "",
            "",
        )
        for index, value in enumerate(values)
    )
    return _joined(spots)


def heat(rows: Sequence[HeatRow]) -> tuple[tuple[Level, ...], tuple[DrawnHeatRow, ...]]:
    """The classes used and the rows, each cell with its class."""
    values = [value for row in rows for value in row.values if value is not None]
    edges = class_edges(values)
    drawn = tuple(DrawnHeatRow(row.label, tuple(_heat_cell(value, edges) for value in row.values)) for row in rows)
    return levels(edges, are_whole=_are_whole(values)), drawn


def class_edges(values: Sequence[float]) -> tuple[float, ...]:
    """Upper edges of at most five classes of equal width between zero and a round number; none for no values.

    Equal widths from zero, not quantiles: twice the shade shall never stand for one case more.
    """
    _no_negatives(values)
    largest = max(values, default=0)
    if largest <= 0:
        return ()
    if largest <= LEVELS and _are_whole(values):
        return tuple(float(edge) for edge in range(1, int(largest) + 1))
    width = nice_ceiling(largest) / LEVELS
    used = math.ceil(round(largest / width, 9))
    return tuple(width * step for step in range(1, used + 1))


def level_of(value: float, edges: Sequence[float]) -> int:
    """The class of a value, 1 the lowest; zero stands apart in class 0."""
    if value <= 0:
        return 0
    return next((number for number, edge in enumerate(edges, start=1) if value <= edge), len(edges))


def legend(values: Sequence[float]) -> tuple[Level, ...]:
    """The classes of these values, each with what it spans."""
    return levels(class_edges(values), are_whole=_are_whole(values))


def levels(edges: Sequence[float], *, are_whole: bool) -> tuple[Level, ...]:
    """What each class spans: "1 to 4, 5 to 8" where only whole numbers are counted, else "over 0, up to 4.5"."""
    lows = (0.0, *edges)
    is_counted = are_whole and all(float(edge).is_integer() for edge in edges)
    return tuple(
        Level(number, low=words.number(low + 1 if is_counted else low), high=words.number(edge), is_counted=is_counted)
        for number, (low, edge) in enumerate(zip(lows, edges, strict=False), start=1)
    )


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 2.5, 5 or 10 times a power of ten that is not below `value`; 1 for nothing."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10, 20) if step * power >= value)


def chart_id(kind: str, title: str) -> str:
    """An id for the patterns of one chart, the same on every rendering."""
    return f"{kind}-{zlib.crc32(title.encode()):08x}"


def _parts(names: Sequence[tuple[int, Text]], values: Sequence[float], largest: float) -> tuple[DrawnPart, ...]:
    parts, start = [], 0.0
    for (number, name), value in zip(names, values, strict=True):
        parts.append(
            DrawnPart(number, name, words.number(value), x=_share(start, largest), width=_share(value, largest))
        )
        start += value
    return tuple(parts)


def _heat_cell(value: float | None, edges: Sequence[float]) -> HeatCell:
    if value is None:
        return HeatCell("–", 0, "")
    level = level_of(value, edges)
    return HeatCell(words.number(value), level, "●" * level)


def _joined(points: Sequence[DrawnPoint]) -> tuple[Segment, ...]:
    return tuple(Segment(a.x, a.y, b.x, b.y) for a, b in pairwise(points))


def _position(index: int, count: int) -> float:
    if count < 2:
        return 50.0
    return PLOT_INSET + (100 - 2 * PLOT_INSET) * index / (count - 1)


def _share(part: float, whole: float) -> str:
    return _percent(100 * part / whole if whole else 0)


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _are_whole(values: Iterable[float]) -> bool:
    return all(float(value).is_integer() for value in values)


def _no_negatives(values: Iterable[float]) -> None:
    if any(value < 0 for value in values):
        raise ValueError("these charts count things: no value is below zero")
