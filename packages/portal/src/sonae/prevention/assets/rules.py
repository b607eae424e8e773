"""What is weak about a connection, whether something may still be changed, and what a stocktake shows."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from sonae.core.assurance.vocabulary import Finding
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.assets.vocabulary import (
    AssetRefusal,
    ConnectionFacts,
    Criticality,
    DeviceFacts,
    Known,
    LedgerPart,
    Measure,
    Patcher,
    Tally,
    WeakPoint,
)

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


def may_stand_in(zone_institution_id: int | None, *, institution_id: int) -> Decision:
    """Whether a device may stand in this zone of a network: only in one of the same institution."""
    if zone_institution_id in (None, institution_id):
        return ALLOWED
    return Refused(AssetRefusal.ZONE_OF_ANOTHER_INSTITUTION)


def may_name_zone(*, is_taken: bool) -> Decision:
    """Whether a zone may be called so: two of one name could not be told apart in a list that comes in."""
    return Refused(AssetRefusal.ZONE_NAME_TAKEN) if is_taken else ALLOWED


def may_remove_zone(devices: int) -> Decision:
    """Whether a zone may go: not while devices stand in it."""
    return Refused(AssetRefusal.ZONE_IN_USE, {"devices": devices}) if devices else ALLOWED


def gravest(services: Mapping[str, str]) -> Criticality:
    """The gravest level among the services that need a device; unknown where none is named."""
    order = list(Criticality)
    levels = [Criticality(level) for level in services.values()]
    return min(levels, key=order.index, default=Criticality.UNKNOWN)


def may_take_stock(rows: int, *, part: LedgerPart, is_person: bool) -> Decision:
    """Whether somebody can have looked through this part of the ledger: a person, and rows that are there. Over no row
    of connections it is the word that there are none; an institution without any device is none."""
    if not is_person:
        return Refused(AssetRefusal.ONLY_PEOPLE_LOOK)
    if rows or part is LedgerPart.CONNECTIONS:
        return ALLOWED
    return Refused(AssetRefusal.NOTHING_TO_LOOK_THROUGH, {"part": part})


def may_withdraw_stocktake(*, is_person: bool) -> Decision:
    """Whether somebody can say that a stocktake was none: a person, as whoever took it is one."""
    return ALLOWED if is_person else Refused(AssetRefusal.ONLY_PEOPLE_LOOK)


def is_recorded_in_full(device: DeviceFacts) -> bool:
    """Whether the ledger names its version, its place and who is responsible."""
    return all(word.strip() for word in (device.version, device.place, device.responsible))


def shows(measure: Measure, connection: ConnectionFacts, *, today: date) -> bool:
    """Whether a connection shows what this measure asks; what is not known counts as not done."""
    if measure is Measure.RESTRICTED_TO_SOURCES:
        return connection.source_restricted is Known.YES
    return bool(connection.vendor.strip()) and not is_stale(connection.last_checked_on, today=today)


def tally_of_devices(devices: Iterable[DeviceFacts]) -> Tally:
    """How many devices there are, and how many of them are recorded in full."""
    full = [is_recorded_in_full(device) for device in devices]
    return Tally(len(full), sum(full))


def tally_of_connections(measure: Measure, connections: Iterable[ConnectionFacts], *, today: date) -> Tally:
    """How many connections there are, and how many of them show what the measure asks."""
    rows = list(connections)
    full = [connection for connection in rows if shows(measure, connection, today=today)]
    if measure is not Measure.KNOWN_PER_VENDOR:
        return Tally(len(rows), len(full))
    checked_on = (connection.last_checked_on for connection in full)
    fresh_until = [day + CHECKED_WITHIN for day in checked_on if day is not None]
    return Tally(len(rows), len(full), min(fresh_until, default=None))


def last_day_of(measure: Measure, tally: Tally, *, lasts_until: date) -> date:
    """The last day on which what a part of the ledger says is evidence, of which a stocktake is until `lasts_until`:
    that all is there holds no longer than nobody need look at a row again."""
    if tally.full_until is None or finding_of(measure, tally) is not Finding.IN_PLACE:
        return lasts_until
    return min(lasts_until, tally.full_until)


def finding_of(measure: Measure, tally: Tally) -> Finding:
    """What a part of the ledger says of a control, by the word of whoever looks through it now. A ledger without a
    device is none; where there is no connection, none lacks anything."""
    if measure is Measure.RECORDED_IN_FULL and not tally.rows:
        return Finding.ABSENT
    if tally.full == tally.rows:
        return Finding.IN_PLACE
    # A row that lacks something still stands in the ledger; a restriction that nobody confirmed stands nowhere.
    is_nowhere = measure is Measure.RESTRICTED_TO_SOURCES and not tally.full
    return Finding.ABSENT if is_nowhere else Finding.PARTLY


def shown_since(measure: Measure, tally: Tally) -> Finding | None:
    """What a part of the ledger says of a control after a change. That no connection is left says nothing: only
    whoever looks through the list says that there are none."""
    if not tally.rows and measure is not Measure.RECORDED_IN_FULL:
        return None
    return finding_of(measure, tally)
