"""How urgent it is that an advisory hits something on a ledger, and how it goes on until it is settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sonae.core.assurance.vocabulary import Strength


class Exploitation(StrEnum):
    """What is known of attacks that use a vulnerability (SSVC, decision point Exploitation 1.1.0)."""

    NONE = "none"
    PUBLIC_POC = "public_poc"
    ACTIVE = "active"


class SystemExposure(StrEnum):
    """How near an attacker gets to the device (SSVC, System Exposure 1.0.1)."""

    SMALL = "small"
    CONTROLLED = "controlled"
    OPEN = "open"


class Automatable(StrEnum):
    """Whether an attacker can do it to all of them at once (SSVC, Automatable 2.0.0)."""

    NO = "no"
    YES = "yes"


class HumanImpact(StrEnum):
    """What the clinic loses with the device (SSVC, Human Impact 2.0.2)."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very_high"


class Priority(StrEnum):
    """When it is dealt with (SSVC, the deployer's outcome 1.0.0), the least urgent first."""

    DEFER = "defer"
    SCHEDULED = "scheduled"
    OUT_OF_CYCLE = "out_of_cycle"
    IMMEDIATE = "immediate"


class Reach(StrEnum):
    """What the ledger says about the ways to a device."""

    INTERNET = "internet"
    VENDOR_LINK = "vendor_link"
    INSIDE = "inside"
    UNKNOWN = "unknown"


class Ground(StrEnum):
    """Why a priority is what it is; each has one sentence, with its own figures."""

    EXPLOITED = "exploited"
    LIKELY_EXPLOITED = "likely_exploited"
    NOT_KNOWN_EXPLOITED = "not_known_exploited"
    REACHED_FROM_INTERNET = "reached_from_internet"
    REACHED_BY_VENDOR = "reached_by_vendor"
    REACHED_FROM_INSIDE = "reached_from_inside"
    REACH_UNKNOWN = "reach_unknown"
    AUTOMATABLE = "automatable"
    NOT_AUTOMATABLE = "not_automatable"
    AUTOMATABLE_UNKNOWN = "automatable_unknown"
    CLINIC_DEPENDS = "clinic_depends"
    CLINIC_DEPENDENCE_UNKNOWN = "clinic_dependence_unknown"
    SEVERITY = "severity"
    SEVERITY_UNKNOWN = "severity_unknown"


@dataclass(frozen=True, slots=True)
class Because:
    """One ground, and what fills the holes of its sentence."""

    ground: Ground
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one vulnerability on one device.

    `epss` is a probability from 0 to 1 (FIRST, EPSS); `vector` a CVSS vector of 3.0, 3.1 or 4.0, empty where there is
    none; `score` its base score from 0 to 10; `impact` is None where the ledger does not say what the clinic needs the
    device for.
    """

    kev_since: date | None
    epss: float | None
    vector: str
    score: float | None
    reach: Reach
    impact: HumanImpact | None


@dataclass(frozen=True, slots=True)
class Judged:
    """How urgent one vulnerability is on one device, the values that decided, and a ground for each."""

    priority: Priority
    exploitation: Exploitation
    exposure: SystemExposure
    automatable: Automatable
    impact: HumanImpact
    because: tuple[Because, ...]


class Course(StrEnum):
    """Where it stands at one institution that an advisory hits a device of its ledger."""

    UNANSWERED = "unanswered"
    OURS = "ours"
    NOT_OURS = "not_ours"
    FIXED = "fixed"
    MITIGATED = "mitigated"
    ACCEPTED = "accepted"
    WAITING = "waiting"
    LIFTED = "lifted"


class CourseRefusal(StrEnum):
    """Why a step is not taken."""

    LIFTED_ALREADY = "lifted_already"
    STANDS_SO_ALREADY = "stands_so_already"
    NOT_SAID_WHOSE = "not_said_whose"
    WHY_MISSING = "why_missing"
    WHY_TOO_LONG = "why_too_long"
    DONE_ON_MISSING = "done_on_missing"
    DONE_IN_FUTURE = "done_in_future"
    UNTIL_MISSING = "until_missing"
    UNTIL_PASSED = "until_passed"
    UNTIL_TOO_FAR = "until_too_far"
    VERSION_STILL_HIT = "version_still_hit"
    VENDOR_MISSING = "vendor_missing"
    NEEDS_AN_EXECUTIVE = "needs_an_executive"


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody says of it: where it stands from now, with what belongs to that.

    `done_on` is the day on which it was fixed; `version` the version since, empty where the fix is no other version;
    `until` the last day for which a measure, a risk taken or a wait holds.
    """

    to: Course
    why: str = ""
    done_on: date | None = None
    version: str = ""
    until: date | None = None
    vendor_id: int | None = None


class ExposureSource(StrEnum):
    """Who speaks of the patches of an institution: the course of what advisories hit on its ledger."""

    COURSE = "exposure_course"


# Rows of the institution's own ledger, held against advisories: on record, and nobody looked at the devices.
STRONGEST: dict[ExposureSource, Strength] = {ExposureSource.COURSE: Strength.DOCUMENTED}


class Certainty(StrEnum):
    """How sure it is that a device is hit, the surest first."""

    CERTAIN = "certain"
    # The product is the same; which version runs, or what the advisory says of it, is not known.
    VERSION_UNKNOWN = "version_unknown"
    # Whether it is the product at all: a question is put to the institution.
    PRODUCT_UNCLEAR = "product_unclear"


class Saying(StrEnum):
    """An answer to the question whether two names mean one product."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Standing(StrEnum):
    """What counts of a pair of names."""

    SAME = "same"
    DIFFERENT = "different"
    OPEN = "open"


class PairState(StrEnum):
    """How far the nation has come with a pair of names."""

    OPEN = "open"
    AGREED = "agreed"
    DISPUTED = "disputed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class NameRefusal(StrEnum):
    """Why an answer about names is not taken."""

    REASON_TOO_SHORT = "reason_too_short"
    DECIDED_SO_ALREADY = "decided_so_already"
    NOT_DECIDED = "not_decided"


@dataclass(frozen=True, slots=True)
class Tally:
    """How far an institution has come with what advisories hit: exposures, those settled, those past their due day."""

    exposures: int
    settled: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the matching says of one thing on a ledger and one statement of an advisory."""

    institution_id: int
    key: str
    statement_id: int
    is_unclear: bool
    is_within: bool
    reason: str
    confidence: float
    would_change: tuple[str, ...]
    ask: str


@dataclass(frozen=True, slots=True)
class Thing:
    """What of an asset is held against advisories: itself, its firmware, its system, a component, an end of a line."""

    key: str
    maker: str
    product: str
    model: str = ""
    version: str = ""
    identifiers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def typed(self) -> str:
        """Product and model in one, as decided names are known by."""
        return f"{self.product} {self.model}".strip()

    @property
    def label(self) -> str:
        return f"{self.maker} {self.typed}".strip()


@dataclass(frozen=True, slots=True)
class Surrounding:
    """What the ledger says of the ways to a device: each yes, no or unknown, as assets.vocabulary.Known has it."""

    internet_facing: str
    zone_from_internet: str
    zone_from_vendor: str
    ends_a_connection: bool


class MatchReason(StrEnum):
    """Why a thing of a ledger is taken for what an advisory names. The words of the engine; a test holds them equal."""

    CPE = "cpe"
    PURL = "purl"
    MODEL_NUMBER = "model_number"
    HASH = "hash"
    SAME_NAME = "same_name"
    SAME_FAMILY = "same_family"
    SAME_MODEL = "same_model"
    NEARLY_SPELT = "nearly_spelt"
    RUNS_SYSTEM = "runs_system"
    MODEL_NOT_WRITTEN = "model_not_written"
    NAME_TOO_SHORT = "name_too_short"
    MORE_WORDS = "more_words"
    ONLY_THE_MAKER = "only_the_maker"
    SEVERAL_BEAR_THE_NAME = "several_bear_the_name"
    PRODUCT_NOT_NAMED = "product_not_named"
    MAKER_NOT_KNOWN = "maker_not_known"


class WouldChange(StrEnum):
    """What would make a match surer, if somebody wrote it down. The words of the engine; a test holds them equal."""

    IDENTIFIER = "identifier"
    MAKER = "maker"
    MODEL = "model"
    PRODUCT = "product"
    PUBLISHER_NAMES_PRODUCTS = "publisher_names_products"
    VERSION = "version"


class Asking(StrEnum):
    """What a question about two names asks. The words of the engine; a test holds them equal."""

    IS_IT_THIS_PRODUCT = "is_it_this_product"
    IS_IT_THIS_MODEL = "is_it_this_model"
    IS_IT_BY_THIS_MAKER = "is_it_by_this_maker"
    HAS_THE_PUBLISHER_NAMED_IT = "has_the_publisher_named_it"


@dataclass(frozen=True, slots=True)
class Band:
    """A number of institutions told coarsely: at least `fewest`, at most `most`."""

    fewest: int
    most: int
