import gzip
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae_engine.hunt import reading
from sonae_engine.hunt.eve import NotAnEvent, read_line
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.files import FileRefused, Source, Unopened, sources
from sonae_engine.hunt.limits import Limits
from sonae_engine.hunt.reading import Position
from sonae_engine.hunt.vocabulary import FileProblem, LineProblem
from tools import effort

STAMP = "2026-11-23T06:00:00.000001+0900"


def line(number=0, **more):
    event = {"timestamp": STAMP, "event_type": "flow", "src_ip": "10.0.0.1", "dest_ip": f"192.0.2.{number}", **more}
    return json.dumps(event, ensure_ascii=False).encode()


def read(path, *, since=reading.START, limits=None):
    """All that a source holds: its events, its bad lines, where reading stopped, what was unfinished."""
    events, bad, after, unfinished = [], [], since, None
    source = Source(Path(path), limits=limits) if limits else Source(Path(path))
    with source.opened() as opened:
        for batch in reading.read(opened, since=since):
            events += batch.events
            bad += batch.bad
            after, unfinished = batch.after, batch.unfinished
    return events, bad, after, unfinished


def written(folder, content, name="eve.json"):
    path = folder / name
    path.write_bytes(content)
    return path


def test_every_part_of_an_event_is_read():
    event = read_line(
        json.dumps(
            {
                "timestamp": STAMP,
                "event_type": "alert",
                "src_ip": "192.0.2.1",
                "src_port": 4904,
                "dest_ip": "10.0.0.2",
                "dest_port": 443,
                "host": "gate",
                "alert": {"signature_id": 7, "signature": "遠隔操作の疑い"},
                "dns": {"query": [{"type": "query", "rrname": "B.Example."}, {"rrname": "a.example"}]},
                "tls": {"sni": "WWW.Evil.Example", "fingerprint": "AA:" * 19 + "AA", "ja3": {"hash": "AB" * 16}},
                "http": {"hostname": "Evil.Example:8080", "url": "/a?b=C", "http_user_agent": "x"},
                "fileinfo": {"filename": "/a.exe", "sha256": "AB" * 32},
                "files": [{"filename": "/b.exe", "md5": "cd" * 16}],
                "smtp": {"mail_from": "<Billing@Evil.Example>"},
                "vars": {"anything": [1, {"deep": None}]},
            }
        ).encode()
    )
    assert event == Event(
        seen_us=1_795_381_200_000_001,
        kind="alert",
        src="192.0.2.1",
        dst="10.0.0.2",
        src_port=4904,
        dst_port=443,
        dns_queries=("a.example", "b.example"),
        server_name="www.evil.example",
        certificate="aa" * 20,
        client="ab" * 16,
        http_host="evil.example",
        http_url="evil.example:8080/a?b=C",
        user_agent="x",
        hashes=("ab" * 32, "cd" * 16),
        filenames=("/a.exe", "/b.exe"),
        mail_sender="billing@evil.example",
        signature_id=7,
        signature="遠隔操作の疑い",
        sensor="gate",
    )
    assert event.seen_at.isoformat() == "2026-11-22T21:00:00.000001+00:00"


@pytest.mark.parametrize(
    ("dns", "queries"),
    [
        ({"type": "query", "rrname": "Evil.Example"}, ("evil.example",)),
        ({"version": 3, "queries": [{"rrname": "evil.example", "rrtype": "A"}]}, ("evil.example",)),
        (
            {"version": 2, "type": "answer", "rrname": "evil.example", "answers": [{"rdata": "192.0.2.1"}]},
            ("evil.example",),
        ),
        ({"queries": [{"rrname": "."}, {}]}, ()),
    ],
)
def test_a_question_is_read_in_every_version_of_the_format(dns, queries):
    assert read_line(line(dns=dns)).dns_queries == queries


@pytest.mark.parametrize(
    ("http", "url"),
    [
        ({"hostname": "evil.example", "url": "/"}, "evil.example/"),
        ({"hostname": "evil.example", "http_port": 8080, "url": "/"}, "evil.example:8080/"),
        ({"hostname": "proxy.example", "url": "http://Evil.example:80/a#b"}, "evil.example/a"),
        ({"hostname": "evil.example", "url": "?a=/b"}, "evil.example/?a=/b"),
        ({"hostname": "evil.example", "url": "/備"}, "evil.example/%E5%82%99"),
        ({"hostname": "evil.example", "url": "*"}, ""),
        ({"url": "/a"}, ""),
    ],
)
def test_a_url_is_put_together_as_an_indicator_would_write_it(http, url):
    assert read_line(line(http=http)).http_url == url


@pytest.mark.parametrize(
    "stamp", ["2015-03-29T11:01:38.221126-0600", "2015-03-29T17:01:38.221126Z", "2015-03-29T17:01:38.221126+00:00"]
)
def test_a_moment_is_exact_whatever_its_offset(stamp):
    assert read_line(line(timestamp=stamp)).seen_us == 1_427_648_498_221_126


@pytest.mark.parametrize(
    ("text", "reason", "field"),
    [
        (b"hello", LineProblem.NOT_JSON, ""),
        (line()[:-1], LineProblem.TORN, ""),
        (b"[1]", LineProblem.WRONG_TYPE, ""),
        (b"{}", LineProblem.MISSING_FIELD, "timestamp"),
        (b'{"timestamp": "%s"}' % STAMP.encode(), LineProblem.MISSING_FIELD, "event_type"),
        (line(src_ip=5), LineProblem.WRONG_TYPE, "src_ip"),
        (line(http={"url": ["x"]}), LineProblem.WRONG_TYPE, "http.url"),
        (line(src_port=70_000), LineProblem.OUT_OF_RANGE, "src_port"),
        (line(src_port=10**30), LineProblem.OUT_OF_RANGE, "src_port"),
        (line(timestamp="yesterday"), LineProblem.BAD_TIMESTAMP, "timestamp"),
        (line(timestamp="2026-11-23T06:00:00.000001"), LineProblem.BAD_TIMESTAMP, "timestamp"),
        (line(timestamp="2026-13-23T06:00:00.000001+0900"), LineProblem.BAD_TIMESTAMP, "timestamp"),
        (line(timestamp="2026-11-23T06:00:00.00000x+0900"), LineProblem.BAD_TIMESTAMP, "timestamp"),
        (line(timestamp="0001-01-01T00:00:00.000000+0000"), LineProblem.BAD_TIMESTAMP, "timestamp"),
        (line(more="x").replace(b'"x"', b"NaN"), LineProblem.NOT_JSON, ""),
        (line(host="備", src_ip=5).decode().encode("cp932"), LineProblem.WRONG_TYPE, "src_ip"),
        (line(host="備").decode().encode("cp932")[:-1], LineProblem.TORN, ""),
        (line(host="備", more="x").decode().encode("cp932").replace(b'"x"', b"[" * 100_000), LineProblem.TOO_DEEP, ""),
        (line(more="x").replace(b'"x"', b"[" * 100_000 + b"]" * 100_000), LineProblem.TOO_DEEP, ""),
        (line(host="x").replace(b'"x"', b'"\x81\xff"'), LineProblem.WRONG_ENCODING, "host"),
    ],
)
def test_a_bad_line_says_why_and_where(text, reason, field):
    outcome = read_line(text)
    assert isinstance(outcome, NotAnEvent)
    assert outcome.reason is reason
    assert outcome.field in {field, ""}


@pytest.mark.parametrize("name", ["正面", "ソ連", "表示", "能力"])
def test_a_line_in_the_encoding_of_a_japanese_windows_is_read(name):
    assert read_line(line(host=name).decode().encode("cp932")).sensor == name


@given(st.binary(max_size=200))
def test_no_bytes_make_reading_a_line_fail(text):
    assert isinstance(read_line(text), Event | NotAnEvent)


def test_lines_around_a_bad_one_are_read_and_it_is_named(tmp_path):
    path = written(tmp_path, b"\n".join([line(1), b"{bad", b"", line(2), b'{"timestamp":1}', line(3), b""]))
    events, bad, after, unfinished = read(path)
    assert [each.dst for each in events] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert [(each.file, each.line, each.reason, each.field) for each in bad] == [
        (str(path), 2, LineProblem.NOT_JSON, ""),
        (str(path), 5, LineProblem.WRONG_TYPE, "timestamp"),
    ]
    assert after == Position(path.stat().st_size, 7)
    assert unfinished is None


def test_a_torn_last_line_waits_and_a_whole_one_does_not(tmp_path):
    torn = written(tmp_path, line(1) + b"\n" + line(2)[:30])
    events, bad, after, unfinished = read(torn)
    assert len(events) == 1
    assert bad == []
    assert (unfinished.line, unfinished.reason) == (2, LineProblem.TORN)
    torn.write_bytes(line(1) + b"\n" + line(2))
    events, _, after, unfinished = read(torn, since=after)
    assert [each.dst for each in events] == ["192.0.2.2"]
    assert unfinished is None
    with torn.open("ab") as out:
        out.write(b"\n" + line(3) + b"\n")
    assert [each.dst for each in read(torn, since=after)[0]] == ["192.0.2.3"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_marks_and_ends_of_windows_are_read(tmp_path, mark, end):
    events, bad, _, _ = read(written(tmp_path, mark + line(1) + end + line(2) + end))
    assert (len(events), bad) == (2, [])


def test_a_line_of_a_hundred_megabytes_is_stepped_over(tmp_path):
    path = written(tmp_path, line(1) + b"\n" + b'{"a":"' + b"x" * 100_000_000 + b'"}\n' + line(2) + b"\n")
    begin = effort.begun()
    events, bad, _, _ = read(path)
    begin.at_most(1)
    assert len(events) == 2
    assert [(each.line, each.reason) for each in bad] == [(2, LineProblem.TOO_LONG)]


def test_a_line_without_an_end_is_not_kept_in_memory(tmp_path):
    _, bad, after, unfinished = read(written(tmp_path, line(1) + b"\n" + b"x" * 6_000_000))
    assert (bad, after.line, unfinished.reason) == ([], 2, LineProblem.TOO_LONG)


def pretty(*events):
    return json.dumps([json.loads(each) for each in events], indent=2).encode()


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 20])
@pytest.mark.parametrize(
    "layout", [pretty, lambda *each: b"[" + b",".join(each) + b"]", lambda *each: b"[\n" + b",\n".join(each)]
)
def test_arrays_are_read_in_any_layout_and_any_cut(tmp_path, layout, size):
    hard = [line(n, host='a "quoted\\" ] } [ { \\') for n in range(5)]
    events, bad, _, _ = read(written(tmp_path, layout(*hard)), limits=Limits(chunk_bytes=size))
    assert [each.dst for each in events] == [f"192.0.2.{n}" for n in range(5)]
    assert bad == []


def test_a_growing_array_goes_on_between_its_elements(tmp_path):
    whole = pretty(line(1), line(2), b"[1]", line(3))
    path = written(tmp_path, whole[: whole.index(b"192.0.2.2")])
    events, bad, after, unfinished = read(path)
    assert (len(events), bad, unfinished.reason) == (1, [], LineProblem.TORN)
    path.write_bytes(whole)
    events, bad, after, unfinished = read(path, since=after)
    assert [each.dst for each in events] == ["192.0.2.2", "192.0.2.3"]
    assert [(each.line, each.reason) for each in bad] == [(14, LineProblem.WRONG_TYPE)]
    assert (after.offset, unfinished) == (len(whole), None)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.sampled_from([line(1), b"{bad", b"", b"\xff", line(2)]), max_size=12), st.integers(1, 200), st.data()
)
def test_reading_in_pieces_is_reading_at_once(tmp_path_factory, lines, size, data):
    path = written(tmp_path_factory.mktemp("pieces"), b"\n".join(lines))
    at_once = read(path)
    in_pieces = read(path, limits=Limits(chunk_bytes=size))
    assert in_pieces[0] == at_once[0]
    assert in_pieces[1] == at_once[1]
    assert in_pieces[2] == at_once[2]
    cut = data.draw(st.integers(0, path.stat().st_size))
    growing = written(path.parent, path.read_bytes()[:cut], "growing.json")
    first = read(growing)
    growing.write_bytes(path.read_bytes())
    second = read(growing, since=first[2])
    assert first[0] + second[0] == at_once[0]
    assert [each.line for each in first[1] + second[1]] == [each.line for each in at_once[1]]


def zipped(folder, members, **how):
    path = folder / "eve.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_compressed_files_are_read_as_plain_ones(tmp_path):
    content = b"\n".join(line(n) for n in range(9)) + b"\n"
    assert len(read(written(tmp_path, gzip.compress(content), "eve.json.gz"))[0]) == 9
    zipped(tmp_path, {"a/eve.json": content, "readme.txt": b"x", "eve.json.1": line(1)})
    found = [each for each in sources(tmp_path / "eve.zip") if isinstance(each, Source)]
    assert [each.member for each in found] == ["a/eve.json", "eve.json.1"]
    with found[0].opened() as opened:
        assert sum(len(batch.events) for batch in reading.read(opened)) == 9


def test_a_compressed_file_still_being_written_gives_what_it_has(tmp_path):
    content = b"\n".join(line(n % 256, flow_id=n * 7919) for n in range(9_000)) + b"\n"
    packed = gzip.compress(content)
    path = written(tmp_path, packed[: len(packed) // 2], "eve.json.gz")
    first, _, after, _ = read(path)
    assert 0 < len(first) < 9_000
    path.write_bytes(packed)
    assert len(first) + len(read(path, since=after)[0]) == 9_000


def bomb(folder):
    return written(folder, gzip.compress(b"\0" * 200_000_000, 9), "eve.json.gz")


def bomb_of_lines(folder):
    return written(folder, gzip.compress((line(1) + b"\n") * 900_000, 9), "eve.json.gz")


HOSTILE = {
    "a gzip bomb": (bomb, FileProblem.EXPANDS_TOO_MUCH),
    "a gzip bomb of good lines": (bomb_of_lines, FileProblem.EXPANDS_TOO_MUCH),
    "damaged gzip": (lambda f: written(f, b"\x1f\x8b\x08" + b"\0" * 7 + b"\xff" * 99), FileProblem.DAMAGED_COMPRESSION),
    "zstandard": (lambda f: written(f, b"\x28\xb5\x2f\xfd" + b"x" * 99), FileProblem.UNSUPPORTED_COMPRESSION),
    "UTF-16": (lambda f: written(f, line().decode().encode("utf-16")), FileProblem.WRONG_ENCODING),
    "many short lines of nothing": (lambda f: written(f, b"x\n" * 25_000_000), FileProblem.NOT_EVENTS),
    "an array of nothing": (lambda f: written(f, b"[" + b"{}," * 10_000_000), FileProblem.NOT_EVENTS),
    "an array of numbers": (lambda f: written(f, b"[" + b"1," * 50_000_000), FileProblem.TOO_LARGE),
    "an array of brackets": (lambda f: written(f, b"[" * 100_000_000), FileProblem.TOO_DEEP),
    "an array of one string": (lambda f: written(f, b'["' + b"x" * 100_000_000), FileProblem.TOO_LARGE),
    "an array that ends too often": (lambda f: written(f, b"[]]"), FileProblem.NOT_EVENTS),
    "a line after an array": (lambda f: written(f, b"[]\n" + line()), FileProblem.NOT_EVENTS),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_within_a_second(tmp_path, kind):
    make, reason = HOSTILE[kind]
    path = make(tmp_path)
    begin = effort.begun()
    with pytest.raises(FileRefused) as refusal:
        read(path)
    begin.at_most(1)
    assert refusal.value.reason is reason


def test_hostile_archives_are_refused(tmp_path):
    bad = zipped(tmp_path, {"eve.json": b"\0" * 100_000_000}, compresslevel=9)
    (source,) = sources(bad)
    with pytest.raises(FileRefused) as refusal, source.opened() as opened:
        list(reading.read(opened))
    assert refusal.value.reason is FileProblem.EXPANDS_TOO_MUCH

    zipped(tmp_path, {f"{n}.json": b"" for n in range(1_001)})
    (unopened,) = sources(bad)
    assert unopened.refusal.reason is FileProblem.TOO_MANY_MEMBERS

    bad.write_bytes(b"PK\x03\x04" + b"x" * 99)
    (unopened,) = sources(bad)
    assert unopened.refusal.reason is FileProblem.DAMAGED_COMPRESSION


@pytest.mark.parametrize("member", [b"", b"x\n"])
def test_a_gzip_file_of_nothing_but_beginnings_is_refused(tmp_path, member):
    one = line() + b"\n"
    path = written(tmp_path, gzip.compress(one) + gzip.compress(member) * 5_000, "eve.json.gz")
    with pytest.raises(FileRefused) as refusal:
        read(path)
    assert refusal.value.reason is FileProblem.TOO_MANY_MEMBERS


def test_a_gzip_file_of_many_members_is_read(tmp_path):
    block = (line() + b"\n") * 10
    path = written(tmp_path, (gzip.compress(block) + gzip.compress(b"") + b"\0" * 8) * 1_500, "eve.json.gz")
    assert len(read(path)[0]) == 15_000


def test_a_list_of_members_without_end_is_not_read(tmp_path, monkeypatch):
    path = zipped(tmp_path, {f"{n}.json": b"" for n in range(30_000)})
    monkeypatch.setattr(zipfile, "ZipInfo", None)
    (unopened,) = sources(path)
    assert unopened.refusal.reason is FileProblem.TOO_MANY_MEMBERS


@pytest.mark.parametrize(
    ("more", "ends"),
    [
        ({"direction": "to_client"}, ("10.0.0.2", "192.0.2.1")),
        ({"direction": "to_server"}, ("192.0.2.1", "10.0.0.2")),
        ({"http": {"hostname": "a.example"}}, ("10.0.0.2", "192.0.2.1")),
        ({"http": {"hostname": "a.example"}, "src_port": 50_000}, ("192.0.2.1", "10.0.0.2")),
        ({}, ("192.0.2.1", "10.0.0.2")),
        ({"event_type": "flow", "alert": None, "direction": "to_client"}, ("192.0.2.1", "10.0.0.2")),
    ],
)
def test_an_alert_about_an_answer_has_its_ends_as_the_question_had(more, ends):
    ports = {"src_ip": "192.0.2.1", "src_port": 80, "dest_ip": "10.0.0.2", "dest_port": 40_000}
    event = read_line(line(**{"event_type": "alert", "alert": {}, **ports, **more}))
    assert (event.src, event.dst) == ends


def test_an_encrypted_member_is_refused(tmp_path):
    path = zipped(tmp_path, {"eve.json": line()})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    (source,) = sources(path)
    with pytest.raises(FileRefused) as refusal, source.opened() as opened:
        opened.head()
    assert refusal.value.reason is FileProblem.ENCRYPTED


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "eve.json")
    (unopened,) = sources(tmp_path)
    assert isinstance(unopened, Unopened)
    assert unopened.refusal.reason is FileProblem.NOT_A_FILE
    (absent,) = sources(tmp_path / "absent.json")
    assert absent.refusal.reason is FileProblem.UNREADABLE


def test_a_folder_is_read_the_oldest_first_without_what_is_hidden_or_something_else(tmp_path):
    for age, name in enumerate(["eve.json", "eve.json.1", "eve.json-20261122.gz", "old/eve-2026.ndjson"]):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(line())
        os.utime(path, (10_000 - age, 10_000 - age))
    for name in ["fast.log", ".eve.json", "suricata.yaml"]:
        (tmp_path / name).write_bytes(line())
    assert [each.path.name for each in sources(tmp_path)] == [
        "eve-2026.ndjson",
        "eve.json-20261122.gz",
        "eve.json.1",
        "eve.json",
    ]


def test_a_damaged_member_of_a_zip_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eve.json", line() * 50)
    content = bytearray(buffer.getvalue())
    content[60:70] = b"\xff" * 10
    (source,) = sources(written(tmp_path, bytes(content), "eve.zip"))
    with pytest.raises(FileRefused) as refusal, source.opened() as opened:
        list(reading.read(opened))
    assert refusal.value.reason is FileProblem.DAMAGED_COMPRESSION


def test_text_between_the_elements_of_an_array_is_bad_and_stops_nothing(tmp_path):
    events, bad, _, _ = read(written(tmp_path, b"[" + line(1) + b", what, " + line(2) + b"]"))
    assert len(events) == 2
    assert [(each.line, each.reason) for each in bad] == [(1, LineProblem.WRONG_TYPE)]


def test_a_compressed_file_cut_shorter_than_it_was_read_ends_there(tmp_path):
    path = written(tmp_path, gzip.compress(line(1)), "eve.json.gz")
    assert read(path, since=Position(10_000, 5))[0] == []


def test_a_compressed_file_has_an_end_somewhere(tmp_path):
    path = written(tmp_path, gzip.compress(os.urandom(5_000)), "eve.json.gz")
    with pytest.raises(FileRefused) as refusal:
        read(path, limits=Limits(expanded_bytes=1_000))
    assert refusal.value.reason is FileProblem.TOO_LARGE


@pytest.mark.parametrize("content", [line(1), gzip.compress(line(1))])
def test_a_disk_that_fails_is_told_as_a_refusal_of_the_file(tmp_path, content):
    with Source(written(tmp_path, content)).opened() as opened:

        def fail(*_):
            raise OSError(5, "Input/output error")

        stream = opened.since(0)
        stream._raw = stream._stream = type("Failing", (), {"read": fail, "read1": fail})()
        with pytest.raises(FileRefused) as refusal:
            stream.read(10)
    assert refusal.value.reason is FileProblem.UNREADABLE
    assert refusal.value.facts == {"errno": 5}


def test_trouble_of_the_reader_is_not_taken_for_trouble_of_the_file(tmp_path):
    with pytest.raises(OSError, match="no space"), Source(written(tmp_path, line(1))).opened():
        raise OSError(28, "no space")


def test_a_member_that_is_gone_is_refused(tmp_path):
    path = zipped(tmp_path, {"eve.json": line()})
    with pytest.raises(FileRefused) as refusal, Source(path, "other.json").opened() as opened:
        opened.head()
    assert refusal.value.reason is FileProblem.DAMAGED_COMPRESSION


def test_a_file_rotated_away_while_the_folder_is_listed_is_left_out(tmp_path):
    (tmp_path / "eve.json").symlink_to(tmp_path / "gone")
    assert list(sources(tmp_path)) == []
