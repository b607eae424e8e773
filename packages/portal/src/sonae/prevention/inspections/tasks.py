from django.tasks import task
from django.utils import timezone

from sonae.prevention.inspections import yearly


@task
def ask_for_checklists() -> int:
    """Asks institutions for the checklist of this fiscal year that have not been asked yet; returns how many."""
    return yearly.DUTY.ask_all(timezone.now)
