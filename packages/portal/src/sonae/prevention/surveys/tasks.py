from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.prevention.surveys import services
from sonae.prevention.surveys.models import AskedInstitution, Campaign, CampaignExtension, ReminderDate
from sonae.prevention.surveys.vocabulary import CampaignState

# One task does at most this many batches and then queues itself again, so that it never outlives its lease.
BATCHES = 20


@task
def freeze(campaign_id: str) -> None:
    """Writes down whom a campaign asks, piece by piece, until it is open or the opening is cancelled."""
    for _ in range(BATCHES):
        if not services.freeze_some(UUID(campaign_id), now=timezone.now()):
            return
    freeze.enqueue(campaign_id)


@task
def invite(campaign_id: str) -> int:
    """Tells the institutions of one campaign, batch by batch; does nothing the second time."""
    told = 0
    for _ in range(BATCHES):
        count = services.invite_some(UUID(campaign_id), now=timezone.now())
        told += count
        if not count:
            return told
    invite.enqueue(campaign_id)
    return told


@task
def extend(extension_id: int) -> None:
    """Gives many institutions more time, batch by batch; does nothing the second time."""
    for _ in range(BATCHES):
        if not services.extend_some(extension_id, now=timezone.now()):
            return
    extend.enqueue(extension_id)


@task
def tend() -> dict[str, int]:
    """Goes on with what a lost task left behind, begins what was to begin later, and reminds on the days set for it."""
    now = timezone.now()
    for campaign_id in Campaign.objects.filter(state=CampaignState.OPENING).values_list("pk", flat=True):
        for _ in range(BATCHES):
            if not services.freeze_some(campaign_id, now=now):
                break
    for extension_id in CampaignExtension.objects.running().values_list("pk", flat=True):
        for _ in range(BATCHES):
            if not services.extend_some(extension_id, now=now):
                break
    untold = AskedInstitution.objects.filter(told_at=None, campaign__state=CampaignState.OPEN)
    waiting = Campaign.objects.filter(pk__in=untold.values("campaign_id"), opens_at__lte=now)
    invited = sum(services.invite_some(pk, now=now) for pk in waiting.values_list("pk", flat=True)[:BATCHES])
    reminded = 0
    for reminder_id in ReminderDate.objects.waiting(now=now).values_list("pk", flat=True)[:BATCHES]:
        for _ in range(BATCHES):
            count = services.remind_some(reminder_id, now=now)
            reminded += count
            if not count:
                break
    return {"invited": invited, "reminded": reminded}
