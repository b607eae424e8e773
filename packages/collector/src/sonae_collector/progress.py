"""Shows on the error channel how far a long reading has come."""

import time
from collections.abc import Callable
from typing import Final, TextIO

from sonae_collector.words import Say, Words

_SILENT_S: Final = 2.0
_LINE_EVERY_S: Final = 10.0


class Progress:
    """Silent for two seconds; then one line that changes on a terminal, or a line every ten seconds elsewhere."""

    def __init__(self, out: TextIO, words: Words, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._words = words
        self._clock = clock
        self._next = clock() + _SILENT_S
        self._shown = False

    def __call__(self, events: int) -> None:
        """So many events have been read."""
        if self._clock() < self._next:
            return
        terminal = self._out.isatty()
        self._next = self._clock() + (0.2 if terminal else _LINE_EVERY_S)
        self._out.write(
            ("\r" if terminal else "") + self._words(Say.READING, events=events) + ("" if terminal else "\n")
        )
        self._out.flush()
        self._shown = terminal

    def close(self) -> None:
        """End the line that was changing."""
        if self._shown:
            self._out.write("\n")
            self._shown = False
        self._next = self._clock() + _SILENT_S
