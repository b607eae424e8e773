"""An instrument as data: what is asked, of whom, under which edition and source. Once made, nothing of it changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from sonae.core.assurance.vocabulary import Citation
from sonae.core.instruments.vocabulary import AnswerKind, Respondent, Target

# Texts of forms that name no language.
UNSAID = "default"
type Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the languages it has, by language code; `UNSAID` where a form does not say which."""

    by_language: Pairs = ()

    @staticmethod
    def of(texts: Mapping[str, str]) -> "Words":
        return Words(tuple(sorted((language, text) for language, text in texts.items() if text)))

    def text(self, language: str) -> str:
        """The text in this language, else in the form's own, else in any; empty when there is none.

        Forms also write a language as "Japanese (ja)".
        """
        texts = dict(self.by_language)
        named = (text for name, text in self.by_language if name.endswith(f"({language})"))
        return texts.get(language) or next(named, "") or texts.get(UNSAID) or next(iter(texts.values()), "")

    def __bool__(self) -> bool:
        return bool(self.by_language)


NO_WORDS = Words()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    words: Words = NO_WORDS
    # Pictures and sounds, by kind and language: (("image", Words), …).
    media: tuple[tuple[str, Words], ...] = ()
    # Further columns of its list, which filters look at.
    columns: Pairs = ()


@dataclass(frozen=True, slots=True)
class ChoiceList:
    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a number may be, both ends included, and its unit."""

    unit: Words = NO_WORDS
    is_whole: bool = False
    least: float | None = None
    most: float | None = None
    step: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDates:
    """A row of the checklist: on how many dates it may be checked, and whether a no needs a date by which it is a
    yes."""

    rounds: int = 1
    needs_target: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of answers: the named ones, or as many as the respondent adds."""

    columns: "tuple[Question, ...]"
    rows: tuple[Choice, ...] = ()
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that is asked. `id` stays the same over the years; `number` is what a year's form prints beside it.

    `relevant`, `constraint`, `required`, `calculation`, `read_only` and `choice_filter` are expressions, empty for
    none.
    """

    id: str
    name: str
    kind: AnswerKind
    # How an XLSForm calls this kind of answer where it has several words: image or audio, start or end.
    variant: str = ""
    number: str = ""
    words: Words = NO_WORDS
    hint: Words = NO_WORDS
    guidance: Words = NO_WORDS
    media: tuple[tuple[str, Words], ...] = ()
    targets: tuple[Target, ...] = ()
    choices: str = ""
    has_other: bool = False
    choice_filter: str = ""
    bounds: Bounds | None = None
    dates: CheckDates | None = None
    table: Table | None = None
    relevant: str = ""
    constraint: str = ""
    constraint_words: Words = NO_WORDS
    required: str = ""
    required_words: Words = NO_WORDS
    default: str = ""
    calculation: str = ""
    trigger: str = ""
    read_only: str = ""
    appearance: str = ""
    parameters: str = ""
    controls: tuple[str, ...] = ()
    # Whether nobody may know the answer yet, and whether a row of the checklist may be void: an answer that every
    # question took would let a gate question hide a whole form.
    may_be_unknown: bool = False
    may_be_out_of_scope: bool = False
    # Where its answer may be known from before anybody answers (see `known`).
    prefill: str = ""
    # Columns of an XLSForm that only the program that draws it understands.
    others: Pairs = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of questions; a repeat when `is_repeat`, in as many rows as `count` says, or as the respondent adds."""

    id: str
    name: str
    words: Words = NO_WORDS
    hint: Words = NO_WORDS
    number: str = ""
    media: tuple[tuple[str, Words], ...] = ()
    relevant: str = ""
    is_repeat: bool = False
    count: str = ""
    appearance: str = ""
    read_only: str = ""
    items: "tuple[Item, ...]" = ()
    others: Pairs = ()


type Item = Question | Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A questionnaire in one edition."""

    id: str
    edition: str
    title: Words
    respondent: Respondent
    items: tuple[Item, ...]
    choice_lists: tuple[ChoiceList, ...] = ()
    fiscal_year: int | None = None
    source: Citation | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    # Answered anew in each fiscal year while the edition is in force, not once.
    is_yearly: bool = False
    default_language: str = ""
    # Settings of an XLSForm that only the program that draws it understands.
    others: Pairs = ()
    # Whole sheets of an XLSForm that are kept as they came: header and rows.
    sheets: "tuple[KeptSheet, ...]" = ()

    def choices_of(self, question: Question) -> tuple[Choice, ...]:
        return next((found.choices for found in self.choice_lists if found.name == question.choices), ())


@dataclass(frozen=True, slots=True)
class KeptSheet:
    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(default=())


def questions(items: tuple[Item, ...]) -> Iterator[Question]:
    """Every question below these items, in the order of the form, columns of tables after their table."""
    for item in items:
        if isinstance(item, Section):
            yield from questions(item.items)
            continue
        yield item
        if item.table:
            yield from item.table.columns


def sections(items: tuple[Item, ...]) -> Iterator[Section]:
    """Every section below these items, the outer before the inner."""
    for item in items:
        if isinstance(item, Section):
            yield item
            yield from sections(item.items)
