"""What the facility standards of the fee schedule (施設基準) ask of a hospital's security, and from when until when."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sonae.core.assurance.vocabulary import Citation, InTwoLanguages


class Weight(StrEnum):
    """How much a standard asks for."""

    REQUIRED = "required"
    DESIRABLE = "desirable"
    # A transitional clause: whoever had notified before counts as meeting it.
    DEEMED_MET = "deemed_met"
    # Nobody has read the clause itself yet.
    TO_BE_CONFIRMED = "to_be_confirmed"


class Applies(StrEnum):
    """Whether a standard asks something of a hospital that claims the fee."""

    YES = "yes"
    NO = "no"
    # The standard draws a line by beds, and how many there are is not known.
    DEPENDS_ON_BEDS = "depends_on_beds"


class Turn(StrEnum):
    """What becomes of one demand between two situations."""

    BEGINS = "begins"
    ENDS = "ends"
    WEIGHS_OTHERWISE = "weighs_otherwise"
    STAYS = "stays"


class FeesRefusal(StrEnum):
    BEFORE_THE_FIRST_STANDARD = "before_the_first_standard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standard:
    """One demand of one fee in one revision.

    It holds for hospitals with `at_least` licensed beds (許可病床数) and fewer than `below`, both as the clause is
    written; from the first day `since` to the last day `until`, both included.
    """

    id: str
    edition: date
    fee: InTwoLanguages
    tiers: InTwoLanguages
    demand: InTwoLanguages
    control: str
    weight: Weight
    at_least: int
    below: int | None
    since: date
    until: date | None
    quotation: str
    source: Citation

    @property
    def key(self) -> tuple[str, str]:
        """By what a demand is known again in another revision: which measure, and whether it is a way out."""
        return self.control, "way out" if self.weight is Weight.DEEMED_MET else "demand"

    @property
    def draws_a_line(self) -> bool:
        """Whether it asks not of every hospital the same."""
        return self.at_least > 0 or self.below is not None


@dataclass(frozen=True, slots=True)
class Situation:
    """A hospital on a day: its licensed beds, nothing where they are not known."""

    beds: int | None
    on: date


@dataclass(frozen=True, slots=True)
class Change:
    """One demand in two situations; at least one of the two is there."""

    turn: Turn
    before: Standard | None
    after: Standard | None

    @property
    def standard(self) -> Standard:
        """The demand as it stands afterwards, or as it stood where it ends."""
        found = self.after or self.before
        assert found is not None, "a change has a standard on one of its sides"
        return found


@dataclass(frozen=True, slots=True)
class ReportDays:
    """The instrument of the yearly report, and the month and day of each fiscal year from which it is asked for and on
    which it is due."""

    instrument: str
    asked_from: tuple[int, int]
    due_on: tuple[int, int]
