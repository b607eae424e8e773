"""What advisories hit on the ledgers of institutions, and what the institutions make of it."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.exposure import course
from sonae.prevention.exposure.vocabulary import Certainty, Course, PairState, Saying


class IndexState(models.Model):
    """Which folder the matching works in. Another one is made anew: what it holds is put in again."""

    id = models.SmallIntegerField(primary_key=True)
    folder = models.UUIDField(default=new_id)
    # Under which name whoever works in it locks others out; it never changes.
    lock = models.UUIDField(default=new_id)
    # When the newest advisory was taken in that the matching knows of.
    advisories_until = models.DateTimeField(null=True)
    # Up to which import KEV and EPSS have been weighed.
    marks_until = models.DateTimeField(null=True)
    # Up to which moment it was seen that days on which something was due have passed.
    reviewed_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.folder)


class Notice(models.Model):
    """An advisory across its revisions, and how far the matching has come with it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    publisher = models.CharField(max_length=200)
    identifier = models.CharField(max_length=200)
    language = models.CharField(max_length=40, blank=True)
    # The revision that stands, as far as the matching knows of it.
    advisory = models.OneToOneField("advisories.Advisory", on_delete=models.PROTECT, related_name="+")
    is_put = models.BooleanField(default=False)
    is_settled = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publisher", "identifier", "language"], name="notice_once_by_number")
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="notice_to_put", condition=Q(is_put=False)),
            models.Index(fields=["id"], name="notice_to_settle", condition=Q(is_settled=False)),
        ]

    def __str__(self) -> str:
        return self.identifier


class TakenRange(models.Model):
    """A range that a person stated and that the matching has taken in."""

    stated = models.OneToOneField(
        "advisories.StatedRange", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )

    def __str__(self) -> str:
        return str(self.pk)


class LedgerState(models.Model):
    """How often the ledger of an institution was written, and up to which of these times the matching knows it."""

    institution = models.OneToOneField(
        "institutions.Institution", on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    changed = models.BigIntegerField(default=1)
    put = models.BigIntegerField(default=0)
    settled = models.BigIntegerField(default=0)
    # Until when what was said about the institution's patches holds.
    said_until = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="ledger_is_put_as_it_was", condition=Q(put__lte=models.F("changed")))
        ]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.changed}"


class NamePairQuerySet(models.QuerySet["NamePair"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Pairs of names bear no institution; whoever states what advisories mean reads them. What somebody wrote into
        their ledger with the name of a hospital in it stays there."""
        if not access.may(viewer, Permission.ADVISORY_STATE).ok:
            return self.none()
        return self.filter(is_kept_inside=False)


class NamePair(models.Model):
    """Two names that may mean one product: the advisory's and that of a ledger. It names no institution."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    vendor = models.CharField(max_length=400, blank=True)
    product = models.CharField(max_length=400, blank=True)
    maker = models.CharField(max_length=400, blank=True)
    typed = models.CharField(max_length=700, blank=True)
    state = models.CharField(max_length=10, default=PairState.OPEN)  # PairState
    # Of the institutions that were asked.
    yes = models.PositiveIntegerField(default=0)
    no = models.PositiveIntegerField(default=0)
    is_for_triage = models.BooleanField(default=False)
    # Whether every exposure stands as the state of the pair has it.
    is_stood = models.BooleanField(default=True)
    # The name in the ledger holds that of an institution: nobody outside reads it, and it counts for nobody else.
    is_kept_inside = models.BooleanField(default=False)
    met_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    why = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[NamePairQuerySet] = NamePairQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-is_for_triage", "-met_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["-is_for_triage", "-met_at"], name="pair_by_triage"),
            models.Index(fields=["id"], name="pair_to_stand", condition=Q(is_stood=False)),
        ]
        constraints: ClassVar = [at_and_by("name_pair_decided_at_and_by", "decided")]

    def __str__(self) -> str:
        return f"{self.vendor} {self.product} = {self.maker} {self.typed}"


class QuestionQuerySet(models.QuerySet["Question"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Questions of the institutions whose exposures this viewer answers for."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.EXPOSURE_ANSWER).institution_ids)

    def open(self) -> Self:
        """Those that nobody has answered, about pairs that nobody has decided."""
        return self.filter(answer="", pair__state__in=[PairState.OPEN, PairState.DISPUTED])


class Question(models.Model):
    """Whether two names mean one product, put to one institution once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    pair = models.ForeignKey(NamePair, on_delete=models.PROTECT, related_name="+")
    ask = models.CharField(max_length=30)  # the engine's Ask
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=7, blank=True)  # Saying
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[QuestionQuerySet] = QuestionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-asked_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["institution", "pair"], name="exposure_question_once_by_pair"),
            at_and_by("exposure_question_answered_at_and_by", "answered"),
            models.CheckConstraint(
                name="exposure_question_answered_with_a_moment",
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def saying(self) -> Saying | None:
        return Saying(self.answer) if self.answer else None


class ExposureQuerySet(models.QuerySet["Exposure"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the institutions that the viewer works at, or inspects; nobody else learns whose it is."""
        reach = access.reach(viewer, Permission.EXPOSURE_READ)
        inspected = Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
        return self.filter(Q(institution_id__in=reach.institution_ids) | inspected)

    def standing(self) -> Self:
        """Those that an advisory names now."""
        return self.exclude(course=Course.LIFTED)

    def owed(self) -> Self:
        """Those with which somebody still has to do something by a moment."""
        return self.exclude(course__in=list(course.SETTLED)).exclude(due_at=None)


class Exposure(models.Model):
    """An advisory that hits, or may hit, one asset of an institution."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, db_index=False, related_name="+")
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="+")
    known_at = models.DateTimeField()
    # When it was last asked of the institution: at first, or anew.
    opened_at = models.DateTimeField()
    certainty = models.CharField(max_length=15, default=Certainty.CERTAIN)  # Certainty
    digest = models.CharField(max_length=64, blank=True)
    priority = models.CharField(max_length=12)  # Priority
    rank = models.PositiveSmallIntegerField()  # the most urgent first, for sorting
    urgent_since = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    # The facts of SSVC by which the priority was decided, and the grounds with their figures.
    exploitation = models.CharField(max_length=12)  # Exploitation
    system_exposure = models.CharField(max_length=12)  # SystemExposure
    automatable = models.CharField(max_length=3)  # Automatable
    human_impact = models.CharField(max_length=12)  # HumanImpact
    epss = models.FloatField(null=True, blank=True)
    base_score = models.FloatField(null=True, blank=True)
    grounds = models.JSONField(default=list)
    course = models.CharField(max_length=12, default=Course.UNANSWERED)  # Course
    until = models.DateField(null=True, blank=True)

    objects: ClassVar[ExposureQuerySet] = ExposureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["rank", "due_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "rank", "due_at"], name="exposure_by_institution"),
            models.Index(fields=["until"], name="exposure_by_term", condition=Q(until__isnull=False)),
            models.Index(fields=["due_at"], name="exposure_by_due", condition=Q(due_at__isnull=False)),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["asset", "notice"], name="exposure_once_by_asset")]

    def __str__(self) -> str:
        return str(self.pk)


class Hit(models.Model):
    """One thing of an asset and one statement of the advisory, with what the matching says of the pair."""

    id = models.BigAutoField(primary_key=True)
    exposure = models.ForeignKey(Exposure, on_delete=models.CASCADE, db_index=False, related_name="hits")
    key = models.CharField(max_length=120)
    label = models.CharField(max_length=700)
    version = models.CharField(max_length=200, blank=True)
    statement = models.ForeignKey("advisories.ProductStatement", on_delete=models.PROTECT, related_name="+")
    is_within = models.BooleanField()
    reason = models.CharField(max_length=24)  # the engine's Reason
    confidence = models.FloatField()  # 0 to 1
    would_change = models.JSONField(default=list)  # the engine's Change
    # Where it is not clear whether the names mean one product.
    pair = models.ForeignKey(NamePair, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["exposure", "key", "statement"], name="hit_once_by_statement")
        ]

    def __str__(self) -> str:
        return self.label


class StepTaken(models.Model):
    """How an exposure went on: what somebody said, or what changed by itself. Rows are added and never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exposure = models.ForeignKey(Exposure, on_delete=models.PROTECT, related_name="steps")
    came_from = models.CharField(max_length=12, blank=True)  # Course
    course = models.CharField(max_length=12)  # Course
    why = models.CharField(max_length=1000, blank=True)
    done_on = models.DateField(null=True, blank=True)
    version = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True, blank=True)
    vendor = models.ForeignKey(
        "institutions.Vendor", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    taken_at = models.DateTimeField()
    # Empty where the advisory, the ledger or the calendar did it.
    taken_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["taken_at", "id"]

    def __str__(self) -> str:
        return f"{self.exposure_id} {self.course}"
