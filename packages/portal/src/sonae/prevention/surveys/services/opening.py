"""Opening a campaign, closing it, and taking it back."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import DateTimeField, Max, Value

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import services as duties
from sonae.core.instruments import services as instruments
from sonae.kernel.decision import first_refusal, require
from sonae.kernel.errors import Conflict
from sonae.kernel.events import publish
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.services.drafting import require_sound
from sonae.prevention.surveys.services.records import DUTY, SUBJECT, locked_campaign, record
from sonae.prevention.surveys.vocabulary import Band, CampaignOpened, CampaignOpening, CampaignState, SurveyRefusal

# Written down in one transaction: about a second, however many are asked.
FROZEN_AT_ONCE = 5_000


@transaction.atomic
def begin_opening(campaign_id: UUID, *, seen: int, by: Viewer, now: datetime) -> Campaign:
    """Begins to open a campaign: whom it asks is written down piece by piece (`freeze_some`), in a task.

    `seen` is the revision whose preview the officer looked at.
    """
    campaign = locked_campaign(campaign_id, by=by)
    if campaign.revision != seen:
        raise Conflict(SurveyRefusal.CHANGED_MEANWHILE)
    content, state = campaign.content(), CampaignState(campaign.state)
    require_sound(content)
    asked = queries.asked_by(content.rule, on=content.reference_on).order_by().count()
    require(rules.may_open(content, state=state, asked=asked, now=now))
    campaign.state, campaign.opening_at, campaign.opening_by_id = CampaignState.OPENING, now, by.account_id
    campaign.expected_count, campaign.register_mark = asked, queries.register_mark()
    campaign.save(update_fields=["state", "opening_at", "opening_by", "expected_count", "register_mark"])
    record("survey.open-begin", campaign, by=by.account_id, now=now, expected=asked)
    publish(CampaignOpening(campaign.pk))
    return campaign


@transaction.atomic
def freeze_some(campaign_id: UUID, *, now: datetime, limit: int = FROZEN_AT_ONCE) -> bool:
    """Writes down the next institutions that a campaign asks, by the register of its reference date; tells whether
    there is more to do. With the last piece it is open, and from there on its denominator stands.

    Rows and how far they go are one transaction: killed in between, it is as if the piece had not begun, and whoever
    goes on doubles none. All of them are taken from one register: where that changed meanwhile, it begins anew.
    """
    opening = Campaign.objects.select_for_update(of=("self",)).filter(state=CampaignState.OPENING)
    campaign = opening.filter(pk=campaign_id).first()
    if campaign is None:
        return False
    if count := _freeze(campaign, limit=limit):
        campaign.asked_count += count
        campaign.save(update_fields=["asked_count", "frozen_to"])
        return True
    mark = queries.register_mark()
    if mark != campaign.register_mark:
        _thaw(campaign)
        campaign.register_mark = mark
        campaign.save(update_fields=["asked_count", "frozen_to", "register_mark"])
        return True
    _open(campaign, now=now)
    return False


def _open(campaign: Campaign, *, now: datetime) -> None:
    if not campaign.asked_count:
        # The register changed between the look at it and the end: nobody fits any more.
        _back_to_draft(campaign)
        record("survey.open-cancel", campaign, by=None, now=now)
        return
    campaign.state, campaign.opened_at, campaign.opened_by_id = CampaignState.OPEN, now, campaign.opening_by_id
    campaign.save(update_fields=["state", "opened_at", "opened_by"])
    record(
        "survey.open", campaign, by=campaign.opened_by_id, now=now, asked=campaign.asked_count,
        population=campaign.population,
    )  # fmt: skip
    publish(CampaignOpened(campaign.pk))


@transaction.atomic
def cancel_opening(campaign_id: UUID, *, by: Viewer, now: datetime) -> Campaign:
    """Gives up opening a campaign: it is a draft as before, and asks nobody."""
    campaign = locked_campaign(campaign_id, by=by)
    require(rules.may_cancel_opening(CampaignState(campaign.state)))
    _thaw(campaign)
    _back_to_draft(campaign)
    record("survey.open-cancel", campaign, by=by.account_id, now=now)
    return campaign


def _back_to_draft(campaign: Campaign) -> None:
    campaign.state, campaign.opening_at, campaign.opening_by_id = CampaignState.DRAFT, None, None
    campaign.expected_count, campaign.register_mark = 0, ""
    campaign.save(
        update_fields=[
            "state", "opening_at", "opening_by", "expected_count", "register_mark", "asked_count", "frozen_to",
        ]
    )  # fmt: skip


def _freeze(campaign: Campaign, *, limit: int) -> int:
    """Writes one row for each of the next institutions inside the database: they never travel through Python."""
    columns = {
        "campaign_id": "of_campaign", "institution_id": "pk", "kind": "kind_then", "licensed_beds": "beds_then",
        "band": "of_band", "prefecture": "prefecture_then", "due_at": "of_due_at", "excuse": "of_excuse",
        "excused_why": "of_why",
    }  # fmt: skip
    asked = (
        queries.asked_by(campaign.rule, on=campaign.reference_on)
        .filter(pk__gt=campaign.frozen_to)
        .order_by("pk")
        .annotate(
            of_campaign=Value(campaign.pk, output_field=Campaign._meta.pk),
            of_due_at=Value(campaign.closes_at, output_field=DateTimeField()),
            of_band=Value(Band.UNKNOWN.value),
            of_excuse=Value(""),
            of_why=Value(""),
        )
        .values_list(*columns.values())[:limit]
    )
    chosen, params = asked.query.sql_with_params()
    with connection.cursor() as cursor:
        # `chosen` is SQL compiled by Django; every value travels as a parameter.
        cursor.execute(f"INSERT INTO {_table()} ({', '.join(columns)}) {chosen}", params)
    written = AskedInstitution.objects.filter(campaign=campaign, institution_id__gt=campaign.frozen_to)
    count = written.update(band=queries.band_by_beds("licensed_beds"))
    campaign.frozen_to = written.aggregate(last=Max("institution_id"))["last"] or campaign.frozen_to
    return count


def _thaw(campaign: Campaign) -> None:
    """Takes away what was written down so far, without reading it: nothing hangs on it before the campaign is open."""
    key = Campaign._meta.pk.get_db_prep_value(campaign.pk, connection)
    with connection.cursor() as cursor:
        # The table's name is ours, quoted; the key travels as a parameter.
        cursor.execute(f"DELETE FROM {_table()} WHERE campaign_id = %s", [key])  # noqa: S608
    campaign.asked_count = campaign.frozen_to = 0


def _table() -> str:
    return connection.ops.quote_name(AskedInstitution._meta.db_table)


@transaction.atomic
def close_campaign(campaign_id: UUID, *, by: Viewer, now: datetime) -> Campaign:
    """Ends the window: nothing is handed in any more, and who has not answered owes no answer."""
    campaign = locked_campaign(campaign_id, by=by)
    require(
        rules.may_close(
            CampaignState(campaign.state), last_due_at=queries.last_due_at(campaign),
            uninvited=queries.uninvited(campaign), now=now,
        )
    )  # fmt: skip
    campaign.state, campaign.closed_at, campaign.closed_by_id = CampaignState.CLOSED, now, by.account_id
    campaign.save(update_fields=["state", "closed_at", "closed_by"])
    duties.supersede(DUTY, subject=SUBJECT, subject_id=campaign.pk, now=now, by=by.account_id)
    instruments.end_stand_ins(occasion=campaign.occasion)
    answered = AskedInstitution.objects.filter(campaign=campaign).answered().count()
    record("survey.close", campaign, by=by.account_id, now=now, asked=campaign.asked_count, answered=answered)
    return campaign


@transaction.atomic
def withdraw_campaign(campaign_id: UUID, *, why: str, by: Viewer, now: datetime) -> Campaign:
    """Takes a campaign back that was opened by mistake: whoever is still to be told is not, and duties fall away.

    What was answered so far stays where it is.
    """
    campaign = locked_campaign(campaign_id, by=by)
    require(first_refusal(rules.may_be_withdrawn(CampaignState(campaign.state)), rules.has_reason(why)))
    campaign.state, campaign.withdrawn_at, campaign.withdrawn_by_id = CampaignState.WITHDRAWN, now, by.account_id
    campaign.withdrawn_why = why.strip()[: rules.LONGEST_REASON]
    campaign.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_why"])
    duties.supersede(DUTY, subject=SUBJECT, subject_id=campaign.pk, now=now, by=by.account_id)
    instruments.end_stand_ins(occasion=campaign.occasion)
    record("survey.withdraw", campaign, by=by.account_id, now=now)
    return campaign
