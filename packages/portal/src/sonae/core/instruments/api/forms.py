"""Forms over the API: the verbs of the pages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Form, Schema, Status
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import draft_rules as rules
from sonae.core.instruments import drafts, services
from sonae.core.instruments.api.router import router
from sonae.core.instruments.models import Edition, FormDraft
from sonae.core.instruments.problems import FormFault, refused
from sonae.core.instruments.views import forms as files
from sonae.core.instruments.vocabulary import Change, Consequence, DraftState, FileForm, FormProblem
from sonae.core.instruments.xlsform.workbook import MOST_BYTES
from sonae.core.web import problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Strict, cursor_page
from sonae.kernel.calendar import jst_day


class FormRow(Answer):
    """A form that was taken in."""

    id: UUID
    state: DraftState
    file_name: str
    digest: str = Field(description="SHA-256 of the file, hexadecimal")
    note: str
    faults: int
    instrument: str
    edition_name: str
    title_ja: str
    title_en: str
    kept_at: datetime
    edition_id: UUID | None


class FormPage(Answer):
    items: list[FormRow]
    next_cursor: str


class FaultAnswer(Answer):
    """One fault of the file; `line` is the row of the sheet, `field` says sheet and column."""

    reason: str
    line: int
    field: str
    value: str
    sentence: str


class DifferenceAnswer(Answer):
    """How one question differs from the form before; the options by their values."""

    change: Change
    question: str
    came: list[str]
    went: list[str]
    reworded: list[str]


class FormAnswer(FormRow):
    """The same looked through: its faults, or how it differs and what publishing it would do."""

    seen: str = Field(description="What was looked through: to be sent with whatever is done with the form")
    problems: list[FaultAnswer]
    compared_with: UUID | None
    differences: list[DifferenceAnswer]
    consequence: Consequence | None


class NoteFacts(Schema):
    """What is new, and why; for colleagues."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, StringConstraints(max_length=rules.LONGEST_NOTE)] = ""


_Seen = Annotated[str, StringConstraints(min_length=64, max_length=64)]


class SeenBody(Strict):
    """What was looked through, as the form told it in `seen`."""

    seen: _Seen


class SeenFacts(Schema):
    """What was looked through, as the form told it in `seen`."""

    model_config = ConfigDict(extra="forbid")

    seen: _Seen


class PublishedAnswer(Answer):
    edition_id: UUID
    version: int


@router.get("/forms", auth=Door(Permission.INSTRUMENT_PUBLISH), response=FormPage)
def list_forms(
    request: SonaeRequest, state: DraftState | None = None, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """Every form that was taken in, in that order."""
    rows = FormDraft.objects.visible_to(request.viewer).defer(*drafts.LARGE)
    rows = rows.filter(state=state) if state is not None else rows
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/forms", auth=Door(Permission.INSTRUMENT_PUBLISH), response={201: FormAnswer})
def take_in_form(
    request: SonaeRequest,
    file: File[UploadedFile],
    facts: Form[NoteFacts],
) -> Status[dict[str, object]]:
    """Takes a form in (.xlsx or .yaml) and looks it through; publishes nothing."""
    content, name = _content(file)
    draft = services.take_in(content, file_name=name, note=facts.note, by=request.viewer, now=request.now)
    return Status(201, _told(draft, now=request.now))


@router.get("/forms/{uuid:draft_id}", auth=Door(Permission.INSTRUMENT_PUBLISH), response=FormAnswer)
def read_form(request: SonaeRequest, draft_id: UUID) -> dict[str, object]:
    """One form looked through: every fault, or every difference."""
    return _told(_fetched(request, draft_id), now=request.now)


@router.post("/forms/{uuid:draft_id}/file", auth=Door(Permission.INSTRUMENT_PUBLISH), response=FormAnswer)
def exchange_form(
    request: SonaeRequest, draft_id: UUID, file: File[UploadedFile], facts: Form[SeenFacts]
) -> dict[str, object]:
    """Puts a corrected file in the place of the one that was taken in."""
    found = _fetched(request, draft_id)
    content, name = _content(file)
    draft = services.exchange_file(
        found.pk, content, file_name=name, seen=facts.seen, by=request.viewer, now=request.now
    )
    return _told(draft, now=request.now)


@router.post("/forms/{uuid:draft_id}/publication", auth=Door(Permission.INSTRUMENT_PUBLISH), response=PublishedAnswer)
def publish_form(request: SonaeRequest, draft_id: UUID, body: SeenBody) -> dict[str, object]:
    """Publishes a form as it was looked through."""
    found = _fetched(request, draft_id)
    edition = services.publish_draft(found.pk, seen=body.seen, by=request.viewer, now=request.now)
    return {"edition_id": edition.pk, "version": edition.version}


@router.post("/forms/{uuid:draft_id}/withdrawal", auth=Door(Permission.INSTRUMENT_PUBLISH), response=FormRow)
def withdraw_form(request: SonaeRequest, draft_id: UUID, body: SeenBody) -> FormDraft:
    """Takes a form back that shall not be published."""
    found = _fetched(request, draft_id)
    return services.withdraw_draft(found.pk, seen=body.seen, by=request.viewer, now=request.now)


@router.get("/instruments/{uuid:edition_id}/xlsx", auth=Door(Permission.REGISTER_READ))
def download_xlsx(request: SonaeRequest, edition_id: UUID) -> HttpResponse:
    """A version of a form as a workbook in the manner of XLSForm."""
    return files.hand_out(visible_or_404(Edition.objects, request.viewer, pk=edition_id), FileForm.XLSFORM)


@router.get("/instruments/{uuid:edition_id}/yaml", auth=Door(Permission.REGISTER_READ))
def download_yaml(request: SonaeRequest, edition_id: UUID) -> HttpResponse:
    """A version of a form as YAML; refused where the form has parts that only a workbook can carry."""
    return files.hand_out(visible_or_404(Edition.objects, request.viewer, pk=edition_id), FileForm.YAML)


def _fetched(request: SonaeRequest, draft_id: UUID) -> FormDraft:
    return visible_or_404(FormDraft.objects, request.viewer, pk=draft_id)


def _content(file: UploadedFile) -> tuple[bytes, str]:
    name = file.name or ""
    if (file.size or 0) > MOST_BYTES:
        raise refused([FormFault(FormProblem.FILE_TOO_LARGE, facts={"most": MOST_BYTES // 1_000_000})], file=name)
    return file.read(), name


def _told(draft: FormDraft, *, now: datetime) -> dict[str, object]:
    looked = drafts.look_at(draft, today=jst_day(now))
    told: dict[str, object] = FormRow.from_orm(draft).dict()
    return told | {
        "seen": looked.seen,
        "problems": [
            {
                "reason": str(one.reason), "line": one.line, "field": one.field, "value": one.value,
                "sentence": problems.problem_sentence(one),
            }
            for one in looked.problems
        ],
        "compared_with": looked.before.pk if looked.before else None,
        "differences": [
            {
                "change": one.change, "question": one.id, "came": _values(one.came), "went": _values(one.went),
                "reworded": _values([new for _, new in one.reworded]),
            }
            for one in looked.differences
        ],
        "consequence": looked.consequence if looked.plan else None,
    }  # fmt: skip


def _values(choices: Sequence[Any]) -> list[str]:
    return [one.value for one in choices]
