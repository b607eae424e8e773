from dataclasses import asdict
from datetime import timedelta

from django.tasks import task
from django.utils import timezone

from sonae.core.notifications import delivery, services

# Bounded, so that a full outbox does not keep a worker from its other tasks. The last message of a run may last longer:
# a call as long as `webhooks.WHOLE_SECONDS` and its connecting.
MAILS_WITHIN, CALLS_WITHIN = timedelta(seconds=45), timedelta(seconds=20)
MOST_AT_ONCE = 200


@task()
def deliver_mails() -> dict[str, int]:
    """Sends the mails that are due."""
    return asdict(delivery.deliver_mails(clock=timezone.now, most=MOST_AT_ONCE, within=MAILS_WITHIN))


@task()
def call_endpoints() -> dict[str, int]:
    """Makes the calls of webhooks that are due."""
    return asdict(delivery.call_endpoints(clock=timezone.now, most=MOST_AT_ONCE, within=CALLS_WITHIN))


@task()
def forget_old_messages() -> int:
    """Removes messages whose time of keeping is over."""
    return services.forget_old(now=timezone.now())
