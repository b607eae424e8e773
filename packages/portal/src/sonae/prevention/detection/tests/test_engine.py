"""What a file of a sensor may cost the portal, however it is made."""

import json
import zipfile

import pytest

from sonae.prevention.detection import engine


def an_alert(**more):
    event = {"timestamp": "2026-11-23T06:00:00.000001+0900", "event_type": "alert", "alert": {"signature": "x"}}
    return json.dumps({**event, "src_ip": "10.0.0.1", "dest_ip": "45.83.64.1", **more}).encode() + b"\n"


@pytest.fixture
def extracted(tmp_path):
    def extract(content):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return engine.extract(path, name="eve.json")

    return extract


def values(extraction):
    return [each.value for each in extraction.found]


@pytest.mark.parametrize(
    ("url", "counted"),
    [
        # No host that would be known outside.
        ("http://a]b/x", 0),
        ("http://@:[@:[", 0),
        ("http://[x/", 0),
        ("http://evil.example.net:x:y/", 0),
        # A host, and something of which no indicator can be made.
        ("http://evil.example.net:99999/", 1),
        ("/a b", 1),
        ("/" + "x" * 3_000, 1),
    ],
)
def test_an_odd_url_is_left_out_and_spoils_nothing_else(extracted, url, counted):
    http = {"hostname": "evil.example.net", "url": url}
    found = extracted(an_alert(http=http) + an_alert(tls={"sni": "c2.example.net"}))
    assert {"c2.example.net", "45.83.64.1", "evil.example.net"} == set(values(found))
    assert (found.unusable, found.is_whole) == (counted, True)


def test_values_are_spelled_as_indicators_are(extracted):
    found = extracted(an_alert(http={"hostname": "evil.example.net", "url": "/検知?x=é"}))
    assert "http://evil.example.net/%E6%A4%9C%E7%9F%A5?x=%C3%A9" in values(found)


def test_of_more_alerts_than_can_be_afforded_the_first_are_read_and_the_answer_says_so(extracted, monkeypatch):
    monkeypatch.setattr(engine, "MOST_ALERTS", 10)
    found = extracted(b"".join(an_alert(dest_ip=f"45.83.64.{n}") for n in range(50)))
    assert len(found.found) == 10
    assert not found.is_whole


def test_one_line_of_thousands_of_names_is_more_than_can_be_afforded(extracted, monkeypatch):
    monkeypatch.setattr(engine, "MOST_VALUES", 1_000)
    many = {"query": [{"rrname": f"h{n}.example.net"} for n in range(5_000)]}
    found = extracted(an_alert() + an_alert(dns=many))
    assert values(found) == ["45.83.64.1"]
    assert not found.is_whole


@pytest.mark.parametrize("line", [b"x\n", b"\n", an_alert(event_type="flow")])
def test_lines_without_end_are_not_read_to_their_end(extracted, monkeypatch, line):
    monkeypatch.setattr(engine, "MOST_LINES", 1_000)
    found = extracted(an_alert() + line * (1_000_000 // len(line)))
    assert not found.is_whole
    assert found.events_read + found.bad_lines < 70_000


def test_the_elements_of_an_array_count_as_lines_do(extracted, monkeypatch):
    monkeypatch.setattr(engine, "MOST_LINES", 1_000)
    found = extracted(b"[" + an_alert().strip() + b",[]" * 200_000 + b"]")
    assert not found.is_whole
    assert found.bad_lines < 70_000


def test_the_members_of_an_archive_are_one_file(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "MOST_LINES", 1_000)
    path = tmp_path / "upload"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(10):
            archive.writestr(f"{number}.json", an_alert(dest_ip=f"45.83.64.{number}") * 400)
    found = engine.extract(path, name="eve.zip")
    assert not found.is_whole
    assert len(found.found) < 5


def test_more_candidates_than_a_page_shows_are_told(extracted):
    found = extracted(b"".join(an_alert(dest_ip=f"45.83.{n // 250}.{n % 250}") for n in range(300)))
    assert len(found.found) == engine.MOST_FOUND
    assert not found.is_whole
