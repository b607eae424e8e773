"""Giving and ending power."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sonae.core.access import queries, rules
from sonae.core.access.models import ApiToken, Grant, InvitedGrant
from sonae.core.access.vocabulary import AccessRefusal, Permission, Place, PlaceKind
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.rules import is_for, needs_second_factor
from sonae.core.accounts.vocabulary import AccountRefusal, Language, Role, Viewer
from sonae.core.audit import services as audit
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.decision import Refused, first_refusal, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import digest, secret_token

TOKEN_LASTS = timedelta(days=365)
NOTED_EVERY = timedelta(minutes=10)


def place_of_institution(institution_id: int) -> Place:
    """The institution with the jurisdiction that inspects it; raises Gone for an unknown one."""
    row = Institution.objects.filter(pk=institution_id).values_list("jurisdiction_id", flat=True).first()
    if row is None and not Institution.objects.filter(pk=institution_id).exists():
        raise Gone("institution", institution_id)
    return Place(institution_id=institution_id, jurisdiction_id=row)


@transaction.atomic
def grant_role(account_id: UUID, role: Role, *, at: Place, by: Viewer, now: datetime) -> Grant:
    """Gives a role at a place; giving the same again changes nothing."""
    require(rules.may_grant(by, role, at=at, to_self=account_id == by.account_id))
    return _grant(account_id, role, at=at, by=by.account_id, now=now)


@transaction.atomic
def found(account_id: UUID, role: Role, *, at: Place, now: datetime) -> Grant:
    """Gives the first roles of a new installation, from the command line where no one is signed in yet."""
    return _grant(account_id, role, at=at, by=None, now=now)


@transaction.atomic
def end_grant(grant_id: UUID, *, by: Viewer, now: datetime) -> Grant:
    """Ends a role now; past acts keep it."""
    grant = Grant.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=grant_id).first()
    if grant is None:
        raise Gone("grant", grant_id)
    at = place_of(grant)
    require(rules.may_grant(by, Role(grant.role), at=at, to_self=grant.account_id == by.account_id))
    if grant.ends_at is None:
        _end(grant, by=by, now=now)
    return grant


@transaction.atomic
def invite_to_role(
    email: str, *, name: str, role: Role, at: Place, by: Viewer, now: datetime, language: Language = Language.JAPANESE
) -> tuple[Invitation, str]:
    """An invitation that brings a role with it, and the secret of its link.

    The same happens whether an account has the address or not: it is for the mail's reader to know.
    """
    require(rules.may_grant(by, role, at=at, to_self=_is_own_address(email, by)))
    invitation, secret = accounts.invite(email, name=name, by=by.account_id, now=now, language=language)
    InvitedGrant.objects.create(invitation=invitation, role=role, **_columns(role, at))
    return invitation, secret


@transaction.atomic
def found_by_invitation(
    email: str, *, name: str, role: Role, at: Place, now: datetime, language: Language = Language.JAPANESE
) -> tuple[Invitation, str]:
    """The same from the command line, where no one is signed in yet."""
    assert rules.place_fits(role, at), "the place is one this role is held at"
    invitation, secret = accounts.invite(email, name=name, by=None, now=now, language=language)
    InvitedGrant.objects.create(invitation=invitation, role=role, **_columns(role, at))
    return invitation, secret


@transaction.atomic
def withdraw_invitation(invitation_id: UUID, *, by: Viewer, now: datetime) -> Invitation:
    """Closes an invitation nobody has used; whoever could have sent it may take it back."""
    invited = InvitedGrant.objects.visible_to(by).filter(invitation_id=invitation_id).first()
    if invited is None:
        raise Gone("invitation", invitation_id)
    require(rules.may_grant(by, Role(invited.role), at=place_of(invited), to_self=False))
    assert by.account_id is not None, "may_grant refuses whoever is nobody"
    return accounts.withdraw_invitation(invitation_id, by=by.account_id, now=now)


@transaction.atomic
def close_account(account_id: UUID, *, by: Viewer, now: datetime) -> Account:
    """Ends an account with every role it holds; its sessions and tokens open nothing from now on."""
    account = queries.accounts_visible_to(by).select_for_update().filter(pk=account_id).first()
    if account is None:
        raise Gone("account", account_id)
    held = list(Grant.objects.in_force(now).filter(account_id=account_id))
    require(
        rules.may_close(
            by, [(Role(grant.role), place_of(grant)) for grant in held], is_self=account_id == by.account_id
        )
    )
    assert by.account_id is not None, "may_close refuses whoever is nobody"
    for grant in held:
        _end(grant, by=by, now=now)
    return accounts.close_account(account_id, by=by.account_id, now=now)


@transaction.atomic
def accept_invitation(secret: str, *, password: str, now: datetime) -> Account:
    """The new account together with the role its invitation carried."""
    account, invitation = accounts.accept_invitation(secret, password=password, now=now)
    _give_what_was_promised(account, invitation, now=now)
    return account


@transaction.atomic
def accept_invitation_as(secret: str, *, by: Viewer, now: datetime) -> Grant | None:
    """Somebody who has an account already takes the role that an invitation to its address carries."""
    if by.account_id is None or by.scopes is not None:
        require(Refused(AccessRefusal.SIGN_IN_FIRST))
    assert by.account_id is not None, "refused just now"
    account, invitation = accounts.accept_invitation_as(by.account_id, secret, now=now)
    return _give_what_was_promised(account, invitation, now=now)


@transaction.atomic
def issue_program_token(
    name: str, *, institution_id: int, scopes: Iterable[Permission], by: Viewer, now: datetime
) -> tuple[ApiToken, str]:
    """A token for a program of an institution, and its secret, shown here once and kept nowhere."""
    scopes = sorted(set(scopes))
    require(rules.may(by, Permission.TOKEN_MANAGE, at=place_of_institution(institution_id)))
    require(rules.may_carry(scopes, program=True))
    return _issue(name, scopes, by=by, now=now, institution_id=institution_id, account_id=None)


@transaction.atomic
def issue_person_token(name: str, *, scopes: Iterable[Permission], by: Viewer, now: datetime) -> tuple[ApiToken, str]:
    """A token that can do part of what its owner can, and its secret, shown here once and kept nowhere."""
    assert by.account_id is not None, "a person's token has a person"
    require(rules.may_issue_own_token(by))
    scopes = sorted(set(scopes))
    require(first_refusal(rules.may_carry(scopes, program=False), *(rules.may(by, scope) for scope in scopes)))
    return _issue(name, scopes, by=by, now=now, institution_id=None, account_id=by.account_id)


@transaction.atomic
def revoke_token(token_id: UUID, *, by: Viewer, now: datetime) -> ApiToken:
    """Closes a token at once."""
    token = ApiToken.objects.select_for_update().visible_to(by).filter(pk=token_id).first()
    if token is None:
        raise Gone("token", token_id)
    if token.account_id != by.account_id:
        assert token.institution_id is not None
        require(rules.may(by, Permission.TOKEN_MANAGE, at=place_of_institution(token.institution_id)))
    if token.revoked_at is None:
        assert by.account_id is not None, "tokens are seen by people only"
        _revoke(token, by=by.account_id, now=now)
    return token


def note_token_use(token_id: UUID, *, now: datetime) -> None:
    """Remembers when a token last opened something, to ten minutes: who polls every minute does not write each time."""
    token = ApiToken.objects.filter(pk=token_id)
    # Looked up first: an UPDATE that changes nothing still makes every other writer of SQLite wait.
    if not token.filter(last_used_at__gt=now - NOTED_EVERY).exists():
        token.update(last_used_at=now)


def _is_own_address(email: str, by: Viewer) -> bool:
    own = Account.objects.filter(pk__in=[by.account_id]).values_list("email", flat=True).first()
    return own is not None and is_for(email, own=own).ok


def _give_what_was_promised(account: Account, invitation: Invitation, *, now: datetime) -> Grant | None:
    """The role an accepted invitation carries.

    It opens as long as whoever sent it could still send it: power that was taken leaves no door behind.
    """
    invited = InvitedGrant.objects.filter(invitation=invitation).first()
    if invited is None:
        return None
    role, at = Role(invited.role), place_of(invited)
    if invitation.created_by_id is not None:
        inviter = queries.viewer_of(invitation.created_by_id, now=now)
        given = rules.may_grant(inviter, role, at=at, to_self=account.pk == invitation.created_by_id)
        if isinstance(given, Refused):
            is_own = given.reason is AccessRefusal.OWN_GRANT
            require(given if is_own else Refused(AccountRefusal.INVITATION_WITHDRAWN))
    return _grant(account.pk, role, at=at, by=invitation.created_by_id, now=now)


def place_of(grant: Grant | InvitedGrant) -> Place:
    if grant.institution_id:
        return place_of_institution(grant.institution_id)
    prefecture = Prefecture(grant.prefecture) if grant.prefecture else None
    return Place(jurisdiction_id=grant.jurisdiction_id, vendor_id=grant.vendor_id, prefecture=prefecture)


def _grant(account_id: UUID, role: Role, *, at: Place, by: UUID | None, now: datetime) -> Grant:
    assert rules.place_fits(role, at), "the place is one this role is held at"
    columns = _columns(role, at)
    # The account's row is the lock: two managers who give the same role at once leave one grant.
    Account.objects.select_for_update().get(pk=account_id)
    held = Grant.objects.in_force(now).filter(account_id=account_id, role=role, **columns).first()
    if held:
        return held
    if needs_second_factor([role]):
        # Who made them proved less than the new role asks for, and no page ever said that they would reach this far.
        for token in ApiToken.objects.select_for_update().filter(account_id=account_id, revoked_at=None):
            _revoke(token, by=by or account_id, now=now)
    grant = Grant.objects.create(account_id=account_id, role=role, starts_at=now, granted_by_id=by, **columns)
    audit.record(
        "grant.give",
        subject="grant",
        subject_id=grant.pk,
        by=by,
        now=now,
        institution_id=grant.institution_id,
        facts={"role": role, "account": str(account_id)},
    )
    return grant


def _revoke(token: ApiToken, *, by: UUID, now: datetime) -> None:
    token.revoked_at, token.revoked_by_id = now, by
    token.save(update_fields=["revoked_at", "revoked_by"])
    audit.record(
        "token.revoke",
        subject="token",
        subject_id=token.pk,
        by=by,
        now=now,
        institution_id=token.institution_id,
    )


def _end(grant: Grant, *, by: Viewer, now: datetime) -> None:
    grant.ends_at = now
    grant.save(update_fields=["ends_at"])
    audit.record(
        "grant.end",
        subject="grant",
        subject_id=grant.pk,
        by=by.account_id,
        now=now,
        institution_id=grant.institution_id,
        facts={"role": grant.role},
    )


def _columns(role: Role, at: Place) -> dict[str, object]:
    kind = rules.PLACE_OF_ROLE[role]
    return {
        "kind": kind,
        "prefecture": at.prefecture or "" if kind == PlaceKind.PREFECTURE else "",
        "jurisdiction_id": at.jurisdiction_id if kind == PlaceKind.JURISDICTION else None,
        "institution_id": at.institution_id if kind == PlaceKind.INSTITUTION else None,
        "vendor_id": at.vendor_id if kind == PlaceKind.VENDOR else None,
    }


def _issue(
    name: str,
    scopes: list[Permission],
    *,
    by: Viewer,
    now: datetime,
    institution_id: int | None,
    account_id: UUID | None,
) -> tuple[ApiToken, str]:
    secret = secret_token("sonae_col" if institution_id else "sonae_api")
    token = ApiToken.objects.create(
        name=name,
        secret_digest=digest(secret),
        scopes=[str(scope) for scope in scopes],
        created_at=now,
        created_by_id=by.account_id,
        expires_at=now + TOKEN_LASTS,
        institution_id=institution_id,
        account_id=account_id,
    )
    audit.record(
        "token.issue",
        subject="token",
        subject_id=token.pk,
        by=by.account_id,
        now=now,
        institution_id=institution_id,
        facts={"scopes": token.scopes},
    )
    return token, secret
