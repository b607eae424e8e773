"""The only door to the engine: what a text about versions means, and what the matching is told of a product."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from sonae.prevention.advisories.vocabulary import Certainty, Covered, Unread
from sonae_engine.exposure import ranges
from sonae_engine.exposure.vocabulary import Covered as Answered
from sonae_engine.exposure.vocabulary import Identifiers, Product

# Written on every reading that is kept: what was read by an older grammar can be read again.
EDITION = "2026-11"
# So many ranges of one text are kept in words; the text itself is kept whole.
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text says is affected: ranges in words (`[1.0, 2.3)`), or the part that is not read, and why."""

    certainty: Certainty
    ranges: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    part: str = ""
    unread: Unread | None = None

    @property
    def is_open(self) -> bool:
        """Whether a person must say what it means."""
        return self.certainty is Certainty.UNREADABLE


def understand(text: str) -> Understood:
    """What the engine reads in a text. It never guesses: what it does not know stays unread."""
    reading = ranges.read(text)
    if reading.unread:
        first = reading.unread[0]
        return Understood(Certainty.UNREADABLE, part=first.part, unread=Unread(first.fault.value))
    found = [
        *(str(of) for of in reading.ranges),
        *(f"model {model.text}" for model in reading.models),
        *(f"serial {of}" for of in reading.serials),
        *(f"day {of}" for of in reading.dates),
        *(f"commit {commit}" for commit in reading.hashes),
        *(f"not {of}" for of in reading.excluded),
        *(f"fixed {version}" for version in reading.fixed),
    ]
    conditions = tuple(dict.fromkeys(words for of in reading.ranges for words in of.qualifiers))
    return Understood(Certainty(reading.certainty.value), tuple(found[:_MOST_SHOWN]), conditions[:_MOST_SHOWN])


def covers(text: str, version: str, *, met: Collection[str] = ()) -> Covered:
    """Whether a version is among what a text says is affected, if the conditions in `met` hold."""
    return Covered(ranges.covers(ranges.read(text), version, met=frozenset(met)).answer.value)


def product(key: str, *, vendor: str, name: str, text: str, identifiers: Mapping[str, Collection[str]]) -> Product:
    """A product statement as the matching takes it. `text` is the range that stands: stated, else published."""
    found = {kind: tuple(identifiers.get(kind, ())) for kind in ("cpes", "purls", "model_numbers", "hashes")}
    return Product(key, vendor, name, Identifiers(**found), _covering(text))


def _covering(text: str) -> Callable[[str], Answered]:
    return lambda version: Answered(ranges.covers(ranges.read(text), version).answer.value)
