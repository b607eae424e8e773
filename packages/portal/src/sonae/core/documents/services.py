"""Taking files in, handing them out, and scanning what could not be scanned at once."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, NotRequired, TypedDict, Unpack
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import NATIONWIDE, AccessRefusal, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.documents import queries, rendering, rules, storage, thumbnails, virus
from sonae.core.documents.inspection import entrance
from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import (
    MEDIA_TYPES,
    PURPOSES,
    UNSEEN,
    FileRefusal,
    Kind,
    ScanState,
    Sensitivity,
)
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import ALLOWED, Refused, require
from sonae.kernel.errors import Gone

# Bytes that no row names after this long belong to an upload that was cut off.
ORPHANS_KEPT_FOR = timedelta(days=1)
SCANNED_AT_ONCE = 50

render_pdf = rendering.render_pdf
render_xlsx = rendering.render_xlsx
render_docx = rendering.render_docx
render_report_docx = rendering.render_report_docx
thumbnail = thumbnails.thumbnail
drawing = thumbnails.drawing
workroom = storage.workroom


class Label(TypedDict):
    """What a stored file is said to be besides its bytes; without an institution it belongs to the nation."""

    name: str
    purpose: StrEnum
    sensitivity: Sensitivity
    institution_id: int | None
    tlp: NotRequired[Tlp | None]


@dataclass(frozen=True, slots=True)
class Examined:
    """A file that was received, looked into and scanned, and is kept only if somebody says so."""

    received: storage.Received
    kind: Kind
    scan: ScanState
    by: UUID | None
    label: Label

    @property
    def sha256(self) -> str:
        return self.received.sha256


def examined(pieces: Iterable[bytes], *, by: Viewer, **label: Unpack[Label]) -> AbstractContextManager[Examined]:
    """Takes a file in after looking inside, before any row is locked; raises BadInput with the reason.

    `pieces` are its bytes in order (`upload.chunks()`). It is gone after the block unless `keep` was called.
    """
    institution_id = label["institution_id"]
    at = NATIONWIDE if institution_id is None else grants.place_of_institution(institution_id)
    require(access.may(by, Permission.DOCUMENT_STORE, at=at))
    if label["purpose"] in rules.OF_THE_HOUSE:
        own = access.reach(by, Permission.DOCUMENT_STORE).institution_ids
        require(ALLOWED if institution_id in own else Refused(AccessRefusal.OTHER_INSTITUTION))
    require(rules.may_belong(Sensitivity(label["sensitivity"]), has_institution=institution_id is not None))
    label["name"] = name = rules.tidy_name(label["name"])
    if not name:
        refuse(FileRefusal.NAME_MISSING, name=name)
    return _examined(pieces, by=by, label=label)


@contextmanager
def _examined(pieces: Iterable[bytes], *, by: Viewer, label: Label) -> Iterator[Examined]:
    name = label["name"]
    with storage.receive(pieces, name=name, most_bytes=PURPOSES[label["purpose"]].most_bytes) as received:
        kind = entrance.inspect(received.file, name=name, purpose=label["purpose"], size_bytes=received.size_bytes)
        finding = virus.scan(received.file, address=settings.CLAMD_SOCKET)
        if finding.state is ScanState.INFECTED:
            refuse(FileRefusal.INFECTED, name=name, facts={"signature": finding.signature})
        yield Examined(received, kind, finding.state, by.account_id, label)


def keep(found: Examined, *, now: datetime) -> Document:
    """Keeps a file that was examined: its bytes and its row."""
    return _kept(found.received, found.kind, found.scan, by=found.by, now=now, **found.label)


def store(pieces: Iterable[bytes], *, by: Viewer, now: datetime, **label: Unpack[Label]) -> Document:
    """Examines a file and keeps it; raises BadInput with the reason, and then nothing of it is kept."""
    with examined(pieces, by=by, **label) as found:
        return keep(found, now=now)


@contextmanager
def on_disk(pieces: Iterable[bytes], *, name: str, most_bytes: int) -> Iterator[Path]:
    """A file that is only read, under a path of ours, and gone after the block; raises BadInput where it is too large.

    It lies where the sweep looks: killed in the middle, nothing of it stays.
    """
    with storage.receive(pieces, name=name, most_bytes=most_bytes) as received:
        yield received.path


def store_generated(content: bytes, *, by: UUID | None, now: datetime, **label: Unpack[Label]) -> Document:
    """Keeps a file that Sonae itself wrote; there is nobody to ask and nothing to look for in it."""
    kind = rules.kind_of(label["name"])
    assert kind is not None, "Sonae writes kinds it knows"
    with storage.receive([content], name=label["name"], most_bytes=len(content)) as received:
        return _kept(received, kind, ScanState.CLEAN, by=by, now=now, **label)


@transaction.atomic
def share(
    document_ids: Collection[UUID], *, institution_id: int, purpose: StrEnum, by: UUID | None, now: datetime
) -> None:
    """Lets whoever supervises an institution read these files of it, as far as they were kept for this purpose.

    The caller has asked whether the institution may hand them out. Without `by` it was somebody without an account.
    """
    rows = Document.objects.select_for_update(of=("self",)).filter(
        pk__in=document_ids, institution_id=institution_id, purpose=purpose, sensitivity=Sensitivity.INSTITUTION_ONLY
    )
    for document in rows.order_by("pk"):
        document.sensitivity = Sensitivity.SHAREABLE
        document.save(update_fields=["sensitivity"])
        audit.record(
            "document.share", subject="document", subject_id=document.pk, by=by, now=now, institution_id=institution_id
        )


def open_document(
    document_id: UUID, *, by: Viewer, now: datetime, although_unscanned: bool = False
) -> tuple[Document, BinaryIO]:
    """The file and its bytes, for someone who may see it; the look at a confidential one is recorded.

    With a scanner, what it has not seen goes to its own institution only, and only `although_unscanned` was said.
    """
    document = _readable(document_id, by=by, although_unscanned=although_unscanned)
    try:
        content = storage.store().open(document.sha256)
    except FileNotFoundError as lost:
        raise Gone("content", document_id) from lost
    _record_look(document, by=by, now=now)
    return document, content


def open_thumbnail(document_id: UUID, *, by: Viewer, now: datetime) -> bytes | None:
    """A picture small (PNG), for whoever may open it; nothing where none was drawn. The look is recorded as one at the
    picture, whose bytes are not touched."""
    document = _readable(document_id, by=by, although_unscanned=False)
    if not document.small_sha256:
        return None
    try:
        file = storage.store().open(document.small_sha256)
    except FileNotFoundError as lost:
        raise Gone("content", document_id) from lost
    _record_look(document, by=by, now=now)
    with file:
        return file.read()


def keep_thumbnail(document: Document, small: bytes | None, *, now: datetime) -> None:
    """Keeps a picture small beside itself; None says that it cannot be drawn, which nobody tries again.
    Whoever keeps the picture calls this in the same transaction."""
    if small is not None:
        with storage.receive([small], name=document.name, most_bytes=len(small)) as received:
            storage.store().keep(received)
        document.small_sha256 = received.sha256
    document.small_at = now
    document.save(update_fields=["small_sha256", "small_at"])


def _readable(document_id: UUID, *, by: Viewer, although_unscanned: bool) -> Document:
    document = Document.objects.visible_to(by).filter(pk=document_id).first()
    if document is None:
        raise Gone("document", document_id)
    require(queries.may_hand_out(document, by, is_confirmed=although_unscanned))
    return document


def _record_look(document: Document, *, by: Viewer, now: datetime) -> None:
    unscanned = bool(settings.CLAMD_SOCKET) and document.scan is not ScanState.CLEAN
    if not unscanned and not rules.reading_is_recorded(Sensitivity(document.sensitivity)):
        return
    audit.record_read(
        "document.read",
        subject="document",
        subject_id=document.pk,
        by=by.account_id,
        now=now,
        institution_id=document.institution_id,
        facts={"unscanned": True} if unscanned else None,
    )


def scan_waiting(*, now: datetime) -> int:
    """Scans files of which no scanner has said what is in them; returns how many are known now.

    One that gets no answer goes to the end and waits longer each time, so that it holds up no other. Too large ones
    and lost ones are tried again too: the operator may have raised the limit, or brought the bytes back.
    """
    if not settings.CLAMD_SOCKET:
        return 0
    known = 0
    for document in Document.objects.to_scan(now)[:SCANNED_AT_ONCE]:
        finding = _scanned(document)
        if not finding.is_reached:
            break
        known += _write_finding(document, finding, now=now)
    return known


def _scanned(document: Document) -> virus.Finding:
    try:
        content = storage.store().open(document.sha256)
    except FileNotFoundError:
        return virus.Finding(ScanState.LOST)
    with content:
        return virus.scan(content, address=settings.CLAMD_SOCKET)


def sweep(*, now: datetime) -> int:
    """Removes bytes that no document names: what an upload left behind that was cut off before its row was written.

    Whether its bytes had come in by then, or half of them.
    """
    kept = storage.store()
    until = (now - ORPHANS_KEPT_FOR).timestamp()
    removed = storage.forget_cut_off(before=until)
    for sha256, written_at in kept.all():
        if written_at < until and not Document.objects.filter(Q(sha256=sha256) | Q(small_sha256=sha256)).exists():
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
    ).content


def _kept(
    received: storage.Received, kind: Kind, scan: ScanState, *, by: UUID | None, now: datetime, **label: Unpack[Label]
) -> Document:
    # Bytes before the row: a row never names bytes that are not there. The other way round costs disk for a day.
    storage.store().keep(received)
    document = Document(
        sha256=received.sha256,
        size_bytes=received.size_bytes,
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        name=label["name"],
        institution_id=label["institution_id"],
        purpose=label["purpose"],
        sensitivity=label["sensitivity"],
        tlp=label.get("tlp") or "",
        stored_at=now,
        stored_by_id=by,
        scan_state=scan,
        scanned_at=None if scan is ScanState.NOT_SCANNED else now,
    )
    with transaction.atomic():
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
    """Keeps what the scanner said unless somebody else has by now; whether it judged the file."""
    is_known = finding.state not in UNSEEN
    # A file that was not answered at all this time keeps what was known of it.
    state = document.scan if finding.state is ScanState.NOT_SCANNED else finding.state
    unseen = Document.objects.filter(pk=document.pk, scan_state__in=sorted(UNSEEN))
    written = unseen.update(
        scan_state=state,
        scan_signature=finding.signature,
        scanned_at=None if state is ScanState.NOT_SCANNED else now,
        scan_tried_at=None if is_known else now,
        scan_again_at=None if is_known else rules.scan_again_at(document.scan_tried_at, now=now),
    )
    if written and finding.state in (ScanState.INFECTED, ScanState.LOST) and document.scan is not finding.state:
        verb = "document.infected" if finding.state is ScanState.INFECTED else "document.lost"
        facts = {"signature": finding.signature} if finding.signature else {"sha256": document.sha256}
        audit.record(
            verb, subject="document", subject_id=document.pk, by=None, now=now,
            institution_id=document.institution_id, facts=facts,
        )  # fmt: skip
    return bool(written) and is_known
