from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sonae.kernel.events import Event
from sonae.kernel.open_enum import OpenEnum


class Strength(StrEnum):
    """How much stands behind a word, weakest first. The values sort as text, also in the database.

    One ladder for every control. On the left what it says in general, on the right of a copy of the data:

    E0  somebody says so                                      the hospital says that it makes copies
    E1  a document or a program reports it                    the job reported that it ended well
    E2  the result was looked at: it is there and plausible   a new copy, not empty, of a size to be expected
    E3  a quick check by a tool                               the copy opens and its catalogue can be read
    E4  examined in full, or seen on site                     every byte was read and fits its checksum
    E5  tried on a sample, with the right result              sampled files were restored with equal hashes
    E6  proven under real conditions, against the clock       restored, the application started, a clinician checked
    """

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
    """Who or what speaks, as far as the ground floor knows; other rooms bring their own to `SOURCES`."""

    PERSON = "person"
    DOCUMENT = "document"
    INSPECTION = "inspection"
    PROGRAM = "program"
    DUTY = "duty"
    SENSOR = "sensor"


# Where the facts of evidence keep the days that were named, by their names, as ISO 8601 has them.
KEPT_DAYS = "days"
DAYS = ("done_on", "checked_on")


class Teller(StrEnum):
    """Who files evidence by hand, as seen from the institution it is about."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    PROGRAM = "program"


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


class Openness(StrEnum):
    """Who reads the evidence about a control that Sonae's rooms record: whoever supervises, or its institution alone.

    Own is what comes into being only where something was seen: whoever watched the sector would read who was hit.
    """

    SUPERVISED = "supervised"
    OWN = "own"


class AssuranceRefusal(StrEnum):
    UNKNOWN_CONTROL = "unknown_control"
    TOO_STRONG_FOR_SOURCE = "too_strong_for_source"
    NOT_BY_HAND = "not_by_hand"
    NOT_FOR_THIS_TELLER = "not_for_this_teller"
    TOO_STRONG_FOR_TELLER = "too_strong_for_teller"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    BEGINS_IN_FUTURE = "begins_in_future"
    ALREADY_WITHDRAWN = "already_withdrawn"
    WHY_MISSING = "why_missing"
    SAID_BY_OTHERS = "said_by_others"
    KEY_REUSED = "key_reused"
    SPOKEN_AT_ONCE = "spoken_at_once"
    DOCUMENT_UNKNOWN = "document_unknown"
    DOCUMENT_INFECTED = "document_infected"


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


class CatalogueForm(StrEnum):
    """How the file of a catalogue that others publish is written."""

    OSCAL = "oscal"
    CISO_ASSISTANT = "ciso_assistant"


class CatalogueProblem(StrEnum):
    """What can be wrong in the file of a catalogue that others publish, beside what `DataFileProblem` names."""

    FILE_TOO_LARGE = "catalogue_file_too_large"
    NOT_UTF8 = "catalogue_not_utf8"
    NOT_JSON = "catalogue_not_json"
    NO_NUMBER = "catalogue_no_number"
    TOO_DEEP = "catalogue_too_deep"
    ALIAS = "catalogue_alias"
    SEVERAL_DOCUMENTS = "catalogue_several_documents"
    NAME_NO_TEXT = "catalogue_name_no_text"
    TEXT_TOO_LONG = "catalogue_text_too_long"
    TEXT_UNSOUND = "catalogue_text_unsound"
    NOT_A_MOMENT = "catalogue_not_a_moment"
    NOT_A_CATALOGUE = "catalogue_not_a_catalogue"
    VERSION_UNKNOWN = "catalogue_version_unknown"
    NAME_MALFORMED = "catalogue_name_malformed"
    NAME_TWICE = "catalogue_name_twice"
    PARENT_UNKNOWN = "catalogue_parent_unknown"
    NO_CONTROLS = "catalogue_no_controls"
    TOO_MANY_CONTROLS = "catalogue_too_many_controls"
    TOO_MUCH_TEXT = "catalogue_too_much_text"
    TOO_MANY_PARTS = "catalogue_too_many_parts"


class CatalogueRefusal(StrEnum):
    """Why a catalogue that could be read is not taken in."""

    OLDER_THAN_KNOWN = "catalogue_older_than_known"
    OTHER_FORM = "catalogue_other_form"
    OTHER_CATALOGUE = "catalogue_other_catalogue"
    TAKEN_IN_AT_ONCE = "catalogue_taken_in_at_once"
    DATED_IN_FUTURE = "catalogue_dated_in_future"
    OTHER_PUBLISHER = "catalogue_other_publisher"
    NOT_THE_NEWEST = "catalogue_not_the_newest"


class EntryMove(StrEnum):
    """What became of an entry from one version of a catalogue to the next."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """A control, or a group of controls, of a catalogue that others publish.

    `name` stays the same from version to version; `code` is what people call it; `parent` is the name of the entry
    that it stands under, empty at the top.
    """

    name: str
    code: str
    title: str
    text: str = ""
    guidance: str = ""
    parent: str = ""
    is_group: bool = False
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueContent:
    """What the file of a catalogue holds. `identifier` is the same for every version of it, `rank` grows with each."""

    form: CatalogueForm
    identifier: str
    title: str
    version: str
    rank: str
    dated_on: date | None
    language: str
    publisher: str
    licence: str
    entries: tuple[CatalogueEntry, ...]


@dataclass(frozen=True, slots=True)
class KnownCatalogue:
    """The newest version of a catalogue that was taken in, as the rules see it."""

    identifier: str
    form: CatalogueForm
    title: str
    version: str
    rank: str
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry that differs between two versions, as it was and as it is."""

    move: EntryMove
    before: CatalogueEntry | None
    after: CatalogueEntry | None


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
    edition: date
    openness: Openness
    family: Family
    title: InTwoLanguages
    expects: InTwoLanguages
    source: Citation
    # How long a word about this control is taken as fresh when nobody says until when; Sonae's own suggestion.
    lasts_days: int


@dataclass(frozen=True, slots=True)
class Subject:
    """What evidence can be about: a control of Sonae's own catalogue, or one of a version that others published.

    `words` are kept with evidence about the latter: the version may be taken back, what was said stays readable.
    """

    name: str
    edition: date
    lasts_days: int
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks and what it rests on. The newest word of one speaker stands; speakers may contradict each other."""

    kind: StrEnum  # of SOURCES
    reference: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class StatedDays:
    """The Japanese days that whoever speaks about a control names: on which it was done, and last looked at."""

    done_on: date | None = None
    checked_on: date | None = None

    @property
    def named_day(self) -> date | None:
        """The day that says most: of doing, else of looking."""
        return self.done_on or self.checked_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said about a control of an institution: by whom, how strongly, since when, until when, on what paper.

    Without a key the statement is its own key: the same words said twice are one piece of evidence. `stated` are the
    days that the speaker named, where `since` is only the moment of speaking; None where `since` is that day itself.
    """

    control: str
    institution_id: int
    source: Source
    strength: Strength
    since: datetime
    until: datetime | None = None
    finding: Finding = Finding.IN_PLACE
    document_id: UUID | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    key: str = ""
    stated: StatedDays | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """One piece of evidence as the rules see it. It holds from `since` up to, and not at, `until`.

    `stated` are the days that were named; whoever only said it at a moment named none.
    """

    id: UUID
    source: Source
    strength: Strength
    finding: Finding
    since: datetime
    until: datetime | None
    filed_at: datetime
    is_withdrawn: bool = False
    document_id: UUID | None = None
    stated: StatedDays = StatedDays()


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


# Every kind of source with the strongest word it can give: a room cannot say more than its kind of proof can show.
SOURCES: OpenEnum[Strength] = OpenEnum("source of evidence")
