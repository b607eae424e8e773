"""When to try again, when to give up, which addresses a webhook may have, and how it is signed."""

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from sonae.core.notifications.vocabulary import (
    MessageFacts,
    MessageState,
    NextStep,
    NotificationRefusal,
    Outcome,
    OutcomeKind,
)
from sonae.kernel.decision import ALLOWED, Decision, Refused

FIRST_RETRY = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
# With the waits above the last try comes about four days after the first; RFC 5321, 4.5.4.1 asks for four to five.
MAX_ATTEMPTS = 25
# Longer than one attempt can last, so that a claim that has run out means a worker that is gone.
LEASE = timedelta(minutes=3)
# How long an endpoint that failed is left alone with everything else that waits for it.
ENDPOINT_RESTS = timedelta(seconds=30)
KEPT_FOR = timedelta(days=400)

# Addresses that carry another address inside: a guard that looks only at the outside would be walked around.
_NAT64 = ip_network("64:ff9b::/96")
# Networks of one's own that Python takes for the open internet: site-local (RFC 3879), documentation (RFC 9637),
# segment identifiers (RFC 9602), NAT64 of one's own (RFC 8215), Teredo, which carries another address too (RFC 4380).
_NOT_OPEN = tuple(
    map(ip_network, ("fec0::/10", "3fff::/20", "5f00::/16", "64:ff9b:1::/48", "2001::/32", "192.88.99.0/24"))
)
_MAILBOX = re.compile(r"[^\s<>()\[\]:;,\"'@]+@")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def wait_before(attempt: int, *, spread: float) -> timedelta:
    """How long to wait after so many failed tries: doubling, bounded, half to the whole of it (0 ≤ spread < 1)."""
    doublings = min(attempt - 1, 20)
    return min(FIRST_RETRY * (1 << doublings), LONGEST_WAIT) * (0.5 + spread / 2)


def next_step(outcome: Outcome, *, attempts: int, now: datetime, spread: float) -> NextStep:
    """What becomes of a message after its attempt number `attempts`."""
    if outcome.kind is OutcomeKind.DELIVERED:
        return NextStep(MessageState.SENT, None)
    if outcome.kind is OutcomeKind.REFUSED or attempts >= MAX_ATTEMPTS:
        return NextStep(MessageState.DEAD, None)
    wait = wait_before(attempts, spread=spread)
    asked = min(outcome.retry_after or timedelta(0), LONGEST_WAIT)
    return NextStep(MessageState.WAITING, now + max(wait, asked))


def mail_outcome(code: int) -> OutcomeKind:
    """What an SMTP server's answer about one recipient or one message means (RFC 5321, 4.2.1)."""
    return OutcomeKind.REFUSED if 500 <= code < 600 else OutcomeKind.FAILED


def webhook_outcome(status: int) -> OutcomeKind:
    """What an HTTP status means; redirects are not followed, so that nobody sends us somewhere else."""
    if 200 <= status < 300:
        return OutcomeKind.DELIVERED
    if status in (408, 425, 429) or status >= 500:
        return OutcomeKind.FAILED
    return OutcomeKind.REFUSED


def may_send_again(message: MessageFacts) -> Decision:
    if message.state is not MessageState.DEAD:
        return Refused(NotificationRefusal.NOT_DEAD, {"state": message.state})
    return ALLOWED


def may_register(url: str, *, private_allowed: bool) -> Decision:
    """Whether a webhook may have this address, as far as the address itself tells."""
    parts = _split(url)
    if (
        parts is None
        or not parts.hostname
        or parts.username is not None
        or parts.password is not None
        or parts.fragment
    ):
        return Refused(NotificationRefusal.ADDRESS_MALFORMED)
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http" and parts.hostname in _LOCAL_NAMES):
        return Refused(NotificationRefusal.ADDRESS_NOT_HTTPS)
    literal = _literal(parts.hostname)
    if literal is not None and not is_reachable(literal, private_allowed=private_allowed):
        return Refused(NotificationRefusal.ADDRESS_IS_PRIVATE)
    if parts.hostname.rstrip(".") == "localhost" and not private_allowed:
        return Refused(NotificationRefusal.ADDRESS_IS_PRIVATE)
    return ALLOWED


def is_reachable(address: IPv4Address | IPv6Address, *, private_allowed: bool) -> bool:
    """Whether a webhook may connect to this address: only the open internet, unless the operator allows inside."""
    inner = _inner(address)
    if inner.is_multicast or inner.is_unspecified or inner.is_reserved:
        return False
    if private_allowed:
        # Cloud machines hand out credentials on this link-local address to whoever asks.
        return not inner.is_link_local
    return inner.is_global and not any(inner in network for network in _NOT_OPEN)


def signature(secret: str, *, timestamp: int, body: bytes) -> str:
    """The value of Sonae-Signature: HMAC-SHA256 over the timestamp, a dot and the body."""
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={mac}"


def mail_id(message_id: UUID, *, domain: str) -> str:
    """The Message-ID: the same for every attempt, so that mailboxes show a repeated mail once."""
    return f"<{message_id}@{domain}>"


def to_the_hour(moment: datetime | None) -> datetime | None:
    """The hour a moment lies in: enough to repair a way, too little to tell which report a message followed."""
    return moment.replace(minute=0, second=0, microsecond=0) if moment else None


def without_recipient(answer: str, *, address: str) -> str:
    """A server's answer without the address it speaks of: mail servers repeat it, and operators read the answer."""
    local = address.rpartition("@")[0]
    if len(local) > 2:
        answer = re.sub(rf"(?<!\w){re.escape(local)}(?!\w)", "…", answer, flags=re.IGNORECASE)
    return _MAILBOX.sub("…@", answer)


def one_line(text: str) -> str:
    """The text with every control character and run of blanks as one space: nothing of it can become a header."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _split(url: str) -> SplitResult | None:
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        return None
    return parts


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
