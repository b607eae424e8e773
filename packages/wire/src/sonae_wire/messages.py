"""The messages themselves: strict, frozen, and refusing whatever they do not know.

Read a message from its bytes with `model_validate_json`: in JSON a moment, an id or an enum may be a text, in Python it
may not. A sighting says that an indicator was seen, when, how often and in what part of the traffic; it has no room for
an event, an internal address or a name.
"""

import ipaddress
import re
from typing import Annotated, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from sonae_wire import normalisation, paths
from sonae_wire.vocabulary import (
    Direction,
    IndicatorKind,
    ProblemReason,
    SensorKind,
    SightingProblem,
    Tlp,
    Where,
)

SENSOR_LENGTH: Final = 64
_WORDS: Final = re.compile(r"[^\s,;()<>\"'\[\]]+")

type Cursor = Annotated[str, StringConstraints(max_length=512, pattern=r"^[\x21-\x7e]*$")]
type Version = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z.+-]+$")]
type Label = Annotated[str, StringConstraints(min_length=1, max_length=64)]
type Prose = Annotated[str, StringConstraints(max_length=2_000)]
type Count = Annotated[int, Field(ge=0, lt=2**53)]
type Several = Annotated[int, Field(ge=1, lt=2**53)]


class Message(BaseModel):
    """What every message of the wire shares."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", ser_json_inf_nan="constants")


class Note(Message):
    """What to do when the indicator is seen, in both languages."""

    ja: Prose = ""
    en: Prose = ""


class Indicator(Message):
    """Something that tells of an attack when it is seen in traffic; never of whose attack it was."""

    id: UUID
    kind: IndicatorKind
    value: Annotated[str, StringConstraints(min_length=1, max_length=normalisation.VALUE_LENGTH)]
    tlp: Tlp
    confidence: Annotated[int, Field(ge=0, le=100)]
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None
    labels: Annotated[tuple[Label, ...], Field(max_length=32)] = ()
    note: Note = Note()
    revoked: bool = False

    @model_validator(mode="after")
    def _is_in_normal_form(self) -> Self:
        outcome = normalisation.normalise(self.kind, self.value)
        if outcome != normalisation.Normal(self.value):
            raise ValueError(f"value is not in the normal form of a {self.kind}: {outcome}")
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            raise ValueError("valid_until is not after valid_from")
        return self


class IndicatorPage(Message):
    """Indicators in the order of their change; `cursor` asks for what changed after them, `more` says to ask now."""

    indicators: Annotated[tuple[Indicator, ...], Field(max_length=paths.PAGE_LIMIT)]
    cursor: Cursor
    more: bool
    as_of: AwareDatetime


class Sighting(Message):
    """All that one institution saw of one indicator on one Japanese day.

    Seeing more of it on that day makes a sighting with the same id and greater figures: the receiver keeps `merged`.
    """

    id: UUID
    indicator_id: UUID
    first_seen_at: AwareDatetime
    last_seen_at: AwareDatetime
    count: Several
    direction: Direction
    where: Annotated[tuple[Where, ...], Field(min_length=1, max_length=len(Where))]
    sensor_kind: SensorKind
    sensor: Annotated[str, StringConstraints(max_length=SENSOR_LENGTH)] = ""

    @model_validator(mode="after")
    def _tells_nothing_it_must_not(self) -> Self:
        if self.last_seen_at < self.first_seen_at:
            raise ValueError("last_seen_at is before first_seen_at")
        if list(self.where) != sorted(set(self.where)):
            raise ValueError("where is not sorted and unique")
        if not is_sensor_name(self.sensor):
            raise ValueError("sensor holds a control character or an internal address, which never leaves")
        return self


def is_sensor_name(text: str) -> bool:
    """Whether a sensor may be called so: shortly, visibly, and without an address of the institution's network."""
    if len(text) > SENSOR_LENGTH or not text.isprintable():
        return False
    return not any(_is_address(word) for word in _WORDS.findall(text))


def _is_address(word: str) -> bool:
    # An address also hides before a port, a prefix length or a colon of the sentence.
    for candidate in (word, word.split("/", maxsplit=1)[0], word.rsplit(":", 1)[0], word.strip(".:")):
        try:
            ipaddress.ip_address(candidate)
        except ValueError:
            continue
        return True
    return False


def merged(known: Sighting, new: Sighting) -> Sighting:
    """What to keep of two sightings with one id: the order of arrival and repetition change nothing."""
    if known.id != new.id or known.indicator_id != new.indicator_id:
        raise ValueError("these are not two messages about one sighting")
    ahead, behind = sorted((known, new), key=lambda each: (each.count, each.sensor_kind, each.sensor), reverse=True)
    directions = {ahead.direction, behind.direction} - {Direction.UNKNOWN}
    return ahead.model_copy(
        update={
            "first_seen_at": min(known.first_seen_at, new.first_seen_at),
            "last_seen_at": max(known.last_seen_at, new.last_seen_at),
            "direction": _one_direction(directions),
            "where": tuple(sorted({*known.where, *new.where})),
        }
    )


def _one_direction(directions: set[Direction]) -> Direction:
    if not directions:
        return Direction.UNKNOWN
    return directions.pop() if len(directions) == 1 else Direction.BOTH


class SightingBatch(Message):
    """Sightings sent together; its id is also the idempotency key of the request."""

    batch_id: UUID
    collector_version: Version
    sent_at: AwareDatetime
    sightings: Annotated[tuple[Sighting, ...], Field(min_length=1, max_length=paths.BATCH_LIMIT)]

    @model_validator(mode="after")
    def _holds_each_sighting_once(self) -> Self:
        if len({each.id for each in self.sightings}) != len(self.sightings):
            raise ValueError("a sighting is in the batch twice")
        return self


class RefusedSighting(Message):
    """A sighting the portal will never take, and why."""

    id: UUID
    reason: SightingProblem


class BatchReceipt(Message):
    """What became of each sighting of a batch: every id is in exactly one of the three."""

    batch_id: UUID
    accepted: tuple[UUID, ...] = ()
    already_known: tuple[UUID, ...] = ()
    refused: tuple[RefusedSighting, ...] = ()


class Heartbeat(Message):
    """That a collector lives, and how much it has read; figures since its state began, no content."""

    collector_version: Version
    sent_at: AwareDatetime
    events_read: Count
    bad_lines: Count
    newest_event_at: AwareDatetime | None = None
    indicators_held: Count
    sightings_waiting: Count
    sightings_refused: Count = 0
    cursor: Cursor = ""


class Problem(Message):
    """Why a request was refused, as problem details with a reason code, its facts and both languages."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    type: Annotated[str, StringConstraints(max_length=512)] = "about:blank"
    title: Annotated[str, StringConstraints(max_length=512)]
    title_ja: Annotated[str, StringConstraints(max_length=512)] = ""
    status: Annotated[int, Field(ge=400, le=599)]
    reason: ProblemReason | Annotated[str, StringConstraints(max_length=64)]
    facts: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)
