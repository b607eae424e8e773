"""The only door to the engine: what the alerts in a file of sensor events speak of."""

import ipaddress
from collections.abc import Iterator, Sequence
from pathlib import Path

from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.detection.vocabulary import EventFileProblem, Extraction, Found
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae_engine.hunt import extract as proposals
from sonae_engine.hunt import files, reading
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.limits import Limits
from sonae_wire import normalisation
from sonae_wire.vocabulary import IndicatorKind as WireKind

# An upload is small; a file that grows beyond this is not an excerpt from a sensor.
MOST_UPLOADED_BYTES = 64 << 20
UPLOAD_LIMITS = Limits(
    expanded_bytes=MOST_UPLOADED_BYTES, ratio_from_bytes=4 << 20, zip_members=20, leading_bad_lines=200,
    # Small pieces, so that what is too much is known soon after it became so.
    chunk_bytes=1 << 16, line_bytes=1 << 18,
)  # fmt: skip
# What one file may cost, however it is made: lines of it, alerts in it, and values in those. An excerpt has far fewer.
MOST_LINES = 300_000
MOST_ALERTS = 20_000
MOST_VALUES = 200_000
MOST_FOUND = 200
MOST_PROBLEMS = 50


def extract(path: Path, *, name: str, own_addresses: Sequence[str] = ()) -> Extraction:
    """What the alerts of the file speak of, the most frequent first; raises BadInput for a file that must not be read.

    `name` is what the person called the file. Private addresses and the institution's own are left out, and so is what
    no indicator can be made of. Reading ends where the file has cost enough; the answer says so.
    """
    counted = _Counted(name)
    own = tuple(ipaddress.ip_network(address) for address in own_addresses)
    try:
        found = proposals.candidates(counted.events(path), own=own)
    except files.FileRefused as refused:
        raise BadInput([Problem(EventFileProblem(refused.reason.value), file=name, facts=refused.facts)]) from refused
    if not counted.events_read:
        # Not one event: the person gave another file than they meant.
        raise BadInput(counted.problems or [Problem(EventFileProblem.NOT_EVENTS, file=name)])
    usable, unusable = _usable(found)
    return Extraction(
        found=tuple(usable),
        events_read=counted.events_read,
        bad_lines=counted.bad_lines,
        unusable=unusable,
        is_whole=counted.is_whole and len(usable) + unusable == len(found),
        problems=tuple(counted.problems),
    )


def _usable(candidates: Sequence[proposals.Candidate]) -> tuple[list[Found], int]:
    """The first of them in the spelling of indicators, and how many before the last of these have no such spelling."""
    found: list[Found] = []
    unusable = 0
    for each in candidates:
        if len(found) == MOST_FOUND:
            break
        outcome = normalisation.normalise(WireKind(each.kind.value), each.value)
        if not isinstance(outcome, normalisation.Normal):
            unusable += 1
            continue
        kind = IndicatorKind(each.kind.value)
        found.append(Found(kind, outcome.value, each.count, each.first_seen_at, each.last_seen_at, each.signatures))
    return found, unusable


class _Counted:
    """The events of a file as they are read, with a count of what could not be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events_read = self.bad_lines = 0
        self.is_whole = True
        self._lines = self._alerts = self._values = 0
        self.problems: list[Problem] = []

    def events(self, path: Path) -> Iterator[Event]:
        for source in files.sources(path, limits=UPLOAD_LIMITS):
            if isinstance(source, files.Unopened):
                raise source.refusal
            before = self._lines
            with source.opened() as opened:
                for batch in reading.read(opened):
                    self._note(batch)
                    self._lines = before + batch.after.line
                    yield from self._affordable(batch.events)
                    if not self.is_whole:
                        return

    def _affordable(self, events: Sequence[Event]) -> Iterator[Event]:
        """The alerts, until one file has cost enough."""
        for event in events:
            if event.kind != "alert":
                continue
            self._alerts += 1
            self._values += proposals.weight_of(event)
            if self._alerts > MOST_ALERTS or self._values > MOST_VALUES:
                self.is_whole = False
                return
            yield event
        self.is_whole = max(self._lines, self.events_read + self.bad_lines) <= MOST_LINES

    def _note(self, batch: reading.Batch) -> None:
        self.events_read += len(batch.events)
        self.bad_lines += batch.bad_lines + (batch.unfinished is not None)
        for bad in (*batch.bad, *([batch.unfinished] if batch.unfinished else [])):
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(
                    Problem(EventFileProblem(bad.reason.value), file=self.name, line=bad.line, field=bad.field)
                )
