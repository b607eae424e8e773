from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sonae.kernel.open_enum import OpenEnum


class Purpose(StrEnum):
    """What a file is kept for, as far as the ground floor knows; other rooms bring their own to `PURPOSES`."""

    EVIDENCE = "evidence"
    INCIDENT = "incident"
    BULLETIN = "bulletin"
    CONTACT_DIAGRAM = "contact_diagram"


class Sensitivity(StrEnum):
    """How far a file may go; the same three words as for every field of the database."""

    PUBLIC = "public"
    SHAREABLE = "shareable"
    INSTITUTION_ONLY = "institution-only"


class ScanState(StrEnum):
    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"
    # What the scanner said in place of an answer: larger than its limit; and where its bytes should lie is nothing.
    TOO_LARGE = "too_large"
    LOST = "lost"


# Files of which no scanner has said yet what is in them.
UNSEEN = frozenset({ScanState.NOT_SCANNED, ScanState.TOO_LARGE, ScanState.LOST})


class Kind(StrEnum):
    """The kinds of file that are accepted anywhere."""

    PDF = "pdf"
    XLSX = "xlsx"
    DOCX = "docx"
    CSV = "csv"
    TEXT = "text"
    JSON = "json"
    XML = "xml"
    PNG = "png"
    JPEG = "jpeg"
    ZIP = "zip"


MEDIA_TYPES: dict[Kind, str] = {
    Kind.PDF: "application/pdf",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.CSV: "text/csv",
    Kind.TEXT: "text/plain",
    Kind.JSON: "application/json",
    Kind.XML: "application/xml",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.ZIP: "application/zip",
}
KIND_OF_EXTENSION: dict[str, Kind] = {
    "pdf": Kind.PDF,
    "xlsx": Kind.XLSX,
    "docx": Kind.DOCX,
    "csv": Kind.CSV,
    "txt": Kind.TEXT,
    "log": Kind.TEXT,
    "md": Kind.TEXT,
    "json": Kind.JSON,
    "jsonl": Kind.JSON,
    "ndjson": Kind.JSON,
    "xml": Kind.XML,
    "png": Kind.PNG,
    "jpg": Kind.JPEG,
    "jpeg": Kind.JPEG,
    "zip": Kind.ZIP,
}


class FileRefusal(StrEnum):
    """Why a file is not taken."""

    NAME_MISSING = "name_missing"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    KIND_UNKNOWN = "kind_unknown"
    KIND_NOT_FOR_PURPOSE = "kind_not_for_purpose"
    CONTENT_IS_OTHER = "content_is_other"
    NOT_TEXT = "not_text"
    JSON_MALFORMED = "json_malformed"
    XML_MALFORMED = "xml_malformed"
    XML_ENTITIES = "xml_entities"
    XML_TOO_DEEP = "xml_too_deep"
    XML_TOO_MANY = "xml_too_many"
    ARCHIVE_BROKEN = "archive_broken"
    ARCHIVE_ENCRYPTED = "archive_encrypted"
    ARCHIVE_TOO_MANY = "archive_too_many"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    ARCHIVE_NESTED = "archive_nested"
    ARCHIVE_ESCAPES = "archive_escapes"
    OFFICE_MACROS = "office_macros"
    OFFICE_EMBEDDED = "office_embedded"
    OFFICE_EXTERNAL = "office_external"
    OFFICE_DDE = "office_dde"
    OFFICE_FORMULA_TOO_LONG = "office_formula_too_long"
    PDF_BROKEN = "pdf_broken"
    PDF_ENCRYPTED = "pdf_encrypted"
    PDF_ACTIVE = "pdf_active"
    PDF_UNREADABLE = "pdf_unreadable"
    IMAGE_BROKEN = "image_broken"
    IMAGE_TOO_LARGE = "image_too_large"
    INFECTED = "infected"


class DocumentRefusal(StrEnum):
    NEEDS_INSTITUTION = "needs_institution"
    IS_INFECTED = "is_infected"
    NOT_SCANNED = "not_scanned"
    TOO_LARGE_TO_SCAN = "too_large_to_scan"
    NEEDS_CONFIRMATION = "needs_confirmation"
    BYTES_LOST = "bytes_lost"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Files that a scanner has not judged, as operators need to know: how many, since when, which bytes are lost."""

    waiting: int = 0
    waiting_since: datetime | None = None
    too_large: int = 0
    lost: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        return bool(self.waiting or self.too_large or self.lost)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a purpose accepts."""

    most_bytes: int
    kinds: frozenset[Kind]
    most_pixels: int = 60_000_000


# Every purpose with what it accepts; limits and kinds of file follow from what a file is kept for.
PURPOSES: OpenEnum[Limits] = OpenEnum("purpose of a file")
