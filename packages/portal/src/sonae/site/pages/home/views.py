from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.site.pages.home import queries

navigation.register(navigation.NavItem(label=_("Home"), url_name="home", permission=Permission.HOME_SEE, order=0))


@needs(Permission.HOME_SEE)
@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """One's own duties, the soonest first; for bodies of the sector its state at a glance."""
    page = {
        "home": queries.home_of(request.viewer, now=request.now),
        "report": access.may(request.viewer, Permission.INCIDENT_REPORT),
    }
    return render(request, "site/home/home.html", page)
