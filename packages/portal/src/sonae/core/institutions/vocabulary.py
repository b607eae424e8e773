"""The words of the register: kinds, places, beds, codes, and what can be odd about a published row."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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


class Region(StrEnum):
    """The eight customary regions (八地方区分), used where a prefecture would say too much."""

    HOKKAIDO = "hokkaido"
    TOHOKU = "tohoku"
    KANTO = "kanto"
    CHUBU = "chubu"
    KINKI = "kinki"
    CHUGOKU = "chugoku"
    SHIKOKU = "shikoku"
    KYUSHU = "kyushu"


class Prefecture(StrEnum):
    """The 47 prefectures by their two-digit code (JIS X 0401)."""

    HOKKAIDO = "01"
    AOMORI = "02"
    IWATE = "03"
    MIYAGI = "04"
    AKITA = "05"
    YAMAGATA = "06"
    FUKUSHIMA = "07"
    IBARAKI = "08"
    TOCHIGI = "09"
    GUNMA = "10"
    SAITAMA = "11"
    CHIBA = "12"
    TOKYO = "13"
    KANAGAWA = "14"
    NIIGATA = "15"
    TOYAMA = "16"
    ISHIKAWA = "17"
    FUKUI = "18"
    YAMANASHI = "19"
    NAGANO = "20"
    GIFU = "21"
    SHIZUOKA = "22"
    AICHI = "23"
    MIE = "24"
    SHIGA = "25"
    KYOTO = "26"
    OSAKA = "27"
    HYOGO = "28"
    NARA = "29"
    WAKAYAMA = "30"
    TOTTORI = "31"
    SHIMANE = "32"
    OKAYAMA = "33"
    HIROSHIMA = "34"
    YAMAGUCHI = "35"
    TOKUSHIMA = "36"
    KAGAWA = "37"
    EHIME = "38"
    KOCHI = "39"
    FUKUOKA = "40"
    SAGA = "41"
    NAGASAKI = "42"
    KUMAMOTO = "43"
    OITA = "44"
    MIYAZAKI = "45"
    KAGOSHIMA = "46"
    OKINAWA = "47"


@dataclass(frozen=True, slots=True)
class PrefectureFacts:
    """A prefecture's names, region, and cell on a tile map (column from the west, row from the north, from 0)."""

    code: Prefecture
    name_ja: str
    name_en: str
    region: Region
    column: int
    row: int


def _prefectures() -> dict[Prefecture, PrefectureFacts]:
    rows = {
        Region.HOKKAIDO: "01 北海道 Hokkaido 12 0",
        Region.TOHOKU: (
            "02 青森県 Aomori 12 2/03 岩手県 Iwate 12 3/04 宮城県 Miyagi 12 4/"
            "05 秋田県 Akita 11 3/06 山形県 Yamagata 11 4/07 福島県 Fukushima 12 5"
        ),
        Region.KANTO: (
            "08 茨城県 Ibaraki 12 6/09 栃木県 Tochigi 11 6/10 群馬県 Gunma 10 6/11 埼玉県 Saitama 11 7/"
            "12 千葉県 Chiba 12 7/13 東京都 Tokyo 11 8/14 神奈川県 Kanagawa 11 9"
        ),
        Region.CHUBU: (
            "15 新潟県 Niigata 11 5/16 富山県 Toyama 9 5/17 石川県 Ishikawa 8 5/18 福井県 Fukui 8 6/"
            "19 山梨県 Yamanashi 10 8/"
            "20 長野県 Nagano 10 7/21 岐阜県 Gifu 9 6/22 静岡県 Shizuoka 10 9/23 愛知県 Aichi 9 8"
        ),
        Region.KINKI: (
            "24 三重県 Mie 8 8/25 滋賀県 Shiga 8 7/26 京都府 Kyoto 7 6/27 大阪府 Osaka 7 7/28 兵庫県 Hyogo 6 6/"
            "29 奈良県 Nara 7 8/30 和歌山県 Wakayama 7 9"
        ),
        Region.CHUGOKU: (
            "31 鳥取県 Tottori 5 6/32 島根県 Shimane 4 6/33 岡山県 Okayama 5 7/"
            "34 広島県 Hiroshima 4 7/35 山口県 Yamaguchi 3 7"
        ),
        Region.SHIKOKU: "36 徳島県 Tokushima 5 10/37 香川県 Kagawa 5 9/38 愛媛県 Ehime 4 9/39 高知県 Kochi 4 10",
        Region.KYUSHU: (
            "40 福岡県 Fukuoka 1 8/41 佐賀県 Saga 0 8/42 長崎県 Nagasaki 0 9/43 熊本県 Kumamoto 1 9/44 大分県 Oita 2 8/"
            "45 宮崎県 Miyazaki 2 9/46 鹿児島県 Kagoshima 1 10/47 沖縄県 Okinawa 0 12"
        ),
    }
    found = {}
    for region, text in rows.items():
        for entry in text.split("/"):
            code, name_ja, name_en, column, row = entry.split()
            found[Prefecture(code)] = PrefectureFacts(Prefecture(code), name_ja, name_en, region, int(column), int(row))
    return dict(sorted(found.items()))


PREFECTURES: dict[Prefecture, PrefectureFacts] = _prefectures()


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


class JurisdictionKind(StrEnum):
    """Which kind of public body inspects: a prefecture, or a city or ward with its own health centre."""

    PREFECTURE = "prefecture"
    DESIGNATED_CITY = "designated_city"
    CORE_CITY = "core_city"
    OTHER_CITY = "other_city"
    SPECIAL_WARD = "special_ward"


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


class ImportKind(StrEnum):
    """Which published list was read."""

    REGISTER = "register"
    CODES = "codes"


class ImportStatus(StrEnum):
    """How far an import is."""

    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class ProblemReason(StrEnum):
    """What is odd about a published row; the row is kept unless the reason is among `SET_ASIDE`."""

    TOTAL_BEDS_BLANK = "total_beds_blank"
    TOTAL_BEDS_ZERO = "total_beds_zero"
    BEDS_DO_NOT_ADD_UP = "beds_do_not_add_up"
    CONVALESCENT_PARTS_EXCEED = "convalescent_parts_exceed"
    HOSPITAL_UNDER_20_BEDS = "hospital_under_20_beds"
    BEDS_NOT_A_NUMBER = "beds_not_a_number"
    COORDINATES_ZERO = "coordinates_zero"
    COORDINATES_OUTSIDE_JAPAN = "coordinates_outside_japan"
    COORDINATES_NOT_A_NUMBER = "coordinates_not_a_number"
    WEBSITE_BLANK = "website_blank"
    WEBSITE_WITHOUT_SCHEME = "website_without_scheme"
    NAME_SHARED = "name_shared"
    NOT_IN_CP932 = "not_in_cp932"
    MUNICIPALITY_MALFORMED = "municipality_malformed"
    VALUE_TOO_LONG = "value_too_long"
    REGISTER_CODE_BLANK = "register_code_blank"
    REGISTER_CODE_MALFORMED = "register_code_malformed"
    REGISTER_CODE_REPEATED = "register_code_repeated"
    NAME_BLANK = "name_blank"
    KIND_UNKNOWN = "kind_unknown"
    PREFECTURE_UNKNOWN = "prefecture_unknown"
    CODE_REPEATED = "code_repeated"
    CODE_MALFORMED = "code_malformed"
    CODES_DISAGREE = "codes_disagree"
    CODE_NAMES_SEVERAL = "code_names_several"
    PREFECTURE_MISSING = "prefecture_missing"


# A row with one of these cannot become an institution or a code; it stays whole in the problem list.
SET_ASIDE = frozenset(
    {
        ProblemReason.REGISTER_CODE_BLANK,
        ProblemReason.REGISTER_CODE_MALFORMED,
        ProblemReason.REGISTER_CODE_REPEATED,
        ProblemReason.NAME_BLANK,
        ProblemReason.KIND_UNKNOWN,
        ProblemReason.PREFECTURE_UNKNOWN,
        ProblemReason.CODE_REPEATED,
        ProblemReason.CODE_MALFORMED,
        ProblemReason.CODES_DISAGREE,
    }
)


class FileRefusal(StrEnum):
    """Why a file is not read at all; nothing of it is written."""

    FILE_MISSING = "file_missing"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    UNPACKS_TOO_DENSELY = "unpacks_too_densely"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_ENCRYPTED = "archive_encrypted"
    ARCHIVE_PATH_UNSAFE = "archive_path_unsafe"
    ARCHIVE_NEEDS_ONE_CSV = "archive_needs_one_csv"
    IS_A_WORKBOOK = "is_a_workbook"
    NOT_UTF8 = "not_utf8"
    HOLDS_NUL = "holds_nul"
    NOT_CSV = "not_csv"
    LINE_TOO_LONG = "line_too_long"
    HEADER_LACKS_COLUMN = "header_lacks_column"
    HEADER_REPEATS_COLUMN = "header_repeats_column"
    WRONG_NUMBER_OF_COLUMNS = "wrong_number_of_columns"
    ENDS_IN_MID_ROW = "ends_in_mid_row"
    TOO_MANY_ROWS_SET_ASIDE = "too_many_rows_set_aside"
    TOO_MANY_WOULD_VANISH = "too_many_would_vanish"
    OLDER_THAN_REGISTER = "older_than_register"
    TOO_MANY_CODES_WOULD_END = "too_many_codes_would_end"
    MORE_CODES_WOULD_END_THAN_STATED = "more_codes_would_end_than_stated"
    OLDER_THAN_CODES = "older_than_codes"
    DATE_UNKNOWN = "date_unknown"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


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
class PublishedInstitution:
    """One row of the published register, read and normalised; `line` is where it stands in the file."""

    line: int
    register_code: str
    kind: InstitutionKind
    name: str
    name_kana: str
    short_name: str
    name_latin: str
    prefecture: Prefecture
    municipality: str
    address: str
    latitude: float | None
    longitude: float | None
    website: str
    beds: Beds


@dataclass(frozen=True, slots=True)
class PublishedCode:
    """One row of a published list of institution codes."""

    line: int
    system: CodeSystem
    prefecture: Prefecture
    value: str
    name: str
    postal_code: str
    address: str


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One odd thing in one row, with the text as published; line 0 is the file as a whole."""

    line: int
    field: str
    value: str
    reason: ProblemReason
    facts: Mapping[str, object] = dataclasses.field(default_factory=dict)
    row: tuple[str, ...] = ()  # the whole row, when it is set aside
    institution_name: str = ""  # as published in the row; empty where it names none


@dataclass(frozen=True, slots=True)
class ReadRow[Published]:
    """What came of one row: something published, or None where it had to be set aside; and what was odd."""

    line: int
    published: Published | None
    problems: tuple[RowProblem, ...] = ()


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


@dataclass(frozen=True, slots=True)
class JurisdictionFacts:
    """One row of the shipped list of inspecting bodies."""

    code: str
    kind: JurisdictionKind
    prefecture: Prefecture
    name_ja: str
    name_en: str
    first_ward: str = ""
    last_ward: str = ""


@dataclass(frozen=True, slots=True)
class JurisdictionEdition:
    """The shipped list of inspecting bodies with where it comes from and as of when."""

    as_of: dt.date
    source: str
    is_confirmed: bool
    jurisdictions: tuple[JurisdictionFacts, ...]
