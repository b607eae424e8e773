"""Tables of what is shared. Nothing here points at an incident, an institution or a person of one."""

import uuid
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing import rules
from sonae.prevention.sharing.vocabulary import IndicatorKind, Released


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What this viewer's roles may read at its TLP; what was released in a synthetic sector stays in it."""
        permission = Permission.COLLECTOR_EXCHANGE if viewer.is_program else Permission.INDICATOR_READ
        reach = access.reach(viewer, permission)
        levels = rules.readable_levels(viewer.roles, is_program=viewer.is_program)
        readable = self.filter(tlp__in=[level.value for level in levels])
        if reach.nation:
            return readable
        own = Institution.objects.filter(pk__in=reach.institution_ids)
        return readable.filter(is_synthetic__in=own.values("is_synthetic"))

    def standing(self) -> Self:
        """Not revoked."""
        return self.filter(revoked_at=None)


class Indicator(models.Model):
    """Something that tells of an attack when it is seen; known to the sector once, however often it is reported.

    The id is random: it tells neither when nor from what the indicator was made. `sequence` grows in the order in which
    changes were committed, so that a reader who has everything up to one number never misses a later change.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12)  # IndicatorKind
    value = models.CharField(max_length=2_048)
    value_digest = models.CharField(max_length=64)  # SHA-256 of the value: long URLs fit no index
    is_synthetic = models.BooleanField(default=False)
    tlp = models.CharField(max_length=12)  # Tlp
    confidence = models.PositiveSmallIntegerField()
    labels = models.JSONField(default=list)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    modified_at = models.DateTimeField()  # as STIX says it: no finer than the day, yet later with every change
    note_ja = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    source = models.CharField(max_length=12)  # SourceKind
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    sequence = models.PositiveBigIntegerField(unique=True)
    stix = models.JSONField()

    objects: ClassVar[IndicatorQuerySet] = IndicatorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-sequence"]
        constraints: ClassVar = [
            # STIX cannot take a revocation back: what is believed again is a new indicator.
            models.UniqueConstraint(
                fields=["kind", "value_digest", "is_synthetic"],
                name="indicator_is_known_once",
                condition=Q(revoked_at=None),
            ),
            models.CheckConstraint(
                name="indicator_revoked_at_and_by",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            ),
            models.CheckConstraint(name="indicator_confidence_is_a_percentage", condition=Q(confidence__lte=100)),
            models.CheckConstraint(name="indicator_ends_after_it_begins", condition=Q(valid_until__gt=F("valid_from"))),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"

    def released(self) -> Released:
        """What the row says to the sector, as STIX is made from it."""
        return Released(
            id=self.pk,
            kind=IndicatorKind(self.kind),
            value=self.value,
            tlp=Tlp(self.tlp),
            confidence=self.confidence,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            created=self.valid_from,
            modified=self.modified_at,
            note_ja=self.note_ja,
            note_en=self.note_en,
            labels=tuple(self.labels),
            revoked=self.revoked_at is not None,
        )


class Publication(models.Model):
    """That a report named an indicator. Taking a report back spares what others also named."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    report_id = models.UUIDField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["report_id", "indicator"], name="publication_once_per_report"),
            models.CheckConstraint(
                name="publication_withdrawn_at_and_by",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.indicator_id}"


class StixVersion(models.Model):
    """One version of a STIX object, stored whole as it goes out."""

    stix_id = models.CharField(max_length=100)
    stix_type = models.CharField(max_length=40)
    modified = models.DateTimeField()
    tlp = models.CharField(max_length=12)  # Tlp
    is_synthetic = models.BooleanField(default=False)
    body = models.JSONField()
    sequence = models.PositiveBigIntegerField(unique=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stix_id", "modified", "is_synthetic"], name="stix_version_is_stored_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["stix_type", "sequence"], name="stix_version_by_type")]

    def __str__(self) -> str:
        return self.stix_id


class Head(models.Model):
    """The last number given to a change: one row, locked by whoever writes the next until their transaction ends."""

    last_sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.last_sequence)
