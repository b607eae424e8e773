"""Keeps events as Parquet, by day and kind: `day=2026-11-23/kind=dns/7.parquet`.

A segment is what one write left behind. Its files get their names only when they are whole and on the disk; whoever
keeps the list of segments decides which of them count, and `sweep` removes the others.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.hunt import duck
from sonae_engine.hunt.events import Event, address_key, day_number, day_of

SEGMENT_LIMIT: Final = 2**31 - 1
# What Suricata calls its events; whatever else a file claims lies under one name.
_KINDS: Final = frozenset(
    "alert anomaly arp bittorrent_dht dcerpc dhcp dnp3 dns drop enip fileinfo flow ftp ftp_data http http2 ike krb5"
    " ldap mdns modbus mqtt netflow nfs packet pgsql pop3 quic rdp rfb sip smb smtp snmp ssh stats tftp tls"
    " websocket".split()
)
# More parts than a sensor's file has: their days are invented, and are not worth a file each.
_PARTS: Final = 200
_SCRATCH: Final = "scratch"

# Every column is a scalar, so that any engine hunts with equal joins only. `event` numbers the events of a store: an
# event with several names or hashes takes several rows.
COLUMNS: Final = {
    "event": "BIGINT",
    "seen_us": "BIGINT",
    "day": "INTEGER",
    "kind": "VARCHAR",
    "src": "VARCHAR",
    "dst": "VARCHAR",
    "src_port": "INTEGER",
    "dst_port": "INTEGER",
    "dns_query": "VARCHAR",
    "server_name": "VARCHAR",
    "certificate": "VARCHAR",
    "client": "VARCHAR",
    "http_host": "VARCHAR",
    "host_address": "VARCHAR",
    "http_url": "VARCHAR",
    "user_agent": "VARCHAR",
    "file_hash": "VARCHAR",
    "filename": "VARCHAR",
    "mail_sender": "VARCHAR",
    "signature_id": "BIGINT",
    "signature": "VARCHAR",
    "sensor": "VARCHAR",
}


class Row(msgspec.Struct, gc=False, omit_defaults=True):
    """An event as it is stored; addresses are their keys, and what is empty is absent."""

    event: int
    seen_us: int
    day: int
    kind: str
    src: str | None = None
    dst: str | None = None
    src_port: int = 0
    dst_port: int = 0
    dns_query: str | None = None
    server_name: str | None = None
    certificate: str | None = None
    client: str | None = None
    http_host: str | None = None
    host_address: str | None = None
    http_url: str | None = None
    user_agent: str | None = None
    file_hash: str | None = None
    filename: str | None = None
    mail_sender: str | None = None
    signature_id: int = 0
    signature: str | None = None
    sensor: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One file of the store, by its path below the store's folder."""

    path: str
    day: date
    events: int


class Store:
    """Events of the past, below one folder."""

    def __init__(self, folder: Path, *, memory: str = "512MB", threads: int = 2) -> None:
        self.folder = folder
        self._memory = memory
        self._threads = threads
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def connection(self) -> Iterator[tuple[Any, Path]]:
        """A DuckDB connection that reaches this store only, and a folder that is emptied afterwards."""
        scratch = self.folder / f".{_SCRATCH}-{os.getpid()}"
        scratch.mkdir(exist_ok=True, mode=0o700)
        try:
            with duck.connection(
                folders=[self.folder], scratch=scratch, memory=self._memory, threads=self._threads
            ) as opened:
                yield opened, scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def write(self, events: Iterable[Event], *, segment: int) -> list[Segment]:
        """Keep the events under a number never used before; when it returns they are on the disk."""
        assert 0 <= segment <= SEGMENT_LIMIT, "a segment's number is part of its events' numbers"
        with self.connection() as (opened, scratch):
            lines = scratch / "rows.json"
            with lines.open("wb") as out:
                out.writelines(_encoded(events, segment << 32))
            if lines.stat().st_size == 0:
                return []
            source = f"read_json({duck.quoted(str(lines))}, format = 'newline_delimited', columns = {_declared()})"
            return self._put(opened, scratch, source, segment)

    def merge(self, segments: Sequence[Segment], *, segment: int) -> list[Segment]:
        """Write the rows of several files as one for each day and kind; the old ones are left to `sweep`."""
        with self.connection() as (opened, scratch):
            return self._put(opened, scratch, self.table(segments), segment)

    def table(self, segments: Iterable[Segment]) -> str:
        """The rows of these files, for a FROM clause."""
        paths = ", ".join(duck.quoted(str(self.folder / each.path)) for each in segments)
        return f"read_parquet([{paths}], hive_partitioning = false)"

    def damaged(self, segments: Iterable[Segment]) -> list[Segment]:
        """Those of the files that are gone or cannot be read."""
        found = []
        for each in segments:
            try:
                with self.connection() as (opened, _):
                    opened.execute(f"SELECT count(event), max(http_url) FROM {self.table([each])}").fetchall()  # noqa: S608
            except duck.StoreFailed:
                found.append(each)
        return found

    def sweep(self, known: Iterable[Segment]) -> int:
        """Remove every file that is not known: what a killed write or a merge left behind. Answers how many."""
        wanted = {each.path for each in known}
        strangers = [each for each in self.folder.rglob("*") if self._is_stranger(each, wanted)]
        for each in strangers:
            each.unlink(missing_ok=True)
        for folder in sorted((each for each in self.folder.rglob("*") if each.is_dir()), reverse=True):
            if not any(folder.iterdir()):
                folder.rmdir()
        return len(strangers)

    def _is_stranger(self, path: Path, wanted: set[str]) -> bool:
        return not path.is_dir() and path.relative_to(self.folder).as_posix() not in wanted

    def _put(self, opened: Any, scratch: Path, source: str, segment: int) -> list[Segment]:
        opened.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {source}")  # noqa: S608 - our own paths, quoted
        parts = opened.execute("SELECT day, kind, count(DISTINCT event) FROM kept GROUP BY ALL ORDER BY ALL").fetchall()
        if len(parts) > _PARTS:
            mixed = (max(day for day, _, _ in parts), "mixed", sum(events for _, _, events in parts))
            return [self._put_one(opened, scratch, mixed, where="true", segment=segment)]
        return [self._put_one(opened, scratch, part, where=_only(part), segment=segment) for part in parts]

    def _put_one(self, opened: Any, scratch: Path, part: tuple[int, str, int], *, where: str, segment: int) -> Segment:
        day, kind, events = part
        whole = scratch / f"{day}-{kind}.parquet"
        # Sorted, so that equal values lie together and the file shrinks.
        rows = f"SELECT * FROM kept WHERE {where} ORDER BY dst, dns_query, event"  # noqa: S608 - our own words
        opened.execute(f"COPY ({rows}) TO {duck.quoted(str(whole))} (FORMAT parquet, COMPRESSION zstd)")
        path = f"day={day_of(day).isoformat()}/kind={kind}/{segment}.parquet"
        settle(whole, self.folder / path)
        return Segment(path, day_of(day), events)


def _only(part: tuple[int, str, int]) -> str:
    return f"day = {int(part[0])} AND kind = {duck.quoted(part[1])}"


def settle(whole: Path, place: Path) -> None:
    """Move a finished file to its place so that after any crash it is there whole or not at all."""
    # One by one: what `parents` makes on the way has the rights of the day.
    for folder in (place.parent.parent, place.parent):
        folder.mkdir(exist_ok=True, mode=0o700)
    whole.chmod(0o600)
    _sync(whole)
    whole.replace(place)
    _sync(place.parent)
    _sync(place.parent.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _declared() -> str:
    return "{" + ", ".join(f"{name}: {duck.quoted(kind)}" for name, kind in COLUMNS.items()) + "}"


def _encoded(events: Iterable[Event], first: int) -> Iterable[bytes]:
    encode = msgspec.json.Encoder().encode
    for number, event in enumerate(events, first):
        for row in _rows(event, number):
            yield encode(row)
            yield b"\n"


def _rows(event: Event, number: int) -> Iterable[Row]:
    queries, hashes, names = event.dns_queries, event.hashes, event.filenames
    host = event.http_host
    yield Row(
        number,
        event.seen_us,
        day_number(event.seen_us),
        event.kind if event.kind in _KINDS else "other",
        address_key(event.src) or None,
        address_key(event.dst) or None,
        event.src_port,
        event.dst_port,
        _clean(queries[0]) if queries else None,
        _clean(event.server_name),
        _clean(event.certificate),
        _clean(event.client),
        _clean(host),
        address_key(host) or None if host else None,
        _clean(event.http_url),
        _clean(event.user_agent),
        _clean(hashes[0]) if hashes else None,
        _clean(names[0]) if names else None,
        _clean(event.mail_sender),
        event.signature_id,
        _clean(event.signature),
        _clean(event.sensor),
    )
    for more in range(1, max(len(queries), len(hashes), len(names))):
        yield Row(
            number,
            event.seen_us,
            day_number(event.seen_us),
            event.kind if event.kind in _KINDS else "other",
            # Which way the event went must be known wherever it is found.
            address_key(event.src) or None,
            address_key(event.dst) or None,
            dns_query=_clean(queries[more]) if more < len(queries) else None,
            file_hash=_clean(hashes[more]) if more < len(hashes) else None,
            filename=_clean(names[more]) if more < len(names) else None,
        )


def _clean(text: str) -> str | None:
    # A zero letter ends a text in half of the engines that read Parquet.
    return text.replace("\x00", "\ufffd") if text else None
