from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.audit import rules


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, subject: str, subject_id: object) -> Self:
        return self.filter(subject=subject, subject_id=str(subject_id))

    def waiting(self) -> Self:
        """Entries that have no place in the chain yet."""
        return self.filter(number=None)


class Entry(models.Model):
    """Who did what to which thing, when and why. Holds ids only and points at nothing.

    It is written without locking anything; its place in the chain (number, seal before, seal) is given once, right
    after its transaction has committed. On SQLite, where one transaction writes at a time, it is given at once.
    The key counts in the order of writing, the number in the order of linking.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=8)  # EntryKind
    verb = models.CharField(max_length=80)
    by = models.CharField(max_length=36, blank=True)
    subject = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    institution_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    number = models.PositiveBigIntegerField(null=True, unique=True)
    seal_before = models.CharField(max_length=64, null=True)
    seal = models.CharField(max_length=64, null=True)

    objects: ClassVar[EntryQuerySet] = EntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["subject", "subject_id"], name="audit_entry_subject"),
            models.Index(fields=["institution_id", "-id"], name="audit_entry_institution"),
            models.Index(fields=["by", "-id"], name="audit_entry_by"),
            models.Index(fields=["id"], condition=Q(number=None), name="audit_entry_waiting"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(number__isnull=True, seal_before__isnull=True, seal__isnull=True)
                | Q(number__gte=1, seal_before__isnull=False, seal__isnull=False),
                name="audit_entry_linked_or_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number or '–'} {self.verb}"

    def content(self) -> rules.Content:
        return rules.Content(
            at=self.at.isoformat(timespec="microseconds"),
            kind=self.kind,
            verb=self.verb,
            by=self.by,
            subject=self.subject,
            subject_id=self.subject_id,
            institution="" if self.institution_id is None else str(self.institution_id),
            facts=rules.canonical(self.facts),
        )

    def linked(self) -> rules.Linked:
        assert self.number is not None, "only an entry with a place in the chain is read as a part of it"
        return rules.Linked(self.number, self.pk, self.content(), self.digest, self.seal_before or "", self.seal or "")


class Head(models.Model):
    """The end of the chain: one row, locked for a moment by whoever links what waits."""

    last_number = models.PositiveBigIntegerField(default=0)
    last_seal = models.CharField(max_length=64, default=rules.GENESIS)

    def __str__(self) -> str:
        return f"{self.last_number} {self.last_seal[:8]}"
