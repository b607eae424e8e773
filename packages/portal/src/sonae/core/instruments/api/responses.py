import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import File, Status
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import occasions, queries, services
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.api.router import router
from sonae.core.instruments.checks import Finding
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.problems import FormFault, refused
from sonae.core.instruments.views import papers
from sonae.core.instruments.vocabulary import FindingReason, FormProblem, Origin, Respondent, ResponseState
from sonae.core.instruments.xlsform.workbook import MOST_BYTES
from sonae.core.web import reads, sheets, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Id, Limit, RowNumber, Strict, cursor_page
from sonae.kernel.decision import Refused, require

# The revisions that a response can have come to.
Revision = Annotated[int, Field(ge=0, le=2_147_483_647, description="The revision of the response that was looked at")]
Occasion = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]


class EditionRow(Answer):
    """An instrument in one edition."""

    id: UUID
    instrument: str
    edition: str
    version: int
    respondent: Respondent
    fiscal_year: int | None
    valid_from: date | None
    valid_until: date | None
    title_ja: str
    title_en: str


class EditionAnswer(EditionRow):
    """The same with everything that it asks."""

    definition: dict[str, Any] = Field(
        description="What is asked, as it was published; what stands at its default is left out"
    )


class EditionPage(Answer):
    items: list[EditionRow]
    next_cursor: str


class ResponseRow(Answer):
    """A response without its answers."""

    id: UUID
    edition_id: UUID
    institution_id: int
    vendor_id: int | None
    occasion: str
    state: ResponseState
    revision: int
    opened_at: datetime
    changed_at: datetime
    submitted_at: datetime | None


class ResponsePage(Answer):
    items: list[ResponseRow]
    next_cursor: str


class MarkAnswer(Answer):
    """The last word on one answer; `by` is nobody where a source or a vendor gave it."""

    question: str
    revision: int
    at: datetime
    by: UUID | None
    origin: Origin
    source: str
    as_of: date | None
    is_looked_at: bool


class FindingAnswer(Answer):
    """What keeps a response from being submitted; `rows` count from 1, the outermost first."""

    question: str
    reason: FindingReason
    rows: list[int]
    facts: dict[str, Any]


class Hidden(Answer):
    """A question that is not asked after the other answers."""

    question: str
    rows: list[int]


class ResponseAnswer(ResponseRow):
    """A response as the caller may read it: with the answers as they stand for whoever answers, else as submitted."""

    answers: dict[str, Any]
    marks: list[MarkAnswer] = Field(description="Empty for whoever does not answer")
    findings: list[FindingAnswer] = Field(description="Empty for whoever does not answer")
    not_asked: list[Hidden] = Field(description="Empty for whoever does not answer")


class BeginBody(Strict):
    """Who answers which edition on which occasion; a vendor only where its form is answered."""

    edition_id: Id
    institution_id: RowNumber
    vendor_id: RowNumber | None = None
    occasion: Occasion


class AnswersBody(Strict):
    """Answers by question; null takes one away."""

    seen: Revision
    answers: Annotated[dict[str, Any], Field(max_length=2_000)]


class RefusedAnswer(Answer):
    """Why one answer was not saved; the one that stands stays."""

    question: str
    reason: str
    facts: dict[str, Any]


class SavedAnswer(Answer):
    """What became of the answers that were sent."""

    revision: int
    saved: list[str]
    refused: list[RefusedAnswer]


class WorkbookAnswer(SavedAnswer):
    """The same for a spreadsheet, with what still keeps the response from being submitted."""

    findings: list[FindingAnswer]
    moved_on: list[str] = Field(description="Untouched in the file, but changed in the response since; that one stands")


class SeenBody(Strict):
    seen: Revision


class ReturnBody(SeenBody):
    """What has to be put right; the institution reads this."""

    reason: Annotated[str, StringConstraints(max_length=rules.LONGEST_REASON)]


class FilledAnswer(Answer):
    """Which questions a source has answered now."""

    filled: list[str]


@router.get("/instruments", auth=Door(Permission.REGISTER_READ), response=EditionPage)
def list_editions(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """Every edition of every instrument in its newest version, in the order in which they were published."""
    rows = Edition.objects.visible_to(request.viewer).current()
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/instruments/{uuid:edition_id}", auth=Door(Permission.REGISTER_READ), response=EditionAnswer)
def read_edition(request: SonaeRequest, edition_id: UUID) -> dict[str, object]:
    """One edition with everything that it asks."""
    found = visible_or_404(Edition.objects, request.viewer, pk=edition_id)
    told: dict[str, object] = EditionRow.from_orm(found).dict()
    return told | {"definition": json.loads(queries.definition_of(found))}


@router.get("/responses", auth=Door(Permission.RESPONSE_READ), response=ResponsePage)
def list_responses(
    request: SonaeRequest,
    state: ResponseState | None = None,
    edition_id: UUID | None = None,
    cursor: str = "",
    limit: Limit = 100,
) -> dict[str, object]:
    """Responses that the caller may know of, without their answers, in the order in which they were begun."""
    rows = Response.objects.visible_to(request.viewer)
    wanted = {"state": state, "edition_id": edition_id}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    reads.record_list(
        "response.list", request=request, permission=Permission.RESPONSE_READ, subject="response", rows=len(items)
    )
    return {"items": items, "next_cursor": next_cursor}


@router.post("/responses", auth=Door(Permission.RESPONSE_ANSWER), response={201: ResponseRow})
def begin_response(request: SonaeRequest, body: BeginBody) -> Status[Response]:
    """Begins a response with what is known already, or gives the one that was begun before."""
    require(rules.may_name(body.occasion, is_claimed=occasions.is_claimed(body.occasion)))
    begun = services.open_response(
        body.edition_id, institution_id=body.institution_id, vendor_id=body.vendor_id, occasion=body.occasion,
        by=request.viewer, now=request.now,
    )  # fmt: skip
    return Status(201, begun)


@router.get("/responses/{uuid:response_id}", auth=Door(Permission.RESPONSE_READ), response=ResponseAnswer)
def read_response(request: SonaeRequest, response_id: UUID) -> dict[str, object]:
    """One response: its answers, who gave each, what is wrong with them, and what is not asked."""
    found = _fetched(request, response_id)
    _note_read(request, found)
    told: dict[str, object] = ResponseRow.from_orm(found).dict()
    told |= {"answers": queries.answers_for(found, request.viewer), "marks": [], "findings": [], "not_asked": []}
    if not queries.answers_here(found, request.viewer):
        return told
    findings = queries.findings_of(found, now=request.now)
    return told | {
        "marks": [_mark(found, question) for question in found.marks],
        "findings": [_finding(one) for one in findings.found],
        "not_asked": [{"question": question, "rows": list(at)} for question, at in sorted(findings.not_asked)],
    }


@router.post("/responses/{uuid:response_id}/answers", auth=Door(Permission.RESPONSE_ANSWER), response=SavedAnswer)
def save_answers(request: SonaeRequest, response_id: UUID, body: AnswersBody) -> dict[str, object]:
    """Saves answers one by one, right or wrong. What somebody else changed after `seen` stands and is named."""
    kept = services.save_answers(response_id, body.answers, seen=body.seen, by=request.viewer, now=request.now)
    return _saved(kept)


@router.post("/responses/{uuid:response_id}/prefill", auth=Door(Permission.RESPONSE_ANSWER), response=FilledAnswer)
def prefill_response(request: SonaeRequest, response_id: UUID) -> dict[str, object]:
    """Fills in what the register, evidence and the edition before know; what somebody answered stays."""
    return {"filled": sorted(services.prefill(response_id, by=request.viewer, now=request.now))}


@router.post("/responses/{uuid:response_id}/submission", auth=Door(Permission.RESPONSE_ANSWER), response=ResponseRow)
def submit_response(request: SonaeRequest, response_id: UUID, body: SeenBody) -> Response:
    """Submits a response as it was seen; refused while one of its rules is broken."""
    return services.submit(response_id, seen=body.seen, by=request.viewer, now=request.now)


@router.post("/responses/{uuid:response_id}/acceptance", auth=Door(Permission.RESPONSE_DECIDE), response=ResponseRow)
def accept_response(request: SonaeRequest, response_id: UUID, body: SeenBody) -> Response:
    """Takes a response as it was submitted."""
    return services.accept(response_id, seen=body.seen, by=request.viewer, now=request.now)


@router.post("/responses/{uuid:response_id}/return", auth=Door(Permission.RESPONSE_DECIDE), response=ResponseRow)
def return_response(request: SonaeRequest, response_id: UUID, body: ReturnBody) -> Response:
    """Gives a response back to be put right."""
    return services.return_for_correction(
        response_id, reason=body.reason, seen=body.seen, by=request.viewer, now=request.now
    )


@router.get("/responses/{uuid:response_id}/submission/pdf", auth=Door(Permission.RESPONSE_READ))
def download_paper(request: SonaeRequest, response_id: UUID) -> HttpResponse:
    """What was submitted last, with its answers, as PDF."""
    return papers.hand_out_pdf(request, _fetched(request, response_id))


@router.get("/responses/{uuid:response_id}/submission/workbook", auth=Door(Permission.RESPONSE_READ))
def download_copy(request: SonaeRequest, response_id: UUID) -> HttpResponse:
    """What was submitted last, with its answers, as a spreadsheet to keep (.xlsx); it is not taken back."""
    return papers.hand_out_xlsx(request, _fetched(request, response_id))


@router.get("/responses/{uuid:response_id}/workbook", auth=Door(Permission.RESPONSE_ANSWER))
def download_workbook(request: SonaeRequest, response_id: UUID) -> HttpResponse:
    """The response as a spreadsheet to fill in (.xlsx)."""
    found = _fetched(request, response_id)
    require(queries.may_answer(found, request.viewer))
    _note_read(request, found)
    language = words.language()
    content = queries.workbook_of(found, request.viewer, now=request.now, language=language)
    return HttpResponse(content, content_type=sheets.XLSX_TYPE)


@router.post("/responses/{uuid:response_id}/workbook", auth=Door(Permission.RESPONSE_ANSWER), response=WorkbookAnswer)
def upload_workbook(request: SonaeRequest, response_id: UUID, file: File[UploadedFile]) -> dict[str, object]:
    """Takes back a spreadsheet: what was changed in it is saved, or nothing, and then every fault is named."""
    if (file.size or 0) > MOST_BYTES:
        too_large = FormFault(FormProblem.FILE_TOO_LARGE, facts={"most": MOST_BYTES // 1_000_000})
        raise refused([too_large], file=file.name or "")
    taken = services.take_workbook(
        response_id, file.read(), file_name=file.name or "", by=request.viewer, now=request.now
    )
    findings = [_finding(one) for one in taken.findings.found]
    return _saved(taken.kept) | {"findings": findings, "moved_on": list(taken.moved_on)}


def _fetched(request: SonaeRequest, response_id: UUID) -> Response:
    rows = Response.objects.select_related("edition", "institution", "vendor")
    return visible_or_404(rows, request.viewer, pk=response_id)


def _note_read(request: SonaeRequest, found: Response) -> None:
    reads.record_one(
        "response.open", request=request, permission=Permission.RESPONSE_READ, subject="response",
        subject_id=found.pk, institution_id=found.institution_id,
    )  # fmt: skip


def _saved(kept: services.Kept) -> dict[str, object]:
    return {
        "revision": kept.response.revision,
        "saved": sorted(kept.saved),
        "refused": [_refused(question, why) for question, why in sorted(kept.refused.items())],
    }


def _refused(question: str, why: Refused) -> dict[str, object]:
    return {"question": question[: rules.LONGEST_ID], "reason": str(why.reason), "facts": _plain(why.facts)}


def _finding(found: Finding) -> dict[str, object]:
    return {
        "question": found.question,
        "reason": found.reason,
        "rows": list(found.rows),
        "facts": _plain(found.facts),
    }


def _mark(response: Response, question: str) -> dict[str, object]:
    mark = response.mark(question)
    assert mark is not None, "it is asked for what is marked"
    names = ("revision", "at", "by", "origin", "source", "as_of", "is_looked_at")
    return {"question": question} | {name: getattr(mark, name) for name in names}


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts as JSON has them."""
    return {
        name: value if isinstance(value, bool | int | float | None) else str(value) for name, value in facts.items()
    }
