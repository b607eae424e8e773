"""What an advisory says, in words of no publisher: who, about which products, in which versions; and what was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Format(StrEnum):
    """The formats in which the world publishes; each has its reader."""

    CSAF = "csaf"  # CSAF 2.0 and 2.1 (OASIS)
    OKA = "myjvn-oka"  # MyJVN API 4.0: CSAF 2.1 in a dialect of its own, with `jvn_extension`
    VULDEF = "myjvn-hnd"  # MyJVN API 3.2: getVulnDetailInfo, and the yearly files
    JVNRSS = "jvnrss"  # getVulnOverviewList and the RSS of JVN iPedia
    NVD_2_0 = "nvd-2.0"
    NVD_1_1 = "nvd-1.1"
    CVE_5 = "cve-5"
    OSV = "osv"
    KEV = "kev"
    EPSS = "epss"


# Formats that name an advisory and its products without the versions: they never take the place of one that does.
OVERVIEWS = frozenset({Format.JVNRSS})
# Formats that say something of vulnerabilities, not of products.
MARKS = frozenset({Format.KEV, Format.EPSS})


class ProductStatus(StrEnum):
    """How a product stands to the vulnerabilities of an advisory (CSAF 2.0, 3.2.3.9, in four words)."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"


class FaultReason(StrEnum):
    """What is wrong in a document that is taken in nevertheless."""

    FIELD_MISSING = "field_missing"
    WRONG_TYPE = "wrong_type"
    NOT_A_MOMENT = "not_a_moment"
    NOT_A_CVE = "not_a_cve"
    VALUE_UNKNOWN = "value_unknown"
    TEXT_CUT = "text_cut"
    CHARACTER_NOT_STORABLE = "character_not_storable"
    PRODUCT_NOT_DEFINED = "product_not_defined"
    PRODUCTS_MISSING = "products_missing"
    VENDOR_MISSING = "vendor_missing"
    SCORE_IMPOSSIBLE = "score_impossible"
    COMMITS_NOT_COMPARED = "commits_not_compared"
    TOO_MANY_STATEMENTS = "too_many_statements"
    CSAF_SCHEMA = "csaf_schema"
    CSAF_TEST = "csaf_test"
    CSAF_NOT_TESTED = "csaf_not_tested"
    SAME_REVISION_CHANGED = "same_revision_changed"
    DUE_BEFORE_ADDED = "due_before_added"


class DocumentRefusal(StrEnum):
    """Why a document is not taken in."""

    EMPTY = "empty"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_XML = "not_xml"
    NOT_YAML = "not_yaml"
    NOT_CSV = "not_csv"
    FORMAT_UNKNOWN = "format_unknown"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TEXT_TOO_LONG = "text_too_long"
    NUMBER_TOO_LONG = "number_too_long"
    NOT_A_NUMBER = "not_a_number"
    KEY_TWICE = "key_twice"
    ENTITIES = "entities"
    UNFINISHED = "unfinished"
    COMPRESSION_DAMAGED = "compression_damaged"
    EXPANDS_TOO_MUCH = "expands_too_much"
    ENCRYPTED = "encrypted"
    TOO_MANY_MEMBERS = "too_many_members"
    ID_MISSING = "id_missing"
    SERVICE_ERROR = "service_error"
    CHECKSUM_WRONG = "checksum_wrong"
    NOT_A_FILE = "not_a_file"


class Outcome(StrEnum):
    """What became of one document of an import."""

    READ = "read"
    FAULTY = "faulty"
    REPEATED = "repeated"
    REFUSED = "refused"
    UNREAD = "unread"


class ScoreSystem(StrEnum):
    """The versions of CVSS."""

    V2 = "2.0"
    V3_0 = "3.0"
    V3_1 = "3.1"
    V4 = "4.0"


class Severity(StrEnum):
    """The bands of CVSS 3.1 and 4.0, part 5 and 6: qualitative severity rating scale."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class SourceKind(StrEnum):
    """How a source is asked."""

    CSAF_DIRECTORY = "csaf_directory"
    CSAF_ROLIE = "csaf_rolie"
    CSAF_PROVIDER = "csaf_provider"
    MYJVN = "myjvn"
    JVN_RSS = "jvn_rss"
    NVD = "nvd"
    OSV = "osv"
    KEV = "kev"
    EPSS = "epss"
    FILES = "files"


class RunStatus(StrEnum):
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class Certainty(StrEnum):
    """How a version text was understood: the words of the engine (a test holds them equal), and what a person said."""

    WHOLE = "whole"
    CONDITIONAL = "conditional"
    NOTHING_STATED = "nothing-stated"
    UNREADABLE = "unreadable"
    STATED = "stated"


class Unread(StrEnum):
    """Why a version text is not read. The words of the engine; a test holds them equal."""

    TOO_LONG = "too-long"
    TOO_MANY_PARTS = "too-many-parts"
    BRACKET_OPEN = "bracket-open"
    NAME_AFTER_SIGN = "name-after-sign"
    DAY_WITHOUT_YEAR = "day-without-year"
    MIXED_KINDS = "mixed-kinds"
    ENDS_CONTRADICT = "ends-contradict"
    REVERSED = "reversed"
    WILDCARD_INSIDE = "wildcard-inside"
    PUBLISHER_UNSURE = "publisher-unsure"
    WORDS_UNKNOWN = "words-unknown"
    ORDER_UNKNOWN = "order-unknown"


class Covered(StrEnum):
    """Whether a version lies in a range."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AdvisoryRefusal(StrEnum):
    """Why a verb of this room does not do what was asked."""

    RUN_OVER = "run_over"
    SOURCE_PAUSED = "source_paused"
    SOURCE_NOT_PAUSED = "source_not_paused"
    SOURCE_TOO_SOON = "source_too_soon"
    SOURCE_HAS_NO_ADDRESS = "source_has_no_address"
    ADDRESS_REFUSED = "address_refused"
    NAME_TAKEN = "name_taken"
    RANGE_NOT_READ = "range_not_read"
    RANGE_SAYS_NOTHING = "range_says_nothing"
    REASON_TOO_SHORT = "reason_too_short"


class Trouble(StrEnum):
    """Why a source could not be fetched."""

    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    ANSWERED = "answered"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a document that is taken in: why, and where (JSON pointer, or “line 3, column 9”)."""

    reason: FaultReason
    where: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """A CVSS score as published; `base` between 0 and 10, None where only the vector is given."""

    system: ScoreSystem
    base: float | None
    vector: str = ""
    cve: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """What an advisory says of one product: in these versions it stands so to these vulnerabilities.

    `version` is the publisher's text, or a range as VERS where the publisher gives one in fields; "" is nothing said.
    `runs_on` names what the product must run on for the statement to hold (NVD's AND).
    """

    status: ProductStatus
    vendor: str
    product: str
    version: str = ""
    cves: tuple[str, ...] = ()
    cpes: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    model_numbers: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    runs_on: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Advisory:
    """One advisory as it is understood, whatever it was published in.

    `identifier` is unique with its `publisher` and language; `revision` is the publisher's own, else the moment of the
    last change. Moments are aware. `is_withdrawn`: the publisher took it back (rejected, withdrawn). `is_medical`: the
    publisher says that it concerns health care.
    """

    format: Format
    publisher: str
    identifier: str
    revision: str
    title: str
    language: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    summary: str = ""
    cves: tuple[str, ...] = ()
    scores: tuple[Score, ...] = ()
    remediations: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    statements: tuple[Statement, ...] = ()
    faults: tuple[Fault, ...] = ()
    is_withdrawn: bool = False
    is_medical: bool = False


@dataclass(frozen=True, slots=True)
class Exploited:
    """A vulnerability of which somebody knows that it is exploited (CISA KEV). `due_on` binds US agencies, not us."""

    cve: str
    vendor: str
    product: str
    name: str
    added_on: date | None
    due_on: date | None
    action: str
    is_ransomware: bool
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The probability (0 to 1) that a vulnerability is exploited within 30 days, and its rank (EPSS of FIRST)."""

    cve: str
    probability: float
    percentile: float
    on: date | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A document, or a record of a feed, that is not taken in. `line` and `column` count from 1; 0: not known."""

    reason: DocumentRefusal
    line: int = 0
    column: int = 0
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotAnAdvisory:
    """A document that was recognised and holds no advisory: an index, a list of vendors, an empty answer."""

    what: str


type Found = Advisory | Exploited | Likelihood | Broken | NotAnAdvisory


@dataclass(frozen=True, slots=True)
class Counts:
    """What came of many documents. `statements` counts product statements; ranges count different version texts."""

    read: int = 0
    faulty: int = 0
    repeated: int = 0
    refused: int = 0
    unread: int = 0
    statements: int = 0
    ranges_read: int = 0
    ranges_open: int = 0
    marks: int = 0
