"""A portal to test a collector against: a real HTTP server on this machine, speaking the wire's own messages.

    with FakePortal() as portal:
        portal.publish(indicator)
        ...                       # run a collector against portal.url with portal.token
        portal.sightings          # what it knows, by id

It refuses what the real one must refuse, and can be told to fail: `fail_next`, `lose_answers`.
"""

import json
import threading
from collections import deque
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from pydantic import BaseModel, ValidationError

from sonae_wire import messages, paths
from sonae_wire.messages import BatchReceipt, Heartbeat, Indicator, IndicatorPage, Problem, Sighting, SightingBatch
from sonae_wire.vocabulary import ProblemReason, SightingProblem

_LOST: Final = -1


class Refusal(Exception):
    """An answer that is a problem."""

    def __init__(self, status: HTTPStatus, reason: ProblemReason, **facts: str) -> None:
        super().__init__(reason)
        self.problem = Problem(
            title=status.phrase, title_ja=status.phrase, status=status, reason=reason, facts=dict(facts)
        )


class FakePortal:
    """What a portal remembers of its indicators and of what collectors sent."""

    def __init__(self, *, token: str = "sonae-test-token", page_size: int = 100) -> None:  # noqa: S107 - opens nothing
        self.token = token
        self.page_size = page_size
        self.indicators: list[Indicator] = []
        self.sightings: dict[UUID, Sighting] = {}
        self.batches: dict[UUID, tuple[SightingBatch, BatchReceipt]] = {}
        self.heartbeats: list[Heartbeat] = []
        self.requests: list[tuple[str, str]] = []
        self._faults: deque[int] = deque()
        self._first_serial = 0
        self._refusals: dict[UUID, SightingProblem] = {}
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def publish(self, *indicators: Indicator) -> None:
        """Make indicators known; one published again is a change of it."""
        with self._lock:
            self.indicators.extend(indicators)

    def fail_next(self, status: int, *, times: int = 1) -> None:
        """Answer the next requests with a status, without doing anything."""
        with self._lock:
            self._faults.extend([status] * times)

    def lose_answers(self, times: int = 1) -> None:
        """Do what the next requests ask, and hang up instead of answering."""
        with self._lock:
            self._faults.extend([_LOST] * times)

    def refuse_sightings_of(self, indicator_id: UUID, reason: SightingProblem | None) -> None:
        """Take no sighting of an indicator from now on, or take them again."""
        with self._lock:
            self._refusals.pop(indicator_id, None)
            if reason is not None:
                self._refusals[indicator_id] = reason

    def forget_cursors(self) -> None:
        """Know no cursor any longer that was given until now."""
        with self._lock:
            self._first_serial += 1_000_000

    def fault(self) -> int:
        """The fault the next request meets, 0 for none."""
        with self._lock:
            return self._faults.popleft() if self._faults else 0

    def page(self, cursor: str, limit: int) -> IndicatorPage:
        """What changed after a cursor."""
        with self._lock:
            begin = self._begin(cursor)
            end = min(begin + min(limit, self.page_size), len(self.indicators))
            return IndicatorPage(
                indicators=tuple(self.indicators[begin:end]),
                cursor=f"s{self._first_serial + end}",
                more=end < len(self.indicators),
                as_of=datetime.now(UTC),
            )

    def _begin(self, cursor: str) -> int:
        if not cursor:
            return 0
        serial = int(cursor[1:]) - self._first_serial if cursor[1:].isdigit() else -1
        if not 0 <= serial <= len(self.indicators):
            raise Refusal(HTTPStatus.GONE, ProblemReason.CURSOR_UNKNOWN)
        return serial

    def take(self, batch: SightingBatch) -> BatchReceipt:
        """Keep a batch; the same batch again gets the same receipt."""
        with self._lock:
            known = self.batches.get(batch.batch_id)
            if known is not None:
                if known[0] != batch:
                    raise Refusal(HTTPStatus.CONFLICT, ProblemReason.IDEMPOTENCY_KEY_MISMATCH)
                return known[1]
            receipt = self._receipt(batch)
            self.batches[batch.batch_id] = (batch, receipt)
            return receipt

    def _receipt(self, batch: SightingBatch) -> BatchReceipt:
        published = {each.id: each for each in self.indicators}
        accepted, already_known, refused = [], [], []
        for each in batch.sightings:
            indicator = published.get(each.indicator_id)
            if indicator is None:
                refused.append(messages.RefusedSighting(id=each.id, reason=SightingProblem.UNKNOWN_INDICATOR))
            elif each.indicator_id in self._refusals:
                refused.append(messages.RefusedSighting(id=each.id, reason=self._refusals[each.indicator_id]))
            elif each.id in self.sightings:
                already_known.append(each.id)
                self.sightings[each.id] = messages.merged(self.sightings[each.id], each)
            else:
                accepted.append(each.id)
                self.sightings[each.id] = each
        return BatchReceipt(
            batch_id=batch.batch_id,
            accepted=tuple(accepted),
            already_known=tuple(already_known),
            refused=tuple(refused),
        )

    def beat(self, heartbeat: Heartbeat) -> None:
        """Remember that a collector lives."""
        with self._lock:
            self.heartbeats.append(heartbeat)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, portal: FakePortal) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.portal = portal

    def handle_error(self, request: object, client_address: object) -> None:
        """Says nothing of a collector that was killed while it was answered."""


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # Two small writes would otherwise wait for each other's acknowledgement.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer(b"")

    def do_POST(self) -> None:
        """Take a message."""
        length = int(self.headers.get("Content-Length", "0"))
        self._answer(self.rfile.read(length) if length <= paths.BODY_LIMIT_BYTES else b"")

    def _answer(self, body: bytes) -> None:
        portal = self.server.portal
        parts = urlsplit(self.path)
        portal.requests.append((self.command, parts.path))
        fault = portal.fault()
        if fault > 0:
            self._send(fault, b"<html>out of order</html>", {"Content-Type": "text/html", "Retry-After": "0"})
            return
        try:
            status, answer, headers = self._done(parts.path, parts.query, body)
        except Refusal as refusal:
            status, headers = refusal.problem.status, {"Content-Type": paths.PROBLEM_TYPE}
            answer = refusal.problem.model_dump_json().encode()
        if fault == _LOST:
            self.close_connection = True
            return
        self._send(status, answer, headers)

    def _done(self, path: str, query: str, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        if self.headers.get("Authorization") != f"Bearer {self.server.portal.token}":
            raise Refusal(HTTPStatus.UNAUTHORIZED, ProblemReason.TOKEN_REFUSED)
        match self.command, path:
            case "GET", paths.INDICATORS:
                return self._page(query)
            case "POST", paths.SIGHTINGS:
                return self._batch(body)
            case "POST", paths.HEARTBEAT:
                self.server.portal.beat(_understood(Heartbeat, body))
                return HTTPStatus.NO_CONTENT, b"", {}
            case _:
                raise Refusal(HTTPStatus.NOT_FOUND, ProblemReason.MESSAGE_MALFORMED, path=path)

    def _page(self, query: str) -> tuple[int, bytes, dict[str, str]]:
        asked = parse_qs(query)
        page = self.server.portal.page(asked.get("cursor", [""])[0], int(asked.get("limit", ["100"])[0]))
        etag = f'"{page.cursor}"'
        if self.headers.get("If-None-Match") == etag and not page.indicators:
            return HTTPStatus.NOT_MODIFIED, b"", {"ETag": etag}
        return HTTPStatus.OK, page.model_dump_json().encode(), {"ETag": etag, "Content-Type": "application/json"}

    def _batch(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        batch = _understood(SightingBatch, body)
        if self.headers.get(paths.IDEMPOTENCY_HEADER) != str(batch.batch_id):
            raise Refusal(HTTPStatus.BAD_REQUEST, ProblemReason.IDEMPOTENCY_KEY_MISMATCH)
        receipt = self.server.portal.take(batch)
        return HTTPStatus.OK, receipt.model_dump_json().encode(), {"Content-Type": "application/json"}

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Keeps quiet."""


def _understood[M: BaseModel](message: type[M], body: bytes) -> M:
    try:
        return message.model_validate_json(body)
    except ValidationError as refusal:
        first = json.loads(refusal.json(include_url=False, include_input=False, include_context=False))[0]
        raise Refusal(
            HTTPStatus.BAD_REQUEST,
            ProblemReason.MESSAGE_MALFORMED,
            field=".".join(map(str, first["loc"])),
            why=first["msg"],
        ) from refusal
