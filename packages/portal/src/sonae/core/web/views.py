"""The switches of the frame, and the style guide."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sonae.core.accounts.vocabulary import Role
from sonae.core.web import styleguide, theme, ways_back
from sonae.core.web.gate import open_to_all
from sonae.core.web.http import SonaeRequest
from sonae.kernel.errors import Gone

YEAR_SECONDS = 365 * 24 * 3600


@open_to_all
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remembers light or dark in a cookie and returns to the page the viewer came from."""
    response = HttpResponseRedirect(_return_address(request))
    chosen = theme.chosen(request.POST.get("theme"))
    response.set_cookie(
        theme.COOKIE, chosen.value, max_age=YEAR_SECONDS, secure=request.is_secure(), httponly=True, samesite="Lax"
    )
    return response


@open_to_all
def style_guide(request: SonaeRequest) -> HttpResponse:
    """Every component on one page. Only for operators, and for everyone while developing."""
    if not settings.DEBUG and Role.OPERATOR not in request.viewer.roles:
        raise Gone("page", request.path)
    return render(request, "web/styleguide.html", styleguide.examples(now=request.now, form_data=request.GET or None))


def _return_address(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return ways_back.page_for(asked) if safe and asked else ways_back.HOME
