from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.prevention.surveys.results import recounts, services


@task
def count_edition(edition_id: str) -> str:
    """Counts an edition of a survey's result; the second time it changes nothing."""
    return services.carry_out(UUID(edition_id), now=timezone.now())


@task
def recount_edition(recount_id: str) -> str:
    """Counts an edition again and compares; the second time it changes nothing."""
    return recounts.carry_out(UUID(recount_id), now=timezone.now())
