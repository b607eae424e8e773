"""The indicators the portal sent, kept here so that hunting goes on without it."""

from collections.abc import Iterable
from datetime import datetime

from sonae_collector.state import State, microseconds
from sonae_wire.messages import Indicator, IndicatorPage

_KEEP = """
INSERT INTO indicator (id, kind, value, revoked, valid_until_us, hunted, body) VALUES (?, ?, ?, ?, ?, 0, ?)
ON CONFLICT (id) DO UPDATE SET
    hunted = hunted AND kind = excluded.kind AND value = excluded.value AND revoked = excluded.revoked
        AND valid_until_us IS excluded.valid_until_us,
    kind = excluded.kind, value = excluded.value, revoked = excluded.revoked,
    valid_until_us = excluded.valid_until_us, body = excluded.body
"""
_LIVE = "NOT revoked AND (valid_until_us IS NULL OR valid_until_us > ?)"


def take_over(state: State, page: IndicatorPage, *, etag: str) -> None:
    """Keep a page and where it ends, together; a new value, or one that counts again, awaits a hunt in the past."""
    with state.change():
        state.sql.executemany(_KEEP, (_row(each) for each in page.indicators))
        state.put("cursor", page.cursor)
        state.put("etag", etag)
        if page.indicators:
            state.add("indicator_changes", 1)


def forget_cursor(state: State) -> None:
    """Read from the start next time: the portal no longer knows where this collector stands."""
    with state.change():
        state.put("cursor", "")
        state.put("etag", "")


def live(state: State, *, hunted: int, now: datetime, limit: int = -1) -> list[tuple[str, str, str]]:
    """Id, kind and value of the indicators that count now and were (1) or were not (0) hunted in the past."""
    return state.sql.execute(
        f"SELECT id, kind, value FROM indicator WHERE hunted = ? AND {_LIVE} ORDER BY id LIMIT ?",  # noqa: S608
        (hunted, microseconds(now), limit),
    ).fetchall()


def mark_hunted(state: State, ids: Iterable[str]) -> None:
    """The stored past was searched for these."""
    state.sql.executemany("UPDATE indicator SET hunted = 1 WHERE id = ?", ((each,) for each in ids))


def _row(each: Indicator) -> tuple[str | int | None, ...]:
    until = None if each.valid_until is None else microseconds(each.valid_until)
    return str(each.id), each.kind.value, each.value, int(each.revoked), until, each.model_dump_json()
