"""How far a self-check is, for programs of the people who prepare it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from ninja import Path, Router

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments.vocabulary import FindingReason, YesNo
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door
from sonae.kernel.decision import require
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.answers import OscalAnswer
from sonae.prevention.inspections.oscal.self_assessment import may_be_planned
from sonae.prevention.inspections.queries import VendorSheet
from sonae.prevention.inspections.vocabulary import RowReadiness, RowStanding, SheetStanding

router = Router(tags=["inspections"])

# A key that the databases can hold, and a year that has a form.
InstitutionId = Annotated[int, Path(ge=1, le=2**63 - 1)]
FiscalYear = Annotated[int, Path(ge=1970, le=2099)]


class RowAnswer(Answer):
    """A row of the form; `controls` are those of the catalogue that it asks about."""

    question: str
    number: str
    standing: RowStanding
    answer: YesNo | None
    checked_on: list[date]
    target_on: date | None
    lacks: list[FindingReason]
    controls: list[str]


class SheetAnswer(Answer):
    """A vendor under contract, and how far its form is."""

    vendor_id: int
    name: str
    standing: SheetStanding
    response_id: UUID | None


class ReadinessAnswer(Answer):
    """How far a self-check is, and the forms of the vendors under contract.

    A self-check is ready when each row is answered and dated, each no with its target date; not a yes in each row. All
    is ready when every vendor under contract has handed in its form as well.
    """

    institution_id: int
    fiscal_year: int
    edition: str
    response_id: UUID | None
    is_ready: bool
    self_check_is_ready: bool
    rows: list[RowAnswer]
    vendors: list[SheetAnswer]


@router.get(
    "/institutions/{institution_id}/inspection-readiness/{fiscal_year}",
    auth=Door(Permission.INSPECTION_PREPARE),
    response=ReadinessAnswer,
)
def read_readiness(request: SonaeRequest, institution_id: InstitutionId, fiscal_year: FiscalYear) -> ReadinessAnswer:
    """How far the self-check of an institution is for the inspection of a fiscal year, row by row."""
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    return ReadinessAnswer(
        institution_id=found.institution.pk,
        fiscal_year=found.fiscal_year,
        edition=found.edition.edition,
        response_id=found.response.pk if found.response else None,
        is_ready=found.is_ready,
        self_check_is_ready=found.readiness is not None and found.readiness.is_ready,
        rows=[_row_answer(one.question.number, one.question.controls, one.row) for one in found.rows],
        vendors=[_sheet_answer(one) for one in found.vendors],
    )


@router.get(
    "/institutions/{institution_id}/inspection-results/{fiscal_year}",
    auth=Door(Permission.INSPECTION_PREPARE),
    response=OscalAnswer,
)
def read_results(request: SonaeRequest, institution_id: InstitutionId, fiscal_year: FiscalYear) -> dict[str, Any]:
    """The self-check of an institution as it was handed in, as OSCAL 1.2.1 assessment results."""
    return compose.assessment_results(
        queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    )


@router.get(
    "/institutions/{institution_id}/inspection-plan/{fiscal_year}",
    auth=Door(Permission.INSPECTION_PREPARE),
    response=OscalAnswer,
)
def read_plan(request: SonaeRequest, institution_id: InstitutionId, fiscal_year: FiscalYear) -> dict[str, Any]:
    """What is still to be done after the self-check, as an OSCAL 1.2.1 plan of action and milestones."""
    found = queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    require(may_be_planned(found))
    return compose.plan_of_action(found)


def _sheet_answer(sheet: VendorSheet) -> SheetAnswer:
    return SheetAnswer(
        vendor_id=sheet.vendor.pk,
        name=sheet.vendor.name,
        standing=sheet.standing,
        response_id=sheet.response.pk if sheet.response else None,
    )


def _row_answer(number: str, controls: tuple[str, ...], row: RowReadiness) -> RowAnswer:
    return RowAnswer(
        question=row.question,
        number=number,
        standing=row.standing,
        answer=YesNo(row.answer) if row.answer else None,
        checked_on=list(row.checked_on),
        target_on=row.target_on,
        lacks=[lack.reason for lack in row.lacks],
        controls=list(controls),
    )
