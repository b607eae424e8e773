"""Ids computed from content, so that whatever is sent twice is stored once."""

from datetime import date, datetime, timedelta, timezone
from typing import Final
from uuid import UUID, uuid5

_SIGHTINGS: Final = UUID("4f0e6f0a-6b0c-5d0e-9d39-3a6e2f1f7b10")
_BATCHES: Final = UUID("0c3f4e5c-55b0-5a4f-8a5e-6f0b8f6c2d21")

# Every institution of the register lies in one time zone without summer time.
DAY_ZONE: Final = timezone(timedelta(hours=9), "JST")


def day_of(moment: datetime) -> date:
    """The Japanese day on which an aware moment falls."""
    return moment.astimezone(DAY_ZONE).date()


def sighting_id(indicator_id: UUID, *, day: date, salt: str) -> UUID:
    """The id of all that one institution saw of one indicator on one day.

    The salt is the institution's own secret: without it nobody can tell from an id which institution it belongs to,
    and two institutions never give the same id.
    """
    return uuid5(_SIGHTINGS, f"{indicator_id}|{day.isoformat()}|{salt}")


def batch_id(contents: bytes) -> UUID:
    """The id of a batch: equal contents have the equal id, after any restart."""
    return uuid5(_BATCHES, contents.hex())
