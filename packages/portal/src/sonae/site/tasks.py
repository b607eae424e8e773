from django.core.management import call_command
from django.tasks import task
from django.utils import timezone

from sonae.core.web import idempotency
from sonae.site.jobs import services as jobs


@task()
def tidy() -> dict[str, int]:
    """Removes what has had its time: kept answers, ended sessions, finished jobs."""
    now = timezone.now()
    call_command("clearsessions")
    return {
        "answers": idempotency.forget_old_answers(now=now),
        "jobs": jobs.forget_old(now=now),
    }
