"""Days on which everybody who has not answered is reminded once, beside the reminders that each duty has by itself."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import queries as people
from sonae.core.notifications import services as notifications
from sonae.kernel import calendar
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.models import AskedInstitution, ReminderDate
from sonae.prevention.surveys.services.inviting import institutions_of, mail_context
from sonae.prevention.surveys.services.records import locked_campaign, record
from sonae.prevention.surveys.vocabulary import CampaignState

REMINDED_AT_ONCE = 1_000


@transaction.atomic
def add_reminder_date(campaign_id: UUID, *, day: date, by: Viewer, now: datetime) -> ReminderDate:
    """Adds a day on which those who have not answered by then are reminded."""
    campaign = locked_campaign(campaign_id, by=by)
    days = campaign.reminder_dates.values_list("day", flat=True)
    opens_on, today = calendar.jst_day(campaign.opens_at), calendar.jst_day(now)
    require(rules.may_remind_on(day, state=CampaignState(campaign.state), days=days, opens_on=opens_on, today=today))
    assert by.account_id is not None, "whoever conducts surveys is a person"
    added = ReminderDate.objects.create(campaign=campaign, day=day, added_at=now, added_by_id=by.account_id)
    record("survey.remind", campaign, by=by.account_id, now=now, day=day)
    return added


@transaction.atomic
def drop_reminder_date(reminder_id: int, *, by: Viewer, now: datetime) -> None:
    """Takes a day back that has not begun."""
    found = ReminderDate.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=reminder_id).first()
    if found is None:
        raise Gone("reminder-date", reminder_id)
    campaign = locked_campaign(found.campaign_id, by=by)
    require(rules.may_drop_reminder(has_begun=bool(found.reached or found.finished_at)))
    day = found.day
    found.delete()
    record("survey.unremind", campaign, by=by.account_id, now=now, day=day)


@transaction.atomic
def remind_some(reminder_id: int, *, now: datetime, limit: int = REMINDED_AT_ONCE) -> int:
    """Reminds the next institutions of a day that has come; returns how many rows it looked at, 0 at the end. What the
    day keeps is how many of them somebody was written to, and how many nobody could be.

    How far it is and the mails are one transaction: each institution is dealt with once for each day, whatever is
    killed, and whoever answered meanwhile is not written to.
    """
    waiting = ReminderDate.objects.select_for_update(of=("self",)).select_related("campaign").waiting(now=now)
    found = waiting.filter(pk=reminder_id).first()
    if found is None:
        return 0
    rows = AskedInstitution.objects.filter(campaign=found.campaign, pk__gt=found.reached, told_at__isnull=False)
    batch = list(rows.outstanding().order_by("pk").values_list("pk", "institution_id")[:limit])
    if not batch:
        found.finished_at = now
        found.save(update_fields=["finished_at"])
        return 0
    told = people.people_to_tell([institution_id for _, institution_id in batch], now=now)
    notifications.queue_mails(
        "surveys/reminded",
        to=[
            notifications.Recipient(
                one.account_id, mail_context(found.campaign), f"survey-reminder:{found.pk}:{one.account_id}"
            )
            for one in told
        ],
        now=now,
    )
    mailed = institutions_of(told) & {institution_id for _, institution_id in batch}
    AskedInstitution.objects.filter(campaign=found.campaign, institution_id__in=mailed).update(mailed_at=now)
    found.reached, found.reminded = batch[-1][0], found.reminded + len(mailed)
    found.unreached += len(batch) - len(mailed)
    found.save(update_fields=["reached", "reminded", "unreached"])
    return len(batch)
