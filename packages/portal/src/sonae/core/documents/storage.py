"""Where the bytes lie: by their hash, written beside and renamed, so that nothing half-written is ever found."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from django.conf import settings

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that have come in but belong to nobody yet."""

    file: BinaryIO
    path: Path
    sha256: str
    size_bytes: int


class Store(Protocol):
    """A place that keeps bytes by their hash: a folder, or an S3-compatible service."""

    def keep(self, received: Received) -> None:
        """Keeps the bytes for good; keeping the same again changes nothing."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes with this hash; raises FileNotFoundError when they are gone."""

    def all(self) -> Iterator[tuple[str, float]]:
        """Every hash kept, and when it was written."""

    def remove(self, sha256: str) -> None:
        """Forgets these bytes."""


class Folder:
    """A store on the disk of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, received: Received) -> None:
        target = self._path(received.sha256)
        if target.exists():
            # The same bytes are there; the new date tells the sweep that somebody wants them again.
            os.utime(target)
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        received.path.replace(target)
        _make_durable(target.parent)

    def open(self, sha256: str) -> BinaryIO:
        return self._path(sha256).open("rb")

    def all(self) -> Iterator[tuple[str, float]]:
        for path in self.root.glob("[0-9a-f][0-9a-f]/*"):
            yield path.name, path.stat().st_mtime

    def remove(self, sha256: str) -> None:
        self._path(sha256).unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256


def store() -> Store:
    """The store of this installation."""
    return Folder(Path(settings.MEDIA_ROOT) / "documents")


@contextmanager
def receive(pieces: Iterable[bytes], *, name: str, most_bytes: int) -> Iterator[Received]:
    """The bytes in a file of their own (mode 0600) with their hash; gone after the block unless they were kept."""
    folder = _incoming()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    # mkstemp makes the file readable for nobody else.
    descriptor, path_text = tempfile.mkstemp(dir=folder)
    path = Path(path_text)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            for piece in pieces:
                size += len(piece)
                if size > most_bytes:
                    refuse(FileRefusal.TOO_LARGE, name=name, facts={"most": most_bytes // 1_000_000})
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            yield Received(file, path, digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def workroom() -> Iterator[Path]:
    """A folder that is readable for nobody else and gone after the block; killed in the middle, the sweep takes it."""
    folder = _incoming()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        yield Path(name)


def forget_cut_off(*, before: float) -> int:
    """Removes what began to come in before this moment (seconds since 1970) and never ended: its process was killed.

    Returns how many files and folders there were.
    """
    removed = 0
    for path in _incoming().glob("*"):
        # One that ends at this very moment takes its file along itself.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed += 1
    return removed


def _incoming() -> Path:
    return Path(settings.MEDIA_ROOT) / "documents" / "incoming"


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
