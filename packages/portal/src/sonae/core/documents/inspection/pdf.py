"""PDF: nothing that acts by itself. Object streams are unpacked within limits, since actions can hide in them."""

import re
import zlib

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

MOST_UNPACKED_BYTES = 40_000_000
# Bounds on the work that a made-up file can ask for; a real one stays far below each.
MOST_DICTIONARY_BYTES = 20_000_000
LONGEST_DICTIONARY = 65_536
MOST_ESCAPES = 50_000
MOST_OBJECT_STREAMS = 10_000  # each holds a hundred objects and more
PIECE = 65_536

# Every way by which a PDF runs, starts, sends, fetches or carries something (ISO 32000-2, 12.6.4, 7.11.4, 12.7.8).
_ACTIVE = re.compile(
    rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE|Rendition|Sound|Movie|3D)"
    rb"(?=[\s/<>\[\]()%]|$)"
)
_ENCRYPTED = re.compile(rb"/Encrypt(?=[\s/<>\[\]()%]|$)")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb">>\s*stream\r?\n")
# The name itself, each letter perhaps escaped.
_OBJECT_STREAM = re.compile(rb"/(?:O|#4F)(?:b|#62)(?:j|#6A)(?:S|#53)(?:t|#74)(?:m|#6D)(?![A-Za-z0-9])", re.IGNORECASE)
# From the beginning of a line or after another object: not in a comment, not in a string. Nothing is taken back once
# it fits: trying again at each of sixty thousand blanks would hold the reader for minutes.
_NUMBERED = re.compile(rb"(?:^|[\r\n]|endobj|endstream)\s*\d+\s+\d+\s+\Z")
_DICTIONARY = re.compile(rb"obj\s*+<<[^()%]*+\Z")
_FLATE_ONLY = re.compile(rb"/Filter\s*+(?:\[\s*+)?/(?:FlateDecode|Fl)(?:\s*+\])?\s*+(?=[/>])")
# The longest beginning of an object that is looked at before the word "obj".
LONGEST_NUMBER = 40


def inspect_pdf(content: bytes, *, name: str) -> None:
    """Refuses active, locked or damaged PDF files."""
    if b"%PDF-" not in content[:1024]:
        refuse(FileRefusal.CONTENT_IS_OTHER, name=name, facts={"kind": "PDF"})
    if b"%%EOF" not in content[-2048:]:
        refuse(FileRefusal.PDF_BROKEN, name=name)
    _judge(content, name=name)
    budget, dictionaries, unseen = MOST_UNPACKED_BYTES, MOST_DICTIONARY_BYTES, len(_OBJECT_STREAM.findall(content))
    if unseen > MOST_OBJECT_STREAMS:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    for found in _STREAM.finditer(content):
        begin = _begin_of_object(content, found.start(), name=name)
        dictionary = content[begin : found.start() + 2]
        dictionaries -= len(dictionary)
        if dictionaries < 0:
            refuse(FileRefusal.PDF_UNREADABLE, name=name)
        if not _OBJECT_STREAM.search(dictionary):
            continue
        if not _is_object(content, begin, dictionary):
            refuse(FileRefusal.PDF_UNREADABLE, name=name)
        unseen -= len(_OBJECT_STREAM.findall(dictionary))
        unpacked = _unpacked(content, found.end(), _plain(dictionary, name=name), budget=budget, name=name)
        budget -= len(unpacked)
        _judge(unpacked, name=name)
    if unseen:
        # A string or comment that looks like the beginning of an object would keep the stream after it from being read.
        refuse(FileRefusal.PDF_UNREADABLE, name=name)


def _judge(content: bytes, *, name: str) -> None:
    plain = _plain(content, name=name)
    if _ENCRYPTED.search(plain):
        refuse(FileRefusal.PDF_ENCRYPTED, name=name)
    if active := _ACTIVE.search(plain):
        refuse(FileRefusal.PDF_ACTIVE, name=name, facts={"what": active.group(1).decode()})


def _plain(content: bytes, *, name: str) -> bytes:
    """Names can be written with escapes (/J#61vaScript): the text with all of them undone."""
    if b"#" not in content:
        return content
    plain, count = _ESCAPED.subn(lambda found: bytes([int(found.group(1), 16)]), content, count=MOST_ESCAPES)
    if count == MOST_ESCAPES:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    return plain


def _begin_of_object(content: bytes, end: int, *, name: str) -> int:
    begin = content.rfind(b"obj", max(0, end - LONGEST_DICTIONARY), end)
    if begin < 0:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    return begin


def _is_object(content: bytes, begin: int, dictionary: bytes) -> bool:
    """Whether a dictionary is that of an object, number and all; both parts are decided in one pass."""
    return bool(_NUMBERED.search(content, max(0, begin - LONGEST_NUMBER), begin) and _DICTIONARY.match(dictionary))


def _unpacked(content: bytes, start: int, dictionary: bytes, *, budget: int, name: str) -> bytes:
    if b"/Filter" not in dictionary:
        end = content.find(b"endstream", start, start + budget)
        if end < 0:
            refuse(FileRefusal.PDF_UNREADABLE, name=name)
        return content[start:end]
    if not _FLATE_ONLY.search(dictionary) or b"/DecodeParms" in dictionary:
        # An object stream packed twice or by an old method is how scripts are hidden, and no printer makes one.
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    return _inflated(content, start, budget=budget, name=name)


def _inflated(content: bytes, start: int, *, budget: int, name: str) -> bytes:
    """What is packed from `start` on, read in pieces: whatever follows it in the file is not copied each time."""
    inflater, unpacked, size = zlib.decompressobj(), [], 0
    try:
        for place in range(start, len(content), PIECE):
            unpacked.append(inflater.decompress(content[place : place + PIECE], budget - size + 1))
            size += len(unpacked[-1])
            if inflater.eof or size > budget:
                break
    except zlib.error:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    if not inflater.eof or size > budget:
        refuse(FileRefusal.PDF_UNREADABLE, name=name)
    return b"".join(unpacked)
