"""Collectors and what they saw. An institution's own: nobody at the ministry reads a row of these tables."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.detection import rules
from sonae.prevention.detection.vocabulary import AlertState, CollectorFacts, CollectorState


class CollectorQuerySet(models.QuerySet["Collector"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The collectors of the institutions at which the viewer looks after them."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.COLLECTOR_MANAGE).institution_ids)

    def in_use(self) -> Self:
        return self.filter(retired_at=None)


class Collector(models.Model):
    """A hospital's program that looks for indicators in its own events; it speaks with one token."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    token = models.OneToOneField("access.ApiToken", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    enrolled_at = models.DateTimeField()
    enrolled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    last_heard_at = models.DateTimeField(null=True, blank=True)
    version = models.CharField(max_length=32, blank=True)
    cursor = models.CharField(max_length=512, blank=True)
    indicators_held = models.PositiveBigIntegerField(default=0)
    events_read = models.PositiveBigIntegerField(default=0)
    bad_lines = models.PositiveBigIntegerField(default=0)
    sightings_waiting = models.PositiveBigIntegerField(default=0)
    sightings_refused = models.PositiveBigIntegerField(default=0)
    newest_event_at = models.DateTimeField(null=True, blank=True)
    # How often it fell silent; each silence is a duty of its own. `silent_since` is empty while it is heard.
    silences = models.PositiveIntegerField(default=0)
    silent_since = models.DateTimeField(null=True, blank=True)
    proven_on = models.DateField(null=True, blank=True)  # the last day for which evidence was filed that it runs

    objects: ClassVar[CollectorQuerySet] = CollectorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "retired_at"], name="collector_by_institution"),
            models.Index(fields=["last_heard_at"], name="collector_by_last_word", condition=Q(retired_at=None)),
        ]
        constraints: ClassVar = [at_and_by("collector_retired_at_and_by", "retired")]

    def __str__(self) -> str:
        return self.name

    def facts(self) -> CollectorFacts:
        return CollectorFacts(self.enrolled_at, self.last_heard_at, self.retired_at)

    def state(self, *, now: datetime) -> CollectorState:
        return rules.state_of(self.facts(), now=now)

    @property
    def silence_id(self) -> str:
        """What the duty of the present silence is about."""
        return f"{self.pk}.{self.silences}"


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """An institution's own. The nation gets numbers, never rows: `queries.sector_counts`."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.SIGHTING_READ).institution_ids)

    def open(self) -> Self:
        return self.filter(answered_at=None)


class Alert(models.Model):
    """All that one institution saw of one indicator until somebody said what it was."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    indicator = models.ForeignKey("sharing.Indicator", on_delete=models.PROTECT, db_index=False, related_name="+")
    opened_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.PositiveBigIntegerField()
    finding = models.CharField(max_length=12, blank=True)  # Finding
    note = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[AlertQuerySet] = AlertQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-last_seen_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "-last_seen_at"], name="alert_by_institution"),
            models.Index(fields=["indicator", "institution"], name="alert_by_indicator"),
        ]
        constraints: ClassVar = [
            at_and_by("alert_answered_at_and_by", "answered"),
            models.UniqueConstraint(
                fields=["institution", "indicator"], name="alert_open_once", condition=Q(answered_at=None)
            ),
            models.CheckConstraint(
                name="alert_is_answered_with_a_finding",
                condition=Q(answered_at__isnull=True, finding="") | (Q(answered_at__isnull=False) & ~Q(finding="")),
            ),
            models.CheckConstraint(name="alert_seen_in_order", condition=Q(last_seen_at__gte=F("first_seen_at"))),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def state(self) -> AlertState:
        return AlertState.OPEN if self.answered_at is None else AlertState.ANSWERED


class SightingQuerySet(models.QuerySet["Sighting"]):
    def visible_to(self, viewer: Viewer) -> Self:
        return self.filter(institution_id__in=access.reach(viewer, Permission.SIGHTING_READ).institution_ids)


class Sighting(models.Model):
    """What a collector reported: one indicator on one Japanese day. No event, no internal address, no name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Given by the collector. Unique within its institution only: nobody can occupy the ids of another.
    reported_id = models.UUIDField()
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    indicator = models.ForeignKey("sharing.Indicator", on_delete=models.PROTECT, related_name="+")
    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="+")
    collector = models.ForeignKey(Collector, on_delete=models.PROTECT, related_name="+")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    count = models.PositiveBigIntegerField()
    direction = models.CharField(max_length=10)  # Direction
    where = models.JSONField(default=list)  # Where
    sensor_kind = models.CharField(max_length=20)
    sensor = models.CharField(max_length=64, blank=True)
    received_at = models.DateTimeField()

    objects: ClassVar[SightingQuerySet] = SightingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-first_seen_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "reported_id"], name="sighting_is_stored_once"),
            models.CheckConstraint(name="sighting_seen_in_order", condition=Q(last_seen_at__gte=F("first_seen_at"))),
        ]

    def __str__(self) -> str:
        return str(self.reported_id)
