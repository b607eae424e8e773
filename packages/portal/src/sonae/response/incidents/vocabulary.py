from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sonae.kernel.events import Event
from sonae.prevention.sharing.vocabulary import IndicatorKind


class Phase(StrEnum):
    """The main phase of an incident."""

    SUSPECTED = "suspected"
    ACTIVE = "active"
    CONTAINED = "contained"
    RECOVERING = "recovering"
    RESTORED = "restored"
    REVIEW = "review"
    CLOSED = "closed"
    NOT_INCIDENT = "not_incident"
    DUPLICATE = "duplicate"


class TimeKind(StrEnum):
    """The moments of an incident that matter to law and to medicine."""

    OCCURRED = "occurred"
    NOTICED = "noticed"
    KNOWN = "known"
    CALLED_IN = "called_in"
    REGISTERED = "registered"


class Precision(StrEnum):
    """How exactly a moment is known."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    UNKNOWN = "unknown"


class TimeSource(StrEnum):
    """Where the knowledge of a moment comes from."""

    REPORTER = "reporter"
    LOG = "log"
    ASSUMED = "assumed"
    SYSTEM = "system"


class AffectedSystem(StrEnum):
    """What has stopped or behaves strangely, in the words of a ward."""

    CHARTS = "charts"
    ORDERS = "orders"
    IMAGING = "imaging"
    LABORATORY = "laboratory"
    PHARMACY = "pharmacy"
    BILLING = "billing"
    RECEPTION = "reception"
    WARD_DEVICES = "ward_devices"
    MEALS = "meals"
    MAIL = "mail"
    NETWORK = "network"
    BACKUP = "backup"
    OTHER = "other"


class CareImpact(StrEnum):
    """What it does to patients, the lightest first."""

    UNKNOWN = "unknown"
    NONE = "none"
    DELAYED = "delayed"
    LIMITED = "limited"
    EMERGENCY_CLOSED = "emergency_closed"
    STOPPED = "stopped"


class Leak(StrEnum):
    """Whether data left the institution. Not knowing is an answer, and the first one."""

    UNKNOWN = "unknown"
    FEARED = "feared"
    CONFIRMED = "confirmed"
    RULED_OUT = "ruled_out"


class Severity(StrEnum):
    """How grave an incident is, from what it does to patients."""

    OPEN = "open"
    LOW = "low"
    SERIOUS = "serious"
    GRAVE = "grave"


class Field(StrEnum):
    """What can be stated of an incident. Each statement stands with its moment; a later one does not erase it."""

    SEEN = "seen"
    SYSTEMS = "systems"
    CARE = "care"
    LEAK = "leak"
    MEASURES = "measures"
    PHONE = "phone"


class StepAnswer(StrEnum):
    DONE = "done"
    NOT_POSSIBLE = "not_possible"
    NOT_APPLICABLE = "not_applicable"


class EntryKind(StrEnum):
    """What a line of the timeline tells."""

    REPORTED = "reported"
    PHASE = "phase"
    STATED = "stated"
    TIME = "time"
    STEP = "step"
    INDICATORS = "indicators"
    NOTE = "note"


class IndicatorOrigin(StrEnum):
    TYPED = "typed"
    EXTRACTED = "extracted"


class Concerned(StrEnum):
    """Who is told of a report."""

    MINISTRY = "ministry"
    INSPECTING_BODY = "inspecting_body"
    RESPONDERS = "responders"
    ANALYSTS = "analysts"
    INSTITUTION = "institution"


class IncidentRefusal(StrEnum):
    NO_SUCH_TRANSITION = "no_such_transition"
    REASON_MISSING = "reason_missing"
    STEPS_UNANSWERED = "steps_unanswered"
    DUTY_OPEN = "duty_open"
    LEAK_UNKNOWN = "leak_unknown"
    KEPT_CASE_MISSING = "kept_case_missing"
    NOTICED_IN_FUTURE = "noticed_in_future"
    NOTICED_TOO_LONG_AGO = "noticed_too_long_ago"
    SEEN_MISSING = "seen_missing"
    PHONE_MISSING = "phone_missing"
    INCIDENT_ENDED = "incident_ended"
    NOTHING_CHOSEN = "nothing_chosen"
    UNKNOWN_STEP = "unknown_step"
    VALUE_NOT_FITTING = "value_not_fitting"


@dataclass(frozen=True, slots=True)
class Report:
    """The six fields in which an incident comes in. Everything else can wait; `noticed_at` None: nobody knows yet."""

    institution_id: int
    seen: str
    phone: str
    noticed_at: datetime | None = None
    systems: frozenset[AffectedSystem] = frozenset()
    care: CareImpact = CareImpact.UNKNOWN
    measures: str = ""


@dataclass(frozen=True, slots=True)
class IncidentFacts:
    """An incident as the rules see it."""

    phase: Phase
    leak: Leak
    open_duties: int = 0
    unanswered_steps: int = 0


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from a phase to the next."""

    before: Phase
    after: Phase
    needs_reason: bool = False


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of the first things to do, in the order of the ministry's template."""

    id: str
    title_ja: str
    title_en: str
    how_ja: str
    how_en: str
    is_containment: bool


@dataclass(frozen=True, slots=True)
class Attached:
    """An indicator that a person attaches to an incident."""

    kind: IndicatorKind
    value: str
    origin: IndicatorOrigin = IndicatorOrigin.TYPED
    context: str = ""


@dataclass(frozen=True, slots=True)
class IncidentReported(Event):
    """An institution has reported an incident, of which it has known since a moment."""

    incident_id: UUID
    institution_id: int
    is_drill: bool
    number: str
    known_at: datetime
    by: UUID | None
    now: datetime


@dataclass(frozen=True, slots=True)
class IncidentMoved(Event):
    """An incident has entered another phase."""

    incident_id: UUID
    institution_id: int
    before: Phase
    after: Phase
    is_drill: bool
    by: UUID | None
    now: datetime
