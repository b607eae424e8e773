"""Who asks the API: a token, or the session of a page."""

from sonae.core.access import queries
from sonae.core.access.vocabulary import AccessRefusal
from sonae.core.accounts import rules as accounts
from sonae.core.accounts.vocabulary import AccountRefusal, Viewer
from sonae.core.web import second_factor
from sonae.core.web.http import SonaeRequest
from sonae.kernel.decision import Refused, require


def caller_of(request: SonaeRequest) -> Viewer:
    """The viewer behind the token or the session; refused when there is none, or when a second factor is missing.

    A token asks for its owner's second factor as a page does: whoever has none yet has proved nothing but a password.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        viewer = queries.viewer_of_token(secret.strip(), now=request.now)
    else:
        viewer = request.viewer
        if not viewer.is_signed_in:
            require(Refused(AccessRefusal.SIGN_IN_FIRST))
    if accounts.needs_second_factor(viewer.roles):
        _ask_for_second_factor(request, viewer)
    return viewer


def _ask_for_second_factor(request: SonaeRequest, viewer: Viewer) -> None:
    assert viewer.account_id is not None, "programs hold no roles"
    if viewer.token_id is None and second_factor.is_shown(request):
        return
    if not second_factor.is_set_up_by(viewer.account_id):
        require(Refused(AccountRefusal.SECOND_FACTOR_MISSING))
    # A token was made by somebody who had shown theirs; a session must show it itself.
    if viewer.token_id is None:
        require(Refused(AccountRefusal.SECOND_FACTOR_NOT_SHOWN))
