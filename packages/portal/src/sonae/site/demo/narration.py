"""What a demonstration says while it runs: numbered steps, their time, progress on anything longer than two seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BAR_WIDTH = 30
SHOW_BAR_AFTER_SECONDS = 2.0


@dataclass
class Narrator:
    """Prints to the terminal; measures each step."""

    started: float = field(default_factory=time.monotonic)
    step: int = 0

    def say(self, sentence: str) -> None:
        print(sentence, flush=True)

    @contextmanager
    def chapter(self, title: str) -> Iterator[Callable[[str], None]]:
        """A numbered step; the function it yields adds a line below it. Its time is printed when it ends."""
        self.step += 1
        began = time.monotonic()
        self.say(f"\n[{self.step}] {title}")
        yield lambda line: self.say(f"    {line}")
        self.say(f"    … {time.monotonic() - began:.2f} s")

    def bar(self, title: str) -> Callable[[int, int], None]:
        """A progress function (done, total) that draws nothing until two seconds have passed."""
        began = time.monotonic()
        shown = {"until": 0.0}

        def progress(done: int, total: int) -> None:
            now = time.monotonic()
            is_last = total > 0 and done >= total
            if now - began < SHOW_BAR_AFTER_SECONDS or (now < shown["until"] and not is_last):
                return
            shown["until"] = now + 0.1
            filled = BAR_WIDTH * done // total if total else 0
            line = f"    {title} [{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done:,}/{total:,}"
            end = "\r" if sys.stdout.isatty() and not is_last else "\n"
            if sys.stdout.isatty() or is_last:
                print(line, end=end, flush=True)

        return progress

    def elapsed(self) -> float:
        return time.monotonic() - self.started
