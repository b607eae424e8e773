from datetime import datetime
from typing import ClassVar, Self

from django.db import models

from sonae.core.access import rules
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id


class GrantQuerySet(models.QuerySet["Grant"]):
    def in_force(self, now: datetime) -> Self:
        return self.filter(models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=now), starts_at__lte=now)

    def visible_to(self, viewer: Viewer) -> Self:
        """Own grants, and those at every place where the viewer may see accounts."""
        reach = rules.reach(viewer, Permission.ACCOUNT_READ)
        if reach.nation:
            return self
        if not viewer.is_signed_in:
            return self.none()
        return self.filter(models.Q(account_id=viewer.account_id) | models.Q(institution_id__in=reach.institution_ids))


class Grant(models.Model):
    """One role, held by one person, at one place, for a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=24)  # accounts.Role
    kind = models.CharField(max_length=12)  # PlaceKind
    prefecture = models.CharField(max_length=2, blank=True, default="")  # Prefecture
    jurisdiction = models.ForeignKey("institutions.Jurisdiction", on_delete=models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    vendor = models.ForeignKey("institutions.Vendor", on_delete=models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    granted_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[GrantQuerySet] = GrantQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["starts_at"]
        indexes: ClassVar = [models.Index(fields=["institution", "role"], name="access_grant_institution")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="grant_names_exactly_its_place",
                condition=models.Q(kind="nation", prefecture="", jurisdiction=None, institution=None, vendor=None)
                | (
                    models.Q(kind="prefecture", jurisdiction=None, institution=None, vendor=None)
                    & ~models.Q(prefecture="")
                )
                | models.Q(
                    kind="jurisdiction", prefecture="", jurisdiction__isnull=False, institution=None, vendor=None
                )
                | models.Q(kind="institution", prefecture="", jurisdiction=None, institution__isnull=False, vendor=None)
                | models.Q(kind="vendor", prefecture="", jurisdiction=None, institution=None, vendor__isnull=False),
            ),
            models.CheckConstraint(
                name="grant_ends_after_it_starts",
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gte=models.F("starts_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role}@{self.kind}"

    def place_id(self) -> int | None:
        """The number of the place: its row's id, or the code of a prefecture."""
        return int(self.prefecture or 0) or self.jurisdiction_id or self.institution_id or self.vendor_id


class InvitedGrantQuerySet(models.QuerySet["InvitedGrant"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Invitations to every place where the viewer may invite."""
        reach = rules.reach(viewer, Permission.ACCOUNT_INVITE)
        return self if reach.nation else self.filter(institution_id__in=reach.institution_ids)

    def pending(self, now: datetime) -> Self:
        """Those that still open."""
        return self.filter(invitation__accepted_at=None, invitation__withdrawn_at=None, invitation__expires_at__gt=now)


class InvitedGrant(models.Model):
    """The role an invitation carries: it becomes a grant at the moment the invitation is accepted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    invitation = models.OneToOneField("accounts.Invitation", on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=24)  # accounts.Role
    kind = models.CharField(max_length=12)  # PlaceKind
    prefecture = models.CharField(max_length=2, blank=True, default="")  # Prefecture
    jurisdiction = models.ForeignKey("institutions.Jurisdiction", on_delete=models.PROTECT, null=True, related_name="+")
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, null=True, related_name="+")
    vendor = models.ForeignKey("institutions.Vendor", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[InvitedGrantQuerySet] = InvitedGrantQuerySet.as_manager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{self.role}@{self.kind}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """A person's own tokens, and those of the institutions whose tokens they manage."""
        if not viewer.is_signed_in:
            return self.none()
        managed = rules.reach(viewer, Permission.TOKEN_MANAGE).institution_ids
        return self.filter(models.Q(institution_id__in=managed) | models.Q(account_id=viewer.account_id))


class ApiToken(models.Model):
    """A key with which a program speaks to the portal, for an institution or for a person. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    secret_digest = models.CharField(max_length=64, unique=True)
    institution = models.ForeignKey("institutions.Institution", on_delete=models.PROTECT, null=True, related_name="+")
    account = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    scopes = models.JSONField(default=list)  # Permission values
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[ApiTokenQuerySet] = ApiTokenQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_token_speaks_for_one",
                condition=models.Q(institution__isnull=True, account__isnull=False)
                | models.Q(institution__isnull=False, account__isnull=True),
            ),
            at_and_by("api_token_revoked_at_and_by", "revoked"),
        ]

    def __str__(self) -> str:
        return self.name

    def permissions(self) -> frozenset[Permission]:
        return frozenset(Permission(scope) for scope in self.scopes)
