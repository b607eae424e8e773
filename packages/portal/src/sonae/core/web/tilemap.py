"""The 47 prefectures as tiles, with their values in words and classes."""

from collections.abc import Mapping
from dataclasses import dataclass

from sonae.core.institutions.vocabulary import PREFECTURES, Prefecture, PrefectureFacts
from sonae.core.web import charts, words


@dataclass(frozen=True, slots=True)
class Tile:
    """One prefecture; column and row count from 1."""

    code: str
    name: str
    full_name: str
    column: int
    row: int
    value: str
    level: int
    marks: str
    href: str
    note: words.Text


def tiles(cells: Mapping[str, charts.Cell]) -> tuple[tuple[charts.Level, ...], tuple[Tile, ...]]:
    """The classes and all 47 tiles in the order of their codes; a prefecture without a cell shows "–"."""
    unknown = set(cells) - set(PREFECTURES)
    if unknown:
        raise ValueError(f"not the code of a prefecture: {', '.join(sorted(unknown))}")
    values = [cell.value for cell in cells.values()]
    edges = charts.class_edges(values)
    return charts.legend(values), tuple(
        _tile(facts, cells.get(code.value), edges=edges) for code, facts in PREFECTURES.items()
    )


def short_name(facts: PrefectureFacts) -> str:
    """東京 for 東京都, but 北海道 whole; in English without a suffix."""
    if not words.is_japanese():
        return facts.name_en
    return facts.name_ja if facts.code is Prefecture.HOKKAIDO else facts.name_ja[:-1]


def _tile(facts: PrefectureFacts, cell: charts.Cell | None, *, edges: tuple[float, ...]) -> Tile:
    level = charts.level_of(cell.value, edges) if cell else 0
    return Tile(
        code=facts.code.value,
        name=short_name(facts),
        full_name=facts.name_ja if words.is_japanese() else facts.name_en,
        column=facts.column + 1,
        row=facts.row + 1,
        value=words.number(cell.value) if cell else "–",
        level=level,
        marks="●" * level,
        href=cell.href if cell else "",
        note=cell.note if cell else "",
    )
