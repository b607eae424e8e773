"""What was found, day by day, and how it reaches the portal: spooled first, then sent until there is a receipt."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sonae_collector import VERSION
from sonae_collector.hunting import Finding, Spotted
from sonae_collector.state import State, microseconds, moment_of
from sonae_wire import identity, paths
from sonae_wire.messages import BatchReceipt, Sighting, SightingBatch
from sonae_wire.vocabulary import Direction, SensorKind, SightingProblem, Where

KEPT_SPOTTED: Final = 1_000
_BIT: Final = {where: 1 << number for number, where in enumerate(Where)}
# The directions are stored in the same number, behind the places: two sightings of a day are joined bit by bit.
_IN: Final = 1 << 16
_OUT: Final = 1 << 17
_DIRECTION_BITS: Final = {
    Direction.UNKNOWN: 0,
    Direction.INBOUND: _IN,
    Direction.OUTBOUND: _OUT,
    Direction.BOTH: _IN | _OUT,
}
_DIRECTION: Final = {bits: direction for direction, bits in _DIRECTION_BITS.items()}

# What the stream finds is new, and is added. What a hunt in the past finds includes all that was counted before.
_PUT: Final = """
INSERT INTO sighting (indicator_id, day, id, count, first_us, last_us, places, version, sent, refused)
VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, '')
ON CONFLICT (indicator_id, day) DO UPDATE SET
    version = version + (%(count)s > count), count = %(count)s,
    first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us),
    places = places | excluded.places
"""
_ADD: Final = _PUT % {"count": "(count + excluded.count)"}
_RAISE: Final = _PUT % {"count": "max(count, excluded.count)"}


def add(state: State, found: Iterable[Finding]) -> None:
    """Count what was found in events never read before."""
    state.sql.executemany(_ADD, _rows(state, found))


def raise_to(state: State, found: Iterable[Finding]) -> None:
    """Take over what the whole stored past shows; doing so twice changes nothing."""
    state.sql.executemany(_RAISE, _rows(state, found))


def _rows(state: State, found: Iterable[Finding]) -> list[tuple[str | int, ...]]:
    salt = state.text("salt")
    return [
        (
            each.indicator_id,
            each.day.isoformat(),
            str(identity.sighting_id(UUID(each.indicator_id), day=each.day, salt=salt)),
            each.count,
            microseconds(each.first_seen_at),
            microseconds(each.last_seen_at),
            _bits(each.where) | _DIRECTION_BITS[each.direction],
        )
        for each in found
    ]


def _bits(places: Iterable[Where]) -> int:
    return sum(_BIT[place] for place in set(places))


def places_of(value: int) -> tuple[Where, ...]:
    """Stored places, sorted."""
    return tuple(sorted(place for place, bit in _BIT.items() if value & bit))


def direction_of(value: int) -> Direction:
    """The stored direction."""
    return _DIRECTION[value & (_IN | _OUT)]


def note_spotted(state: State, spotted: Iterable[Spotted]) -> None:
    """Keep the newest events with an indicator; they never leave the institution."""
    state.sql.executemany(
        "INSERT INTO spotted (indicator_id, seen_us, src, dst, places) VALUES (?, ?, ?, ?, ?)",
        ((each.indicator_id, microseconds(each.seen_at), each.src, each.dst, _bits(each.where)) for each in spotted),
    )
    state.sql.execute("DELETE FROM spotted WHERE id <= (SELECT max(id) FROM spotted) - ?", (KEPT_SPOTTED,))


type _Row = tuple[str, str, int, int, int, int, int]


def next_batch(state: State, *, sensor: str, now: datetime) -> tuple[str, bytes] | None:
    """The batch to send, byte for byte the same until it is settled; None when the portal knows everything."""
    with state.change():
        waiting = state.sql.execute("SELECT batch_id, body FROM outbox ORDER BY rowid LIMIT 1").fetchone()
        if waiting is not None:
            return waiting[0], waiting[1]
        rows = state.sql.execute(
            "SELECT indicator_id, id, count, first_us, last_us, places, version FROM sighting WHERE version > sent"
            " ORDER BY id LIMIT ?",
            (state.number("batch_limit") or paths.BATCH_LIMIT,),
        ).fetchall()
        return _spool(state, rows, sensor, now) if rows else None


def _spool(state: State, rows: Sequence[_Row], sensor: str, now: datetime) -> tuple[str, bytes]:
    sightings = tuple(_sighting(row, sensor) for row in rows)
    contents = [now.isoformat(), *(each.model_dump_json() for each in sightings)]
    batch_id = identity.batch_id("\n".join(contents).encode())
    batch = SightingBatch(batch_id=batch_id, collector_version=VERSION, sent_at=now, sightings=sightings)
    body = batch.model_dump_json().encode()
    versions = json.dumps({row[1]: row[6] for row in rows})
    state.sql.execute("INSERT INTO outbox VALUES (?, ?, ?)", (str(batch_id), body, versions))
    return str(batch_id), body


def _sighting(row: _Row, sensor: str) -> Sighting:
    indicator_id, own_id, count, first_us, last_us, places, _ = row
    return Sighting(
        id=UUID(own_id),
        indicator_id=UUID(indicator_id),
        first_seen_at=moment_of(first_us),
        last_seen_at=moment_of(last_us),
        count=count,
        direction=direction_of(places),
        where=places_of(places),
        sensor_kind=SensorKind.SURICATA,
        sensor=sensor,
    )


def settle(state: State, batch_id: str, receipt: BatchReceipt) -> None:
    """The portal has the batch: what it refused keeps the reason, everything else needs no more sending."""
    with state.change():
        _mark_sent(state, batch_id)
        state.sql.executemany(
            "UPDATE sighting SET refused = ? WHERE id = ?",
            [(each.reason.value, str(each.id)) for each in receipt.refused]
            + [("", str(each)) for each in (*receipt.accepted, *receipt.already_known)],
        )
        state.sql.execute("DELETE FROM outbox WHERE batch_id = ?", (batch_id,))
        state.put("batch_limit", str(min(2 * (state.number("batch_limit") or paths.BATCH_LIMIT), paths.BATCH_LIMIT)))


def take_apart(state: State, batch_id: str, *, reason: str, now: datetime) -> None:
    """The portal refuses the batch for good: halves are tried, down to the one sighting a person has to look at."""
    with state.change():
        versions = _versions(state, batch_id)
        if len(versions) > 1:
            state.put("batch_limit", str(len(versions) // 2))
        else:
            _mark_sent(state, batch_id)
            state.sql.execute(
                "INSERT OR REPLACE INTO undeliverable SELECT batch_id, body, ?, ? FROM outbox WHERE batch_id = ?",
                (reason, microseconds(now), batch_id),
            )
        state.sql.execute("DELETE FROM outbox WHERE batch_id = ?", (batch_id,))


def _versions(state: State, batch_id: str) -> dict[str, int]:
    row = state.sql.execute("SELECT versions FROM outbox WHERE batch_id = ?", (batch_id,)).fetchone()
    assert row is not None, "only a spooled batch is settled"
    versions: dict[str, int] = json.loads(row[0])
    return versions


def _mark_sent(state: State, batch_id: str) -> None:
    # Not the newest version: what was counted while the batch travelled is still to be sent.
    state.sql.executemany(
        "UPDATE sighting SET sent = ? WHERE id = ?",
        ((version, own_id) for own_id, version in _versions(state, batch_id).items()),
    )


def waiting(state: State) -> int:
    """How many sightings the portal does not have yet."""
    return state.count("sighting WHERE version > sent")


def refused(state: State) -> dict[SightingProblem, int]:
    """How many sightings the portal will not take, by why; nobody there knows of them."""
    rows = state.sql.execute(
        "SELECT refused, count(*) FROM sighting WHERE refused <> '' GROUP BY refused ORDER BY refused"
    )
    return {SightingProblem(reason): count for reason, count in rows}


def lost(state: State) -> int:
    """How many sightings were refused in all, one by one or as a batch that could not be taken apart further."""
    return state.count("sighting WHERE refused <> ''") + state.count("undeliverable")
