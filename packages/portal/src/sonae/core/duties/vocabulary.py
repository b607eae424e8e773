from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance.vocabulary import Citation, InTwoLanguages, Strength
from sonae.kernel.calendar import DeadlineRule
from sonae.kernel.events import Event

# The step of a moment that stands in no schedule: the duty opened again or its due moment moved, and its owner is told.
NO_STEP = -1


class DutyState(StrEnum):
    OPEN = "open"
    FULFILLED = "fulfilled"
    WAIVED = "waived"
    SUPERSEDED = "superseded"


class RecipientKind(StrEnum):
    """Who owes a duty."""

    ACCOUNT = "account"
    INSTITUTION = "institution"
    JURISDICTION = "jurisdiction"
    NATION = "nation"
    VENDOR = "vendor"


class DuePeriod(StrEnum):
    """Whether the due moment follows from the moment of knowledge or is named with the duty."""

    BY_RULE = "by_rule"
    GIVEN = "given"


class Openness(StrEnum):
    """Who sees a duty besides whoever owes it."""

    OWN = "own"
    SUPERVISED = "supervised"


class Ending(StrEnum):
    """How a duty is fulfilled."""

    BY_HAND = "by_hand"
    BY_ITSELF = "by_itself"


class Waiving(StrEnum):
    """Whether an officer can lift a duty. One that stands in an act of law cannot be lifted here."""

    POSSIBLE = "possible"
    STATUTORY = "statutory"


class Freshness(StrEnum):
    """Which evidence ends a duty: any that stands now, or only what began after the duty became known."""

    STANDING = "standing"
    SINCE_KNOWN = "since_known"
    SAME_SUBJECT = "same_subject"


class When(StrEnum):
    """At what a moment of a schedule is counted."""

    AT_ONCE = "at_once"
    DAYS_BEFORE_DUE = "days_before_due"
    HOURS_BEFORE_DUE = "hours_before_due"
    DAYS_AFTER_DUE = "days_after_due"
    HOURS_AFTER_DUE = "hours_after_due"


class ReminderKind(StrEnum):
    """Whether the owner is reminded or somebody above is told."""

    REMINDER = "reminder"
    ESCALATION = "escalation"


class ChangeKind(StrEnum):
    """What happened to a duty after it was imposed and before it ended for good."""

    REDATED = "redated"
    REOPENED = "reopened"


class Timing(StrEnum):
    """How a duty lies in time."""

    OVERDUE = "overdue"
    THIS_WEEK = "this_week"
    LATER = "later"


class Circle(StrEnum):
    """Whose duties a list shows."""

    MINE = "mine"
    ALL = "all"


class DutyRefusal(StrEnum):
    ALREADY_ENDED = "already_ended"
    ENDS_BY_ITSELF = "ends_by_itself"
    NOT_YOURS = "not_yours"
    NOTE_MISSING = "note_missing"
    WHY_MISSING = "why_missing"
    STATUTORY_CANNOT_BE_WAIVED = "statutory_cannot_be_waived"
    STATUTORY_CANNOT_BE_REDATED = "statutory_cannot_be_redated"
    NOT_SUPERVISED = "not_supervised"
    DUE_IN_PAST = "due_in_past"
    DUE_UNCHANGED = "due_unchanged"
    IMPOSED_TOO_OFTEN_AT_ONCE = "imposed_too_often_at_once"
    UNKNOWN_RULE = "unknown_rule"
    HOLE_MISSING = "hole_missing"


@dataclass(frozen=True, slots=True)
class ScheduleStep:
    """One moment of a schedule, relative to the due moment; with `role`, somebody above is told at `place`."""

    when: When
    count: int = 0
    role: Role | None = None
    place: PlaceKind | None = None


@dataclass(frozen=True, slots=True)
class EndingEvidence:
    """Evidence that ends a duty by itself: about which control, at least how strong, and from when."""

    control: str
    strength: Strength
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class Link:
    """Where the work is done: the name of a page, with the subject as its argument or without one."""

    url_name: str
    takes_subject: bool = False


@dataclass(frozen=True, slots=True)
class DutyRule:
    """One kind of duty as the catalogue has it. `title` has holes that the duty's facts fill; `short` has none."""

    id: str
    edition: date
    title: InTwoLanguages
    short: InTwoLanguages
    why: InTwoLanguages
    source: Citation
    recipient: RecipientKind
    roles: tuple[Role, ...]
    deadline: DeadlineRule | None
    openness: Openness
    ending: Ending
    waiving: Waiving
    schedule: tuple[ScheduleStep, ...]
    ended_by: tuple[EndingEvidence, ...] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True, order=True)
class ReminderMoment:
    """One moment at which somebody is told about a duty."""

    at: datetime
    kind: ReminderKind
    step: int


@dataclass(frozen=True, slots=True)
class DutyFacts:
    """A duty as the rules see it."""

    rule: str
    state: DutyState
    recipient: str
    subject: str
    subject_id: str
    known_at: datetime
    due_at: datetime
    institution_id: int | None = None
    jurisdiction_id: int | None = None
    vendor_id: int | None = None
    # 1 for the first time that this is owed by this recipient about this subject.
    occurrence: int = 1


@dataclass(frozen=True, slots=True)
class Matter:
    """One of many subjects about each of which a recipient owes the same."""

    subject_id: str
    known_at: datetime
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Summary:
    """What someone owes, in numbers, as of a moment."""

    open: int
    overdue: int
    this_week: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """What one pass over the timers did."""

    duties: int = 0
    reminders: int = 0
    mails: int = 0


@dataclass(frozen=True, slots=True)
class DutyReopened(Event):
    """What a duty was fulfilled by was taken back: it is owed again."""

    duty_id: UUID
    rule: str
    subject: str
    subject_id: str
    institution_id: int | None
    by: UUID | None
    now: datetime
