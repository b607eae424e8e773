"""The cells of a workbook as texts, sheet by sheet; looked at before it is unpacked, and bounded."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.instruments.xlsform import excel
from sonae.core.instruments.xlsform.sheets import letter
from sonae.core.instruments.xlsform.workbook import cell_text, faults_of_package
from sonae.prevention.inspections.vocabulary import MinistryProblem

MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 2_000, 60, 20


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: its number as Excel shows it, and the texts of its cells by column, from 1."""

    number: int
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet; of merged cells only the first has the text."""

    name: str
    lines: tuple[Line, ...]

    def fault(
        self, reason: MinistryProblem, line: int = 0, column: int = 0, value: str = "", **facts: object
    ) -> FormFault:
        return FormFault(reason, self.name, line, letter(column) if column else "", value=shortened(value), facts=facts)


def grids_of(content: bytes, *, name: str) -> tuple[Grid, ...] | tuple[FormFault, ...]:
    """Every sheet with its texts, or why the file is not read."""
    refused = faults_of_package(content, name=name)
    if refused:
        return refused
    try:
        book = excel.opened(content, data_only=True)
        try:
            return _grids(book)
        finally:
            book.close()
    # What openpyxl raises for a package that is well formed and yet no workbook.
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile) as broken:
        return (FormFault(FormProblem.WORKBOOK_BROKEN, value=shortened(str(broken))),)


def _grids(book: object) -> tuple[Grid, ...] | tuple[FormFault, ...]:
    found: list[Grid] = []
    for title in book.sheetnames[:MOST_SHEETS]:  # type: ignore[attr-defined]  # openpyxl names no type for it
        lines: list[Line] = []
        rows = book[title].iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1, values_only=True)  # type: ignore[index]
        for number, cells in enumerate(rows, 1):
            texts = {column: text for column, cell in enumerate(cells, 1) if (text := _text(cell))}
            if texts:
                lines.append(Line(number, texts))
            if number > MOST_ROWS:
                return (Grid(title, ()).fault(MinistryProblem.TOO_MANY_ROWS, number, most=MOST_ROWS),)
        found.append(Grid(title, tuple(lines)))
    return tuple(found)


def _text(cell: object) -> str:
    return "" if cell is None else " ".join(cell_text(cell).split())
