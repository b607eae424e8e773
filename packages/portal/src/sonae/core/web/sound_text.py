"""Pages take no text that no database holds: PostgreSQL stores no NUL, and no form of ours can need one."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from sonae.core.web import problems


def without_odd_cookies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware before the session: a cookie with a NUL was not set by us and is not looked up."""

    def middleware(request: HttpRequest) -> HttpResponse:
        for name in [name for name, value in request.COOKIES.items() if "\0" in value]:
            del request.COOKIES[name]
        return get_response(request)

    return middleware


class SoundText:
    """Middleware: refuses, with a page that says why, an address or a form that holds a NUL.

    It looks where the check of the form's token has read the form already, so nothing is read for whoever has none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_resolved: Any) -> HttpResponse | None:
        if problems.speaks_json(request):
            return None
        sent = [request.path_info, *_texts(request.GET), *(_texts(request.POST) if request.method == "POST" else [])]
        return problems.unstorable(request) if any("\0" in text for text in sent) else None


sound_text = SoundText


def _texts(sent: Any) -> list[str]:
    return [text for name, values in sent.lists() for text in (name, *values)]
