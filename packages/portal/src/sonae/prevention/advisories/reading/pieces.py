"""The documents of a file, a folder or an archive, one after the other, and of an archive no more than is allowed."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import Broken, DocumentRefusal

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_SIDES = (".sha256", ".sha512")


@dataclass(frozen=True, slots=True)
class Piece:
    """One document: its name, and how to open it. `checksum` is what a file beside it says ("sha512:…")."""

    name: str
    opens: Callable[[], AbstractContextManager[BinaryIO]]
    checksum: str = ""

    def opened(self) -> AbstractContextManager[BinaryIO]:
        return self.opens()


def of_bytes(raw: bytes, *, name: str, checksum: str = "") -> Piece:
    """A document that is in memory, packed with gzip or not."""
    return Piece(name.removesuffix(".gz"), lambda: closing(io.BytesIO(raw)), checksum)


def pieces(path: Path, *, name: str = "", limits: Limits = LIMITS) -> Iterator[Piece | tuple[str, Broken]]:
    """Every document in a file, a folder or an archive (zip, tar, gzip) in a fixed order; what is none by its name."""
    name = name or path.name
    try:
        if path.is_dir():
            yield from _of_folder(path, limits)
        elif not path.is_file():
            yield name, Broken(DocumentRefusal.NOT_A_FILE)
        else:
            yield from _of_file(path, name, limits)
    except Stopped as stopped:
        yield name, stopped.broken
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, tarfile.TarError, zipfile.BadZipFile):
        yield name, Broken(DocumentRefusal.COMPRESSION_DAMAGED)


def _of_folder(folder: Path, limits: Limits) -> Iterator[Piece | tuple[str, Broken]]:
    for path in sorted(folder.rglob("*")):
        # A link would lead out of the folder that somebody chose.
        if path.is_file() and not path.is_symlink():
            for one in pieces(path, name=path.relative_to(folder).as_posix(), limits=limits):
                yield Piece(one.name, one.opens, _beside(path)) if isinstance(one, Piece) else one


def _beside(path: Path) -> str:
    """The checksum in a file beside this one, as publishers lay it there (CSAF 2.0, 7.1.18)."""
    for side in _SIDES:
        beside = path.with_name(path.name + side)
        if beside.is_file() and beside.stat().st_size < 1_000:
            word = beside.read_text("ascii", "replace").split()
            return f"{side[1:]}:{word[0].casefold()}" if word else ""
    return ""


def _of_file(path: Path, name: str, limits: Limits) -> Iterator[Piece | tuple[str, Broken]]:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(_ZIP):
        yield from _of_zip(path, limits)
    elif head.startswith(_GZIP) and _is_tar(path):
        yield from _of_tar(path, limits)
    elif head.startswith(_GZIP):
        yield Piece(name.removesuffix(".gz"), lambda: _unpacked(path, limits))
    elif tarfile.is_tarfile(path):
        yield from _of_tar(path, limits)
    else:
        yield Piece(name, lambda: path.open("rb"))


class _Metered(io.RawIOBase):
    """What comes out of a packed file, until it is more than packed text ever becomes."""

    def __init__(self, file: Any, packed: int, limits: Limits) -> None:
        super().__init__()
        self._file, self._packed, self._limits = file, max(packed, 1), limits
        self._came = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(1 << 20), b""))
        piece: bytes = self._file.read(min(size, 1 << 20) if size > 1 << 20 else size)
        self._came += len(piece)
        over = self._came > self._limits.expanded
        if over or (self._came > self._limits.ratio_from and self._came > self._packed * self._limits.ratio):
            raise Stopped(DocumentRefusal.EXPANDS_TOO_MUCH, facts={"ratio": self._came // self._packed})
        return piece


class _Filled(io.RawIOBase):
    """Reads as much as was asked for, as files do; `_Metered` may give less."""

    def __init__(self, file: _Metered) -> None:
        super().__init__()
        self._file = file

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self._file.read()
        parts, missing = [], size
        while missing and (piece := self._file.read(missing)):
            parts.append(piece)
            missing -= len(piece)
        return b"".join(parts)


@contextmanager
def _unpacked(path: Path, limits: Limits) -> Iterator[BinaryIO]:
    with gzip.open(path) as file:
        yield _Filled(_Metered(file, path.stat().st_size, limits))  # type: ignore[misc]


def _is_tar(path: Path) -> bool:
    with gzip.open(path) as file:
        try:
            return file.read(512)[257:262] == b"ustar"
        except (OSError, EOFError):
            return False


def _of_tar(path: Path, limits: Limits) -> Iterator[Piece | tuple[str, Broken]]:
    packed = path.stat().st_size
    with path.open("rb") as raw:
        is_packed = raw.read(2) == _GZIP
        raw.seek(0)
        source = _Filled(_Metered(gzip.GzipFile(fileobj=raw) if is_packed else raw, packed, limits))
        with tarfile.open(fileobj=source, mode="r|") as archive:
            for count, member in enumerate(archive):
                if count >= limits.members:
                    raise Stopped(DocumentRefusal.TOO_MANY_MEMBERS, facts={"most": limits.members})
                if member.isfile():
                    yield from _member(archive.extractfile(member), member.name, member.size, limits)
                elif not member.isdir():
                    yield member.name[:300], Broken(DocumentRefusal.NOT_A_FILE)


def _member(file: Any, name: str, size: int, limits: Limits) -> Iterator[Piece | tuple[str, Broken]]:
    """A member of an archive that is read in one go: it lies in memory, because the archive does not turn back."""
    if size > limits.feed:
        yield name[:300], Broken(DocumentRefusal.TOO_LARGE, facts={"most": limits.feed // 1_000_000})
    else:
        yield of_bytes(file.read(), name=name[:300])


def _of_zip(path: Path, limits: Limits) -> Iterator[Piece | tuple[str, Broken]]:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > limits.members:
            raise Stopped(DocumentRefusal.TOO_MANY_MEMBERS, facts={"most": limits.members})
        if sum(member.file_size for member in members) > limits.expanded:
            raise Stopped(DocumentRefusal.EXPANDS_TOO_MUCH, facts={"ratio": 0})
        for member in members:
            if member.is_dir():
                continue
            if member.flag_bits & 0x1:
                yield member.filename[:300], Broken(DocumentRefusal.ENCRYPTED)
            elif stat.S_ISLNK(member.external_attr >> 16):
                yield member.filename[:300], Broken(DocumentRefusal.NOT_A_FILE)
            else:
                yield Piece(member.filename[:300], _opening(archive, member, limits))


def _opening(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: Limits
) -> Callable[[], AbstractContextManager[BinaryIO]]:  # fmt: skip
    @contextmanager
    def opened() -> Iterator[BinaryIO]:
        with archive.open(member) as file:
            yield _Filled(_Metered(file, member.compress_size, limits))  # type: ignore[misc]

    return opened
