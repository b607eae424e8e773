"""What a text about versions can say, and what can be answered from it; frozen facts and enums."""

from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    ENGLISH = "en"
    JAPANESE = "ja"


class Certainty(StrEnum):
    """How much of a text stands behind what was read of it."""

    WHOLE = "whole"
    CONDITIONAL = "conditional"  # every range is read; words beside some of them narrow it (`Range.qualifiers`)
    NOTHING_STATED = "nothing-stated"  # "n/a", "unspecified": the publisher says nothing
    UNREADABLE = "unreadable"  # a person must say what it means; nothing of it is used


class Fault(StrEnum):
    """Why a text is not read."""

    TOO_LONG = "too-long"
    TOO_MANY_PARTS = "too-many-parts"
    BRACKET_OPEN = "bracket-open"
    NAME_AFTER_SIGN = "name-after-sign"  # "<= HiOS 07.0.02": whose version it is must be known first
    DAY_WITHOUT_YEAR = "day-without-year"
    MIXED_KINDS = "mixed-kinds"  # a version and a day or serial that may both have to hold
    ENDS_CONTRADICT = "ends-contradict"  # two lower ends, or ends that no order joins
    REVERSED = "reversed"  # from the later to the earlier
    WILDCARD_INSIDE = "wildcard-inside"  # "3.X.14", "7.2x": not said what the x stands for
    PUBLISHER_UNSURE = "publisher-unsure"  # "possibly"
    WORDS_UNKNOWN = "words-unknown"
    ORDER_UNKNOWN = "order-unknown"  # the words are known, not in this order


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """What an answer rests on, or what keeps it from being yes or no."""

    EVERY_VERSION = "every-version"
    WITHIN = "within"
    NAMED = "named"
    OUTSIDE = "outside"
    EXCLUDED = "excluded"
    REPAIRED = "repaired"  # it is the version that repairs, or a later one
    UNREADABLE = "unreadable"
    NOTHING_STATED = "nothing-stated"
    VERSION_MISSING = "version-missing"
    ORDER_UNKNOWN = "order-unknown"  # no order is known between the two versions
    CONDITION = "condition"  # within, if the words beside the range hold
    MODEL_ASKED = "model-asked"  # the text names models, commits or parts, and this is none of them
    DAY_ASKED = "day-asked"
    SERIAL_ASKED = "serial-asked"


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of a range: a version as published without its "v", or a day as ISO 8601, maybe a month alone."""

    text: str
    inclusive: bool


@dataclass(frozen=True, slots=True)
class Range:
    """Versions, days or serials between two ends; an end that is None is open. One version is a range of one."""

    low: Bound | None
    high: Bound | None
    qualifiers: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        return self.low is not None and self.low == self.high

    def __str__(self) -> str:
        if self.low is None and self.high is None:
            return "all"
        if self.low is not None and self.low == self.high:
            return f"={self.low.text}"
        left = "(*" if self.low is None else ("[" if self.low.inclusive else "(") + self.low.text
        right = "*)" if self.high is None else self.high.text + ("]" if self.high.inclusive else ")")
        return f"{left}, {right}"


@dataclass(frozen=True, slots=True)
class Model:
    """A model, edition or part that is compared as a whole: it has a name and no order."""

    text: str
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """The part of a text that was not understood, and why."""

    part: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says is affected. Of an unreadable text nothing is kept but the part and the reason."""

    text: str
    certainty: Certainty
    ranges: tuple[Range, ...] = ()
    models: tuple[Model, ...] = ()
    serials: tuple[Range, ...] = ()
    dates: tuple[Range, ...] = ()
    hashes: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    excluded: tuple[Range, ...] = ()
    unread: tuple[Unread, ...] = ()
    scheme: str | None = None  # the version scheme that a `vers:` text names


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a version is affected, why, and what decided it (a range, a condition, or what was not understood)."""

    answer: Answer
    reason: Reason
    by: str = ""
