"""Where in a file something is wrong, and what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sonae.kernel.errors import BadInput, Problem

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


def refused(faults: Iterable[FormFault], *, file: str) -> BadInput:
    """What a person is told: each fault with the file, its row, and where in it."""
    return BadInput(
        Problem(fault.reason, file=file, line=fault.row, field=_field_of(fault), value=fault.value, facts=fault.facts)
        for fault in faults
    )


def _field_of(fault: FormFault) -> str:
    """Where in its row: sheet, column and the word at its top, as far as the file has them."""
    return " ".join(part for part in (fault.sheet, fault.column, fault.header) if part)
