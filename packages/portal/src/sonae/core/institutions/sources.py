"""Opening a published list safely: a CSV file, or a ZIP archive that holds one. Nothing is ever unpacked to disk."""

import contextlib
import csv
import datetime as dt
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from sonae.core.institutions.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. The largest published list (clinics) is about 60 MB unpacked, six times its archive."""

    file_bytes: int = 90_000_000
    unpacked_bytes: int = 90_000_000
    unpacked_ratio: int = 50
    line_bytes: int = 65_536
    archive_members: int = 100


LIMITS = Limits()
_ZIP, _EMPTY_ZIP, _OLD_WORKBOOK, _BOM = b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf"
_DATE = re.compile(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])?(?!\d)")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that passed the cheap checks: where it is, what it is called, and where in an archive its rows are."""

    path: Path
    name: str
    member: str
    size_bytes: int
    sha256: str
    limits: Limits

    @property
    def as_of(self) -> dt.date | None:
        """The date in the file's name: 20251201, or 202409 for the first of a month."""
        for name in (self.member, self.name):
            if found := _DATE.search(name):
                with contextlib.suppress(ValueError):
                    return dt.date(int(found[1]), int(found[2]), int(found[3] or 1))
        return None

    def refused(
        self, reason: FileRefusal, *, line: int = 0, field: str = "", value: str = "", **facts: object
    ) -> BadInput:
        """The error that names this file, line and field."""
        name = f"{self.name}/{self.member}" if self.member else self.name
        return BadInput([Problem(reason, name, line, field, value[:200], facts)])


def open_source(path: Path, *, name: str = "", limits: Limits = LIMITS) -> Source:
    """The source behind a path; raises BadInput, before reading it through, when it cannot be one."""
    shown = name or path.name
    draft = Source(path, shown, "", 0, "", limits)
    if not path.is_file():
        raise draft.refused(FileRefusal.FILE_MISSING)
    size = path.stat().st_size
    if size == 0:
        raise draft.refused(FileRefusal.FILE_EMPTY)
    if size > limits.file_bytes:
        raise draft.refused(FileRefusal.FILE_TOO_LARGE, size_bytes=size, limit_bytes=limits.file_bytes)
    with path.open("rb") as file:
        magic = file.read(4)
        if magic == _OLD_WORKBOOK:
            raise draft.refused(FileRefusal.IS_A_WORKBOOK)
        member = _member_of_archive(file, draft) if magic in (_ZIP, _EMPTY_ZIP) else ""
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Source(path, shown, member, size, digest, limits)


def _member_of_archive(file: IO[bytes], source: Source) -> str:
    _count_members(file, source)
    try:
        with zipfile.ZipFile(file) as archive:
            members = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, struct.error) as broken:
        raise source.refused(FileRefusal.ARCHIVE_BROKEN) from broken
    if any(entry.filename == "[Content_Types].xml" for entry in members):
        raise source.refused(FileRefusal.IS_A_WORKBOOK)
    for entry in members:
        parts = PurePosixPath(entry.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in entry.filename:
            raise source.refused(FileRefusal.ARCHIVE_PATH_UNSAFE, value=entry.filename)
    tables = [entry for entry in members if entry.filename.lower().endswith(".csv")]
    if len(tables) != 1:
        raise source.refused(FileRefusal.ARCHIVE_NEEDS_ONE_CSV, found=len(tables))
    (table,) = tables
    if table.flag_bits & 0x1:
        raise source.refused(FileRefusal.ARCHIVE_ENCRYPTED, value=table.filename)
    if table.file_size > source.limits.unpacked_bytes:
        raise source.refused(
            FileRefusal.UNPACKS_TOO_LARGE, size_bytes=table.file_size, limit_bytes=source.limits.unpacked_bytes
        )
    if table.file_size > source.limits.unpacked_ratio * max(table.compress_size, 1):
        raise source.refused(FileRefusal.UNPACKS_TOO_DENSELY, limit=source.limits.unpacked_ratio)
    return table.filename


def _count_members(file: IO[bytes], source: Source) -> None:
    """Refuses an archive by the count in its last record: the library would first read a directory of any length."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - 65_557))
    tail = file.read()
    end = tail.rfind(_EMPTY_ZIP)
    if end < 0 or len(tail) < end + 12:
        raise source.refused(FileRefusal.ARCHIVE_BROKEN)
    (members,) = struct.unpack_from("<H", tail, end + 10)
    if members > source.limits.archive_members:
        raise source.refused(FileRefusal.ARCHIVE_NEEDS_ONE_CSV, found=members)


def rows(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Each row of the table with the line on which it begins; raises BadInput at the first thing that is not CSV."""
    lines = _Lines(source)
    try:
        yield from _parsed(lines, source)
    finally:
        lines.close()


def _parsed(lines: "_Lines", source: Source) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            in_mid_row = "unexpected end" in str(broken)
            reason = FileRefusal.ENDS_IN_MID_ROW if in_mid_row else FileRefusal.NOT_CSV
            raise source.refused(reason, line=begins, value=lines.last) from broken
        if row:
            yield begins, row


class _Lines:
    """Decoded lines of a source, counted and bounded."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._archive = None
        self._number = 0
        self._bytes = 0
        self.last = ""
        if source.member:
            self._archive = zipfile.ZipFile(source.path)
            self._stream: IO[bytes] = self._archive.open(source.member)
        else:
            self._stream = source.path.open("rb")

    def close(self) -> None:
        self._stream.close()
        if self._archive:
            self._archive.close()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        limits = self._source.limits
        try:
            raw = self._stream.readline(limits.line_bytes + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as broken:
            raise self._source.refused(FileRefusal.ARCHIVE_BROKEN, line=self._number) from broken
        if not raw:
            raise StopIteration
        self._number += 1
        self._bytes += len(raw)
        if self._bytes > limits.unpacked_bytes:
            raise self._source.refused(FileRefusal.UNPACKS_TOO_LARGE, limit_bytes=limits.unpacked_bytes)
        if self._number == 1:
            raw = self._without_mark(raw)
        self.last = self._decoded(raw)
        return self.last

    def _without_mark(self, raw: bytes) -> bytes:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise self._source.refused(FileRefusal.NOT_UTF8, line=1, looks_like="UTF-16")
        return raw.removeprefix(_BOM)

    def _decoded(self, raw: bytes) -> str:
        if b"\0" in raw:
            value = raw[:200].decode("utf-8", "replace").replace("\0", "\ufffd")
            raise self._source.refused(FileRefusal.HOLDS_NUL, line=self._number, value=value)
        if len(raw) > self._source.limits.line_bytes:
            limit = self._source.limits.line_bytes
            raise self._source.refused(FileRefusal.LINE_TOO_LONG, line=self._number, limit_bytes=limit)
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as wrong:
            raise self._not_utf8(raw) from wrong

    def _not_utf8(self, raw: bytes) -> BadInput:
        try:
            text, looks_like = raw.decode("cp932"), "Shift_JIS (cp932)"
        except UnicodeDecodeError:
            text, looks_like = raw.decode("utf-8", "replace"), ""
        return self._source.refused(FileRefusal.NOT_UTF8, line=self._number, value=text, looks_like=looks_like)
