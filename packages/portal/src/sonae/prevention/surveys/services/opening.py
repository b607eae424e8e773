"""Opening a campaign, closing it, and taking it back."""

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import DateTimeField, Value

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import services as duties
from sonae.core.instruments import services as instruments
from sonae.kernel.decision import require
from sonae.kernel.errors import Conflict
from sonae.kernel.events import publish
from sonae.prevention.surveys import queries, rules
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.services.drafting import require_sound
from sonae.prevention.surveys.services.records import DUTY, SUBJECT, locked_campaign, record
from sonae.prevention.surveys.vocabulary import Band, CampaignOpened, CampaignState, SurveyRefusal


@transaction.atomic
def open_campaign(campaign_id: UUID, *, seen: int, by: Viewer, now: datetime) -> Campaign:
    """Freezes whom the campaign asks, by the register of its reference date; from here on its denominator stands.

    One transaction: killed in between, it is a draft as before. They are told afterwards, batch by batch
    (`invite_some`), from the beginning of the window on. `seen` is the revision whose preview the officer looked at.
    """
    campaign = locked_campaign(campaign_id, by=by)
    if campaign.revision != seen:
        raise Conflict(SurveyRefusal.CHANGED_MEANWHILE)
    content, state = campaign.content(), CampaignState(campaign.state)
    require_sound(content)
    # Whether anybody is asked is known once they are written down; where nobody is, nothing of it stands.
    require(rules.may_open(content, state=state, asked=1, now=now))
    campaign.asked_count = _freeze(campaign)
    require(rules.may_open(content, state=state, asked=campaign.asked_count, now=now))
    campaign.state, campaign.opened_at, campaign.opened_by_id = CampaignState.OPEN, now, by.account_id
    campaign.save(update_fields=["state", "opened_at", "opened_by", "asked_count"])
    record(
        "survey.open", campaign, by=by.account_id, now=now, asked=campaign.asked_count, population=campaign.population
    )
    publish(CampaignOpened(campaign.pk))
    return campaign


def _freeze(campaign: Campaign) -> int:
    """Writes one row per institution inside the database: 180,000 rows never travel through Python."""
    columns = {
        "campaign_id": "of_campaign", "institution_id": "pk", "kind": "kind_then", "licensed_beds": "beds_then",
        "band": "of_band", "prefecture": "prefecture_then", "due_at": "of_due_at", "excuse": "of_excuse",
        "excused_why": "of_why",
    }  # fmt: skip
    asked = (
        queries.asked_by(campaign.rule, on=campaign.reference_on)
        .order_by()
        .annotate(
            of_campaign=Value(campaign.pk, output_field=Campaign._meta.pk),
            of_due_at=Value(campaign.closes_at, output_field=DateTimeField()),
            of_band=Value(Band.UNKNOWN.value),
            of_excuse=Value(""),
            of_why=Value(""),
        )
        .values_list(*columns.values())
    )
    chosen, params = asked.query.sql_with_params()
    table = connection.ops.quote_name(AskedInstitution._meta.db_table)
    with connection.cursor() as cursor:
        # `chosen` is SQL compiled by Django; every value travels as a parameter.
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {chosen}", params)
    asked_rows = AskedInstitution.objects.filter(campaign=campaign)
    return asked_rows.update(band=queries.band_by_beds("licensed_beds"))


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
    require(rules.may_withdraw(CampaignState(campaign.state), why=why))
    campaign.state, campaign.withdrawn_at, campaign.withdrawn_by_id = CampaignState.WITHDRAWN, now, by.account_id
    campaign.withdrawn_why = why.strip()[: rules.LONGEST_REASON]
    campaign.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_why"])
    duties.supersede(DUTY, subject=SUBJECT, subject_id=campaign.pk, now=now, by=by.account_id)
    instruments.end_stand_ins(occasion=campaign.occasion)
    record("survey.withdraw", campaign, by=by.account_id, now=now)
    return campaign
