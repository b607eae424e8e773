"""Reads what is new in the sensor's files: matches it, stores it, and remembers how far it came, all in one step."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sonae_collector import hunting, marks, sightings
from sonae_collector.hunting import BadLine, Event, FileRefused, Source, Store, Stream, Unopened
from sonae_collector.marks import Mark
from sonae_collector.state import State
from sonae_wire.identity import day_of

# Taken in one transaction: enough that its cost does not show, few enough to be held in memory.
STEP_EVENTS: Final = 50_000
# Events may be as long as whoever made the sensor write them liked.
STEP_BYTES: Final = 64 << 20


@dataclass(slots=True)
class _Gathered:
    """What was read and is not yet kept."""

    events: list[Event] = field(default_factory=list)
    read_bytes: int = 0
    bad_lines: int = 0
    bad: list[BadLine] = field(default_factory=list)
    positions: list[tuple[Mark, hunting.Position]] = field(default_factory=list)
    settled: list[tuple[str, os.stat_result]] = field(default_factory=list)

    def holds(self, head: bytes) -> bool:
        """Whether a file that begins like this was read: under another name it waits until that is kept."""
        return any(head.startswith(mark.head) or mark.head.startswith(head) for mark, _ in self.positions)


@dataclass(slots=True)
class Taken:
    """How much one reading brought."""

    events: int = 0
    bad_lines: int = 0
    findings: int = 0

    def __add__(self, more: "Taken") -> "Taken":
        return Taken(self.events + more.events, self.bad_lines + more.bad_lines, self.findings + more.findings)


class Reader:
    """One reading of all files; whatever is not kept when it stops is read again by the next."""

    def __init__(
        self,
        state: State,
        store: Store,
        stream: Stream,
        *,
        now: datetime,
        stopped: Callable[[], bool],
        progress: Callable[[int], None],
    ) -> None:
        self._state = state
        self._store = store
        self._stream = stream
        self._now = now
        self._stopped = stopped
        self._progress = progress
        self._gathered = _Gathered()
        self.taken = Taken()

    def take(self, path: Path) -> Taken:
        """Take everything that is new at or below a path."""
        names: set[str] = set()
        for each in hunting.files(path):
            if self._stopped():
                self._keep()
                return self.taken
            if isinstance(each, Unopened):
                self._refuse(str(each.path), each.refusal)
            else:
                names.add(each.name)
                self._take_source(each)
        self._keep()
        with self._state.change():
            marks.forget_absent(self._state, names)
        return self.taken

    def _take_source(self, source: Source) -> None:
        status = None
        try:
            with source.opened() as opened:
                status = opened.status()
                if not marks.is_settled(self._state, source.name, status):
                    self._take_opened(opened, status)
        except FileRefused as refusal:
            self._refuse(source.name, refusal)
            if status is not None:
                self._gathered.settled.append((source.name, status))

    def _take_opened(self, opened: hunting.Opened, status: os.stat_result) -> None:
        name, head = opened.source.name, opened.head()
        if head and self._gathered.holds(head):
            self._keep()
        mark = marks.mark_of(self._state, name, head, status)
        begin = mark.position.offset
        for batch in hunting.batches(opened, since=mark.position):
            gathered = self._gathered
            gathered.read_bytes += batch.after.offset - begin
            begin = batch.after.offset
            gathered.events += batch.events
            gathered.bad_lines += batch.bad_lines
            gathered.bad += batch.bad[: marks.KEPT_PROBLEMS]
            gathered.positions = [each for each in gathered.positions if each[0] is not mark]
            gathered.positions.append((mark, batch.after))
            if len(gathered.events) >= STEP_EVENTS or gathered.read_bytes >= STEP_BYTES:
                self._keep()
            if self._stopped():
                return
        self._gathered.settled.append((name, status))

    def _refuse(self, name: str, refusal: FileRefused) -> None:
        with self._state.change():
            marks.note_refusal(self._state, name, refusal.reason.value)

    def _keep(self) -> None:
        """Keep what was gathered: in one transaction all of it counts, and before that nothing."""
        gathered, self._gathered = self._gathered, _Gathered()
        if not gathered.positions and not gathered.settled:
            return
        self._stream.take(gathered.events)
        found, spotted = hunting.drained(self._stream)
        # Figures of the sensor itself hold nothing to hunt in.
        stored = [each for each in gathered.events if each.kind != "stats"]
        added = self._store.write(stored, segment=marks.next_segment(self._state)) if stored else []
        with self._state.change():
            marks.add_segments(self._state, added, added_on=day_of(self._now))
            sightings.add(self._state, found)
            sightings.note_spotted(self._state, spotted)
            for mark, position in gathered.positions:
                marks.advance(self._state, mark, position)
            for name, status in gathered.settled:
                marks.settle(self._state, name, status)
            marks.note_problems(self._state, gathered.bad)
            self._count(gathered)
        self.taken.events += len(gathered.events)
        self.taken.bad_lines += gathered.bad_lines
        self.taken.findings += len(found)
        self._progress(self.taken.events)

    def _count(self, gathered: _Gathered) -> None:
        self._state.add("events_read", len(gathered.events))
        self._state.add("bad_lines", gathered.bad_lines)
        if gathered.events:
            newest = max(each.seen_us for each in gathered.events)
            self._state.put("newest_event_us", str(max(newest, self._state.number("newest_event_us"))))
