"""Fetching from publishers: conditional, politely paced, never inside our own network, never more than fits.

The way out is that of the webhooks (`core.notifications.webhooks`): TLS, one look at the name, the same addresses.
"""

import http.client
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from sonae import __version__
from sonae.core.notifications import webhooks
from sonae.prevention.advisories.vocabulary import Trouble

STEP_SECONDS = 30
WHOLE_SECONDS = 1_800  # a year of NVD over a slow line
MOST_BYTES = 1_000_000_000
MOST_REDIRECTS = 3
_PIECE = 1 << 18
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_CHANGED, _MOST_FINE = 304, 299


class NotFetched(Exception):
    """A source did not give what it was asked for; `pull` writes it down and tries again later."""

    def __init__(self, trouble: Trouble, facts: Mapping[str, Any] | None = None, *, asked_for: timedelta | None = None):
        super().__init__(str(trouble))
        self.trouble, self.facts, self.asked_for = trouble, dict(facts or {}), asked_for

    @property
    def status(self) -> int:
        """The status that the source answered with; 0 where it did not answer."""
        return int(self.facts.get("status", 0))


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer in a file of ours, with what to ask by the next time (RFC 9110, 13.1)."""

    path: Path
    name: str
    validators: dict[str, str]


class Fetcher:
    """Asks one publisher, one request after the other."""

    def __init__(
        self, folder: Path, *, pause: timedelta, sleep: Callable[[float], None] = time.sleep,
        most_bytes: int = MOST_BYTES, headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._folder, self._pause, self._sleep, self._most = folder, pause, sleep, most_bytes
        self._headers = dict(headers or {})
        self._count = 0

    def get(self, url: str, *, validators: Mapping[str, str] | None = None) -> Fetched | None:
        """The answer, or None where nothing has changed since; raises NotFetched."""
        conditions = {
            header: validators[name]
            for name, header in (("etag", "If-None-Match"), ("last_modified", "If-Modified-Since"))
            if validators and validators.get(name)
        }
        for _ in range(MOST_REDIRECTS + 1):
            if self._count:
                self._sleep(self._pause.total_seconds())
            self._count += 1
            answer = self._asked(url, conditions)
            if not isinstance(answer, str):
                return answer
            url = answer
        raise NotFetched(Trouble.NOT_UNDERSTOOD)

    def raw(self, url: str) -> bytes | None:
        """A small answer, or None where the publisher has no such file."""
        try:
            fetched = self.get(url)
        except NotFetched as missing:
            if missing.status in (404, 410):
                return None
            raise
        assert fetched is not None, "nothing was asked conditionally"
        try:
            return fetched.path.read_bytes()
        finally:
            fetched.path.unlink()

    def _asked(self, url: str, conditions: Mapping[str, str]) -> Fetched | str | None:
        headers = {"User-Agent": f"Sonae/{__version__}", "Accept-Encoding": "identity", **self._headers, **conditions}
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection = webhooks.connection_to(url, timeout=STEP_SECONDS)
        except webhooks.AddressRefused as refused:
            raise NotFetched(Trouble.ADDRESS_REFUSED) from refused
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return self._answered(url, response)
        except webhooks.AddressRefused as refused:
            raise NotFetched(Trouble.ADDRESS_REFUSED) from refused
        except (OSError, http.client.HTTPException) as lost:
            raise NotFetched(Trouble.UNREACHABLE, {"error": type(lost).__name__}) from lost
        finally:
            connection.close()

    def _answered(self, url: str, response: http.client.HTTPResponse) -> Fetched | str | None:
        if response.status == _NOT_CHANGED:
            return None
        if response.status in _MOVED and (to := response.headers.get("Location")):
            return urljoin(url, to)
        if response.status > _MOST_FINE:
            raise NotFetched(Trouble.ANSWERED, {"status": response.status}, asked_for=_wait(response))
        target = self._folder / f"fetched-{self._count}"
        self._save(response, target)
        validators = {
            "etag": response.headers.get("ETag", ""),
            "last_modified": response.headers.get("Last-Modified", ""),
        }
        name = urlsplit(url).path.rpartition("/")[2] or "answer"
        return Fetched(target, name[:200], {key: value[:300] for key, value in validators.items() if value})

    def _save(self, response: http.client.HTTPResponse, target: Path) -> None:
        began, came = time.monotonic(), 0
        declared = response.headers.get("Content-Length", "")
        with target.open("wb") as file:
            while piece := response.read(_PIECE):
                came += len(piece)
                if came > self._most:
                    raise NotFetched(Trouble.TOO_LARGE, {"most": self._most // 1_000_000})
                if time.monotonic() - began > WHOLE_SECONDS:
                    raise NotFetched(Trouble.TOO_SLOW)
                file.write(piece)
        if declared.isdigit() and came < int(declared):
            # Cut off in the middle: the library takes the end of the line for the end of the answer.
            raise NotFetched(Trouble.UNREACHABLE, {"error": "IncompleteRead"})


def _wait(response: http.client.HTTPResponse) -> timedelta | None:
    text = response.headers.get("Retry-After", "")
    return timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else None
