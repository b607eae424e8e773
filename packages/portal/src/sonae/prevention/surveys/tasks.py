import time
from collections.abc import Callable
from uuid import UUID

from django.db import transaction
from django.tasks import task
from django.urls import reverse
from django.utils import timezone

from sonae.core.web.given_up import is_given_up
from sonae.prevention.surveys import services
from sonae.prevention.surveys.models import AskedInstitution, Campaign, CampaignExtension, ReminderDate
from sonae.prevention.surveys.vocabulary import CampaignState

# One task does at most this many batches and then queues itself again, so that it never outlives its lease.
BATCHES = 20
# Between two batches the records are free for this many seconds. SQLite has one writer at a time, and whoever waits
# for it looks again every 100 ms at the latest: with twice that somebody who saves an answer gets through.
REST_SECONDS = 0.2


def _in_pieces(piece: Callable[[], int | bool]) -> tuple[int, bool]:
    """Does pieces of a work, with a rest after each; returns what they came to, and whether there may be more."""
    # What a mail leads to is looked up in all addresses of the portal, which a new process reads for two seconds: now,
    # and not while it holds the records.
    reverse("surveys:list")
    done = 0
    for _ in range(BATCHES):
        count = piece()
        done += count
        if not count:
            return done, False
        time.sleep(REST_SECONDS)
    return done, True


@task
def freeze(campaign_id: str) -> None:
    """Writes down whom a campaign asks, piece by piece, until it is open or the opening is cancelled."""
    if _in_pieces(lambda: services.freeze_some(UUID(campaign_id), now=timezone.now()))[1]:
        freeze.enqueue(campaign_id)


@task
def invite(campaign_id: str) -> int:
    """Tells the institutions of one campaign, batch by batch; does nothing the second time."""
    told, is_more = _in_pieces(lambda: services.invite_some(UUID(campaign_id), now=timezone.now()))
    if is_more:
        invite.enqueue(campaign_id)
    return told


@task
def extend(extension_id: int) -> None:
    """Gives many institutions more time, batch by batch; does nothing the second time."""
    if _in_pieces(lambda: services.extend_some(extension_id, now=timezone.now()))[1]:
        queue_extending(extension_id)


def queue_extending(extension_id: int) -> None:
    """Has a job give the time, and keeps which one it is: nobody else does the same work beside it."""
    with transaction.atomic():
        services.note_extending_job(extension_id, extend.enqueue(extension_id).id)


@task
def tend() -> dict[str, int]:
    """Goes on with what a lost task left behind, begins what was to begin later, and reminds on the days set for it."""
    now = timezone.now()
    for campaign_id in Campaign.objects.filter(state=CampaignState.OPENING).values_list("pk", flat=True):
        _in_pieces(lambda pk=campaign_id: services.freeze_some(pk, now=now))  # type: ignore[misc]
    for extension_id, job in list(CampaignExtension.objects.running().values_list("pk", "job")):
        if is_given_up(job):
            queue_extending(extension_id)
    untold = AskedInstitution.objects.filter(told_at=None, campaign__state=CampaignState.OPEN)
    waiting = Campaign.objects.filter(pk__in=untold.values("campaign_id"), opens_at__lte=now)
    invited = sum(services.invite_some(pk, now=now) for pk in waiting.values_list("pk", flat=True)[:BATCHES])
    reminded = 0
    for reminder_id in ReminderDate.objects.waiting(now=now).values_list("pk", flat=True)[:BATCHES]:
        reminded += _in_pieces(lambda pk=reminder_id: services.remind_some(pk, now=now))[0]  # type: ignore[misc]
    return {"invited": invited, "reminded": reminded}
