"""The one way in: name, size, first bytes, then the inspector of that kind."""

from enum import StrEnum
from typing import BinaryIO

from sonae.core.documents import rules
from sonae.core.documents.inspection import archives, markup, office, pdf, pictures, texts
from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import PURPOSES, FileRefusal, Kind
from sonae.kernel.decision import Refused

_FIRST_BYTES = {
    Kind.PNG: pictures.PNG,
    Kind.JPEG: pictures.JPEG,
    Kind.ZIP: b"PK",
    Kind.XLSX: b"PK",
    Kind.DOCX: b"PK",
}


def inspect(file: BinaryIO, *, name: str, purpose: StrEnum, size_bytes: int) -> Kind:
    """The kind of the file; raises BadInput naming file, place and reason when it is not taken."""
    kind = rules.kind_of(name)
    decision = rules.may_store(kind, limits=PURPOSES[purpose], size_bytes=size_bytes)
    if isinstance(decision, Refused):
        refuse(FileRefusal(decision.reason), name=name, facts=decision.facts)
    assert kind is not None, "a file without a kind was refused above"
    file.seek(0)
    expected = _FIRST_BYTES.get(kind, b"")
    if file.read(len(expected)) != expected:
        refuse(FileRefusal.CONTENT_IS_OTHER, name=name, facts={"kind": kind})
    file.seek(0)
    _look_inside(file, kind, name=name, size_bytes=size_bytes, most_pixels=PURPOSES[purpose].most_pixels)
    return kind


def _look_inside(file: BinaryIO, kind: Kind, *, name: str, size_bytes: int, most_pixels: int) -> None:
    match kind:
        case Kind.PDF:
            pdf.inspect_pdf(file.read(), name=name)
        case Kind.XLSX | Kind.DOCX:
            office.inspect_office(file, name=name, kind=kind)
        case Kind.ZIP:
            archives.inspect_zip(file, name=name)
        case Kind.PNG:
            pictures.inspect_png(file, name=name, most_pixels=most_pixels)
        case Kind.JPEG:
            pictures.inspect_jpeg(file, name=name, most_pixels=most_pixels)
        case Kind.XML:
            markup.read_xml(iter(lambda: file.read(archives.PIECE), b""), markup.Reader(), name=name)
        case Kind.JSON:
            texts.inspect_json(file, name=name, size_bytes=size_bytes)
        case Kind.CSV | Kind.TEXT:
            texts.inspect_text(file, name=name)
