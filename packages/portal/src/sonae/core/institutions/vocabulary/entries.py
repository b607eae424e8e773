"""What the register says of an institution."""

from dataclasses import dataclass
from enum import StrEnum

from sonae.core.institutions.vocabulary.places import Prefecture, Region


class InstitutionKind(StrEnum):
    """What an institution is under the Medical Care Act (20 beds or more: hospital) and the Pharmaceuticals Act."""

    HOSPITAL = "hospital"
    CLINIC = "clinic"
    DENTAL_CLINIC = "dental_clinic"
    PHARMACY = "pharmacy"


class InstitutionStatus(StrEnum):
    """Whether the institution is in the newest published list."""

    LISTED = "listed"
    VANISHED = "vanished"


class Population(StrEnum):
    """Which register a count is taken from; the two are never added up."""

    REAL = "real"
    SYNTHETIC = "synthetic"


class BedBand(StrEnum):
    """Licensed beds in the bands of the open data; the largest is open at the top."""

    BEDS_0_19 = "0-19"
    BEDS_20_49 = "20-49"
    BEDS_50_99 = "50-99"
    BEDS_100_199 = "100-199"
    BEDS_200_299 = "200-299"
    BEDS_300_399 = "300-399"
    BEDS_400_499 = "400-499"
    BEDS_500_UP = "500+"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many institutions of one kind and bed class there are in one prefecture."""

    prefecture: "Prefecture"
    kind: "InstitutionKind"
    band: BedBand
    count: int


# Fewest and most beds of a band, both inside it; None is open.
BED_BAND_LIMITS: dict[BedBand, tuple[int, int | None]] = {
    BedBand.BEDS_0_19: (0, 19),
    BedBand.BEDS_20_49: (20, 49),
    BedBand.BEDS_50_99: (50, 99),
    BedBand.BEDS_100_199: (100, 199),
    BedBand.BEDS_200_299: (200, 299),
    BedBand.BEDS_300_399: (300, 399),
    BedBand.BEDS_400_499: (400, 499),
    BedBand.BEDS_500_UP: (500, None),
}


class SurveyClass(StrEnum):
    """Licensed beds in the classes in which the ministry publishes its hospital surveys; they begin at 20."""

    BEDS_20_99 = "20-99"
    BEDS_100_199 = "100-199"
    BEDS_200_299 = "200-299"
    BEDS_300_399 = "300-399"
    BEDS_400_499 = "400-499"
    BEDS_500_UP = "500+"


class BedType(StrEnum):
    """Kinds of licensed beds (Medical Care Act, article 7 (2))."""

    GENERAL = "general"
    CONVALESCENT = "convalescent"
    PSYCHIATRIC = "psychiatric"
    TUBERCULOSIS = "tuberculosis"
    INFECTIOUS = "infectious"


class BedSource(StrEnum):
    """Who says how many beds there are."""

    REGISTER_FILE = "register_file"
    BY_HAND = "by_hand"
    SYNTHETIC = "synthetic"


class ChangedField(StrEnum):
    """What of an institution's row has a history of changes; its beds and names have their own."""

    KIND = "kind"
    PREFECTURE = "prefecture"
    MUNICIPALITY = "municipality"
    JURISDICTION = "jurisdiction"
    ADDRESS = "address"
    STATUS = "status"


class CodeSystem(StrEnum):
    """Who numbers institutions."""

    MEDICAL_INSTITUTION_10 = "medical_institution_10"
    MEDICAL_INSTITUTION_7 = "medical_institution_7"  # unique only within a prefecture
    FORMER_REGISTER_CODE = "former_register_code"


class ContactRole(StrEnum):
    """For what a person at an institution is to be called."""

    ADMINISTRATOR = "administrator"
    SYSTEM_SAFETY_OFFICER = "system_safety_officer"
    INFORMATION_SYSTEMS = "information_systems"
    AFTER_HOURS = "after_hours"
    PUBLIC_RELATIONS = "public_relations"


class RegisterRefusal(StrEnum):
    """Why a change to the register by hand is refused."""

    CODE_TAKEN = "code_taken"
    BEDS_NEGATIVE = "beds_negative"
    BEDS_DO_NOT_ADD_UP = "beds_do_not_add_up"
    BEDS_IN_THE_FUTURE = "beds_in_the_future"
    CONTACT_NEEDS_A_WAY = "contact_needs_a_way"
    CONTACT_ENDED_ALREADY = "contact_ended_already"
    LINK_EXISTS = "link_exists"
    LINK_ENDED_ALREADY = "link_ended_already"
    MUNICIPALITY_ELSEWHERE = "municipality_elsewhere"
    SECTOR_TOO_LARGE = "sector_too_large"
    SECTOR_EXISTS = "sector_exists"
    IMPORT_OVER = "import_over"
    SAME_INSTITUTION = "same_institution"
    BOTH_LISTED = "both_listed"
    STILL_IN_USE = "still_in_use"
    RENAMED_IN_THE_FUTURE = "renamed_in_the_future"
    NETWORK_MALFORMED = "network_malformed"
    NETWORK_NOT_PUBLIC = "network_not_public"
    NETWORK_TOO_WIDE = "network_too_wide"
    NETWORK_ENTERED_ALREADY = "network_entered_already"
    NETWORKS_TOO_MANY = "networks_too_many"
    NETWORK_ENDED_ALREADY = "network_ended_already"


@dataclass(frozen=True, slots=True)
class Beds:
    """Licensed beds as somebody states them; None is "not said"."""

    total: int | None = None
    general: int | None = None
    convalescent: int | None = None
    convalescent_medical: int | None = None
    convalescent_nursing: int | None = None
    psychiatric: int | None = None
    tuberculosis: int | None = None
    infectious: int | None = None

    def by_type(self) -> dict[BedType, int | None]:
        return {kind: getattr(self, kind.value) for kind in BedType}

    @property
    def sum_of_types(self) -> int:
        return sum(count or 0 for count in self.by_type().values())


@dataclass(frozen=True, slots=True)
class InstitutionFacts:
    """What can be said of an institution without naming it."""

    kind: InstitutionKind
    prefecture: Prefecture
    jurisdiction_id: int
    licensed_beds: int | None
    population: Population = Population.REAL
    status: InstitutionStatus = InstitutionStatus.LISTED


@dataclass(frozen=True, slots=True)
class Facets:
    """Everything said so far about an institution; an empty set or None says nothing. Bed limits are both inside."""

    population: Population = Population.REAL
    kinds: frozenset[InstitutionKind] = frozenset()
    prefectures: frozenset[Prefecture] = frozenset()
    regions: frozenset[Region] = frozenset()
    jurisdiction_ids: frozenset[int] = frozenset()
    bed_bands: frozenset[BedBand] = frozenset()
    beds_from: int | None = None
    beds_through: int | None = None
