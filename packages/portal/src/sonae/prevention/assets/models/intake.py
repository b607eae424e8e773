"""What comes into the ledger from a file: the plan that is shown first, and what it leaves to a person."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.assets.intake.vocabulary import OPEN_STATES, FileFormat, ImportState, QuestionState
from sonae.prevention.assets.models.ledger import Asset, LedgerQuerySet


class ImportQuerySet(LedgerQuerySet["LedgerImport"]):
    def under_way(self) -> Self:
        """What a job works at, or is about to."""
        return self.filter(state__in=[ImportState.PLANNING, ImportState.APPLYING, ImportState.UNDOING])


class LedgerImport(models.Model):
    """A file that somebody brought to the ledger: what is planned to be done with it, and what was done."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    # Of a list of components: whose they are.
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    format = models.CharField(max_length=16)  # FileFormat
    state = models.CharField(max_length=12)  # ImportState
    # What the list is called: what vanishes is seen against the list of the same name before.
    source = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(max_length=255)
    file_sha256 = models.CharField(max_length=64)
    # Of a table: where its columns go (Mapping), and by which headers it is known again.
    mapping = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    planned_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # Who ordered the last step.
    ordered_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    rows_read = models.PositiveIntegerField(default=0)
    rows_added = models.PositiveIntegerField(default=0)
    rows_changed = models.PositiveIntegerField(default=0)
    rows_unchanged = models.PositiveIntegerField(default=0)
    rows_vanished = models.PositiveIntegerField(default=0)
    rows_unknown = models.PositiveIntegerField(default=0)
    rows_not_understood = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    # Why the file as a whole is refused: reason, line, field, value, facts.
    refusal = models.JSONField(default=list)

    objects: ClassVar[ImportQuerySet] = ImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-begun_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "source", "applied_at"], name="import_by_source"),
            models.Index(fields=["expires_at"], name="import_that_expires", condition=Q(state__in=list(OPEN_STATES))),
        ]

    def __str__(self) -> str:
        return self.file_name

    def file_format(self) -> FileFormat:
        return FileFormat(self.format)


class PlannedRow(models.Model):
    """What is to become of one row of a file. Of an import that was applied it stays, as the history of its assets."""

    run = models.ForeignKey(LedgerImport, on_delete=models.CASCADE, db_index=False, related_name="rows")
    # As the file numbers its lines or entries; 0 for a row of the ledger that the file does not have.
    line = models.PositiveIntegerField()
    verdict = models.CharField(max_length=16)  # Verdict
    # The id of the asset; of one that is added, the id that it gets. No foreign key: it may not be there yet.
    asset_id = models.UUIDField(null=True)
    label = models.CharField(max_length=200, blank=True)
    # By which identity it was recognised, or is known if it is new.
    key = models.CharField(max_length=300, blank=True)
    # By field: what is written, and what stood there before.
    after = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    # Each a reason (RowProblem) with field and value.
    problems = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["run", "verdict"], name="planned_by_verdict"),
            models.Index(fields=["asset_id"], name="planned_by_asset", condition=Q(asset_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line} {self.verdict}"


class MappingPreset(models.Model):
    """Where the columns of a list went the last time, for the next file with the same headers."""

    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    fingerprint = models.CharField(max_length=64)
    source = models.CharField(max_length=80)
    mapping = models.JSONField()
    used_at = models.DateTimeField()
    used_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "fingerprint"], name="preset_once_by_headers")
        ]

    def __str__(self) -> str:
        return self.source


class QuestionQuerySet(models.QuerySet["LedgerQuestion"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Questions of the institutions at which this viewer reads the ledger."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)

    def open(self) -> Self:
        return self.filter(state=QuestionState.OPEN)


class LedgerQuestion(models.Model):
    """What a file leaves to a person: is this device gone, and whose is that one. Nothing changes before the answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    run = models.ForeignKey(LedgerImport, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)  # QuestionKind
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    label = models.CharField(max_length=200)
    key = models.CharField(max_length=300, blank=True)
    # Of an unknown device: what was seen of it, by field.
    seen = models.JSONField(default=dict)
    state = models.CharField(max_length=12, default=QuestionState.OPEN)  # QuestionState
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=12, blank=True)  # QuestionAnswer
    reason = models.CharField(max_length=1000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[QuestionQuerySet] = QuestionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-asked_at", "id"]
        indexes: ClassVar = [models.Index(fields=["institution", "state"], name="question_by_institution")]
        constraints: ClassVar = [at_and_by("question_answered_at_and_by", "answered")]

    def __str__(self) -> str:
        return self.label
