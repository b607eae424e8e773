from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.instruments.vocabulary import ResponseState
from sonae.kernel import calendar
from sonae.kernel.ids import new_id
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.results.models import QuestionResult, Recount, ResultEdition
from sonae.prevention.surveys.vocabulary import OCCASION, CampaignContent, CampaignState, PopulationRule, Stage, Then

__all__ = [
    "AskedInstitution",
    "Call",
    "Campaign",
    "CampaignExtension",
    "Extension",
    "Proxy",
    "QuestionResult",
    "Recount",
    "ReminderDate",
    "ResultEdition",
]

UNOPENED = (CampaignState.DRAFT, CampaignState.OPENING)
ANSWERED = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """All of them for the ministry; what was opened, for those who follow it up and for those whom it asks."""
        reach = access.reach(viewer, Permission.SURVEY_READ)
        if reach.nation:
            return self
        opened = self.exclude(state__in=UNOPENED)
        if reach.jurisdiction_ids:
            return opened
        asked = AskedInstitution.objects.filter(institution_id__in=reach.institution_ids)
        return opened.filter(pk__in=asked.values("campaign_id"))


class Campaign(models.Model):
    """One survey of the nation's institutions: what is asked, of whom, and from when until when."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    title_ja = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200, blank=True)  # empty: that in Japanese is shown
    edition = models.ForeignKey("instruments.Edition", on_delete=models.PROTECT, related_name="+")
    fiscal_year = models.PositiveSmallIntegerField()
    # The register as it was on this day says who is asked, and in which class they are counted.
    reference_on = models.DateField()
    population = models.JSONField()  # rules.rule_as_json
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=CampaignState.DRAFT)  # CampaignState
    revision = models.PositiveIntegerField(default=1)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    opening_at = models.DateTimeField(null=True, blank=True)  # when somebody began to open it
    opening_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    expected_count = models.PositiveIntegerField(default=0)  # how many the register had at `opening_at`
    # While it is being opened: the last institution that was written down, and the register that they are taken from.
    frozen_to = models.BigIntegerField(default=0)
    register_mark = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    asked_count = models.PositiveIntegerField(default=0)  # frozen at `opened_at`
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_why = models.CharField(max_length=rules.LONGEST_REASON, blank=True)

    objects: ClassVar[CampaignQuerySet] = CampaignQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-fiscal_year", "-opens_at", "-id"]
        constraints: ClassVar = [
            at_and_by("campaign_opening_at_and_by", "opening"),
            at_and_by("campaign_opened_at_and_by", "opened"),
            at_and_by("campaign_closed_at_and_by", "closed"),
            at_and_by("campaign_withdrawn_at_and_by", "withdrawn"),
            models.CheckConstraint(name="campaign_window_is_forward", condition=Q(closes_at__gt=F("opens_at"))),
            models.CheckConstraint(
                name="campaign_state_tells_its_moments",
                condition=Q(
                    state=CampaignState.DRAFT, opening_at=None, opened_at=None, closed_at=None, withdrawn_at=None
                )
                | Q(
                    state=CampaignState.OPENING,
                    opening_at__isnull=False,
                    opened_at=None,
                    closed_at=None,
                    withdrawn_at=None,
                )
                | Q(state=CampaignState.OPEN, opened_at__isnull=False, closed_at=None, withdrawn_at=None)
                | Q(state=CampaignState.CLOSED, opened_at__isnull=False, closed_at__isnull=False, withdrawn_at=None)
                | Q(state=CampaignState.WITHDRAWN, opened_at__isnull=False, closed_at=None, withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title_ja

    @property
    def title(self) -> str:
        """The title in the language of the moment."""
        return (self.title_en if get_language() == "en" else "") or self.title_ja

    @property
    def year_name(self) -> str:
        """The fiscal year as a year is written: a number would be read with its thousands apart."""
        return str(self.fiscal_year)

    @property
    def rule(self) -> PopulationRule:
        return rules.rule_from_json(self.population)

    @property
    def occasion(self) -> str:
        """The occasion of every response to this campaign."""
        return f"{OCCASION}{self.pk}"

    def content(self) -> CampaignContent:
        return CampaignContent(
            self.title_ja, self.title_en, self.edition_id, self.fiscal_year, self.reference_on, self.rule,
            self.opens_at, self.closes_at,
        )  # fmt: skip


class AskedInstitutionQuerySet(models.QuerySet["AskedInstitution"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Whoever is asked: all for the ministry, their territory for those who follow it up, and one's own."""
        reach = access.reach(viewer, Permission.SURVEY_READ)
        if reach.nation:
            return self
        return self.exclude(campaign__state__in=UNOPENED).filter(
            Q(institution_id__in=reach.institution_ids) | Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
        )

    def followed_by(self, viewer: Viewer) -> Self:
        """Those whom this viewer follows up, nation or territory; not the institution at which they work besides."""
        reach = access.reach(viewer, Permission.SURVEY_READ)
        return self if reach.nation else self.filter(institution__jurisdiction_id__in=reach.jurisdiction_ids)

    def answered(self) -> Self:
        """Those whose answers the ministry has."""
        return self.filter(response__state__in=ANSWERED)

    def mailed(self) -> Self:
        """Those of which somebody was sent a mail about the campaign."""
        return self.filter(mailed_at__isnull=False)

    def unreached(self) -> Self:
        """Those whose turn to be told has come and of which nobody could be: by letter or telephone alone."""
        return self.filter(told_at__isnull=False, mailed_at=None)

    def outstanding(self) -> Self:
        """Those who still owe an answer; whoever was excused owes none."""
        owes = Q(response=None) | Q(response__state__in=[ResponseState.DRAFT, ResponseState.RETURNED])
        return self.filter(owes, excused_at=None)


class AskedInstitution(models.Model):
    """One institution that a campaign asks, with what the register said of it on the reference date.

    Written once when the campaign opens. What the register says later changes neither the row nor the denominator; an
    institution that has closed since is marked, and stays.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="asked")
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)  # InstitutionKind
    licensed_beds = models.PositiveIntegerField(null=True, blank=True)
    band = models.CharField(max_length=8)  # Band
    prefecture = models.CharField(max_length=2)  # Prefecture
    due_at = models.DateTimeField()  # the end of the window, or later where more time was given
    told_at = models.DateTimeField(null=True, blank=True)  # when the duty was imposed and the mails queued
    # When a mail about the campaign was last queued to somebody of it; nothing where there was nobody to write to.
    mailed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    response = models.OneToOneField("instruments.Response", on_delete=models.PROTECT, null=True, related_name="+")
    excused_at = models.DateTimeField(null=True, blank=True)
    excused_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    excuse = models.CharField(max_length=16, blank=True)  # Excuse
    excused_why = models.CharField(max_length=rules.LONGEST_REASON, blank=True)

    objects: ClassVar[AskedInstitutionQuerySet] = AskedInstitutionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["prefecture", "institution__name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "institution"], name="asked_once_per_campaign"),
            at_and_by("asked_opened_at_and_by", "opened"),
            at_and_by("asked_excused_at_and_by", "excused"),
            models.CheckConstraint(
                name="asked_excuse_has_its_kind",
                condition=Q(excused_at=None, excuse="", excused_why="") | (Q(excused_at__isnull=False) & ~Q(excuse="")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["campaign", "prefecture", "band", "kind"], name="asked_by_class"),
            models.Index(fields=["campaign", "id"], name="asked_to_tell", condition=Q(told_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.institution_id}"

    @property
    def stage(self) -> Stage:
        state = ResponseState(self.response.state) if self.response is not None else None
        return rules.stage_of(state, is_opened=self.opened_at is not None)

    @property
    def is_extended(self) -> bool:
        return self.due_at > self.campaign.closes_at

    def then(self) -> Then:
        """What the register said on the reference date."""
        return Then(InstitutionKind(self.kind), Prefecture(self.prefecture), self.licensed_beds)

    def is_late(self, *, now: datetime) -> bool:
        """Whether an answer is owed and its time is over."""
        owes = self.excused_at is None and not rules.is_answered(self.stage)
        return owes and calendar.is_past(self.due_at, now=now)


class AboutAskedQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What the follow-up wrote about an institution, for those who follow it up: nation, territory."""
        reach = access.reach(viewer, Permission.SURVEY_READ)
        if reach.nation:
            return self
        return self.filter(asked__institution__jurisdiction_id__in=reach.jurisdiction_ids)


class Extension(models.Model):
    """More time for one institution, and why."""

    asked = models.ForeignKey(AskedInstitution, on_delete=models.PROTECT, related_name="extensions")
    due_before = models.DateTimeField()
    due_after = models.DateTimeField()
    why = models.CharField(max_length=rules.LONGEST_REASON)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[AboutAskedQuerySet["Extension"]] = AboutAskedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="extension_gives_more", condition=Q(due_after__gt=F("due_before"))),
        ]

    def __str__(self) -> str:
        return f"{self.asked_id} {self.due_after.isoformat()}"


class CampaignExtensionQuerySet(models.QuerySet["CampaignExtension"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """More time for many, for whoever sees the campaign."""
        return self.filter(campaign__in=Campaign.objects.visible_to(viewer))

    def running(self) -> Self:
        """Those of which somebody is still to get the time."""
        return self.filter(finished_at=None)


class CampaignExtension(models.Model):
    """More time for all of a campaign who owe an answer, or for those of a prefecture or kind, and how far that is.

    Each institution that got it has an `Extension` of its own; `reached` is the row of the last one.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="extensions")
    prefecture = models.CharField(max_length=2, blank=True)  # Prefecture, empty for all of them
    kind = models.CharField(max_length=16, blank=True)  # InstitutionKind, empty for all of them
    due_after = models.DateTimeField()
    why = models.CharField(max_length=rules.LONGEST_REASON)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    job = models.CharField(max_length=64, blank=True)  # which gives the time; core.web.given_up
    expected_count = models.PositiveIntegerField(default=0)  # institutions that owed an answer at `given_at`
    reached = models.BigIntegerField(default=0)
    extended = models.PositiveIntegerField(default=0)  # institutions that got the time
    mailed = models.PositiveIntegerField(default=0)  # of these, those of which somebody was sent a mail
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # When it was found that whoever ordered it may not any more: nobody gets the time after that.
    unauthorised_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)  # however it ended

    objects: ClassVar[CampaignExtensionQuerySet] = CampaignExtensionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign"], name="campaign_is_extended_once_at_a_time", condition=Q(finished_at=None)
            ),
            at_and_by("campaign_extension_cancelled_at_and_by", "cancelled"),
            models.CheckConstraint(
                name="campaign_extension_ends_one_way",
                condition=Q(cancelled_at=None, unauthorised_at=None)
                | Q(finished_at__isnull=False, cancelled_at__isnull=True)
                | Q(finished_at__isnull=False, unauthorised_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.due_after.isoformat()}"


class Proxy(models.Model):
    """That an officer entered the answers of an institution: who told them, by which way, and why."""

    asked = models.ForeignKey(AskedInstitution, on_delete=models.PROTECT, related_name="proxies")
    channel = models.CharField(max_length=12)  # Channel
    informant = models.CharField(max_length=120)  # who at the institution gave the answers
    why = models.CharField(max_length=rules.LONGEST_REASON)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[AboutAskedQuerySet["Proxy"]] = AboutAskedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.asked_id} {self.channel}"


class Call(models.Model):
    """A call of the follow-up: whom somebody reached, when, what came of it, and when to call again."""

    asked = models.ForeignKey(AskedInstitution, on_delete=models.PROTECT, db_index=False, related_name="calls")
    called_at = models.DateTimeField()
    whom = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=24)  # CallOutcome
    note = models.CharField(max_length=rules.LONGEST_REASON, blank=True)
    next_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    objects: ClassVar[AboutAskedQuerySet["Call"]] = AboutAskedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-called_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["asked", "-called_at"], name="call_newest_first")]

    def __str__(self) -> str:
        return f"{self.asked_id} {self.called_at.isoformat()}"


class ReminderDateQuerySet(models.QuerySet["ReminderDate"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The dates of a campaign, for whoever sees the campaign."""
        return self.filter(campaign__in=Campaign.objects.visible_to(viewer))

    def waiting(self, *, now: datetime) -> Self:
        """Dates that have come, of campaigns that run, on which somebody is still to be reminded."""
        return self.filter(day__lte=calendar.jst_day(now), finished_at=None, campaign__state=CampaignState.OPEN)


class ReminderDate(models.Model):
    """A day on which everybody who has not answered by then is reminded, once.

    `reached` is the row of the last institution that was dealt with: mails and this mark stand or fall together.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False, related_name="reminder_dates")
    day = models.DateField()
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    reached = models.BigIntegerField(default=0)
    reminded = models.PositiveIntegerField(default=0)  # institutions of which somebody was sent a mail
    unreached = models.PositiveIntegerField(default=0)  # institutions that owed an answer and had nobody to write to
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ReminderDateQuerySet] = ReminderDateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["day", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "day"], name="reminder_date_once_per_campaign"),
        ]

    def __str__(self) -> str:
        return self.day.isoformat()
