from typing import ClassVar, Self

from django.db import models

from sonae.core.audit import rules


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, subject: str, subject_id: object) -> Self:
        return self.filter(subject=subject, subject_id=str(subject_id))


class Entry(models.Model):
    """Who did what to which thing, when and why; sealed to the row before. Holds ids only and points at nothing."""

    number = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=8)  # EntryKind
    verb = models.CharField(max_length=80)
    by = models.CharField(max_length=36, blank=True)
    subject = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    institution_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    seal_before = models.CharField(max_length=64)
    seal = models.CharField(max_length=64, unique=True)

    objects: ClassVar[EntryQuerySet] = EntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-number"]
        indexes: ClassVar = [
            models.Index(fields=["subject", "subject_id"], name="audit_entry_subject"),
            models.Index(fields=["institution_id", "-number"], name="audit_entry_institution"),
            models.Index(fields=["by", "-number"], name="audit_entry_by"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.verb}"

    def sealed(self) -> rules.Sealed:
        return rules.Sealed(
            number=self.number,
            at=self.at.isoformat(timespec="microseconds"),
            kind=self.kind,
            verb=self.verb,
            by=self.by,
            subject=self.subject,
            subject_id=self.subject_id,
            institution="" if self.institution_id is None else str(self.institution_id),
            facts=rules.canonical(self.facts),
        )


class Head(models.Model):
    """The end of the chain: one row, locked by whoever writes the next entry."""

    last_number = models.PositiveBigIntegerField(default=0)
    last_seal = models.CharField(max_length=64, default=rules.GENESIS)

    def __str__(self) -> str:
        return f"{self.last_number} {self.last_seal[:8]}"
