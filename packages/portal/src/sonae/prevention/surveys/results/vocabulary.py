"""The words of the published result: what is counted, in which edition, and what is kept back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sonae.prevention.surveys.vocabulary import Dimension


class ResultStage(StrEnum):
    """How final the figures of an edition are."""

    PRELIMINARY = "preliminary"
    FINAL = "final"


class ResultState(StrEnum):
    """Where an edition stands. Its figures are there from COUNTED on, all of them at once, and never change."""

    COUNTING = "counting"
    CANCELLED = "cancelled"
    COUNTED = "counted"
    PUBLISHED = "published"


class Standing(StrEnum):
    """How an institution stands to one question. Each of those that handed in stands in exactly one of these to it;
    everything but NOT_ASKED together is the denominator."""

    NOT_ASKED = "not_asked"
    NOT_ANSWERED = "not_answered"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"
    ANSWERED = "answered"


class Shape(StrEnum):
    """What the options of a question are: one of them, any number of them, or none (only whether it was answered)."""

    ONE = "one"
    MANY = "many"
    NONE = "none"


class Leak(StrEnum):
    """How a reader of what is published would learn of a handful of institutions."""

    SMALL_SHOWN = "small_shown"
    WORKED_OUT = "worked_out"
    FEW_MOVED = "few_moved"
    # Figures that cannot all be true: then nothing can be said of what is kept back.
    CONTRADICTORY = "contradictory"


class RecountState(StrEnum):
    """Where counting an edition again stands."""

    COUNTING = "counting"
    CANCELLED = "cancelled"
    COUNTED = "counted"


class Layer(StrEnum):
    """Which of the figures that an edition keeps: those of single strata, those of a breakdown, those for everybody."""

    STRATA = "strata"
    BREAKDOWN = "breakdown"
    SHOWN = "shown"


class WhyOtherwise(StrEnum):
    """Why counting again came to another figure than the one that is kept."""

    OTHERS_READ = "others_read"
    OTHER_ANSWERS = "other_answers"
    KEPT_WAS_ALTERED = "kept_was_altered"
    COUNTED_OTHERWISE = "counted_otherwise"
    KEPT_BACK_OTHERWISE = "kept_back_otherwise"


class KeptBack(StrEnum):
    """Why a figure is not told. Whether it is a small one or stands for one is told nobody: that would tell of it."""

    SMALL_NUMBER = "small_number"


class FileForm(StrEnum):
    """As which kind of file an edition is handed out."""

    CSV = "csv"
    CSV_CP932 = "cp932.csv"
    XLSX = "xlsx"
    PDF = "pdf"
    PARQUET = "parquet"


class PublishDoubt(StrEnum):
    """What whoever publishes an edition for ever should have thought of."""

    FEW_ANSWERED = "few_answered"
    NEWER_IS_COUNTED = "newer_is_counted"
    NEWER_IS_BEING_COUNTED = "newer_is_being_counted"
    SURVEY_IS_OPEN = "survey_is_open"


class ResultRefusal(StrEnum):
    NOTHING_TO_COUNT = "result_nothing_to_count"
    AS_OF_TOO_NEW = "result_as_of_too_new"
    COUNTING_ALREADY = "result_counting_already"
    NOT_COUNTING = "result_not_counting"
    NOT_COUNTED = "result_not_counted"
    NOBODY_HANDED_IN = "result_nobody_handed_in"
    FINAL_BEFORE_CLOSE = "result_final_before_close"
    NEWER_IS_PUBLISHED = "result_newer_is_published"
    TELLS_OF_A_FEW = "result_tells_of_a_few"
    HELD_BACK = "result_held_back"
    RECOUNTING_ALREADY = "result_recounting_already"
    NOTHING_TO_RECOUNT = "result_nothing_to_recount"
    NOT_RECOUNTING = "result_not_recounting"
    INSIDE_NOT_CLEARED = "result_inside_not_cleared"


# The row of totals beside the three breakdowns.
ALL = ""
DIMENSIONS = (Dimension.BAND, Dimension.PREFECTURE, Dimension.KIND)
# The places of the first figures of every question: the denominator, what it is made of, and then the options.
ASKED = 0
PLACES = {Standing.NOT_ANSWERED: 1, Standing.UNKNOWN: 2, Standing.OUT_OF_SCOPE: 3, Standing.ANSWERED: 4}
ANSWERED = PLACES[Standing.ANSWERED]
FIRST_OPTION = 5


@dataclass(frozen=True, slots=True, order=True)
class Stratum:
    """The finest class in which institutions are counted, as the register had them on the reference date."""

    band: str
    prefecture: str
    kind: str

    def along(self, dimension: Dimension) -> str:
        match dimension:
            case Dimension.BAND:
                return self.band
            case Dimension.PREFECTURE:
                return self.prefecture
        return self.kind


@dataclass(frozen=True, slots=True)
class Column:
    """One question of the result: its id, what its options are, and their values in the order of the form."""

    question: str
    shape: Shape
    options: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """How many figures a class has: the denominator, the four standings it is made of, then the options."""
        return FIRST_OPTION + len(self.options)


@dataclass(frozen=True, slots=True)
class Given:
    """What one institution handed in, as it is counted."""

    stratum: Stratum
    answers: Mapping[str, object]
    not_asked: frozenset[str]


type Counts = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cube:
    """The figures of one question in each stratum, in the order of the strata of its edition."""

    column: Column
    counts: tuple[Counts, ...]


# A class of a breakdown: the dimension and its value; (ALL, ALL) is everybody.
type Class = tuple[str, str]
EVERYBODY: Class = (ALL, ALL)


# The classes inside which somebody looks, one of a breakdown at most; empty: the whole nation.
type Inside = Mapping[Dimension, str]


@dataclass(frozen=True, slots=True)
class Margins:
    """One question by each breakdown: the figures of each class, None where one is kept back."""

    column: Column
    rows: Mapping[Class, tuple[int | None, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of those asked handed in."""

    asked: int
    answered: int | None

    @property
    def share(self) -> float | None:
        """From 0 to 1; None where nobody was asked, or the figure is kept back."""
        return None if self.answered is None or not self.asked else self.answered / self.asked


@dataclass(frozen=True, slots=True)
class Finding:
    """A figure that a reader of what is published could work out, or that cannot be published for another reason."""

    leak: Leak
    question: str
    each: Class
    place: int
    # Of an edition that is out already, and told by the new one.
    in_earlier: bool = False
    # The prefecture whose row one must know to learn of it; empty where everybody can.
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is another one when it is counted again: of which question, where, what was kept and what came.

    Where a class or a place of the stratum says nothing the figure is of all. `figure` is a standing, "asked", or
    "option:" with the value of one; None stands for a figure that is kept back, or that is not there.
    """

    question: str
    layer: Layer
    where: Stratum
    figure: str
    before: int | None
    after: int | None
    why: WhyOtherwise


# How a figure is called that is the denominator, and what precedes the value of an option.
ASKED_FIGURE = "asked"
OPTION_FIGURE = "option:"


def figure_at(column: Column, place: int) -> str:
    """What the figure at a place of a question is called where it is kept."""
    if place == ASKED:
        return ASKED_FIGURE
    if place >= FIRST_OPTION:
        return OPTION_FIGURE + column.options[place - FIRST_OPTION]
    return next(standing.value for standing, at in PLACES.items() if at == place)
