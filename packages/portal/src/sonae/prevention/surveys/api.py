from datetime import date, datetime
from uuid import UUID

from ninja import Router

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.web import reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, cursor_page, row_number
from sonae.kernel.errors import Gone
from sonae.prevention.surveys import queries
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.vocabulary import Band, CallOutcome, CampaignState, Dimension, Excuse, Progress, Stage

router = Router(tags=["surveys"])


class BedInterval(Answer):
    """Licensed beds from `least` on, itself included, and below `below`, itself excluded."""

    least: int
    below: int | None


class PopulationAnswer(Answer):
    """Whom a survey asks, by the register of its reference date. An empty list says nothing."""

    kinds: list[InstitutionKind]
    beds: BedInterval | None
    prefectures: list[Prefecture]
    population: str


class CampaignRow(Answer):
    """A survey: what it asks, whom, and from when until when (half-open)."""

    id: UUID
    state: CampaignState
    title_ja: str
    title_en: str
    edition_id: UUID
    fiscal_year: int
    reference_on: date
    population: PopulationAnswer
    opens_at: datetime
    closes_at: datetime
    asked_count: int


class CampaignPage(Answer):
    items: list[CampaignRow]
    next_cursor: str


class ProgressAnswer(Answer):
    """How far institutions have come, in numbers; `opened` counts all who looked or went further."""

    asked: int
    opened: int
    draft: int
    returned: int
    submitted: int
    accepted: int
    excused: int
    answered: int


class ProgressRow(ProgressAnswer):
    """The same of one class or place."""

    name: str


class StandingAnswer(Answer):
    """How far those asked have come whom the caller may follow up, as of a moment."""

    whole: ProgressAnswer
    by_band: list[ProgressRow]
    by_prefecture: list[ProgressRow]
    by_kind: list[ProgressRow]
    as_of: datetime


class AskedRow(Answer):
    """One institution as the register had it on the reference date, and how far it has come."""

    id: int
    institution_id: int
    kind: InstitutionKind
    licensed_beds: int | None
    band: Band
    prefecture: Prefecture
    stage: Stage
    due_at: datetime
    excuse: Excuse | None
    calls_made: int | None
    last_called_at: datetime | None
    last_outcome: CallOutcome | None
    call_again_on: date | None


class AskedPage(Answer):
    items: list[AskedRow]
    next_cursor: str


@router.get("/surveys", auth=Door(Permission.SURVEY_READ), response=CampaignPage)
def list_surveys(
    request: SonaeRequest, state: CampaignState | None = None, cursor: str = "", limit: Limit = 100
) -> CampaignPage:
    """Surveys that the caller may know of, in the order in which they were written down."""
    rows = Campaign.objects.visible_to(request.viewer)
    if state is not None:
        rows = rows.filter(state=state)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return CampaignPage(items=[CampaignRow.from_orm(row) for row in found], next_cursor=next_cursor)


@router.get("/surveys/{uuid:campaign_id}", auth=Door(Permission.SURVEY_READ), response=CampaignRow)
def read_survey(request: SonaeRequest, campaign_id: UUID) -> Campaign:
    """One survey."""
    return visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)


@router.get("/surveys/{uuid:campaign_id}/progress", auth=Door(Permission.SURVEY_READ), response=StandingAnswer)
def read_survey_progress(request: SonaeRequest, campaign_id: UUID) -> StandingAnswer:
    """How far those asked have come, as a whole and by bed class, prefecture and kind of the reference date."""
    campaign = _supervised(request, campaign_id)
    found = queries.standing(campaign, request.viewer, now=request.now)
    by_band, by_prefecture, by_kind = (
        [ProgressRow(name=name, **_numbers(one)) for name, one in found.by[dimension].items()]
        for dimension in (Dimension.BAND, Dimension.PREFECTURE, Dimension.KIND)
    )
    return StandingAnswer(
        whole=ProgressAnswer(**_numbers(found.whole)), by_band=by_band, by_prefecture=by_prefecture, by_kind=by_kind,
        as_of=found.as_of,
    )  # fmt: skip


@router.get("/surveys/{uuid:campaign_id}/institutions", auth=Door(Permission.SURVEY_READ), response=AskedPage)
def list_survey_institutions(
    request: SonaeRequest, campaign_id: UUID, stage: Stage | None = None, cursor: str = "", limit: Limit = 100
) -> AskedPage:
    """The institutions asked that the caller may follow up, with how far they are and the last call."""
    campaign = _supervised(request, campaign_id)
    rows = queries.follow_up(campaign, request.viewer)
    if stage is not None:
        rows = rows.filter(queries.stage_condition(stage))
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=row_number)
    reads.record_list(
        "survey.follow_up", request=request, permission=Permission.SURVEY_READ, subject="survey", rows=len(found),
        conditions={"stage": stage},
    )  # fmt: skip
    return AskedPage(items=[_row(one) for one in found], next_cursor=next_cursor)


def _supervised(request: SonaeRequest, campaign_id: UUID) -> Campaign:
    reach = access.reach(request.viewer, Permission.SURVEY_READ)
    if not (reach.nation or reach.jurisdiction_ids):
        raise Gone("campaign", campaign_id)
    return visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)


def _numbers(one: Progress) -> dict[str, int]:
    names = ("asked", "opened", "draft", "returned", "submitted", "accepted", "excused", "answered")
    return {name: getattr(one, name) for name in names}


def _row(one: AskedInstitution) -> AskedRow:
    # What `follow_up` annotates.
    noted = {name: getattr(one, name) for name in ("calls_made", "last_called_at", "last_outcome", "call_again_on")}
    return AskedRow(
        id=one.pk, institution_id=one.institution_id, kind=InstitutionKind(one.kind),
        licensed_beds=one.licensed_beds, band=Band(one.band), prefecture=Prefecture(one.prefecture), stage=one.stage,
        due_at=one.due_at, excuse=Excuse(one.excuse) if one.excuse else None,
        **noted,
    )  # fmt: skip
