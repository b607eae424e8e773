"""Readings of published lists, and what was odd in them."""

from typing import ClassVar, Self

from django.db import models

from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.kernel.ids import new_id


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Imports, for those who watch the nation or run the machine."""
        return self if viewer.nation or Role.OPERATOR in viewer.roles else self.none()


class ImportRun(models.Model):
    """One reading of a published list: what came of it, and how far it is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=10)  # ImportKind
    status = models.CharField(max_length=10)  # ImportStatus
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    as_of = models.DateField(null=True)
    covers = models.CharField(max_length=800, blank=True)  # kinds of institutions, or prefectures of codes, with commas
    requested_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cancel_asked_at = models.DateTimeField(null=True)
    percent = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_vanished = models.PositiveIntegerField(default=0)
    rows_set_aside = models.PositiveIntegerField(default=0)
    rows_linked = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)

    objects: ClassVar[ImportRunQuerySet] = ImportRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportProblemQuerySet(models.QuerySet["ImportProblem"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self if viewer.nation or Role.OPERATOR in viewer.roles else self.none()


class ImportProblem(models.Model):
    """One odd thing in one row of a published list, with the text as it was published."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, db_index=False, related_name="+")
    line = models.PositiveIntegerField()  # 0: the file as a whole
    field = models.CharField(max_length=80, blank=True)
    value = models.TextField(blank=True)
    reason = models.CharField(max_length=40)  # ProblemReason or FileRefusal
    facts = models.JSONField(default=dict)
    institution_name = models.CharField(max_length=200, blank=True, default="")  # as published in the row
    row = models.JSONField(default=list)  # the whole row, where no institution or code came of it

    objects: ClassVar[ImportProblemQuerySet] = ImportProblemQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["line", "id"]
        indexes: ClassVar = [
            models.Index(fields=["run", "line", "id"], name="import_problem_by_line"),
            models.Index(fields=["run", "reason"], name="import_problem_by_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.field} {self.reason}"
