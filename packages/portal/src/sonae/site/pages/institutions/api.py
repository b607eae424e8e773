from datetime import date

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.models import BedCount, Institution
from sonae.core.institutions.vocabulary import BedBand, InstitutionKind, InstitutionStatus, Prefecture
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.operations import Answer, Door, Limit, cursor_page

router = Router(tags=["institutions"])


class InstitutionAnswer(Answer):
    """An institution of the register."""

    id: int
    register_code: str
    kind: InstitutionKind
    name: str
    name_kana: str
    name_latin: str
    prefecture: Prefecture
    municipality: str
    jurisdiction: str
    address: str
    latitude: float | None
    longitude: float | None
    licensed_beds: int | None
    licensed_beds_as_of: date | None
    bed_band: BedBand
    status: InstitutionStatus
    is_synthetic: bool
    listed_on: date
    vanished_on: date | None


def _answer(row: Institution) -> InstitutionAnswer:
    shown = {name: getattr(row, name) for name in InstitutionAnswer.model_fields if name != "jurisdiction"}
    return InstitutionAnswer(**shown, jurisdiction=row.jurisdiction.code)


class BedCountAnswer(Answer):
    """Licensed beds as of a day."""

    as_of: date
    total: int | None
    general: int | None
    convalescent: int | None
    psychiatric: int | None
    tuberculosis: int | None
    infectious: int | None
    source: str


class InstitutionPage(Answer):
    items: list[InstitutionAnswer]
    next_cursor: str


class BedHistory(Answer):
    items: list[BedCountAnswer]


class InstitutionQuery(Schema):
    """What to look for."""

    q: str = Field("", max_length=200)
    kind: InstitutionKind | None = None
    prefecture: Prefecture | None = None
    beds: BedBand | None = None
    status: InstitutionStatus | None = None
    cursor: str = ""
    limit: Limit = 100


@router.get("/institutions", auth=Door(Permission.REGISTER_READ), response=InstitutionPage)
def list_institutions(request: HttpRequest, query: Query[InstitutionQuery]) -> dict[str, object]:
    """Institutions of the register, in the order in which they entered it."""
    rows = Institution.objects.visible_to(request.viewer).select_related("jurisdiction")  # type: ignore[attr-defined]
    rows = rows.matching(query.q.replace("\0", ""))
    if query.kind is not None:
        rows = rows.filter(kind=query.kind)
    if query.prefecture is not None:
        rows = rows.filter(prefecture=query.prefecture)
    if query.beds is not None:
        rows = rows.in_band(query.beds)
    if query.status is not None:
        rows = rows.filter(vanished_on__isnull=query.status is InstitutionStatus.LISTED)
    items, next_cursor = cursor_page(rows, cursor=query.cursor, limit=query.limit, parse=_row_number)
    return {"items": [_answer(row) for row in items], "next_cursor": next_cursor}


@router.get("/institutions/{int:institution_id}", auth=Door(Permission.REGISTER_READ), response=InstitutionAnswer)
def get_institution(request: HttpRequest, institution_id: int) -> InstitutionAnswer:
    """One institution."""
    return _answer(_fetched(request, institution_id))


@router.get("/institutions/{int:institution_id}/beds", auth=Door(Permission.REGISTER_READ), response=BedHistory)
def get_beds(request: HttpRequest, institution_id: int) -> dict[str, object]:
    """The licensed beds of one institution over time, the newest first."""
    institution = _fetched(request, institution_id)
    return {"items": list(BedCount.objects.filter(institution=institution))}


def _fetched(request: HttpRequest, institution_id: int) -> Institution:
    rows = Institution.objects.select_related("jurisdiction")
    return visible_or_404(rows, request.viewer, pk=_row_number(institution_id))  # type: ignore[attr-defined]


def _row_number(value: object) -> int:
    """A key that the databases can hold; any other number is that of no row."""
    number = int(str(value))
    return number if 0 <= number < 2**63 else 0
