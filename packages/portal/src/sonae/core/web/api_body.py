"""What a request to the API must look like before anything reads it: its address, its size, its kind."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from sonae.core.web import problems
from sonae.core.web.vocabulary import WebRefusal

MULTIPART = "multipart/form-data"
ACCEPTED = frozenset({"application/json", "application/stix+json", "application/taxii+json", MULTIPART})


def sound_api_request(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: refuses, as problem details, what no operation of the API could take."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not problems.speaks_json(request):
            return get_response(request)
        return _refused(request) or get_response(request)

    return middleware


def _refused(request: HttpRequest) -> HttpResponse | None:
    # No database holds a NUL in text, and no address of ours has one.
    if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
        return problems.problem_json(request, 400, reason="bad_request")
    size = _size_of(request)
    limit = (
        settings.API_UPLOAD_LIMIT_BYTES if request.content_type == MULTIPART else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    )
    if size > limit:
        return problems.problem_json(request, 413, reason=str(WebRefusal.BODY_TOO_LARGE), facts={"limit_bytes": limit})
    if size and request.method in ("POST", "PUT", "PATCH") and request.content_type not in ACCEPTED:
        return problems.problem_json(request, 415, reason="unsupported_media_type")
    return None


def _size_of(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdigit() else 0
