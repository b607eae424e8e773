"""How an earlier phase causes something in a later one without knowing it.

Handlers run at once, in the publisher's transaction: either all of it happened or none. Who listens to what is written
in one file, `sonae/site/wiring.py`.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened; subclasses are named in the past tense."""


type Handler[E: Event] = Callable[[E], None]

_handlers: dict[type[Event], list[Callable[[Event], None]]] = defaultdict(list)


def subscribe[E: Event](event_type: type[E], handler: Handler[E]) -> None:
    """Calls `handler` for each later event of exactly this type; subscribing it twice changes nothing."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)  # type: ignore[arg-type]  # publish() calls it with its own type only


def publish(event: Event) -> None:
    """Runs every handler of the event's type in the order of subscription; the first error rises to the publisher."""
    for handler in _handlers[type(event)]:
        handler(event)
