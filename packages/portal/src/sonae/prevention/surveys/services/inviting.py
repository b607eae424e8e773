"""Telling those whom a campaign asks: a duty for each institution, a mail to each of its managers, in batches."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.bulletins import queries as people
from sonae.core.bulletins.queries import Person
from sonae.core.duties import services as duties
from sonae.core.notifications import services as notifications
from sonae.prevention.surveys.models import AskedInstitution, Campaign, Proxy
from sonae.prevention.surveys.services.records import DUTY, SUBJECT
from sonae.prevention.surveys.vocabulary import CampaignState

# Told in one transaction: a few hundred milliseconds, however many are asked.
TOLD_AT_ONCE = 1_000


@transaction.atomic
def invite_some(campaign_id: UUID, *, now: datetime, limit: int = TOLD_AT_ONCE) -> int:
    """Tells the next institutions, and returns how many rows that were; 0 when nobody is left or it is too early.

    Duty, mails and the mark that they were told are one transaction: killed in between, it is as if it had not begun,
    and whoever goes on tells nobody twice.
    """
    campaign = Campaign.objects.select_for_update(of=("self",)).filter(pk=campaign_id, opens_at__lte=now).first()
    if campaign is None or campaign.state != CampaignState.OPEN:
        return 0
    rows = AskedInstitution.objects.filter(campaign=campaign, told_at=None).order_by("pk")
    batch = list(rows.values_list("pk", "institution_id", "due_at")[:limit])
    if not batch:
        return 0
    _impose(campaign, [institution_id for _, institution_id, _ in batch], now=now)
    for _, institution_id, due_at in batch:
        if due_at != campaign.closes_at:
            _move(campaign, institution_id, due_at=due_at, now=now)
    mailed = _queue_mails(campaign, [institution_id for _, institution_id, _ in batch], now=now)
    told = AskedInstitution.objects.filter(pk__in=[pk for pk, _, _ in batch])
    told.update(told_at=now)
    told.filter(institution_id__in=mailed).update(mailed_at=now)
    return len(batch)


def _impose(campaign: Campaign, institution_ids: Collection[int], *, now: datetime) -> None:
    assert campaign.opened_at is not None, "only an open campaign tells"
    answered = AskedInstitution.objects.filter(campaign=campaign, institution_id__in=institution_ids).answered()
    excused = AskedInstitution.objects.filter(campaign=campaign, institution_id__in=institution_ids).exclude(
        excused_at=None
    )
    owes_none = {*answered.values_list("institution_id", flat=True), *excused.values_list("institution_id", flat=True)}
    duties.impose_many(
        DUTY, institution_ids=[one for one in institution_ids if one not in owes_none], subject=SUBJECT,
        subject_id=campaign.pk, known_at=min(now, max(campaign.opened_at, campaign.opens_at)),
        due_at=campaign.closes_at, now=now, facts={"title": title_of(campaign)},
    )  # fmt: skip


def _move(campaign: Campaign, institution_id: int, *, due_at: datetime, now: datetime) -> None:
    """An institution that was given more time before it was told."""
    duties.move_due(
        DUTY, subject=SUBJECT, subject_id=campaign.pk, due_at=due_at, why=campaign.title_ja, now=now,
        institution_id=institution_id,
    )  # fmt: skip


def _queue_mails(campaign: Campaign, institution_ids: Collection[int], *, now: datetime) -> set[int]:
    """Queues the mails, and returns the institutions of which somebody is written to."""
    told = people.people_to_tell(institution_ids, now=now)
    notifications.queue_mails(
        "surveys/invited",
        to=[
            notifications.Recipient(one.account_id, mail_context(campaign), f"survey:{campaign.pk}:{one.account_id}")
            for one in told
        ],
        now=now,
    )
    return institutions_of(told) & set(institution_ids)


def institutions_of(told: Iterable[Person]) -> set[int]:
    """The institutions on whose behalf these people are written to."""
    return {institution_id for one in told for institution_id in one.institution_ids}


def tell_of_stand_in(proxy: Proxy, *, now: datetime) -> None:
    """A mail to each manager of an institution: an officer has begun to enter the answers in its place."""
    campaign = proxy.asked.campaign
    notifications.queue_mails(
        "surveys/stood_in",
        to=[
            notifications.Recipient(
                one.account_id, mail_context(campaign), f"survey-stand-in:{proxy.pk}:{one.account_id}"
            )
            for one in people.people_to_tell([proxy.asked.institution_id], now=now)
        ],
        now=now,
    )


def mail_context(campaign: Campaign) -> dict[str, object]:
    """What a mail says: which survey, until when, and where; never how anybody stands."""
    path = reverse("surveys:own", args=[campaign.pk])
    return {"title": title_of(campaign), "closes_at": campaign.closes_at, "path": path}


def title_of(campaign: Campaign) -> dict[str, str]:
    return {"ja": campaign.title_ja, "en": campaign.title_en or campaign.title_ja}
