"""Whether somebody showed a second factor in this session: at its sign-in, later on, or by setting one up in it.

That the account has one says nothing of whoever sits at another device with the password alone.
"""

from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import (
    AUTHENTICATION_METHODS_SESSION_KEY,
    get_authentication_records,
    record_authentication,
)
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils import timezone

from sonae.core.accounts import sessions
from sonae.core.accounts.models import Account
from sonae.core.web.http import SonaeRequest

_METHOD = "mfa"
# An app or a passkey; recovery codes stand in for one of them and are never alone.
_KINDS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
_ALWAYS = frozenset({"account_logout", "set_language"})
# Pages a person without a second factor must reach: to set it up and to prove who they are.
_WAYS_TO_SET_UP = _ALWAYS | {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_view_recovery_codes",
    "mfa_download_recovery_codes",
    "account_reauthenticate",
}
# Whoever has one and did not show it here may do only that: they could otherwise set up one of their own.
_WAYS_TO_SHOW = _ALWAYS | {"mfa_reauthenticate", "mfa_reauthenticate_webauthn"}


def is_shown(request: SonaeRequest) -> bool:
    """Whether this session showed a second factor of the person it belongs to."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == _METHOD for record in records)


def is_set_up_by(account_id: UUID) -> bool:
    """Whether a person has an authenticator app or a passkey. Recovery codes alone do not count."""
    found: bool = Authenticator.objects.filter(user_id=account_id, type__in=_KINDS).exists()
    return found


def ways(*, is_set_up: bool) -> frozenset[str]:
    """The names of the pages that stay open to a session that showed no second factor."""
    return _WAYS_TO_SHOW if is_set_up else _WAYS_TO_SET_UP


def note_added(*, request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    """Set up in this session, so held by whoever sits here; the person's other sessions showed nothing and end."""
    if authenticator.type in _KINDS:
        record_authentication(request, user, _METHOD, id=authenticator.pk, type=authenticator.type)
        _end_others(request, user)


def note_removed(*, request: HttpRequest, user: Account, authenticator: Authenticator, **_: Any) -> None:
    """What a session showed counts no longer once it is taken away, here as on the person's other devices."""
    if authenticator.type not in _KINDS:
        return
    standing = set(Authenticator.objects.filter(user=user).values_list("pk", flat=True))
    records = get_authentication_records(request, user)
    left = [record for record in records if record.get("method") != _METHOD or record.get("id") in standing]
    request.session[AUTHENTICATION_METHODS_SESSION_KEY] = left
    _end_others(request, user)


def _end_others(request: HttpRequest, user: Account) -> None:
    sessions.end_other_sessions(here=request.session.session_key or "", by=user.pk, now=timezone.now())
