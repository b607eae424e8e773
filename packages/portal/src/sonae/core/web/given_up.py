"""A job, as far as whoever waits for it needs to know of it."""

from django.tasks import TaskResultStatus, default_task_backend
from django.tasks.exceptions import TaskResultDoesNotExist


def is_given_up(job_id: str) -> bool:
    """Whether nobody will run this job any more: it failed for good, was taken out of the queue, or is not there."""
    if not job_id:
        return True
    try:
        return default_task_backend.get_result(job_id).status == TaskResultStatus.FAILED
    except TaskResultDoesNotExist:
        return True
