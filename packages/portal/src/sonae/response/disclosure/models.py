"""Disclosures as they are drafted and released. They point at the incident; nothing that is shared points at them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture, Region
from sonae.kernel.ids import new_id
from sonae.response.disclosure.vocabulary import Attack, DisclosureState, Route, Statements


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Drafts and the ledger, for whoever reads disclosures nationwide; the sector reads the bulletin instead."""
        return self if access.reach(viewer, Permission.DISCLOSURE_READ).nation else self.none()

    def said(self) -> Self:
        """The ledger: everything that was ever released. A withdrawn disclosure was still said."""
        return self.exclude(state=DisclosureState.DRAFT)


class Disclosure(models.Model):
    """What the sector is told about one incident: statements, a rewritten summary, chosen indicators."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=16, unique=True)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="+")
    # The institution is kept here so that the ledger can be asked without the incident.
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    state = models.CharField(max_length=12, default=DisclosureState.DRAFT)  # DisclosureState
    revision = models.PositiveIntegerField(default=1)
    tlp = models.CharField(max_length=12)  # sharing.Tlp
    kinds = models.JSONField(default=list)  # InstitutionKind values
    prefecture = models.CharField(max_length=2, blank=True)  # Prefecture
    region = models.CharField(max_length=12, blank=True)  # Region
    beds_from = models.PositiveIntegerField(null=True, blank=True)
    beds_through = models.PositiveIntegerField(null=True, blank=True)
    month = models.CharField(max_length=7, blank=True)
    attack = models.CharField(max_length=20, default=Attack.UNSAID)  # Attack
    route = models.CharField(max_length=20, default=Route.UNSAID)  # Route
    summary_ja = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)
    drafted_at = models.DateTimeField()
    drafted_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # What the decision rested on.
    fitted = models.PositiveIntegerField(null=True, blank=True)
    needed = models.PositiveIntegerField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_for = models.CharField(max_length=12, blank=True)  # WithdrawalReason: what everyone reads
    withdrawn_why = models.TextField(blank=True)  # stays in the ledger
    # Under this name the sharing room knows it: made at random, so that nothing leads back here but this row.
    report_id = models.UUIDField(unique=True)
    bulletin = models.ForeignKey("bulletins.Bulletin", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[DisclosureQuerySet] = DisclosureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-drafted_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["institution", "state"], name="disclosure_by_institution"),
            models.Index(fields=["state", "-drafted_at"], name="disclosure_by_state"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="disclosure_released_at_and_by",
                condition=Q(released_at__isnull=True, released_by__isnull=True, fitted__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False, fitted__isnull=False),
            ),
            at_and_by("disclosure_withdrawn_at_and_by", "withdrawn"),
            models.CheckConstraint(
                name="disclosure_state_and_moments_agree",
                condition=Q(state="draft", released_at__isnull=True, withdrawn_at__isnull=True)
                | Q(state="released", released_at__isnull=False, withdrawn_at__isnull=True)
                | Q(state="withdrawn", released_at__isnull=False, withdrawn_at__isnull=False),
            ),
            # Two people: no release by whoever drafted it, whatever the program above thinks.
            models.CheckConstraint(
                name="disclosure_is_released_by_another",
                condition=Q(released_by__isnull=True) | ~Q(released_by=models.F("drafted_by")),
            ),
            models.CheckConstraint(name="disclosure_names_one_area", condition=Q(prefecture="") | Q(region="")),
        ]

    def __str__(self) -> str:
        return self.number

    def statements(self) -> Statements:
        return Statements(
            kinds=frozenset(InstitutionKind(kind) for kind in self.kinds),
            prefecture=Prefecture(self.prefecture) if self.prefecture else None,
            region=Region(self.region) if self.region else None,
            beds_from=self.beds_from,
            beds_through=self.beds_through,
            month=self.month,
            attack=Attack(self.attack),
            route=Route(self.route),
        )


class Author(models.Model):
    """Someone who wrote at a draft, and so cannot release it."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, db_index=False, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "account"], name="disclosure_author_once"),
        ]

    def __str__(self) -> str:
        return f"{self.disclosure_id} {self.account_id}"


class ChosenIndicator(models.Model):
    """An indicator of the incident that goes out with the disclosure, in its normal form."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, db_index=False, related_name="+")
    kind = models.CharField(max_length=8)  # sharing.IndicatorKind
    value = models.CharField(max_length=2048)

    class Meta:
        ordering: ClassVar = ["kind", "value"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "kind", "value"], name="disclosure_indicator_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Tick(models.Model):
    """A number, day or unknown name in the texts that the person who released them looked at and let pass."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, db_index=False, related_name="+")
    mark = models.CharField(max_length=20)  # Mark
    text = models.CharField(max_length=200)
    ticked_at = models.DateTimeField()
    ticked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["disclosure", "mark", "text"], name="disclosure_tick_once"),
        ]

    def __str__(self) -> str:
        return f"{self.mark} {self.text}"
