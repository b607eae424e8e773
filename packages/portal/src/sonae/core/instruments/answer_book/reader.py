"""Reading the workbook of a response back: every answer that was changed, and where each stands."""

import contextlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook

from sonae.core.instruments.answer_book import cells, layout
from sonae.core.instruments.answer_book.cells import Cell
from sonae.core.instruments.answer_book.layout import Columns, Grid
from sonae.core.instruments.answer_book.offers import Offers
from sonae.core.instruments.checks import ROW
from sonae.core.instruments.definition import Question
from sonae.core.instruments.plan import MOST_ROWS, Plan
from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import AnswerKind, BookProblem
from sonae.core.instruments.xlsform import excel, workbook
from sonae.core.instruments.xlsform.sheets import letter

# What openpyxl raises for a package that is well formed and yet no workbook, at once or while it reads on.
_BROKEN = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, SyntaxError, OSError, zipfile.BadZipFile
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cellname:
    """Where something stands: the sheet, the row from 1 and the letter of the column."""

    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.column}{self.row}"


type Place = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Book:
    """What a workbook says: for which response and revision it was made, and what was changed in it since."""

    response: str
    digest: str
    revision: int
    changed: Mapping[str, object]
    # The first cell of each question by its id and the number of its row in a table, as findings name it.
    places: "Mapping[Place, Cellname]"
    # The questions of which every cell still says what it said when the workbook was handed out.
    untouched: frozenset[str] = frozenset()


def read(content: bytes, plan: Plan, *, name: str) -> Book | tuple[FormFault, ...]:
    """The answers of a workbook, or everything because of which it cannot be taken."""
    refused = workbook.faults_of_package(content, name=name)
    if refused:
        return refused
    try:
        formulas = _formulas_in(content)
        with _opened(content) as book:
            return _Reading(book, plan, formulas).run()
    except _UnreadableError as broken:
        return (FormFault(BookProblem.BROKEN, value=shortened(str(broken))),)


class _UnreadableError(Exception):
    """The library met something that no spreadsheet writes."""


def _formulas_in(content: bytes) -> frozenset[tuple[str, int, int]]:
    """The cells that hold a formula: sheet, row, column. Most workbooks have none, and are not read twice for that."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if not any(b"<f" in archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")):
            return frozenset()
    found: set[tuple[str, int, int]] = set()
    with _opened(content, data_only=False) as book:
        try:
            for sheet in book.worksheets:
                for row in sheet.iter_rows(max_row=layout.LAST_ROW, max_col=workbook.MOST_COLUMNS):
                    found |= {(sheet.title, cell.row, cell.column) for cell in row if cell.data_type == "f"}
        except _BROKEN as broken:
            raise _UnreadableError(broken) from broken
    return frozenset(found)


@contextlib.contextmanager
def _opened(content: bytes, *, data_only: bool = True) -> Iterator[Workbook]:
    try:
        book = excel.opened(content, data_only=data_only)
    except _BROKEN as broken:
        raise _UnreadableError(broken) from broken
    with contextlib.closing(book):
        yield book


@dataclass(slots=True)
class _Reading:
    book: Workbook
    plan: Plan
    formulas: frozenset[tuple[str, int, int]]
    _offers: Offers = field(init=False)
    _known: dict[str, list[Any]] = field(default_factory=dict)
    _faults: list[FormFault] = field(default_factory=list)
    _changed: dict[str, object] = field(default_factory=dict)
    _places: dict[Place, Cellname] = field(default_factory=dict)
    _untouched: set[str] = field(default_factory=set)

    def run(self) -> Book | tuple[FormFault, ...]:
        facts = self._facts()
        if facts is None:
            return (FormFault(BookProblem.NOT_OURS),)
        self._known, self._offers = facts["known"], Offers(self.plan.instrument, facts["language"])
        where = layout.layout_of(self.plan)
        self._read_main(facts["main"], where)
        for grid in where.grids:
            # What no sheet could show was left to the page.
            if grid.id in self._known:
                self._read_grid(grid)
        if self._faults:
            return tuple(self._faults)
        return Book(
            facts["response"],
            facts["digest"],
            facts["revision"],
            self._changed,
            self._places,
            frozenset(self._untouched),
        )

    def _facts(self) -> dict[str, Any] | None:
        """What the hidden sheet says; None where there is none, or none of ours."""
        if layout.FACTS not in self.book.sheetnames:
            return None
        said: dict[str, str] = {}
        for row in self._cells(layout.FACTS, 1, 2):
            name, value = (*row, None, None)[:2]
            if isinstance(name, str) and value is not None:
                said[name] = said.get(name, "") + str(value) if name == "known" else str(value)
        try:
            known = json.loads(said["known"])
            facts = {
                "response": said["response"], "digest": said["digest"], "revision": int(said["revision"]),
                "main": said["main"], "language": said["language"], "known": known,
            }  # fmt: skip
        except (KeyError, ValueError, RecursionError):
            return None
        is_ours = isinstance(known, dict) and all(isinstance(kept, list) for kept in known.values())
        return facts if is_ours else None

    def _rows(self, sheet: str, first: int, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """The rows of a sheet from `first` on, counted from 1 as the spreadsheet does."""
        for number, row in enumerate(self._cells(sheet, first + 1, width), first + 1):
            cells_of_row = (*row, *[None] * (width - len(row)))
            self._note_formulas(sheet, number, cells_of_row)
            yield number, cells_of_row

    def _cells(self, sheet: str, first: int, width: int) -> list[tuple[Any, ...]]:
        rows = self.book[sheet].iter_rows(min_row=first, max_row=layout.LAST_ROW, max_col=width, values_only=True)
        try:
            return [tuple(unescape(cell) if isinstance(cell, str) else cell for cell in row) for row in rows]
        except _BROKEN as broken:
            raise _UnreadableError(broken) from broken

    def _read_main(self, sheet: str, where: layout.Layout) -> None:
        width = where.columns.width
        if sheet not in self.book.sheetnames:
            self._faults.append(FormFault(BookProblem.SHEET_MISSING, value=shortened(sheet)))
            return
        headers = [cells.text_in(cell) for cell in next(iter(self._cells(sheet, layout.FIRST_ROW, width)), ())]
        if headers != self._known.get(layout.HEADERS):
            self._faults.append(FormFault(BookProblem.COLUMNS_CHANGED, sheet, value=shortened(sheet)))
            return
        asked = {question.id: question for question in where.questions if question.id in self._known}
        for number, row in self._rows(sheet, layout.FIRST_ROW, width):
            id_ = cells.text_in(row[Columns.ID])
            if not id_:
                self._note_stray(sheet, number, row, range(Columns.ANSWER, width))
            elif id_ not in asked:
                self._note(BookProblem.QUESTION_UNKNOWN, sheet, number, Columns.ID, id_)
            elif (id_, ()) in self._places:
                self._note(BookProblem.QUESTION_TWICE, sheet, number, Columns.ID, id_)
            else:
                self._places[id_, ()] = Cellname(sheet, number, letter(Columns.ANSWER + 1))
                before = self._known[id_]
                now = row[Columns.ANSWER :]
                if len(before) != len(now) or not all(map(cells.is_as_before, now, before)):
                    self._changed[id_] = self._answer(asked[id_], row, where.columns, sheet, number)
                else:
                    self._untouched.add(id_)

    def _answer(self, question: Question, row: tuple[Cell, ...], columns: Columns, sheet: str, number: int) -> object:
        rounds = question.dates.rounds if question.dates else 0
        checked = range(columns.first_check, columns.first_check + rounds)
        has_target = question.dates is not None and question.dates.needs_target
        own = {Columns.ANSWER, *checked}
        own |= {columns.target} if has_target else set()
        own |= {columns.unknown} if question.may_be_unknown else set()
        self._note_stray(sheet, number, row, [at for at in range(Columns.ANSWER, columns.width) if at not in own])
        answer = cells.answer_in(question, row[Columns.ANSWER], self._offers.of(question))
        checks = [text for at in checked if (text := cells.text_in(row[at]))]
        target = cells.text_in(row[columns.target]) if has_target else ""
        unknown = row[columns.unknown] if question.may_be_unknown else None
        if cells.text_in(unknown):
            moment = cells.moment_in(unknown)
            if answer is not None or checks or target:
                self._note(BookProblem.ANSWERED_AND_UNKNOWN, sheet, number, columns.unknown, unknown)
            elif moment is None:
                self._note(BookProblem.MOMENT_UNREADABLE, sheet, number, columns.unknown, unknown)
            return {"unknown_as_of": moment}
        if question.kind is not AnswerKind.YES_NO or question.dates is None:
            return answer
        found = {"answer": answer, "checked_on": checks, "target_on": target}
        said = {name: value for name, value in found.items() if value or name == "answer"}
        return said if any(said.values()) else None

    def _read_grid(self, grid: Grid) -> None:
        width = len(grid.columns) + 2
        if grid.sheet not in self.book.sheetnames:
            self._faults.append(FormFault(BookProblem.SHEET_MISSING, value=shortened(grid.sheet)))
            return
        ids = [cells.text_in(cell) for cell in next(iter(self._cells(grid.sheet, 1, width)), ())]
        if ids[2:] != [column.id for column in grid.columns]:
            self._faults.append(FormFault(BookProblem.COLUMNS_CHANGED, grid.sheet, value=shortened(grid.sheet)))
            return
        rows = list(self._rows(grid.sheet, layout.FIRST_GRID_ROW, width))
        self._places[grid.id, ()] = Cellname(grid.sheet, layout.FIRST_GRID_ROW + 1, letter(3))
        found = self._named_rows(grid, rows) if grid.rows else self._added_rows(grid, rows)
        if len(found) > MOST_ROWS:
            self._faults.append(FormFault(BookProblem.TOO_MANY_ROWS, grid.sheet, facts={"most": MOST_ROWS}))
        elif not self._rows_are_as_before(grid, [row for _number, row in rows]):
            self._changed[grid.id] = found or None
        else:
            self._untouched.add(grid.id)

    def _named_rows(self, grid: Grid, rows: list[tuple[int, tuple[Cell, ...]]]) -> list[dict[str, object]]:
        """Every row that the form names, in its order, empty ones too; none where nothing stands in any."""
        said: dict[str, dict[str, object]] = {}
        names = [choice.value for choice in grid.rows]
        for number, row in rows:
            key = cells.text_in(row[0])
            if key in names and key not in said:
                said[key] = self._row(grid, number, row, names.index(key) + 1)
            else:
                self._note_stray(grid.sheet, number, row, range(2, len(row)))
        return [{ROW: name} | said.get(name, {}) for name in names] if any(said.values()) else []

    def _added_rows(self, grid: Grid, rows: list[tuple[int, tuple[Cell, ...]]]) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        for number, row in rows:
            if any(cells.text_in(cell) for cell in row[2:]):
                found.append(self._row(grid, number, row, len(found) + 1))
        return found

    def _row(self, grid: Grid, number: int, row: tuple[Cell, ...], place: int) -> dict[str, object]:
        said: dict[str, object] = {}
        for column, (question, cell) in enumerate(zip(grid.columns, row[2:], strict=True), 3):
            self._places[question.id, (place,)] = Cellname(grid.sheet, number, letter(column))
            answer = cells.answer_in(question, cell, self._offers.of(question))
            if answer is not None:
                said[question.id] = answer
        return said

    def _rows_are_as_before(self, grid: Grid, rows: list[tuple[Cell, ...]]) -> bool:
        """Whether the same rows say the same, wherever empty ones stand."""
        kept = [row for row in self._known[grid.id] if isinstance(row, list)]
        before = [row for row in kept if any(cell is not None for cell in row[1:])]
        now = [(row[0], *row[2:]) for row in rows if any(cells.text_in(cell) for cell in row[2:])]
        return len(now) == len(before) and all(
            len(one) == len(other) and all(map(cells.is_as_before, one, other))
            for one, other in zip(now, before, strict=True)
        )

    def _note_formulas(self, sheet: str, number: int, row: tuple[Cell, ...]) -> None:
        """A formula whose result was never worked out reads as nothing: it is named, not taken for an empty cell."""
        for column, cell in enumerate(row):
            if cell is None and (sheet, number, column + 1) in self.formulas:
                self._note(BookProblem.FORMULA_WITHOUT_VALUE, sheet, number, column, cell)

    def _note_stray(self, sheet: str, number: int, row: tuple[Cell, ...], columns: Iterable[int]) -> None:
        """What stands where no answer belongs is somebody's work: it is named, never passed over."""
        stray = next((column for column in columns if cells.text_in(row[column])), None)
        if stray is not None:
            self._note(BookProblem.ROW_WITHOUT_QUESTION, sheet, number, stray, row[stray])

    def _note(self, reason: BookProblem, sheet: str, row: int, column: int, cell: Cell) -> None:
        if len(self._faults) < layout.MOST_FAULTS:
            told = shortened(cells.text_in(cell))
            self._faults.append(FormFault(reason, sheet, row, letter(column + 1), value=told))
