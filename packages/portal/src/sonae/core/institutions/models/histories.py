"""What was so of an institution before: beds, names, changes and codes; as public as the register."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models.readings import ImportRun
from sonae.core.institutions.models.register import Institution
from sonae.core.institutions.vocabulary import (
    Beds,
)


class RegisterRowQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Rows that belong to an institution and are as public as the register."""
        if viewer.is_program:
            return self.filter(institution_id__in=viewer.institution_ids)
        return self if viewer.is_signed_in else self.none()


class BedCount(models.Model):
    """Licensed beds of an institution as of a date, by type, and who says so."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, db_index=False, related_name="+")
    as_of = models.DateField()
    total = models.PositiveIntegerField(null=True)
    general = models.PositiveIntegerField(null=True)
    convalescent = models.PositiveIntegerField(null=True)
    convalescent_medical = models.PositiveIntegerField(null=True)
    convalescent_nursing = models.PositiveIntegerField(null=True)
    psychiatric = models.PositiveIntegerField(null=True)
    tuberculosis = models.PositiveIntegerField(null=True)
    infectious = models.PositiveIntegerField(null=True)
    source = models.CharField(max_length=16)  # BedSource
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    objects: ClassVar[RegisterRowQuerySet["BedCount"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-as_of"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "as_of"], name="bed_count_one_per_day"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.total}"

    def beds(self) -> Beds:
        return Beds(
            total=self.total,
            general=self.general,
            convalescent=self.convalescent,
            convalescent_medical=self.convalescent_medical,
            convalescent_nursing=self.convalescent_nursing,
            psychiatric=self.psychiatric,
            tuberculosis=self.tuberculosis,
            infectious=self.infectious,
        )


class FormerName(models.Model):
    """A name that an institution bore until a later list or a correction gave it another."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    name_kana = models.CharField(max_length=300, blank=True)
    replaced_on = models.DateField()

    objects: ClassVar[RegisterRowQuerySet["FormerName"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-replaced_on", "-id"]

    def __str__(self) -> str:
        return self.name


class InstitutionChange(models.Model):
    """One thing that was so of an institution until a later list or a person said otherwise.

    On every day before `as_of` it was `before`, back to the change before this one. A jurisdiction stands by its code.
    """

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, db_index=False, related_name="+")
    field = models.CharField(max_length=16)  # ChangedField
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    as_of = models.DateField()
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")  # null: by hand
    recorded_at = models.DateTimeField()

    objects: ClassVar[RegisterRowQuerySet["InstitutionChange"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-as_of", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="institution_change_changes_something", condition=~Q(before=models.F("after"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["institution", "field", "as_of"], name="institution_change_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.field}"


class InstitutionCode(models.Model):
    """A number that somebody gave to an institution; without an institution it could not be matched to one yet.

    It is valid until the day of the first list that lacks it or words it otherwise, that day excluded.
    """

    institution = models.ForeignKey(Institution, on_delete=models.SET_NULL, null=True, related_name="+")
    system = models.CharField(max_length=24)  # CodeSystem
    prefecture = models.CharField(max_length=2, blank=True)  # Prefecture; a seven-digit code is unique only within one
    value = models.CharField(max_length=40)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    listed_name = models.CharField(max_length=200, blank=True)
    listed_postal_code = models.CharField(max_length=8, blank=True)
    listed_address = models.CharField(max_length=300, blank=True)
    import_run = models.ForeignKey(ImportRun, on_delete=models.SET_NULL, null=True, related_name="+")

    objects: ClassVar[RegisterRowQuerySet["InstitutionCode"]] = RegisterRowQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["system", "prefecture", "value", "-valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["system", "prefecture", "value"],
                condition=Q(valid_until=None),
                name="institution_code_valid_once",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["value"], name="institution_code_by_value")]

    def __str__(self) -> str:
        return f"{self.system} {self.prefecture}{self.value}"
