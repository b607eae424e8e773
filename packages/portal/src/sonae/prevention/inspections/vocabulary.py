from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sonae.core.instruments.vocabulary import FindingReason


class RowStanding(StrEnum):
    """How far one row of the self-check is. None of them says whether the answer is a yes or a no."""

    COMPLETE = "complete"
    LACKING = "lacking"
    MAY_STAY_EMPTY = "may_stay_empty"
    NOT_ASKED = "not_asked"


class MinistryProblem(StrEnum):
    """What cannot be read in a workbook of the ministry, or was left out of the draft."""

    HEADER_MISSING = "ministry_header_missing"
    SEVERAL_SHEETS = "ministry_several_sheets"
    YEAR_UNKNOWN = "ministry_year_unknown"
    FORM_UNKNOWN = "ministry_form_unknown"
    NO_ROWS = "ministry_no_rows"
    TOO_MANY_ROWS = "ministry_too_many_rows"
    TEXT_MISSING = "ministry_text_missing"
    NUMBER_MISSING = "ministry_number_missing"
    NUMBER_TWICE = "ministry_number_twice"
    SECTION_UNKNOWN = "ministry_section_unknown"
    TARGET_UNKNOWN = "ministry_target_unknown"
    LEFT_OUT = "ministry_left_out"


class ExportRefusal(StrEnum):
    """Why there is no document about a self-check or a visit."""

    NOT_HANDED_IN = "export_not_handed_in"
    NOTHING_TO_DO = "export_nothing_to_do"
    NOTHING_OPEN = "export_nothing_open"


class SheetStanding(StrEnum):
    """How far the form of one vendor is that works for an institution."""

    NOT_BEGUN = "not_begun"
    NOT_ASKED = "not_asked_yet"
    ASKED = "asked"
    OPENED = "opened"
    OUT_OF_REACH = "out_of_reach"
    RETURNED = "returned"
    HANDED_IN = "handed_in"


@dataclass(frozen=True, slots=True)
class Lack:
    """What one row, or the form as a whole where `question` is empty, still needs; `facts` fill its sentence."""

    question: str
    reason: FindingReason
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowFacts:
    """One row as it was answered; the answer is empty where there is none that the form knows."""

    question: str
    is_asked: bool
    is_answered: bool
    answer: str = ""
    checked_on: tuple[date, ...] = ()
    target_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowReadiness:
    """One row with what it lacks, and with the day by which a no will be a yes, where it names one."""

    question: str
    standing: RowStanding
    answer: str = ""
    checked_on: tuple[date, ...] = ()
    target_on: date | None = None
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a self-check can be shown to an inspector: the rows in the order of the form, and all that is lacking.

    A no with its target date lacks nothing: the programme asks for a plan, not for a yes in every row.
    """

    rows: tuple[RowReadiness, ...]
    lacks: tuple[Lack, ...]

    @property
    def is_ready(self) -> bool:
        return not self.lacks
