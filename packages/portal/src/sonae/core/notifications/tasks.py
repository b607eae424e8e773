from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from sonae.core.notifications import delivery, services


@task()
def deliver_outbox() -> dict[str, int]:
    """Sends what is due; bounded, so that a full outbox does not keep a worker from its other tasks."""
    tally = delivery.deliver_due(clock=timezone.now, most=200, within=timedelta(seconds=45))
    return {"sent": tally.sent, "failed": tally.failed, "refused": tally.refused}


@task()
def forget_old_messages() -> int:
    """Removes messages whose time of keeping is over."""
    return services.forget_old(now=timezone.now())
