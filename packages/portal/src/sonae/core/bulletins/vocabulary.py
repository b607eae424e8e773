"""The words of bulletins: how far they may travel, to whom they are sent, what came of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.kernel.events import Event


class BulletinState(StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"


class Stage(StrEnum):
    """How far one institution has come with a bulletin; each stage contains the ones before."""

    UNOPENED = "unopened"
    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    DONE = "done"


class Relation(StrEnum):
    """What a reader is to a bulletin."""

    ISSUER = "issuer"  # a body that writes bulletins for the sector
    SECTOR_BODY = "sector_body"  # a body of the sector that does not write them
    DECIDER = "decider"  # decides for an institution that received it
    MEMBER = "member"  # works at an institution that received it, or is a program of it
    INSPECTING_BODY = "inspecting_body"  # inspects an institution that received it
    VENDOR = "vendor"  # works for an institution that received it
    COMMUNITY = "community"  # belongs to the sector


class BulletinRefusal(StrEnum):
    NOT_A_DRAFT = "not_a_draft"
    NOT_ISSUED = "not_issued"
    TITLE_MISSING = "title_missing"
    BODY_MISSING = "body_missing"
    NOBODY_REACHED = "nobody_reached"
    RED_NEEDS_NAMES = "red_needs_names"
    DUE_MOMENT_PAST = "due_moment_past"
    NOT_A_RECIPIENT = "not_a_recipient"
    REASON_MISSING = "reason_missing"
    NOT_FOR_YOU = "not_for_you"
    KEY_REUSED = "key_reused"
    BEDS_REVERSED = "beds_reversed"
    CODE_UNKNOWN = "code_unknown"
    INSTITUTION_AMBIGUOUS = "institution_ambiguous"
    SECOND_PERSON_NEEDED = "second_person_needed"
    ANOTHER_PERSON_ISSUES = "another_person_issues"
    TOO_FEW_OWNERS = "too_few_owners"
    REASON_NAMES = "reason_names"
    WRITTEN_ELSEWHERE = "written_elsewhere"


@dataclass(frozen=True, slots=True)
class Content:
    """What a bulletin says. Bodies are Markdown."""

    title_ja: str
    title_en: str
    body_ja: str
    body_en: str


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom: every listed institution that fits all conditions, and those named besides; with neither: everyone.

    A bed range leaves out institutions whose beds are unknown. `product` is a key from the asset ledgers. With a
    `population` only the real or only the made-up institutions are meant, whatever else is said.
    """

    kinds: frozenset[InstitutionKind] = frozenset()
    beds_from: int | None = None
    beds_to: int | None = None
    prefectures: frozenset[Prefecture] = frozenset()
    product: str = ""
    institution_ids: frozenset[int] = frozenset()
    population: Population | None = None

    @property
    def has_conditions(self) -> bool:
        return bool(
            self.kinds or self.prefectures or self.product or self.beds_from is not None or self.beds_to is not None
        )

    @property
    def is_by_name_only(self) -> bool:
        return bool(self.institution_ids) and not self.has_conditions

    @staticmethod
    def everyone() -> "Audience":
        return Audience()

    @staticmethod
    def all_of(population: Population) -> "Audience":
        return Audience(population=population)

    @staticmethod
    def named(institution_ids: Iterable[int]) -> "Audience":
        return Audience(institution_ids=frozenset(institution_ids))


@dataclass(frozen=True, slots=True)
class Told:
    """How many institutions an audience is: exactly, or, where it is about what they own, a number they reach."""

    institutions: int
    is_at_least: bool = False


@dataclass(frozen=True, slots=True)
class Reach:
    """How many institutions a bulletin went to and how far they came, as of a moment."""

    recipients: int
    opened: int
    acknowledged: int
    done: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class BulletinIssued(Event):
    """A bulletin has its recipients; they are told as soon as this transaction stands."""

    bulletin_id: UUID
