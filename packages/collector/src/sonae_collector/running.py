"""Round after round, until someone asks to stop; a portal that is away is asked less and less often."""

import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sonae_collector.cycle import Collector, Outcome
from sonae_collector.errors import PortalAway, PortalTrouble
from sonae_collector.portal import Portal

# Released now, looked for everywhere within the minute: with this and one round's work between them.
EVERY_S: Final = 30.0
_LONGEST_WAIT_S: Final = 300.0
_ATTEMPTS_AT_ONCE: Final = 4


@dataclass(slots=True)
class Patience:
    """When to ask a portal again that did not answer: twice as long each time, never all collectors at once."""

    chance: Callable[[], float] = random.random
    failures: int = 0

    def failed(self, trouble: PortalTrouble, *, first_s: float) -> float:
        """Seconds to wait after one more failure."""
        self.failures += 1
        wait = min(first_s * 2.0 ** min(self.failures - 1, 16), _LONGEST_WAIT_S)
        wait *= 0.5 + self.chance() / 2
        asked = trouble.retry_after_s if isinstance(trouble, PortalAway) else 0.0
        return max(wait, asked)

    def succeeded(self) -> None:
        """The portal answered."""
        self.failures = 0


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that is set when the system or a person asks to stop; the step under way is finished first."""
    stop = threading.Event()
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def once(collector: Collector, portal: Portal, *, stop: threading.Event) -> Iterator[Outcome]:
    """One round; while the portal is away, a few more."""
    patience = Patience()
    for attempt in range(1, _ATTEMPTS_AT_ONCE + 1):
        outcome = collector.round(portal, now=datetime.now(UTC))
        yield outcome
        if not isinstance(outcome.trouble, PortalAway) or attempt == _ATTEMPTS_AT_ONCE:
            return
        if stop.wait(min(patience.failed(outcome.trouble, first_s=0.5), 10.0)):
            return


def forever(collector: Collector, portal: Portal, *, interval_s: float, stop: threading.Event) -> Iterator[Outcome]:
    """Rounds without end; those between two attempts at an absent portal hunt all the same."""
    patience = Patience()
    wait_s = 0.0
    while not stop.is_set():
        asked = wait_s <= 0
        outcome = collector.round(portal if asked else None, now=datetime.now(UTC))
        yield outcome
        wait_s -= interval_s
        if outcome.trouble is not None:
            wait_s = patience.failed(outcome.trouble, first_s=interval_s)
        elif asked:
            patience.succeeded()
        stop.wait(interval_s)
