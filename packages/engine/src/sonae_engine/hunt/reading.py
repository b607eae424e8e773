"""Reads an open source from where reading stopped, in batches after which it may stop again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from sonae_engine.hunt.eve import NotAnEvent, read_line
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.files import FileRefused, Opened, Stream, read_fully
from sonae_engine.hunt.limits import Limits
from sonae_engine.hunt.vocabulary import FileProblem, LineProblem

_BOM: Final = b"\xef\xbb\xbf"
_SPACE: Final = b" \t\r\n"
# A string as a whole, or one bracket; a string without an end reaches to the end of what has been read.
_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?P<end>"|\\?\Z)|[{}\[\]]', re.DOTALL)
_STEP: Final = {0x7B: 1, 0x5B: 1, 0x7D: -1, 0x5D: -1}
_OPENS_ARRAY: Final = 0x5B
_KEPT_OF_A_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that was not read: where it is, why, and which field shows it. Its content is not kept."""

    file: str
    line: int
    reason: LineProblem
    field: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where reading goes on: the expanded bytes behind it, and the number of the line it stands in."""

    offset: int = 0
    line: int = 1


START: Final = Position()


@dataclass(slots=True)
class Batch:
    """What lay between two positions; of many bad lines only the first are described."""

    after: Position = START
    events: list[Event] = field(default_factory=list)
    bad_lines: int = 0
    bad: list[BadLine] = field(default_factory=list)
    unfinished: BadLine | None = None

    def refuse(self, file: str, line: int, outcome: NotAnEvent) -> None:
        """Count a bad line."""
        self.bad_lines += 1
        if len(self.bad) < _KEPT_OF_A_BATCH:
            self.bad.append(BadLine(file, line, outcome.reason, outcome.field))


def read(opened: Opened, *, since: Position = START) -> Iterator[Batch]:
    """The events behind a position; raises FileRefused when the file must not be read further.

    One event a line and arrays of events are both understood. What stands at the end without being whole is left for
    the next time and told as `unfinished`.
    """
    limits = opened.source.limits
    head = read_fully(opened.since(0), limits.sniffed_bytes)
    begin = len(_BOM) if head.startswith(_BOM) else 0
    position = since if since.offset > begin else Position(begin, since.line)
    stream = opened.since(position.offset)
    pieces = _Array if head[begin:].lstrip(_SPACE)[:1] == b"[" else _Lines
    yield from _while_events(pieces(opened.source.name, stream, position, limits, position.offset > begin), limits)


def _while_events(pieces: "_Array | _Lines", limits: Limits) -> Iterator[Batch]:
    """The batches, until so many bad lines came before the first event that this is no file of events."""
    any_event = pieces.resumed
    bad_lines = 0
    for batch in pieces.batches():
        any_event = any_event or bool(batch.events)
        bad_lines += batch.bad_lines
        if not any_event and bad_lines >= limits.leading_bad_lines:
            raise FileRefused(FileProblem.NOT_EVENTS, {"bad_lines": bad_lines})
        yield batch


class _Pieces:
    """What reading lines and reading arrays share: where they stand."""

    def __init__(self, file: str, stream: Stream, position: Position, limits: Limits, resumed: bool) -> None:  # noqa: FBT001
        self.file = file
        self.stream = stream
        self.offset = position.offset
        self.line = position.line
        self.limits = limits
        self.resumed = resumed
        self._size = min(limits.sniffed_bytes, limits.chunk_bytes)

    def chunk(self) -> bytes:
        """The next bytes; few at first, so that a file of nothing is known before much of it was looked at."""
        size, self._size = self._size, self.limits.chunk_bytes
        return self.stream.read(size)

    @property
    def position(self) -> Position:
        return Position(self.offset, self.line)


class _Lines(_Pieces):
    """One event a line."""

    def batches(self) -> Iterator[Batch]:
        carry = b""
        while chunk := self.chunk():
            carry += chunk
            cut = carry.rfind(b"\n")
            if cut >= 0:
                yield self._whole(carry[:cut])
                carry = carry[cut + 1 :]
            elif len(carry) > self.limits.line_bytes:
                rest = self._behind_the_line(len(carry))
                if rest is None:
                    yield self._unfinished(NotAnEvent(LineProblem.TOO_LONG))
                    return
                yield self._too_long()
                carry = rest
        if carry.strip(_SPACE):
            yield self._last(carry)

    def _whole(self, block: bytes) -> Batch:
        batch = Batch()
        add = batch.events.append
        for number, line in enumerate(block.split(b"\n"), self.line):
            outcome = read_line(line)
            if type(outcome) is Event:
                add(outcome)
            elif isinstance(outcome, NotAnEvent) and line.strip(_SPACE):
                batch.refuse(self.file, number, outcome)
        self.offset += len(block) + 1
        self.line += block.count(b"\n") + 1
        batch.after = self.position
        return batch

    def _behind_the_line(self, length: int) -> bytes | None:
        """What follows the end of a line that is too long to be kept, or None while it has no end."""
        while chunk := self.stream.read(self.limits.chunk_bytes):
            cut = chunk.find(b"\n")
            if cut >= 0:
                self.offset += length + cut + 1
                return chunk[cut + 1 :]
            length += len(chunk)
        return None

    def _too_long(self) -> Batch:
        batch = Batch()
        batch.refuse(self.file, self.line, NotAnEvent(LineProblem.TOO_LONG))
        self.line += 1
        batch.after = self.position
        return batch

    def _last(self, line: bytes) -> Batch:
        outcome = read_line(line)
        if isinstance(outcome, NotAnEvent):
            return self._unfinished(outcome)
        # The brace that ends an event is its last letter: what can be read is whole, though its line is not.
        self.offset += len(line)
        return Batch(self.position, [outcome])

    def _unfinished(self, outcome: NotAnEvent) -> Batch:
        return Batch(self.position, unfinished=BadLine(self.file, self.line, outcome.reason, outcome.field))


class _Array(_Pieces):
    """Arrays of events, laid out in any way; reading stops and goes on between two elements."""

    def batches(self) -> Iterator[Batch]:
        depth = 1 if self.resumed else 0
        carry = b""
        while chunk := self.chunk():
            carry += chunk
            batch = Batch()
            depth, behind = self._elements(carry, depth, batch)
            carry = carry[behind:]
            if len(carry) > self.limits.line_bytes:
                raise FileRefused(FileProblem.TOO_LARGE, {"limit": self.limits.line_bytes})
            batch.after = self.position
            yield batch
        if carry.strip(_SPACE + b",") or depth:
            yield Batch(self.position, unfinished=BadLine(self.file, self.line, LineProblem.TORN))

    def _elements(self, text: bytes, depth: int, batch: Batch) -> tuple[int, int]:
        """Reads the whole elements; answers the depth behind the last of them, and where that is."""
        behind, settled, begin = 0, depth, 0
        for token in _TOKEN.finditer(text):
            step = _STEP.get(text[token.start()], 0)
            if step == 0:
                if token["end"] != b'"':
                    break
                continue
            depth += step
            self._check_depth(text, token.start(), depth, step)
            if step > 0 and depth == 2:
                begin = token.start()
            if step < 0 and depth == 1:
                self._element(text, behind, begin, token.end(), batch)
            if depth <= 1:
                self._advance(text, behind, token.end())
                behind, settled = token.end(), depth
        return settled, behind

    def _check_depth(self, text: bytes, at: int, depth: int, step: int) -> None:
        if depth > self.limits.array_depth:
            raise FileRefused(FileProblem.TOO_DEEP, {"limit": self.limits.array_depth})
        if depth < 0 or (step > 0 and depth == 1 and text[at] != _OPENS_ARRAY):
            raise FileRefused(FileProblem.NOT_EVENTS, {"line": self.line})

    def _element(self, text: bytes, behind: int, begin: int, end: int, batch: Batch) -> None:
        line = self.line + text.count(b"\n", behind, begin)
        if text[behind:begin].strip(_SPACE + b","):
            batch.refuse(self.file, line, NotAnEvent(LineProblem.WRONG_TYPE))
        outcome = read_line(text[begin:end])
        if isinstance(outcome, Event):
            batch.events.append(outcome)
        else:
            batch.refuse(self.file, line, outcome)

    def _advance(self, text: bytes, behind: int, to: int) -> None:
        self.offset += to - behind
        self.line += text.count(b"\n", behind, to)
