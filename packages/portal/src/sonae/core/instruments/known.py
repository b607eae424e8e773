"""What is known before anybody answers: facts of the register, evidence, and what was answered the year before.

A question names its sources (`prefill:`) with blanks between; what the first does not know, the next is asked. Rooms
above bring further sources with `bring`, in `AppConfig.ready`.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import date, datetime

from sonae.core.assurance import imported
from sonae.core.instruments.vocabulary import Origin

EARLIER = "earlier"
EVIDENCE = "evidence."


@dataclass(frozen=True, slots=True)
class Offer:
    """A value for one question: where it comes from, what that source calls it, and as of when it holds."""

    value: object
    origin: Origin
    source: str
    as_of: date


# (institution, now) -> what a source knows of it; None where it knows nothing.
type Reader = Callable[[int, datetime], Offer | None]
_readers: dict[str, Reader] = {}


def bring(name: str, reader: Reader) -> None:
    """Makes a source known by its name (`register.licensed_beds`); two rooms cannot bring the same name."""
    held = _readers.setdefault(name, reader)
    assert held is reader, f"the source “{name}” was already brought"


def read(name: str, institution_id: int, *, now: datetime) -> Offer | None:
    """What the source of this name knows of an institution; None too where no room brings it any more."""
    reader = _readers.get(name)
    return None if reader is None else reader(institution_id, now)


def names(prefill: str) -> tuple[str, ...]:
    """The sources that a question names, in the order in which they are asked."""
    return tuple(prefill.split())


def is_source(name: str, *, controls: Container[str] | None) -> bool:
    """Whether a question may name this source; without `controls` every control is taken as known."""
    if name.startswith(EVIDENCE):
        control = name.removeprefix(EVIDENCE)
        return not imported.is_address(control) and (controls is None or control in controls)
    return name == EARLIER or name in _readers


def sources() -> tuple[str, ...]:
    """The names of all sources that rooms have brought."""
    return (EARLIER, *sorted(_readers))
