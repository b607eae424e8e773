"""What a hunt answers: how often each indicator was seen on each day, and in which places."""

from dataclasses import dataclass
from datetime import date, datetime

from sonae_engine.hunt.events import day_number, day_of, moment_of
from sonae_engine.hunt.vocabulary import Place, Way, places_of, ways_of


@dataclass(frozen=True, slots=True)
class Tally:
    """All that was seen of one indicator on one Japanese day; an event counts once, in however many places it hit."""

    key: str
    day: date
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    places: tuple[Place, ...]
    ways: tuple[Way, ...]


class Tallies:
    """Sums of hits by indicator and day."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, int], list[int]] = {}

    def add(self, key: str, seen_us: int, places: int) -> None:
        """Count one event, with the bits of its places and ways."""
        self.add_sum(key, day_number(seen_us), count=1, first_us=seen_us, last_us=seen_us, places=places)

    def add_sum(self, key: str, day: int, *, count: int, first_us: int, last_us: int, places: int) -> None:
        """Count several events of a day."""
        known = self._sums.get((key, day))
        if known is None:
            self._sums[key, day] = [count, first_us, last_us, places]
            return
        known[0] += count
        known[1] = min(known[1], first_us)
        known[2] = max(known[2], last_us)
        known[3] |= places

    def all(self) -> list[Tally]:
        """Every sum, by indicator and day."""
        return [
            Tally(key, day_of(day), count, moment_of(first), moment_of(last), places_of(places), ways_of(places))
            for (key, day), (count, first, last, places) in sorted(self._sums.items())
        ]
