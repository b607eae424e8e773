"""Speaks to the portal: TLS always verified, no redirect followed, the token never in a log, an answer or an error."""

import functools
import ipaddress
import json
import os
import socket
import ssl
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from sonae_collector import VERSION
from sonae_collector.errors import NotConfigured, PortalAway, Reason, RequestRefused, TokenRefused
from sonae_wire import paths
from sonae_wire.messages import BatchReceipt, Heartbeat, IndicatorPage, Problem

_TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
_ANSWER_LIMIT_BYTES: Final = 32 << 20
# For an answer as a whole: the other limits are for one step of it, and a step can be one byte.
_ANSWER_WITHIN_S: Final = 120.0
_TOKEN_BYTES: Final = 4_096
_LATER: Final = frozenset({408, 425, 429})
_LONGEST_WAIT_S: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class Page:
    """New indicators, and the mark by which the portal knows this answer again."""

    indicators: IndicatorPage
    etag: str


class _Line:
    """The connection to the portal, which can be cut from outside while someone waits at it."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self.is_cut = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Remembers the connection when there is one; httpx calls this at every step."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Whoever waits at the connection inside, waits in vain from then on."""
        self.is_cut = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.is_cut = True
        if self._socket is not None:
            # Below TLS, and not closed: it belongs to the one who waits.
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Portal:
    """The portal as one collector sees it."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._line = _Line()

    def page(self, cursor: str, *, etag: str = "") -> Page | None:
        """What changed after the cursor; None when nothing did."""
        headers = {"If-None-Match": etag} if etag else {}
        status, answer, body = self._ask(
            "GET", paths.INDICATORS, params={"cursor": cursor, "limit": str(paths.PAGE_LIMIT)}, headers=headers
        )
        if status == 304:
            return None
        return Page(_understood(IndicatorPage, body), answer.get("ETag", ""))

    def deliver(self, batch_id: str, body: bytes) -> BatchReceipt:
        """Hand over a batch, and bring back what became of it."""
        headers = {paths.IDEMPOTENCY_HEADER: batch_id, "Content-Type": "application/json"}
        _, _, answer = self._ask("POST", paths.SIGHTINGS, content=body, headers=headers)
        receipt = _understood(BatchReceipt, answer)
        if str(receipt.batch_id) != batch_id:
            raise PortalAway("the receipt is for another batch")
        return receipt

    def beat(self, heartbeat: Heartbeat) -> None:
        """Tell that this collector lives."""
        body = heartbeat.model_dump_json().encode()
        self._ask("POST", paths.HEARTBEAT, content=body, headers={"Content-Type": "application/json"})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> tuple[int, httpx.Headers, bytes]:
        try:
            with (
                self._line.cut_after(_ANSWER_WITHIN_S),
                self._client.stream(
                    method,
                    path,
                    headers=headers,
                    params=params,
                    content=content,
                    extensions={"trace": self._line.trace},
                ) as response,
            ):
                body = _bounded(response)
        except httpx.HTTPError as trouble:
            raise PortalAway("the answer takes too long" if self._line.is_cut else type(trouble).__name__) from trouble
        if response.status_code in {200, 201, 202, 204, 304}:
            return response.status_code, response.headers, body
        raise _refusal(response, body)


def _bounded(response: httpx.Response) -> bytes:
    pieces, length = [], 0
    for piece in response.iter_bytes():
        length += len(piece)
        if length > _ANSWER_LIMIT_BYTES:
            raise PortalAway("the answer is too large")
        pieces.append(piece)
    return b"".join(pieces)


def _refusal(response: httpx.Response, body: bytes) -> Exception:
    status = response.status_code
    if status in (401, 403):
        return TokenRefused()
    if status >= 500 or status in _LATER:
        return PortalAway(f"HTTP {status}", retry_after_s=_seconds(response.headers.get("Retry-After", "")))
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        # A proxy's page, a redirect to a sign-in: whoever spoke, it was not the portal.
        return PortalAway(f"HTTP {status}")
    return RequestRefused(status, str(problem.reason), problem.title)


def _seconds(text: str) -> float:
    return min(float(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() else 0.0


def _understood[M: BaseModel](message: type[M], body: bytes) -> M:
    try:
        return message.model_validate_json(body)
    except ValidationError as refusal:
        raise PortalAway("the answer is not in the portal's language") from refusal


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The same for every connection of a process, and read once: there are hundreds of them."""
    return ssl.create_default_context()


@contextmanager
def connected(address: str, *, token: str) -> Iterator[Portal]:
    """The portal at an address: https anywhere, http only on this machine itself."""
    loopback = check_address(address)
    headers = {"Authorization": f"Bearer {token}", "User-Agent": f"sonae-collector/{VERSION}"}
    # The machine's own certificates: hospital networks open TLS with a certificate of their own. On this machine itself
    # no proxy is asked, whatever the environment says.
    with httpx.Client(
        base_url=address.rstrip("/"),
        headers=headers,
        timeout=_TIMEOUT,
        verify=_certificates(),
        follow_redirects=False,
        trust_env=not loopback,
    ) as client:
        yield Portal(client)


def check_address(address: str) -> bool:
    """Whether the address is this machine itself; raises NotConfigured for one that is not used."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise NotConfigured(Reason.ADDRESS_NOT_UNDERSTOOD, address=address)
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise NotConfigured(Reason.HTTP_NOT_ALLOWED, address=address)
    return loopback


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_token(path: Path) -> str:
    """The token in a file that nobody else may read: one word of visible ASCII."""
    try:
        # A pipe would let the program wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            _check_token_file(path, os.fstat(descriptor).st_mode)
            text = file.read(_TOKEN_BYTES).strip()
    except OSError as refusal:
        raise NotConfigured(Reason.TOKEN_FILE_UNREADABLE, file=str(path), cause=refusal.strerror or "") from refusal
    if not text or not all(0x21 <= letter <= 0x7E for letter in text):
        raise NotConfigured(Reason.TOKEN_MALFORMED, file=str(path))
    return text.decode("ascii")


def _check_token_file(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise NotConfigured(Reason.TOKEN_FILE_NOT_A_FILE, file=str(path))
    if mode & 0o077:
        raise NotConfigured(Reason.TOKEN_FILE_OPEN, file=str(path))


def read_indicator_file(path: Path) -> IndicatorPage:
    """An exported page of indicators."""
    try:
        return IndicatorPage.model_validate_json(path.read_bytes())
    except OSError as refusal:
        raise NotConfigured(
            Reason.INDICATOR_FILE_UNREADABLE, file=str(path), field="", cause=refusal.strerror or ""
        ) from refusal
    except ValidationError as refusal:
        first = json.loads(refusal.json(include_url=False, include_input=False, include_context=False))[0]
        where = ".".join(str(each) for each in first["loc"])
        raise NotConfigured(
            Reason.INDICATOR_FILE_UNREADABLE, file=str(path), field=where, cause=first["msg"]
        ) from refusal
