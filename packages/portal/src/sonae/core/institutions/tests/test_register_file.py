"""What is odd about a published row, one row per oddity."""

import pytest

from sonae.core.institutions import code_file, register_file, sources
from sonae.core.institutions.vocabulary import Beds, CodeSystem, InstitutionKind, Prefecture, ProblemReason

P = ProblemReason
PLAIN = {
    "ID": "0111010000010",
    "正式名称": "試験病院",
    "正式名称（フリガナ）": "シケンビョウイン",
    "略称": "",
    "英語表記（ローマ字表記）": "Test Hospital",
    "機関区分": "1",
    "都道府県コード": "01",
    "市区町村コード": "101",
    "所在地": "北海道札幌市中央区南１条",
    "所在地座標（緯度）": "43.05",
    "所在地座標（経度）": "141.33",
    "案内用ホームページアドレス": "https://example.jp/",
    "一般病床": "100",
    "療養病床": "60",
    "療養病床のうち医療保険適用": "40",
    "療養病床のうち介護保険適用": "20",
    "精神病床": "",
    "結核病床": "0",
    "感染症病床": "",
    "合計病床数": "160",
    "祝日に休診": "1",
}


def read_rows(tmp_path, *rows):
    path = tmp_path / "list_20251201.csv"
    lines = [",".join(f'"{cell}"' for cell in row.values()) for row in (dict(zip(PLAIN, PLAIN, strict=True)), *rows)]
    path.write_text("\r\n".join(lines), encoding="utf-8-sig", newline="")
    return list(register_file.read(sources.open_source(path)))


def test_a_plain_row_is_read_without_a_problem(tmp_path):
    (row,) = read_rows(tmp_path, PLAIN)
    assert row.problems == ()
    assert row.line == 2
    published = row.published
    assert published is not None
    assert published.kind is InstitutionKind.HOSPITAL
    assert (published.prefecture, published.municipality) == (Prefecture.HOKKAIDO, "01101")
    assert (published.latitude, published.longitude) == (43.05, 141.33)
    assert published.beds == Beds(160, 100, 60, 40, 20, None, 0, None)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"合計病床数": ""}, {P.TOTAL_BEDS_BLANK}),
        (
            {
                "合計病床数": "0",
                "一般病床": "",
                "療養病床": "",
                "療養病床のうち医療保険適用": "",
                "療養病床のうち介護保険適用": "",
            },
            {P.TOTAL_BEDS_ZERO, P.HOSPITAL_UNDER_20_BEDS},
        ),
        ({"合計病床数": "161"}, {P.BEDS_DO_NOT_ADD_UP}),
        ({"療養病床のうち介護保険適用": "21"}, {P.CONVALESCENT_PARTS_EXCEED}),
        ({"療養病床のうち介護保険適用": "19"}, set()),
        ({"合計病床数": "多数"}, {P.BEDS_NOT_A_NUMBER}),
        ({"合計病床数": "99999999999999999999"}, {P.BEDS_NOT_A_NUMBER}),
        ({"合計病床数": "20001", "一般病床": "19941"}, {P.BEDS_NOT_A_NUMBER}),
        ({"合計病床数": "-160"}, {P.BEDS_NOT_A_NUMBER}),
        ({"合計病床数": "１６０"}, set()),
        ({"所在地座標（緯度）": "0.0", "所在地座標（経度）": "0.0"}, {P.COORDINATES_ZERO}),
        ({"所在地座標（緯度）": "141.33", "所在地座標（経度）": "43.05"}, {P.COORDINATES_OUTSIDE_JAPAN}),
        ({"所在地座標（緯度）": "nan"}, {P.COORDINATES_OUTSIDE_JAPAN}),
        ({"所在地座標（緯度）": "北"}, {P.COORDINATES_NOT_A_NUMBER}),
        ({"案内用ホームページアドレス": ""}, {P.WEBSITE_BLANK}),
        ({"案内用ホームページアドレス": "http//example.jp"}, {P.WEBSITE_WITHOUT_SCHEME}),
        ({"案内用ホームページアドレス": "javascript:alert(1)"}, {P.WEBSITE_WITHOUT_SCHEME}),
        ({"案内用ホームページアドレス": "HTTP://EXAMPLE.JP"}, {P.WEBSITE_WITHOUT_SCHEME}),
        ({"正式名称": "鉃友会", "略称": "鉃友会"}, {P.NOT_IN_CP932}),
        ({"市区町村コード": "1"}, {P.MUNICIPALITY_MALFORMED}),
        ({"市区町村コード": "02201"}, {P.MUNICIPALITY_MALFORMED}),
        ({"市区町村コード": "01101"}, set()),
        ({"正式名称": "病" * 201}, {P.VALUE_TOO_LONG}),
    ],
)
def test_an_odd_row_is_kept_and_named(change, found, tmp_path):
    (row,) = read_rows(tmp_path, PLAIN | change)
    assert row.published is not None
    assert {problem.reason for problem in row.problems} == found
    for problem in row.problems:
        assert problem.line == 2
        assert problem.value == (PLAIN | change)[problem.field]
        assert problem.institution_name == (PLAIN | change)[register_file.NAME]
        assert not problem.row


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ID": ""}, P.REGISTER_CODE_BLANK),
        ({"ID": "a b"}, P.REGISTER_CODE_MALFORMED),
        ({"ID": "SYN-000001"}, P.REGISTER_CODE_MALFORMED),
        ({"正式名称": ""}, P.NAME_BLANK),
        ({"機関区分": "4"}, P.KIND_UNKNOWN),
        ({"都道府県コード": "48"}, P.PREFECTURE_UNKNOWN),
    ],
)
def test_a_row_that_cannot_be_an_institution_is_set_aside_whole(change, reason, tmp_path):
    (row,) = read_rows(tmp_path, PLAIN | change)
    assert row.published is None
    (problem,) = row.problems
    assert problem.reason is reason
    assert problem.row == tuple((PLAIN | change).values())
    assert problem.institution_name == (PLAIN | change)[register_file.NAME]


def test_a_repeated_id_is_set_aside(tmp_path):
    first, second = read_rows(tmp_path, PLAIN, PLAIN | {"正式名称": "別の病院"})
    assert first.published is not None
    assert second.published is None
    assert second.problems[0].reason is P.REGISTER_CODE_REPEATED


def test_clinics_may_leave_the_beds_blank(tmp_path):
    none = dict.fromkeys(register_file.BED_COLUMNS.values(), "")
    (row,) = read_rows(tmp_path, PLAIN | none | {"機関区分": "2"})
    assert row.problems == ()
    assert row.published is not None
    assert row.published.beds == Beds()


def test_a_text_with_line_breaks_keeps_the_lines_of_later_rows_right(tmp_path):
    rows = read_rows(tmp_path, PLAIN | {"略称": "一\r\n二"}, PLAIN | {"ID": "2"})
    assert [row.line for row in rows] == [2, 4]


def read_codes(tmp_path, text):
    path = tmp_path / "202409_codes.csv"
    path.write_text(text, encoding="utf-8")
    return list(code_file.read(sources.open_source(path)))


def test_codes_come_with_their_prefecture(tmp_path):
    nine, ten = read_codes(
        tmp_path, "130112489,0112489,甲病院,1000001,千代田区\n1310112489,0112489,乙病院,1000001,千代田区\n"
    )
    assert nine.published is not None
    assert (nine.published.system, nine.published.prefecture, nine.published.value) == (
        CodeSystem.MEDICAL_INSTITUTION_7,
        Prefecture.TOKYO,
        "0112489",
    )
    assert ten.published is not None
    assert (ten.published.system, ten.published.value) == (CodeSystem.MEDICAL_INSTITUTION_10, "1310112489")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("13x112489,0112489,甲,1,東京", P.CODE_MALFORMED),
        ("130112489,112489,甲,1,東京", P.CODE_MALFORMED),
        ("990112489,0112489,甲,1,東京", P.PREFECTURE_UNKNOWN),
        ("130112488,0112489,甲,1,東京", P.CODES_DISAGREE),
        ("130112489,0112489,,1,東京", P.NAME_BLANK),
    ],
)
def test_a_row_that_is_no_code_is_set_aside_whole(row, reason, tmp_path):
    (read,) = read_codes(tmp_path, row + "\n")
    assert read.published is None
    assert read.problems[0].reason is reason
    assert ",".join(read.problems[0].row) == row


def test_a_repeated_code_says_whether_the_row_is_the_same(tmp_path):
    row = "130112489,0112489,甲,1,東京\n"
    _, same, other = read_codes(tmp_path, row + row + row.replace("甲", "乙"))
    assert same.problems[0].facts == {"identical": True}
    assert other.problems[0].facts == {"identical": False}


def test_a_long_text_is_shortened_and_said_so(tmp_path):
    (read,) = read_codes(tmp_path, f"130112489,0112489,{'甲' * 300},1,東京\n")
    assert read.published is not None
    assert len(read.published.name) == 200
    assert read.problems[0].reason is P.VALUE_TOO_LONG
