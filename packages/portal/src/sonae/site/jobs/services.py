"""The queue's book-keeping. Every step is one conditional UPDATE, so that of several workers exactly one wins.

`started_at` is the fence: whoever finishes a job names the start it took it with, and writes nothing if someone else
has started it since.
"""

import traceback
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django_tasks_db.models import DBTaskResult, get_date_max

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.site.jobs import rules
from sonae.site.jobs.vocabulary import JobFacts, JobState, Loss, Pace, Planned
from sonae.site.models import Schedule, WorkerBeat

_CANDIDATES = 10
_REAPED_AT_ONCE = 200


def facts_of(job: DBTaskResult) -> JobFacts:
    return JobFacts(JobState(job.status), len(job.worker_ids))


# --- workers ---------------------------------------------------------------------------------------------------------


def begin_beating(*, host: str, pid: int, now: datetime, pace: Pace) -> WorkerBeat:
    """A new worker makes itself known; only then may it take jobs."""
    return WorkerBeat.objects.create(host=host, pid=pid, started_at=now, seen_at=now, until=now + pace.beat_lasts)


def beat(worker: WorkerBeat, *, job: UUID | None, now: datetime, pace: Pace) -> None:
    """The worker is alive and runs this job, or none. One that slept so long that it was forgotten is known again."""
    until = now + pace.beat_lasts
    if not WorkerBeat.objects.filter(pk=worker.pk).update(seen_at=now, until=until, job=job):
        WorkerBeat.objects.create(
            id=worker.pk,
            host=worker.host,
            pid=worker.pid,
            started_at=worker.started_at,
            seen_at=now,
            until=until,
            job=job,
        )


def end_beating(beat_ids: Iterable[UUID]) -> None:
    """These workers are gone on purpose: what they ran, if anything, is free at once."""
    WorkerBeat.objects.filter(pk__in=list(beat_ids)).delete()


def reap(*, now: datetime) -> int:
    """Puts jobs of workers that are gone back into the queue, or gives them up after three times; returns how many."""
    # Jobs first, workers second: a job read here was claimed together with its worker's beat, which the second sees.
    running = list(DBTaskResult.objects.filter(status=JobState.RUNNING).order_by("started_at")[:_REAPED_AT_ONCE])
    held = {(str(pk), job) for pk, job in WorkerBeat.objects.filter(until__gt=now).values_list("pk", "job")}
    lost = [job for job in running if not job.worker_ids or (job.worker_ids[-1], job.pk) not in held]
    return sum(_end_attempt(job, None, now=now) for job in lost)


# --- jobs ------------------------------------------------------------------------------------------------------------


def claim_next(worker: UUID, *, now: datetime) -> DBTaskResult | None:
    """A waiting job that is this worker's from now on, or None."""
    due = Q(run_after=get_date_max()) | Q(run_after__lte=now)
    waiting = DBTaskResult.objects.filter(due, status=JobState.READY)
    for job in waiting[:_CANDIDATES]:
        with transaction.atomic():
            won = _unchanged(job).update(
                status=JobState.RUNNING, started_at=now, worker_ids=[*job.worker_ids, str(worker)]
            )
            if won:
                WorkerBeat.objects.filter(pk=worker).update(job=job.pk)
        if won:
            job.refresh_from_db()
            return job
    return None


def finish(job: DBTaskResult, value: Any, *, now: datetime) -> bool:
    """The job is done; False when it was taken away in the meantime and its end is somebody else's to write."""
    return bool(
        _unchanged(job).update(
            status=JobState.SUCCESSFUL, finished_at=now, return_value=value, exception_class_path="", traceback=""
        )
    )


def fail(job: DBTaskResult, error: Exception, *, now: datetime) -> bool:
    """The attempt failed: the job waits for another one, or is given up with its reason."""
    return _end_attempt(job, error, now=now)


@transaction.atomic
def run_again(job_id: UUID, *, by: Viewer, now: datetime) -> DBTaskResult:
    """Puts a failed job back into the queue with a full number of attempts."""
    job = _locked(job_id)
    require(access.may(by, Permission.JOB_MANAGE))
    require(rules.may_run_again(facts_of(job)))
    job.status, job.run_after, job.finished_at, job.worker_ids = JobState.READY, now, None, []
    job.save(update_fields=["status", "run_after", "finished_at", "worker_ids"])
    audit.record("job.run_again", subject="job", subject_id=job.pk, by=by.account_id, now=now)
    return job


@transaction.atomic
def cancel(job_id: UUID, *, by: Viewer, now: datetime) -> DBTaskResult:
    """Takes a waiting job out of the queue."""
    job = _locked(job_id)
    require(access.may(by, Permission.JOB_MANAGE))
    require(rules.may_cancel(facts_of(job)))
    job.status, job.finished_at, job.exception_class_path = JobState.FAILED, now, Loss.CANCELLED
    job.save(update_fields=["status", "finished_at", "exception_class_path"])
    audit.record("job.cancel", subject="job", subject_id=job.pk, by=by.account_id, now=now)
    return job


def forget_old(*, now: datetime) -> int:
    """Removes jobs done a week ago, failures of three months ago, and the last beats of workers long gone."""
    WorkerBeat.objects.filter(until__lt=now - timedelta(hours=1)).delete()
    old = DBTaskResult.objects.filter(
        Q(status=JobState.SUCCESSFUL, finished_at__lt=now - rules.SUCCESS_KEPT_FOR)
        | Q(status=JobState.FAILED, finished_at__lt=now - rules.FAILURE_KEPT_FOR)
    )
    return int(DBTaskResult.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:5_000])).delete()[0])


# --- the plan --------------------------------------------------------------------------------------------------------


def tick(plan: Iterable[Planned], *, now: datetime) -> list[str]:
    """Queues each repeated job whose moment has come, once, however many workers look and however long nobody did.

    Returns the names of what this call queued. A job that nobody needs now, or that is in the queue still, is left due:
    it costs no write to look again.
    """
    by_name = {planned.name: planned for planned in plan}
    rows = {row.name: row for row in Schedule.objects.filter(name__in=by_name)}
    missing = by_name.keys() - rows.keys()
    if missing:
        Schedule.objects.bulk_create(
            [Schedule(name=name, next_at=now) for name in sorted(missing)], ignore_conflicts=True
        )
        rows = {row.name: row for row in Schedule.objects.filter(name__in=by_name)}
    due = [row for row in rows.values() if row.next_at <= now]
    return [row.name for row in due if _tick(by_name[row.name], row, now=now)]


def _tick(planned: Planned, row: Schedule, *, now: datetime) -> bool:
    in_queue = DBTaskResult.objects.filter(
        task_path=planned.task.module_path, status__in=[JobState.READY, JobState.RUNNING]
    )
    if in_queue.exists() or (planned.needed is not None and not planned.needed(now=now)):
        return False
    # One transaction for the row and the job: after a crash either both stand or neither.
    with transaction.atomic():
        won = Schedule.objects.filter(name=row.name, next_at=row.next_at).update(
            next_at=rules.next_tick(row.next_at, every=planned.every, now=now), last_at=now
        )
        if won:
            planned.task.enqueue()
    return bool(won)


# --- inside ----------------------------------------------------------------------------------------------------------


def _end_attempt(job: DBTaskResult, error: Exception | None, *, now: datetime) -> bool:
    at = rules.next_attempt(error, attempts=len(job.worker_ids), now=now)
    name = f"{type(error).__module__}.{type(error).__qualname__}" if error else str(Loss.WORKER_LOST)
    columns: dict[str, Any] = {
        "exception_class_path": name,
        "traceback": _places(error) if error else "",
    }
    if at is None:
        columns |= {"status": JobState.FAILED, "finished_at": now}
    else:
        columns |= {"status": JobState.READY, "run_after": at}
    return bool(_unchanged(job).update(**columns))


def _places(error: BaseException) -> str:
    """Where an error arose, and of which type; not what it says: a database names the values of a row in it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    earlier = f"{_places(before)}\n" if before is not None else ""
    places = "".join(traceback.format_tb(error.__traceback__))
    return f"{earlier}{places}{type(error).__module__}.{type(error).__qualname__}\n"


def _unchanged(job: DBTaskResult) -> Any:
    """The row, if it is still as `job` was read: same state, same start."""
    start = {"started_at__isnull": True} if job.started_at is None else {"started_at": job.started_at}
    return DBTaskResult.objects.filter(pk=job.pk, status=job.status, **start)


def _locked(job_id: UUID) -> DBTaskResult:
    job = DBTaskResult.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise Gone("job", job_id)
    return job
