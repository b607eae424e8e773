"""How many requests one caller may make to the API in a minute, over all processes together."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from ninja.throttling import BaseThrottle

# Requests of one caller that one process answers before it writes them down, as a share of what is allowed: thousands
# of collectors that ask once a minute cost no write, and somebody who asks without end is stopped little late.
_SHARE = 30


class PerCaller(BaseThrottle):
    """At most so many requests a minute for one token or person.

    The account lies in the database, so the limit holds over all processes; each of them may let a thirtieth more pass.
    It is written by `put_down_requests` after the answer: inside the transaction of a request with an Idempotency-Key a
    refusal would take the account back, and whoever is refused each time would never be stopped.
    """

    def __init__(self) -> None:
        self._retry_after = 1
        self._lock = threading.Lock()
        self._minute = 0
        # By caller: requests not yet put on the common account, and what stood there the last time.
        self._own: dict[str, tuple[int, int]] = {}

    def allow_request(self, request: HttpRequest) -> bool:
        viewer = request.viewer  # type: ignore[attr-defined]
        minute, second = divmod(int(request.now.timestamp()), 60)  # type: ignore[attr-defined]
        self._retry_after = 60 - second
        caller = str(viewer.token_id or viewer.account_id)
        request.counted = (self, caller)  # type: ignore[attr-defined]
        return self._count(caller, minute) <= settings.API_REQUESTS_PER_MINUTE

    def wait(self) -> float:
        return self._retry_after

    def _count(self, caller: str, minute: int) -> int:
        with self._lock:
            if minute != self._minute:
                self._minute, self._own = minute, {}
            own, common = self._own.get(caller, (0, 0))
            self._own[caller] = (own + 1, common)
        return common + own + 1

    def put_down(self, caller: str) -> None:
        """Puts a caller's requests on the common account, once they are a share of what is allowed."""
        with self._lock:
            minute = self._minute
            own, common = self._own.get(caller, (0, 0))
            if own < max(1, settings.API_REQUESTS_PER_MINUTE // _SHARE):
                return
            self._own[caller] = (0, common + own)
        total = _put_down(f"api:{caller}:{minute}", own)
        with self._lock:
            if minute == self._minute:
                pending, known = self._own.get(caller, (0, 0))
                self._own[caller] = (pending, max(total, known))


def put_down_requests(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: writes down what `PerCaller` counted, when the request's own transaction is over."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        throttle, caller = getattr(request, "counted", (None, ""))
        if throttle is not None:
            throttle.put_down(caller)
        return response

    return middleware


def _put_down(key: str, count: int) -> int:
    """Adds to the common account and returns what stands there then.

    Two that add at the same instant may count as one: the limit is for those who ask too often, not for accountants.
    """
    if cache.add(key, count, timeout=120):
        return count
    try:
        return cache.incr(key, count)
    except ValueError:
        # Pushed out between the two lines: a new minute begins for this caller.
        cache.add(key, count, timeout=120)
        return count
