"""The words of the national survey: a campaign, whom it asks, how far each has come, and what the follow-up found."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.kernel.events import Event

# A response belongs to the campaign whose id stands behind this in its occasion.
OCCASION = "survey:"


class CampaignState(StrEnum):
    """Where a campaign stands. While it is OPENING, whom it asks is written down; from OPEN on it is frozen."""

    DRAFT = "draft"
    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Band(StrEnum):
    """Licensed beds in the classes of the published survey, what lies below, and what the register does not say."""

    BEDS_0_19 = "0-19"
    BEDS_20_99 = "20-99"
    BEDS_100_199 = "100-199"
    BEDS_200_299 = "200-299"
    BEDS_300_399 = "300-399"
    BEDS_400_499 = "400-499"
    BEDS_500_UP = "500+"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """How far an asked institution has come: each stands in exactly one."""

    ASKED = "asked"
    OPENED = "opened"
    DRAFT = "draft"
    RETURNED = "returned"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"


class Dimension(StrEnum):
    """By what progress is told apart, as the register had it on the reference date."""

    BAND = "band"
    PREFECTURE = "prefecture"
    KIND = "kind"


class Channel(StrEnum):
    """By which way an institution gave the answers that somebody else entered for it."""

    TELEPHONE = "telephone"
    PAPER = "paper"
    MAIL = "mail"
    VISIT = "visit"


class CallOutcome(StrEnum):
    """What came of a call of the follow-up."""

    WILL_ANSWER = "will_answer"
    ANSWERED_BY_TELEPHONE = "answered_by_telephone"
    NEEDS_HELP = "needs_help"
    NEEDS_TIME = "needs_time"
    DECLINES = "declines"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    HAS_CLOSED = "has_closed"


class Excuse(StrEnum):
    """Why no answer is expected any more. The institution stays in the denominator."""

    HAS_CLOSED = "has_closed"
    MERGED = "merged"
    CANNOT = "cannot"


class Drift(StrEnum):
    """How the register of today differs from what it said of an asked institution on the reference date."""

    VANISHED = "vanished"
    BEDS = "beds"
    KIND = "kind"
    PREFECTURE = "prefecture"


class SurveyRefusal(StrEnum):
    NOT_A_DRAFT = "survey_not_a_draft"
    NOT_OPENING = "survey_not_opening"
    NOT_OPEN = "survey_not_open"
    TITLE_MISSING = "survey_title_missing"
    BEDS_REVERSED = "survey_beds_reversed"
    WINDOW_REVERSED = "survey_window_reversed"
    CLOSES_IN_PAST = "survey_closes_in_past"
    REFERENCE_IN_FUTURE = "survey_reference_in_future"
    NOBODY_ASKED = "survey_nobody_asked"
    EDITION_IS_OTHERS = "survey_edition_is_others"
    EDITION_REPLACED = "survey_edition_replaced"
    CHANGED_MEANWHILE = "survey_changed_meanwhile"
    NOT_OPEN_YET = "survey_not_open_yet"
    NOT_ASKED = "survey_not_asked"
    IS_OVER = "survey_is_over"
    IS_EXCUSED = "survey_is_excused"
    NOT_EXCUSED = "survey_not_excused"
    ANSWERED_ALREADY = "survey_answered_already"
    REASON_MISSING = "survey_reason_missing"
    NOT_LATER = "survey_not_later"
    EXTENSIONS_RUN = "survey_extensions_run"
    INVITING = "survey_inviting"
    REMINDER_OUTSIDE = "survey_reminder_outside"
    REMINDER_TWICE = "survey_reminder_twice"
    REMINDER_BEGUN = "survey_reminder_begun"
    INFORMANT_MISSING = "survey_informant_missing"
    INSTITUTION_ANSWERS = "survey_institution_answers"
    CALL_IN_FUTURE = "survey_call_in_future"
    NEXT_CALL_PAST = "survey_next_call_past"
    NOBODY_TO_EXTEND = "survey_nobody_to_extend"
    EXTENDING_ALREADY = "survey_extending_already"
    NOT_EXTENDING = "survey_not_extending"


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers of licensed beds from `least` on, itself included, and below `below`, itself excluded; None is open."""

    least: int = 0
    below: int | None = None


@dataclass(frozen=True, slots=True)
class PopulationRule:
    """Whom a campaign asks, by what the register says on the reference date. An empty set says nothing.

    With an interval, institutions of which the register does not say the beds are not asked.
    """

    kinds: frozenset[InstitutionKind] = frozenset({InstitutionKind.HOSPITAL})
    beds: Interval | None = None
    prefectures: frozenset[Prefecture] = frozenset()
    population: Population = Population.REAL


@dataclass(frozen=True, slots=True)
class Then:
    """What the register said of an institution on a day."""

    kind: InstitutionKind
    prefecture: Prefecture
    licensed_beds: int | None
    population: Population = Population.REAL
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """What an officer decides about a campaign before it opens.

    The window is half-open: answers are on time from `opens_at` on and before `closes_at`.
    """

    title_ja: str
    title_en: str
    edition_id: UUID
    fiscal_year: int
    reference_on: date
    rule: PopulationRule
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the asked institutions of one place or class have come, in numbers of institutions.

    `opened` counts all who looked at the survey or went further; the other stages exclude each other.
    """

    asked: int = 0
    opened: int = 0
    draft: int = 0
    returned: int = 0
    submitted: int = 0
    accepted: int = 0
    excused: int = 0

    @property
    def answered(self) -> int:
        """Those whose answers the ministry has: submitted or accepted."""
        return self.submitted + self.accepted

    @property
    def outstanding(self) -> int:
        return self.asked - self.answered


@dataclass(frozen=True, slots=True)
class CampaignOpening(Event):
    """Whom a campaign asks is to be written down, piece by piece."""

    campaign_id: UUID


@dataclass(frozen=True, slots=True)
class CampaignOpened(Event):
    """Whom a campaign asks is frozen; they are told as soon as this transaction stands."""

    campaign_id: UUID


@dataclass(frozen=True, slots=True)
class CampaignExtending(Event):
    """Many institutions of a campaign are to get more time, piece by piece."""

    extension_id: int
