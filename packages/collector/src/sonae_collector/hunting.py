"""The one door to the engine: indicators and files go in, findings come out in the words of the wire."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sonae_engine.hunt import reading, retro
from sonae_engine.hunt.duck import StoreFailed
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.files import FileRefused, Opened, Source, Unopened, fingerprint, sources
from sonae_engine.hunt.indicators import Indicator, IndicatorSet
from sonae_engine.hunt.reading import BadLine, Batch, Position
from sonae_engine.hunt.store import Segment, Store
from sonae_engine.hunt.stream import Hit, Stream
from sonae_engine.hunt.tally import Tally
from sonae_engine.hunt.vocabulary import Kind, Place, Way
from sonae_wire.vocabulary import Direction, Where

__all__ = [
    "BadLine", "Batch", "Event", "FileRefused", "IndicatorSet", "Opened", "Position", "Segment", "Source", "Store",
    "StoreFailed", "Stream", "Unopened",
]  # fmt: skip

_WHERE = {place: Where(place.value) for place in Place}
_DIRECTIONS = {
    frozenset(): Direction.UNKNOWN,
    frozenset({Way.IN}): Direction.INBOUND,
    frozenset({Way.OUT}): Direction.OUTBOUND,
    frozenset({Way.IN, Way.OUT}): Direction.BOTH,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one indicator on one day."""

    indicator_id: str
    day: date
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    where: tuple[Where, ...]
    direction: Direction


@dataclass(frozen=True, slots=True)
class Spotted:
    """One event in which an indicator was found; for the institution's own eyes."""

    indicator_id: str
    seen_at: datetime
    src: str
    dst: str
    where: tuple[Where, ...]


def chosen(wanted: Iterable[tuple[str, str, str]]) -> IndicatorSet:
    """The set to hunt with, of (id, kind, value)."""
    return IndicatorSet.of(Indicator(key, Kind(kind), value) for key, kind, value in wanted)


def findings(tallies: Iterable[Tally]) -> list[Finding]:
    """Tallies in the words of the wire."""
    return [
        Finding(
            each.key,
            each.day,
            each.count,
            each.first_seen_at,
            each.last_seen_at,
            _where(each.places),
            _DIRECTIONS[frozenset(each.ways)],
        )
        for each in tallies
    ]


def drained(stream: Stream) -> tuple[list[Finding], list[Spotted]]:
    """What the stream has found since the last time."""
    tallies, hits = stream.drain()
    return findings(tallies), [_spotted(each) for each in hits]


def in_the_past(store: Store, segments: Sequence[Segment], indicators: IndicatorSet) -> list[Finding]:
    """What the stored events show of the indicators."""
    return findings(retro.hunt(store, segments, indicators))


def files(path: Path) -> Iterator[Source | Unopened]:
    """The files with events at or below a path, the oldest first."""
    return sources(path)


def batches(opened: Opened, *, since: Position = reading.START) -> Iterator[Batch]:
    """The events of an open file behind a position."""
    return reading.read(opened, since=since)


def head_print(head: bytes) -> str:
    """By which a file is known again under another name."""
    return fingerprint(head)


def _where(places: Iterable[Place]) -> tuple[Where, ...]:
    return tuple(sorted(_WHERE[place] for place in places))


def _spotted(hit: Hit) -> Spotted:
    return Spotted(hit.key, hit.event.seen_at, hit.event.src, hit.event.dst, _where(hit.places))
