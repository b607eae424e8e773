import json
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.web import problems
from sonae.core.web.gate import open_to_all
from sonae.core.web.http import SonaeRequest
from sonae.core.web.idempotency import KEPT_FOR
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed
from sonae.site.api import api
from sonae.site.pages.api_reference import reading

LONGEST_SEARCH = 100


@open_to_all
@require_GET
def reference(request: SonaeRequest) -> HttpResponse:
    """The API to read: how to call it, and every operation with its fields."""
    everything = reading.rooms(api.get_openapi_schema())
    wanted = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    room = next((one for one in everything if one.id == request.GET.get("room")), None)
    shown = reading.narrowed(everything, room=room.id if room else "", wanted=wanted)
    page: dict[str, Any] = {
        "rooms": everything,
        "room": room,
        "wanted": wanted,
        "shown": shown,
        "is_whole": not wanted and room is None,
        "count": sum(len(one.operations) for one in shown),
        "root": f"{settings.BASE_URL.rstrip('/')}/api/v1",
        "statuses": reading.statuses(api.get_openapi_schema()),
        "example": _example(request),
        "a_minute": settings.API_REQUESTS_PER_MINUTE,
        "kept_days": KEPT_FOR.days,
    }
    return render(request, "site/api_docs.html", page)


def _example(request: SonaeRequest) -> str:
    """A refusal as the API really gives it."""
    refused = NotAllowed(Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.EVIDENCE_FILE}))
    answered = json.loads(problems.answer(request, refused).content) | {"instance": "urn:sonae:request:0f3c"}
    return json.dumps(answered, ensure_ascii=False, indent=2)
