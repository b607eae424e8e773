from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django_tasks_db.models import DBTaskResult

from sonae.site.jobs.vocabulary import JobState, Planned
from sonae.site.models import Schedule, WorkerBeat


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A repeated job: how often, when last, when next. Past `next_at` it waits until there is something to do."""

    task_path: str
    every: timedelta
    last_at: datetime | None
    next_at: datetime | None
    waits_for_need: bool


def counts() -> dict[JobState, int]:
    """How many jobs stand where."""
    found = dict(DBTaskResult.objects.order_by().values_list("status").annotate(number=Count("pk")))
    return {state: found.get(state.value, 0) for state in JobState}


def living(*, now: datetime) -> list[WorkerBeat]:
    """Workers that have shown a sign of life in time."""
    return list(WorkerBeat.objects.filter(until__gt=now))


def count_living(*, now: datetime) -> int:
    """How many worker programs run. A program gives several signs of life: one for each of its threads."""
    return len({(beat.host, beat.pid) for beat in living(now=now)})


def planned_rows(plan: Iterable[Planned], *, now: datetime) -> list[PlannedRow]:
    """The plan with the moments kept for it."""
    kept = Schedule.objects.in_bulk()
    return [
        PlannedRow(
            task_path=planned.task.module_path,
            every=planned.every,
            last_at=row.last_at if (row := kept.get(planned.name)) else None,
            next_at=row.next_at if row else None,
            waits_for_need=bool(planned.needed and row and row.next_at <= now),
        )
        for planned in plan
    ]
