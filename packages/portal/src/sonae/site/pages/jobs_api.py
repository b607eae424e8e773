"""Jobs for programs that watch over an installation."""

from datetime import datetime
from uuid import UUID

from django_tasks_db.models import DBTaskResult
from ninja import Router

from sonae.core.access.vocabulary import Permission
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, cursor_page
from sonae.kernel.errors import Gone
from sonae.site.jobs import services
from sonae.site.jobs.vocabulary import JobState

router = Router(tags=["jobs"])


class JobAnswer(Answer):
    """A job without what it works on."""

    id: UUID
    task: str
    state: JobState
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    reason: str


class JobPage(Answer):
    items: list[JobAnswer]
    next_cursor: str


@router.get("/jobs", auth=Door(Permission.JOB_READ), response=JobPage)
def list_jobs(
    request: SonaeRequest,  # noqa: ARG001 - every operation gets its request
    state: JobState | None = None,
    cursor: str = "",
    limit: Limit = 100,
) -> dict[str, object]:
    """What the machine does by itself, in no particular order that lasts: a finished job is forgotten in time."""
    rows = DBTaskResult.objects.all()
    if state is not None:
        rows = rows.filter(status=state)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return {"items": [_answer(job) for job in found], "next_cursor": next_cursor}


@router.get("/jobs/{uuid:job_id}", auth=Door(Permission.JOB_READ), response=JobAnswer)
def read_job(request: SonaeRequest, job_id: UUID) -> JobAnswer:  # noqa: ARG001
    """One job."""
    job = DBTaskResult.objects.filter(pk=job_id).first()
    if job is None:
        raise Gone("job", job_id)
    return _answer(job)


@router.post("/jobs/{uuid:job_id}/again", auth=Door(Permission.JOB_MANAGE), response=JobAnswer)
def run_job_again(request: SonaeRequest, job_id: UUID) -> JobAnswer:
    """Puts a failed job back into the queue with a full number of attempts."""
    return _answer(services.run_again(job_id, by=request.viewer, now=request.now))


@router.post("/jobs/{uuid:job_id}/cancellation", auth=Door(Permission.JOB_MANAGE), response=JobAnswer)
def cancel_job(request: SonaeRequest, job_id: UUID) -> JobAnswer:
    """Takes a waiting job out of the queue."""
    return _answer(services.cancel(job_id, by=request.viewer, now=request.now))


def _answer(job: DBTaskResult) -> JobAnswer:
    return JobAnswer(
        id=job.pk,
        task=job.task_path,
        state=JobState(job.status),
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        attempts=len(job.worker_ids),
        reason=job.exception_class_path,
    )
