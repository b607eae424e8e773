"""When a job is tried again, and when a repeated one is due."""

from datetime import datetime, timedelta

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.kernel.errors import SonaeError, TryLater
from sonae.site.jobs.vocabulary import JobFacts, JobRefusal, JobState

MAX_ATTEMPTS = 3
FIRST_PAUSE = timedelta(seconds=20)
SUCCESS_KEPT_FOR = timedelta(days=7)
FAILURE_KEPT_FOR = timedelta(days=90)


def next_attempt(error: Exception | None, *, attempts: int, now: datetime) -> datetime | None:
    """When a job is tried again after this failure (None: its worker was lost); None when it is given up."""
    if attempts >= MAX_ATTEMPTS:
        return None
    if isinstance(error, TryLater):
        return error.retry_at
    if isinstance(error, SonaeError):
        # A refusal would be the same the next time.
        return None
    return now if error is None else now + FIRST_PAUSE * 3 ** (attempts - 1)


def next_tick(was_due_at: datetime, *, every: timedelta, now: datetime) -> datetime:
    """The first moment of the rhythm after `now`: what was missed in an outage is made up for once, not many times."""
    missed = (now - was_due_at) // every
    return was_due_at + every * (missed + 1)


def may_run_again(job: JobFacts) -> Decision:
    if job.state is not JobState.FAILED:
        return Refused(JobRefusal.ONLY_FAILED_AGAIN, {"state": job.state})
    return ALLOWED


def may_cancel(job: JobFacts) -> Decision:
    if job.state is not JobState.READY:
        return Refused(JobRefusal.ONLY_WAITING_CANCELLED, {"state": job.state})
    return ALLOWED
