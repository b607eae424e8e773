from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.core.bulletins import services
from sonae.core.bulletins.models import Recipient

# One task tells at most this many batches and then queues itself again, so that it never outlives its lease.
BATCHES = 20


@task
def tell_recipients(bulletin_id: str) -> int:
    """Tells the recipients of one bulletin, batch by batch; does nothing the second time."""
    told = 0
    for _ in range(BATCHES):
        count = services.tell_some(UUID(bulletin_id), now=timezone.now())
        told += count
        if not count:
            return told
    tell_recipients.enqueue(bulletin_id)
    return told


@task
def tell_outstanding() -> int:
    """Goes on with every bulletin whose recipients are not all told: what a lost task left behind."""
    waiting = Recipient.objects.filter(told_at=None, bulletin__state="issued")
    told = 0
    for bulletin_id in waiting.order_by().values_list("bulletin_id", flat=True).distinct()[:BATCHES]:
        told += services.tell_some(bulletin_id, now=timezone.now())
    return told
