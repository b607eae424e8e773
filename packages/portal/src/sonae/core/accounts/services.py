"""Accounts come into being by invitation only."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from sonae.core.accounts import rules
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.vocabulary import AccountRefusal, Language
from sonae.core.audit import services as audit
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import digest, secret_token


@transaction.atomic
def invite(
    email: str, *, name: str, by: UUID | None, now: datetime, language: Language = Language.JAPANESE
) -> tuple[Invitation, str]:
    """A new invitation and the secret of its one-time link; the secret is shown here once and kept nowhere.

    Whether an account has the address is not looked up: whoever invites must not learn it, not by the time it takes.
    """
    email = _valid_address(email)
    secret = secret_token("sonae_inv")
    invitation = Invitation.objects.create(
        email=email,
        name=name.strip(),
        language=language,
        secret_digest=digest(secret),
        created_at=now,
        created_by_id=by,
        expires_at=now + rules.INVITATION_LASTS,
    )
    audit.record("account.invite", subject="invitation", subject_id=invitation.pk, by=by, now=now)
    return invitation, secret


def open_invitation(secret: str, *, now: datetime) -> Invitation:
    """The invitation this secret opens, if it still does; raises Gone for an unknown secret."""
    invitation = Invitation.objects.filter(secret_digest=digest(secret)).first()
    if invitation is None:
        raise Gone("invitation", "secret")
    require(rules.may_accept(invitation.facts(), now=now))
    return invitation


def account_invited(invitation: Invitation) -> Account | None:
    """The account that has the invited address already. For whoever holds the link, never for whoever sent it."""
    return Account.objects.filter(email__iexact=invitation.email).first()


@transaction.atomic
def accept_invitation(secret: str, *, password: str, now: datetime) -> tuple[Account, Invitation]:
    """A new account for the invited address, with this password; a link works once."""
    invitation = _opened(secret, now=now)
    account = create_account(
        invitation.email,
        name=invitation.name,
        password=password,
        now=now,
        by=None,
        language=Language(invitation.language),
    )
    _accept(invitation, account, now=now)
    return account, invitation


@transaction.atomic
def accept_invitation_as(account_id: UUID, secret: str, *, now: datetime) -> tuple[Account, Invitation]:
    """The same for somebody who has an account with the invited address, and has signed in to it."""
    invitation = _opened(secret, now=now)
    account = Account.objects.get(pk=account_id)
    require(rules.is_for(invitation.email, own=account.email))
    _accept(invitation, account, now=now)
    return account, invitation


@transaction.atomic
def withdraw_invitation(invitation_id: UUID, *, by: UUID, now: datetime) -> Invitation:
    """Closes an invitation nobody has used."""
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    require(rules.may_accept(invitation.facts(), now=now))
    invitation.withdrawn_at, invitation.withdrawn_by_id = now, by
    invitation.save(update_fields=["withdrawn_at", "withdrawn_by"])
    audit.record("account.withdraw_invitation", subject="invitation", subject_id=invitation.pk, by=by, now=now)
    return invitation


@transaction.atomic
def create_account(
    email: str,
    *,
    name: str,
    password: str,
    by: UUID | None,
    now: datetime,
    language: Language = Language.JAPANESE,
    name_kana: str = "",
) -> Account:
    """A new account; refused when the address is taken in any spelling."""
    email = _free_address(email)
    account = Account.objects.create(
        email=email,
        name=name,
        name_kana=name_kana,
        language=language,
        password=make_password(password),
        created_at=now,
    )
    audit.record("account.create", subject="account", subject_id=account.pk, by=by or account.pk, now=now)
    return account


@transaction.atomic
def close_account(account_id: UUID, *, by: UUID, now: datetime) -> Account:
    """Ends an account: it can no longer sign in. The row stays, because the records it wrote name it."""
    account = Account.objects.select_for_update().get(pk=account_id)
    if account.closed_at is None:
        account.is_active, account.closed_at = False, now
        account.set_unusable_password()
        account.save(update_fields=["is_active", "closed_at", "password"])
        audit.record("account.close", subject="account", subject_id=account.pk, by=by, now=now)
    return account


@transaction.atomic
def choose_language(account_id: UUID, language: Language) -> None:
    """Remembers the language in which this person is written to."""
    Account.objects.filter(pk=account_id).update(language=language)


def account_with_address(addresses: Iterable[str]) -> Account | None:
    """The open account with one of these addresses, however they are spelt."""
    wanted = [address.strip().lower() for address in addresses]
    return Account.objects.filter(email__in=wanted, is_active=True).first()


def note_identity(account_id: UUID, *, provider: str, now: datetime) -> None:
    """Records that from now on an identity provider signs this person in."""
    audit.record(
        "account.link_identity",
        subject="account",
        subject_id=account_id,
        by=account_id,
        now=now,
        facts={"provider": provider},
    )


def _opened(secret: str, *, now: datetime) -> Invitation:
    """The invitation of this secret, locked; refused where it no longer opens."""
    invitation = Invitation.objects.select_for_update().filter(secret_digest=digest(secret)).first()
    if invitation is None:
        raise Gone("invitation", "secret")
    require(rules.may_accept(invitation.facts(), now=now))
    return invitation


def _accept(invitation: Invitation, account: Account, *, now: datetime) -> None:
    invitation.accepted_at, invitation.accepted_by = now, account
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    audit.record("account.accept_invitation", subject="invitation", subject_id=invitation.pk, by=account.pk, now=now)


def _valid_address(email: str) -> str:
    """The address as it is stored; refused when it is none."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        require(Refused(AccountRefusal.ADDRESS_INVALID))
    return email


def _free_address(email: str) -> str:
    """The address as it is stored; refused when it is none, or an account has it."""
    email = _valid_address(email)
    if Account.objects.filter(email__iexact=email).exists():
        require(Refused(AccountRefusal.ADDRESS_TAKEN))
    return email
