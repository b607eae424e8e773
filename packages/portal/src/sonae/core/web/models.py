from typing import ClassVar, Self

from django.db import models

from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.web.vocabulary import WorkState
from sonae.kernel.ids import new_id


class KeptAnswer(models.Model):
    """The answer once given to an idempotency key, so that a repeated request changes nothing."""

    caller = models.CharField(max_length=64)  # digest of who asked
    key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)
    power_digest = models.CharField(max_length=64, default="")  # digest of what the caller might do, and where
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(default=bytes)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "key"], name="kept_answer_once_per_key")]
        indexes: ClassVar = [models.Index(fields=["given_at"], name="kept_answer_given_at")]

    def __str__(self) -> str:
        return self.key


class WorkQuerySet(models.QuerySet["Work"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Work that the viewer started; operators see all."""
        if Role.OPERATOR in viewer.roles:
            return self
        return self.filter(started_by_id=viewer.account_id) if viewer.account_id else self.none()


class Work(models.Model):
    """Long work that somebody waits for."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title = models.JSONField()  # {"ja": …, "en": …}
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, default=WorkState.RUNNING)  # WorkState
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    reported_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    cancel_asked_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    result_url = models.CharField(max_length=300, blank=True)
    failure = models.CharField(max_length=400, blank=True)

    objects: ClassVar[WorkQuerySet] = WorkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-started_at"]
        indexes: ClassVar = [
            models.Index(fields=["reported_at"], name="work_running", condition=models.Q(state="running")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="work_cancel_asked_at_and_by",
                condition=models.Q(cancel_asked_at__isnull=True, cancel_asked_by__isnull=True)
                | models.Q(cancel_asked_at__isnull=False, cancel_asked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
