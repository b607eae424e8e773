"""Writing a response as a workbook: what is asked, what is known, and lists to choose from."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sonae.core.instruments.answer_book import cells, layout
from sonae.core.instruments.answer_book.cells import Cell, Offer
from sonae.core.instruments.answer_book.layout import Columns, Grid, Heading, OnPage
from sonae.core.instruments.answer_book.offers import Offers
from sonae.core.instruments.answers import unknown_as_of
from sonae.core.instruments.checks import ROW
from sonae.core.instruments.definition import Choice, Question
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.table_rules import row_note
from sonae.core.instruments.vocabulary import AnswerKind
from sonae.core.instruments.xlsform.sheets import letter
from sonae.core.web import words
from sonae.kernel import calendar

type _Row = Mapping[Any, Any]
_NUMBER_FORMATS = {
    AnswerKind.NUMBER: "General",
    AnswerKind.DATE: "yyyy-mm-dd",
    AnswerKind.MOMENT: "yyyy-mm-dd hh:mm",
    AnswerKind.TICK: "General",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """For which response, in which revision, a workbook is made."""

    response: UUID
    digest: str
    revision: int
    institution: str
    written_at: datetime


def write(
    plan: Plan,
    answers: Mapping[str, object],
    facts: Facts,
    *,
    language: str,
    notes: Callable[[], Mapping[str, Sequence[str]]] = dict,
) -> bytes:
    """The workbook of a response, in one language, with the answers as they stand.

    `notes` gives the sentences that stand beside questions, by their ids; it is asked in the language of the workbook.
    """
    content = io.BytesIO()
    with override(language), xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        Writing(book, plan, answers, facts, language, notes()).run()
    return content.getvalue()


@dataclass(slots=True)
class Writing:
    """One workbook while it is written; `copies` writes what was handed in by the same layout."""

    book: xlsxwriter.Workbook
    plan: Plan
    answers: Mapping[str, object]
    facts: Facts
    language: str
    notes: Mapping[str, Sequence[str]]
    _lists: dict[tuple[str, ...], str] = field(default_factory=dict)
    _formats: dict[tuple[object, ...], Format] = field(default_factory=dict)
    # What was written into the cells of each question, and of each row of a table, as it will be read.
    _known: dict[str, object] = field(default_factory=dict)
    # The rows of each table that a sheet can show.
    _shown: dict[str, list[_Row]] = field(default_factory=dict)
    _offers: Offers = field(init=False)

    def __post_init__(self) -> None:
        self._offers = Offers(self.plan.instrument, self.language)

    def run(self) -> None:
        where = layout.layout_of(self.plan)
        sheet = self.book.add_worksheet(self._main_name())
        for grid in where.grids:
            rows = self._rows_of(grid)
            if rows is not None:
                self._shown[grid.id] = rows
        shown = [(grid, self.book.add_worksheet(grid.sheet)) for grid in where.grids if grid.id in self._shown]
        self._write_main(sheet, where)
        for grid, own in shown:
            self._write_grid(own, grid)
        self._write_lists()
        self._write_facts()

    def _rows_of(self, grid: Grid) -> list[_Row] | None:
        """The rows of a table; None where no sheet can show them: each of those that the form names once, every answer
        in its cell."""
        rows = self.answers.get(grid.id)
        if rows is None:
            return []
        if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
            return None
        names = [str(row.get(ROW)) for row in rows]
        if grid.rows and (len(set(names)) < len(names) or not set(names) <= {choice.value for choice in grid.rows}):
            return None
        by_id = {column.id: column for column in grid.columns}
        fits = all(
            name == ROW or (name in by_id and cells.fits_one_cell(by_id[name], value))
            for row in rows
            for name, value in row.items()
        )
        return rows if fits else None

    def _main_name(self) -> str:
        return _("Answer sheet")

    def _write_main(self, sheet: Worksheet, where: layout.Layout) -> None:
        columns = where.columns
        sheet.write_string(
            0, Columns.NUMBER, self.plan.instrument.title.text(self.language), self._format(bold=True, size=14)
        )
        sheet.write_string(1, Columns.NUMBER, self._lead())
        headers = [_("id"), _("Number"), _("Question"), self._how_header(), _("Answer")]
        headers += [_("Checked on (%(number)d)") % {"number": number + 1} for number in range(columns.checks)]
        headers += [_("Target date")] if columns.has_target else []
        headers += [_("Not known yet, as of")] if columns.has_unknown else []
        for column, text in enumerate(headers):
            sheet.write_string(layout.FIRST_ROW - 1, column, text, self._format(bold=True, shaded=True))
        self._known[layout.HEADERS] = headers
        for row, line in enumerate(where.lines, layout.FIRST_ROW):
            match line:
                case Heading():
                    heading = f"{line.number} {line.words.text(self.language)}".strip()
                    sheet.write_string(row, Columns.NUMBER, heading, self._format(bold=True))
                case Grid() if line.id in self._shown:
                    self._write_note(sheet, row, line, _("On the sheet “%(sheet)s”.") % {"sheet": line.sheet})
                case Question() if cells.fits(line, self.answers.get(line.id)):
                    self._write_question(sheet, row, line, columns)
                case Question() | Grid() | OnPage():
                    self._write_note(sheet, row, line, _("Please answer this on the page."))
        sheet.set_column(Columns.ID, Columns.ID, 4, None, {"hidden": True})
        for first, last, width in ((1, 1, 9), (2, 2, 60), (3, 3, 26), (4, columns.width - 1, 18)):
            sheet.set_column(first, last, width)
        sheet.freeze_panes(layout.FIRST_ROW, Columns.QUESTION)
        self._protect(sheet)

    def _lead(self) -> str:
        told = {"institution": self.facts.institution, "at": words.jst(self.facts.written_at)}
        return _("%(institution)s, as of %(at)s. Please fill in the white cells.") % told

    def _how_header(self) -> str:
        return _("How to answer")

    def _write_note(self, sheet: Worksheet, row: int, line: Question | Grid | OnPage, note: str) -> None:
        sheet.write_string(row, Columns.NUMBER, line.number)
        sheet.write_string(row, Columns.QUESTION, line.words.text(self.language), self._format(wrap=True))
        sheet.write_string(row, Columns.HOW, note, self._format(wrap=True))

    def _write_question(self, sheet: Worksheet, row: int, question: Question, columns: Columns) -> None:
        offer = self._offers.of(question)
        answer = self.answers.get(question.id)
        fields = answer if isinstance(answer, Mapping) else {"answer": answer}
        sheet.write_string(row, Columns.ID, question.id)
        sheet.write_string(row, Columns.NUMBER, question.number)
        sheet.write_string(row, Columns.QUESTION, self._asked(question), self._format(wrap=True))
        how = "\n".join((self._how(question, offer), *self.notes.get(question.id, ())))
        sheet.write_string(row, Columns.HOW, how, self._format(wrap=True))
        unknown = unknown_as_of(answer)
        said = None if unknown else fields.get("answer") if question.kind is AnswerKind.YES_NO else answer
        told: list[Cell] = [None] * (columns.width - Columns.ANSWER)
        told[0] = cells.cell_of(question, said, offer)
        is_open = [True] + [False] * (len(told) - 1)
        if question.dates:
            checked = fields.get("checked_on") or []
            for number, day in enumerate(checked if isinstance(checked, list) else [checked]):
                told[1 + number] = cells.day_in(day)
            is_open[1 : 1 + question.dates.rounds] = [True] * question.dates.rounds
            if question.dates.needs_target:
                told[columns.target - Columns.ANSWER] = cells.day_in(fields.get("target_on"))
                is_open[columns.target - Columns.ANSWER] = True
        if question.may_be_unknown:
            told[columns.unknown - Columns.ANSWER] = (
                unknown.astimezone(calendar.JST).replace(tzinfo=None, microsecond=0, second=0) if unknown else None
            )
            is_open[columns.unknown - Columns.ANSWER] = True
        kinds = [question.kind, *[AnswerKind.DATE] * (len(told) - 1)]
        for number, (cell, opened) in enumerate(zip(told, is_open, strict=True)):
            if opened:
                self._put(sheet, row, Columns.ANSWER + number, cell, kinds[number])
        self._known[question.id] = [cells.kept(cell) for cell in told]
        self._offer_list(sheet, range(row, row + 1), Columns.ANSWER, question)

    def _asked(self, question: Question) -> str:
        parts = (
            question.words.text(self.language),
            question.hint.text(self.language),
            question.guidance.text(self.language),
        )
        return "\n".join(part for part in parts if part) or _("Please name it")

    def _how(self, question: Question, offer: Offer) -> str:
        match question.kind:
            case AnswerKind.MULTIPLE | AnswerKind.RANKING:
                return "\n".join([_("Several, one on each line:"), *offer.shown.values()])
            case AnswerKind.NUMBER if question.bounds and question.bounds.unit:
                return f"{words.of(question.kind)} ({question.bounds.unit.text(self.language)})"
        return words.of(question.kind)

    def _write_grid(self, sheet: Worksheet, grid: Grid) -> None:
        heads = [("", ""), ("", grid.words.text(self.language))]
        heads += [(column.id, column.words.text(self.language) or column.name) for column in grid.columns]
        for column, (id_, text) in enumerate(heads):
            sheet.write_string(0, column, id_)
            sheet.write_string(1, column, text, self._format(bold=True, shaded=True, wrap=True))
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.set_column(0, 0, 4, None, {"hidden": True})
        sheet.set_column(1, len(heads) - 1, 24)
        rows = self._shown[grid.id]
        told: list[tuple[Choice | None, _Row]] = [(None, row) for row in rows]
        if grid.rows:
            named = {row.get(ROW): row for row in rows}
            told = [(choice, named.get(choice.value, {})) for choice in grid.rows]
        kept = []
        for place, (choice, row) in enumerate(told, layout.FIRST_GRID_ROW):
            if choice is not None:
                sheet.write_string(place, 0, choice.value)
                name = choice.words.text(self.language) or choice.value
                sheet.write_string(place, 1, name, self._format(wrap=True))
            shown = [
                cells.cell_of(question, row.get(question.id), self._offers.of(question)) for question in grid.columns
            ]
            for column, (question, cell) in enumerate(zip(grid.columns, shown, strict=True), 2):
                self._put(sheet, place, column, cell, question.kind)
            kept.append([choice.value if choice else None, *map(cells.kept, shown)])
        self._known[grid.id] = kept
        self._write_origins(sheet, grid, [row for _, row in told])
        last = layout.FIRST_GRID_ROW + len(told) - 1 + (0 if grid.rows else layout.SPARE_ROWS)
        for place in range(layout.FIRST_GRID_ROW + len(told), last + 1):
            for column, question in enumerate(grid.columns, 2):
                self._put(sheet, place, column, None, question.kind)
        for column, question in enumerate(grid.columns, 2):
            self._offer_list(sheet, range(layout.FIRST_GRID_ROW, last + 1), column, question)
        sheet.freeze_panes(layout.FIRST_GRID_ROW, 2)
        self._protect(sheet)

    def _write_origins(self, sheet: Worksheet, grid: Grid, told: list[_Row]) -> None:
        """Behind the columns, where rows come from that were taken over; what stands there is not read back."""
        rows = self._shown[grid.id]
        places = [next((at for at, one in enumerate(rows) if one is row), -1) for row in told]
        notes = [self.notes.get(row_note(grid.id, at), ()) for at in places]
        if not any(notes):
            return
        column = len(grid.columns) + 2
        sheet.write_string(1, column, _("Where it comes from"), self._format(bold=True, shaded=True, wrap=True))
        for place, note in enumerate(notes, layout.FIRST_GRID_ROW):
            sheet.write_string(place, column, "\n".join(note), self._format(wrap=True))

    def _offer_list(self, sheet: Worksheet, rows: range, column: int, question: Question) -> None:
        offer = self._offers.of(question)
        if question.kind not in (AnswerKind.YES_NO, AnswerKind.SINGLE) or not offer.shown or not rows:
            return
        texts = tuple(offer.shown.values())
        if texts not in self._lists:
            column_name = letter(len(self._lists) + 1)
            self._lists[texts] = f"='{layout.LISTS}'!${column_name}$1:${column_name}${len(texts)}"
        # Something else is a warning, not a wall: the page says what is wrong with it, and the paste of a whole column
        # is not refused by a spreadsheet that says less.
        rule = {"validate": "list", "source": self._lists[texts], "error_type": "warning"}
        sheet.data_validation(rows[0], column, rows[-1], column, rule)

    def _write_lists(self) -> None:
        sheet = self.book.add_worksheet(layout.LISTS)
        for column, texts in enumerate(self._lists):
            for row, text in enumerate(texts):
                sheet.write_string(row, column, text)
        sheet.very_hidden()

    def _write_facts(self) -> None:
        sheet = self.book.add_worksheet(layout.FACTS)
        told = [
            ("response", str(self.facts.response)),
            ("digest", self.facts.digest),
            ("revision", str(self.facts.revision)),
            ("main", self._main_name()),
            ("language", self.language),
        ]
        for row, (name, value) in enumerate(told):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, value)
        # What was written into each cell: whatever still says the same was not touched, and writes over nothing.
        # ASCII, so that no spreadsheet changes a letter of it.
        known = json.dumps(self._known, ensure_ascii=True, separators=(",", ":"))
        for part, start in enumerate(range(0, max(1, len(known)), layout.FACTS_AT_ONCE)):
            sheet.write_string(len(told) + part, 0, "known")
            sheet.write_string(len(told) + part, 1, known[start : start + layout.FACTS_AT_ONCE])
        sheet.very_hidden()

    def _put(self, sheet: Worksheet, row: int, column: int, cell: Cell, kind: AnswerKind) -> None:
        """An open cell. What is no number, date or moment is text: a spreadsheet would make a day of 1-2."""
        number = _NUMBER_FORMATS.get(kind, "@")
        match cell:
            case None:
                sheet.write_blank(row, column, None, self._format(is_open=True, wrap=True, number=number))
            case bool():
                sheet.write_boolean(row, column, cell, self._format(is_open=True))
            case int() | float():
                sheet.write_number(row, column, cell, self._format(is_open=True, number="General"))
            case datetime():
                sheet.write_datetime(row, column, cell, self._format(is_open=True, number="yyyy-mm-dd hh:mm"))
            case date():
                sheet.write_datetime(row, column, cell, self._format(is_open=True, number="yyyy-mm-dd"))
            case _:
                sheet.write_string(row, column, str(cell), self._format(is_open=True, wrap=True, number=number))

    def _protect(self, sheet: Worksheet) -> None:
        """Without a password: against slips, not against anybody."""
        sheet.protect("", {"format_columns": True, "format_rows": True, "format_cells": True})

    def _format(self, **said: Unpack["Look"]) -> Format:
        key = tuple(sorted(said.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(_format_of(said))
        return self._formats[key]


class Look(TypedDict, total=False):
    """How a cell looks; an open one may be typed into."""

    bold: bool
    wrap: bool
    shaded: bool
    is_open: bool
    size: int
    number: str


def _format_of(said: "Look") -> dict[str, object]:
    found: dict[str, object] = {
        "bold": said.get("bold", False), "text_wrap": said.get("wrap", False), "valign": "top",
        "font_size": said.get("size", 11),
    }  # fmt: skip
    if said.get("shaded"):
        found["bg_color"] = "#E8F1FE"
    if said.get("is_open"):
        found |= {"locked": False, "border": 1}
    if number := said.get("number"):
        found["num_format"] = number
    return found
