"""The request as Sonae's edges see it."""

from datetime import datetime

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Viewer


class SonaeRequest(HttpRequest):
    """Any request: when it came, its id for the logs, and who asks (nobody, a person or a program)."""

    now: datetime
    request_id: str
    viewer: Viewer
    htmx: HtmxDetails


class SignedInRequest(SonaeRequest):
    """A request behind the gate: a person is signed in and holds what the view needs."""

    user: Account


def revision_seen(request: HttpRequest) -> int:
    """The revision that the page showed; what no page of ours sent is none that there ever was (-1)."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
