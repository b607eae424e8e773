import email
import hashlib
import hmac
import http.server
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from types import SimpleNamespace

import pytest

from sonae.core.access.vocabulary import NATIONWIDE
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.notifications import delivery, rules, services, webhooks
from sonae.core.notifications.models import Endpoint, Message
from sonae.core.notifications.vocabulary import Channel, MessageState, Outcome, OutcomeKind
from sonae.testing.cast import NOW
from sonae.testing.mailbox import Mailbox

LONG = timedelta(minutes=1)


def _deliver(now: datetime = NOW) -> delivery.Tally:
    """One run of each channel."""
    mails = delivery.deliver_mails(clock=lambda: now, most=50, within=LONG)
    calls = delivery.call_endpoints(clock=lambda: now, most=50, within=LONG)
    return delivery.Tally(mails.sent + calls.sent, mails.failed + calls.failed, mails.refused + calls.refused)


def _queue(account: Account, key: str = "k", title: str = "期限") -> Message:
    return services.queue_mail("notice", to=account.pk, context={"title": title}, key=key, now=NOW)


def test_a_mail_arrives_with_its_name_and_date(person: Callable[..., Account], mailbox: Mailbox) -> None:
    account = person()
    queued = _queue(account, title="期限\r\nBcc: everyone@example.org")
    assert _deliver() == delivery.Tally(sent=1)
    (taken,) = mailbox.taken
    arrived = email.message_from_bytes(taken.content, policy=policy.default)  # type: ignore[arg-type]
    assert taken.rcpt_tos == [account.email]
    assert arrived["Message-ID"] == f"<{queued.pk}@localhost>"
    assert arrived["Subject"] in {"Sonae: 期限", "Sonae：期限"}
    assert arrived["Bcc"] is None
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert "http://localhost:8000" in arrived.get_content()
    assert Message.objects.get().state == MessageState.SENT


@pytest.mark.parametrize(
    ("setting", "answer", "state"),
    [
        ("at_recipient", "550 5.1.1 no such person", MessageState.DEAD),
        ("at_recipient", "450 4.2.1 mailbox busy", MessageState.WAITING),
        ("at_data", "554 5.7.1 refused", MessageState.DEAD),
        ("at_data", "451 4.3.0 try later", MessageState.WAITING),
        ("at_data", "hang up", MessageState.WAITING),
    ],
)
def test_the_servers_answer_decides(
    person: Callable[..., Account], mailbox: Mailbox, setting: str, answer: str, state: MessageState
) -> None:
    _queue(person())
    setattr(mailbox, setting, answer)
    _deliver()
    message = Message.objects.get()
    assert message.state == state
    assert message.last_code
    if answer[0].isdigit():
        assert message.last_code.startswith(answer[:3])
    setattr(mailbox, setting, "")
    _deliver(NOW + timedelta(hours=1))
    assert len(mailbox.taken) == (1 if state is MessageState.WAITING else 0)


def test_after_a_lost_connection_the_next_mail_gets_a_fresh_one(
    person: Callable[..., Account], mailbox: Mailbox
) -> None:
    _queue(person(), key="a")
    mailbox.at_data = "hang up"
    _deliver()
    mailbox.at_data = ""
    _queue(person(), key="b")
    assert _deliver().sent == 1


def test_a_mail_server_that_is_down_costs_one_message_one_attempt(
    person: Callable[..., Account], mailbox: Mailbox, settings: SimpleNamespace
) -> None:
    settings.MAILERS["default"]["OPTIONS"]["port"] = _closed_port()
    for key in "abc":
        _queue(person(), key=key)
    assert _deliver() == delivery.Tally(failed=1)
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_server_that_says_nothing_is_not_waited_for(
    person: Callable[..., Account], settings: SimpleNamespace
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": mute.getsockname()[1], "timeout": 0.2},
            }
        }
        _queue(person())
        assert _deliver().failed == 1
    assert Message.objects.get().last_code in {"TimeoutError", "SMTPServerDisconnected"}


def test_a_worker_killed_between_sending_and_marking_sends_again_under_the_same_name(
    person: Callable[..., Account], mailbox: Mailbox
) -> None:
    _queue(person())
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    from_dead_worker = delivery.mail.Route()
    with from_dead_worker:
        from_dead_worker.send(claimed)
    # No mark: the worker is gone. Nobody touches the message until its lease is over.
    assert _deliver(NOW + rules.LEASE - timedelta(seconds=1)).tried == 0
    assert _deliver(NOW + rules.LEASE).sent == 1
    first, second = (email.message_from_bytes(one.content) for one in mailbox.taken)  # type: ignore[arg-type]
    assert first["Message-ID"] == second["Message-ID"]


def test_a_closed_account_gets_no_mail(person: Callable[..., Account], mailbox: Mailbox) -> None:
    account = person()
    _queue(account)
    accounts.close_account(account.pk, by=account.pk, now=NOW)
    assert _deliver().refused == 1
    assert (mailbox.taken, Message.objects.get().last_code) == ([], "account closed")


def test_an_address_that_no_server_could_take_is_given_up(db: None, mailbox: Mailbox) -> None:
    services.queue_mail_to_address(
        "notice", address="bad address@@example", language="en", context={}, key="k", now=NOW
    )
    assert _deliver().refused == 1


class Receiver(http.server.BaseHTTPRequestHandler):
    """An endpoint of a hospital: checks the signature the way the documentation tells it to."""

    answers: list[tuple[int, dict[str, str]]]
    seen: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((dict(self.headers), body))
        status, headers = self.answers.pop(0) if self.answers else (204, {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def receiver(settings: SimpleNamespace) -> Iterator[SimpleNamespace]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    handler = type("Handler", (Receiver,), {"answers": [], "seen": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield SimpleNamespace(
        url=f"http://127.0.0.1:{server.server_port}/hook?x=1", answers=handler.answers, seen=handler.seen
    )
    server.shutdown()
    server.server_close()


@pytest.fixture
def endpoint(receiver: SimpleNamespace, viewer: Callable[..., Viewer]) -> Endpoint:
    officer = viewer(Role.MINISTRY_OFFICER, NATIONWIDE)
    return services.register_endpoint(receiver.url, institution_id=None, by=officer, now=NOW)[0]


def _call(endpoint: Endpoint, key: str = "w") -> Message:
    return services.queue_webhook(endpoint.pk, event="bulletin.issued", body={"title": "注意"}, key=key, now=NOW)


def test_a_webhook_arrives_signed_and_named(endpoint: Endpoint, receiver: SimpleNamespace) -> None:
    queued = _call(endpoint)
    assert _deliver().sent == 1
    ((headers, body),) = receiver.seen
    stamp, mac = (part.partition("=")[2] for part in headers["Sonae-Signature"].split(","))
    assert mac == hmac.new(endpoint.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert int(stamp) == int(NOW.timestamp())
    assert headers["Idempotency-Key"] == str(queued.pk)
    assert json.loads(body)["body"] == {"title": "注意"}


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "sent"), (302, "dead"), (404, "dead"), (410, "dead"), (429, "waiting"), (500, "waiting")],
)
def test_the_endpoints_answer_decides(endpoint: Endpoint, receiver: SimpleNamespace, status: int, state: str) -> None:
    receiver.answers.append((status, {"Location": receiver.url, "Content-Length": "0"}))
    _call(endpoint)
    _deliver()
    assert Message.objects.get().state == state
    # A redirect is not followed.
    assert len(receiver.seen) == 1


def test_retry_after_is_kept(endpoint: Endpoint, receiver: SimpleNamespace) -> None:
    receiver.answers.append((503, {"Retry-After": "3600", "Content-Length": "0"}))
    _call(endpoint)
    _deliver()
    assert Message.objects.get().next_try_at == NOW + timedelta(hours=1)


def test_a_repeated_webhook_has_the_same_body_and_name(endpoint: Endpoint, receiver: SimpleNamespace) -> None:
    receiver.answers.append((500, {"Content-Length": "0"}))
    _call(endpoint)
    _deliver()
    _deliver(NOW + timedelta(hours=1))
    (first, body), (second, again) = receiver.seen
    assert body == again
    assert first["Idempotency-Key"] == second["Idempotency-Key"]


def test_a_name_that_leads_inside_is_refused_even_if_it_was_registered(
    endpoint: Endpoint, receiver: SimpleNamespace, settings: SimpleNamespace
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    Endpoint.objects.filter(pk=endpoint.pk).update(
        url=receiver.url.replace("http:", "https:").replace("127.0.0.1", "localhost.")
    )
    _call(endpoint)
    assert _deliver().refused == 1
    assert (receiver.seen, Message.objects.get().last_code) == ([], "address not allowed")


def test_an_endpoint_that_is_away_is_tried_later(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(url=f"http://127.0.0.1:{_closed_port()}/")
    _call(endpoint)
    assert _deliver().failed == 1


def test_an_endpoint_that_drips_its_answer_is_cut_off(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "WHOLE_SECONDS", 0.5)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        threading.Thread(target=_drip, args=[server], daemon=True).start()
        Endpoint.objects.filter(pk=endpoint.pk).update(url=f"http://127.0.0.1:{server.getsockname()[1]}/")
        _call(endpoint)
        began = datetime.now(UTC)
        assert _deliver().failed == 1
        assert datetime.now(UTC) - began < timedelta(seconds=3)


def _drip(server: socket.socket) -> None:
    line, _ = server.accept()
    with line:
        try:
            line.sendall(b"HTTP/1.1 200 OK\r\n")
            for _ in range(100):
                line.sendall(b"X-A: b\r\n")
                threading.Event().wait(0.1)
        except OSError:
            return


def test_a_closed_endpoint_is_not_called(endpoint: Endpoint, receiver: SimpleNamespace) -> None:
    _call(endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(closed_at=NOW, closed_by=endpoint.created_by)
    assert _deliver().refused == 1
    assert receiver.seen == []


def test_an_endpoint_that_failed_is_left_alone_while_the_others_are_called(
    endpoint: Endpoint, receiver: SimpleNamespace
) -> None:
    away = Endpoint.objects.create(
        url=f"http://127.0.0.1:{_closed_port()}/",
        secret="s",
        created_at=NOW,
        created_by=endpoint.created_by,
        account=endpoint.account,
    )
    for number in range(5):
        _call(away, key=f"away{number}")
    _call(endpoint, key="here")
    assert _deliver() == delivery.Tally(sent=1, failed=1)
    waiting = Message.objects.filter(endpoint=away)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]
    assert _deliver(NOW + timedelta(seconds=10)).tried == 0
    assert _deliver(NOW + rules.ENDPOINT_RESTS) == delivery.Tally(failed=1)


def test_what_is_queued_for_an_endpoint_after_it_failed_waits_for_the_next_run(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def failing(_route: webhooks.Route, message: Message) -> Outcome:
        calls.append(message.key)
        _call(endpoint, key=f"later{len(calls)}")
        return Outcome(OutcomeKind.FAILED, "TimeoutError")

    monkeypatch.setattr(webhooks.Route, "send", failing)
    _call(endpoint, key="first")
    delivery.call_endpoints(clock=lambda: NOW, most=50, within=LONG)
    assert calls == ["first"]


def test_a_slow_endpoint_keeps_no_mail_waiting(
    endpoint: Endpoint, person: Callable[..., Account], mailbox: Mailbox
) -> None:
    _call(endpoint)
    _queue(person())
    assert delivery.deliver_mails(clock=lambda: NOW, most=50, within=LONG) == delivery.Tally(sent=1)
    assert Message.objects.get(endpoint=endpoint).attempts == 0


def test_a_run_ends_after_its_time(endpoint: Endpoint, receiver: SimpleNamespace) -> None:
    for number in range(5):
        _call(endpoint, key=f"w{number}")
    moments = (NOW + timedelta(seconds=7 * number) for number in range(100))
    delivery.call_endpoints(clock=lambda: next(moments), most=50, within=timedelta(seconds=20))
    assert len(receiver.seen) == 1


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
