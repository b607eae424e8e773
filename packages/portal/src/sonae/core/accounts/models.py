from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.rules import InvitationFacts
from sonae.core.accounts.vocabulary import Language
from sonae.kernel.ids import new_id


class AccountManager(BaseUserManager["Account"]):
    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """A person who signs in. What they may do stands in their grants (core.access), not here."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    name_kana = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=2, default=Language.JAPANESE)  # Language
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="account_email_is_unique_in_any_case"),
        ]

    def __str__(self) -> str:
        return self.name

    # django.contrib.auth asks these of every user; Sonae grants no model permissions.
    is_staff = False
    is_superuser = False


class Invitation(models.Model):
    """A one-time link to an account that does not exist yet. Only the digest of its secret is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField()
    name = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default=Language.JAPANESE)  # Language
    secret_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")

    class Meta:
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            at_and_by("invitation_accepted_at_and_by", "accepted"),
            at_and_by("invitation_withdrawn_at_and_by", "withdrawn"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    def facts(self) -> InvitationFacts:
        return InvitationFacts(self.expires_at, self.accepted_at, self.withdrawn_at)
