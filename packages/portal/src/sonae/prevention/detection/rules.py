"""Which sightings are taken, when a collector is silent, and how coarsely the sector is told. Pure."""

from datetime import datetime, timedelta

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.detection.vocabulary import (
    CollectorFacts,
    CollectorState,
    DetectionRefusal,
    Range,
    SightingRefusal,
)

# A hospital's clock may be off by this much before its sightings are taken for wrong.
CLOCK_TOLERANCE = timedelta(minutes=10)
# Collectors keep the events of 90 days by default and may have been cut off for a while before they report.
OLDEST_SIGHTING = timedelta(days=400)
# A collector polls every half minute unless told otherwise, and says after each poll how it is.
SILENT_AFTER = timedelta(hours=2)
# A newly issued token is carried to the machine and installed by a person.
INSTALLED_WITHIN = timedelta(days=7)
SHORTEST_NOTE = 5


def may_record(
    *, is_known: bool, is_revoked: bool, first_seen_at: datetime, last_seen_at: datetime, now: datetime
) -> Decision:
    """Whether a sighting of an indicator is taken."""
    if not is_known:
        return Refused(SightingRefusal.UNKNOWN_INDICATOR)
    if is_revoked:
        return Refused(SightingRefusal.REVOKED_INDICATOR)
    if last_seen_at > now + CLOCK_TOLERANCE:
        return Refused(SightingRefusal.IN_THE_FUTURE, {"last_seen_at": last_seen_at})
    if first_seen_at < now - OLDEST_SIGHTING:
        return Refused(SightingRefusal.TOO_OLD, {"first_seen_at": first_seen_at})
    return ALLOWED


def may_answer(answered_at: datetime | None, *, note: str) -> Decision:
    """Whether what was found can be recorded: once, and in words."""
    if answered_at is not None:
        return Refused(DetectionRefusal.ALREADY_ANSWERED, {"answered_at": answered_at})
    if len(note.strip()) < SHORTEST_NOTE:
        return Refused(DetectionRefusal.NOTE_MISSING, {"shortest": SHORTEST_NOTE})
    return ALLOWED


def may_enrol(name: str) -> Decision:
    """Whether a collector can be told apart from the others."""
    return ALLOWED if name.strip() else Refused(DetectionRefusal.NAME_MISSING)


def may_retire(retired_at: datetime | None) -> Decision:
    """Whether a collector is still in use."""
    return Refused(DetectionRefusal.ALREADY_RETIRED, {"retired_at": retired_at}) if retired_at else ALLOWED


def state_of(collector: CollectorFacts, *, now: datetime) -> CollectorState:
    """How a collector stands: retired, never heard of, silent or running."""
    if collector.retired_at is not None:
        return CollectorState.RETIRED
    if collector.last_heard_at is None:
        late = now >= collector.enrolled_at + INSTALLED_WITHIN
        return CollectorState.SILENT if late else CollectorState.NEVER_HEARD
    return CollectorState.SILENT if now >= collector.last_heard_at + SILENT_AFTER else CollectorState.RUNNING


def told_as(count: int, *, k: int) -> Range:
    """The range in which a number of institutions is told: exact only when it is none.

    Nothing below `k` is told apart, so that nobody can be found out by watching the number change by one.
    """
    assert count >= 0 and k >= 2, "a count is not negative, and one institution is never told alone"
    if count == 0:
        return Range(0, 0)
    if count < k:
        return Range(1, k - 1)
    for fewest, most in ((k, 5 * k - 1), (5 * k, 20 * k - 1), (20 * k, 100 * k - 1)):
        if count <= most:
            return Range(fewest, most)
    return Range(100 * k, None)
