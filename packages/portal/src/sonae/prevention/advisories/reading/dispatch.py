"""`read`: which format a document is in, and each advisory in it. It raises nothing: what is broken is a value."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from sonae.prevention.advisories.reading import conformance, csaf, cve5, hnd, json_text, marks, nvd, oka, osv, splitting
from sonae.prevention.advisories.reading.fields import Notes
from sonae.prevention.advisories.reading.limits import LIMITS, Limits
from sonae.prevention.advisories.reading.pieces import Piece
from sonae.prevention.advisories.reading.stopping import Stopped
from sonae.prevention.advisories.vocabulary import Advisory, Broken, DocumentRefusal, Found, NotAnAdvisory

_HEAD_BYTES = 4_096
_NVD_1_1 = re.compile(rb'"CVE_data_type"\s*:|"CVE_Items"\s*:')
_NVD_2_0 = re.compile(rb'"format"\s*:\s*"NVD_CVE"')
# Documents of the same publishers that hold no advisory.
_INDEXES = (
    (re.compile(r'"format"\s*:\s*"NVD_'), "nvd"),
    (re.compile(r'"jvn[_-]product[_-]dictionary"\s*:'), "products"),
    (re.compile(r'"canonical_url"\s*:'), "provider"),
    (re.compile(r'"\$schema"\s*:\s*"[^"]*(?:jvndb|json-schema\.org)'), "index"),
    (re.compile(r'"feed"\s*:'), "feed"),
)
_READABLE = (".json", ".xml", ".rdf", ".yaml", ".yml", ".csv", "")


@dataclass(frozen=True, slots=True)
class Record:
    """One advisory with the bytes it was read from: the document, or its part of a feed. `part` is its place there.

    `said` is the same in one spelling: two documents that differ in blanks or in the order of their keys say the same.
    """

    found: Found
    raw: bytes
    part: str = ""
    said: bytes = b""


def read(piece: Piece, *, limits: Limits = LIMITS) -> Iterator[Record]:
    """Every advisory of a document; what is broken comes as `Broken`, alone or behind the records before it."""
    try:
        with piece.opened() as file:
            yield from _read(file, piece.name, limits)
    except Stopped as stopped:
        yield Record(stopped.broken, b"")
    except RecursionError:
        yield Record(Broken(DocumentRefusal.TOO_DEEP), b"")
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile):
        yield Record(Broken(DocumentRefusal.COMPRESSION_DAMAGED), b"")


def _read(file: BinaryIO, name: str, limits: Limits) -> Iterator[Record]:
    head = b""
    while len(head) < _HEAD_BYTES and (piece := file.read(_HEAD_BYTES - len(head))):
        head += piece
    rest = _Behind(head, file)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    lowered = name.casefold()
    if lowered.endswith((".sha256", ".sha512", ".asc", ".md", ".txt", ".html")):
        yield Record(NotAnAdvisory(lowered.rpartition(".")[2]), b"")
    elif start == b"<":
        yield from _of_xml(_whole(rest, limits.feed), limits)
    elif start == b"{" and _NVD_1_1.search(head):
        yield from _of_feed(rest, b"CVE_Items", nvd.read_1_1, limits)
    elif start == b"{" and _NVD_2_0.search(head):
        yield from _of_feed(rest, b"vulnerabilities", nvd.read_2_0, limits)
    elif start in (b"{", b"["):
        yield from _of_json(_whole(rest, limits.document), limits)
    else:
        yield from _of_text(head, rest, lowered, limits)


def _whole(file: "_Behind", most: int) -> bytes:
    raw = file.read(most + 1)
    if len(raw) > most:
        raise Stopped(DocumentRefusal.TOO_LARGE, facts={"most": most // 1_000_000})
    return raw


class _Behind(io.RawIOBase):
    """A file whose beginning was looked at, from its beginning."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        super().__init__()
        self._head, self._file = head, file

    def read(self, size: int = -1) -> bytes:
        head, self._head = self._head, b""
        return head + self._file.read(size - len(head) if size >= 0 else -1)


def _of_xml(raw: bytes, limits: Limits) -> Iterator[Record]:
    for at, (record, found) in enumerate(hnd.read(raw, limits=limits)):
        yield Record(found, record, f"[{at + 1}]")


def _of_feed(file: Any, key: bytes, reads: Any, limits: Limits) -> Iterator[Record]:
    for cut in splitting.records(file, key=key, limits=limits):
        part = f"/{key.decode()}/{cut.at}"
        try:
            record = json_text.load(cut.raw, limits=limits, first_line=cut.line)
            yield Record(reads(record, limits=limits), cut.raw, part, _dumped(record))
        except Stopped as stopped:
            # One bad record stops itself alone.
            yield Record(stopped.broken, cut.raw, part)


def _of_json(raw: bytes, limits: Limits) -> Iterator[Record]:
    document = json_text.load(raw, limits=limits)
    if oka.is_oka(document):
        oka.refuse_error(document.get("status"))
        yield Record(oka.read(document, limits=limits), raw, said=_dumped(oka.without_the_answer(document)))
    elif csaf.is_csaf(document):
        yield Record(_tested(document, raw, limits), raw, said=_dumped(document))
    elif cve5.is_cve(document):
        yield Record(cve5.read(document, limits=limits), raw, said=_dumped(document))
    elif marks.is_kev(document):
        yield from (Record(found, raw, f"/vulnerabilities/{at}") for at, found in enumerate(marks.kev(document)))
    elif isinstance(document, dict) and document.get("type") == "bundle":
        yield from _of_stix(document, limits)
    elif osv.is_osv(document):
        yield Record(osv.read(document, limits=limits), raw, said=_dumped(document))
    else:
        yield from _of_index(document, raw, limits)


def _tested(document: dict[str, Any], raw: bytes, limits: Limits) -> Advisory:
    notes = Notes(limits)
    found = csaf.read(document, limits=limits, notes=notes)
    conformance.note_failures(document, notes, size_bytes=len(raw))
    return replace(found, faults=notes.all())


def _of_stix(bundle: dict[str, Any], limits: Limits) -> Iterator[Record]:
    oka.refuse_error(bundle.get("status"))
    inner = [one for one in oka.inside_stix(bundle) if oka.is_oka(one)]
    if not inner:
        raise Stopped(DocumentRefusal.FORMAT_UNKNOWN)
    for at, one in enumerate(inner):
        said = _dumped(oka.without_the_answer(one))
        yield Record(oka.read(one, limits=limits), _dumped(one), f"/VULDEF-Document/{at}", said)


def _of_index(document: Any, raw: bytes, limits: Limits) -> Iterator[Record]:
    """An overview of MyJVN, or a document that holds no advisory."""
    status = document.get("status") if isinstance(document, dict) else None
    oka.refuse_error(status)
    feed = document.get("feed") if isinstance(document, dict) else None
    is_overview = isinstance(status, dict) and status.get("method") != "getAlertList"
    if isinstance(feed, dict) and is_overview and isinstance(feed.get("entry"), list):
        for at, entry in enumerate(feed["entry"]):
            yield Record(oka.overview(entry, Notes(limits)), _dumped(entry), f"/feed/entry/{at}")
        return
    head = raw[:_HEAD_BYTES].decode("utf-8", "replace")
    for form, what in _INDEXES:
        if form.search(head):
            yield Record(NotAnAdvisory(what), raw)
            return
    raise Stopped(DocumentRefusal.FORMAT_UNKNOWN)


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "replace")


def _of_text(head: bytes, file: _Behind, name: str, limits: Limits) -> Iterator[Record]:
    start = head.decode("utf-8-sig", "replace")
    if not head.strip():
        raise Stopped(DocumentRefusal.EMPTY)
    if marks.is_kev_csv(start):
        raw = _whole(file, limits.document)
        yield from (Record(found, raw) for found in marks.kev_rows(raw, limits=limits))
    elif marks.is_epss(start):
        raw = _whole(file, limits.feed)
        yield from (Record(found, raw) for found in marks.epss(raw, name=name))
    elif name.endswith((".yaml", ".yml")) or re.match(r"\ufeff?(?:---\s)?id:\s|schema_version:\s", start):
        raw = _whole(file, limits.document)
        document = osv.load_yaml(raw)
        if not osv.is_osv(document):
            raise Stopped(DocumentRefusal.FORMAT_UNKNOWN)
        yield Record(osv.read(document, limits=limits), raw, said=_dumped(document))
    else:
        json_text.as_text(_whole(file, limits.document))
        raise Stopped(DocumentRefusal.FORMAT_UNKNOWN)
