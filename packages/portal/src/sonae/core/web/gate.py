"""Default deny: a view that does not say who may enter is entered by nobody.

Each view carries exactly one of `open_to_all`, `signed_in`, `needs(permission)`. Views of libraries, which cannot carry
one, are named in `site` through `declare`. API operations carry their door as `auth=`; the access test walks them.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch, reverse
from django.utils.http import urlencode

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.accounts import rules as accounts
from sonae.core.accounts.vocabulary import AccountRefusal
from sonae.core.web import problems, second_factor, typed, ways_back
from sonae.core.web.http import SonaeRequest
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import NotAllowed

type View = Callable[..., HttpResponseBase]

OPEN = "open"
SIGNED_IN = "signed-in"

# Names of library views (or a whole namespace ending in ":") with their door.
_declared: dict[str, str | Permission] = {}


def open_to_all[V: View](view: V) -> V:
    """Marks a view that anyone may enter, signed in or not."""
    return _mark(view, OPEN)


def signed_in[V: View](view: V) -> V:
    """Marks a view that any signed-in person may enter."""
    return _mark(view, SIGNED_IN)


def needs[V: View](permission: Permission) -> Callable[[V], V]:
    """Marks a view that asks for a permission somewhere; the verb behind it asks again at its place."""
    return lambda view: _mark(view, permission)


def declare(doors: dict[str, str | Permission]) -> None:
    """Names the doors of library views by URL name, or by namespace with a colon at the end."""
    _declared.update(doors)


def door_of(match: ResolverMatch) -> str | Permission | None:
    """The door of a resolved view; None when it has none, which the gate treats as closed."""
    marked: str | Permission | None = getattr(match.func, "sonae_door", None)
    if marked is not None:
        return marked
    return _declared.get(match.view_name) or _declared.get(f"{match.namespace}:" if match.namespace else "")


class Gate:
    """Middleware: lets a request through to its view, sends it to sign in, or refuses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: SonaeRequest, view: View, args: Any, kwargs: Any) -> HttpResponse | None:
        try:
            return self._stopped(request, view)
        except NotAllowed as refused:
            # Django hands only a view's own exceptions to the middleware that translates them.
            return problems.answer(request, refused)

    def _stopped(self, request: SonaeRequest, view: View) -> HttpResponse | None:
        assert request.resolver_match is not None
        door = door_of(request.resolver_match)
        if door == OPEN:
            return None
        if door is None:
            require(Refused(AccessRefusal.ROLE_LACKS_PERMISSION, {"permission": "undeclared"}))
        if not request.viewer.is_signed_in:
            if is_for_part_of_page(request):
                # A redirect would be followed by the script, and the sign-in page taken for the answer.
                require(Refused(AccessRefusal.SIGN_IN_FIRST))
            # After signing in they look at a page: the address of a form may be none.
            back = ways_back.page_for(request.get_full_path())
            sign_in = f"{reverse('account_login')}?{urlencode({'next': back})}"
            if sent := typed.typed_in(request, view):
                # A redirect would lose what was typed in a form that was open for long.
                return typed.page(request, sent, sign_in=sign_in)
            return HttpResponseRedirect(sign_in)
        if second_factor_is_missing(request) and (answer := _asked_for_it(request)):
            return answer
        if door != SIGNED_IN:
            require(access.may(request.viewer, Permission(str(door))))
        return None


def is_for_part_of_page(request: HttpRequest) -> bool:
    """Whether a script of a page that stays on the screen asks (htmx): such a request is answered, never led away."""
    return "HX-Request" in request.headers


def second_factor_is_missing(request: SonaeRequest) -> bool:
    """Whether this person's roles need a second factor that this session did not show."""
    return accounts.needs_second_factor(request.viewer.roles) and not second_factor.is_shown(request)


def _asked_for_it(request: SonaeRequest) -> HttpResponse | None:
    """Sends to set one up, or to show the one that is set up; None on the pages on which this is done."""
    assert request.viewer.account_id is not None, "asked of signed-in people"
    assert request.resolver_match is not None
    is_set_up = second_factor.is_set_up_by(request.viewer.account_id)
    if request.resolver_match.view_name in second_factor.ways(is_set_up=is_set_up):
        return None
    if request.method not in ("GET", "HEAD") or is_for_part_of_page(request):
        require(Refused(AccountRefusal.SECOND_FACTOR_NOT_SHOWN if is_set_up else AccountRefusal.SECOND_FACTOR_MISSING))
    if not is_set_up:
        return HttpResponseRedirect(reverse("mfa_index"))
    return HttpResponseRedirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")


gate = Gate


def _mark[V: View](view: V, door: str | Permission) -> V:
    assert not hasattr(view, "sonae_door"), f"{view} has two doors"
    view.sonae_door = door  # type: ignore[attr-defined]
    return view
