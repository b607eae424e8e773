"""Archives: looked through by their directory first, unpacked only within limits, never nested."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

MOST_ENTRIES = 2_000
MOST_DIRECTORY_BYTES = 1_000_000
MOST_UNPACKED_BYTES = 200_000_000
# Text packs to a twentieth, empty logs to a hundredth; deflate cannot do better than 1032.
HIGHEST_RATIO = 150
FREE_BYTES = 2_000_000  # small things may pack as well as they like
PIECE = 256 * 1024

_END = b"PK\x05\x06"
_PACKED = (
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"\x28\xb5\x2f\xfd",
)
_PACKED_NAMES = (".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".cab", ".iso", ".jar", ".lzh")


def open_archive(file: BinaryIO, *, name: str) -> zipfile.ZipFile:
    """The archive, if its directory can be trusted: count, names and sizes are looked at before any unpacking."""
    _look_at_end(file, name=name)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError):
        refuse(FileRefusal.ARCHIVE_BROKEN, name=name)
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        refuse(FileRefusal.ARCHIVE_TOO_MANY, name=name, facts={"most": MOST_ENTRIES})
    for entry in entries:
        _look_at_entry(entry, name=name)
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MOST_UNPACKED_BYTES or (unpacked > FREE_BYTES and unpacked > packed * HIGHEST_RATIO):
        refuse(FileRefusal.ARCHIVE_TOO_LARGE, name=name, value=str(unpacked))
    return archive


def inspect_zip(file: BinaryIO, *, name: str) -> None:
    """A plain archive: every entry is unpacked once within its declared size, and none may be an archive itself."""
    with open_archive(file, name=name) as archive:
        for entry in archive.infolist():
            if entry.filename.lower().endswith(_PACKED_NAMES):
                refuse(FileRefusal.ARCHIVE_NESTED, name=name, part=entry.filename)
            for number, piece in enumerate(pieces(archive, entry, name=name)):
                if number == 0 and piece.startswith(_PACKED):
                    refuse(FileRefusal.ARCHIVE_NESTED, name=name, part=entry.filename)


def pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, name: str) -> Iterator[bytes]:
    """The content of an entry piece by piece; its checksum is verified at the end, so a size that lies is found."""
    try:
        with archive.open(entry) as content:
            while piece := content.read(PIECE):
                yield piece
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        refuse(FileRefusal.ARCHIVE_BROKEN, name=name, part=entry.filename)


def whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, name: str) -> bytes:
    """The content of a small entry."""
    return b"".join(pieces(archive, entry, name=name))


def _look_at_end(file: BinaryIO, *, name: str) -> None:
    """Reads the 22 bytes at the end that say how large the directory is, before the library reads all of it."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        refuse(FileRefusal.ARCHIVE_BROKEN, name=name)
    count, directory_bytes = struct.unpack("<HL", tail[place + 10 : place + 16])
    # 0xFFFF sends the reader to a longer form, for archives of more entries than are accepted anyway.
    if count > MOST_ENTRIES or directory_bytes > MOST_DIRECTORY_BYTES:
        refuse(FileRefusal.ARCHIVE_TOO_MANY, name=name, facts={"most": MOST_ENTRIES})
    file.seek(0)


def _look_at_entry(entry: zipfile.ZipInfo, *, name: str) -> None:
    path = entry.filename.replace("\\", "/")
    if entry.flag_bits & 0x1:
        refuse(FileRefusal.ARCHIVE_ENCRYPTED, name=name, part=entry.filename)
    # A link in an archive leads wherever it says, once somebody unpacks it.
    if stat.S_ISLNK(entry.external_attr >> 16):
        refuse(FileRefusal.ARCHIVE_ESCAPES, name=name, part=entry.filename)
    if path.startswith("/") or ".." in path.split("/") or path[1:2] == ":" or "\0" in entry.orig_filename:
        refuse(FileRefusal.ARCHIVE_ESCAPES, name=name, part=entry.filename)
    if entry.file_size > FREE_BYTES and entry.file_size > max(1, entry.compress_size) * HIGHEST_RATIO:
        refuse(FileRefusal.ARCHIVE_TOO_LARGE, name=name, part=entry.filename, value=str(entry.file_size))
