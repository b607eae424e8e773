from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import rules
from sonae.core.duties.vocabulary import ChangeKind, DutyFacts, DutyRule, DutyState, Openness, ReminderMoment
from sonae.kernel.ids import new_id


def _supervised_by(viewer: Viewer) -> Q:
    if rules.oversees_nation(viewer):
        return Q(openness=Openness.SUPERVISED)
    inspected = rules.overseen_jurisdictions(viewer)
    return Q(openness=Openness.SUPERVISED, institution__jurisdiction_id__in=inspected) if inspected else Q(pk__in=())


class DutyQuerySet(models.QuerySet["Duty"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One's own duties; supervised ones also for the ministry and for the body that inspects the institution."""
        if not access.may(viewer, Permission.DUTY_READ).ok:
            return self.none()
        own = Q(recipient__in=sorted(rules.addresses_of(viewer)))
        return self.filter(own | _supervised_by(viewer))

    def supervised_by(self, viewer: Viewer) -> Self:
        """What institutions owe, for the ministry and for the body that inspects them."""
        if not access.may(viewer, Permission.DUTY_READ).ok:
            return self.none()
        return self.filter(_supervised_by(viewer), institution__isnull=False)

    def addressed_to(self, viewer: Viewer) -> Self:
        """The duties that this viewer owes, in person or for a place."""
        if not access.may(viewer, Permission.DUTY_READ).ok:
            return self.none()
        return self.filter(recipient__in=sorted(rules.addresses_of(viewer)))

    def open(self) -> Self:
        return self.filter(state=DutyState.OPEN)

    def overdue(self, now: datetime) -> Self:
        """Not ended and late; worded so that the index of what has not ended serves."""
        return self.filter(ended_at__isnull=True, due_at__lte=now)

    def ringing(self, now: datetime) -> Self:
        """Duties of which a moment has come that nobody has been told of yet."""
        return self.filter(next_reminder_at__lte=now)

    def claimable(self, now: datetime) -> Self:
        """Ringing, and in no living worker's hands."""
        return self.ringing(now).filter(Q(claimed_until=None) | Q(claimed_until__lte=now))


class Duty(models.Model):
    """Something that someone owes by a rule about a subject, until a moment; what ended it stands here too."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.CharField(max_length=80)  # a name of the catalogue
    rule_edition = models.DateField()
    recipient = models.CharField(max_length=64)  # rules.recipient_key
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    jurisdiction = models.ForeignKey("institutions.Jurisdiction", on_delete=models.PROTECT, null=True, related_name="+")
    vendor = models.ForeignKey("institutions.Vendor", on_delete=models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=24, blank=True)  # accounts.Role, for duties of a nationwide role
    subject = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    # Why it is owed this time: a year, an id; given by whoever imposes it, empty where it is owed only once.
    occasion = models.CharField(max_length=80, blank=True)
    occurrence = models.PositiveIntegerField(default=1)
    # What is not finished while this is open; the subject itself, unless the duty says otherwise.
    hangs_on = models.CharField(max_length=60)
    hangs_on_id = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)
    openness = models.CharField(max_length=12)  # Openness
    known_at = models.DateTimeField()
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField()  # as imposed; `due_at` may have moved since
    imposed_at = models.DateTimeField()
    imposed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=12, default=DutyState.OPEN)  # DutyState
    ended_at = models.DateTimeField(null=True, blank=True)
    # Nobody, when evidence or the work itself ended the duty.
    ended_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    ended_note = models.CharField(max_length=1000, blank=True)
    evidence = models.ForeignKey("assurance.Evidence", on_delete=models.PROTECT, null=True, related_name="+")
    next_reminder_at = models.DateTimeField(null=True, blank=True)
    # The earliest moment that has passed and found nobody to tell: it is looked at again until somebody is there.
    untold_since = models.DateTimeField(null=True, blank=True)
    # The duty opened again or its due moment moved: its reminders are counted from here.
    rescheduled_at = models.DateTimeField(null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    escalated_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[DutyQuerySet] = DutyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "state", "due_at", "id"], name="duty_by_recipient"),
            # The sector's figures ask each institution for its late duties: from this index alone, without the rows.
            models.Index(fields=["institution", "openness", "ended_at", "due_at", "rule"], name="duty_overdue"),
            models.Index(fields=["institution", "state", "due_at"], name="duty_by_institution"),
            models.Index(fields=["subject", "subject_id", "state"], name="duty_by_subject"),
            models.Index(fields=["hangs_on", "hangs_on_id", "state"], name="duty_by_matter"),
            models.Index(fields=["next_reminder_at"], name="duty_ringing", condition=Q(next_reminder_at__isnull=False)),
            models.Index(fields=["claim"], name="duty_by_claim", condition=Q(claim__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rule", "recipient", "subject", "subject_id", "occasion"], name="duty_imposed_once_per_occasion"
            ),
            models.UniqueConstraint(
                fields=["rule", "recipient", "subject", "subject_id", "occurrence"], name="duty_occurrences_are_counted"
            ),
            models.UniqueConstraint(
                fields=["rule", "recipient", "subject", "subject_id"],
                name="duty_open_once",
                condition=Q(state=DutyState.OPEN),
            ),
            models.CheckConstraint(
                name="duty_has_one_recipient",
                condition=Q(account__isnull=False, institution=None, jurisdiction=None, vendor=None, role="")
                | Q(account=None, institution__isnull=False, jurisdiction=None, vendor=None, role="")
                | Q(account=None, institution=None, jurisdiction__isnull=False, vendor=None, role="")
                | Q(account=None, institution=None, jurisdiction=None, vendor__isnull=False, role="")
                | Q(account=None, institution=None, jurisdiction=None, vendor=None) & ~Q(role=""),
            ),
            models.CheckConstraint(
                name="duty_state_and_end_agree",
                condition=Q(state="open", ended_at=None, ended_by=None, ended_note="", evidence=None)
                | (
                    Q(state="waived", ended_at__isnull=False, ended_by__isnull=False, next_reminder_at=None)
                    & ~Q(ended_note="")
                )
                | Q(state__in=["fulfilled", "superseded"], ended_at__isnull=False, next_reminder_at=None),
            ),
            models.CheckConstraint(name="duty_known_before_imposed", condition=Q(known_at__lte=F("imposed_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.recipient}"

    def duty_facts(self) -> DutyFacts:
        return DutyFacts(
            rule=self.rule,
            state=DutyState(self.state),
            recipient=self.recipient,
            subject=self.subject,
            subject_id=self.subject_id,
            known_at=self.known_at,
            due_at=self.due_at,
            institution_id=self.institution_id,
            jurisdiction_id=self.jurisdiction_id,
            vendor_id=self.vendor_id,
            occurrence=self.occurrence,
        )

    def schedule(self, rule: DutyRule) -> tuple[ReminderMoment, ...]:
        """Every moment at which somebody is told of this duty."""
        return rules.moments(rule, imposed_at=self.imposed_at, due_at=self.due_at, rescheduled_at=self.rescheduled_at)


class DutyChangeQuerySet(models.QuerySet["DutyChange"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What became of a duty, for whoever sees the duty."""
        return self.filter(duty__in=Duty.objects.visible_to(viewer))


class DutyChange(models.Model):
    """What happened to a duty before it ended for good: its due moment moved, or it opened again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)  # ChangeKind
    due_before = models.DateTimeField()
    due_after = models.DateTimeField()
    why = models.CharField(max_length=1000, blank=True)
    changed_at = models.DateTimeField()
    # Nobody, when the work itself moved it.
    changed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[DutyChangeQuerySet] = DutyChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["changed_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="duty_change_moves_or_reopens",
                condition=(Q(kind=ChangeKind.REDATED) & ~Q(due_after=F("due_before")) & ~Q(why=""))
                | Q(kind=ChangeKind.REOPENED, due_after=F("due_before")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.changed_at.isoformat()}"


class ReminderQuerySet(models.QuerySet["Reminder"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Who was told about a duty, for whoever sees the duty."""
        return self.filter(duty__in=Duty.objects.visible_to(viewer))

    def waiting(self) -> Self:
        return self.filter(batch=None)


class Reminder(models.Model):
    """One person to be told of one duty for one moment: written once, put into exactly one mail."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    duty = models.ForeignKey(Duty, on_delete=models.CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)  # ReminderKind
    moment = models.DateTimeField()
    noted_at = models.DateTimeField()
    # All that one mail carries shares its batch.
    batch = models.UUIDField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    # The duty ended before the mail was written.
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ReminderQuerySet] = ReminderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["moment", "id"]
        indexes: ClassVar = [
            models.Index(fields=["account", "noted_at"], name="reminder_waiting", condition=Q(batch__isnull=True)),
            models.Index(fields=["batch"], name="reminder_by_batch", condition=Q(batch__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["duty", "account", "kind", "moment"], name="reminder_once_per_person_and_moment"
            ),
            models.CheckConstraint(
                name="reminder_waits_or_ended_one_way",
                condition=Q(batch=None, mailed_at=None, dropped_at=None)
                | Q(batch__isnull=False, mailed_at__isnull=False, dropped_at=None)
                | Q(batch__isnull=False, mailed_at=None, dropped_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.moment.isoformat()}"
