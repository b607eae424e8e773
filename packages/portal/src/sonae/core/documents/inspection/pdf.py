"""PDF: nothing that acts by itself. Object streams are unpacked within limits, since actions can hide in them."""

import re
import zlib

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

MOST_UNPACKED_BYTES = 40_000_000

# Every way by which a PDF runs, starts, sends, fetches or carries something (ISO 32000-2, 12.6.4, 7.11.4, 12.7.8).
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Rendition|Sound|Movie|3D)"
    rb"(?=[\s/<>\[\]()%]|$)"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?=[\s/<>\[\]()%]|$)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb">>\s*stream\r?\n")
_FLATE_ONLY = re.compile(rb"/Filter\s*\[?\s*/(?:FlateDecode|Fl)\s*\]?\s*(?=[/>])")


def inspect_pdf(content: bytes, *, name: str) -> None:
    """Refuses active, locked or damaged PDF files."""
    if b"%PDF-" not in content[:1024]:
        refuse(FileRefusal.CONTENT_IS_OTHER, name=name, facts={"kind": "PDF"})
    if b"%%EOF" not in content[-2048:]:
        refuse(FileRefusal.PDF_BROKEN, name=name)
    _judge(content, name=name)
    budget = MOST_UNPACKED_BYTES
    for found in _STREAM.finditer(content):
        dictionary = _plain(content[_begin_of_object(content, found.start()) : found.start() + 2])
        if b"/ObjStm" not in dictionary:
            continue
        unpacked = _unpacked(content, found.end(), dictionary, budget=budget, name=name)
        budget -= len(unpacked)
        _judge(unpacked, name=name)


def _judge(content: bytes, *, name: str) -> None:
    plain = _plain(content)
    if _ENCRYPTED.search(plain):
        refuse(FileRefusal.PDF_ENCRYPTED, name=name)
    if active := _ACTIVE.search(plain):
        refuse(FileRefusal.PDF_ACTIVE, name=name, facts={"what": active.group(1).decode()})


def _plain(content: bytes) -> bytes:
    """Names can be written with escapes (/J#61vaScript): the text with all of them undone."""
    return _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), content) if b"#" in content else content


def _begin_of_object(content: bytes, end: int) -> int:
    return max(content.rfind(b" obj", max(0, end - 65_536), end), 0)


def _unpacked(content: bytes, start: int, dictionary: bytes, *, budget: int, name: str) -> bytes:
    if b"/Filter" not in dictionary:
        end = content.find(b"endstream", start)
        return content[start : end if end >= 0 else len(content)]
    if not _FLATE_ONLY.search(dictionary) or b"/DecodeParms" in dictionary:
        # An object stream packed twice or by an old method is how scripts are hidden, and no printer makes one.
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(content[start:], budget)
    except zlib.error:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    if not inflater.eof:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    return unpacked
