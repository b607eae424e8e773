from django.tasks import task
from django.utils import timezone

from sonae.prevention.fees import yearly

# One task asks at most this many times `AT_ONCE`; the next one goes on.
BATCHES = 20


@task
def ask_for_reports() -> int:
    """Asks institutions for the report of this fiscal year that have not been asked yet; returns how many."""
    asked = 0
    for _ in range(BATCHES):
        count = yearly.ask_some(now=timezone.now())
        asked += count
        if not count:
            break
    return asked
