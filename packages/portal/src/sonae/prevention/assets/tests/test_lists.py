"""Lists as hospitals keep them: what a cell means, where a table begins, which column says what."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.kernel.errors import BadInput
from sonae.prevention.assets.intake import cells, drafts, files, headers, tables
from sonae.prevention.assets.intake.headers import Line
from sonae.prevention.assets.intake.vocabulary import FileFormat, IntakeRefusal, RowProblem


def lines(*rows):
    return [Line(number, tuple(row)) for number, row in enumerate(rows, 1) if any(row)]


def kept(tmp_path, content):
    path = tmp_path / "list"
    path.write_bytes(content)
    return path


def workbook(*rows, merged=(), sheets=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for span in merged:
        book.active.merge_cells(span)
    for title, first in sheets:
        book.create_sheet(title).append(first)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --- cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("令和6年4月1日", "2024-04-01"),
        ("R6.4.1", "2024-04-01"),
        ("r06-04-01", "2024-04-01"),
        ("Ｒ６．４．１", "2024-04-01"),
        ("令和元年5月1日", "2019-05-01"),
        ("H30/3", "2018-03-01"),
        ("平成 30 年 3 月", "2018-03-01"),
        ("S63.12.31", "1988-12-31"),
        ("㍻30年3月1日", "2018-03-01"),
        ("2024/4/1", "2024-04-01"),
        ("2024年4月1日", "2024-04-01"),
        ("２０２４／０４／０１", "2024-04-01"),
        ("2024-04-01T00:00:00", "2024-04-01"),
        ("2024/4", "2024-04-01"),
        ("20240401", "2024-04-01"),
        ("45383", "2024-04-01"),
        ("令和5年度", "2023-01-01"),
    ],
)
def test_a_day_is_read_in_either_calendar(text, day):
    assert cells.day_of(cells.plain(text)).isoformat() == day


@pytest.mark.parametrize(
    "text", ["R6.13.1", "R0.1.1", "令和6年2月30日", "いつか", "12", "9999/12/31", "1/2/3", "H", "2024//1"]
)
def test_what_is_no_day_is_not_guessed(text):
    with pytest.raises(cells.Unreadable) as refused:
        cells.day_of(cells.plain(text))
    assert refused.value.reason is RowProblem.DAY_UNREADABLE


def test_until_when_support_lasts_is_the_end_of_what_is_written():
    assert cells.value_of("support_ends_on", "2028年2月") == ("2028-02-29", None)
    assert cells.value_of("support_ends_on", "R10") == ("2028-12-31", None)
    assert cells.value_of("acquired_on", "2028年2月") == ("2028-02-01", None)


@given(st.dates(min_value=date(1989, 2, 1), max_value=date(2019, 4, 30)))
def test_every_day_of_heisei_reads_as_itself_however_it_is_written(day):
    year = day.year - 1988
    written = [
        f"平成{year}年{day.month}月{day.day}日", f"H{year}.{day.month}.{day.day}",
        f"h{year:02}/{day.month:02}/{day.day:02}",
    ]  # fmt: skip
    assert {cells.day_of(text) for text in written} == {day}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("name", "　ｻｰﾊﾞ　室 \n１号", "サーバ 室 1号"),
        ("serial", "ＳＮ－００１", "SN-001"),
        ("serial", "―", ""),
        ("mac_address", "00-1A-2b:3C.4d5E", "00:1a:2b:3c:4d:5e"),
        ("ip_address", "１９２．０．２．１", "192.0.2.1"),
        ("ip_address", "2001:DB8::0:1", "2001:db8::1"),
        ("ip_address", "192.0.2.1/24", "192.0.2.1"),
        ("kind", "ﾉｰﾄＰＣ", "pc"),
        ("kind", "ファイルサーバー", "server"),
        ("kind", "無線AP", "network_device"),
        ("kind", "MRI装置", "medical_device"),
        ("internet_facing", "なし", "no"),
        ("internet_facing", "○", "yes"),
        ("criticality", "高", "essential"),
    ],
)
def test_a_cell_is_kept_in_one_way_of_writing(field, text, value):
    assert cells.value_of(field, text) == (value, None)


def test_what_is_too_long_or_two_addresses_is_told_and_not_cut():
    value, problem = cells.value_of("name", "x" * 121)
    assert (value, problem.reason, problem.facts) == ("", RowProblem.TOO_LONG, {"most": 120})
    assert cells.value_of("ip_address", "192.0.2.1, 192.0.2.2")[1].reason is RowProblem.ADDRESS_UNREADABLE


# --- headers ---------------------------------------------------------------------------------------------------------


def test_titles_above_the_table_are_no_headers():
    found = headers.find_header(
        lines(
            ["○○病院 機器台帳", "", ""],
            ["令和8年11月1日現在", "", ""],
            ["", "", ""],
            ["No.", "機器名", "ＩＰ アドレス"],
        )
    )
    assert (found.line, found.data_line, found.names) == (4, 5, ("No.", "機器名", "ＩＰ アドレス"))


def test_headers_in_two_lines_are_one():
    found = headers.find_header(
        lines(
            ["機器名", "ネットワーク", "", "保守"],
            ["", "IPアドレス", "MACアドレス", "終了日"],
            ["受付1", "192.0.2.1", "001122334455", "R8.3.31"],
        )
    )
    assert (found.line, found.data_line) == (1, 3)
    assert found.names == ("機器名", "ネットワーク IPアドレス", "ネットワーク MACアドレス", "保守 終了日")
    assert headers.propose(found.names, ())[:3] == ("name", "ip_address", "mac_address")


def test_a_row_of_contents_is_no_second_line_of_headers():
    found = headers.find_header(lines(["機器名", "", "設置場所"], ["PC", "ネットワーク", "受付"], ["PC", "x", "y"]))
    assert (found.line, found.data_line) == (1, 2)


def test_without_a_known_word_the_first_full_line_is_the_header():
    found = headers.find_header(lines(["一覧", "", ""], ["あ", "い", "う"], ["1", "2", "3"]))
    assert (found.line, found.names) == (2, ("あ", "い", "う"))


@pytest.mark.parametrize(
    ("names", "columns"),
    [
        (
            ["管理番号", "装置名称", "メーカ", "型式", "シリアルＮｏ．"],
            ["asset_number", "name", "maker", "model_number", "serial"],
        ),
        (["コンピューター名", "MAC アドレス（有線）", "最終ログオンユーザー"], ["hostname", "mac_address", ""]),
        (
            ["Endpoint Name", "OS Version", "Last IP Address", "Serial Number"],
            ["hostname", "os", "ip_address", "serial"],
        ),
        (["ﾎｽﾄ名", "ﾍﾞﾝﾀﾞｰ"], ["hostname", "maker"]),
        (["Hostnames", "Manufacturers"], ["hostname", "maker"]),
        (["機器名", "名称"], ["name", ""]),
        (["金額", "耐用年数"], ["", ""]),
    ],
)
def test_columns_are_proposed_by_what_they_are_called(names, columns):
    assert list(headers.propose(names, ())) == columns


def test_columns_without_a_known_header_are_proposed_by_what_stands_in_them():
    rows = lines(
        ["a", "192.0.2.1", "00:11:22:33:44:55", "Windows 11"], ["b", "192.0.2.2", "001122334466", "Windows 10"]
    )
    assert headers.propose(("?", "甲", "乙", "丙"), rows) == ("", "ip_address", "mac_address", "os")


@pytest.mark.parametrize(
    ("first", "is_total"),
    [("合計", True), ("総計 123台", True), ("Total", True), ("合計算出サーバ", False), ("計測器", False)],
)
def test_a_row_that_adds_up_is_no_device(first, is_total):
    assert headers.is_total(Line(9, ("", first, "12"))) is is_total


def test_a_list_is_known_again_whatever_the_width_of_its_headers():
    assert headers.fingerprint(["ＩＰアドレス", "No."]) == headers.fingerprint(["IP アドレス", "no"])
    assert headers.fingerprint(["IPアドレス"]) != headers.fingerprint(["MACアドレス"])


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_table_is_read_in_any_usual_encoding_with_any_sign(tmp_path, encoding, sign):
    text = '機器名,設置場所\r\n①端末,"1階\n受付"\r\n\r\n㈱の端末,2階\r\n'.replace(",", sign)
    path = kept(tmp_path, text.encode(encoding))
    assert files.format_of(path, name="l.csv") is FileFormat.TABLE_CSV
    found = list(tables.rows(path, FileFormat.TABLE_CSV, sheet="", name="l.csv"))
    assert [(line.number, line.cells) for line in found] == [
        (1, ("機器名", "設置場所")), (2, ("①端末", "1階\n受付")), (5, ("㈱の端末", "2階")),
    ]  # fmt: skip


def test_a_workbook_is_read_with_its_days_numbers_and_merged_cells(tmp_path):
    path = kept(
        tmp_path,
        workbook(
            ["機器一覧", None, None, None],
            ["設置場所", "機器名", "導入日", "資産番号"],
            ["1階", "受付1", datetime(2024, 4, 1), 101],
            [None, "受付2", date(2024, 4, 2), 102.0],
            ["2階", "検査1", "R6.4.3", "=1+102"],
            merged=["A1:D1", "A3:A4"],
        ),
    )
    assert files.format_of(path, name="l.xlsx") is FileFormat.TABLE_XLSX
    sheet, found = drafts.first_lines(path, FileFormat.TABLE_XLSX, sheet=None, name="l.xlsx")
    assert sheet == "Sheet"
    assert [line.cells for line in found[2:]] == [
        ("1階", "受付1", "2024-04-01", "101"), ("1階", "受付2", "2024-04-02", "102"), ("2階", "検査1", "R6.4.3"),
    ]  # fmt: skip
    assert headers.find_header(found).names == ("設置場所", "機器名", "導入日", "資産番号")


def test_headers_that_are_merged_downwards_in_a_workbook_are_one(tmp_path):
    content = workbook(
        ["機器名", "ネットワーク", None], [None, "IPアドレス", "MACアドレス"], ["a", "192.0.2.1", "001122334455"],
        merged=["A1:A2", "B1:C1"],
    )  # fmt: skip
    found = drafts.draft(kept(tmp_path, content), FileFormat.TABLE_XLSX, sheet=None, name="l.xlsx")
    assert found.mapping.columns == ("name", "ip_address", "mac_address")
    assert (found.mapping.header_line, found.mapping.data_line) == (1, 3)


def test_the_fullest_sheet_is_meant_unless_another_is_chosen(tmp_path):
    content = workbook(["機器名", "設置場所"], ["a", "b"], ["c", "d"], sheets=[("表紙", ["○○病院"])])
    path = kept(tmp_path, content)
    assert drafts.first_lines(path, FileFormat.TABLE_XLSX, sheet=None, name="l.xlsx")[0] == "Sheet"
    assert drafts.first_lines(path, FileFormat.TABLE_XLSX, sheet="表紙", name="l.xlsx")[0] == "表紙"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", IntakeRefusal.OLD_WORKBOOK),
        (b"\x89PNG\r\n\x1a\n\0\0", IntakeRefusal.FORMAT_UNKNOWN),
        (b'{"a": 1}', IntakeRefusal.FORMAT_UNKNOWN),
        (b"<html></html>", IntakeRefusal.FORMAT_UNKNOWN),
        (b"PK\x03\x04broken", "archive_broken"),
    ],
)
def test_what_is_none_of_them_is_refused_with_its_reason(tmp_path, content, reason):
    with pytest.raises(BadInput) as refused:
        files.format_of(kept(tmp_path, content), name="f")
    assert refused.value.problems[0].reason == reason


def test_a_table_is_bounded_and_says_where(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    path = kept(tmp_path, b"a,b\n1,2\n3,4\n")
    with pytest.raises(BadInput) as refused:
        list(tables.rows(path, FileFormat.TABLE_CSV, sheet="", name="l.csv"))
    assert (refused.value.problems[0].reason, refused.value.problems[0].line) == (IntakeRefusal.TOO_MANY_ROWS, 3)
    path.write_bytes(b"," * 300 + b"x\n")
    with pytest.raises(BadInput) as refused:
        list(tables.rows(path, FileFormat.TABLE_CSV, sheet="", name="l.csv"))
    assert refused.value.problems[0].reason is IntakeRefusal.TOO_MANY_COLUMNS
