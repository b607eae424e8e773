"""Reading the ministry's open data (医療情報ネット): one row, one institution, and every oddity of it."""

import re
import unicodedata
from collections.abc import Callable, Iterator

from sonae.core.institutions import rules, sources
from sonae.core.institutions.vocabulary import (
    Beds,
    FileRefusal,
    InstitutionKind,
    Prefecture,
    ProblemReason,
    PublishedInstitution,
    ReadRow,
    RowProblem,
)
from sonae.kernel.decision import Refused

ID, NAME, KANA, SHORT, LATIN = "ID", "正式名称", "正式名称（フリガナ）", "略称", "英語表記（ローマ字表記）"
KIND, PREFECTURE, MUNICIPALITY, ADDRESS = "機関区分", "都道府県コード", "市区町村コード", "所在地"
LATITUDE, LONGITUDE = "所在地座標（緯度）", "所在地座標（経度）"
WEBSITE, TOTAL = "案内用ホームページアドレス", "合計病床数"
CONVALESCENT_MEDICAL, CONVALESCENT_NURSING = "療養病床のうち医療保険適用", "療養病床のうち介護保険適用"
BED_COLUMNS = {
    "total": TOTAL,
    "general": "一般病床",
    "convalescent": "療養病床",
    "convalescent_medical": CONVALESCENT_MEDICAL,
    "convalescent_nursing": CONVALESCENT_NURSING,
    "psychiatric": "精神病床",
    "tuberculosis": "結核病床",
    "infectious": "感染症病床",
}
REQUIRED = (ID, NAME, KIND, PREFECTURE, MUNICIPALITY, ADDRESS)
OPTIONAL = (KANA, SHORT, LATIN, LATITUDE, LONGITUDE, WEBSITE, *BED_COLUMNS.values())
LONGEST = {NAME: 200, KANA: 300, SHORT: 200, LATIN: 300, ADDRESS: 300, WEBSITE: 500}
KINDS = {
    "1": InstitutionKind.HOSPITAL,
    "2": InstitutionKind.CLINIC,
    "3": InstitutionKind.DENTAL_CLINIC,
    "5": InstitutionKind.PHARMACY,
}
MOST_BEDS = 20_000
# The islands from Yonaguni and Okinotorishima to Etorofu and Minamitorishima.
_LATITUDES, _LONGITUDES = (20.0, 46.0), (122.0, 154.0)
_REGISTER_CODE = re.compile(r"(?!SYN-)[0-9A-Za-z-]{1,40}")
type _Cell = Callable[[str], str]


def read(source: sources.Source) -> Iterator[ReadRow[PublishedInstitution]]:
    """Every row of the register file, in order; raises BadInput when the file as a whole cannot be read."""
    lines = sources.rows(source)
    places, width = _header(source, lines)
    seen: set[str] = set()
    for line, row in lines:
        if len(row) != width:
            ended = next(lines, None) is None and len(row) < width
            reason = FileRefusal.ENDS_IN_MID_ROW if ended else FileRefusal.WRONG_NUMBER_OF_COLUMNS
            raise source.refused(reason, line=line, value=",".join(row), found=len(row), expected=width)
        yield _institution(line, row, places, seen)


def _header(source: sources.Source, lines: Iterator[tuple[int, list[str]]]) -> tuple[dict[str, int], int]:
    first = next(lines, None)
    if first is None:
        raise source.refused(FileRefusal.FILE_EMPTY)
    line, names = first
    plain = [_plain(name) for name in names]
    wanted = {_plain(name): name for name in (*REQUIRED, *OPTIONAL)}
    for name, column in wanted.items():
        if plain.count(name) > 1:
            raise source.refused(FileRefusal.HEADER_REPEATS_COLUMN, line=line, field=column)
    places = {wanted[name]: place for place, name in enumerate(plain) if name in wanted}
    for name in REQUIRED:
        if name not in places:
            raise source.refused(FileRefusal.HEADER_LACKS_COLUMN, line=line, field=name, value=",".join(names))
    return places, len(names)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _institution(line: int, row: list[str], places: dict[str, int], seen: set[str]) -> ReadRow[PublishedInstitution]:
    def cell(column: str) -> str:
        return row[places[column]].strip(" \t") if column in places else ""

    aside = _set_aside(cell, seen)
    if aside:
        reason, column = aside
        return ReadRow(
            line, None, (RowProblem(line, column, cell(column), reason, row=tuple(row), institution_name=cell(NAME)),)
        )
    seen.add(cell(ID))
    problems: list[RowProblem] = []

    def note(column: str, reason: ProblemReason, **facts: object) -> None:
        problems.append(RowProblem(line, column, cell(column), reason, facts, institution_name=cell(NAME)))

    kind, prefecture = KINDS[cell(KIND)], Prefecture(cell(PREFECTURE))
    latitude, longitude = _coordinates(cell, note, places)
    _website(cell, note, places)
    _encoding(cell, note)
    published = PublishedInstitution(
        line=line,
        register_code=cell(ID),
        kind=kind,
        name=_shortened(NAME, cell, note),
        name_kana=_shortened(KANA, cell, note),
        short_name=_shortened(SHORT, cell, note),
        name_latin=_shortened(LATIN, cell, note),
        prefecture=prefecture,
        municipality=_municipality(cell, note, prefecture),
        address=_shortened(ADDRESS, cell, note),
        latitude=latitude,
        longitude=longitude,
        website=_shortened(WEBSITE, cell, note),
        beds=_beds(cell, note, kind, places),
    )
    return ReadRow(line, published, tuple(problems))


def _set_aside(cell: _Cell, seen: set[str]) -> tuple[ProblemReason, str] | None:
    code = cell(ID)
    if not code:
        return ProblemReason.REGISTER_CODE_BLANK, ID
    if not _REGISTER_CODE.fullmatch(code):
        return ProblemReason.REGISTER_CODE_MALFORMED, ID
    if code in seen:
        return ProblemReason.REGISTER_CODE_REPEATED, ID
    if not cell(NAME):
        return ProblemReason.NAME_BLANK, NAME
    if cell(KIND) not in KINDS:
        return ProblemReason.KIND_UNKNOWN, KIND
    if cell(PREFECTURE) not in Prefecture:
        return ProblemReason.PREFECTURE_UNKNOWN, PREFECTURE
    return None


def _shortened(column: str, cell: _Cell, note: Callable[..., None]) -> str:
    text = cell(column)
    if len(text) > LONGEST[column]:
        note(column, ProblemReason.VALUE_TOO_LONG, limit=LONGEST[column])
    return text[: LONGEST[column]]


def _municipality(cell: _Cell, note: Callable[..., None], prefecture: Prefecture) -> str:
    published = cell(MUNICIPALITY)
    code = published if len(published) == 5 else f"{prefecture.value}{published}"
    if isinstance(rules.may_place(code, prefecture=prefecture), Refused):
        note(MUNICIPALITY, ProblemReason.MUNICIPALITY_MALFORMED)
        return f"{prefecture.value}000"
    return code


def _coordinates(
    cell: _Cell, note: Callable[..., None], places: dict[str, int]
) -> tuple[float, float] | tuple[None, None]:
    if LATITUDE not in places or LONGITUDE not in places:
        return None, None
    try:
        latitude, longitude = float(cell(LATITUDE)), float(cell(LONGITUDE))
    except ValueError:
        note(LATITUDE, ProblemReason.COORDINATES_NOT_A_NUMBER, longitude=cell(LONGITUDE))
        return None, None
    if latitude == longitude == 0:
        note(LATITUDE, ProblemReason.COORDINATES_ZERO, longitude=cell(LONGITUDE))
        return None, None
    if not (_LATITUDES[0] <= latitude <= _LATITUDES[1] and _LONGITUDES[0] <= longitude <= _LONGITUDES[1]):
        note(LATITUDE, ProblemReason.COORDINATES_OUTSIDE_JAPAN, longitude=cell(LONGITUDE))
        return None, None
    return latitude, longitude


def _website(cell: _Cell, note: Callable[..., None], places: dict[str, int]) -> None:
    if WEBSITE not in places:
        return
    if not cell(WEBSITE):
        note(WEBSITE, ProblemReason.WEBSITE_BLANK)
    elif not rules.is_web_address(cell(WEBSITE)):
        note(WEBSITE, ProblemReason.WEBSITE_WITHOUT_SCHEME)


def _encoding(cell: _Cell, note: Callable[..., None]) -> None:
    """Notes one text that older systems of hospitals and prefectures cannot store."""
    for column in (NAME, KANA, SHORT, LATIN, ADDRESS, WEBSITE):
        try:
            cell(column).encode("cp932")
        except UnicodeEncodeError as wrong:
            note(column, ProblemReason.NOT_IN_CP932, characters=wrong.object[wrong.start : wrong.end])
            return


def _beds(cell: _Cell, note: Callable[..., None], kind: InstitutionKind, places: dict[str, int]) -> Beds:
    if TOTAL not in places or not rules.counts_beds(kind):
        return Beds()
    counts: dict[str, int | None] = {}
    for name, column in BED_COLUMNS.items():
        text = unicodedata.normalize("NFKC", cell(column))
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None
        if text and (number is None or number > MOST_BEDS):
            note(column, ProblemReason.BEDS_NOT_A_NUMBER, most=MOST_BEDS)
            number = None
        counts[name] = number
    beds = Beds(**counts)
    if kind is InstitutionKind.HOSPITAL:
        _total(beds, cell, note)
    if beds.total is not None and beds.total != beds.sum_of_types:
        note(TOTAL, ProblemReason.BEDS_DO_NOT_ADD_UP, sum=beds.sum_of_types)
    parts = (beds.convalescent_medical or 0) + (beds.convalescent_nursing or 0)
    if parts > (beds.convalescent or 0):
        note(BED_COLUMNS["convalescent"], ProblemReason.CONVALESCENT_PARTS_EXCEED, parts=parts)
    return beds


def _total(beds: Beds, cell: _Cell, note: Callable[..., None]) -> None:
    if not cell(TOTAL):
        note(TOTAL, ProblemReason.TOTAL_BEDS_BLANK, sum=beds.sum_of_types)
    elif beds.total == 0:
        note(TOTAL, ProblemReason.TOTAL_BEDS_ZERO, sum=beds.sum_of_types)
    if beds.total is not None and beds.total < 20:
        note(TOTAL, ProblemReason.HOSPITAL_UNDER_20_BEDS)
