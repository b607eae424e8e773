"""The map of two editions as a table (CSV, UTF-8) that people fill in, and back."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sonae.core.instruments.vocabulary import Comparison, FormProblem, MapRefusal
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
    """One line that says something; `number` counts from 1 with the headings."""

    number: int
    said: dict[str, Any]


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """The table with its headings, and the mark that Excel needs to read Japanese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([(*COLUMNS, *TOLD, SEEN), *rows])
    return text.getvalue().encode("utf-8-sig")


def read(content: bytes, *, file_name: str) -> list[Line]:
    """The lines that say how a question compares; raises BadInput with every problem that the table has by itself."""
    if len(content) > MOST_BYTES:
        facts = {"most": MOST_BYTES // 1_000_000}
        raise BadInput([Problem(FormProblem.FILE_TOO_LARGE, file=file_name, facts=facts)])
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    if not rows or not set(COLUMNS) <= rows[0].keys():
        raise BadInput([Problem(MapRefusal.NOT_A_MAP, file=file_name)])
    problems: list[Problem] = []
    lines = [
        line for number, row in enumerate(rows, 2) if (line := _line(number, row, file_name, problems)) is not None
    ]
    problems += _twice(lines, file_name)
    if problems:
        raise BadInput(problems)
    return lines


def field_of(reason: StrEnum) -> str:
    """The heading below which stands what a refusal is about."""
    return _FIELDS.get(reason, "")


def _line(number: int, row: dict[str, Any], file_name: str, problems: list[Problem]) -> Line | None:
    said = {name: str(row.get(name) or "").strip() for name in (*COLUMNS, SEEN)}
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
