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

# An upload is small; a file that grows beyond this is not an excerpt from a sensor.
UPLOAD_LIMITS = Limits(expanded_bytes=64 << 20, ratio_from_bytes=4 << 20, zip_members=20, leading_bad_lines=200)
MOST_FOUND = 200
MOST_PROBLEMS = 50


def extract(path: Path, *, name: str, own_addresses: Sequence[str] = ()) -> Extraction:
    """What the alerts of the file speak of, the most frequent first; raises BadInput for a file that must not be read.

    `name` is what the person called the file. Private addresses and the institution's own are left out.
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
    return Extraction(
        found=tuple(
            Found(
                IndicatorKind(each.kind.value),
                each.value,
                each.count,
                each.first_seen_at,
                each.last_seen_at,
                each.signatures,
            )
            for each in found[:MOST_FOUND]
        ),
        events_read=counted.events_read,
        bad_lines=counted.bad_lines,
        problems=tuple(counted.problems),
    )


class _Counted:
    """The events of a file as they are read, with a count of what could not be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events_read = self.bad_lines = 0
        self.problems: list[Problem] = []

    def events(self, path: Path) -> Iterator[Event]:
        for source in files.sources(path, limits=UPLOAD_LIMITS):
            if isinstance(source, files.Unopened):
                raise source.refusal
            with source.opened() as opened:
                for batch in reading.read(opened):
                    self._note(batch)
                    yield from batch.events

    def _note(self, batch: reading.Batch) -> None:
        self.events_read += len(batch.events)
        self.bad_lines += batch.bad_lines + (batch.unfinished is not None)
        for bad in (*batch.bad, *([batch.unfinished] if batch.unfinished else [])):
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(
                    Problem(EventFileProblem(bad.reason.value), file=self.name, line=bad.line, field=bad.field)
                )
