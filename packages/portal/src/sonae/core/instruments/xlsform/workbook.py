"""Opening a file that may hold a form: looked at before it is unpacked, read within limits, never written to disk."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime, time

from sonae.core.documents.inspection import archives, office
from sonae.core.documents.vocabulary import Kind
from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.instruments.xlsform import excel
from sonae.core.instruments.xlsform.sheets import Faults, Header, Row, Sheet, letter
from sonae.kernel.errors import BadInput

SHEETS = frozenset({"survey", "choices", "settings", "external_choices", "osm", "entities"})
MOST_BYTES = 5_000_000
MOST_UNPACKED_BYTES = 6_000_000
MOST_CELLS = 300_000
# A cell has two or three elements. openpyxl holds some parts as trees, a kilobyte for each of their elements.
MOST_ELEMENTS = 3 * MOST_CELLS
MOST_ROWS = 50_000
MOST_COLUMNS = 500
MOST_SHEETS = 200
LONGEST_CELL = 32_767
# After so many empty rows or columns nothing more is looked for, as pyxform does.
EMPTY_ROWS = 60
EMPTY_COLUMNS = 20
_OLD_WORKBOOK, _ARCHIVE = b"\xd0\xcf\x11\xe0", b"PK"
type Cells = tuple[object, ...]


def open_workbook(content: bytes, *, name: str) -> dict[str, Sheet] | tuple[FormFault, ...]:
    """The sheets of a workbook or CSV file that XLSForm knows, by name, or why there are none."""
    is_named_so = name.lower().endswith((".xlsx", ".xlsm", ".xls"))
    if is_named_so or content.startswith((_OLD_WORKBOOK, _ARCHIVE)):
        return _open_xlsx(content, name)
    return (_too_large(MOST_BYTES),) if len(content) > MOST_BYTES else _open_csv(content)


def faults_of_package(content: bytes, *, name: str) -> tuple[FormFault, ...]:
    """Why a workbook is not to be opened: too large before or after unpacking, no workbook, or a dangerous one."""
    if len(content) > MOST_BYTES:
        return (_too_large(MOST_BYTES),)
    if content.startswith(_OLD_WORKBOOK):
        return (FormFault(FormProblem.OLD_WORKBOOK),)
    if not content.startswith(_ARCHIVE):
        return (FormFault(FormProblem.NOT_A_FORM),)
    try:
        with archives.open_archive(io.BytesIO(content), name=name) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MOST_UNPACKED_BYTES:
            return (_too_large(MOST_UNPACKED_BYTES),)
        listed = office.inspect_office(io.BytesIO(content), name=name, kind=Kind.XLSX, most_elements=MOST_ELEMENTS)
    except BadInput as refused:
        return tuple(
            FormFault(one.reason, header=one.field, value=one.value, facts=one.facts) for one in refused.problems
        )
    # A sheet that is named a thousand times would be read a thousand times.
    if listed.count() > MOST_SHEETS or listed.names_one_twice():
        return (FormFault(FormProblem.TOO_MANY_CELLS, facts={"most": MOST_CELLS}),)
    return ()


def _too_large(most_bytes: int) -> FormFault:
    return FormFault(FormProblem.FILE_TOO_LARGE, facts={"most": most_bytes // 1_000_000})


def _open_xlsx(content: bytes, name: str) -> dict[str, Sheet] | tuple[FormFault, ...]:
    refused = faults_of_package(content, name=name)
    if refused:
        return refused
    try:
        return _sheets_of(content)
    # What openpyxl raises for a package that is well formed and yet no workbook.
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, zipfile.BadZipFile) as broken:
        return (FormFault(FormProblem.WORKBOOK_BROKEN, value=shortened(str(broken))),)


def _sheets_of(content: bytes) -> dict[str, Sheet] | tuple[FormFault, ...]:
    workbook = excel.opened(content, data_only=True)
    try:
        named = {title: title.lower() for title in workbook.sheetnames}
        if len(named) == 1:
            named = {title: lower if lower in SHEETS else "survey" for title, lower in named.items()}
        reading = {
            lower: workbook[title].iter_rows(max_col=MOST_COLUMNS, values_only=True)
            for title, lower in named.items()
            if lower in SHEETS
        }
        return sheets_from(reading)
    finally:
        workbook.close()


def sheets_from(reading: dict[str, Iterator[Cells]]) -> dict[str, Sheet] | tuple[FormFault, ...]:
    """Sheets from the rows of their cells, the row of headers first."""
    faults = Faults()
    found: dict[str, Sheet] = {}
    left = MOST_CELLS
    for name, rows in reading.items():
        headers = _headers(name, next(rows, ()), faults)
        kept, left = _rows(name, headers, rows, faults, left)
        found[name] = Sheet(name, tuple(header for header in headers if header), tuple(kept))
    return tuple(faults.found) or found


def _headers(sheet: str, cells: Cells, faults: Faults) -> list[Header | None]:
    headers: list[Header | None] = []
    empty = 0
    for number, cell in enumerate(cells, 1):
        if _is_empty(cell):
            headers.append(None)
            if empty == EMPTY_COLUMNS:
                break
            empty += 1
            continue
        empty = 0
        text = " ".join(part for part in str(cell).strip().split(" ") if part)
        if any(header and header.text in (str(cell), text) for header in headers):
            faults.note(
                FormProblem.HEADER_TWICE, Sheet(sheet, (Header(text, letter(number)),), ()), 1, text, text, other=text
            )
        headers.append(Header(text, letter(number)))
    return headers


def _rows(
    sheet: str, headers: list[Header | None], rows: Iterable[Cells], faults: Faults, left: int
) -> tuple[list[Row], int]:
    kept: list[Row] = []
    empty = 0
    for number, cells in enumerate(rows, 2):
        row = Row(number, _texts(headers, cells))
        left -= len(row.cells) + 1
        if left < 0 or number > MOST_ROWS:
            faults.note(FormProblem.TOO_MANY_CELLS, Sheet(sheet, (), ()), number, most=MOST_CELLS)
            break
        for header, text in row.cells.items():
            if len(text) > LONGEST_CELL:
                faults.note(FormProblem.CELL_TOO_LONG, Sheet(sheet, (), ()), number, header, most=LONGEST_CELL)
        if row.cells:
            empty = 0
            kept.append(row)
        elif empty == EMPTY_ROWS:
            break
        else:
            empty += 1
    return kept, left


def _texts(headers: list[Header | None], cells: Cells) -> dict[str, str]:
    return {
        header.text: cell_text(cell)
        for header, cell in zip(headers, cells, strict=False)
        if header is not None and not _is_empty(cell)
    }


def _is_empty(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def cell_text(cell: object) -> str:
    """A cell as text, the way pyxform reads it: whole numbers without a point, truth in capitals."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() | time():
            return str(cell)
        case _:
            return str(cell).strip().replace("\xa0", " ")


def _open_csv(content: bytes) -> dict[str, Sheet] | tuple[FormFault, ...]:
    """Sheets in one file: the name of a sheet in the first column, its headers below it from the second column on."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (FormFault(FormProblem.NOT_UTF8),)
    reading: dict[str, list[Cells]] = {}
    begins: dict[str, int] = {}
    reader = csv.reader(io.StringIO(text, newline=""))
    current = ""
    try:
        for row in reader:
            if row and row[0].strip():
                current = row[0].strip().lower()
                begins.setdefault(current, reader.line_num)
                reading.setdefault(current, [])
            if current and any(cell.strip() for cell in row[1:]):
                # As of a workbook: every header is held against those before it, every fault looks for its column.
                reading[current].append((None, *row[1:MOST_COLUMNS]))
    except csv.Error as broken:
        return (FormFault(FormProblem.NOT_CSV, row=reader.line_num, value=shortened(str(broken))),)
    unknown = [name for name in reading if name not in SHEETS]
    if "survey" in reading and unknown:
        accepted = ", ".join(sorted(SHEETS))
        return tuple(
            FormFault(FormProblem.SHEET_UNKNOWN, name, begins[name], "A", facts={"accepted": accepted})
            for name in unknown
        )
    return sheets_from({name: iter(rows) for name, rows in reading.items() if name in SHEETS})
