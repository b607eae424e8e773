"""The page on the tablet, its service worker and its manifest. None of them holds an answer of an institution."""

import hashlib
import json
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web import assets
from sonae.core.web.device import mark_of
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs, open_to_all
from sonae.core.web.http import SignedInRequest, SonaeRequest
from sonae.prevention.inspections.tablet import wording
from sonae.prevention.inspections.tablet.vocabulary import PACK_KEPT_DAYS, UNSENT_KEPT_DAYS
from sonae.prevention.inspections.visits import rules
from sonae.prevention.inspections.visits.models import Visit

FOLDER = "inspections/tablet/"
_WORKER = f"{FOLDER}worker.js"
_FONTS = "web/vendor/biz-udpgothic"
# What the page links to, besides its own folder; rarer letters are kept as they are met.
_FILES = (
    "web/screen.css", "web/css/dark.css", "web/css/print.css", "web/device.js", "web/icon.svg", f"{_FONTS}/fonts.css",
    f"{_FONTS}/files/biz-udpgothic-common-400-normal.woff2", f"{_FONTS}/files/biz-udpgothic-common-700-normal.woff2",
)  # fmt: skip


@require_GET
@needs(Permission.INSPECTION_CONDUCT)
def tablet(request: SignedInRequest) -> HttpResponse:
    """The visits that lie on this device; also what the service worker keeps as the page of every visit."""
    return _page(request, ordinary=reverse("visits:list"))


@require_GET
@needs(Permission.INSPECTION_CONDUCT)
def tablet_visit(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """One visit on the tablet."""
    visible_or_404(Visit.objects.all(), request.viewer, pk=visit_id)
    return _page(request, ordinary=reverse("visits:detail", args=[visit_id]))


@require_GET
@open_to_all
def worker(request: SonaeRequest) -> HttpResponse:  # noqa: ARG001 - every view gets its request
    """The service worker with the names of this release's files; it lies in the folder that it may serve."""
    own = sorted(name for name in assets.shelf().assets if name.startswith(FOLDER) and name != _WORKER)
    facts = {
        "version": assets.shelf().digest,
        "home": reverse("inspections:tablet"),
        "statics": static("web/screen.css").removesuffix("web/screen.css"),
        "files": [static(name) for name in (*_FILES, *own)],
    }
    body = f"self.TABLET = {json.dumps(facts)};\nimportScripts({json.dumps(static(_WORKER))});\n"
    answer = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    # A browser asks whether there is another release each time.
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@require_GET
@open_to_all
def manifest(request: SonaeRequest) -> HttpResponse:  # noqa: ARG001
    """What the tablet's home screen is told when the page is installed."""
    home = reverse("inspections:tablet")
    facts = {
        "id": home,
        "name": _("On-site inspections (Sonae)"),
        "short_name": _("Inspections"),
        "lang": get_language(),
        "start_url": home,
        "scope": home,
        "display": "standalone",
        "icons": [{"src": static("web/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"}],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


def _page(request: SignedInRequest, *, ordinary: str) -> HttpResponse:
    # Asking for the token gives the device one, and puts it where the digest is taken from.
    get_token(request)
    page = {
        "account": mark_of(request.user.pk),
        "witness": hashlib.sha256(request.META["CSRF_COOKIE"].encode()).hexdigest(),
        "sentences": wording.words(),
        "base": reverse("inspections:tablet").removesuffix("tablet/") + "visits/",
        "pack_days": PACK_KEPT_DAYS,
        "unsent_days": UNSENT_KEPT_DAYS,
        "longest_text": rules.LONGEST_TEXT,
        "longest_name": rules.LONGEST_NAME,
        "ordinary": ordinary,
    }
    return render(request, "inspections/tablet/page.html", page)
