"""Published lists and what comes of reading them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sonae.core.institutions.vocabulary.entries import Beds, CodeSystem, InstitutionKind
from sonae.core.institutions.vocabulary.places import Prefecture


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
