"""Sources, asked over HTTP of this machine: what is fetched, what is not fetched twice, what goes wrong."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha512
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from sonae.kernel.errors import NotAllowed
from sonae.prevention.advisories import connectors, queries, rules, services, tasks
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.connectors import nvd
from sonae.prevention.advisories.models import Advisory, ExploitLikelihood, ImportRun, KnownExploited
from sonae.prevention.advisories.vocabulary import RunStatus, SourceKind, Trouble

pytestmark = pytest.mark.django_db


class Publisher:
    """A publisher's server: files by path, or what a function answers; it counts what it is asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: Callable[[str, dict[str, list[str]]], bytes | None] | None = None
        self.status: dict[str, tuple[int, dict[str, str]]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *_args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        self.asked.append(handler.path)
        if parts.path in self.status:
            status, headers = self.status[parts.path]
            handler.send_response(status)
            for name, value in ({"Content-Length": "0"} | headers).items():
                handler.send_header(name, value)
            handler.end_headers()
            return
        raw = self.files.get(parts.path)
        if raw is None and self.answers:
            raw = self.answers(parts.path, parse_qs(parts.query))
        if raw is None:
            handler.send_error(404)
            return
        tag = f'"{sha512(raw).hexdigest()[:20]}"'
        if handler.headers.get("If-None-Match") == tag:
            handler.send_response(304)
            handler.end_headers()
            return
        handler.send_response(200)
        handler.send_header("ETag", tag)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)


@pytest.fixture
def publisher(settings):
    settings.WEBHOOK_ALLOW_PRIVATE = True
    found = Publisher()
    yield found
    found.close()


@pytest.fixture
def slept():
    return []


@pytest.fixture
def pull(slept):
    return lambda source: _fresh(connectors.pull(source, is_asked_for=True, sleep=slept.append), source)


def _fresh(run, source):
    source.refresh_from_db()
    return run


def a_source(kind, address, *, now, name="example"):
    return services.add_source(name, kind=kind, address=address, by=None, now=now)


def csaf(**tracking):
    return samples.as_bytes(samples.a_csaf(**tracking))


def digest(raw):
    return sha512(raw).hexdigest().encode() + b"  file\n"


# -- CSAF --


def test_a_directory_is_read_by_its_changes_with_checksums(publisher, pull, now):
    first, second = csaf(), csaf(id="EX-26-002")
    publisher.files = {
        "/csaf/changes.csv": b'"2026/ex-2.json","2026-10-02T00:00:00Z"\n"2026/ex-1.json","2026-10-01T00:00:00Z"\n',
        "/csaf/2026/ex-1.json": first, "/csaf/2026/ex-1.json.sha512": digest(first),
        "/csaf/2026/ex-2.json": second, "/csaf/2026/ex-2.json.sha512": b"0" * 128,
    }  # fmt: skip
    source = a_source(SourceKind.CSAF_DIRECTORY, f"{publisher.url}/csaf", now=now)
    run = pull(source)
    assert (run.status, run.read, run.refused) == (RunStatus.DONE, 1, 1)
    assert source.state == {"seen": "2026-10-02T00:00:00+00:00"}
    assert (source.trouble, source.failures) == ("", 0)
    publisher.asked.clear()
    publisher.files["/csaf/2026/ex-3.json"] = csaf(id="EX-26-003")
    publisher.files["/csaf/changes.csv"] += b'"2026/ex-3.json","2026-10-03T00:00:00Z"\n'
    assert pull(source).read == 1
    assert [path for path in publisher.asked if path.endswith(".json")] == ["/csaf/2026/ex-3.json"]


def test_a_directory_without_changes_is_read_by_its_index(publisher, pull, now):
    publisher.files = {
        "/index.txt": b"a.json\n../../../etc/passwd\nhttps://elsewhere.example/b.json\n",
        "/a.json": csaf(),
    }
    source = a_source(SourceKind.CSAF_DIRECTORY, publisher.url, now=now)
    run = pull(source)
    assert (run.read, run.refused) == (1, 2)
    assert not any("elsewhere" in path for path in publisher.asked)


def test_a_moment_that_is_none_does_not_stop_the_list(publisher, pull, now):
    publisher.files = {
        "/changes.csv": b"a.json,yesterday\nb.json,2026-10-01T00:00:00Z\n",
        "/a.json": csaf(),
        "/b.json": csaf(id="EX-2"),
    }
    assert pull(a_source(SourceKind.CSAF_DIRECTORY, publisher.url, now=now)).read == 2


def test_a_rolie_feed_is_asked_only_for_what_changed(publisher, pull, now):
    raw = csaf()
    entry = {
        "id": "EX-26-001", "updated": "2026-10-01T00:00:00Z",
        "link": [
            {"rel": "self", "href": f"{publisher.url}/ex.json"},
            {"rel": "hash", "href": f"{publisher.url}/ex.json.sha512"},
        ],
    }  # fmt: skip
    publisher.files = {
        "/feed.json": json.dumps({"feed": {"id": "x", "entry": [entry]}}).encode(),
        "/ex.json": raw, "/ex.json.sha512": digest(raw),
    }  # fmt: skip
    source = a_source(SourceKind.CSAF_ROLIE, f"{publisher.url}/feed.json", now=now)
    assert pull(source).read == 1
    publisher.asked.clear()
    assert pull(source).position == 0
    assert publisher.asked == ["/feed.json"]


def test_a_provider_leads_to_its_lists(publisher, pull, now):
    publisher.files = {
        "/provider-metadata.json": json.dumps({"distributions": [
            {"rolie": {"feeds": [{"tlp_label": "WHITE", "url": f"{publisher.url}/feed.json"},
                                 {"tlp_label": "AMBER", "url": f"{publisher.url}/secret.json"}]}},
        ]}).encode(),
        "/feed.json": json.dumps({"feed": {"entry": [
            {"updated": "2026-10-01T00:00:00Z", "content": {"src": f"{publisher.url}/ex.json"}}]}}).encode(),
        "/ex.json": csaf(),
    }  # fmt: skip
    source = a_source(SourceKind.CSAF_PROVIDER, f"{publisher.url}/provider-metadata.json", now=now)
    assert pull(source).read == 1
    assert "/secret.json" not in publisher.asked
    assert pull(source).read == 0


# -- MyJVN and NVD --


def _myjvn(publisher, identifiers, *, per_page):
    def answers(path, query):
        if query["method"] == ["getVulnOverviewList"]:
            assert query["rangeDatePublic"] == query["rangeDateFirstPublished"] == ["n"]
            start = int(query["startItem"][0])
            page = identifiers[start - 1 : start - 1 + per_page]
            return samples.a_jvnrss(*page, total=len(identifiers), first=start) if page else samples.NO_HITS
        # "+" joins ids; a query string has it for a blank.
        wanted = query["vulnId"][0].split()
        bodies = [samples.a_vuldef(identifier=one).split(b"<Vulinfo>")[1].split(b"</Vulinfo>")[0] for one in wanted]
        head, tail = samples.a_vuldef().split(b"<Vulinfo>")[0], samples.a_vuldef().split(b"</Vulinfo>")[1]
        return head + b"".join(b"<Vulinfo>" + body + b"</Vulinfo>" for body in bodies) + tail

    publisher.answers = answers


def test_myjvn_is_read_page_by_page_with_the_details(publisher, pull, now, slept):
    _myjvn(publisher, [f"JVNDB-2026-{at:06}" for at in range(1, 26)], per_page=12)
    source = a_source(SourceKind.MYJVN, f"{publisher.url}/myjvn", now=now)
    run = pull(source)
    assert (run.read, Advisory.objects.count()) == (25, 25)
    assert {one.format for one in Advisory.objects.all()} == {"myjvn-hnd"}
    # Three overviews and five answers of ten at most; between two requests half a second.
    assert len(publisher.asked) == 3 + 2 + 2 + 1
    assert set(slept) == {0.5}
    assert set(source.state) == {"since"}


def test_myjvn_without_hits_is_a_success(publisher, pull, now):
    _myjvn(publisher, [], per_page=50)
    source = a_source(SourceKind.MYJVN, f"{publisher.url}/myjvn", now=now)
    assert pull(source).status == RunStatus.DONE
    assert source.succeeded_at is not None


def test_an_error_of_myjvn_is_a_trouble_of_the_source(publisher, pull, now):
    publisher.files = {"/myjvn": samples.SERVICE_ERROR}
    source = a_source(SourceKind.MYJVN, f"{publisher.url}/myjvn", now=now)
    assert pull(source).status == RunStatus.REFUSED
    assert (source.trouble, source.failures) == (Trouble.NOT_UNDERSTOOD, 1)


def _nvd(publisher, total, *, broken_at=None):
    records = [samples.an_nvd_2_0(f"CVE-2026-{at:05}") for at in range(total)]

    def answers(_path, query):
        start, size = int(query["startIndex"][0]), int(query["resultsPerPage"][0])
        if start == broken_at:
            return b"<html>busy</html>"
        return samples.as_bytes(samples.an_nvd_page(*records[start : start + size], total=total, start=start))

    publisher.answers = answers


def test_nvd_goes_on_with_the_page_that_did_not_come(publisher, pull, now, monkeypatch, slept):
    monkeypatch.setattr(nvd, "PER_PAGE", 3)
    _nvd(publisher, 8, broken_at=6)
    source = a_source(SourceKind.NVD, f"{publisher.url}/cves", now=now)
    run = pull(source)
    assert (source.trouble, source.state["start"], Advisory.objects.count()) == (Trouble.NOT_UNDERSTOOD, 6, 6)
    assert set(slept) == {6.0}
    _nvd(publisher, 8)
    publisher.asked.clear()
    run = pull(source)
    assert (run.read, run.repeated, Advisory.objects.count()) == (2, 0, 8)
    assert len(publisher.asked) == 1
    assert set(source.state) == {"until"}
    _nvd(publisher, 0)
    publisher.asked.clear()
    pull(source)
    assert "lastModStartDate" in publisher.asked[0]


def test_a_long_time_is_asked_for_in_parts_that_nvd_allows(publisher, pull, now):
    _nvd(publisher, 0)
    source = a_source(SourceKind.NVD, f"{publisher.url}/cves", now=now)
    services.keep_state(source, {"until": (now - timedelta(days=300)).isoformat()})
    pull(source)
    assert len(publisher.asked) == 3


# -- single files --


def test_a_catalogue_is_fetched_once_and_then_only_asked_whether_it_changed(publisher, pull, now):
    publisher.files = {"/kev.json": samples.as_bytes(samples.a_kev())}
    source = a_source(SourceKind.KEV, f"{publisher.url}/kev.json", now=now)
    assert pull(source).marks == 1
    assert pull(source).marks == 0
    assert KnownExploited.objects.count() == 1


def test_epss_is_unpacked(publisher, pull, now):
    publisher.files = {"/epss_scores-2026-10-05.csv.gz": samples.an_epss()}
    source = a_source(SourceKind.EPSS, f"{publisher.url}/epss_scores-2026-10-05.csv.gz", now=now)
    assert pull(source).marks == 1
    assert ExploitLikelihood.objects.get().told_on.isoformat() == "2026-10-05"


# -- what goes wrong --


@pytest.mark.parametrize(
    ("status", "headers", "trouble"),
    [
        (503, {"Retry-After": "7200"}, Trouble.ANSWERED),
        (429, {}, Trouble.ANSWERED),
        (302, {"Location": "/kev.json"}, Trouble.NOT_UNDERSTOOD),
        (301, {"Location": "http://10.0.0.1/kev.json"}, Trouble.ADDRESS_REFUSED),
        (301, {"Location": "file:///etc/passwd"}, Trouble.ADDRESS_REFUSED),
        (404, {}, Trouble.ANSWERED),
    ],
)
def test_what_a_source_answers_instead_is_its_trouble(publisher, pull, now, status, headers, trouble):
    publisher.status = {"/kev.json": (status, headers)}
    source = a_source(SourceKind.KEV, f"{publisher.url}/kev.json", now=now)
    run = pull(source)
    assert (source.trouble, run.status, source.failures) == (trouble, RunStatus.REFUSED, 1)
    assert source.retry_at >= now + rules.FIRST_BACK_OFF


def test_a_source_that_is_not_there_is_asked_again_later_and_later(publisher, pull, now):
    source = a_source(SourceKind.KEV, "http://127.0.0.1:9/kev.json", now=now)
    waits = []
    for _ in range(3):
        pull(source)
        waits.append(source.retry_at - source.tried_at)
    assert source.trouble == Trouble.UNREACHABLE
    assert waits[0] < waits[1] < waits[2]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "ftp://example.org/x",
        "https://u:p@example.org/x",
        "",
    ],
)
def test_an_address_inside_or_without_tls_is_not_taken(now, analyst, address):
    with pytest.raises(NotAllowed):
        services.add_source("x", kind=SourceKind.KEV, address=address, by=analyst.viewer, now=now)


def test_an_address_that_becomes_private_is_not_asked(publisher, pull, now, settings):
    source = a_source(SourceKind.KEV, f"{publisher.url}/kev.json", now=now)
    settings.WEBHOOK_ALLOW_PRIVATE = False
    pull(source)
    assert source.trouble == Trouble.ADDRESS_REFUSED
    assert publisher.asked == []


def test_a_paused_source_is_left_alone_until_it_is_resumed(publisher, now, analyst):
    publisher.files = {"/kev.json": samples.as_bytes(samples.a_kev())}
    source = a_source(SourceKind.KEV, f"{publisher.url}/kev.json", now=now)
    services.pause_source(source.pk, by=analyst.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.pause_source(source.pk, by=analyst.viewer, now=now)
    assert not queries.is_any_source_due(now=now)
    source.refresh_from_db()
    with pytest.raises(NotAllowed):
        connectors.pull(source, is_asked_for=True)
    assert publisher.asked == []
    services.resume_source(source.pk, by=analyst.viewer, now=now)
    assert queries.is_any_source_due(now=now)
    with pytest.raises(NotAllowed):
        services.resume_source(source.pk, by=analyst.viewer, now=now)


def test_a_due_source_is_claimed_once(now):
    a_source(SourceKind.KEV, "https://example.org/kev.json", now=now)
    a_source(SourceKind.FILES, "", now=now, name="files")
    assert len(services.claim_due(now=now)) == 1
    assert services.claim_due(now=now) == []


def test_the_schedule_asks_what_is_due(publisher, now, settings):
    publisher.files = {"/kev.json": samples.as_bytes(samples.a_kev())}
    source = a_source(SourceKind.KEV, f"{publisher.url}/kev.json", now=now)
    assert tasks.pull_source.call(str(source.pk)) == RunStatus.DONE
    assert KnownExploited.objects.count() == 1
    assert not queries.is_any_source_due(now=now)


def test_a_pull_that_was_killed_goes_on_in_its_import(publisher, now, pull, monkeypatch):
    monkeypatch.setattr(nvd, "PER_PAGE", 3)
    _nvd(publisher, 8)
    source = a_source(SourceKind.NVD, f"{publisher.url}/cves", now=now)

    class Killed(BaseException):
        pass

    def killed(run):
        if run.position == 6:
            raise Killed

    with pytest.raises(Killed):
        connectors.pull(source, is_asked_for=True, told=killed, sleep=lambda _: None)
    source.refresh_from_db()
    run = pull(source)
    # The page whose state was not kept comes once more and is known.
    assert (run.status, run.read, run.repeated, Advisory.objects.count()) == (RunStatus.DONE, 8, 3, 8)
    assert ImportRun.objects.count() == 1


def test_known_sources_can_be_added(now):
    for name, known in connectors.KNOWN.items():
        source = services.add_source(name, kind=known.kind, address=known.address, by=None, now=now)
        assert known.described_at.startswith("https://")
        assert source.is_old(now=now + timedelta(days=30))
    with pytest.raises(NotAllowed):
        services.add_source("nvd", kind=SourceKind.NVD, address="https://example.org/", by=None, now=now)
