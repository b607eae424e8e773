"""What was handed in, as a workbook to keep: the answer workbook without a cell to fill in.

It carries nothing by which it could be taken back, and also what no cell of the answer workbook holds: files by their
names, and rows that no sheet can show.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Unpack

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import override
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sonae.core.instruments.answer_book.cells import Offer
from sonae.core.instruments.answer_book.layout import Columns, Grid, OnPage
from sonae.core.instruments.answer_book.writer import Facts, Look, Writing
from sonae.core.instruments.definition import Question
from sonae.core.instruments.plan import Plan
from sonae.core.web import words

# No spreadsheet takes a longer text into a cell.
LONGEST_CELL = 32_767


@dataclass(frozen=True, slots=True)
class Told:
    """What a copy says besides the answers: its first sheet, each answer in words, and what stands beside it."""

    facts: tuple[tuple[str, str], ...]
    said: Mapping[str, str]
    beside: Mapping[str, str]


def write_copy(plan: Plan, answers: Mapping[str, object], facts: Facts, told: Told, *, language: str) -> bytes:
    """The workbook of what was handed in, in one language; `facts.written_at` is when that was."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with override(language), xlsxwriter.Workbook(content, options) as book:
        book.read_only_recommended()
        _Copying(book, plan, answers, facts, language, {}, told=told).run()
    return content.getvalue()


# Without slots, which would make another class of it than the one that `super` knows.
@dataclass
class _Copying(Writing):
    told: Told = field(kw_only=True)

    def _lead(self) -> str:
        told = {"institution": self.facts.institution, "at": words.jst(self.facts.written_at)}
        return _("%(institution)s, submitted at %(at)s. This is a copy to be read.") % told

    def _how_header(self) -> str:
        return _("Remarks")

    def _how(self, question: Question, offer: Offer) -> str:  # noqa: ARG002 - of what is to be filled in
        return self.told.beside.get(question.id, "")

    def _write_note(self, sheet: Worksheet, row: int, line: Question | Grid | OnPage, note: str) -> None:
        """What no cell holds stands here in words."""
        id_ = line.question if isinstance(line, OnPage) else line.id
        is_shown = id_ in self._shown
        super()._write_note(sheet, row, line, note if is_shown else self.told.beside.get(id_, ""))
        if not is_shown:
            said = self.told.said.get(id_, "")
            sheet.write_string(row, Columns.ANSWER, said[:LONGEST_CELL], self._format(wrap=True))

    def _offer_list(self, sheet: Worksheet, rows: range, column: int, question: Question) -> None:
        """Nothing is chosen in a copy."""

    def _write_lists(self) -> None:
        """Nothing is chosen in a copy."""

    def _write_facts(self) -> None:
        """Instead of what takes a workbook back: what was handed in, by whom and when."""
        sheet = self.book.add_worksheet(_("About this copy"))
        for row, (name, value) in enumerate(_texts(self.told.facts)):
            sheet.write_string(row, 0, name, self._format(bold=True))
            sheet.write_string(row, 1, value, self._format(wrap=True))
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 80)
        self._protect(sheet)

    def _format(self, **said: Unpack[Look]) -> Format:
        """No cell is open."""
        said.pop("is_open", None)
        return super()._format(**said)


def _texts(facts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in facts if value]
