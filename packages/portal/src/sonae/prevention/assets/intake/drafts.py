"""What is known of a table before anybody said where its columns go: its first rows, its headers, a proposal."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake import headers, tables
from sonae.prevention.assets.intake.headers import Header, Line
from sonae.prevention.assets.intake.vocabulary import (
    DEFAULT_PRIORITY,
    PLAN_KEPT_FOR,
    FileFormat,
    Identity,
    IntakeRefusal,
    Mapping,
    Newcomers,
)

# Rows that are read for a proposal, and of them those that are shown.
SAMPLED, SHOWN = 60, 8


@dataclass(frozen=True, slots=True)
class Draft:
    """A table at first sight."""

    sheets: tuple[str, ...]
    header: Header
    samples: tuple[Line, ...]
    mapping: Mapping
    source: str
    is_remembered: bool


def expiry(now: datetime) -> datetime:
    """Until when a file waits for the next step."""
    return now + PLAN_KEPT_FOR


def first_lines(path: Path, file_format: FileFormat, *, sheet: str | None, name: str) -> tuple[str, list[Line]]:
    """The sheet that is meant, or the fullest one, and its first rows; raises BadInput where there is no table."""
    sheets = tables.sheets_of(path, file_format, name=name) if sheet is None else [sheet]
    fullest: tuple[str, list[Line]] = ("", [])
    for one in sheets:
        lines = list(islice(tables.rows(path, file_format, sheet=one, name=name), SAMPLED))
        if len(lines) > len(fullest[1]):
            fullest = (one, lines)
        if len(lines) >= SAMPLED:
            break
    if headers.find_header(fullest[1]) is None:
        raise BadInput([Problem(IntakeRefusal.NO_TABLE, name)])
    return fullest


def header_names(path: Path, mapping: Mapping, *, file_format: FileFormat, name: str) -> tuple[str, ...]:
    """What the columns of the sheet of this mapping are called."""
    _sheet, lines = first_lines(path, file_format, sheet=mapping.sheet, name=name)
    found = headers.find_header(lines)
    assert found is not None, "refused above"
    return found.names


def draft(path: Path, file_format: FileFormat, *, sheet: str | None, name: str) -> Draft:
    """A table with what is proposed for it."""
    chosen, lines = first_lines(path, file_format, sheet=sheet, name=name)
    header = headers.find_header(lines)
    assert header is not None, "refused above"
    samples = tuple(line for line in lines if line.number >= header.data_line)
    columns = headers.propose(header.names, samples)
    mapping = Mapping(chosen, header.line, header.data_line, columns)
    sheets = tuple(tables.sheets_of(path, file_format, name=name))
    return Draft(sheets, header, samples, mapping, "", is_remembered=False)


def mapping_from(kept: dict[str, Any]) -> Mapping:
    """A mapping as it was kept with an import."""
    return Mapping(
        sheet=str(kept["sheet"]),
        header_line=int(kept["header_line"]),
        data_line=int(kept["data_line"]),
        columns=tuple(str(one) for one in kept["columns"]),
        priority=tuple(Identity(one) for one in kept.get("priority", DEFAULT_PRIORITY)),
        newcomers=Newcomers(kept.get("newcomers", Newcomers.ADD)),
        default_kind=str(kept.get("default_kind", "pc")),
    )
