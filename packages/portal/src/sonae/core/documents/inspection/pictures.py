"""Pictures: their size in pixels is read from the header, so that a small file cannot fill the reader's memory."""

import struct
import zlib
from typing import BinaryIO

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

MOST_CHUNK_BYTES = 1_000_000
# A profile of colours unpacked: those for printing have two million. Whoever draws the picture unpacks all of it.
MOST_PROFILE_BYTES = 4_000_000
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"

# Start of frame, which holds the size: C0 to CF without C4 (tables), C8 (reserved) and CC (tables).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
_PROFILE = b"iCCP"
_PACKED_WORDS = frozenset({b"zTXt", b"iTXt", _PROFILE})


def inspect_png(file: BinaryIO, *, name: str, most_pixels: int) -> None:
    """Walks the chunks from header to end."""
    file.seek(len(PNG))
    is_first, has_profile = True, False
    while True:
        head = file.read(8)
        if len(head) < 8:
            refuse(FileRefusal.IMAGE_BROKEN, name=name)
        length, kind = struct.unpack(">I4s", head)
        if is_first:
            if kind != b"IHDR" or length != 13:
                refuse(FileRefusal.IMAGE_BROKEN, name=name)
            width, height = struct.unpack(">II", file.read(13)[:8].ljust(8, b"\0"))
            _judge(width, height, name=name, most=most_pixels)
            file.seek(4, 1)
            is_first = False
            continue
        if kind == b"IEND":
            return
        if kind in _PACKED_WORDS and length > MOST_CHUNK_BYTES:
            refuse(FileRefusal.IMAGE_BROKEN, name=name, part=kind.decode())
        if kind == _PROFILE:
            if has_profile or not _is_profile(file.read(length)):
                refuse(FileRefusal.IMAGE_BROKEN, name=name, part=kind.decode())
            has_profile = True
            file.seek(4, 1)
            continue
        file.seek(length + 4, 1)


def inspect_jpeg(file: BinaryIO, *, name: str, most_pixels: int) -> None:
    """Walks the segments up to the frame that says how large the picture is."""
    file.seek(2)
    for _ in range(10_000):
        if file.read(1) != b"\xff":
            break
        marker = file.read(1)
        while marker == b"\xff":
            marker = file.read(1)
        if not marker or marker[0] in (0xD9, 0xDA):
            break
        if marker[0] in _WITHOUT_LENGTH:
            continue
        head = file.read(2)
        if len(head) < 2 or (length := struct.unpack(">H", head)[0]) < 2:
            break
        if marker[0] in _FRAMES:
            frame = file.read(5)
            if len(frame) == 5:
                height, width = struct.unpack(">HH", frame[1:])
                _judge(width, height, name=name, most=most_pixels)
                return
            break
        file.seek(length - 2, 1)
    refuse(FileRefusal.IMAGE_BROKEN, name=name)


def _is_profile(chunk: bytes) -> bool:
    """Whether a chunk holds a profile of colours, packed, that ends within the limit: a name, a zero, the way of
    packing (PNG specification, 11.3.2.3)."""
    packed = chunk.partition(b"\0")[2][1:]
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed, MOST_PROFILE_BYTES)
    except zlib.error:
        return False
    return unpacking.eof


def _judge(width: int, height: int, *, name: str, most: int) -> None:
    if width == 0 or height == 0:
        refuse(FileRefusal.IMAGE_BROKEN, name=name)
    if width * height > most:
        facts = {"most": most // 1_000_000}
        refuse(FileRefusal.IMAGE_TOO_LARGE, name=name, value=f"{width}×{height}", facts=facts)
