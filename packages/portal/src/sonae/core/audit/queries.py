from datetime import datetime

from django.db.models import Count, Min

from sonae.core.audit.models import Entry
from sonae.core.audit.vocabulary import Waiting


def waiting() -> Waiting:
    """How many entries have no place in the chain yet, and since when."""
    found = Entry.objects.waiting().aggregate(count=Count("pk"), since=Min("at"))
    return Waiting(found["count"], found["since"])


def is_anything_waiting(*, now: datetime) -> bool:  # noqa: ARG001 - as the plan asks
    """Whether the sweep has anything to link."""
    return Entry.objects.waiting().exists()
