"""What every request gets on its way in: a moment, an id, a language, a viewer."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject

from sonae.core.access import queries as access
from sonae.core.accounts.vocabulary import Viewer

type Handler = Callable[[HttpRequest], HttpResponse]


def request_facts(get_response: Handler) -> Handler:
    """Gives the request its moment (`now`) and an id that problem pages show and logs hold.

    Answers that say nothing else are kept nowhere: at a ward's shared terminal the next person opens the same browser.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]
        request.request_id = uuid.uuid4().hex[:12]  # type: ignore[attr-defined]
        response = get_response(request)
        response.headers["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def head_like_get(get_response: Handler) -> Handler:
    """Answers HEAD as GET without the content (RFC 9110, 9.3.2): scanners of mails look at links this way."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method != "HEAD":
            return get_response(request)
        request.method = "GET"
        try:
            response = get_response(request)
        finally:
            request.method = "HEAD"
        if response.streaming:
            # What was to be sent is closed by the server, with the answer.
            response.streaming_content = iter(())  # type: ignore[attr-defined]
            return response
        response.headers.setdefault("Content-Length", str(len(response.content)))
        response.content = b""
        return response

    return middleware


def preferred_language(get_response: Handler) -> Handler:
    """Speaks the language of the cookie, else Japanese. The browser's wish is not asked: Japanese comes first here."""
    known = {code for code, _ in settings.LANGUAGES}

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        translation.activate(chosen if chosen in known else settings.LANGUAGE_CODE)
        request.LANGUAGE_CODE = translation.get_language()
        response = get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    return middleware


def viewer(get_response: Handler) -> Handler:
    """Says who asks. Resolved on first use, so that pages for everybody cost no query."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: _viewer_of(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


def _viewer_of(request: HttpRequest) -> Viewer:
    if not request.user.is_authenticated:
        return Viewer.anonymous()
    return access.viewer_of(request.user.pk, now=request.now)  # type: ignore[attr-defined]
