"""Where the file of an import lies while it is needed, and what it is: told by its content."""

import hashlib
import re
from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings

from sonae.core.documents import services as documents
from sonae.core.documents import virus
from sonae.core.documents.vocabulary import FileRefusal, ScanState
from sonae.core.institutions.slip import Slip
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake import tables
from sonae.prevention.assets.intake.vocabulary import FileFormat, IntakeRefusal

# A list of a million components is about 300 MB of JSON.
MOST_BYTES = 500_000_000
_PIECE = 1 << 20
_OLD_WORKBOOK, _ARCHIVE = b"\xd0\xcf\x11\xe0", b"PK"
_MARK = b"\xef\xbb\xbf"
_ROOT = re.compile(rb"<(?![?!])(?:[\w.\-]+:)?([\w.\-]+)")
# So many brackets that open one after the other, with at most a name between them, stand in no list.
_DEEP = re.compile(rb'(?:[\[{]\s*(?:"[^"\\]{0,200}"\s*:\s*)?){120}')
_TAG_VALUE = re.compile(rb"^(?:##.*\n|\s*\n)*SPDXVersion:", re.MULTILINE)
_YAML = re.compile(rb"^[\"']?(?:spdxVersion|SPDXID)[\"']?\s*:", re.MULTILINE)


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "ledger"


def path_of(run_id: UUID) -> Path:
    """Where the file of an import waits for its plan."""
    return folder() / str(run_id)


def slip_of(run_id: UUID) -> Slip:
    """The slip on which a job says how far it is, and reads whether anybody still wants it."""
    return Slip(path_of(run_id))


def keep(pieces: Iterable[bytes], *, run_id: UUID, name: str) -> str:
    """Takes a file in under the id of its import, scanned where there is a scanner; returns its SHA-256.

    Killed in between, at most a file is left that nobody owns; the sweep takes it.
    """
    with documents.on_disk(pieces, name=name, most_bytes=MOST_BYTES) as received:
        with received.open("rb") as file:
            if virus.scan(file, address=settings.CLAMD_SOCKET).state is ScanState.INFECTED:
                raise BadInput([Problem(FileRefusal.INFECTED, name)])
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        target = path_of(run_id)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        received.replace(target)
    return sha256


def discard(run_id: UUID) -> None:
    """Removes the file of an import and its slip."""
    slip_of(run_id).tear_up()
    path_of(run_id).unlink(missing_ok=True)


def sweep(wanted: Collection[UUID], *, before: datetime) -> None:
    """Removes files of no import that still waits for them: what a killed program left behind."""
    kept = {str(run_id) for run_id in wanted}
    for path in folder().iterdir() if folder().is_dir() else ():
        # The slips of an import are called after its file, with an ending.
        if path.name.partition(".")[0] not in kept and path.stat().st_mtime < before.timestamp():
            path.unlink(missing_ok=True)


def format_of(path: Path, *, name: str) -> FileFormat:
    """What a file is; raises BadInput for one that is nothing that is read here, or not to be opened."""
    with path.open("rb") as file:
        start = file.read(1 << 16).removeprefix(_MARK)
    if not start.strip():
        raise BadInput([Problem(FileRefusal.EMPTY, name)])
    if start.startswith(_OLD_WORKBOOK):
        raise BadInput([Problem(IntakeRefusal.OLD_WORKBOOK, name)])
    if start.startswith(_ARCHIVE):
        tables.inspect_workbook(path, name=name)
        return FileFormat.TABLE_XLSX
    match start.lstrip()[:1]:
        case b"<":
            return _markup_format(start, name=name)
        case b"{" | b"[":
            return _json_format(path, name=name)
    if _TAG_VALUE.search(start):
        return FileFormat.SPDX_TAG
    if _YAML.search(start) and not start.lstrip().startswith(b'"'):
        return FileFormat.SPDX_YAML
    if tables.encoding_of(path) is None:
        raise BadInput([Problem(IntakeRefusal.FORMAT_UNKNOWN, name)])
    return FileFormat.TABLE_CSV


def _markup_format(start: bytes, *, name: str) -> FileFormat:
    if b"<!ENTITY" in start:
        raise BadInput([Problem(IntakeRefusal.XML_ENTITIES, name)])
    root = _ROOT.search(start)
    match root[1] if root else b"":
        case b"bom":
            return FileFormat.CYCLONEDX_XML
        case b"nmaprun":
            return FileFormat.NMAP
    raise BadInput([Problem(IntakeRefusal.FORMAT_UNKNOWN, name)])


def _json_format(path: Path, *, name: str) -> FileFormat:
    """By what is named anywhere in it: who writes such a list is free in the order of its parts."""
    marks = {
        b'"bomFormat"': FileFormat.CYCLONEDX_JSON, b'"spdxVersion"': FileFormat.SPDX_JSON,
        b"spdx.org/rdf/3": FileFormat.SPDX3,
    }  # fmt: skip
    found: FileFormat | None = None
    tail = b""
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            tail += piece
            if _DEEP.search(tail):
                raise BadInput([Problem(IntakeRefusal.BOM_TOO_DEEP, name, facts={"most": 100})])
            found = found or next((meant for mark, meant in marks.items() if mark in tail), None)
            tail = tail[-(1 << 14) :]
    if found is None:
        raise BadInput([Problem(IntakeRefusal.FORMAT_UNKNOWN, name)])
    return found
