"""Whether a person has a second factor; asked once per session, since only allauth's own pages change it."""

from uuid import UUID

from allauth.mfa.models import Authenticator

from sonae.core.web.http import SonaeRequest

_SEEN = "sonae_second_factor"
# Pages a person without one must reach: to set it up, to prove who they are, to leave, to change the language.
_WAYS = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_generate_recovery_codes",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
        "account_reauthenticate",
        "account_logout",
        "set_language",
    }
)


def is_set_up(request: SonaeRequest) -> bool:
    """Whether the signed-in person has an authenticator app or a passkey. Recovery codes alone do not count."""
    if request.session.get(_SEEN) == str(request.viewer.account_id):
        return True
    assert request.viewer.account_id is not None, "asked of signed-in people"
    found = is_set_up_by(request.viewer.account_id)
    if found:
        request.session[_SEEN] = str(request.viewer.account_id)
    return found


def is_set_up_by(account_id: UUID) -> bool:
    """The same of any person, without a session that remembers it."""
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    found: bool = Authenticator.objects.filter(user_id=account_id, type__in=kinds).exists()
    return found


def is_a_way_to_it(view_name: str) -> bool:
    return view_name in _WAYS
