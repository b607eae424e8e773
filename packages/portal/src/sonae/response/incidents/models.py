"""Tables of incidents. What was said once stays: statements, moments, answers and the timeline are only added to."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.response.incidents import rules
from sonae.response.incidents.vocabulary import CareImpact, Phase, Severity


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the viewer's institutions, of the institutions they inspect, or all for the bodies of the sector."""
        reach = access.reach(viewer, Permission.INCIDENT_READ)
        if reach.nation:
            return self
        return self.filter(
            Q(institution_id__in=reach.institution_ids) | Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
        )

    def reported_by_viewer(self, viewer: Viewer) -> Self:
        """Those this very person has reported: they may see that it arrived."""
        return self.filter(registered_by_id=viewer.account_id) if viewer.is_signed_in else self.none()

    def ongoing(self) -> Self:
        return self.exclude(phase__in=[phase.value for phase in rules.ENDED])


class Incident(models.Model):
    """An attack on an institution, or what may be one, from the first suspicion until nothing hangs on it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=9, unique=True)
    # Given with the report: the same form sent twice is one incident.
    intake_id = models.UUIDField(unique=True)
    # Where `db_index=False` stands, an index below begins with the same column.
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    is_drill = models.BooleanField(default=False)
    phase = models.CharField(max_length=12, default=Phase.SUSPECTED)  # Phase
    phase_since = models.DateTimeField()
    care = models.CharField(max_length=20, default=CareImpact.UNKNOWN)  # CareImpact, the newest statement
    leak = models.CharField(max_length=12)  # Leak, the newest statement
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    # Of a duplicate: the case that is kept.
    kept = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[IncidentQuerySet] = IncidentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-registered_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "-registered_at"], name="incident_by_institution"),
            models.Index(fields=["phase", "-registered_at"], name="incident_by_phase"),
            models.Index(fields=["registered_by", "-registered_at"], name="incident_by_reporter"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="incident_is_closed_by_someone",
                condition=Q(phase="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(phase="closed") & Q(closed_at=None, closed_by=None)),
            ),
            models.CheckConstraint(
                name="incident_duplicate_names_the_kept_case",
                condition=Q(phase="duplicate", kept__isnull=False) | (~Q(phase="duplicate") & Q(kept=None)),
            ),
            models.CheckConstraint(name="incident_is_not_its_own_duplicate", condition=~Q(kept=F("id"))),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def severity(self) -> Severity:
        return rules.SEVERITY[CareImpact(self.care)]


class PartQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Parts of the incidents the viewer may read."""
        return self.filter(incident__in=Incident.objects.visible_to(viewer))


class Statement(models.Model):
    """What someone said under one heading, and as of when. The newest stands; none is erased."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_index=False, related_name="+")
    field = models.CharField(max_length=12)  # Field
    value = models.JSONField()
    stated_at = models.DateTimeField()
    stated_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[PartQuerySet["Statement"]] = PartQuerySet["Statement"].as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["stated_at", "id"]
        indexes: ClassVar = [models.Index(fields=["incident", "field", "stated_at"], name="statement_by_field")]

    def __str__(self) -> str:
        return self.field


class Moment(models.Model):
    """When something happened, as someone said at some time: how exactly, from where it is known, and who says so."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=12)  # TimeKind
    at = models.DateTimeField(null=True, blank=True)  # None: unknown as of `stated_at`
    precision = models.CharField(max_length=8)  # Precision
    source = models.CharField(max_length=10)  # TimeSource
    stated_at = models.DateTimeField()
    stated_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[PartQuerySet["Moment"]] = PartQuerySet["Moment"].as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["stated_at", "id"]
        indexes: ClassVar = [models.Index(fields=["incident", "kind", "stated_at"], name="moment_by_kind")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="moment_unknown_has_no_time",
                condition=Q(at=None, precision="unknown") | (Q(at__isnull=False) & ~Q(precision="unknown")),
            )
        ]

    def __str__(self) -> str:
        return self.kind


class StepTaken(models.Model):
    """An answer to one of the first steps. The newest stands."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_index=False, related_name="+")
    step = models.CharField(max_length=40)
    answer = models.CharField(max_length=16)  # StepAnswer
    answered_at = models.DateTimeField()
    answered_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[PartQuerySet["StepTaken"]] = PartQuerySet["StepTaken"].as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["answered_at", "id"]
        indexes: ClassVar = [models.Index(fields=["incident", "step", "answered_at"], name="step_taken_by_step")]

    def __str__(self) -> str:
        return self.step


class IncidentIndicator(models.Model):
    """Something that was used in the attack, as a person confirmed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12)  # sharing.IndicatorKind
    value = models.CharField(max_length=2_048)
    value_digest = models.CharField(max_length=64)
    origin = models.CharField(max_length=10)  # IndicatorOrigin
    context = models.CharField(max_length=300, blank=True)
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[PartQuerySet["IncidentIndicator"]] = PartQuerySet["IncidentIndicator"].as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["confirmed_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["incident", "kind", "value_digest"],
                name="incident_indicator_once",
                condition=Q(removed_at=None),
            ),
            models.CheckConstraint(
                name="incident_indicator_removed_at_and_by",
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class TimelineEntry(models.Model):
    """One line of what happened, in the order in which it was written down."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=12)  # EntryKind
    facts = models.JSONField(default=dict)
    text = models.TextField(blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[PartQuerySet["TimelineEntry"]] = PartQuerySet["TimelineEntry"].as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["written_at", "id"]
        indexes: ClassVar = [models.Index(fields=["incident", "written_at", "id"], name="timeline_of_incident")]

    def __str__(self) -> str:
        return self.kind


class DraftQuerySet(models.QuerySet["Draft"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Nobody's but one's own."""
        return self.filter(account_id=viewer.account_id) if viewer.is_signed_in else self.none()


class Draft(models.Model):
    """What someone has typed into the report form so far: kept with every field, gone when it is sent."""

    account = models.OneToOneField("accounts.Account", on_delete=models.CASCADE, primary_key=True, related_name="+")
    typed = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    objects: ClassVar[DraftQuerySet] = DraftQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return str(self.saved_at)
