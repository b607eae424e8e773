"""Taking files in, handing them out, and scanning what could not be scanned at once."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.documents import rendering, rules, storage, virus
from sonae.core.documents.inspection import entrance
from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import MEDIA_TYPES, PURPOSES, FileRefusal, Kind, ScanState, Sensitivity
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone

# Bytes that no row names after this long belong to an upload that was cut off.
ORPHANS_KEPT_FOR = timedelta(days=1)
SCANNED_AT_ONCE = 50

render_pdf = rendering.render_pdf
render_xlsx = rendering.render_xlsx
render_docx = rendering.render_docx


def store(
    pieces: Iterable[bytes],
    *,
    name: str,
    purpose: StrEnum,
    sensitivity: Sensitivity,
    institution_id: int | None,
    by: Viewer,
    now: datetime,
    tlp: Tlp | None = None,
) -> Document:
    """Takes a file in after looking inside; raises BadInput with the reason, and then nothing of it is kept.

    `pieces` are its bytes in order (`upload.chunks()`); without an institution it belongs to the nation.
    """
    at = NATIONWIDE if institution_id is None else grants.place_of_institution(institution_id)
    require(access.may(by, Permission.DOCUMENT_STORE, at=at))
    name = rules.tidy_name(name)
    if not name:
        refuse(FileRefusal.NAME_MISSING, name=name)
    most_bytes = PURPOSES[purpose].most_bytes
    with storage.receive(pieces, name=name, most_bytes=most_bytes) as received:
        kind = entrance.inspect(received.file, name=name, purpose=purpose, size_bytes=received.size_bytes)
        finding = virus.scan(received.file, address=settings.CLAMD_SOCKET)
        if finding.state is ScanState.INFECTED:
            refuse(FileRefusal.INFECTED, name=name, facts={"signature": finding.signature})
        # Bytes before the row: a row never names bytes that are not there. The other way round costs disk for a day.
        storage.store().keep(received)
        return _recorded(
            Document(
                sha256=received.sha256,
                size_bytes=received.size_bytes,
                kind=kind,
                media_type=MEDIA_TYPES[kind],
                name=name,
                institution_id=institution_id,
                purpose=purpose,
                sensitivity=sensitivity,
                tlp=tlp or "",
                stored_at=now,
                stored_by_id=by.account_id,
                scan_state=finding.state,
                scanned_at=None if finding.state is ScanState.NOT_SCANNED else now,
            ),
            by=by.account_id,
            now=now,
        )


def store_generated(
    content: bytes,
    *,
    name: str,
    purpose: StrEnum,
    sensitivity: Sensitivity,
    institution_id: int | None,
    by: UUID | None,
    now: datetime,
) -> Document:
    """Keeps a file that Sonae itself wrote; there is nobody to ask and nothing to look for in it."""
    kind = rules.kind_of(name)
    assert kind is not None, "Sonae writes kinds it knows"
    with storage.receive([content], name=name, most_bytes=len(content)) as received:
        storage.store().keep(received)
        return _recorded(
            Document(
                sha256=received.sha256,
                size_bytes=received.size_bytes,
                kind=kind,
                media_type=MEDIA_TYPES[kind],
                name=name,
                institution_id=institution_id,
                purpose=purpose,
                sensitivity=sensitivity,
                stored_at=now,
                stored_by_id=by,
                scan_state=ScanState.CLEAN,
                scanned_at=now,
            ),
            by=by,
            now=now,
        )


def open_document(document_id: UUID, *, by: Viewer, now: datetime) -> tuple[Document, BinaryIO]:
    """The file and its bytes, for someone who may see it; the look at a confidential one is recorded."""
    document = Document.objects.visible_to(by).filter(pk=document_id).first()
    if document is None:
        raise Gone("document", document_id)
    require(rules.may_hand_out(document.scan))
    try:
        content = storage.store().open(document.sha256)
    except FileNotFoundError as lost:
        raise Gone("content", document_id) from lost
    if rules.reading_is_recorded(Sensitivity(document.sensitivity)):
        audit.record_read(
            "document.read",
            subject="document",
            subject_id=document.pk,
            by=by.account_id,
            now=now,
            institution_id=document.institution_id,
        )
    return document, content


def scan_waiting(*, now: datetime) -> int:
    """Scans files that were stored while no scanner could be asked; returns how many got an answer."""
    if not settings.CLAMD_SOCKET:
        return 0
    answered = 0
    for document in Document.objects.filter(scan_state=ScanState.NOT_SCANNED).order_by("stored_at")[:SCANNED_AT_ONCE]:
        finding = virus.Finding(ScanState.NOT_SCANNED)
        with suppress(FileNotFoundError), storage.store().open(document.sha256) as content:
            finding = virus.scan(content, address=settings.CLAMD_SOCKET)
        if finding.state is ScanState.NOT_SCANNED:
            continue
        answered += _write_finding(document, finding, now=now)
    return answered


def sweep(*, now: datetime) -> int:
    """Removes bytes that no document names: what an upload left behind that was cut off before its row was written."""
    kept, removed = storage.store(), 0
    until = (now - ORPHANS_KEPT_FOR).timestamp()
    for sha256, written_at in kept.all():
        if written_at < until and not Document.objects.filter(sha256=sha256).exists():
            kept.remove(sha256)
            removed += 1
    return removed


def receipt(document: Document, *, language: str, now: datetime) -> bytes:
    """A PDF that says when which bytes were received from whom; its hash proves the file later."""
    return rendering.render_pdf(
        "documents/receipt",
        {
            "name": document.name,
            "kind": Kind(document.kind),
            "size_bytes": f"{document.size_bytes:,}",
            "sha256": document.sha256,
            "stored_at": document.stored_at,
            "institution": str(document.institution or ""),
            "stored_by": str(document.stored_by or ""),
            "number": document.pk,
            "synthetic": bool(document.institution and document.institution.is_synthetic),
            "as_of": now,
        },
        language=language,
        now=now,
    )


@transaction.atomic
def _recorded(document: Document, *, by: UUID | None, now: datetime) -> Document:
    document.save(force_insert=True)
    audit.record(
        "document.store",
        subject="document",
        subject_id=document.pk,
        by=by,
        now=now,
        institution_id=document.institution_id,
        facts={"sha256": document.sha256, "purpose": document.purpose},
    )
    return document


@transaction.atomic
def _write_finding(document: Document, finding: virus.Finding, *, now: datetime) -> bool:
    waiting = Document.objects.filter(pk=document.pk, scan_state=ScanState.NOT_SCANNED)
    written = waiting.update(scan_state=finding.state, scan_signature=finding.signature, scanned_at=now)
    if written and finding.state is ScanState.INFECTED:
        audit.record(
            "document.infected",
            subject="document",
            subject_id=document.pk,
            by=None,
            now=now,
            institution_id=document.institution_id,
            facts={"signature": finding.signature},
        )
    return bool(written)
