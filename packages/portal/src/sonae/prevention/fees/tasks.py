from django.tasks import task
from django.utils import timezone

from sonae.prevention.fees import yearly


@task
def ask_for_reports() -> int:
    """Asks institutions for the report of this fiscal year that have not been asked yet; returns how many."""
    return yearly.DUTY.ask_all(timezone.now)
