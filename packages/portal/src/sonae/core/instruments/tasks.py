from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.core.instruments import services

# One task does at most this many pieces and then queues itself again, so that it never outlives its lease.
PIECES = 20


@task
def accept_many(run_id: str) -> None:
    """Accepts the responses of a run, piece by piece, until all are done or it is cancelled."""
    for _ in range(PIECES):
        if not services.accept_some(UUID(run_id), now=timezone.now()):
            return
    services.note_accepting_job(UUID(run_id), accept_many.enqueue(run_id).id)
