"""The map of two editions as a table (CSV, out in UTF-8) that people fill in, and back in UTF-8 or cp932."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sonae.core.instruments.vocabulary import Comparison, FormProblem, MapRefusal
from sonae.core.web import sheets
from sonae.core.web.sheets import Cell
from sonae.kernel.errors import BadInput, Problem

MOST_BYTES = 1_000_000
COLUMNS = ("became", "question", "comparison", "why_ja", "why_en")
# For people; nobody reads them back.
TOLD = ("text_now", "text_before", "basis")
# For Sonae: which word of a person stood there when the table was downloaded (`Pair.seen`).
SEEN = "seen"
_FIELDS: dict[StrEnum, str] = {MapRefusal.QUESTION_MISSING: "question", MapRefusal.WHY_MISSING: "why_ja"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line that says something; `number` is the line of the file on which it begins, from 1 with the headings."""

    number: int
    said: dict[str, Any]


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """The table with its headings, as every table leaves here: readable for Excel, with nothing that it would run."""
    lines: list[list[Cell]] = [[*row] for row in rows]
    return "".join(sheets.csv_lines([*COLUMNS, *TOLD, SEEN], lines)).encode()


def read(content: bytes, *, file_name: str) -> list[Line]:
    """The lines that say how a question compares; raises BadInput with every problem that the table has by itself."""
    if len(content) > MOST_BYTES:
        facts = {"most": MOST_BYTES // 1_000_000}
        raise BadInput([Problem(FormProblem.FILE_TOO_LARGE, file=file_name, facts=facts)])
    try:
        headings, rows = _rows(_text(content))
    except (UnicodeDecodeError, csv.Error):
        headings, rows = frozenset(), []
    if not set(COLUMNS) <= headings:
        raise BadInput([Problem(MapRefusal.NOT_A_MAP, file=file_name)])
    problems: list[Problem] = []
    lines = [line for number, row in rows if (line := _line(number, row, file_name, problems)) is not None]
    problems += _twice(lines, file_name)
    if not lines and not problems:
        problems.append(Problem(MapRefusal.NOTHING_SAID, file=file_name))
    if problems:
        raise BadInput(problems)
    return lines


def _text(content: bytes) -> str:
    """As it was handed out, or as a Japanese Excel keeps it when it is told to keep a CSV."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp932")


def _rows(text: str) -> tuple[frozenset[str], list[tuple[int, dict[str, Any]]]]:
    """The headings, and each row with the line of the file on which it begins."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    headings = frozenset(reader.fieldnames or ())
    rows = []
    for row in reader:
        # Blank lines are passed over, and a text may stand on several lines: the row ends where the reader is now.
        breaks = sum(str(cell).count("\n") for cell in row.values() if isinstance(cell, str))
        rows.append((reader.line_num - breaks, row))
    return headings, rows


def field_of(reason: StrEnum) -> str:
    """The heading below which stands what a refusal is about."""
    return _FIELDS.get(reason, "")


def _line(number: int, row: dict[str, Any], file_name: str, problems: list[Problem]) -> Line | None:
    said = {name: sheets.unguarded(str(row.get(name) or "").strip()) for name in (*COLUMNS, SEEN)}
    if not said["comparison"]:
        return None
    if said["comparison"] not in set(Comparison):
        facts = {"choices": ", ".join(Comparison)}
        told = said["comparison"][:200]
        problems.append(Problem(MapRefusal.COMPARISON_UNKNOWN, file_name, number, "comparison", told, facts))
        return None
    return Line(number, said | {"comparison": Comparison(said["comparison"])})


def _twice(lines: Iterable[Line], file_name: str) -> list[Problem]:
    seen: set[str] = set()
    found = []
    for line in lines:
        became = line.said["became"]
        if became in seen:
            found.append(Problem(MapRefusal.TWICE, file_name, line.number, "became", became[:200]))
        seen.add(became)
    return found
