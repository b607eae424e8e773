"""What is compared and what comes of it: components of a ledger, products of advisories, the answer with its reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """Does what an advisory says of its product concern the thing on the ledger, versions left aside?"""

    SAME = "same"
    DIFFERENT = "different"
    UNCLEAR = "unclear"


class Covered(StrEnum):
    """Does the range of the advisory hold the version on the ledger?"""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why an answer is what it is."""

    CONFIRMED = "confirmed"
    CPE = "cpe"
    PURL = "purl"
    MODEL_NUMBER = "model_number"
    HASH = "hash"
    SAME_NAME = "same_name"
    SAME_FAMILY = "same_family"
    SAME_MODEL = "same_model"
    NEARLY_SPELT = "nearly_spelt"
    RUNS_SYSTEM = "runs_system"
    OTHER_MAKER = "other_maker"
    OTHER_PRODUCT = "other_product"
    OTHER_MODEL = "other_model"
    MODEL_NOT_WRITTEN = "model_not_written"
    NAME_TOO_SHORT = "name_too_short"
    MORE_WORDS = "more_words"
    ONLY_THE_MAKER = "only_the_maker"
    SEVERAL_BEAR_THE_NAME = "several_bear_the_name"
    PRODUCT_NOT_NAMED = "product_not_named"
    MAKER_NOT_KNOWN = "maker_not_known"


class Change(StrEnum):
    """What would change the answer, if somebody wrote it down."""

    IDENTIFIER = "identifier"
    MAKER = "maker"
    MODEL = "model"
    PRODUCT = "product"
    PUBLISHER_NAMES_PRODUCTS = "publisher_names_products"
    VERSION = "version"


class Ask(StrEnum):
    """The one yes/no question that an unclear answer puts to the manager."""

    IS_IT_THIS_PRODUCT = "is_it_this_product"
    IS_IT_THIS_MODEL = "is_it_this_model"
    IS_IT_BY_THIS_MAKER = "is_it_by_this_maker"
    HAS_THE_PUBLISHER_NAMED_IT = "has_the_publisher_named_it"


class Refused(StrEnum):
    """Why an identifier is not taken."""

    NOT_AN_IDENTIFIER = "not_an_identifier"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Identifiers:
    """What names a product without words, as published or scanned. Unreadable ones are left out of comparisons."""

    cpes: tuple[str, ...] = ()
    purls: tuple[str, ...] = ()
    model_numbers: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    """A row of a ledger, as a hospital typed it. `key` is the caller's."""

    key: str
    maker: str = ""
    product: str = ""
    model: str = ""
    version: str = ""
    identifiers: Identifiers = Identifiers()


def version_unknown(_version: str) -> Covered:
    """The range nobody has read: it holds no version for certain."""
    return Covered.UNKNOWN


@dataclass(frozen=True, slots=True)
class Product:
    """A product of an advisory as it is published; `covers` answers for a version on a ledger."""

    key: str
    vendor: str
    product: str
    identifiers: Identifiers = Identifiers()
    covers: Callable[[str], Covered] = field(default=version_unknown, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """A yes or no that only somebody who can look at the thing can give; yes and no are learnt as aliases."""

    ask: Ask
    on_the_ledger: str
    in_the_advisory: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer about a pair. `confidence` is between 0 and 1; 1 only for identifiers and confirmed pairs."""

    answer: Answer
    reason: Reason
    confidence: float
    compared: tuple[str, str]
    would_change: tuple[Change, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """What an advisory concerns, or may concern: the verdict never is DIFFERENT, `covered` never is NO."""

    component: str
    product: str
    verdict: Verdict
    covered: Covered
