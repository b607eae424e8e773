import os
import socket
import ssl
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sonae_collector import portal as far_end
from sonae_collector.errors import NotConfigured, PortalAway, Reason, RequestRefused
from sonae_wire import paths


@pytest.fixture
def connected(fake_portal):
    with far_end.connected(fake_portal.url, token=fake_portal.token) as portal:
        yield portal


@pytest.mark.parametrize(
    "address", ["https://portal.example", "https://portal.example:8443/sonae", "https://192.0.2.1"]
)
def test_an_encrypted_address_anywhere_is_used(address):
    assert far_end.check_address(address) is False


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000", "https://127.0.0.2"]
)
def test_this_machine_itself_may_be_asked_without_encryption(address):
    assert far_end.check_address(address) is True


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://portal.example", Reason.HTTP_NOT_ALLOWED),
        ("http://192.0.2.1", Reason.HTTP_NOT_ALLOWED),
        ("http://localhost.evil.example", Reason.HTTP_NOT_ALLOWED),
        ("http://127.0.0.1.evil.example", Reason.HTTP_NOT_ALLOWED),
        ("http://127.0.0.1@evil.example", Reason.ADDRESS_NOT_UNDERSTOOD),
        ("ftp://portal.example", Reason.ADDRESS_NOT_UNDERSTOOD),
        ("portal.example", Reason.ADDRESS_NOT_UNDERSTOOD),
        ("https://", Reason.ADDRESS_NOT_UNDERSTOOD),
        ("https://portal.example:99999", Reason.ADDRESS_NOT_UNDERSTOOD),
        ("https://portal.example/?a=b", Reason.ADDRESS_NOT_UNDERSTOOD),
    ],
)
def test_any_other_address_is_refused_before_a_token_travels(address, reason):
    with pytest.raises(NotConfigured) as refusal:
        far_end.check_address(address)
    assert refusal.value.reason is reason


@pytest.mark.parametrize(
    ("content", "token"),
    [
        (b"abc\n", "abc"),
        (b"  a.b-c_d  ", "a.b-c_d"),
        (b"", None),
        (b"a b", None),
        ("備".encode(), None),
        (b"a\nb", None),
    ],
)
def test_a_token_is_one_visible_word(tmp_path, content, token):
    path = tmp_path / "token"
    path.touch(mode=0o600)
    path.write_bytes(content)
    if token:
        assert far_end.read_token(path) == token
        return
    with pytest.raises(NotConfigured) as refusal:
        far_end.read_token(path)
    assert refusal.value.reason is Reason.TOKEN_MALFORMED


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_token_file_that_is_not_its_owners_alone_is_refused(tmp_path, mode):
    path = tmp_path / "token"
    path.write_text("abc")
    path.chmod(mode)
    with pytest.raises(NotConfigured) as refusal:
        far_end.read_token(path)
    assert refusal.value.reason is Reason.TOKEN_FILE_OPEN


def test_a_token_file_that_is_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "token", mode=0o600)
    with pytest.raises(NotConfigured) as refusal:
        far_end.read_token(tmp_path / "token")
    assert refusal.value.reason is Reason.TOKEN_FILE_NOT_A_FILE


def test_a_missing_token_file_is_told(tmp_path):
    with pytest.raises(NotConfigured) as refusal:
        far_end.read_token(tmp_path / "absent")
    assert refusal.value.reason is Reason.TOKEN_FILE_UNREADABLE


def test_what_did_not_change_is_not_sent_again(connected, fake_portal, an_indicator):
    fake_portal.publish(an_indicator())
    cursor = connected.page("").indicators.cursor
    page = connected.page(cursor)
    assert page.indicators.indicators == ()
    assert connected.page(cursor, etag=page.etag) is None


def test_a_wait_the_portal_asks_for_is_kept_in_bounds(connected):
    assert far_end._seconds("120") == 120
    assert far_end._seconds("99999999") == 3_600
    assert far_end._seconds("Wed, 21 Oct 2026 07:28:00 GMT") == 0


def test_an_answer_in_another_language_is_not_believed(connected, fake_portal, monkeypatch):
    monkeypatch.setattr(fake_portal, "page", lambda cursor, limit: fake_portal.heartbeats)
    with pytest.raises(PortalAway):
        connected.page("")


def test_an_endless_answer_is_cut(connected, fake_portal, an_indicator, monkeypatch):
    monkeypatch.setattr(far_end, "_ANSWER_LIMIT_BYTES", 100)
    fake_portal.publish(an_indicator())
    with pytest.raises(PortalAway, match="too large"):
        connected.page("")


def test_a_batch_that_is_no_batch_is_refused_with_its_field(connected):
    with pytest.raises(RequestRefused) as refusal:
        connected.deliver("1", b'{"batch_id": 5}')
    assert (refusal.value.status, refusal.value.reason) == (400, "message_malformed")


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"])
def test_an_answer_that_comes_byte_by_byte_is_cut(monkeypatch, beginning):
    monkeypatch.setattr(far_end, "_ANSWER_WITHIN_S", 0.3)
    done = threading.Event()

    def drip(listening):
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            connection.sendall(beginning)
            while not done.wait(0.02):
                connection.sendall(b"H")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        try:
            with (
                far_end.connected(f"http://127.0.0.1:{listening.getsockname()[1]}", token="x") as portal,
                pytest.raises(PortalAway, match="takes too long"),
            ):
                portal.page("")
        finally:
            done.set()
            dripping.join()


def test_after_a_cut_the_portal_is_asked_again(connected, fake_portal, an_indicator):
    fake_portal.publish(an_indicator())
    connected.page("")
    connected._line._cut()
    with suppress(PortalAway):
        connected.page("")
    assert len(connected.page("").indicators.indicators) == 1


@pytest.fixture
def elsewhere():
    """A server that sends everyone on to somewhere else, and remembers who came."""
    came = []

    class SendOn(BaseHTTPRequestHandler):
        def do_GET(self):
            came.append((self.path, self.headers.get("Authorization")))
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_address[1]}/thief")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), SendOn)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", came
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_token_is_not_carried_to_where_a_redirect_points(elsewhere):
    url, came = elsewhere
    with far_end.connected(url, token="secret") as portal, pytest.raises(PortalAway):
        portal.page("")
    assert [path for path, _ in came] == [f"{paths.INDICATORS}?cursor=&limit=1000"]


def test_certificates_are_always_verified(monkeypatch):
    asked = {}

    class Client(far_end.httpx.Client):
        def __init__(self, **how):
            asked.update(how)
            super().__init__(**how)

    monkeypatch.setattr(far_end.httpx, "Client", Client)
    with far_end.connected("https://portal.example", token="secret"):
        assert asked["verify"].verify_mode is ssl.CERT_REQUIRED
        assert asked["verify"].check_hostname
        assert asked["follow_redirects"] is False


def test_no_proxy_is_asked_on_the_way_to_this_machine(fake_portal, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with far_end.connected(fake_portal.url, token=fake_portal.token) as portal:
        assert portal.page("").indicators.indicators == ()


def test_an_exported_page_is_read_and_a_broken_one_says_where(tmp_path, fake_portal, an_indicator):
    fake_portal.publish(an_indicator())
    path = tmp_path / "page.json"
    path.write_text(fake_portal.page("", 10).model_dump_json())
    assert far_end.read_indicator_file(path).indicators == (an_indicator(),)
    path.write_text(path.read_text().replace('"ipv4"', '"ipv5"'))
    with pytest.raises(NotConfigured) as refusal:
        far_end.read_indicator_file(path)
    assert refusal.value.facts["field"] == "indicators.0.kind"
    with pytest.raises(NotConfigured):
        far_end.read_indicator_file(tmp_path / "absent")
