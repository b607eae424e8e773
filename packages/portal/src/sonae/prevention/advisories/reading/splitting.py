"""A feed of many records in one JSON file, cut into its records as it is read: 100 MB cost the memory of one record."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import DocumentRefusal

# Strings as wholes, so that brackets in them are none. An unclosed string at the end of a piece waits for the next.
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]|"', re.DOTALL)
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Cut:
    """One record as it stands in the feed, and the line on which it begins."""

    raw: bytes
    line: int
    at: int


def records(file: BinaryIO, *, key: bytes, limits: Limits = LIMITS) -> Iterator[Cut]:
    """The members of the list under `key` at the top; raises `Stopped` where the file ends too early."""
    found = _Records(key, limits)
    while piece := file.read(_PIECE):
        yield from found.fed(piece)
    if not found.is_over:
        raise Stopped(DocumentRefusal.UNFINISHED, line=found.line)


class _Records:
    """Depths: 1 is the document, 2 the list, 3 a record. What lies elsewhere is passed over."""

    def __init__(self, key: bytes, limits: Limits) -> None:
        self._key = b'"' + key + b'"'
        self._limits = limits
        self._depth = 0
        self._last = b""  # the string before, which names the list that follows
        self._inside = False
        self._rest = b""
        self._start = -1
        self._scanned = 0  # of the rest: up to here its signs are counted
        self._count = 0
        self.line = 1
        self.is_over = False

    def fed(self, piece: bytes) -> Iterator[Cut]:
        text = self._rest + piece
        counted = 0  # up to here the lines are counted
        start = 0 if self._start >= 0 else -1
        done = self._scanned if start == 0 else 0
        for token in _TOKEN.finditer(text, done):
            sign = text[token.start() : token.start() + 1]
            if sign == b'"':
                if len(token[0]) == 1:
                    break  # goes on in the next piece
                if self._depth == 1:
                    self._last = token[0]
                done = token.end()
                continue
            done = token.end()
            if sign in b"{[":
                self._depth += 1
                if self._depth == 2:
                    self._inside = sign == b"[" and self._last == self._key
                elif self._depth == 3 and self._inside:
                    start = token.start()
                continue
            if self._depth == 3 and self._inside and start >= 0:
                self.line += text.count(b"\n", counted, start)
                yield Cut(text[start : token.end()], self.line, self._count)
                self.line += text.count(b"\n", start, token.end())
                counted, start = token.end(), -1
                self._count += 1
            self._depth -= 1
            if self._depth == 0:
                self.is_over = True
                return
        self._keep(text, start, done, counted)

    def _keep(self, text: bytes, start: int, done: int, counted: int) -> None:
        cut = start if start >= 0 else done
        self.line += text.count(b"\n", counted, cut) if cut > counted else 0
        self._rest = text[cut:]
        self._start = 0 if start >= 0 else -1
        self._scanned = done - cut
        if len(self._rest) > self._limits.record:
            raise Stopped(DocumentRefusal.TOO_LARGE, line=self.line, facts={"most": self._limits.record // 1_000_000})
