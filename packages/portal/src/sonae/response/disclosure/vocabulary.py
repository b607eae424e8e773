"""What can be said of an incident without naming it, and why something may not be said."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sonae.core.institutions.vocabulary import Facets, InstitutionKind, Population, Prefecture, Region


class DisclosureState(StrEnum):
    DRAFT = "draft"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


class Attack(StrEnum):
    """What kind of attack is said to have been seen."""

    RANSOMWARE = "ransomware"
    INTRUSION = "intrusion"
    MALWARE = "malware"
    PHISHING = "phishing"
    DENIAL_OF_SERVICE = "denial_of_service"
    UNSAID = "unsaid"


class Route(StrEnum):
    """By which door it is said to have come in."""

    VPN_DEVICE = "vpn_device"
    VENDOR_LINK = "vendor_link"
    REMOTE_DESKTOP = "remote_desktop"
    MAIL = "mail"
    WEBSITE = "website"
    STORAGE_MEDIUM = "storage_medium"
    UNSAID = "unsaid"


class WithdrawalReason(StrEnum):
    """Why a disclosure is taken back, as everyone may read it: no word of it is written by one person alone."""

    WRONG = "wrong"
    SUPERSEDED = "superseded"
    HARMLESS = "harmless"


class Mark(StrEnum):
    """What in a text could tell whose attack it was."""

    NAME = "name"
    READING = "reading"
    PLACE = "place"
    WEBSITE = "website"
    BEDS = "beds"
    DAY = "day"
    CONTACT = "contact"
    VENDOR = "vendor"
    OTHER_INSTITUTION = "other_institution"
    NUMBER = "number"
    FOREIGN_WORD = "foreign_word"
    SINGLES_OUT = "singles_out"


class DisclosureRefusal(StrEnum):
    NOT_A_DRAFT = "not_a_draft"
    NOT_RELEASED = "not_released"
    DRILL_STAYS_INSIDE = "drill_stays_inside"
    SECOND_PERSON_NEEDED = "second_person_needed"
    NOTHING_TO_SAY = "nothing_to_say"
    DIFFERENCE_TELLS = "difference_tells"
    TOO_FEW_FIT = "too_few_fit"
    TEXT_NAMES_SOMEONE = "text_names_someone"
    NOT_LOOKED_AT = "not_looked_at"
    SUMMARY_IN_ONE_LANGUAGE = "summary_in_one_language"
    INDICATOR_IS_THE_VICTIMS = "indicator_is_the_victims"
    INDICATOR_NOT_OF_INCIDENT = "indicator_not_of_incident"
    CHANGED_MEANWHILE = "changed_meanwhile"
    AREA_NAMED_TWICE = "area_named_twice"
    BEDS_REVERSED = "beds_reversed"
    UNTRUE = "untrue"
    INDICATOR_TAKEN_OFF = "indicator_taken_off"


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything a disclosure says about where it happened. What is left out is not said; all of it must be true."""

    kinds: frozenset[InstitutionKind] = frozenset()
    prefecture: Prefecture | None = None
    region: Region | None = None
    beds_from: int | None = None
    beds_through: int | None = None
    month: str = ""  # "2026-11"; a day would say too much
    attack: Attack = Attack.UNSAID
    route: Route = Route.UNSAID

    def facets(self, population: Population) -> Facets:
        """The part of it that can be looked up in the register."""
        return Facets(
            population=population,
            kinds=self.kinds,
            prefectures=frozenset({self.prefecture}) if self.prefecture else frozenset(),
            regions=frozenset({self.region}) if self.region else frozenset(),
            beds_from=self.beds_from,
            beds_through=self.beds_through,
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """How the institution of an incident is called, reached and recognised: what no disclosure may carry."""

    names: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    beds: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text that tells whose attack it was, or may tell it: that one a person looks at."""

    mark: Mark
    text: str
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """Everything that decides whether a draft may be released."""

    state: DisclosureState
    authors: frozenset[UUID]
    is_drill: bool
    indicator_count: int
    summary_ja: str
    summary_en: str
    fits: int  # institutions of the register that fit everything said about this institution so far
    needed: int
    # The fewest that fit this and not something said before, or the other way round; None where nobody does.
    left_over: int | None = None
    marks: tuple[Found, ...] = ()
    looked_at: frozenset[Found] = frozenset()  # what the person releasing it says may be published as it stands
    victims_indicators: tuple[str, ...] = ()
    untrue: tuple[str, ...] = ()
    taken_off: tuple[str, ...] = ()  # chosen indicators that the incident no longer holds


@dataclass(frozen=True, slots=True)
class Assessment:
    """A draft measured against the register, as of a moment."""

    fits_alone: int
    fits: int
    needed: int
    as_of: datetime
    left_over: int | None = None
    marks: tuple[Found, ...] = ()
    broader: tuple[tuple[Statements, int], ...] = field(default=())
