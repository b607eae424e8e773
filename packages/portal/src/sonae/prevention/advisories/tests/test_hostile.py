"""Documents made to harm: each is refused with a reason, and costs no more than reading it once."""

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.reading import Piece, pieces, read
from sonae.prevention.advisories.reading.pieces import of_bytes
from sonae.prevention.advisories.vocabulary import Advisory, Broken, DocumentRefusal, FaultReason

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">
<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]><VULDEF-Document>&lol3;</VULDEF-Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<VULDEF-Document>&e;</VULDEF-Document>"""
CSAF_HEAD = b'{"document": {"csaf_version": "2.0", "title": '


def the(raw: bytes, *, name="document.json"):
    [record] = read(of_bytes(raw, name=name))
    return record.found


@pytest.mark.parametrize(
    ("raw", "name", "reason"),
    [
        (LAUGHS, "a.xml", DocumentRefusal.ENTITIES),
        (OUTSIDE, "a.xml", DocumentRefusal.ENTITIES),
        (b'<!DOCTYPE x SYSTEM "http://example.org/x.dtd"><x/>', "a.xml", DocumentRefusal.ENTITIES),
        (b"<a>" * 200_000, "a.xml", DocumentRefusal.TOO_DEEP),
        (b"<RDF><item>" + b"x" * 2_000_000 + b"</item></RDF>", "a.xml", DocumentRefusal.TEXT_TOO_LONG),
        (b"<html/>", "a.xml", DocumentRefusal.FORMAT_UNKNOWN),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "a.xml", DocumentRefusal.NOT_UTF8),
        (b"<a><b></a>", "a.xml", DocumentRefusal.NOT_XML),
        (b"[" * 1_000_000, "a.json", DocumentRefusal.TOO_DEEP),
        (b'{"a":' * 500_000, "a.json", DocumentRefusal.TOO_DEEP),
        (CSAF_HEAD + b'"' + b"x" * 10_000_000 + b'"}}', "a.json", DocumentRefusal.TEXT_TOO_LONG),
        (CSAF_HEAD + b"NaN}}", "a.json", DocumentRefusal.NOT_A_NUMBER),
        (CSAF_HEAD + b"-Infinity}}", "a.json", DocumentRefusal.NOT_A_NUMBER),
        (CSAF_HEAD + b"1e999}}", "a.json", DocumentRefusal.NOT_A_NUMBER),
        (CSAF_HEAD + b"9" * 5_000 + b"}}", "a.json", DocumentRefusal.NUMBER_TOO_LONG),
        (CSAF_HEAD + b'"a", "title": "b"}}', "a.json", DocumentRefusal.KEY_TWICE),
        (CSAF_HEAD + b'"a"', "a.json", DocumentRefusal.UNFINISHED),
        (CSAF_HEAD + b"'a'}}", "a.json", DocumentRefusal.NOT_JSON),
        (CSAF_HEAD + b'"\xff\xfe"}}', "a.json", DocumentRefusal.NOT_UTF8),
        ('{"document": {}}'.encode("utf-16"), "a.json", DocumentRefusal.NOT_UTF8),
        (b"", "a.json", DocumentRefusal.EMPTY),
        (b" \n ", "a.json", DocumentRefusal.EMPTY),
        (b"{}", "a.json", DocumentRefusal.FORMAT_UNKNOWN),
        (b"[1, 2]", "a.json", DocumentRefusal.FORMAT_UNKNOWN),
        (b'"text"', "a.json", DocumentRefusal.FORMAT_UNKNOWN),
        (b"a: &a [x]\nb: [*a, *a]\nid: y\n", "a.yaml", DocumentRefusal.ENTITIES),
        (b"id: [unclosed\n", "a.yaml", DocumentRefusal.NOT_YAML),
        (b"id: " + b"[" * 50_000, "a.yaml", DocumentRefusal.TOO_DEEP),
        (b"cveID,product\nCVE-2026-1,x\n", "a.csv", DocumentRefusal.NOT_CSV),
        (b"\x00" * 5_000, "a.json", DocumentRefusal.FORMAT_UNKNOWN),
    ],
)
def test_it_is_refused_with_a_reason(raw, name, reason):
    found = the(raw, name=name)
    assert isinstance(found, Broken)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"document": {"csaf_version": "2.0",\n  "title": NaN}}', 2, 12),
        ('{"document": {"csaf_version": "2.0",\n"a": 1,\n  "a": 2}}', 3, 3),
        ('{"document": {"csaf_version": "2.0",\n  oops}}', 2, 3),
        ('{"document": {"csaf_version": "2.0",\n  "title": "é\n"}}', 2, 14),
    ],
)
def test_the_place_is_named(text, line, column):
    found = the(text.encode())
    assert (found.line, found.column) == (line, column)


def test_the_place_of_a_broken_byte_is_named():
    found = the(b'{"document":\n "\xff"}')
    assert (found.reason, found.line, found.column) == (DocumentRefusal.NOT_UTF8, 2, 3)


def test_characters_that_no_database_stores_are_replaced_and_noted():
    document = samples.a_csaf()
    document["document"]["title"] = "nul \x00 and half \ud800"
    found = the(json.dumps(document).encode())
    assert isinstance(found, Advisory)
    assert found.title == "nul \ufffd and half \ufffd"
    assert FaultReason.CHARACTER_NOT_STORABLE in {fault.reason for fault in found.faults}


@pytest.mark.parametrize("value", [None, 7, "text", [], {}, [None], [[["deep"]]], {"a": {"b": []}}, True])
@pytest.mark.parametrize(
    "at", ["product_tree", "vulnerabilities", "document/tracking", "document/notes", "document/publisher"]
)
def test_a_value_of_another_kind_never_stops_the_reader(value, at):
    document = samples.a_csaf()
    *above, last = at.split("/")
    holder = document
    for name in above:
        holder = holder[name]
    holder[last] = value
    found = the(samples.as_bytes(document))
    assert isinstance(found, (Advisory, Broken))
    if isinstance(found, Advisory) and not value:
        assert found.faults or at == "document/notes"


def test_faults_without_end_are_kept_up_to_a_number():
    document = samples.a_csaf()
    document["vulnerabilities"] = [{"cve": f"number {at}"} for at in range(5_000)]
    found = the(samples.as_bytes(document))
    assert isinstance(found, Advisory)
    assert len(found.faults) == 100


def _refused(path):
    found = []
    for piece in pieces(path):
        if isinstance(piece, Piece):
            found += [record.found for record in read(piece)]
        else:
            found.append(piece[1])
    return [one.reason for one in found if isinstance(one, Broken)]


def test_a_gzip_bomb_stops_early(tmp_path):
    bomb = tmp_path / "bomb.json.gz"
    with gzip.open(bomb, "wb", compresslevel=9) as file:
        file.write(b'{"document": ')
        for _ in range(64):
            file.write(b" " * (1 << 20))
    assert _refused(bomb) == [DocumentRefusal.EXPANDS_TOO_MUCH]


def test_a_bomb_in_an_archive_stops_early(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b"{" + b" " * (20 << 20))
        archive.writestr("b.json", samples.as_bytes(samples.a_csaf()))
    assert _refused(tmp_path / "bomb.zip") == [DocumentRefusal.EXPANDS_TOO_MUCH]
    with tarfile.open(tmp_path / "bomb.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("a.json")
        member.size = 20 << 20
        archive.addfile(member, io.BytesIO(b" " * member.size))
    assert _refused(tmp_path / "bomb.tar.gz") == [DocumentRefusal.EXPANDS_TOO_MUCH]


@pytest.mark.parametrize(
    "raw",
    [b"\x1f\x8b\x08 nonsense", b"PK\x03\x04 nonsense", gzip.compress(b"{" * 5_000, mtime=0)[:-12]],
    ids=["gzip", "zip", "cut"],
)
def test_a_damaged_archive_is_refused(tmp_path, raw):
    (tmp_path / "a").write_bytes(raw)
    assert _refused(tmp_path / "a") == [DocumentRefusal.COMPRESSION_DAMAGED]


def test_links_and_devices_in_an_archive_are_no_files(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE):
            member = tarfile.TarInfo("passwd")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    assert set(_refused(tmp_path / "a.tar")) == {DocumentRefusal.NOT_A_FILE}


def test_what_is_not_there_is_refused(tmp_path):
    assert _refused(tmp_path / "nowhere") == [DocumentRefusal.NOT_A_FILE]
