"""Pictures without what a camera writes beside them: where, when and with which device they were taken.

Only the picture is kept, and which way up it is. Nothing is drawn anew: the pixels stay as they came, byte by byte.
"""

import re
import struct

from sonae.core.documents.inspection.pictures import JPEG, PNG
from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

_APPLICATION = frozenset(range(0xE0, 0xF0))
_COMMENT = 0xFE
_START_OF_SCAN, _END = 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
# Chunks of a PNG without which it is another picture.
_KEPT_CHUNKS = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"}
)
_ORIENTATION = 0x0112
_MOST_TAGS = 1_000
# A camera writes some dozens of segments; a PNG is cut into pieces of 4 KB at the least.
_MOST_PIECES = 20_000
_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)
# Inside a scan a stuffed byte and a restart are no end of it, and a byte that fills up leads to the next marker.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def extension_of(content: bytes) -> str:
    """By what a picture's name should end, after its first bytes; empty for what is none."""
    return "jpg" if content.startswith(JPEG) else "png" if content.startswith(PNG) else ""


def stripped(content: bytes, *, name: str) -> bytes:
    """The same picture (JPEG or PNG) without its metadata; raises BadInput for what is neither, or is broken.

    What stands behind the end of the picture, such as a second one, is left out too.
    """
    read = {"jpg": _jpeg, "png": _png}.get(extension_of(content))
    if read is None:
        refuse(FileRefusal.IMAGE_BROKEN, name=name)
    try:
        return read(content)
    except (struct.error, IndexError, ValueError):
        refuse(FileRefusal.IMAGE_BROKEN, name=name)


def _jpeg(content: bytes) -> bytes:
    kept, orientation, at = [content[:2]], 0, 2
    for _ in range(_MOST_PIECES):
        at, marker = _marker(content, at)
        if marker == _END:
            kept.append(b"\xff\xd9")
            break
        if marker in _WITHOUT_LENGTH:
            raise ValueError("a marker that belongs into a scan")
        (length,) = struct.unpack_from(">H", content, at)
        if length < 2 or at + length > len(content):
            raise ValueError("a segment ends behind the file")
        segment = content[at : at + length]
        if marker == 0xE1 and segment[2:8] == b"Exif\0\0":
            orientation = orientation or _orientation_of(segment[8:])
        if _is_kept(marker, segment):
            kept.append(bytes((0xFF, marker)) + segment)
        at += length
        if marker == _START_OF_SCAN:
            end = _end_of_scan(content, at)
            kept.append(content[at:end])
            at = end
    else:
        raise ValueError("more segments than any picture has")
    if orientation > 1:
        kept.insert(1, _way_up(orientation))
    return b"".join(kept)


def _is_kept(marker: int, segment: bytes) -> bool:
    """Whether a picture looks otherwise without it: JFIF, colours (ICC), how colours were turned (Adobe), pixels."""
    if marker == 0xE0:
        # Its sister JFXX holds a small copy of the picture, perhaps of one that was larger.
        return segment[2:7] == b"JFIF\0"
    if marker == 0xE2:
        # The same marker carries lists of further pictures, with metadata of their own.
        return segment[2:14] == b"ICC_PROFILE\0"
    return marker == 0xEE or (marker not in _APPLICATION and marker != _COMMENT)


def _marker(content: bytes, at: int) -> tuple[int, int]:
    """The next marker, and where what follows it begins."""
    found = _MARKER.match(content, at)
    if found is None:
        raise ValueError("no marker where one is expected")
    return found.end(), content[found.end() - 1]


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the packed pixels end: at the first marker that is neither a stuffed byte nor a restart."""
    found = _END_OF_SCAN.search(content, at)
    if found is None:
        raise ValueError("the pixels do not end")
    return found.start()


def _orientation_of(exif: bytes) -> int:
    try:
        return _orientation(exif)
    except struct.error:
        return 0  # what a camera wrote beside the picture may be broken without the picture being so


def _orientation(exif: bytes) -> int:
    """Which way up the picture is, 1 to 8; 0 where it does not say."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 0
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    for number in range(min(count, _MOST_TAGS)):
        tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * number)
        if tag == _ORIENTATION and kind == 3:
            return value if 1 <= value <= 8 else 0
    return 0


def _way_up(orientation: int) -> bytes:
    """A segment that says which way up the picture is, and nothing else."""
    exif = b"Exif\0\0MM\0\x2a" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif


def _png(content: bytes) -> bytes:
    kept, at = [PNG], len(PNG)
    for _ in range(_MOST_PIECES):
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError("a chunk ends behind the file")
        if kind in _KEPT_CHUNKS:
            kept.append(content[at:end])
        if kind == b"IEND":
            return b"".join(kept)
        at = end
    raise ValueError("more chunks than any picture has")
