from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.models import (
    ImportProblem,
    ImportRun,
)
from sonae.core.institutions.vocabulary import (
    ImportKind,
    ImportStatus,
)
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Limit, Strict, cursor_page, row_number
from sonae.site.pages.institutions import forms, tasks
from sonae.site.pages.institutions.api import valid

router = Router(tags=["institutions"])


class ImportFacts(Strict):
    """What accompanies a published list."""

    # Fields of a form arrive as text.
    model_config = ConfigDict(extra="forbid", strict=False)

    kind: ImportKind
    as_of: Day | None = Field(None, description="Only where the name of the file does not say it")
    may_vanish: Annotated[int, Field(ge=0, le=300_000)] | None = Field(
        None, description="How many institutions or codes the file may lack, where an import was refused for that"
    )


class ImportAnswer(Answer):
    """One reading of a published list: what came of it, and how far it is."""

    id: UUID
    kind: ImportKind
    status: ImportStatus
    file_name: str
    file_sha256: str
    as_of: date | None
    started_at: datetime
    finished_at: datetime | None
    percent: int
    rows_read: int
    rows_added: int
    rows_changed: int
    rows_unchanged: int
    rows_vanished: int
    rows_set_aside: int
    rows_linked: int
    problem_count: int


class ImportPage(Answer):
    items: list[ImportAnswer]
    next_cursor: str


class ImportProblemAnswer(Answer):
    """One odd thing in one row of a published list. Line 0: the file as a whole."""

    line: int
    institution_name: str
    field: str
    value: str
    reason: str
    facts: dict[str, Any]
    row: list[str]


class ProblemPage(Answer):
    items: list[ImportProblemAnswer]
    next_cursor: str


@router.get("/imports", auth=Door(Permission.REGISTER_IMPORT), response=ImportPage)
def list_imports(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """Every reading of a published list, the oldest first."""
    rows = ImportRun.objects.visible_to(request.viewer)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/imports", auth=Door(Permission.REGISTER_IMPORT), response={202: ImportAnswer})
def queue_import(request: SonaeRequest, file: File[UploadedFile], facts: Form[ImportFacts]) -> Status[ImportRun]:
    """Takes a published list in and queues its import; read the import to see how far it is."""
    entered = valid(forms.UploadForm(facts.model_dump(), MultiValueDict({"file": [file]}))).cleaned_data
    run = tasks.queue_import(
        ImportKind(entered["kind"]),
        entered["file"],
        as_of=entered["as_of"],
        may_vanish=entered["may_vanish"],
        by=request.viewer.account_id,
        now=request.now,
    )
    return Status(202, run)


@router.get("/imports/{uuid:run_id}", auth=Door(Permission.REGISTER_IMPORT), response=ImportAnswer)
def read_import(request: SonaeRequest, run_id: UUID) -> ImportRun:
    """What came of one import, and how far it is."""
    return _as_it_is(visible_or_404(ImportRun.objects, request.viewer, pk=run_id))


@router.get("/imports/{uuid:run_id}/problems", auth=Door(Permission.REGISTER_IMPORT), response=ProblemPage)
def list_import_problems(
    request: SonaeRequest, run_id: UUID, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """Every odd thing that an import found, with its line and the text as it was published."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    rows = ImportProblem.objects.visible_to(request.viewer).filter(run=run)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/imports/{uuid:run_id}/cancellation", auth=Door(Permission.REGISTER_IMPORT), response=ImportAnswer)
def cancel_import(request: SonaeRequest, run_id: UUID) -> ImportRun:
    """Asks an import to stop as soon as it can. Nothing of it stays in the register."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    return _as_it_is(tasks.cancel_import(run, by=request.viewer.account_id, now=request.now))


def _as_it_is(run: ImportRun) -> ImportRun:
    run.percent = tasks.percent_of(run)
    return run
