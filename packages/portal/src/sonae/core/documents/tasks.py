from django.tasks import task
from django.utils import timezone

from sonae.core.documents import services


@task()
def scan_waiting_documents() -> int:
    """Scans files that were stored while no scanner could be asked."""
    return services.scan_waiting(now=timezone.now())


@task()
def sweep_documents() -> int:
    """Removes bytes that no document names."""
    return services.sweep(now=timezone.now())
