import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.notifications import rules
from sonae.core.notifications.vocabulary import (
    MessageFacts,
    MessageState,
    NextStep,
    NotificationRefusal,
    Outcome,
    OutcomeKind,
)
from sonae.kernel.decision import ALLOWED, Refused

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@given(st.integers(1, 1_000), st.floats(0, 1, exclude_max=True))
def test_waits_grow_from_fifteen_seconds_to_six_hours_and_no_further(attempt: int, spread: float) -> None:
    wait = rules.wait_before(attempt, spread=spread)
    assert timedelta(seconds=15) <= wait <= rules.LONGEST_WAIT
    assert wait <= rules.wait_before(attempt + 1, spread=0) * 2


def test_the_last_try_comes_about_four_days_after_the_first() -> None:
    whole = sum((rules.wait_before(n, spread=0.5) for n in range(1, rules.MAX_ATTEMPTS)), timedelta())
    assert timedelta(days=2.5) < whole < timedelta(days=5)


@pytest.mark.parametrize(
    ("kind", "attempts", "state", "has_next"),
    [
        (OutcomeKind.DELIVERED, 1, MessageState.SENT, False),
        (OutcomeKind.REFUSED, 1, MessageState.DEAD, False),
        (OutcomeKind.FAILED, 1, MessageState.WAITING, True),
        (OutcomeKind.FAILED, rules.MAX_ATTEMPTS - 1, MessageState.WAITING, True),
        (OutcomeKind.FAILED, rules.MAX_ATTEMPTS, MessageState.DEAD, False),
        (OutcomeKind.ROUTE_DOWN, 1, MessageState.WAITING, True),
        (OutcomeKind.ROUTE_DOWN, rules.MAX_ATTEMPTS, MessageState.DEAD, False),
    ],
)
def test_what_becomes_of_a_message(kind: OutcomeKind, attempts: int, state: MessageState, has_next: bool) -> None:
    step = rules.next_step(Outcome(kind, "x"), attempts=attempts, now=NOW, spread=0.0)
    assert step.state is state
    assert (step.next_try_at is not None) is has_next


def test_a_recipient_may_ask_us_to_wait_longer_but_not_for_ever() -> None:
    patient = Outcome(OutcomeKind.FAILED, "429", timedelta(hours=1))
    assert rules.next_step(patient, attempts=1, now=NOW, spread=0.0) == NextStep(
        MessageState.WAITING, NOW + timedelta(hours=1)
    )
    endless = Outcome(OutcomeKind.FAILED, "429", timedelta(days=900))
    assert rules.next_step(endless, attempts=1, now=NOW, spread=0.0).next_try_at == NOW + rules.LONGEST_WAIT


@pytest.mark.parametrize(
    ("code", "kind"), [(421, "failed"), (450, "failed"), (451, "failed"), (550, "refused"), (554, "refused")]
)
def test_smtp_codes_say_for_now_or_for_good(code: int, kind: str) -> None:
    assert rules.mail_outcome(code) == kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "delivered"), (204, "delivered"), (301, "refused"), (307, "refused"), (400, "refused"), (401, "refused"),
        (408, "failed"), (410, "refused"), (425, "failed"), (429, "failed"), (500, "failed"), (503, "failed"),
    ],
)  # fmt: skip
def test_http_statuses_say_for_now_or_for_good(status: int, kind: str) -> None:
    assert rules.webhook_outcome(status) == kind


R = NotificationRefusal


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://example.org/hook", None),
        ("https://example.org:8443/a?b=c", None),
        ("https://93.184.216.34/", None),
        ("http://example.org/", R.ADDRESS_NOT_HTTPS),
        ("ftp://example.org/", R.ADDRESS_NOT_HTTPS),
        ("https://", R.ADDRESS_MALFORMED),
        ("https://user:secret@example.org/", R.ADDRESS_MALFORMED),
        ("https://example.org/#x", R.ADDRESS_MALFORMED),
        ("https://example.org:99999/", R.ADDRESS_MALFORMED),
        ("https://exa mple.org/", R.ADDRESS_MALFORMED),
        ("https://example.org/\r\nX: y", R.ADDRESS_MALFORMED),
        ("https://[::1", R.ADDRESS_MALFORMED),
        ("https://127.0.0.1/", R.ADDRESS_IS_PRIVATE),
        ("https://localhost/", R.ADDRESS_IS_PRIVATE),
        ("https://10.1.2.3/", R.ADDRESS_IS_PRIVATE),
        ("https://169.254.169.254/latest/meta-data", R.ADDRESS_IS_PRIVATE),
        ("https://[::1]/", R.ADDRESS_IS_PRIVATE),
        ("https://[::ffff:10.0.0.1]/", R.ADDRESS_IS_PRIVATE),
        ("https://[64:ff9b::a00:1]/", R.ADDRESS_IS_PRIVATE),
        ("https://[2002:a00:1::]/", R.ADDRESS_IS_PRIVATE),
        ("https://[fe80::1]/", R.ADDRESS_IS_PRIVATE),
        ("https://0.0.0.0/", R.ADDRESS_IS_PRIVATE),
        ("https://224.0.0.1/", R.ADDRESS_IS_PRIVATE),
    ],
)  # fmt: skip
def test_a_webhook_goes_to_the_open_internet_over_tls(url: str, reason: NotificationRefusal | None) -> None:
    answer = rules.may_register(url, private_allowed=False)
    assert answer == (ALLOWED if reason is None else Refused(reason))


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:9/", True),
        ("http://localhost:9/", True),
        ("https://10.1.2.3/", True),
        ("http://10.1.2.3/", False),
        ("https://169.254.169.254/", False),
        ("https://224.0.0.1/", False),
    ],
)
def test_where_the_operator_allows_a_closed_network(url: str, allowed: bool) -> None:
    assert rules.may_register(url, private_allowed=True).ok is allowed


@pytest.mark.parametrize(
    "address", ["fec0::1", "feff::1", "3fff::1", "5f00::1", "64:ff9b:1::a00:1", "2001::a00:1", "192.88.99.1", "fd00::1"]
)
def test_networks_that_python_takes_for_the_open_internet_are_not(address: str) -> None:
    assert not rules.is_reachable(ip_address(address), private_allowed=False)


def test_an_address_that_carries_a_private_one_inside_is_private() -> None:
    assert not rules.is_reachable(ip_address("64:ff9b::169.254.169.254"), private_allowed=False)
    assert not rules.is_reachable(ip_address("::ffff:127.0.0.1"), private_allowed=False)
    assert rules.is_reachable(ip_address("2606:4700::1111"), private_allowed=False)


def test_the_signature_is_what_a_receiver_computes() -> None:
    value = rules.signature("secret", timestamp=1_700_000_000, body=b'{"a":1}')
    expected = hmac.new(b"secret", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert value == f"t=1700000000,v1={expected}"


def test_every_attempt_has_the_same_message_id() -> None:
    name = UUID("01920000-0000-7000-8000-000000000001")
    assert rules.mail_id(name, domain="example.jp") == f"<{name}@example.jp>"


@pytest.mark.parametrize(
    ("text", "line"),
    [("件名", "件名"), ("a\r\nBcc: x@y", "a Bcc: x@y"), ("a\x00b\u2028c", "a b c"), ("  a   b ", "a b")],
)
def test_a_subject_is_one_line_whatever_is_put_into_it(text: str, line: str) -> None:
    assert rules.one_line(text) == line


@pytest.mark.parametrize(
    ("state", "ok"), [(MessageState.DEAD, True), (MessageState.SENT, False), (MessageState.WAITING, False)]
)
def test_only_what_was_given_up_is_sent_again(state: MessageState, ok: bool) -> None:
    assert rules.may_send_again(MessageFacts(state, 3)).ok is ok
