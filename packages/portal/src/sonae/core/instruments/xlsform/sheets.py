"""A workbook as the reader sees it: sheets of rows of texts, each knowing where it stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import FormProblem


@dataclass(frozen=True, slots=True)
class Header:
    """A word at the top of a column, and the letter of the column."""

    text: str
    column: str


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row that are not empty, by the text of their header."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    headers: tuple[Header, ...]
    rows: tuple[Row, ...]

    def column_of(self, header: str) -> str:
        return next((found.column for found in self.headers if found.text == header), "")


@dataclass(slots=True)
class Faults:
    """Collects everything that is wrong with a file."""

    found: list[FormFault] = field(default_factory=list)

    def note(
        self,
        reason: FormProblem,
        sheet: Sheet | None = None,
        row: int = 0,
        header: str = "",
        value: str = "",
        /,
        **facts: object,
    ) -> None:
        name = sheet.name if sheet else ""
        column = sheet.column_of(header) if sheet else ""
        self.found.append(FormFault(reason, name, row, column, header, shortened(value), facts))


def letter(number: int) -> str:
    """The letter of a column, from 1: A … Z, AA …"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
