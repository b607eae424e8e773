from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sonae.kernel.events import Event


class Strength(StrEnum):
    """How much stands behind a word, weakest first. The values sort as text, also in the database."""

    DECLARED = "E0"
    DOCUMENTED = "E1"
    REVIEWED = "E2"
    MEASURED = "E3"
    INSPECTED = "E4"
    EXERCISED = "E5"
    PROVEN = "E6"


class Finding(StrEnum):
    """What the evidence says about the control."""

    IN_PLACE = "in_place"
    PARTLY = "partly"
    ABSENT = "absent"


class SourceKind(StrEnum):
    """Who or what speaks."""

    PERSON = "person"
    SURVEY = "survey"
    CHECKLIST = "checklist"
    DUTY = "duty"
    DOCUMENT = "document"
    LEDGER = "ledger"
    TRAINING = "training"
    VENDOR = "vendor"
    ADVISORY = "advisory"
    SENSOR = "sensor"
    INSPECTION = "inspection"
    DRILL = "drill"
    INCIDENT = "incident"


class Standing(StrEnum):
    """How a control stands at an institution, by the strongest evidence that has not expired."""

    IN_PLACE = "in_place"
    PARTLY = "partly"
    ABSENT = "absent"
    EXPIRED = "expired"
    NO_EVIDENCE = "no_evidence"


class Family(StrEnum):
    """The parts of the catalogue, in the order of the ministry's checklist and programme."""

    ORGANISATION = "organisation"
    ASSETS = "assets"
    ACCESS = "access"
    OPERATION = "operation"
    DETECTION = "detection"
    RESPONSE = "response"
    RECOVERY = "recovery"


class AssuranceRefusal(StrEnum):
    UNKNOWN_CONTROL = "unknown_control"
    TOO_STRONG_FOR_SOURCE = "too_strong_for_source"
    INSPECTED_BY_ITSELF = "inspected_by_itself"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    BEGINS_IN_FUTURE = "begins_in_future"
    ALREADY_WITHDRAWN = "already_withdrawn"
    WHY_MISSING = "why_missing"
    KEY_REUSED = "key_reused"


class DataFileProblem(StrEnum):
    """What can be wrong in a file of rules or controls."""

    UNREADABLE = "data_file_unreadable"
    NOT_A_MAPPING = "data_file_not_a_mapping"
    NOT_A_LIST = "data_file_not_a_list"
    FIELD_MISSING = "data_file_field_missing"
    FIELD_UNKNOWN = "data_file_field_unknown"
    FIELD_TWICE = "data_file_field_twice"
    NOT_TEXT = "data_file_not_text"
    NOT_A_DATE = "data_file_not_a_date"
    NOT_A_NUMBER = "data_file_not_a_number"
    NOT_YES_OR_NO = "data_file_not_yes_or_no"
    NOT_A_CHOICE = "data_file_not_a_choice"
    ID_TWICE = "data_file_id_twice"
    HOLES_DIFFER = "data_file_holes_differ"
    OUT_OF_RANGE = "data_file_out_of_range"


@dataclass(frozen=True, slots=True)
class InTwoLanguages:
    """A text of a data file in Japanese and in English."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule comes from, as of when that was read, and whether somebody still has to confirm it (要確認)."""

    title: InTwoLanguages
    as_of: date
    url: str = ""
    unverified: bool = True


@dataclass(frozen=True, slots=True)
class Control:
    """One measure an institution takes, as the catalogue names it."""

    id: str
    family: Family
    title: InTwoLanguages
    expects: InTwoLanguages
    source: Citation
    # How long a word about this control is taken as fresh when nobody says until when; Sonae's own suggestion.
    lasts_days: int


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks and what it rests on. The newest word of one speaker stands; speakers may contradict each other."""

    kind: SourceKind
    reference: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """One piece of evidence as the rules see it. It holds from `since` up to, and not at, `until`."""

    id: UUID
    source: Source
    strength: Strength
    finding: Finding
    since: datetime
    until: datetime | None
    filed_at: datetime
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class ControlState:
    """How one control stands, the evidence that says so, and the live evidence that says otherwise."""

    standing: Standing
    leading: EvidenceFacts | None = None
    contradicting: tuple[EvidenceFacts, ...] = ()
    expires_soon: bool = False

    @property
    def is_contradicted(self) -> bool:
        return bool(self.contradicting)


@dataclass(frozen=True, slots=True)
class SectorCount:
    """How one control stands over many institutions; the standings add up to `institutions`."""

    institutions: int
    by_standing: dict[Standing, int] = field(default_factory=dict)
    contradicted: int = 0
    expires_soon: int = 0


@dataclass(frozen=True, slots=True)
class EvidenceFiled(Event):
    """New evidence about a control of an institution was filed."""

    evidence_id: UUID
    control: str
    institution_id: int
    source: Source
    strength: Strength
    finding: Finding
    since: datetime
    until: datetime | None
    by: UUID | None
    now: datetime


@dataclass(frozen=True, slots=True)
class EvidenceWithdrawn(Event):
    """Evidence about a control of an institution was withdrawn: what rested on it rests on nothing any more."""

    evidence_id: UUID
    control: str
    institution_id: int
    source: Source
    reference: str
    by: UUID | None
    now: datetime
