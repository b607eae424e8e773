"""A request sent twice with the same Idempotency-Key is carried out once; then its first answer is given again.

The answer is kept in the transaction of the request itself: after a crash either both stand or neither.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web import api_body, callers, problems
from sonae.core.web.models import KeptAnswer
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import Refused
from sonae.kernel.errors import Conflict, NotAllowed

KEPT_FOR = timedelta(days=2)
KEY_PATTERN = "[!-~]{1,100}"
_KEY = re.compile(KEY_PATTERN)


def idempotent_api(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware for requests to the API that change something and carry a key."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key")
        if key is None or not problems.speaks_json(request) or request.method in ("GET", "HEAD", "OPTIONS"):
            return get_response(request)
        if not _KEY.fullmatch(key):
            return problems.answer(request, NotAllowed(Refused(WebRefusal.KEY_MALFORMED)))
        return _once(request, key, get_response)

    return middleware


def forget_old_answers(*, now: datetime) -> int:
    """Removes answers older than two days; a key may then be used anew."""
    return KeptAnswer.objects.filter(given_at__lt=now - KEPT_FOR).delete()[0]


class _TakeBack(Exception):
    """Carries a failed answer out of the transaction that must not stand."""

    def __init__(self, response: HttpResponse) -> None:
        self.response = response


def _once(request: HttpRequest, key: str, get_response: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    try:
        power = _power(callers.caller_of(request))  # type: ignore[arg-type]
    except NotAllowed as refused:
        return problems.answer(request, refused)
    caller = _digest(request.headers.get("Authorization", ""), request.COOKIES.get("sessionid", ""))
    wanted = _digest(request.method or "", request.get_full_path(), *_content(request))
    try:
        with transaction.atomic():
            kept, is_first = KeptAnswer.objects.select_for_update().get_or_create(
                caller=caller,
                key=key,
                defaults={"request_digest": wanted, "power_digest": power, "given_at": request.now},  # type: ignore[attr-defined]
            )
            if not is_first:
                return _again(request, kept, wanted, power)
            response = get_response(request)
            if response.status_code >= 400 or response.streaming:
                # A refusal may become a yes: only what was carried out is kept.
                raise _TakeBack(response)
            kept.status, kept.body = response.status_code, response.content
            kept.content_type = response.headers.get("Content-Type", "")
            kept.save(update_fields=["status", "body", "content_type"])
            return response
    except _TakeBack as taken:
        return taken.response
    except OperationalError as error:
        # Of the key's own row, or of the commit: Django hands only a view's exceptions to who translates them.
        if problems.gave_way(error) or problems.is_locked(error):
            return problems.busy(request, error)
        raise


def _again(request: HttpRequest, kept: KeptAnswer, wanted: str, power: str) -> HttpResponse:
    if kept.request_digest != wanted:
        return problems.answer(request, Conflict(WebRefusal.KEY_REUSED))
    if kept.power_digest != power:
        return problems.answer(request, NotAllowed(Refused(WebRefusal.KEY_OF_FORMER_ROLES)))
    response = HttpResponse(bytes(kept.body), status=kept.status, content_type=kept.content_type)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _power(viewer: Viewer) -> str:
    """What the caller may do and where: a kept answer is given again only to who may still do exactly as much."""
    return _digest(
        str(viewer.account_id),
        *sorted(map(str, viewer.institution_ids)),
        *sorted(f"{role}@{kind}:{place_id}" for role, kind, place_id in viewer.grants),
        *sorted(viewer.scopes or ()),
    )


def _content(request: HttpRequest) -> Iterator[str | bytes]:
    """What a request says, piece by piece: a file that is sent is never held in memory as a whole."""
    if request.content_type != api_body.MULTIPART:
        yield request.body
        return
    for name, values in sorted(request.POST.lists()):
        yield from (name, *values)
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            yield from (name, file.name or "", _digest(*file.chunks()))
            file.seek(0)


def _digest(*parts: str | bytes) -> str:
    hasher = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        hasher.update(len(raw).to_bytes(8, "big") + raw)
    return hasher.hexdigest()
