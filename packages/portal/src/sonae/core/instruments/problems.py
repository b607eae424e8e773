"""Where in a file something is wrong, and what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class FormFault:
    """One thing wrong in a file that holds an instrument.

    In a workbook `sheet` names the sheet, `row` counts from 1 as the program that shows it does, `column` is its letter
    and `header` the word at its top; in YAML `row` is the line and `header` the path of the field. `value` is what
    stands there, shortened to 200 characters; `reason` is a member of FormProblem, ExpressionFault, DefinitionProblem,
    DataFileProblem or of `documents.FileRefusal`.
    """

    reason: StrEnum
    sheet: str = ""
    row: int = 0
    column: str = ""
    header: str = ""
    value: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = (self.sheet, f"{self.column}{self.row or ''}", self.header, str(self.reason))
        return ": ".join(part for part in parts if part)


def shortened(value: str) -> str:
    return value[:_SHOWN]
