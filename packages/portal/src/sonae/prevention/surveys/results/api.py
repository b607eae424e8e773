from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.http.response import HttpResponseBase
from ninja import Router

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments.definition import Question
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, cursor_page, row_number
from sonae.kernel.decision import require
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.results import clearance, columns, exports, queries, tables
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.vocabulary import (
    ASKED,
    EVERYBODY,
    Class,
    FileForm,
    KeptBack,
    Margins,
    ResultStage,
    ResultState,
    Shape,
    figure_at,
)
from sonae.prevention.surveys.results.wording import class_name, option_names, question_name
from sonae.prevention.surveys.vocabulary import Dimension

router = Router(tags=["surveys"])


class ResultRow(Answer):
    """An edition of a survey's result: how final it is, as of when, and how many were asked and handed in."""

    id: UUID
    campaign_id: UUID
    stage: ResultStage
    number: int
    as_of: datetime
    state: ResultState
    threshold: int
    asked_count: int
    submitted_count: int
    counted_at: datetime | None
    published_at: datetime | None


class ResultPage(Answer):
    items: list[ResultRow]
    next_cursor: str


class OptionRow(Answer):
    value: str
    name: str


class FigureAnswer(Answer):
    """One figure: how many institutions, and their share of those asked. One that is kept back has a reason instead."""

    figure: str
    institutions: int | None
    share_per_cent: float | None
    kept_back: KeptBack | None


class ClassRow(Answer):
    """The figures of one class of a breakdown, or of all. `asked` is the denominator of its shares."""

    breakdown: Dimension | None
    class_code: str
    class_name: str
    asked: int | None
    asked_kept_back: KeptBack | None
    figures: list[FigureAnswer]


class TableRow(Answer):
    """One question by every breakdown, with the way that leads to it: `asked_after` decide who is asked it."""

    position: int
    question: str
    wording: str
    shape: Shape
    options: list[OptionRow]
    condition: str
    asked_after: list[str]
    rows: list[ClassRow]


class TablePage(Answer):
    items: list[TableRow]
    next_cursor: str


@router.get("/surveys/{uuid:campaign_id}/results", auth=Door(Permission.SURVEY_READ), response=ResultPage)
def list_survey_results(
    request: SonaeRequest, campaign_id: UUID, cursor: str = "", limit: Limit = 100
) -> dict[str, object]:
    """The editions of a survey's result that the caller may know of, in the order in which they were counted."""
    campaign = visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)
    rows = ResultEdition.objects.visible_to(request.viewer).filter(campaign=campaign)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": items, "next_cursor": next_cursor}


@router.get("/survey-results/{uuid:result_id}", auth=Door(Permission.SURVEY_READ), response=ResultRow)
def read_survey_result(request: SonaeRequest, result_id: UUID) -> ResultEdition:
    """One edition of a survey's result."""
    return visible_or_404(ResultEdition.objects, request.viewer, pk=result_id)


@router.get("/survey-results/{uuid:result_id}/tables", auth=Door(Permission.SURVEY_READ), response=TablePage)
def list_survey_result_tables(
    request: SonaeRequest,
    result_id: UUID,
    breakdown: Dimension | None = None,
    cursor: str = "",
    limit: Limit = 100,
) -> TablePage:
    """The questions of an edition with the figures that the caller may see, by one breakdown or by all."""
    edition = _counted(request, result_id)
    found, next_cursor = cursor_page(
        edition.questions.only("position", "edition"), cursor=cursor, limit=limit, key="position", parse=row_number
    )
    sheet = _sheet(request, edition)
    gates = columns.gates_of(sheet.plan)
    items = [_table(sheet, one.position, sheet.questions[one.position], gates, breakdown) for one in found]
    return TablePage(items=items, next_cursor=next_cursor)


@router.get("/survey-results/{uuid:result_id}/file", auth=Door(Permission.SURVEY_READ))
def download_survey_result(request: SonaeRequest, result_id: UUID, form: FileForm = FileForm.CSV) -> HttpResponseBase:
    """The figures of an edition that the caller may see, as a file."""
    return exports.file_of(_sheet(request, _counted(request, result_id)), form, now=request.now)


def _counted(request: SonaeRequest, result_id: UUID) -> ResultEdition:
    rows = ResultEdition.objects.counted().select_related("campaign__edition")
    return visible_or_404(rows, request.viewer, pk=result_id)


def _sheet(request: SonaeRequest, edition: ResultEdition) -> Sheet:
    """What the caller may see. The ministry has all figures; what others have passes the gate first."""
    sheet = queries.sheet_of(edition, request.viewer)
    if not sheet.is_whole:
        require(clearance.may_be_handed_out(edition))
    return sheet


def _table(
    sheet: Sheet, position: int, margins: Margins, gates: dict[str, frozenset[str]], breakdown: Dimension | None
) -> TableRow:
    column = margins.column
    item = sheet.plan.items.get(column.question)
    return TableRow(
        position=position,
        question=column.question,
        wording=question_name(sheet.plan, column),
        shape=column.shape,
        options=[
            OptionRow(value=value, name=name)
            for value, name in zip(column.options, option_names(sheet.plan, column), strict=True)
        ],
        condition=item.relevant if isinstance(item, Question) else "",
        asked_after=sorted(gates.get(column.question, ())),
        rows=[_row(margins, each) for each in _classes(margins, breakdown)],
    )


def _classes(margins: Margins, breakdown: Dimension | None) -> Iterator[Class]:
    dimensions = (breakdown,) if breakdown else tuple(Dimension)
    seen = dict.fromkeys(each for dimension in dimensions for each in tables.classes_in(margins, dimension))
    return (each for each in seen if each in margins.rows)


def _row(margins: Margins, each: Class) -> ClassRow:
    row = margins.rows[each]
    return ClassRow(
        breakdown=None if each == EVERYBODY else Dimension(each[0]),
        class_code=each[1],
        class_name=class_name(each),
        asked=row[ASKED],
        asked_kept_back=KeptBack.SMALL_NUMBER if row[ASKED] is None else None,
        figures=[_figure(margins, row, place) for place in range(ASKED + 1, margins.column.width)],
    )


def _figure(margins: Margins, row: tuple[int | None, ...], place: int) -> FigureAnswer:
    figure, asked = row[place], row[ASKED]
    return FigureAnswer(
        figure=figure_at(margins.column, place),
        institutions=figure,
        share_per_cent=round(100 * figure / asked, 1) if figure is not None and asked else None,
        kept_back=KeptBack.SMALL_NUMBER if figure is None else None,
    )
