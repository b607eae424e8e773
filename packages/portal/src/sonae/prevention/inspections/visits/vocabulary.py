from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class VisitState(StrEnum):
    """Where a visit stands. Whatever is not closed or cancelled is still ahead or going on."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    UNDER_WAY = "under_way"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class TurnKind(StrEnum):
    """What happened to a visit."""

    PLANNED = "planned"
    ARRANGED = "arranged"
    ANNOUNCED = "announced"
    MOVED = "moved"
    STARTED = "started"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Observation(StrEnum):
    """What an inspector saw of one row; the first three say the same as evidence does of a control."""

    IN_PLACE = "in_place"
    PARTLY = "partly"
    ABSENT = "absent"
    NOT_APPLICABLE = "not_applicable"
    # Nobody looked; the note says why.
    NOT_SEEN = "not_seen"


class EntryOutcome(StrEnum):
    """What became of one entry that a tablet or a form sent."""

    KEPT = "kept"
    # It said what stood there already.
    SAME = "same"
    # Somebody else had written meanwhile: both stay until somebody chooses.
    CONFLICT = "conflict"


class Take(StrEnum):
    """Which side of a conflict counts from now on."""

    MINE = "mine"
    THEIRS = "theirs"


class Settlement(StrEnum):
    """How a conflict ended: by a choice, or because its own side wrote something newer."""

    MINE = "mine"
    THEIRS = "theirs"
    REPLACED = "replaced"


class Side(StrEnum):
    """Who signs."""

    INSPECTOR = "inspector"
    INSTITUTION = "institution"


class CorrectionState(StrEnum):
    """Where a correction stands; the duty of the institution is open while it is with the institution."""

    OPEN = "open"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


class CorrectionTurnKind(StrEnum):
    ASKED = "asked"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


class PlanReason(StrEnum):
    """Why an institution stands where it does in the order of the plan."""

    NEVER_VISITED = "never_visited"
    VISIT_IS_DUE = "visit_is_due"
    CORRECTIONS_OPEN = "corrections_open"
    NO_SELF_CHECK = "no_self_check"
    DUTIES_OVERDUE = "duties_overdue"
    EVIDENCE_EXPIRED = "evidence_expired"


class OnPlan(StrEnum):
    """Whether an institution is on the plan of a year."""

    NOT_YET = "not_yet"
    PLANNED = "planned"
    VISITED = "visited"


class VisitPurpose(StrEnum):
    """What files of this room are kept for."""

    PHOTO = "visit_photo"
    CORRECTION = "correction"


class VisitRefusal(StrEnum):
    ON_THE_PLAN_ALREADY = "on_the_plan_already"
    YEAR_OUTSIDE = "year_outside"
    NO_FORM = "no_form"
    NOT_AHEAD = "not_ahead"
    NOT_OPEN = "not_open"
    IS_CLOSED = "is_closed"
    DATE_MISSING = "date_missing"
    DATE_OUTSIDE_YEAR = "date_outside_year"
    YEAR_NOT_BEGUN = "year_not_begun"
    YEAR_OVER = "year_over"
    DATE_PAST = "date_past"
    SAME_DATE = "same_date"
    TEAM_MISSING = "team_missing"
    TEAM_UNKNOWN = "team_unknown"
    REASON_MISSING = "reason_missing"
    NOBODY_TO_TELL = "nobody_to_tell"
    CHANGED_MEANWHILE = "changed_meanwhile"
    DECIDED_OTHERWISE = "decided_otherwise"
    BODY_UNREADABLE = "body_unreadable"
    # Of one entry.
    UNKNOWN_ITEM = "unknown_item"
    UNKNOWN_VALUE = "unknown_value"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_UNSOUND = "text_unsound"
    DUE_UNREADABLE = "due_unreadable"
    REVISION_UNKNOWN = "revision_unknown"
    ENTRY_ID_REUSED = "entry_id_reused"
    # Of closing; all that apply are told at once.
    ROW_NOT_OBSERVED = "row_not_observed"
    WHY_NOT_SEEN_MISSING = "why_not_seen_missing"
    WHY_NOT_APPLICABLE_MISSING = "why_not_applicable_missing"
    FINDING_MISSING = "finding_missing"
    UNMET_WITHOUT_FINDING = "unmet_without_finding"
    UNMET_WITHOUT_ADVICE = "unmet_without_advice"
    DUE_NOT_AFTER_VISIT = "due_not_after_visit"
    DUE_PAST_AT_CLOSING = "due_past_at_closing"
    FOUND_WHERE_NOT_ASKED = "found_where_not_asked"
    CONFLICT_OPEN = "conflict_open"
    SIGNATURE_MISSING = "signature_missing"
    # Of signing and photos.
    SIGNED_ALREADY = "signed_already"
    OTHER_REVISION_SIGNED = "other_revision_signed"
    NAME_MISSING = "name_missing"
    NAME_UNSOUND = "name_unsound"
    STROKES_UNREADABLE = "strokes_unreadable"
    TOO_MANY_PHOTOS = "too_many_photos"
    # Of a correction.
    NOT_WITH_INSTITUTION = "not_with_institution"
    NOT_WITH_INSPECTOR = "not_with_inspector"
    ANSWER_MISSING = "answer_missing"
    DUE_PAST = "due_past"


@dataclass(frozen=True, slots=True)
class Written:
    """What is said about one row: what was seen, a note, a finding, an advice, and until when it is to be mended."""

    value: str = ""  # Observation, or empty: not chosen yet
    note: str = ""
    finding: str = ""
    advice: str = ""
    due_on: date | None = None

    @property
    def is_blank(self) -> bool:
        return self == Written()


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody wrote about a row, as it came: which revision of the row its writer had in view."""

    id: UUID
    item: str
    written: Written
    seen_revision: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Head:
    """A row as it stands: its revision (0: nobody wrote yet), what it says, and how far its own device had written
    without anybody in between (`alone_since`: the last revision that somebody else made)."""

    revision: int = 0
    written: Written = field(default_factory=Written)
    alone_since: int = 0


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """One entry of a batch that was not taken; the others were."""

    entry: UUID
    item: str
    reason: VisitRefusal
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowStands:
    """A row as the rules of closing see it."""

    item: str
    label: str
    is_asked: bool
    written: Written
    # A row about a measure; a gate only says which other rows are asked, and nothing is to be mended about it.
    is_measure: bool = True


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """A visit as the rules see it."""

    state: VisitState
    fiscal_year: int
    on: date | None
    has_team: bool
    has_records: bool = False


@dataclass(frozen=True, slots=True)
class ClosingFacts:
    """All on which closing rests."""

    state: VisitState
    on: date | None
    today: date
    rows: tuple[RowStands, ...]
    open_conflicts: int
    signed: frozenset[Side]


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is known of an institution when the order of the plan is made."""

    visit_every_years: int
    last_visit_on: date | None = None
    has_self_check: bool = False
    duties_overdue: int = 0
    evidence_expired: int = 0
    corrections_open: int = 0


@dataclass(frozen=True, slots=True)
class Priority:
    """The place in the order, highest first, and each reason with the points that it gives."""

    points: int
    reasons: tuple[tuple[PlanReason, int], ...]
