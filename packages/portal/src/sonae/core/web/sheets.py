"""Tables as files: CSV and XLSX, streamed in pieces, with nothing in them that a spreadsheet would run."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import batched, chain, islice
from typing import Any

import xlsxwriter
from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django_tables2 import Column, Table
from django_tables2.columns import BoundColumn
from django_tables2.rows import BoundRow
from django_tables2.utils import signature
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sonae.kernel import calendar

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_AT_ONCE = 1_000
ROWS_PER_SHEET = 1_000_000  # a sheet ends at 1,048,576 rows; the library drops what does not fit without a word
LONGEST_CELL = 32_767  # characters, a limit of the file format
CUT_MARK = "…(CSV)"  # the whole text is in the CSV file

# What makes a spreadsheet take a text for a formula, full-width forms included (Japanese Excel converts them).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class About:
    """What a list is, as of when, and what of it was asked for. A workbook says so on a sheet of its own, behind the
    rows: the first sheet stays a plain table for programs that read it. CSV has no such place; its name tells the
    moment, and whether it is the whole list."""

    title: str
    read_at: datetime
    data_as_of: date | None
    conditions: tuple[tuple[str, str], ...]


type Cell = str | int | float | date | datetime | None


class _Line:
    """What csv writes into: hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def csv_response(table: Table, *, filename: str) -> StreamingHttpResponse:
    """All rows as CSV: UTF-8 with the byte order mark that Excel needs."""
    return csv_file(header_of(table), rows_of(table), filename=filename)


def csv_file(header: list[str], rows: Iterable[list[Cell]], *, filename: str) -> StreamingHttpResponse:
    """Rows that are not those of a list, as CSV."""
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}.csv"'
    return response


def xlsx_response(table: Table, *, filename: str, about: About) -> FileResponse:
    """All rows as a workbook; user's text is only ever written as text."""
    return xlsx_file(header_of(table), rows_of(table), filename=filename, about=about)


def xlsx_file(header: list[str], rows: Iterable[list[Cell]], *, filename: str, about: About) -> FileResponse:
    """Rows that are not those of a list, as a workbook."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it when it has been sent)
    write_workbook(file, header, rows, about=about)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{filename}.xlsx", content_type=XLSX_TYPE)


def header_of(table: Table) -> list[str]:
    """The headings of the columns that are exported."""
    return [str(column.header) for column in _columns(table)]


def rows_of(table: Table) -> Iterator[list[Cell]]:
    """Every row of the table, read from the database in pieces and in the language of this moment."""
    columns = [(column, *_reading_of(column)) for column in _columns(table)]
    language = get_language()
    records = table.data.data
    source = records.iterator(chunk_size=ROWS_AT_ONCE) if hasattr(records, "iterator") else iter(records)
    for chunk in batched(source, ROWS_AT_ONCE):
        # Inside the generator, because a response is streamed after the middleware has left its language behind;
        # closed before each yield, because the server's thread speaks other languages in between.
        with override(language):
            bound = [_Row(record, table=table) for record in chunk]
            rows = [[_cell(row.told(column, read, takes)) for column, read, takes in columns] for row in bound]
        yield from rows


class _Row(BoundRow):
    """A row as the library has it, without asking anew for every cell which arguments a function takes: that was more
    than half of an export."""

    def told(self, column: BoundColumn, read: Callable[..., Any], takes: tuple[str, ...]) -> object:
        def call(_column: BoundColumn, value: object = None) -> object:
            offered = self._optional_cell_arguments(column, value)
            return read(**{name: offered[name] for name in takes})

        return self._get_and_render_with(column, render_func=call, default=None)


def _reading_of(column: BoundColumn) -> tuple[Callable[..., Any], tuple[str, ...]]:
    """The function that tells a cell of this column, and the arguments it takes."""
    read = column.value
    if getattr(read, "__func__", None) is Column.value:
        # The library's own does nothing but ask this one.
        read = column.column.render
    return read, signature(read)[0]


def csv_lines(header: list[str], rows: Iterable[list[Cell]]) -> Iterator[str]:
    """The lines of a CSV file, the byte order mark first."""
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([harmless(text) for text in header])
    for row in rows:
        yield writer.writerow([_csv_text(cell) for cell in row])


def write_workbook(file: Any, header: list[str], rows: Iterable[list[Cell]], *, about: About | None = None) -> None:
    """Writes a workbook row by row; after a million rows it goes on in another sheet."""
    with xlsxwriter.Workbook(file, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        bold, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        rest = iter(rows)
        first = next(rest, None)
        name, number = _("Rows of the list"), 1
        _write_sheet(book.add_worksheet(name), header, _one_sheet(first, rest), bold, moment)
        while (first := next(rest, None)) is not None:
            number += 1
            _write_sheet(book.add_worksheet(f"{name} {number}"), header, _one_sheet(first, rest), bold, moment)
        if about:
            _write_about(book.add_worksheet(_("About this list")), about, bold, moment)


def harmless(text: str) -> str:
    """The text as CSV may carry it: an apostrophe in front of whatever a spreadsheet would run."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """The text that `harmless` was given, as somebody sends the file back."""
    return text[1:] if text.startswith("'") and harmless(text[1:]) == text else text


def _one_sheet(first: list[Cell] | None, rest: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    return iter(()) if first is None else chain([first], islice(rest, ROWS_PER_SHEET - 2))


def _write_sheet(sheet: Worksheet, header: list[str], rows: Iterable[list[Cell]], bold: Format, moment: Format) -> None:
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(header) - 1), 20)
    for column, text in enumerate(header):
        sheet.write_string(0, column, text, bold)
    for line, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            _write_cell(sheet, line, column, cell, moment)


def _write_about(sheet: Worksheet, about: About, bold: Format, moment: Format) -> None:
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 48)
    facts: list[tuple[str, Cell]] = [(_("Name of the list"), about.title), (_("Read at (Japan time)"), about.read_at)]
    if about.data_as_of:
        facts.append((_("Published list as of"), about.data_as_of))
    facts += about.conditions or [(_("Conditions"), _("None: the whole list"))]
    for line, (what, value) in enumerate(facts):
        sheet.write_string(line, 0, what, bold)
        _write_cell(sheet, line, 1, value, moment)


def _write_cell(sheet: Worksheet, line: int, column: int, cell: Cell, moment: Format) -> None:
    match cell:
        case None | "":
            return
        case bool():
            sheet.write_boolean(line, column, cell)
        case int() | float():
            sheet.write_number(line, column, cell)
        case datetime():
            sheet.write_datetime(line, column, cell.astimezone(calendar.JST).replace(tzinfo=None), moment)
        case date():
            sheet.write_datetime(line, column, cell)
        case str():
            fits = len(cell) <= LONGEST_CELL
            sheet.write_string(line, column, cell if fits else cell[: LONGEST_CELL - len(CUT_MARK)] + CUT_MARK)


def _csv_text(cell: Cell) -> Any:
    match cell:
        case None:
            return ""
        case datetime():
            return f"{cell.astimezone(calendar.JST):%Y-%m-%d %H:%M}"
        case date():
            return cell.isoformat()
        case str():
            return harmless(cell)
    return cell


def _columns(table: Table) -> list[Any]:
    return [column for column in table.columns.iterall() if not column.column.exclude_from_export]


def _cell(value: object) -> Cell:
    return value if value is None or isinstance(value, (str, int, float, date)) else str(value)
