"""One round of the collector: fetch indicators, hunt in the past, read what is new, send what was found.

The order is what makes every event count once for every indicator: an indicator is first hunted in all that is stored,
and only then joins those with which new events are matched. No step needs the portal but the first and the last.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sonae_collector import VERSION, hunting, indicators, marks, sightings
from sonae_collector.errors import PortalAway, PortalTrouble, RequestRefused
from sonae_collector.hunting import IndicatorSet, Store, Stream
from sonae_collector.portal import Portal
from sonae_collector.reader import Reader, Taken
from sonae_collector.state import State, moment_of
from sonae_wire.identity import day_of
from sonae_wire.messages import BatchReceipt, Heartbeat
from sonae_wire.vocabulary import SightingProblem

KEEP_DAYS: Final = 90
_PAST_STEP: Final = 200_000
_MERGE_FILES: Final = 16
_MERGE_EVENTS: Final = 500_000
_KEPT_HITS: Final = 200
# Of indicators, in one round: a portal that never comes to an end must not keep the collector from hunting.
_PAGES: Final = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person decides."""

    eve: Path
    sensor: str = ""
    keep_days: int = KEEP_DAYS


@dataclass(slots=True)
class Outcome:
    """What a round did, and what kept it from more."""

    taken: Taken
    changed: int = 0
    found_in_past: int = 0
    delivered: int = 0
    refused: Mapping[SightingProblem, int] = field(default_factory=dict)
    trouble: PortalTrouble | None = None


class Collector:
    """The rounds of one collector; remembers between them only what the state folder could tell anew."""

    def __init__(
        self,
        state: State,
        settings: Settings,
        *,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.state = state
        self._settings = settings
        self._stopped = stopped
        self._progress = progress
        self._store = Store(state.events)
        self._set_key = (-1, -1)
        self._set = IndicatorSet()
        self._was_away = False
        self._refused: Counter[SightingProblem] = Counter()
        # What a killed collector was writing, or had merged and not yet removed.
        self._store.sweep(marks.segments(state))

    def round(self, portal: Portal | None, *, now: datetime) -> Outcome:
        """One round; without a portal it hunts with what it has, and what it finds waits."""
        outcome = Outcome(Taken())
        # A portal that failed may take its time to fail again: what lies on the spot does not wait for it.
        if portal is None or self._was_away:
            self._hunt(outcome, now=now)
        if portal is not None and not self._stopped():
            outcome.trouble, outcome.changed = _attempt(lambda: self.fetch(portal))
            self._was_away = outcome.trouble is not None
            self._hunt(outcome, now=now)
        if portal is not None and outcome.trouble is None and not self._stopped():
            outcome.trouble, outcome.delivered = _attempt(lambda: self.deliver(portal, now=now))
            outcome.refused, self._refused = self._refused, Counter()
            if outcome.trouble is None:
                outcome.trouble, _ = _attempt(lambda: self.beat(portal, now=now))
        if not self._stopped():
            self.tidy(now=now)
        return outcome

    def _hunt(self, outcome: Outcome, *, now: datetime) -> None:
        if not self._stopped():
            outcome.found_in_past += self.hunt_past(now=now)
            outcome.taken += self.read(now=now)

    def fetch(self, portal: Portal) -> int:
        """Take over what changed since the last time, as much as one round has room for; answers how many."""
        changed = 0
        for _ in range(_PAGES):
            if self._stopped():
                break
            cursor, etag = self.state.text("cursor"), self.state.text("etag")
            try:
                page = portal.page(cursor, etag=etag)
            except RequestRefused as refusal:
                if refusal.status != 410 or not cursor:
                    raise
                indicators.forget_cursor(self.state)
                continue
            if page is None:
                break
            # The mark belongs to the question: behind a page the next question is another.
            moved = page.indicators.cursor != cursor
            indicators.take_over(self.state, page.indicators, etag="" if moved else page.etag)
            changed += len(page.indicators.indicators)
            if not page.indicators.more:
                break
            if not moved:
                raise PortalAway("more was promised behind the same cursor")
        return changed

    def hunt_past(self, *, now: datetime) -> int:
        """Hunt in the stored events with every indicator that has not been; answers how many sightings there are."""
        found = 0
        while not self._stopped():
            wanted = indicators.live(self.state, hunted=0, now=now, limit=_PAST_STEP)
            if not wanted:
                break
            past = self._past(hunting.chosen(wanted))
            with self.state.change():
                sightings.raise_to(self.state, past)
                indicators.mark_hunted(self.state, (each[0] for each in wanted))
            found += len(past)
        return found

    def _past(self, chosen: IndicatorSet) -> list[hunting.Finding]:
        stored = marks.segments(self.state)
        try:
            return hunting.in_the_past(self._store, stored, chosen)
        except hunting.StoreFailed:
            damaged = self._store.damaged(stored)
            if not damaged:
                raise
            # A file that a disk has spoilt must not keep the others from being searched.
            with self.state.change():
                marks.drop_segments(self.state, damaged)
                for each in damaged:
                    marks.note_refusal(self.state, each.path, "damaged")
            return hunting.in_the_past(self._store, marks.segments(self.state), chosen)

    def read(self, *, now: datetime) -> Taken:
        """Read what is new in the sensor's files, with every indicator that was hunted in the past."""
        reader = Reader(
            self.state,
            self._store,
            Stream(self._hunted(now), kept_hits=_KEPT_HITS),
            now=now,
            stopped=self._stopped,
            progress=self._progress,
        )
        return reader.take(self._settings.eve)

    def _hunted(self, now: datetime) -> IndicatorSet:
        wanted = indicators.live(self.state, hunted=1, now=now)
        key = (self.state.number("indicator_changes"), len(wanted))
        if key != self._set_key:
            self._set, self._set_key = hunting.chosen(wanted), key
        return self._set

    def deliver(self, portal: Portal, *, now: datetime) -> int:
        """Send everything the portal does not have; answers how many sightings it took."""
        delivered = 0
        while not self._stopped():
            batch = sightings.next_batch(self.state, sensor=self._settings.sensor, now=now)
            if batch is None:
                break
            batch_id, body = batch
            try:
                receipt = portal.deliver(batch_id, body)
            except RequestRefused as refusal:
                sightings.take_apart(self.state, batch_id, reason=f"{refusal.status} {refusal.reason}", now=now)
                continue
            sightings.settle(self.state, batch_id, receipt)
            self._note(receipt)
            delivered += len(receipt.accepted) + len(receipt.already_known)
        return delivered

    def _note(self, receipt: BatchReceipt) -> None:
        self._refused.update(each.reason for each in receipt.refused)

    def beat(self, portal: Portal, *, now: datetime) -> int:
        """Tell the portal that this collector lives, and remember that it was told."""
        newest = self.state.number("newest_event_us")
        portal.beat(
            Heartbeat(
                collector_version=VERSION,
                sent_at=now,
                events_read=self.state.number("events_read"),
                bad_lines=self.state.number("bad_lines"),
                newest_event_at=moment_of(newest) if newest else None,
                indicators_held=self.state.count("indicator WHERE NOT revoked"),
                sightings_waiting=sightings.waiting(self.state),
                sightings_refused=sightings.lost(self.state),
                cursor=self.state.text("cursor"),
            )
        )
        with self.state.change():
            self.state.put("contact_at", now.isoformat())
        return 1

    def tidy(self, *, now: datetime) -> None:
        """Drop what is older than it is kept for, and make one file of many small ones."""
        gone = marks.expired(self.state, before=day_of(now) - timedelta(days=self._settings.keep_days))
        if gone:
            with self.state.change():
                marks.drop_segments(self.state, gone)
        for group, added_on in marks.scattered(self.state, files=_MERGE_FILES, events=_MERGE_EVENTS):
            merged = self._store.merge(group, segment=marks.next_segment(self.state))
            with self.state.change():
                marks.drop_segments(self.state, group)
                marks.add_segments(self.state, merged, added_on=added_on)
            gone += group
        if gone:
            self._store.sweep(marks.segments(self.state))


def _attempt(step: Callable[[], int]) -> tuple[PortalTrouble | None, int]:
    try:
        return None, step()
    except PortalTrouble as trouble:
        return trouble, 0
