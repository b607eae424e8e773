"""Hostile and broken files are refused with file, line and field, fast, and before anything is written."""

import io
import struct
import zipfile

import openpyxl
import pytest

from sonae.core.institutions import code_file, register_file, sources
from sonae.core.institutions.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput
from tools import effort

HEADER = "ID,正式名称,機関区分,都道府県コード,市区町村コード,所在地,合計病床数"
ROW = "T1,試験病院,1,13,101,東京都千代田区1,150"
GOOD = f"{HEADER}\r\n{ROW}\r\n"


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def encrypted() -> bytes:
    content = bytearray(zipped(("list.csv", GOOD.encode())))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(mark) + offset
        content[place] |= 1
    return bytes(content)


def lying_about_its_size() -> bytes:
    """Says that it unpacks to a few bytes, and would unpack to ten megabytes."""
    content = bytearray(zipped(("list.csv", b"a" * 10_000_000)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(mark) + offset, 100)
    return bytes(content)


def crowded() -> bytes:
    content = bytearray(zipped(("list.csv", GOOD.encode())))
    struct.pack_into("<HH", content, content.rindex(b"PK\x05\x06") + 8, 60_000, 60_000)
    return bytes(content)


def workbook() -> bytes:
    buffer = io.BytesIO()
    openpyxl.Workbook().save(buffer)
    return buffer.getvalue()


def spoiled() -> bytes:
    """Says T2 where the check sum says T1."""
    content = bytearray(zipped(("list.csv", GOOD.encode()), method=zipfile.ZIP_STORED))
    content[content.index(b"T1") + 1] += 1
    return bytes(content)


F = FileRefusal
HOSTILE = {
    "nothing": (b"", F.FILE_EMPTY, 0),
    "only a mark": (b"\xef\xbb\xbf", F.FILE_EMPTY, 0),
    "cp932": (GOOD.encode("cp932"), F.NOT_UTF8, 1),
    "cp932 further down": (f"{GOOD}".encode() + ROW.replace("T1", "T2").encode("cp932"), F.NOT_UTF8, 3),
    "utf-16": (GOOD.encode("utf-16"), F.NOT_UTF8, 1),
    "noise": (bytes(range(128, 256)) * 9, F.NOT_UTF8, 1),
    "nul": (GOOD.encode() + b"T2,\0\0,1,13,101,x,1\n", F.HOLDS_NUL, 3),
    "quote that never ends": (GOOD.encode() + b'"T2,', F.ENDS_IN_MID_ROW, 3),
    "row that breaks off": (GOOD.encode() + b"T2,x,1,13", F.ENDS_IN_MID_ROW, 3),
    "short row": (GOOD.encode() + b"T2,x,1\nT3,x,1,13,101,x,1\n", F.WRONG_NUMBER_OF_COLUMNS, 3),
    "long row": (GOOD.encode() + ROW.encode() + b",1\n", F.WRONG_NUMBER_OF_COLUMNS, 3),
    "stray quote": (GOOD.encode() + b'T2,"x"y,1,13,101,x,1\n', F.NOT_CSV, 3),
    "endless line": (GOOD.encode() + b"x" * 70_000, F.LINE_TOO_LONG, 3),
    "no header": (ROW.encode(), F.HEADER_LACKS_COLUMN, 1),
    "column twice": (HEADER.encode() + b",ID\n", F.HEADER_REPEATS_COLUMN, 1),
    "header only": (HEADER.encode(), None, 0),
    "workbook": (workbook(), F.IS_A_WORKBOOK, 0),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, F.IS_A_WORKBOOK, 0),
    "torn archive": (zipped(("list.csv", GOOD.encode() * 99))[:-40], F.ARCHIVE_BROKEN, 0),
    "head of an archive": (b"PK\x03\x04", F.ARCHIVE_BROKEN, 0),
    "spoiled archive": (spoiled(), F.ARCHIVE_BROKEN, 0),
    "empty archive": (zipped(), F.ARCHIVE_NEEDS_ONE_CSV, 0),
    "two tables": (zipped(("a.csv", b"x"), ("b.csv", b"y")), F.ARCHIVE_NEEDS_ONE_CSV, 0),
    "crowded archive": (crowded(), F.ARCHIVE_NEEDS_ONE_CSV, 0),
    "path upwards": (zipped(("../../etc/list.csv", GOOD.encode())), F.ARCHIVE_PATH_UNSAFE, 0),
    "path upwards on Windows": (zipped(("..\\list.csv", GOOD.encode())), F.ARCHIVE_PATH_UNSAFE, 0),
    "path from the root": (zipped(("/list.csv", GOOD.encode())), F.ARCHIVE_PATH_UNSAFE, 0),
    "path on a drive": (zipped(("c:list.csv", GOOD.encode())), F.ARCHIVE_PATH_UNSAFE, 0),
    "encrypted": (encrypted(), F.ARCHIVE_ENCRYPTED, 0),
    "bomb": (zipped(("list.csv", b"0" * 50_000_000)), F.UNPACKS_TOO_DENSELY, 0),
    "bigger bomb": (zipped(("list.csv", b"0" * 90_000_001)), F.UNPACKS_TOO_LARGE, 0),
    "lying bomb": (lying_about_its_size(), F.ARCHIVE_BROKEN, 0),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_place_in_under_a_second(case, tmp_path):
    content, reason, line = HOSTILE[case]
    path = tmp_path / "list_20261101.csv"
    path.write_bytes(content)
    started = effort.begun()
    if reason is None:
        assert list(register_file.read(sources.open_source(path))) == []
        return
    with pytest.raises(BadInput) as refused:
        list(register_file.read(sources.open_source(path)))
    started.at_most(1)
    (problem,) = refused.value.problems
    assert problem.reason is reason
    assert problem.file.startswith("list_20261101.csv")
    assert problem.line == line
    assert len(problem.value) <= 200


def test_a_file_of_100_megabytes_is_refused_by_its_size(tmp_path):
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(BadInput) as refused:
        sources.open_source(path)
    assert refused.value.problems[0].reason is F.FILE_TOO_LARGE
    assert refused.value.problems[0].facts == {"size_bytes": 100_000_000, "limit_bytes": 90_000_000}


def test_a_stream_longer_than_its_limit_stops_there(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(GOOD + ROW * 9 + "\n")
    source = sources.open_source(path, limits=sources.Limits(unpacked_bytes=300))
    with pytest.raises(BadInput) as refused:
        list(sources.rows(source))
    assert refused.value.problems[0].reason is F.UNPACKS_TOO_LARGE


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput) as refused:
        sources.open_source(tmp_path / "nowhere.csv")
    assert refused.value.problems[0].reason is F.FILE_MISSING
    assert refused.value.problems[0].file == "nowhere.csv"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("packed", [False, True])
def test_utf8_is_read_with_and_without_a_mark_packed_and_plain(mark, packed, tmp_path):
    content = mark + GOOD.encode()
    path = tmp_path / "list.bin"
    path.write_bytes(zipped(("read me.txt", b"x"), ("folder/list.CSV", content)) if packed else content)
    (row,) = register_file.read(sources.open_source(path))
    assert row.published is not None
    assert row.published.name == "試験病院"


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("01-1_hospital_facility_info_20251201.csv", "2025-12-01"),
        ("202409_all.csv", "2024-09-01"),
        ("list_20251340.csv", "None"),
        ("list_20250230.csv", "None"),
        ("list.csv", "None"),
    ],
)
def test_the_date_of_a_list_is_in_its_name(name, as_of, tmp_path):
    path = tmp_path / name
    path.write_text(GOOD)
    assert str(sources.open_source(path).as_of) == as_of


def test_a_code_list_needs_five_columns(tmp_path):
    path = tmp_path / "codes.csv"
    for text, reason in (
        ("130000001,0000001,甲病院\n130000002,0000002,乙病院,1,2\n", F.WRONG_NUMBER_OF_COLUMNS),
        ("130000001,0000001,甲病院", F.ENDS_IN_MID_ROW),
        ("\n", F.FILE_EMPTY),
    ):
        path.write_text(text)
        with pytest.raises(BadInput) as refused:
            list(code_file.read(sources.open_source(path)))
        assert refused.value.problems[0].reason is reason
