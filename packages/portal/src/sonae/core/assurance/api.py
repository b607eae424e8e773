from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue, services
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Control, Family, Finding, Said, Source, SourceKind, Strength
from sonae.core.web import reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import (
    Answer,
    Door,
    Id,
    Limit,
    Moment,
    RowNumber,
    Strict,
    as_text,
    cursor_page,
)

router = Router(tags=["assurance"])


# Of the catalogue, or the address of a control that others publish.
ControlName = Annotated[str, Field(pattern=r"^[\w.:/-]*$", max_length=240)]


class Words(Answer):
    ja: str
    en: str


class ControlRow(Answer):
    """A control of the catalogue with its source."""

    id: str
    family: Family
    title: Words
    expects: Words
    source: Words
    source_url: str
    source_is_unverified: bool
    lasts_days: int


class EvidenceRow(Answer):
    """Who says what about a control of an institution, since when and until when."""

    id: UUID
    control: str
    institution_id: int
    source: str
    reference: str
    speaker: str
    strength: Strength
    finding: Finding
    since: datetime
    until: datetime | None
    document_id: UUID | None
    filed_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str


class EvidencePage(Answer):
    items: list[EvidenceRow]
    next_cursor: str


class EvidenceBody(Strict):
    """New evidence. The same evidence sent twice is filed once."""

    control: Annotated[str, Field(max_length=240)]
    institution_id: RowNumber
    source: Annotated[SourceKind, as_text(SourceKind)]
    reference: Annotated[str, Field(min_length=1, max_length=120)]
    speaker: Annotated[str, Field(max_length=120)] = ""
    strength: Annotated[Strength, as_text(Strength)]
    finding: Annotated[Finding, as_text(Finding)] = Finding.IN_PLACE
    since: Moment
    until: Moment | None = None
    document_id: Id | None = None
    note: Annotated[str, Field(max_length=1000)] = ""


class Withdrawal(Strict):
    """Why the evidence no longer counts."""

    why: Annotated[str, Field(max_length=400)]


@router.get("/controls", auth=Door(Permission.EVIDENCE_READ), response=list[ControlRow])
def list_controls(request: SonaeRequest) -> list[ControlRow]:  # noqa: ARG001 - every operation gets its request
    """The catalogue of controls."""
    return [_control_row(control) for control in catalogue.controls().values()]


@router.get("/evidence", auth=Door(Permission.EVIDENCE_READ), response=EvidencePage)
def list_evidence(
    request: SonaeRequest,
    control: ControlName = "",
    institution_id: RowNumber | None = None,
    cursor: str = "",
    limit: Limit = 100,
) -> EvidencePage:
    """The evidence the caller may read, in the order in which it was filed. A look from outside is recorded."""
    rows = Evidence.objects.visible_to(request.viewer)
    if control:
        rows = rows.filter(control=control)
    if institution_id is not None:
        rows = rows.filter(institution_id=institution_id)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    reads.record_list(
        "evidence.list", request=request, permission=Permission.EVIDENCE_READ, subject="evidence", rows=len(found),
        conditions={"control": control, "institution_id": institution_id},
    )  # fmt: skip
    return EvidencePage(items=[EvidenceRow.from_orm(row) for row in found], next_cursor=next_cursor)


@router.get(
    "/evidence/{uuid:evidence_id}",
    auth=Door(Permission.EVIDENCE_READ),
    response=EvidenceRow,
)
def read_evidence(request: SonaeRequest, evidence_id: UUID) -> Evidence:
    """One piece of evidence. A look from outside of its institution is recorded."""
    found = visible_or_404(Evidence.objects, request.viewer, pk=evidence_id)
    reads.record_one(
        "evidence.open", request=request, permission=Permission.EVIDENCE_READ, subject="evidence", subject_id=found.pk,
        institution_id=found.institution_id,
    )  # fmt: skip
    return found


@router.post("/evidence", auth=Door(Permission.EVIDENCE_FILE), response=EvidenceRow)
def file_evidence(request: SonaeRequest, body: EvidenceBody) -> Evidence:
    """Files evidence about a control of an institution."""
    said = Said(
        control=body.control,
        institution_id=body.institution_id,
        source=Source(body.source, body.reference, body.speaker),
        strength=body.strength,
        since=body.since,
        until=body.until,
        finding=body.finding,
        document_id=body.document_id,
        facts={"note": body.note} if body.note else {},
    )
    return services.file_evidence(said, by=request.viewer, now=request.now)


@router.post(
    "/evidence/{uuid:evidence_id}/withdrawal",
    auth=Door(Permission.EVIDENCE_FILE),
    response=EvidenceRow,
)
def withdraw_evidence(request: SonaeRequest, evidence_id: UUID, body: Withdrawal) -> Evidence:
    """Withdraws evidence; it stays on record with the reason."""
    return services.withdraw_evidence(evidence_id, why=body.why, by=request.viewer, now=request.now)


def _control_row(control: Control) -> ControlRow:
    return ControlRow(
        id=control.id,
        family=control.family,
        title=Words(ja=control.title.ja, en=control.title.en),
        expects=Words(ja=control.expects.ja, en=control.expects.en),
        source=Words(ja=control.source.title.ja, en=control.source.title.en),
        source_url=control.source.url,
        source_is_unverified=control.source.unverified,
        lasts_days=control.lasts_days,
    )
