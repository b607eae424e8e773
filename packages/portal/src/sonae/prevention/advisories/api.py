from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils.datastructures import MultiValueDict
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from sonae.core.access.vocabulary import Permission
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, RowNumber, Strict, as_text, cursor_page, row_number
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.advisories import forms, queries, services, tasks
from sonae.prevention.advisories.models import (
    Advisory,
    ImportedDocument,
    ImportRun,
    ProductStatement,
    Source,
    VersionText,
)
from sonae.prevention.advisories.vocabulary import (
    Certainty,
    Covered,
    Format,
    Outcome,
    ProductStatus,
    RunStatus,
    Severity,
    SourceKind,
    Trouble,
    Unread,
)

router = Router(tags=["advisories"])


class MarkAnswer(Answer):
    """A vulnerability with what KEV and EPSS say of it; a probability is between 0 and 1."""

    cve: str
    exploited_since: date | None
    is_used_by_ransomware: bool
    probability: float | None
    percentile: float | None
    told_on: date | None


class AdvisoryAnswer(Answer):
    """An advisory as it was understood."""

    id: UUID
    format: Format
    publisher: str
    identifier: str
    language: str
    revision: str
    title: str
    published_at: datetime | None
    updated_at: datetime | None
    taken_at: datetime
    is_current: bool
    is_withdrawn: bool
    is_medical: bool
    base_score: float | None
    severity: Severity | None
    fault_count: int


class AdvisoryDetail(AdvisoryAnswer):
    """The same with all that was kept of it, and its faults with their places."""

    summary: str
    scores: list[dict[str, Any]]
    remediations: list[str]
    references: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    marks: list[MarkAnswer]
    digest: str


class AdvisoryQuery(Schema):
    """Which advisories: `product` is a vendor or a product, `cve` the beginning of a number."""

    cve: Annotated[str, Field(max_length=28)] = ""
    product: Annotated[str, Field(max_length=200)] = ""
    exploited: bool | None = None
    medical: bool | None = None
    cursor: str = ""
    limit: Limit = 100


class TextQuery(Schema):
    """Which version texts: with a stated range, or without."""

    stated: bool | None = None
    cursor: str = ""
    limit: Limit = 100


class AdvisoryPage(Answer):
    items: list[AdvisoryAnswer]
    next_cursor: str


class StatementAnswer(Answer):
    """What an advisory says of a product: `version` as published, `ranges` as read or stated."""

    id: int
    status: ProductStatus
    vendor: str
    product: str
    version: str
    version_text_id: int | None
    certainty: Certainty | None
    ranges: list[str]
    cves: list[str]
    identifiers: dict[str, list[str]]
    runs_on: list[str]
    where: str


class StatementPage(Answer):
    items: list[StatementAnswer]
    next_cursor: str


class VersionTextAnswer(Answer):
    """A version text that a person must read or has read. `said` is the range that somebody stated."""

    id: int
    text: str
    certainty: Certainty
    unread: Unread | None
    part: str
    statement_count: int
    said: str
    why: str
    stated_at: datetime | None


class VersionTextPage(Answer):
    items: list[VersionTextAnswer]
    next_cursor: str


class RangeGiven(Strict):
    """What a version text means, and where that is known from."""

    said: Annotated[str, Field(min_length=1, max_length=1_000)]
    why: Annotated[str, Field(max_length=1_000)]


class Tried(Strict):
    """A range to be looked at, and versions to try."""

    said: Annotated[str, Field(min_length=1, max_length=1_000)]
    versions: Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=20)] = []


class TriedAnswer(Answer):
    """How a range is read. `part` is what is not understood, where something is not."""

    certainty: Certainty
    ranges: list[str]
    conditions: list[str]
    part: str
    versions: list[tuple[str, Covered]]


class SourceAnswer(Answer):
    """A source: when something was last fetched, what went wrong, and when it is asked again."""

    id: UUID
    name: str
    kind: SourceKind
    address: str
    succeeded_at: datetime | None
    tried_at: datetime | None
    trouble: Trouble | None
    failures: int
    retry_at: datetime | None
    paused_at: datetime | None


class SourcePage(Answer):
    items: list[SourceAnswer]
    next_cursor: str


class SourceGiven(Strict):
    """A source to be asked from now on."""

    name: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,60}$")]
    kind: Annotated[SourceKind, as_text(SourceKind)]
    address: Annotated[str, Field(max_length=500)] = ""


class RunAnswer(Answer):
    """One import with its counts. `position` counts the documents and records that are done."""

    id: UUID
    source_id: UUID | None
    file_name: str
    status: RunStatus
    started_at: datetime
    finished_at: datetime | None
    position: int
    read: int
    faulty: int
    repeated: int
    refused: int
    unread: int
    statements: int
    ranges_read: int
    ranges_open: int
    marks: int


class RunPage(Answer):
    items: list[RunAnswer]
    next_cursor: str


class DocumentAnswer(Answer):
    """What became of one document. `line` and `column` count from 1; 0: not known."""

    number: int
    name: str
    part: str
    outcome: Outcome
    identifier: str
    advisory_id: UUID | None
    reason: str
    line: int
    column: int
    facts: dict[str, Any]
    fault_count: int


class DocumentPage(Answer):
    items: list[DocumentAnswer]
    next_cursor: str


def _advisory(row: Advisory) -> AdvisoryAnswer:
    return AdvisoryAnswer(**_facts(row))


def _facts(row: Advisory) -> dict[str, Any]:
    names = (
        "id", "format", "publisher", "identifier", "language", "revision", "title", "published_at", "updated_at",
        "taken_at", "is_current", "is_withdrawn", "is_medical", "base_score", "fault_count",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"severity": row.severity or None}


def _detail(row: Advisory) -> AdvisoryDetail:
    kept = {
        name: getattr(row, name) for name in ("summary", "scores", "remediations", "references", "faults", "digest")
    }
    marks = [
        MarkAnswer(
            cve=cve,
            exploited_since=exploited.added_on if exploited else None,
            is_used_by_ransomware=bool(exploited and exploited.is_ransomware),
            probability=likely.probability if likely else None,
            percentile=likely.percentile if likely else None,
            told_on=likely.told_on if likely else None,
        )
        for cve, exploited, likely in queries.marks_of(row)
    ]
    return AdvisoryDetail(**_facts(row), **kept, marks=marks)


def _statement(row: ProductStatement) -> StatementAnswer:
    version = row.version
    return StatementAnswer(
        id=row.pk,
        status=ProductStatus(row.status),
        vendor=row.vendor,
        product=row.product,
        version=version.text if version else "",
        version_text_id=version.pk if version else None,
        certainty=version.standing_certainty if version else None,
        ranges=version.standing_ranges if version else [],
        cves=row.cves,
        identifiers=row.identifiers,
        runs_on=row.runs_on,
        where=row.where,
    )


def _version_text(row: VersionText) -> VersionTextAnswer:
    stated = row.stated
    return VersionTextAnswer(
        id=row.pk,
        text=row.text,
        certainty=row.standing_certainty,
        unread=Unread(row.unread) if row.unread else None,
        part=row.part,
        statement_count=getattr(row, "statement_count", 0),
        said=stated.said if stated else "",
        why=stated.why if stated else "",
        stated_at=stated.stated_at if stated else None,
    )


def _source(row: Source) -> SourceAnswer:
    names = ("id", "name", "kind", "address", "succeeded_at", "tried_at", "failures", "retry_at", "paused_at")
    return SourceAnswer(
        **{name: getattr(row, name) for name in names}, trouble=Trouble(row.trouble) if row.trouble else None
    )


# -- advisories --


@router.get("/advisories", auth=Door(Permission.ADVISORY_READ), response=AdvisoryPage)
def list_advisories(request: SonaeRequest, query: Query[AdvisoryQuery]) -> dict[str, object]:
    """The advisories that stand, in the order in which they were taken in."""
    rows = Advisory.objects.visible_to(request.viewer).standing()
    rows = rows.naming(query.cve.upper()) if query.cve else rows
    rows = rows.about(query.product) if query.product else rows
    rows = rows if query.exploited is None else rows.exploited(yes=query.exploited)
    rows = rows if query.medical is None else rows.filter(is_medical=query.medical)
    items, next_cursor = cursor_page(rows, cursor=query.cursor, limit=query.limit, parse=UUID)
    return {"items": [_advisory(row) for row in items], "next_cursor": next_cursor}


@router.get("/advisories/{uuid:advisory_id}", auth=Door(Permission.ADVISORY_READ), response=AdvisoryDetail)
def read_advisory(request: SonaeRequest, advisory_id: UUID) -> AdvisoryDetail:
    """One advisory with all that was kept of it."""
    return _detail(visible_or_404(Advisory.objects, request.viewer, pk=advisory_id))


@router.get("/advisories/{uuid:advisory_id}/statements", auth=Door(Permission.ADVISORY_READ), response=StatementPage)
def list_statements(
    request: SonaeRequest, advisory_id: UUID, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """What an advisory says of products, with the ranges as they are read or were stated."""
    advisory = visible_or_404(Advisory.objects, request.viewer, pk=advisory_id)
    rows = queries.statements_of(advisory)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    return {"items": [_statement(row) for row in items], "next_cursor": next_cursor}


# -- version texts --


@router.get("/version-texts", auth=Door(Permission.ADVISORY_READ), response=VersionTextPage)
def list_version_texts(request: SonaeRequest, query: Query[TextQuery]) -> dict[str, object]:
    """Version texts that a person must read or has read, each with how many statements have it."""
    rows = queries.texts_to_read(request.viewer)
    rows = rows if query.stated is None else rows.filter(stated__isnull=not query.stated)
    items, next_cursor = cursor_page(rows, cursor=query.cursor, limit=query.limit, parse=row_number)
    return {"items": [_version_text(row) for row in items], "next_cursor": next_cursor}


@router.get("/version-texts/{text_id}", auth=Door(Permission.ADVISORY_READ), response=VersionTextAnswer)
def read_version_text(request: SonaeRequest, text_id: RowNumber) -> VersionTextAnswer:
    """One version text."""
    return _text(request, text_id)


@router.post("/version-texts/{text_id}/trial", auth=Door(Permission.ADVISORY_READ), response=TriedAnswer)
def try_range(request: SonaeRequest, text_id: RowNumber, given: Tried) -> dict[str, object]:
    """How a range would be read, and which versions it would hold; nothing is kept."""
    visible_or_404(VersionText.objects, request.viewer, pk=text_id)
    found = services.preview(given.said, versions=given.versions)
    understood = found.understood
    return {
        "certainty": understood.certainty,
        "ranges": list(understood.ranges),
        "conditions": list(understood.conditions),
        "part": understood.part,
        "versions": list(found.tried),
    }


@router.post("/version-texts/{text_id}/range", auth=Door(Permission.ADVISORY_STATE), response=VersionTextAnswer)
def state_range(request: SonaeRequest, text_id: RowNumber, given: RangeGiven) -> VersionTextAnswer:
    """States what a version text means, for every statement with it. What was stated before stays in its history."""
    visible_or_404(VersionText.objects, request.viewer, pk=text_id)
    services.state_range(text_id, said=given.said, why=given.why, by=request.viewer, now=request.now)
    return _text(request, text_id)


def _text(request: SonaeRequest, text_id: int) -> VersionTextAnswer:
    return _version_text(visible_or_404(queries.counted_texts(request.viewer), request.viewer, pk=text_id))


# -- sources --


@router.get("/advisory-sources", auth=Door(Permission.ADVISORY_READ), response=SourcePage)
def list_sources(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """Where advisories come from."""
    rows = Source.objects.visible_to(request.viewer)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_source(row) for row in items], "next_cursor": next_cursor}


@router.post("/advisory-sources", auth=Door(Permission.FEED_MANAGE), response={201: SourceAnswer})
def add_source(request: SonaeRequest, given: SourceGiven) -> Status[SourceAnswer]:
    """Adds a source; it is asked within a few minutes."""
    source = services.add_source(
        given.name, kind=given.kind, address=given.address, by=request.viewer, now=request.now
    )  # fmt: skip
    return Status(201, _source(source))


@router.get("/advisory-sources/{uuid:source_id}", auth=Door(Permission.ADVISORY_READ), response=SourceAnswer)
def read_source(request: SonaeRequest, source_id: UUID) -> SourceAnswer:
    """One source."""
    return _source(visible_or_404(Source.objects, request.viewer, pk=source_id))


@router.post("/advisory-sources/{uuid:source_id}/pull", auth=Door(Permission.FEED_MANAGE), response={202: SourceAnswer})
def pull_source(request: SonaeRequest, source_id: UUID) -> Status[SourceAnswer]:
    """Has a source asked now, whether its time has come or not."""
    source = visible_or_404(Source.objects, request.viewer, pk=source_id)
    tasks.queue_pull(source, by=request.viewer, now=request.now)
    return Status(202, _source(source))


@router.post("/advisory-sources/{uuid:source_id}/pause", auth=Door(Permission.FEED_MANAGE), response=SourceAnswer)
def pause_source(request: SonaeRequest, source_id: UUID) -> SourceAnswer:
    """Pauses a source: nothing is fetched from it until somebody resumes it."""
    source = visible_or_404(Source.objects, request.viewer, pk=source_id)
    return _source(services.pause_source(source.pk, by=request.viewer, now=request.now))


@router.post("/advisory-sources/{uuid:source_id}/resumption", auth=Door(Permission.FEED_MANAGE), response=SourceAnswer)
def resume_source(request: SonaeRequest, source_id: UUID) -> SourceAnswer:
    """Resumes a paused source, from where it was."""
    source = visible_or_404(Source.objects, request.viewer, pk=source_id)
    return _source(services.resume_source(source.pk, by=request.viewer, now=request.now))


# -- imports --


@router.get("/advisory-imports", auth=Door(Permission.ADVISORY_READ), response=RunPage)
def list_advisory_imports(request: SonaeRequest, cursor: str = "", limit: Limit = 100) -> dict[str, object]:
    """Every import of advisories, of files and of sources, the oldest first."""
    rows = ImportRun.objects.visible_to(request.viewer)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/advisory-imports", auth=Door(Permission.FEED_MANAGE), response={202: RunAnswer})
def import_advisories(request: SonaeRequest, file: File[UploadedFile]) -> Status[ImportRun]:
    """Takes a file with advisories and queues its import; read the import to see how far it is."""
    form = forms.UploadForm({}, MultiValueDict({"file": [file]}))
    if not form.is_valid():
        raise BadInput(
            Problem(WebRefusal.FIELD_INVALID, field=f"body.{name}", facts={"why": str(error)})
            for name, errors in form.errors.items()
            for error in errors
        )
    return Status(202, tasks.queue_import(form.cleaned_data["file"], by=request.viewer))


@router.get("/advisory-imports/{uuid:run_id}", auth=Door(Permission.ADVISORY_READ), response=RunAnswer)
def read_advisory_import(request: SonaeRequest, run_id: UUID) -> ImportRun:
    """What came of one import of advisories, and how far it is."""
    return visible_or_404(ImportRun.objects, request.viewer, pk=run_id)


@router.get("/advisory-imports/{uuid:run_id}/documents", auth=Door(Permission.ADVISORY_READ), response=DocumentPage)
def list_imported_documents(
    request: SonaeRequest, run_id: UUID, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """What became of each document of an import: the refused ones with line and column."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    rows = ImportedDocument.objects.visible_to(request.viewer).filter(run=run)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    return {"items": items, "next_cursor": next_cursor}


@router.post("/advisory-imports/{uuid:run_id}/cancellation", auth=Door(Permission.FEED_MANAGE), response=RunAnswer)
def cancel_advisory_import(request: SonaeRequest, run_id: UUID) -> ImportRun:
    """Stops an import behind the documents it is reading. What it took in stays."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    return services.cancel_import(run.pk, by=request.viewer, now=request.now)
