from django.tasks import task
from django.utils import timezone

from sonae.prevention.detection import services


@task()
def watch_for_silence() -> int:
    """Finds collectors that fell silent; bounded, and harmless when it runs twice."""
    return services.impose_on_silence(now=timezone.now())
