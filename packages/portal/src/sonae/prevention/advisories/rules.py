"""Which revision stands, which CVSS is shown, when a source is asked again: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.advisories.vocabulary import (
    OVERVIEWS,
    AdvisoryRefusal,
    Certainty,
    Format,
    RunStatus,
    Score,
    ScoreSystem,
    Severity,
    SourceKind,
)

OVER = frozenset({RunStatus.DONE, RunStatus.REFUSED, RunStatus.CANCELLED})
SHORTEST_REASON = 5  # characters
# An import that is not over by then was left behind: all of NVD takes less than an hour.
LONGEST_IMPORT = timedelta(days=2)
# Between two requests to one publisher. JVN asks for two or three a second, NVD for five in half a minute.
PAUSES = {
    SourceKind.NVD: timedelta(seconds=6),
    SourceKind.MYJVN: timedelta(seconds=0.5),
}
PAUSE = timedelta(seconds=0.2)
# How often a source is asked by itself. EPSS is reckoned once a day, KEV changes several times a week.
RHYTHMS = {
    SourceKind.EPSS: timedelta(hours=24),
    SourceKind.OSV: timedelta(hours=24),
    SourceKind.KEV: timedelta(hours=6),
}
RHYTHM = timedelta(hours=2)
# After a failure: doubled each time, a day at most.
FIRST_BACK_OFF = timedelta(minutes=5)
LONGEST_BACK_OFF = timedelta(days=1)
# A source whose last success is older than this many rhythms is shown as old.
OLD_AFTER = 4
_ORDER = (ScoreSystem.V4, ScoreSystem.V3_1, ScoreSystem.V3_0, ScoreSystem.V2)


@dataclass(frozen=True, slots=True)
class Revision:
    """What decides which of two revisions of one advisory stands."""

    format: Format
    updated_at: datetime | None
    revision: str


def replaces(new: Revision, standing: Revision | None) -> bool:
    """Whether a revision takes the place of the one that stands: an overview never of a whole advisory."""
    if standing is None:
        return True
    overviews = (new.format in OVERVIEWS, standing.format in OVERVIEWS)
    if overviews[0] != overviews[1]:
        return overviews[1]
    if new.updated_at and standing.updated_at and new.updated_at != standing.updated_at:
        return new.updated_at > standing.updated_at
    # The same moment, or none: the one that came later is the publisher's newer word.
    return True


def main_score(scores: Iterable[Score]) -> Score | None:
    """The score that a list shows: the newest version of CVSS, of it the highest."""
    given = [score for score in scores if score.base is not None]
    for system in _ORDER:
        of_system = [score for score in given if score.system is system]
        if of_system:
            return max(of_system, key=lambda score: score.base or 0)
    return None


def severity(base: float | None) -> Severity | None:
    """The band of a base score (CVSS 3.1, 5). JVN's words for it are 緊急, 重要, 警告, 注意."""
    if base is None:
        return None
    if base == 0:
        return Severity.NONE
    bands = ((4.0, Severity.LOW), (7.0, Severity.MEDIUM), (9.0, Severity.HIGH))
    return next((band for below, band in bands if base < below), Severity.CRITICAL)


def next_try(failures: int, *, now: datetime, asked_for: timedelta | None = None) -> datetime:
    """When a source is asked again after so many failures in a row; a publisher who names a wait is heard."""
    wait: timedelta = FIRST_BACK_OFF * (1 << min(max(failures - 1, 0), 20))
    return now + max(min(wait, LONGEST_BACK_OFF), min(asked_for or timedelta(0), LONGEST_BACK_OFF))


def rhythm(kind: SourceKind) -> timedelta:
    return RHYTHMS.get(kind, RHYTHM)


def is_old(kind: SourceKind, *, succeeded_at: datetime | None, since: datetime, now: datetime) -> bool:
    """Whether nothing came from a source for so long that what it says may be out of date."""
    return now - (succeeded_at or since) > rhythm(kind) * OLD_AFTER


def may_pull(*, has_address: bool, is_paused: bool, retry_at: datetime | None, now: datetime) -> Decision:
    """Whether a source may be asked now."""
    if not has_address:
        return Refused(AdvisoryRefusal.SOURCE_HAS_NO_ADDRESS)
    if is_paused:
        return Refused(AdvisoryRefusal.SOURCE_PAUSED)
    if retry_at is not None and retry_at > now:
        return Refused(AdvisoryRefusal.SOURCE_TOO_SOON, {"retry_at": retry_at})
    return ALLOWED


def may_cancel(status: RunStatus) -> Decision:
    return Refused(AdvisoryRefusal.RUN_OVER) if status in OVER else ALLOWED


def may_state(certainty: Certainty, part: str, *, reason: str) -> Decision:
    """Whether a range that a person writes can be kept: it must be read itself, and somebody must say why."""
    if certainty is Certainty.UNREADABLE:
        return Refused(AdvisoryRefusal.RANGE_NOT_READ, {"part": part})
    if certainty is Certainty.NOTHING_STATED:
        return Refused(AdvisoryRefusal.RANGE_SAYS_NOTHING)
    if len(reason.strip()) < SHORTEST_REASON:
        return Refused(AdvisoryRefusal.REASON_TOO_SHORT, {"shortest": SHORTEST_REASON})
    return ALLOWED
