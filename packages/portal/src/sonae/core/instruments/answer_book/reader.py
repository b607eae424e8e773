"""Reading the workbook of a response back: every answer that was changed, and where each stands."""

import contextlib
import io
import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from sonae.core.instruments.answer_book import cells, layout
from sonae.core.instruments.answer_book.cells import Cell, Offer
from sonae.core.instruments.answer_book.layout import Columns, Grid
from sonae.core.instruments.answer_book.writer import yes_no_words
from sonae.core.instruments.checks import ROW
from sonae.core.instruments.definition import Question
from sonae.core.instruments.plan import MOST_ROWS, Plan
from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import AnswerKind, BookProblem, YesNo
from sonae.core.instruments.xlsform import workbook
from sonae.core.instruments.xlsform.sheets import letter

# A workbook that was written here has a few thousand rows at most.
_LAST_ROW = 5_000
# What openpyxl raises for a package that is well formed and yet no workbook, at once or while it reads on.
_BROKEN = (
    KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, OSError, zipfile.BadZipFile
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cellname:
    """Where something stands: the sheet, the row from 1 and the letter of the column."""

    sheet: str
    row: int
    column: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.column}{self.row}"


@dataclass(frozen=True, slots=True)
class Book:
    """What a workbook says: for which response and revision it was made, and what was changed in it since."""

    response: str
    digest: str
    revision: int
    changed: Mapping[str, object]
    # The first cell of each question, and the rows of each table.
    places: Mapping[str, Cellname]


def read(content: bytes, plan: Plan, *, name: str) -> Book | tuple[FormFault, ...]:
    """The answers of a workbook, or everything because of which it cannot be taken."""
    refused = workbook.faults_of_package(content, name=name)
    if refused:
        return refused
    try:
        with _opened(content) as book:
            return _Reading(book, plan).run()
    except _UnreadableError as broken:
        return (FormFault(BookProblem.BROKEN, value=shortened(str(broken))),)


class _UnreadableError(Exception):
    """The library met something that no spreadsheet writes."""


@contextlib.contextmanager
def _opened(content: bytes) -> Iterator[Workbook]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except _BROKEN as broken:
        raise _UnreadableError(broken) from broken
    with contextlib.closing(book):
        yield book


@dataclass(slots=True)
class _Reading:
    book: Workbook
    plan: Plan
    language: str = "ja"
    _offers: dict[str, Offer] = field(default_factory=dict)
    _yes_no: dict[YesNo, tuple[str, ...]] = field(default_factory=yes_no_words)
    _faults: list[FormFault] = field(default_factory=list)
    _said: dict[str, object] = field(default_factory=dict)
    _places: dict[str, Cellname] = field(default_factory=dict)

    def run(self) -> Book | tuple[FormFault, ...]:
        facts = self._facts()
        if facts is None:
            return (FormFault(BookProblem.NOT_OURS),)
        known, self.language = facts["known"], facts["language"]
        where = layout.layout_of(self.plan)
        self._read_main(facts["main"], where)
        for grid in where.grids:
            self._read_grid(grid)
        if self._faults:
            return tuple(self._faults)
        changed = {id_: value for id_, value in self._said.items() if not self._is_as_before(id_, value, known, where)}
        return Book(facts["response"], facts["digest"], facts["revision"], changed, self._places)

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
        return facts if isinstance(known, dict) else None

    def _rows(self, sheet: str, first: int, width: int) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """The rows of a sheet from `first` on, counted from 1 as the spreadsheet does."""
        for number, row in enumerate(self._cells(sheet, first + 1, width), first + 1):
            yield number, (*row, *[None] * (width - len(row)))

    def _cells(self, sheet: str, first: int, width: int) -> list[tuple[Any, ...]]:
        rows = self.book[sheet].iter_rows(min_row=first, max_row=_LAST_ROW, max_col=width, values_only=True)
        try:
            return list(rows)
        except _BROKEN as broken:
            raise _UnreadableError(broken) from broken

    def _read_main(self, sheet: str, where: layout.Layout) -> None:
        if sheet not in self.book.sheetnames:
            self._faults.append(FormFault(BookProblem.SHEET_MISSING, value=shortened(sheet)))
            return
        asked = {question.id: question for question in where.questions}
        for number, row in self._rows(sheet, layout.FIRST_ROW, where.columns.width):
            id_ = cells.text_in(row[Columns.ID])
            if not id_:
                if any(cells.text_in(cell) for cell in row[Columns.ANSWER :]):
                    self._note(BookProblem.ROW_WITHOUT_QUESTION, sheet, number, Columns.ANSWER, row[Columns.ANSWER])
            elif id_ not in asked:
                self._note(BookProblem.QUESTION_UNKNOWN, sheet, number, Columns.ID, id_)
            elif id_ in self._said:
                self._note(BookProblem.QUESTION_TWICE, sheet, number, Columns.ID, id_)
            else:
                self._places[id_] = Cellname(sheet, number, letter(Columns.ANSWER + 1))
                self._said[id_] = self._answer(asked[id_], row, where.columns, sheet, number)

    def _answer(self, question: Question, row: tuple[Cell, ...], columns: Columns, sheet: str, number: int) -> object:
        answer = cells.answer_in(question, row[Columns.ANSWER], self._offer(question))
        unknown = row[columns.unknown] if question.may_be_unknown else None
        if cells.text_in(unknown):
            if answer is not None:
                self._note(BookProblem.ANSWERED_AND_UNKNOWN, sheet, number, columns.unknown, unknown)
                return answer
            moment = cells.moment_in(unknown)
            if moment is None:
                self._note(BookProblem.MOMENT_UNREADABLE, sheet, number, columns.unknown, unknown)
            return {"unknown_as_of": moment}
        if question.kind is not AnswerKind.YES_NO or question.dates is None:
            return answer
        found: dict[str, object] = {"answer": answer}
        checks = [
            cells.text_in(cell) for cell in row[columns.first_check : columns.first_check + question.dates.rounds]
        ]
        if any(checks):
            found["checked_on"] = [day for day in checks if day]
        target = cells.text_in(row[columns.target]) if question.dates.needs_target else ""
        if target:
            found["target_on"] = target
        return found if any(found.values()) else None

    def _read_grid(self, grid: Grid) -> None:
        if grid.sheet not in self.book.sheetnames:
            self._faults.append(FormFault(BookProblem.SHEET_MISSING, value=shortened(grid.sheet)))
            return
        named = {choice.value for choice in grid.rows}
        found: list[dict[str, object]] = []
        for number, row in self._rows(grid.sheet, layout.FIRST_GRID_ROW, len(grid.columns) + 2):
            key = cells.text_in(row[0])
            said = {
                question.id: answer
                for question, cell in zip(grid.columns, row[2:], strict=True)
                if (answer := cells.answer_in(question, cell, self._offer(question))) is not None
            }
            if not said:
                continue
            if named and key not in named:
                self._note(BookProblem.ROW_WITHOUT_QUESTION, grid.sheet, number, 2, str(next(iter(said.values()))))
                continue
            self._places.setdefault(grid.id, Cellname(grid.sheet, number, letter(3)))
            found.append(({ROW: key} if named else {}) | said)
        if len(found) > MOST_ROWS:
            self._faults.append(FormFault(BookProblem.TOO_MANY_ROWS, grid.sheet, facts={"most": MOST_ROWS}))
        self._places.setdefault(grid.id, Cellname(grid.sheet, layout.FIRST_GRID_ROW + 1, letter(3)))
        self._said[grid.id] = found or None

    def _is_as_before(self, id_: str, value: object, known: Mapping[str, object], where: layout.Layout) -> bool:
        """Whether the cells still say what was written into them: told as a workbook tells it, both are the same."""
        before = known.get(id_)
        grid = next((grid for grid in where.grids if grid.id == id_), None)
        if grid is not None:
            rows, rows_before = self._rows_told(grid, value), self._rows_told(grid, before)
            return len(rows) == len(rows_before) and all(map(_are_alike, rows, rows_before))
        question = next(question for question in where.questions if question.id == id_)
        return _is_alike(self._told(question, value), self._told(question, before))

    def _rows_told(self, grid: Grid, value: object) -> list[dict[str, str | float]]:
        rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
        told: list[dict[str, str | float]] = []
        for row in rows:
            said: dict[str, str | float] = {ROW: str(row.get(ROW, ""))}
            for column in grid.columns:
                cell = self._told(column, row.get(column.id))
                if cell != "":
                    said[column.id] = cell
            told.append(said)
        return [row for row in told if len(row) > 1]

    def _told(self, question: Question, value: object) -> str | float:
        offer = self._offer(question)
        if isinstance(value, Mapping) and "unknown_as_of" in value:
            return f"? {cells.moment_in(str(value['unknown_as_of']))}"
        fields = value if isinstance(value, Mapping) else {"answer": value}
        if question.kind is AnswerKind.YES_NO:
            checked = fields.get("checked_on") or []
            days = checked if isinstance(checked, list) else [checked]
            parts = [cells.cell_of(question, fields.get("answer"), offer), *days, fields.get("target_on") or ""]
            return "|".join(cells.text_in(part) if part is not None else "" for part in parts)
        cell = cells.cell_of(question, value, offer)
        if isinstance(cell, float):
            return cell
        text = cells.text_in(cell)
        return cells.digits(text).strip() if question.kind is AnswerKind.NUMBER else text

    def _offer(self, question: Question) -> Offer:
        if question.id not in self._offers:
            choices = self.plan.instrument.choices_of(question)
            offer = cells.offer_of(question, choices, yes_no=self._yes_no, language=self.language)
            self._offers[question.id] = offer
        return self._offers[question.id]

    def _note(self, reason: BookProblem, sheet: str, row: int, column: int, cell: Cell) -> None:
        if len(self._faults) < layout.MOST_FAULTS:
            told = shortened(cells.text_in(cell))
            self._faults.append(FormFault(reason, sheet, row, letter(column + 1), value=told))


def _is_alike(one: str | float, other: str | float) -> bool:
    """Whether two cells say the same; a spreadsheet keeps fifteen digits of a number."""
    if isinstance(one, str) or isinstance(other, str):
        return str(one) == str(other)
    return math.isclose(one, other, rel_tol=1e-14)


def _are_alike(one: Mapping[str, str | float], other: Mapping[str, str | float]) -> bool:
    return one.keys() == other.keys() and all(_is_alike(one[name], other[name]) for name in one)
