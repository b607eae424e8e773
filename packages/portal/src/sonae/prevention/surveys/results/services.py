"""The verbs of a result: count, cancel, publish. Counting again has verbs of its own (`recounts`)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.web.given_up import is_given_up
from sonae.kernel.decision import Decision, require
from sonae.kernel.errors import Gone
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.results import clearance, kept, queries, rules, showing, stopping
from sonae.prevention.surveys.results.counting import Counted
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.vocabulary import Margins, ResultStage, ResultState
from sonae.prevention.surveys.vocabulary import CampaignState


@transaction.atomic
def begin_edition(
    campaign_id: UUID, *, stage: ResultStage, as_of: datetime, by: Viewer, now: datetime
) -> ResultEdition:
    """An edition that waits to be counted; whoever calls this queues the task that does."""
    campaign = _locked_campaign(campaign_id, by=by)
    assert by.account_id is not None, "whoever conducts surveys is a person"
    editions = ResultEdition.objects.filter(campaign=campaign)
    is_counting = editions.filter(state=ResultState.COUNTING).exists()
    answered = AskedInstitution.objects.filter(campaign=campaign).answered().exists()
    state = CampaignState(campaign.state)
    require(rules.may_count(stage, state, as_of=as_of, is_counting=is_counting, answered=int(answered), now=now))
    number = (editions.aggregate(last=Max("number"))["last"] or 0) + 1
    edition = ResultEdition.objects.create(
        campaign=campaign, stage=stage, number=number, as_of=as_of, threshold=settings.SURVEY_THRESHOLD,
        begun_at=now, begun_by_id=by.account_id,
    )  # fmt: skip
    _record("survey.count", edition, by=by.account_id, now=now, as_of=as_of.isoformat())
    return edition


@transaction.atomic
def begin_again(edition_id: UUID, *, by: Viewer, now: datetime) -> ResultEdition:
    """An edition whose job has died waits to be counted anew, as of the same moment; whoever calls this queues the task
    that does."""
    edition = _locked(edition_id, by=by)
    require(rules.may_begin_again(ResultState(edition.state), is_given_up=is_given_up(edition.job)))
    edition.read_count = edition.checked_percent = 0
    edition.save(update_fields=["read_count", "checked_percent"])
    _record("survey.count-again", edition, by=by.account_id, now=now)
    return edition


def note_job(edition_id: UUID, job_id: str) -> None:
    """Keeps which job counts an edition, so that its page can say whether it still runs."""
    ResultEdition.objects.filter(pk=edition_id).update(job=job_id)


def carry_out(edition_id: UUID, *, now: datetime) -> ResultState:
    """Counts a waiting edition and asks the second gate. All of it is there at the end, or nothing: killed in between,
    it is counted anew from the beginning; done or cancelled, it is left alone."""
    edition = ResultEdition.objects.select_related("campaign__edition").get(pk=edition_id)
    if edition.state != ResultState.COUNTING:
        return ResultState(edition.state)
    before = list(ResultEdition.objects.out_before(edition))
    waiting = ResultEdition.objects.filter(pk=edition.pk, state=ResultState.COUNTING)
    try:
        counted = stopping.counted(edition, before, waiting)
        rows = _rows(edition, counted, showing.shown_beside(edition, counted, before))
        edition.strata, edition.answered_under = kept.strata_written(counted.strata), list(counted.answered_under)
        told = stopping.telling(waiting, "checked_percent")
        decision = clearance.decided(edition, rows, told=told)
    except stopping.Stopped:
        return ResultState.CANCELLED
    return _write(edition, counted, rows, decision, now=now)


@transaction.atomic
def cancel(edition_id: UUID, *, by: Viewer, now: datetime) -> ResultEdition:
    """Gives up an edition that is being counted; the counting hears of it within its next few institutions."""
    edition = _locked(edition_id, by=by)
    require(rules.may_cancel(ResultState(edition.state)))
    edition.state, edition.cancelled_at, edition.cancelled_by_id = ResultState.CANCELLED, now, by.account_id
    edition.save(update_fields=["state", "cancelled_at", "cancelled_by"])
    _record("survey.count-cancel", edition, by=by.account_id, now=now)
    return edition


@transaction.atomic
def publish(edition_id: UUID, *, by: Viewer, now: datetime) -> ResultEdition:
    """Shows an edition to everybody, signed in or not; refused where somebody could work out a figure of a handful."""
    edition = _locked(edition_id, by=by)
    # One of a survey at a time: of two that are published at once neither would be decided beside the other.
    Campaign.objects.select_for_update(of=("self",), no_key=True).get(pk=edition.campaign_id)
    require(queries.may_publish(edition))
    require(clearance.may_leave(edition))
    edition.state, edition.published_at, edition.published_by_id = ResultState.PUBLISHED, now, by.account_id
    edition.save(update_fields=["state", "published_at", "published_by"])
    _record("survey.publish", edition, by=by.account_id, now=now, figures=edition.figures_digest)
    return edition


def _rows(edition: ResultEdition, counted: Counted, shown: Sequence[Margins]) -> list[QuestionResult]:
    strata = [one for one, _, _ in counted.strata]
    return [
        QuestionResult(
            edition=edition, position=position, question=cube.column.question, shape=cube.column.shape,
            options=list(cube.column.options), counts=kept.counts_written(cube.counts),
            figures=kept.margins_written(rules.margins_of(cube, strata)), shown=kept.margins_written(margins),
        )
        for position, (cube, margins) in enumerate(zip(counted.cubes, shown, strict=True), 1)
    ]  # fmt: skip


@transaction.atomic
def _write(
    edition: ResultEdition, counted: Counted, rows: Sequence[QuestionResult], decision: Decision, *, now: datetime
) -> ResultState:
    """Writes the figures down, and what the second gate said of them, unless somebody has cancelled the edition or
    counted it meanwhile."""
    kept_edition = ResultEdition.objects.select_for_update(of=("self",)).get(pk=edition.pk)
    if kept_edition.state != ResultState.COUNTING:
        return ResultState(kept_edition.state)
    QuestionResult.objects.bulk_create(rows)
    columns = {
        "state": ResultState.COUNTED,
        "counted_at": now,
        "asked_count": counted.asked,
        "submitted_count": counted.submitted,
        "strata": kept.strata_written(counted.strata),
        "answered_under": list(counted.answered_under),
        "input_digest": counted.input_digest,
        "figures_digest": counted.figures_digest,
    }
    for name, value in columns.items():
        setattr(kept_edition, name, value)
    kept_edition.save(update_fields=list(columns))
    clearance.keep(kept_edition, decision)
    _record("survey.counted", kept_edition, by=None, now=now, figures=counted.figures_digest)
    return ResultState.COUNTED


def _locked_campaign(campaign_id: UUID, *, by: Viewer) -> Campaign:
    campaign = Campaign.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=campaign_id).first()
    if campaign is None:
        raise Gone("campaign", campaign_id)
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    return campaign


def _locked(edition_id: UUID, *, by: Viewer) -> ResultEdition:
    rows = ResultEdition.objects.select_for_update(of=("self",)).visible_to(by)
    edition = rows.filter(pk=edition_id).first()
    if edition is None:
        raise Gone("result", edition_id)
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    return edition


def _record(verb: str, edition: ResultEdition, *, by: UUID | None, now: datetime, **facts: object) -> None:
    facts |= {"edition": edition.number, "stage": edition.stage}
    audit.record(verb, subject="survey", subject_id=edition.campaign_id, by=by, now=now, facts=facts)
