from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class JobState(StrEnum):
    """Where a job stands; the values are those of django.tasks."""

    READY = "READY"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    SUCCESSFUL = "SUCCESSFUL"


class JobRefusal(StrEnum):
    ONLY_FAILED_AGAIN = "only_failed_again"
    ONLY_WAITING_CANCELLED = "only_waiting_cancelled"


class Loss(StrEnum):
    """Why a job ended without an answer of its own. Kept with the job, where an exception's name would stand."""

    WORKER_LOST = "worker_lost"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class JobFacts:
    state: JobState
    attempts: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker keeps time."""

    # Between two looks into the queue when there was nothing to do.
    poll: timedelta = timedelta(seconds=0.5)
    beat_every: timedelta = timedelta(seconds=5)
    # Without a sign of life for this long a worker is gone. Several beats, so that one slow disk write kills nobody.
    beat_lasts: timedelta = timedelta(seconds=30)
    # A job that runs longer is taken from its worker.
    limit: timedelta = timedelta(minutes=15)
    # How long a stopping worker waits for its running jobs.
    grace: timedelta = timedelta(seconds=25)


class Needed(Protocol):
    """A quick look whether there is anything to do: one index look-up, so that an idle portal queues nothing."""

    def __call__(self, *, now: datetime) -> bool: ...


@dataclass(frozen=True, slots=True)
class Planned:
    """A job of the plan. `task` is a task of django.tasks that takes no arguments and may run twice without harm."""

    name: str
    task: Any
    every: timedelta
    needed: Needed | None = None
