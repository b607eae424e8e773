"""Holds that what a tablet sends is received under the account that recorded it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse

from sonae.core.web import problems
from sonae.core.web.device import mark_of
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed
from sonae.prevention.inspections.tablet.vocabulary import TabletRefusal

# What the tablet says it is, and what it is told when somebody else is signed in on the same device.
HEADER = "X-Tablet-Account"
OTHER = "other"

type View = Callable[..., HttpResponse]


def of_own_account(view: View) -> View:
    """Refuses a request that names the mark of another account; one that names none comes from an ordinary page."""

    @wraps(view)
    def entered(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        named = request.headers.get(HEADER, "")
        if named and named != mark_of(request.user.pk):
            answer = problems.details(request, NotAllowed(Refused(TabletRefusal.ANOTHER_ACCOUNT)))
            answer.headers[HEADER] = OTHER
            return answer
        return view(request, *args, **kwargs)

    return entered
