"""The queue's book-keeping, step by step and without a worker."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from sonae.core.audit.models import Entry
from sonae.kernel.errors import NotAllowed
from sonae.site import worker
from sonae.site.jobs import queries, services
from sonae.site.jobs.vocabulary import JobRefusal, JobState, Loss, Pace, Planned
from sonae.site.models import Schedule, WorkerBeat
from sonae.site.tests import probe_tasks
from sonae.testing.cast import NOW, Person

PACE = Pace()


@pytest.fixture
def one(db: None) -> WorkerBeat:
    return services.begin_beating(host="one", pid=1, now=NOW, pace=PACE)


@pytest.fixture
def two(db: None) -> WorkerBeat:
    return services.begin_beating(host="two", pid=2, now=NOW, pace=PACE)


def _queued(folder: Path) -> DBTaskResult:
    return DBTaskResult.objects.get(pk=probe_tasks.note.enqueue(str(folder), "x").id)


def test_a_job_is_one_workers_at_a_time(one: WorkerBeat, two: WorkerBeat, tmp_path: Path) -> None:
    _queued(tmp_path)
    job = services.claim_next(one.pk, now=NOW)
    assert job is not None and job.worker_ids == [str(one.pk)]
    assert services.claim_next(two.pk, now=NOW) is None
    assert services.finish(job, "done", now=NOW)
    assert DBTaskResult.objects.get().status == JobState.SUCCESSFUL


def test_a_stale_look_at_the_queue_takes_nothing(one: WorkerBeat, tmp_path: Path) -> None:
    stale = _queued(tmp_path)
    assert services.claim_next(one.pk, now=NOW)
    assert services._unchanged(stale).update(status=JobState.RUNNING) == 0


def test_a_living_worker_keeps_its_job(one: WorkerBeat, tmp_path: Path) -> None:
    _queued(tmp_path)
    services.claim_next(one.pk, now=NOW)
    assert services.reap(now=NOW + PACE.beat_lasts - timedelta(seconds=1)) == 0


def test_a_silent_workers_job_goes_to_another_and_its_late_answer_counts_nothing(
    one: WorkerBeat, two: WorkerBeat, tmp_path: Path
) -> None:
    _queued(tmp_path)
    first = services.claim_next(one.pk, now=NOW)
    later = NOW + PACE.beat_lasts
    assert first is not None
    assert services.reap(now=later) == 1
    assert services.reap(now=later) == 0
    services.beat(two, job=None, now=later, pace=PACE)
    second = services.claim_next(two.pk, now=later)
    assert second is not None and second.worker_ids == [str(one.pk), str(two.pk)]
    assert not services.finish(first, "too late", now=later)
    assert services.finish(second, "in time", now=later)
    assert DBTaskResult.objects.get().return_value == "in time"


def test_a_worker_that_lives_but_no_longer_runs_the_job_has_lost_it(one: WorkerBeat, tmp_path: Path) -> None:
    _queued(tmp_path)
    services.claim_next(one.pk, now=NOW)
    services.beat(one, job=None, now=NOW, pace=PACE)
    assert services.reap(now=NOW) == 1


def test_a_job_that_loses_three_workers_is_given_up_with_its_reason(one: WorkerBeat, tmp_path: Path) -> None:
    _queued(tmp_path)
    for number in range(3):
        moment = NOW + timedelta(hours=number)
        services.beat(one, job=None, now=moment, pace=PACE)
        assert services.claim_next(one.pk, now=moment) is not None
        services.reap(now=moment + PACE.beat_lasts)
    job = DBTaskResult.objects.get()
    assert (job.status, job.exception_class_path) == (JobState.FAILED, Loss.WORKER_LOST)


def test_a_worker_that_was_forgotten_is_known_again_by_its_next_beat(one: WorkerBeat) -> None:
    services.end_beating([one.pk])
    services.beat(one, job=None, now=NOW, pace=PACE)
    assert WorkerBeat.objects.filter(pk=one.pk, until=NOW + PACE.beat_lasts).exists()


def test_a_failing_job_is_tried_three_times_with_growing_pauses(db: None, now: object) -> None:
    probe_tasks.break_down.enqueue()
    assert worker.run_pending(most=50) >= 1
    job = DBTaskResult.objects.get(task_path__endswith="break_down")
    assert job.status == JobState.READY
    assert timedelta(seconds=15) < job.run_after - timezone.now() <= timedelta(seconds=20)
    for _ in range(2):
        DBTaskResult.objects.filter(pk=job.pk).update(run_after=NOW)
        worker.run_pending(most=50)
    job.refresh_from_db()
    assert (job.status, len(job.worker_ids)) == (JobState.FAILED, 3)
    assert job.exception_class_path == "builtins.ArithmeticError"
    # The place and the type, not the words: those of a database quote the row.
    assert "in break_down" in job.traceback
    assert "ArithmeticError" in job.traceback
    assert "always" not in job.traceback.replace('raise ArithmeticError("always")', "")


EVERY = timedelta(minutes=5)


def _plan(*, needed: bool = True) -> list[Planned]:
    return [Planned("probe", probe_tasks.break_down, EVERY, lambda *, now: needed)]


def test_a_repeated_job_is_queued_once_per_tick_whoever_looks(db: None) -> None:
    assert services.tick(_plan(), now=NOW) == ["probe"]
    assert services.tick(_plan(), now=NOW) == []
    assert DBTaskResult.objects.count() == 1
    assert Schedule.objects.get().next_at == NOW + EVERY


def test_two_workers_that_saw_the_same_tick_queue_it_once(db: None) -> None:
    services.tick(_plan(), now=NOW)
    DBTaskResult.objects.all().delete()
    seen_by_both = Schedule.objects.get()
    later = NOW + EVERY
    assert services._tick(_plan()[0], seen_by_both, now=later)
    DBTaskResult.objects.all().delete()
    assert not services._tick(_plan()[0], seen_by_both, now=later)


def test_an_outage_of_a_day_is_made_up_for_once_and_the_rhythm_stays(db: None) -> None:
    services.tick(_plan(), now=NOW)
    DBTaskResult.objects.all().delete()
    after = NOW + timedelta(days=1, minutes=2)
    assert services.tick(_plan(), now=after) == ["probe"]
    DBTaskResult.objects.all().delete()
    assert services.tick(_plan(), now=after) == []
    assert Schedule.objects.get().next_at == NOW + timedelta(days=1, minutes=5)


def test_what_waits_in_the_queue_is_not_queued_again(db: None) -> None:
    services.tick(_plan(), now=NOW)
    assert services.tick(_plan(), now=NOW + timedelta(hours=1)) == []
    assert DBTaskResult.objects.count() == 1


def test_a_job_that_nobody_needs_costs_no_write(db: None, django_assert_num_queries: object) -> None:
    Schedule.objects.create(name="probe", next_at=NOW)
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert services.tick(_plan(needed=False), now=NOW) == []
    assert queries.planned_rows(_plan(needed=False), now=NOW)[0].waits_for_need


def test_an_operator_runs_a_failed_job_again(operator: Person, one: WorkerBeat, tmp_path: Path) -> None:
    job = _queued(tmp_path)
    with pytest.raises(NotAllowed) as refused:
        services.run_again(job.pk, by=operator.viewer, now=NOW)
    assert refused.value.refusal.reason is JobRefusal.ONLY_FAILED_AGAIN
    services.cancel(job.pk, by=operator.viewer, now=NOW)
    assert services.claim_next(one.pk, now=NOW) is None
    services.run_again(job.pk, by=operator.viewer, now=NOW)
    assert services.claim_next(one.pk, now=NOW) is not None
    assert set(Entry.objects.filter(subject_id=str(job.pk)).values_list("verb", flat=True)) == {
        "job.cancel",
        "job.run_again",
    }


def test_nobody_cancels_a_running_job_and_an_auditor_none_at_all(
    operator: Person, auditor: Person, one: WorkerBeat, tmp_path: Path
) -> None:
    job = _queued(tmp_path)
    with pytest.raises(NotAllowed):
        services.cancel(job.pk, by=auditor.viewer, now=NOW)
    services.claim_next(one.pk, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        services.cancel(job.pk, by=operator.viewer, now=NOW)
    assert refused.value.refusal.reason is JobRefusal.ONLY_WAITING_CANCELLED


def test_old_jobs_are_forgotten(one: WorkerBeat, tmp_path: Path) -> None:
    _queued(tmp_path)
    job = services.claim_next(one.pk, now=NOW)
    assert job is not None
    services.finish(job, "", now=NOW)
    assert services.forget_old(now=NOW + timedelta(days=6)) == 0
    assert services.forget_old(now=NOW + timedelta(days=8)) == 1
