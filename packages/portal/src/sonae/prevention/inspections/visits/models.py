from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    EntryOutcome,
    Side,
    VisitState,
    Written,
)


class VisitQuerySet(models.QuerySet["Visit"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Visits of one's own jurisdiction; an institution sees its own from the announcement on."""
        reach = access.reach(viewer, Permission.INSPECTION_READ)
        inspected = Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
        told = Q(announced_at__isnull=False) | Q(started_at__isnull=False)
        return self.filter(inspected | (Q(institution_id__in=reach.institution_ids) & told))

    def open(self) -> Self:
        return self.filter(state__in=rules.OPEN)


class Visit(models.Model):
    """One on-site inspection of an institution: from the plan of a fiscal year to the report.

    Edition and submission are fixed when it starts: what the inspector reads beside a row is what the institution had
    handed in then. `revision` counts everything that was written about its rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, default=VisitState.PLANNED)  # VisitState
    on = models.DateField(null=True, blank=True)
    companions = models.CharField(max_length=200, blank=True)  # who comes along without an account
    edition = models.ForeignKey("instruments.Edition", on_delete=models.PROTECT, null=True, related_name="+")
    submission = models.ForeignKey("instruments.Submission", on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    announced_at = models.DateTimeField(null=True, blank=True)
    announced_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[VisitQuerySet] = VisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-fiscal_year", "on", "id"]
        constraints: ClassVar = [
            at_and_by("visit_announced_at_and_by", "announced"),
            at_and_by("visit_started_at_and_by", "started"),
            at_and_by("visit_closed_at_and_by", "closed"),
            at_and_by("visit_cancelled_at_and_by", "cancelled"),
            models.UniqueConstraint(
                fields=["institution", "fiscal_year"],
                name="visit_one_open_in_a_year",
                condition=Q(state__in=["announced", "planned", "under_way"]),
            ),
            models.CheckConstraint(
                name="visit_state_tells_its_moments",
                condition=Q(state=VisitState.PLANNED, announced_at=None, started_at=None, closed_at=None)
                & Q(cancelled_at=None)
                | Q(state=VisitState.ANNOUNCED, announced_at__isnull=False, started_at=None, closed_at=None)
                & Q(cancelled_at=None, on__isnull=False)
                | Q(state=VisitState.UNDER_WAY, started_at__isnull=False, closed_at=None, cancelled_at=None)
                & Q(on__isnull=False, edition__isnull=False)
                | Q(state=VisitState.CLOSED, started_at__isnull=False, closed_at__isnull=False, cancelled_at=None)
                & Q(on__isnull=False, edition__isnull=False)
                | Q(state=VisitState.CANCELLED, started_at=None, closed_at=None, cancelled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.fiscal_year}"


class OfVisitQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What belongs to a visit, for whoever inspects; for the institution once the visit is closed."""
        reach = access.reach(viewer, Permission.INSPECTION_READ)
        return self.filter(
            Q(visit__institution__jurisdiction_id__in=reach.jurisdiction_ids)
            | Q(visit__institution_id__in=reach.institution_ids, visit__state=VisitState.CLOSED)
        )


class VisitMember(models.Model):
    """Somebody with an account who goes along; the first of them leads."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, db_index=False, related_name="members")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[OfVisitQuerySet["VisitMember"]] = OfVisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["visit", "account"], name="visit_member_once")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.account_id}"


class VisitTurn(models.Model):
    """One step of a visit: what, when, by whom, from which day to which, and why. Never changed."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="turns")
    kind = models.CharField(max_length=10)  # TurnKind
    on_before = models.DateField(null=True, blank=True)
    on_after = models.DateField(null=True, blank=True)
    why = models.CharField(max_length=rules.LONGEST_REASON, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[OfVisitQuerySet["VisitTurn"]] = OfVisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.kind}"


class RowEntryQuerySet(OfVisitQuerySet["RowEntry"]):
    def counted(self) -> Self:
        """Those that made a revision of their row, the oldest first."""
        return self.filter(revision__isnull=False).order_by("item", "revision")

    def disputed(self) -> Self:
        """Conflicts that nobody has decided yet, the oldest first."""
        return self.filter(outcome=EntryOutcome.CONFLICT, settlement="").order_by("received_at", "id")


class RowEntry(models.Model):
    """What somebody wrote about one row, under the id that their device gave it: nothing is ever overwritten.

    The row says what its entry of the highest revision says. An entry in conflict has no revision until somebody
    chooses it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, db_index=False, related_name="entries")
    item = models.CharField(max_length=200)  # the id of a question of the edition
    value = models.CharField(max_length=16, blank=True)  # Observation
    note = models.TextField(blank=True)
    finding = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    due_on = models.DateField(null=True, blank=True)
    device = models.UUIDField()
    seen_revision = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10)  # EntryOutcome
    revision = models.PositiveIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    received_at = models.DateTimeField()
    settlement = models.CharField(max_length=10, blank=True)  # Settlement, of a conflict
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[RowEntryQuerySet] = RowEntryQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["received_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["visit", "item", "revision"], name="visit_row_has_each_revision_once"),
            at_and_by("visit_entry_settled_at_and_by", "settled"),
            models.CheckConstraint(
                name="visit_entry_outcome_tells_its_revision",
                condition=Q(outcome=EntryOutcome.KEPT, revision__isnull=False, settlement="")
                | Q(outcome=EntryOutcome.SAME, revision=None, settlement="")
                | Q(outcome=EntryOutcome.CONFLICT, revision__isnull=False, settlement="mine")
                | Q(outcome=EntryOutcome.CONFLICT, revision=None) & ~Q(settlement="mine"),
            ),
            models.CheckConstraint(
                name="visit_entry_settled_or_not",
                condition=Q(settlement="", settled_at=None) | ~Q(settlement="") & Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.item} {self.revision or self.outcome}"

    def written(self) -> Written:
        return Written(self.value, self.note, self.finding, self.advice, self.due_on)


class VisitPhoto(models.Model):
    """A picture that was taken of a row, under the id that the tablet gave it."""

    id = models.UUIDField(primary_key=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    item = models.CharField(max_length=200)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[OfVisitQuerySet["VisitPhoto"]] = OfVisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["added_at", "id"]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.item}"


class VisitSignature(models.Model):
    """Who signed for a side what the visit said at a revision; void once something else was written."""

    id = models.UUIDField(primary_key=True, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, db_index=False, related_name="signatures")
    side = models.CharField(max_length=12)  # Side
    name = models.CharField(max_length=rules.LONGEST_NAME)
    strokes: models.JSONField[Any, Any] = models.JSONField(default=list)
    revision = models.PositiveIntegerField()
    signed_at = models.DateTimeField()  # by the clock of the device on which it was drawn
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    voided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[OfVisitQuerySet["VisitSignature"]] = OfVisitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["kept_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["visit", "side"], name="visit_signed_once_by_each_side", condition=Q(voided_at=None)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["visit", "kept_at"], name="visit_signature_by_visit")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.side}"

    @property
    def who(self) -> Side:
        return Side(self.side)


class CorrectionQuerySet(OfVisitQuerySet["Correction"]):
    def outstanding(self) -> Self:
        """Everything that the inspector has not accepted yet."""
        return self.exclude(state=CorrectionState.ACCEPTED)


class Correction(models.Model):
    """A finding that the institution mends until a day, from the closing of the visit until the inspector accepts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, db_index=False, related_name="corrections")
    entry = models.OneToOneField(RowEntry, on_delete=models.PROTECT, related_name="+")  # what was found and advised
    state = models.CharField(max_length=10, default=CorrectionState.OPEN)  # CorrectionState
    due_on = models.DateField()  # the last day; later than found where it was sent back
    rounds = models.PositiveSmallIntegerField(default=0)  # how often it was sent back
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[CorrectionQuerySet] = CorrectionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints: ClassVar = [
            at_and_by("correction_accepted_at_and_by", "accepted"),
            models.CheckConstraint(
                name="correction_state_tells_its_end",
                condition=Q(state=CorrectionState.ACCEPTED, accepted_at__isnull=False)
                | ~Q(state=CorrectionState.ACCEPTED) & Q(accepted_at=None),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["visit", "state", "due_on"], name="correction_by_visit")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.entry_id}"


class CorrectionTurnQuerySet(models.QuerySet["CorrectionTurn"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The steps of a correction, for whoever sees the correction."""
        return self.filter(correction__in=Correction.objects.visible_to(viewer))


class CorrectionTurn(models.Model):
    """One step of a correction: what the institution did, or why it goes back. Never changed."""

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="turns")
    kind = models.CharField(max_length=10)  # CorrectionTurnKind
    text = models.TextField(blank=True)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[CorrectionTurnQuerySet] = CorrectionTurnQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.kind}"
