from django.tasks import task
from django.utils import timezone

from sonae.prevention.exposure import services


@task()
def hold_ledgers() -> int:
    """Holds what changed of ledgers and advisories against each other; interrupted, the next one goes on there."""
    return services.hold(now=timezone.now())
