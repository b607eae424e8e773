"""Opens what a sensor left behind: plain, gzip or zip, one file or a folder, as streams of bounded bytes."""

import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Protocol, cast

from sonae_engine.hunt.limits import LIMITS, Limits
from sonae_engine.hunt.vocabulary import FileProblem

HEAD_BYTES: Final = 1_024
_GZIP_BITS: Final = 31
_COMPRESSED_BYTES: Final = 1 << 14
# What a zip file says of one member, with its name and all its remarks, is far shorter.
_LISTED_BYTES: Final = 1_024
_ZIP_END_BYTES: Final = 1 << 17

_EVENT_FILE: Final = re.compile(r"\.(json|jsonl|ndjson)([.-][\w.-]*)?$|\.zip$", re.IGNORECASE)
_UNSUPPORTED: Final = (b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"\x04\x22\x4d\x18")
_DAMAGE: Final = (zlib.error, zipfile.BadZipFile, NotImplementedError, KeyError, ValueError)


class FileRefused(Exception):
    """A file that is not read (any further), why, and the figures that show it."""

    def __init__(self, reason: FileProblem, facts: Mapping[str, str | int] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = dict(facts or {})


class Stream(Protocol):
    """All that is asked of the bytes of a file."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, none only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """A file with events, or one member of a zip file."""

    path: Path
    member: str = ""
    limits: Limits = field(default=LIMITS, repr=False)

    @property
    def name(self) -> str:
        """How a person finds it."""
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @contextmanager
    def opened(self) -> Iterator["Opened"]:
        """The file held open, so that a rotation cannot put another under its name while it is read."""
        # Only what opening raises is about this file: inside, the caller may meet troubles of its own.
        try:
            raw = _plain(self.path)
        except OSError as refusal:
            raise _unreadable(refusal) from refusal
        with raw:
            yield Opened(self, raw)


class Opened:
    """An open source; its bytes can be read from any offset as often as wanted."""

    def __init__(self, source: Source, raw: IO[bytes]) -> None:
        self.source = source
        self._raw = raw

    def status(self) -> os.stat_result:
        """What the system knows of the open file: size, times, and the number by which it knows it."""
        return os.fstat(self._raw.fileno())

    def head(self) -> bytes:
        """The first expanded bytes: what stays the same when a file is renamed or compressed."""
        return read_fully(self.since(0), HEAD_BYTES)

    def since(self, offset: int) -> Stream:
        """The expanded bytes behind an offset; reading raises FileRefused where they are damaged or grow too much."""
        self._raw.seek(0)
        first = self._raw.read(8)
        self._raw.seek(0)
        if self.source.member:
            return _skipped(_member(self._raw, self.source), offset)
        if first.startswith(b"\x1f\x8b"):
            stream = _Gzip(self._raw, self.source.limits)
            return _skipped(_Guarded(stream, self._raw.tell, self.source.limits), offset)
        if first.startswith(_UNSUPPORTED):
            raise FileRefused(FileProblem.UNSUPPORTED_COMPRESSION)
        if first.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FileRefused(FileProblem.WRONG_ENCODING)
        return _Plain(self._raw, offset)


class _Plain:
    """A stream of the bytes as they are."""

    def __init__(self, raw: IO[bytes], offset: int) -> None:
        self._raw = raw
        raw.seek(offset)

    def read(self, size: int, /) -> bytes:
        """As a file reads; a disk that fails is told as a refusal."""
        try:
            return self._raw.read(size)
        except OSError as refusal:
            raise _unreadable(refusal) from refusal


class _Expanding(Protocol):
    """What is asked of a compressed stream."""

    def read1(self, size: int, /) -> bytes:
        """At least one byte and at most so many, none only at the end."""
        ...


class _Gzip:
    """The members of a gzip file one behind the other; a file of nothing but beginnings is refused."""

    def __init__(self, raw: IO[bytes], limits: Limits) -> None:
        self._raw = raw
        self._limits = limits
        self._members = 1
        self._expanded = 0
        self._waiting = b""
        self._member = zlib.decompressobj(wbits=_GZIP_BITS)

    def read1(self, size: int, /) -> bytes:
        """As `_Expanding`; a member that is cut off gives what it has."""
        while not self._member.eof or self._next_member():
            compressed = self._waiting or self._raw.read(_COMPRESSED_BYTES)
            piece = self._member.decompress(compressed, size)
            self._waiting = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            if piece or not compressed:
                self._expanded += len(piece)
                return piece
        return b""

    def _next_member(self) -> bool:
        """Whether another member follows; zeros behind one are padding."""
        waiting = self._waiting.lstrip(b"\0")
        while not waiting:
            more = self._raw.read(_COMPRESSED_BYTES)
            if not more:
                return False
            waiting = more.lstrip(b"\0")
        self._waiting = waiting
        self._members += 1
        if self._members > max(self._limits.gzip_members, self._expanded // self._limits.gzip_member_bytes):
            raise FileRefused(FileProblem.TOO_MANY_MEMBERS, {"limit": self._limits.gzip_members})
        self._member = zlib.decompressobj(wbits=_GZIP_BITS)
        return True


class _Guarded:
    """A compressed stream that is refused when it grows far faster than events can be compressed."""

    def __init__(self, stream: _Expanding, compressed: Callable[[], int], limits: Limits) -> None:
        self._stream = stream
        self._compressed = compressed
        self._limits = limits
        self._expanded = 0

    def read(self, size: int, /) -> bytes:
        """As a file reads; a stream that ends too early gives what it has, and then no more."""
        pieces = []
        while size > 0:
            piece = self._next(size)
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
            self._expanded += len(piece)
            self._check()
        return b"".join(pieces)

    def _next(self, size: int) -> bytes:
        try:
            # Not `read`, which loses what it has gathered when the end comes too early.
            return self._stream.read1(size)
        except EOFError:
            return b""
        except _DAMAGE as refusal:
            raise FileRefused(FileProblem.DAMAGED_COMPRESSION) from refusal
        except OSError as refusal:
            raise _unreadable(refusal) from refusal

    def _check(self) -> None:
        if self._expanded > self._limits.expanded_bytes:
            raise FileRefused(FileProblem.TOO_LARGE, {"limit": self._limits.expanded_bytes})
        compressed = max(self._compressed(), 1)
        if self._expanded > self._limits.ratio_from_bytes and self._expanded > compressed * self._limits.ratio:
            raise FileRefused(FileProblem.EXPANDS_TOO_MUCH, {"ratio": self._expanded // compressed})


def _skipped(stream: _Guarded, offset: int) -> Stream:
    # A compressed stream knows no other way forward than to be read.
    while offset > 0:
        piece = stream.read(min(offset, LIMITS.chunk_bytes))
        if not piece:
            break
        offset -= len(piece)
    return stream


def _plain(path: Path) -> IO[bytes]:
    """The file opened, unless it is a pipe, a device or a folder, on which reading could wait for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileRefused(FileProblem.NOT_A_FILE)
    return os.fdopen(descriptor, "rb")


class _TooLong(Exception):
    """More is asked of a file at once than a list of members may have."""


class _Listing:
    """A zip file whose list of members is not read when it is far too long: a bomb need not hold anything else."""

    def __init__(self, raw: IO[bytes], limit: int) -> None:
        self._raw = raw
        self._limit = limit
        self.is_known = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def read(self, size: int = -1, /) -> bytes:
        if not self.is_known and size > self._limit:
            raise _TooLong
        return self._raw.read(size)


def _archive(raw: IO[bytes], limits: Limits) -> zipfile.ZipFile:
    listing = _Listing(raw, _ZIP_END_BYTES + limits.zip_members * _LISTED_BYTES)
    try:
        archive = zipfile.ZipFile(cast("IO[bytes]", listing))
    except _TooLong as refusal:
        raise FileRefused(FileProblem.TOO_MANY_MEMBERS, {"limit": limits.zip_members}) from refusal
    except _DAMAGE as refusal:
        raise FileRefused(FileProblem.DAMAGED_COMPRESSION) from refusal
    listing.is_known = True
    if len(archive.infolist()) > limits.zip_members:
        raise FileRefused(FileProblem.TOO_MANY_MEMBERS, {"limit": limits.zip_members})
    return archive


def _member(raw: IO[bytes], source: Source) -> _Guarded:
    archive = _archive(raw, source.limits)
    try:
        stream = cast("zipfile.ZipExtFile", archive.open(source.member))
    except _DAMAGE as refusal:
        raise FileRefused(FileProblem.DAMAGED_COMPRESSION) from refusal
    except RuntimeError as refusal:
        raise FileRefused(FileProblem.ENCRYPTED) from refusal
    # Each member is measured against its own compressed size: the members of a bomb may share their bytes.
    compressed = archive.getinfo(source.member).compress_size
    return _Guarded(stream, lambda: compressed, source.limits)


def _unreadable(refusal: OSError) -> FileRefused:
    return FileRefused(FileProblem.UNREADABLE, {"errno": refusal.errno or 0})


def read_fully(stream: Stream, size: int) -> bytes:
    """As many bytes as asked for, fewer only at the end."""
    pieces = []
    while size > 0:
        piece = stream.read(size)
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def fingerprint(head: bytes) -> str:
    """By which a file is known again after it was renamed or compressed."""
    return hashlib.sha256(head).hexdigest()


@dataclass(frozen=True, slots=True)
class Unopened:
    """A file in which no source can be found, and why."""

    path: Path
    refusal: FileRefused


def sources(path: Path, *, limits: Limits = LIMITS) -> Iterator[Source | Unopened]:
    """The files with events at or below a path, the oldest first; a zip file by its members."""
    for each in _paths(path):
        try:
            yield from _sources_in(each, limits)
        except FileRefused as refusal:
            yield Unopened(each, refusal)
        except OSError as refusal:
            yield Unopened(each, _unreadable(refusal))


def _sources_in(path: Path, limits: Limits) -> Iterator[Source]:
    with _plain(path) as raw:
        if raw.read(4) != b"PK\x03\x04":
            yield Source(path, limits=limits)
            return
        raw.seek(0)
        members = [each for each in _archive(raw, limits).infolist() if not each.is_dir()]
    yield from (Source(path, each.filename, limits) for each in members if _EVENT_FILE.search(each.filename))


def _paths(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found: list[tuple[int, str, Path]] = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in names:
            each = Path(folder, name)
            if name.startswith(".") or not _EVENT_FILE.search(name):
                continue
            try:
                found.append((each.stat().st_mtime_ns, name, each))
            except OSError:
                # Rotated away between listing and looking: it is found under its new name next time.
                continue
    return [each for _, _, each in sorted(found)]
