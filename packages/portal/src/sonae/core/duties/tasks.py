from django.tasks import task
from django.utils import timezone

from sonae.core.duties import services


@task()
def send_due_reminders() -> dict[str, int]:
    """Tells people of the moments that have passed; bounded, and harmless when it runs twice at once."""
    tally = services.send_due_reminders(now=timezone.now())
    return {"duties": tally.duties, "reminders": tally.reminders, "mails": tally.mails}


@task()
def review_second_factors() -> dict[str, int]:
    """Asks whoever needs a second factor and has none to set one up."""
    imposed, settled = services.review_second_factors(now=timezone.now())
    return {"imposed": imposed, "settled": settled}
