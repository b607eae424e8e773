"""The rows of a table, as texts, one after the other: CSV in any usual encoding, and workbooks."""

import codecs
import csv
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sonae.core.documents.inspection import archives, office
from sonae.core.documents.vocabulary import Kind
from sonae.core.instruments.xlsform import excel
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake.headers import Line
from sonae.prevention.assets.intake.vocabulary import FileFormat, IntakeRefusal

MOST_ROWS, MOST_COLUMNS = 500_000, 200
LONGEST_CELL = 5_000
MOST_SHEETS = 50
# Elements of a workbook: 200,000 rows of 25 cells have two or three each.
MOST_ELEMENTS = 25_000_000
_PIECE = 1 << 20
_SNIFFED = 1 << 16
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile)


def sheets_of(path: Path, file_format: FileFormat, *, name: str) -> list[str]:
    """The names of the sheets; of a CSV file one without a name."""
    if file_format is not FileFormat.TABLE_XLSX:
        return [""]
    with _book(path, name=name) as book:
        return [str(title) for title in book.sheetnames[:MOST_SHEETS]]


def rows(path: Path, file_format: FileFormat, *, sheet: str, name: str) -> Iterator[Line]:
    """The rows of a table that are not blank; raises BadInput naming the file and the line."""
    read = _sheet_rows(path, sheet, name=name) if file_format is FileFormat.TABLE_XLSX else _csv_rows(path, name=name)
    for number, found in read:
        if number > MOST_ROWS:
            raise BadInput([Problem(IntakeRefusal.TOO_MANY_ROWS, name, number, facts={"most": MOST_ROWS})])
        if len(found) > MOST_COLUMNS:
            if any(found[MOST_COLUMNS:]):
                raise BadInput([Problem(IntakeRefusal.TOO_MANY_COLUMNS, name, number, facts={"most": MOST_COLUMNS})])
            del found[MOST_COLUMNS:]
        while found and not found[-1]:
            found.pop()
        if found:
            yield Line(number, tuple(found))


# --- CSV -------------------------------------------------------------------------------------------------------------


def encoding_of(path: Path) -> str | None:
    """UTF-8 with or without its mark, UTF-16 with its mark, or Shift_JIS as Windows writes it; None for no text."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if _decodes(path, "utf-16") else None
    return next((one for one in ("utf-8-sig", "cp932") if _decodes(path, one)), None)


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                if "\0" in decoder.decode(piece):
                    return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _csv_rows(path: Path, *, name: str) -> Iterator[tuple[int, list[str]]]:
    encoding = encoding_of(path)
    if encoding is None:
        raise BadInput([Problem(IntakeRefusal.NO_TABLE, name)])
    with path.open(encoding=encoding, newline="") as file:
        sample = file.read(_SNIFFED)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter_of(sample))
        try:
            began = 1
            for cells in reader:
                yield began, [_fitting(cell) for cell in cells]
                # A cell may hold line breaks: a row begins on the line after the one on which the last one ended.
                began = reader.line_num + 1
        except csv.Error as broken:
            facts = {"why": str(broken)}
            raise BadInput([Problem(IntakeRefusal.NO_TABLE, name, reader.line_num, facts=facts)]) from broken


def delimiter_of(sample: str) -> str:
    """The sign between the cells: the one that the first lines have most often."""
    lines = sample.splitlines()[:50]
    counts = {sign: sum(line.count(sign) for line in lines) for sign in (",", "\t", ";")}
    return max(counts, key=lambda sign: counts[sign]) if any(counts.values()) else ","


# --- workbooks -------------------------------------------------------------------------------------------------------


def inspect_workbook(path: Path, *, name: str) -> None:
    """Refuses a workbook that is packed too densely, holds macros, loads something from elsewhere or names a sheet
    twice: whatever the house refuses of documents."""
    with path.open("rb") as file:
        listed = office.inspect_office(file, name=name, kind=Kind.XLSX, most_elements=MOST_ELEMENTS)
    if listed.count() > 4 * MOST_SHEETS or listed.names_one_twice():
        raise BadInput([Problem(IntakeRefusal.WORKBOOK_BROKEN, name)])


@contextmanager
def _book(path: Path, *, name: str) -> Iterator[Any]:
    try:
        book = excel.opened(path.read_bytes(), data_only=True)
    except _BROKEN as broken:
        raise BadInput([Problem(IntakeRefusal.WORKBOOK_BROKEN, name, value=str(broken)[:200])]) from broken
    try:
        yield book
    finally:
        book.close()


def _sheet_rows(path: Path, sheet: str, *, name: str) -> Iterator[tuple[int, list[str]]]:
    with _book(path, name=name) as book:
        if sheet not in book.sheetnames:
            raise BadInput([Problem(IntakeRefusal.NO_TABLE, name, value=sheet)])
        merged = _Merged(_merged_down(path, book[sheet], name=name))
        try:
            found = book[sheet].iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1, values_only=True)
            for number, cells in enumerate(found, 1):
                yield number, merged.filled(number, [_text(cell) for cell in cells])
        except _BROKEN as broken:
            raise BadInput([Problem(IntakeRefusal.WORKBOOK_BROKEN, name, value=str(broken)[:200])]) from broken


class _Merged:
    """Cells that were merged downwards: what the first one says, all of them say. Over several columns the first one
    says it alone: what is wide is a title or a group of headers."""

    def __init__(self, spans: dict[int, list[tuple[int, int]]]) -> None:
        self._beginning = spans
        self._open: dict[int, tuple[int, str]] = {}

    def filled(self, number: int, texts: list[str]) -> list[str]:
        for column, (last, said) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif column < len(texts) and not texts[column]:
                texts[column] = said
        for column, last in self._beginning.get(number, ()):
            if column < len(texts) and texts[column]:
                self._open[column] = (last, texts[column])
        return texts


def _merged_down(path: Path, sheet: Any, *, name: str) -> dict[int, list[tuple[int, int]]]:
    """By the first row: columns (from 0) with the last row of each span of one column and several rows.

    They stand behind all cells, so the part is read once more, as bytes; headers are left to `headers.find_header`,
    which knows a group by its gap: a span that begins in the first lines and is two rows high is one of those.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    with path.open("rb") as file, archives.open_archive(file, name=name) as package:
        part = str(sheet._worksheet_path)  # noqa: SLF001  (openpyxl tells nobody where a sheet lies)
        tail = b""
        for piece in archives.pieces(package, package.getinfo(part), name=name):
            tail += piece
            last = 0
            for span in _MERGED.finditer(tail):
                left, first, right, end = span[1], int(span[2]), span[3], int(span[4])
                last = span.end()
                if left == right and end > first and end - first < MOST_ROWS:
                    found.setdefault(first, []).append((_column(left), end))
            tail = tail[max(last, len(tail) - 64) :]
    return found


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
    return _fitting(str(cell))


def _fitting(text: str) -> str:
    return text.strip() if len(text) <= LONGEST_CELL else text[:LONGEST_CELL].strip()
