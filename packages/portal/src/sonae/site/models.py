from typing import ClassVar

from django.db import models

from sonae.kernel.ids import new_id


class WorkerBeat(models.Model):
    """A worker's sign of life. While `until` lies ahead, what it runs is its own; afterwards anyone takes it over."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    host = models.CharField(max_length=120)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    until = models.DateTimeField()
    job = models.UUIDField(null=True)  # what it runs now

    class Meta:
        ordering: ClassVar = ["started_at"]
        indexes: ClassVar = [models.Index(fields=["until"], name="worker_beat_until")]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Schedule(models.Model):
    """When a repeated job is due next; the plan itself stands in `schedule.py`."""

    name = models.CharField(max_length=80, primary_key=True)
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
