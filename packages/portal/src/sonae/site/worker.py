"""The worker: takes jobs, keeps the schedule, shows that it lives, and takes over from workers that do not.

A kill at any moment loses nothing: a job is marked done only after it ran, and one whose worker's lease has run out is
put back. So a job may run twice; tasks are written for that.
"""

import logging
import os
import signal
import socket
import threading
import time
from dataclasses import dataclass, field
from types import FrameType
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections
from django.tasks import TaskContext
from django.utils import timezone
from django.utils.json import normalize_json
from django_tasks_db.models import DBTaskResult

from sonae.site import schedule
from sonae.site.jobs import services
from sonae.site.jobs.vocabulary import Pace
from sonae.site.models import WorkerBeat

logger = logging.getLogger("sonae.worker")

# While one lane reads a register of 180,000 rows and another waits for an endpoint, the third sends the mails.
LANES = 3
USUAL = Pace()


@dataclass(slots=True)
class _Lane:
    """One line of work; it holds one job at a time and has a lease of its own."""

    worker: WorkerBeat
    job: UUID | None = None
    busy_since: float = 0.0
    # Held while a job is taken and while a beat is written, so that a beat never denies a job just taken.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_stuck(self, *, pace: Pace) -> bool:
        return self.job is not None and time.monotonic() - self.busy_since > pace.limit.total_seconds()


def run_worker(stop: threading.Event, *, pace: Pace = USUAL, lanes: int = LANES) -> None:
    """Works until `stop` is set; then lets running jobs finish, within the pace's grace, and signs off."""
    own = [_Lane(_begin(pace)) for _ in range(lanes)]
    halted = threading.Event()
    threads = [
        threading.Thread(target=_work, args=[lane, stop, pace], name=f"lane-{number}", daemon=True)
        for number, lane in enumerate(own)
    ]
    beater = threading.Thread(target=_beat, args=[own, halted, pace], name="beat", daemon=True)
    try:
        for thread in [*threads, beater]:
            thread.start()
        stop.wait()
        until = time.monotonic() + pace.grace.total_seconds()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
    finally:
        halted.set()
        beater.join(pace.beat_lasts.total_seconds())
        services.end_beating(lane.worker.pk for lane in own)
        connections.close_all()


def run_until_signal() -> None:
    """The worker as a program: SIGTERM and SIGINT stop it gently, a second one at once."""
    stop = threading.Event()

    def leave(number: int, _: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    run_worker(stop, pace=USUAL)


def run_pending(*, most: int = 1_000) -> int:
    """Runs what is due in this very thread until nothing is; for tests and commands that need it done now."""
    lane = _Lane(_begin(USUAL))
    count = 0
    try:
        services.tick(schedule.PLAN, now=timezone.now())
        while count < most and _run_next(lane):
            count += 1
    finally:
        services.end_beating([lane.worker.pk])
    return count


def _begin(pace: Pace) -> WorkerBeat:
    host = socket.gethostname()[:120]
    return services.begin_beating(host=host, pid=os.getpid(), now=timezone.now(), pace=pace)


def _work(lane: _Lane, stop: threading.Event, pace: Pace) -> None:
    looked_at = 0.0
    try:
        while not stop.is_set():
            try:
                close_old_connections()
                if time.monotonic() - looked_at >= pace.beat_every.total_seconds() / 2:
                    services.reap(now=timezone.now())
                    looked_at = time.monotonic()
                services.tick(schedule.PLAN, now=timezone.now())
                if _run_next(lane):
                    continue
            except DatabaseError:
                # The database may be restarting. Nothing was lost: what was half done is rolled back or reaped.
                logger.exception("the database is away; trying again")
                connections.close_all()
                stop.wait(2)
            stop.wait(pace.poll.total_seconds())
    finally:
        connections.close_all()


def _beat(lanes: list[_Lane], halted: threading.Event, pace: Pace) -> None:
    while not halted.wait(pace.beat_every.total_seconds()):
        try:
            close_old_connections()
            for lane in lanes:
                # Who has held a job for too long stops beating: the lease runs out and another worker takes the job.
                if not lane.is_stuck(pace=pace):
                    with lane.lock:
                        services.beat(lane.worker, job=lane.job, now=timezone.now(), pace=pace)
        except DatabaseError:
            logger.exception("no beat could be written")
            connections.close_all()
    connections.close_all()


def _run_next(lane: _Lane) -> bool:
    with lane.lock:
        job = services.claim_next(lane.worker.pk, now=timezone.now())
        if job is None:
            return False
        lane.job, lane.busy_since = job.pk, time.monotonic()
    try:
        _run(job)
    finally:
        lane.job = None
    return True


def _run(job: DBTaskResult) -> None:
    try:
        value = normalize_json(_call(job))
    except Exception as error:
        # The edge of the worker: whatever a job raises is written down with it. The words of the error stand in the
        # log alone, which only whoever keeps the machine reads.
        logger.warning("job %s failed: %s", job.pk, type(error).__name__, exc_info=error)
        services.fail(job, error, now=timezone.now())
        return
    if not services.finish(job, value, now=timezone.now()):
        logger.warning("job %s was taken over while it ran", job.pk)


def _call(job: DBTaskResult) -> object:
    task = job.task
    if task.takes_context:
        return task.call(
            TaskContext(task_result=job.task_result), *job.args_kwargs["args"], **job.args_kwargs["kwargs"]
        )
    return task.call(*job.args_kwargs["args"], **job.args_kwargs["kwargs"])
