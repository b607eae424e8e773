from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import FileResponse, HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import AfterValidator, ConfigDict, Field

from sonae.core.access.vocabulary import Permission
from sonae.core.documents import services, transfer
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import PURPOSES, Kind, ScanState, Sensitivity
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, cursor_page
from sonae.core.web.vocabulary import Tlp

router = Router(tags=["documents"])

# The rooms bring the purposes: the document names them when it is drawn, not when this file is read.
PurposeName = Annotated[
    str,
    AfterValidator(PURPOSES),
    Field(json_schema_extra=lambda schema: schema.update(enum=[one.value for one in PURPOSES])),
]


class DocumentAnswer(Answer):
    """A stored file without its content."""

    id: UUID
    name: str
    kind: Kind
    media_type: str
    size_bytes: int
    sha256: str
    institution_id: int | None
    purpose: str
    sensitivity: Sensitivity
    tlp: str
    scan_state: ScanState
    stored_at: datetime


class DocumentPage(Answer):
    items: list[DocumentAnswer]
    next_cursor: str


@router.get("/documents", auth=Door(Permission.DOCUMENT_READ), response=DocumentPage)
def list_documents(
    request: HttpRequest, purpose: PurposeName | None = None, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """Files the caller may see, the oldest first."""
    rows = Document.objects.visible_to(request.viewer)  # type: ignore[attr-defined]
    if purpose is not None:
        rows = rows.filter(purpose=purpose)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/documents/{uuid:document_id}", auth=Door(Permission.DOCUMENT_READ), response=DocumentAnswer)
def read_document(request: HttpRequest, document_id: UUID) -> Document:
    """One file without its content."""
    return visible_or_404(Document.objects, request.viewer, pk=document_id)  # type: ignore[attr-defined]


@router.get("/documents/{uuid:document_id}/content", auth=Door(Permission.DOCUMENT_READ))
def read_document_content(
    request: SonaeRequest,
    document_id: UUID,
    although_unscanned: bool = False,  # noqa: FBT001, FBT002 - of the query
) -> FileResponse:
    """The bytes of one file. Each look at a confidential one is recorded.

    What the virus scanner has not seen is handed to its own institution only, and only with `although_unscanned`.
    """
    found = services.open_document(
        document_id, by=request.viewer, now=request.now, although_unscanned=although_unscanned
    )
    return transfer.download(*found)


class UploadFacts(Strict):
    """What accompanies a file."""

    # Fields of a form arrive as text: here alone a number may be written in digits.
    model_config = ConfigDict(extra="forbid", strict=False)

    purpose: PurposeName
    sensitivity: Sensitivity
    institution_id: Annotated[int, Field(ge=1, le=2**63 - 1)] | None = None
    tlp: Tlp | None = None


@router.post("/documents", auth=Door(Permission.DOCUMENT_STORE), response={201: DocumentAnswer})
def store_document(request: HttpRequest, file: File[UploadedFile], facts: Form[UploadFacts]) -> Status[Document]:
    """Takes a file in; the problem names file, place and reason when it is refused."""
    document = services.store(
        file.chunks(),
        name=file.name or "",
        purpose=PURPOSES(facts.purpose),
        sensitivity=facts.sensitivity,
        institution_id=facts.institution_id,
        by=request.viewer,  # type: ignore[attr-defined]
        now=request.now,  # type: ignore[attr-defined]
        tlp=facts.tlp,
    )
    return Status(201, document)
