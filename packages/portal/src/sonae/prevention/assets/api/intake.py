"""Files that come into a ledger, for programs: the same steps as on the pages."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from ninja import File, Form, Status
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, RowNumber, Strict, as_text, cursor_page
from sonae.prevention.assets import services, tasks
from sonae.prevention.assets.api.router import router
from sonae.prevention.assets.intake import presenting
from sonae.prevention.assets.intake.tables import MOST_COLUMNS
from sonae.prevention.assets.intake.vocabulary import (
    FileFormat,
    Identity,
    ImportState,
    LedgerField,
    Mapping,
    Newcomers,
    QuestionAnswer,
    QuestionKind,
    QuestionState,
    Verdict,
)
from sonae.prevention.assets.models import LedgerImport, LedgerQuestion, PlannedRow
from sonae.prevention.assets.vocabulary import AssetKind

Source = Annotated[str, StringConstraints(max_length=80)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Line = Annotated[int, Field(ge=1, le=1_000_000)]


class LedgerImportAnswer(Answer):
    """A file that was brought to a ledger: where it stands, and what it does or did, in rows."""

    id: UUID
    institution_id: int
    asset_id: UUID | None
    format: FileFormat
    state: ImportState
    source: str
    file_name: str
    file_sha256: str
    begun_at: datetime
    planned_at: datetime | None
    expires_at: datetime | None
    applied_at: datetime | None
    undone_at: datetime | None
    rows_read: int
    rows_added: int
    rows_changed: int
    rows_unchanged: int
    rows_vanished: int
    rows_unknown: int
    rows_not_understood: int
    problem_count: int
    refusal: list[dict[str, Any]]


class LedgerImportPage(Answer):
    items: list[LedgerImportAnswer]
    next_cursor: str


class PlannedRowAnswer(Answer):
    """What is to become of a row of the file. Line 0: a row of the ledger that the file does not have."""

    id: int
    line: int
    verdict: Verdict
    asset_id: UUID | None
    label: str
    after: dict[str, Any]
    before: dict[str, Any]
    problems: list[dict[str, Any]]


class PlannedRowPage(Answer):
    items: list[PlannedRowAnswer]
    next_cursor: str


class NewLedgerImport(Strict):
    """Whose ledger the file is for; of a list of components, whose they are."""

    model_config = Strict.model_config | {"strict": False}

    institution_id: RowNumber
    asset_id: UUID | None = None
    source: Source = ""


class MappingAnswer(Answer):
    """Where the columns of a table are proposed to go, and what stands in its first rows."""

    sheets: list[str]
    sheet: str
    header_line: int
    data_line: int
    headers: list[str]
    columns: list[str]
    priority: list[Identity]
    newcomers: Newcomers
    default_kind: AssetKind
    source: str
    is_remembered: bool
    samples: list[list[str]]


class MappingBody(Strict):
    """Where the columns of a table go: a field of the ledger or an empty text for each, from the first."""

    sheet: Annotated[str, StringConstraints(max_length=100)] = ""
    header_line: Line
    data_line: Line
    columns: Annotated[list[Annotated[str, as_text(lambda text: LedgerField(text) if text else "")]], Field(
        min_length=1, max_length=MOST_COLUMNS
    )]  # fmt: skip
    priority: Annotated[list[Annotated[Identity, as_text(Identity)]], Field(min_length=1, max_length=len(Identity))]
    newcomers: Annotated[Newcomers, as_text(Newcomers)] = Newcomers.ADD
    default_kind: Annotated[AssetKind, as_text(AssetKind)] = AssetKind.PC
    source: Source = Field(
        "", description="The next list of this name is held against this one; empty: it is not complete"
    )


class QuestionRow(Answer):
    """What a file leaves to a person, and the answer."""

    id: UUID
    institution_id: int
    run_id: UUID
    kind: QuestionKind
    asset_id: UUID | None
    label: str
    seen: dict[str, Any]
    state: QuestionState
    asked_at: datetime
    answer: str
    reason: str
    answered_at: datetime | None


class QuestionPage(Answer):
    items: list[QuestionRow]
    next_cursor: str


class QuestionBody(Strict):
    """What somebody says of a device, and how they know."""

    answer: Annotated[QuestionAnswer, as_text(QuestionAnswer)]
    reason: Reason
    place: Annotated[str, StringConstraints(max_length=120)] = Field("", description="Where it is now, if it moved")


@router.get("/ledger-imports", auth=Door(Permission.ASSET_READ), response=LedgerImportPage)
def list_ledger_imports(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """The files that were brought to the ledgers which the caller may read, oldest first."""
    items, following = cursor_page(
        LedgerImport.objects.visible_to(request.viewer), cursor=cursor, limit=limit, parse=UUID
    )
    return {"items": items, "next_cursor": following}


@router.post("/ledger-imports", auth=Door(Permission.ASSET_CHANGE), response={202: LedgerImportAnswer})
def begin_ledger_import(
    request: SonaeRequest, file: File[UploadedFile], facts: Form[NewLedgerImport]
) -> Status[LedgerImport]:
    """Takes a file in and says what it is; a table waits for its columns, anything else for its plan."""
    with transaction.atomic():
        run = services.begin_import(
            file.chunks(), institution_id=facts.institution_id, name=file.name or "", asset_id=facts.asset_id,
            source=facts.source, by=request.viewer, now=request.now,
        )  # fmt: skip
        if run.state == ImportState.PLANNING:
            tasks.plan_import.enqueue(str(run.pk))
    return Status(202, run)


@router.get("/ledger-imports/{uuid:ledger_import_id}", auth=Door(Permission.ASSET_READ), response=LedgerImportAnswer)
def read_ledger_import(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    """Where one file stands."""
    return _seen(request, ledger_import_id)


@router.get("/ledger-imports/{uuid:ledger_import_id}/rows", auth=Door(Permission.ASSET_READ), response=PlannedRowPage)
def list_planned_rows(
    request: SonaeRequest, ledger_import_id: UUID, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """What is to become of each row of a file, in its order."""
    rows = PlannedRow.objects.filter(run=_seen(request, ledger_import_id))
    items, following = cursor_page(rows, cursor=cursor, limit=limit)
    return {"items": items, "next_cursor": following}


@router.get("/ledger-imports/{uuid:ledger_import_id}/mapping", auth=Door(Permission.ASSET_READ), response=MappingAnswer)
def read_ledger_mapping(request: SonaeRequest, ledger_import_id: UUID, sheet: str = "") -> dict[str, object]:
    """Where the columns of a table are proposed to go; as the last time for a list with the same headers."""
    found = presenting.draft_of(_seen(request, ledger_import_id), sheet=sheet or None)
    said = found.mapping
    return {
        "sheets": list(found.sheets), "sheet": said.sheet, "header_line": said.header_line,
        "data_line": said.data_line, "headers": list(found.header.names), "columns": [str(one) for one in said.columns],
        "priority": list(said.priority), "newcomers": said.newcomers, "default_kind": said.default_kind,
        "source": found.source, "is_remembered": found.is_remembered,
        "samples": [list(line.cells) for line in found.samples[:8]],
    }  # fmt: skip


@router.put(
    "/ledger-imports/{uuid:ledger_import_id}/mapping", auth=Door(Permission.ASSET_CHANGE), response=LedgerImportAnswer
)
def map_ledger_import(request: SonaeRequest, ledger_import_id: UUID, body: MappingBody) -> LedgerImport:
    """Says where the columns of a table go, and has its plan made."""
    mapping = Mapping(
        sheet=body.sheet, header_line=body.header_line, data_line=body.data_line, columns=tuple(body.columns),
        priority=tuple(body.priority), newcomers=body.newcomers, default_kind=body.default_kind,
    )  # fmt: skip
    with transaction.atomic():
        run = services.map_import(ledger_import_id, mapping, source=body.source, by=request.viewer, now=request.now)
        tasks.plan_import.enqueue(str(ledger_import_id))
    return run


@router.post(
    "/ledger-imports/{uuid:ledger_import_id}/plan", auth=Door(Permission.ASSET_CHANGE), response=LedgerImportAnswer
)
def plan_ledger_import_again(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    """Has a file held once more against the ledger, as it is now."""
    with transaction.atomic():
        run = services.plan_again(ledger_import_id, by=request.viewer, now=request.now)
        tasks.plan_import.enqueue(str(ledger_import_id))
    return run


@router.post(
    "/ledger-imports/{uuid:ledger_import_id}/application",
    auth=Door(Permission.ASSET_CHANGE),
    response=LedgerImportAnswer,
)
def apply_ledger_import(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    """Orders that a plan is applied; read the import to see when it is."""
    with transaction.atomic():
        run = services.order_apply(ledger_import_id, by=request.viewer, now=request.now)
        tasks.apply_import.enqueue(str(ledger_import_id))
    return run


@router.post(
    "/ledger-imports/{uuid:ledger_import_id}/undo", auth=Door(Permission.ASSET_CHANGE), response=LedgerImportAnswer
)
def undo_ledger_import(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    """Orders that an import is taken back; refused, with the rows named, where somebody changed them since."""
    with transaction.atomic():
        run = services.order_undo(ledger_import_id, by=request.viewer, now=request.now)
        tasks.undo_import.enqueue(str(ledger_import_id))
    return run


@router.post(
    "/ledger-imports/{uuid:ledger_import_id}/cancellation",
    auth=Door(Permission.ASSET_CHANGE),
    response=LedgerImportAnswer,
)
def cancel_ledger_import(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    """Gives a file up that nobody applied, or stops the job at hand: the ledger stays as it was."""
    return services.cancel_import(ledger_import_id, by=request.viewer, now=request.now)


@router.get("/ledger-questions", auth=Door(Permission.ASSET_READ), response=QuestionPage)
def list_ledger_questions(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """What files leave to a person, what was answered included, oldest first."""
    rows = LedgerQuestion.objects.visible_to(request.viewer)
    items, following = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": following}


@router.post("/ledger-questions/{uuid:question_id}/answer", auth=Door(Permission.ASSET_CHANGE), response=QuestionRow)
def answer_ledger_question(request: SonaeRequest, question_id: UUID, body: QuestionBody) -> LedgerQuestion:
    """Says what became of a device, with the reason; only people do, and the ledger follows the answer."""
    return services.answer_question(
        question_id, body.answer, reason=body.reason, place=body.place, by=request.viewer, now=request.now
    )


def _seen(request: SonaeRequest, ledger_import_id: UUID) -> LedgerImport:
    return visible_or_404(LedgerImport.objects, request.viewer, pk=ledger_import_id)
