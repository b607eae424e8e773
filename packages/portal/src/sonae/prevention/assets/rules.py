"""What is weak about a connection, and whether something may still be changed."""

from datetime import date, datetime, timedelta

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.assets.vocabulary import AssetRefusal, ConnectionFacts, Known, Patcher, WeakPoint

# The checklist is answered once a fiscal year: what nobody looked at for longer was not part of the last answer.
CHECKED_WITHIN = timedelta(days=366)


def weak_points(connection: ConnectionFacts, *, today: date) -> tuple[WeakPoint, ...]:
    """What could open this connection to an attacker, the gravest first. Not known counts as not done."""
    found = {
        WeakPoint.NOBODY_PATCHES: connection.patched_by in (Patcher.NOBODY, Patcher.UNKNOWN),
        WeakPoint.NO_MULTI_FACTOR: connection.multi_factor is not Known.YES,
        WeakPoint.NO_SOURCE_RESTRICTION: connection.source_restricted is not Known.YES,
        WeakPoint.FIRMWARE_UNKNOWN: not connection.firmware.strip(),
        WeakPoint.NOT_IN_CONTRACT: not connection.contract_clause.strip(),
        WeakPoint.NOT_CHECKED_LATELY: is_stale(connection.last_checked_on, today=today),
    }
    return tuple(point for point, holds in found.items() if holds)


def is_stale(last_checked_on: date | None, *, today: date) -> bool:
    """Whether nobody has looked at it within the last year."""
    return last_checked_on is None or today - last_checked_on > CHECKED_WITHIN


def may_have_checked(last_checked_on: date | None, *, today: date) -> Decision:
    """Whether it can have been looked at on this day: a day to come would hide that nobody has."""
    if last_checked_on is not None and last_checked_on > today:
        return Refused(AssetRefusal.CHECKED_IN_FUTURE, {"last_checked_on": last_checked_on})
    return ALLOWED


def may_change(retired_at: datetime | None) -> Decision:
    """Whether a row of the ledger is still in use."""
    return Refused(AssetRefusal.ALREADY_RETIRED, {"retired_at": retired_at}) if retired_at else ALLOWED


def may_end_at(device_institution_id: int | None, *, institution_id: int) -> Decision:
    """Whether a connection may end at this device: only at one of the same institution."""
    if device_institution_id in (None, institution_id):
        return ALLOWED
    return Refused(AssetRefusal.DEVICE_OF_ANOTHER_INSTITUTION)
