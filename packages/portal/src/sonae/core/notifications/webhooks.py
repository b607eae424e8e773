"""Webhooks: signed, over TLS, never to an address inside our own network, never redirected."""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings

from sonae import __version__
from sonae.core.notifications import rules
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Outcome, OutcomeKind

STEP_SECONDS = 5  # one connect, one read
WHOLE_SECONDS = 10  # everything after connecting, for an endpoint that answers one byte at a time
MOST_ADDRESSES = 2  # of a name, tried one after the other
MOST_READ = 64 * 1024


class AddressRefused(OSError):
    """The name resolves to an address that a webhook may not reach."""


class Route:
    """The way to the endpoints; each call is a connection of its own."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def send(self, message: Message) -> Outcome:
        """Calls the endpoint once; the outcome says what it answered."""
        endpoint = message.endpoint
        assert endpoint is not None, "a webhook has an endpoint"
        if endpoint.closed_at is not None:
            return Outcome(OutcomeKind.REFUSED, "endpoint closed")
        body = body_of(message)
        timestamp = int(self._clock().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": f"Sonae/{__version__}",
            "Idempotency-Key": str(message.pk),
            "Sonae-Event": message.template,
            "Sonae-Signature": rules.signature(endpoint.secret, timestamp=timestamp, body=body),
        }
        try:
            return _answered(_call(endpoint.url, body, headers))
        except AddressRefused:
            return Outcome(OutcomeKind.REFUSED, "address not allowed")
        except (OSError, http.client.HTTPException) as lost:
            return Outcome(OutcomeKind.FAILED, type(lost).__name__)


def body_of(message: Message) -> bytes:
    """The bytes that are sent and signed: the same for every attempt."""
    envelope = {
        "id": str(message.pk),
        "event": message.template,
        "at": message.queued_at.isoformat(),
        "body": message.context,
    }
    return json.dumps(envelope, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _call(url: str, body: bytes, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = connection_to(url)
    too_late = threading.Event()
    deadline = threading.Timer(WHOLE_SECONDS, _cut, [connection, too_late])
    deadline.daemon = True
    try:
        # Connected first: there is a line to cut from the moment the time runs.
        connection.connect()
        deadline.start()
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        # Read, so that the endpoint sees its answer taken; no more than a little, so that it cannot fill our memory.
        response.read(MOST_READ)
        if too_late.is_set():
            # Cut off in the middle of the headers: the library takes the end of the line for their end.
            raise TimeoutError
        return response
    finally:
        deadline.cancel()
        connection.close()


def _answered(response: http.client.HTTPResponse) -> Outcome:
    text = response.headers.get("Retry-After", "")
    wait = timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else None
    return Outcome(rules.webhook_outcome(response.status), str(response.status), wait)


def connection_to(url: str, *, timeout: float = STEP_SECONDS) -> http.client.HTTPConnection:
    """A connection, not yet open, that reaches only what the operator allows: for webhooks, and for what is fetched.

    `timeout` in seconds is for each step. Raises AddressRefused for an address that may not be asked, now or when it
    connects.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not rules.may_register(url, private_allowed=settings.WEBHOOK_ALLOW_PRIVATE).ok:
        raise AddressRefused(host)
    if parts.scheme == "http":
        return _Plain(host, parts.port or 80, timeout=timeout)
    return _Secure(host, parts.port or 443, timeout=timeout, context=ssl.create_default_context())


def _vetted_socket(host: str, port: int) -> socket.socket:
    """A connection to an address that was looked at: the name is resolved once, so that it cannot change in between."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    reachable = [
        entry
        for entry in found
        if rules.is_reachable(
            ip_address(str(entry[4][0]).partition("%")[0]), private_allowed=settings.WEBHOOK_ALLOW_PRIVATE
        )
    ]
    # One bad address spoils the name: who mixes them is trying something.
    if not reachable or len(reachable) < len(found):
        raise AddressRefused(host)
    last_error: OSError | None = None
    for family, kind, protocol, _, address in reachable[:MOST_ADDRESSES]:
        line = socket.socket(family, kind, protocol)
        line.settimeout(STEP_SECONDS)
        try:
            line.connect(address)
        except OSError as error:
            line.close()
            last_error = error
            continue
        return line
    raise last_error or ConnectionError(host)


class _Plain(http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = _vetted_socket(self.host, self.port)


class _Secure(http.client.HTTPSConnection):
    def __init__(self, host: str, port: int, *, timeout: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout, context=context)
        self._trust = context

    def connect(self) -> None:
        # The certificate must be for the name that was registered, not for the address behind it.
        self.sock = self._trust.wrap_socket(_vetted_socket(self.host, self.port), server_hostname=self.host)


def _cut(connection: Any, too_late: threading.Event) -> None:
    # Said before it is done: whoever reads the cut line must know at once why it ended.
    too_late.set()
    line = connection.sock
    if line is not None:
        try:
            line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
