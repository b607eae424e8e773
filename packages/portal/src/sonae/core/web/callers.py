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
    if accounts.needs_second_factor(viewer.roles) and not _has_second_factor(request, viewer):
        require(Refused(AccountRefusal.SECOND_FACTOR_MISSING))
    return viewer


def _has_second_factor(request: SonaeRequest, viewer: Viewer) -> bool:
    assert viewer.account_id is not None, "programs hold no roles"
    # A program that shows a token has no session that could remember.
    return second_factor.is_set_up_by(viewer.account_id) if viewer.token_id else second_factor.is_set_up(request)
