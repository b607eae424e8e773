"""Where each answer of a form stands in its workbook: what writer and reader agree on."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from sonae.core.instruments.definition import Choice, Item, Question, Section, Words
from sonae.core.instruments.outline import is_asked
from sonae.core.instruments.plan import Plan, other_of
from sonae.core.instruments.vocabulary import AnswerKind

# The sheet that says for which response a workbook was made; a person never sees it.
FACTS = "_sonae"
LISTS = "_lists"
# The first rows hold the title and the headers.
FIRST_ROW = 3
FIRST_GRID_ROW = 2
MOST_FAULTS = 500
# A form has 10,000 questions at most, and the facts of a response a few hundred rows.
LAST_ROW = 12_000
# Rows that may be added to a table; where the headers of the first sheet are kept; how much a cell of facts holds.
SPARE_ROWS = 300
HEADERS = ""
FACTS_AT_ONCE = 30_000
# Letters that no spreadsheet takes in the name of a sheet, and how long one may be.
_NO_SHEET_NAME = str.maketrans("", "", "[]:*?/\\'")
_LONGEST_SHEET_NAME = 31


@dataclass(frozen=True, slots=True)
class Grid:
    """A table or a section that repeats: a sheet of its own, one row for each of its rows."""

    id: str
    sheet: str
    number: str
    words: Words
    columns: tuple[Question, ...]
    # The rows that the form names; without them the respondent adds as many as there are.
    rows: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    number: str
    words: Words


@dataclass(frozen=True, slots=True)
class OnPage:
    """A question whose answer no sheet can hold."""

    question: str
    number: str
    words: Words


type Line = Question | Grid | Heading | OnPage


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of the first sheet from the left, counted from 0; one that no question needs leaves no gap."""

    checks: int
    has_target: bool
    has_unknown: bool

    ID, NUMBER, QUESTION, HOW, ANSWER = range(5)

    @property
    def first_check(self) -> int:
        return self.ANSWER + 1

    @property
    def target(self) -> int:
        return self.first_check + self.checks

    @property
    def unknown(self) -> int:
        return self.target + self.has_target

    @property
    def width(self) -> int:
        return self.unknown + self.has_unknown


@dataclass(frozen=True, slots=True)
class Layout:
    lines: tuple[Line, ...]
    columns: Columns

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(line for line in self.lines if isinstance(line, Question))

    @property
    def grids(self) -> tuple[Grid, ...]:
        return tuple(line for line in self.lines if isinstance(line, Grid))


def layout_of(plan: Plan) -> Layout:
    """Every question of the form in its order, each once."""
    lines = tuple(_lines(plan.instrument.items, numbers=itertools.count(1)))
    asked = [line for line in lines if isinstance(line, Question)]
    dated = [question.dates for question in asked if question.dates]
    columns = Columns(
        checks=max((dates.rounds for dates in dated), default=0),
        has_target=any(dates.needs_target for dates in dated),
        has_unknown=any(question.may_be_unknown for question in asked),
    )
    return Layout(lines, columns)


def _lines(items: tuple[Item, ...], *, numbers: Iterator[int]) -> Iterator[Line]:
    for item in items:
        if isinstance(item, Section):
            yield from _lines_of_section(item, numbers)
        elif item.table is not None:
            yield _grid_or_page(item, item.table.columns, item.table.rows, numbers)
        elif item.kind is AnswerKind.FILE:
            yield OnPage(item.id, item.number, item.words)
        elif is_asked(item):
            yield item
            if item.has_other:
                yield other_of(item)


def _lines_of_section(section: Section, numbers: Iterator[int]) -> Iterator[Line]:
    if not section.is_repeat:
        if section.words or section.number:
            yield Heading(section.number, section.words)
        yield from _lines(section.items, numbers=numbers)
        return
    columns = tuple(item for item in section.items if isinstance(item, Question) and is_asked(item))
    if len(columns) < len(section.items):
        yield OnPage(section.id, section.number, section.words)
    else:
        yield _grid_or_page(section, columns, (), numbers)


def _grid_or_page(
    item: Item, columns: tuple[Question, ...], rows: tuple[Choice, ...], numbers: Iterator[int]
) -> Grid | OnPage:
    """A sheet where each answer of a row fits into one cell."""
    fits = all(is_asked(column) and _is_one_cell(column) for column in columns)
    if not fits:
        return OnPage(item.id, item.number, item.words)
    sheet = f"{next(numbers)} {_sheet_name(item)}"[:_LONGEST_SHEET_NAME].strip()
    return Grid(item.id, sheet, item.number, item.words, columns, rows)


def _sheet_name(item: Item) -> str:
    words = item.number or item.words.text("ja") or item.name
    return " ".join(words.translate(_NO_SHEET_NAME).split())


def _is_one_cell(question: Question) -> bool:
    is_simple = question.table is None and question.dates is None
    return is_simple and not question.has_other and not question.may_be_unknown
