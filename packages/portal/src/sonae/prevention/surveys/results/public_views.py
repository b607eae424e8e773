"""What anyone reads of results without signing in.

Each answer is the same for everybody, so that caches between us and the reader may keep it: its language stands in the
address, and neither a cookie nor a session is looked at.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from sonae import __version__
from sonae.core.web.environment import environment_words
from sonae.core.web.gate import open_to_all
from sonae.core.web.http import SonaeRequest
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.surveys.results import clearance, exports, presenting, queries
from sonae.prevention.surveys.results.models import ResultEdition

# How long caches between us and the reader keep an answer without asking. What is published never changes; the words
# around it, and what else is published, may.
CACHED_FOR_SECONDS = 300
# How many files each process remembers: all forms of an edition in both languages, a few megabytes each at most.
MOST_REMEMBERED = 10
# Each language by its own name, for whoever does not read the other.
LANGUAGE_NAMES = {"ja": "日本語", "en": "English"}


@open_to_all
@require_GET
def published(request: SonaeRequest) -> HttpResponseBase:
    """Every edition that is out, with its files."""
    language = _speak(request)
    editions = queries.published_editions()

    def drawn() -> HttpResponse:
        surveys = presenting.published_page(editions)
        return _page("surveys/results/published.html", {"surveys": surveys}, request, language=language)

    newest = max((one.published_at for one in editions if one.published_at), default=None)
    return _kept_by_caches(request, (len(editions), newest.isoformat() if newest else "", language), drawn)


@open_to_all
@require_GET
def public(request: SonaeRequest, result_id: UUID) -> HttpResponseBase:
    """A published edition for everybody."""
    language, edition = _speak(request), _edition(result_id)
    by = presenting.breakdown_of(request.GET.get("by", ""))

    def drawn() -> HttpResponse:
        page = presenting.result_page(queries.public_sheet(edition), by=by)
        return _page("surveys/results/public.html", page, request, language=language)

    return _kept_by_caches(request, (edition.pk, edition.number, language, by), drawn)


@open_to_all
@require_GET
def question(request: SonaeRequest, result_id: UUID, position: int) -> HttpResponseBase:
    """One question of a published edition, with its maps and the year before."""
    language, edition = _speak(request), _edition(result_id)
    sheet = queries.public_sheet(edition, position=position)
    if position not in sheet.questions:
        raise Gone("question", position)
    before = queries.edition_before(edition)
    option = presenting.option_of(sheet.questions[position], request.GET.get("option", ""))

    def drawn() -> HttpResponse:
        page = presenting.question_page(sheet, position, option=option)
        return _page("surveys/results/public_question.html", page, request, language=language)

    # The year before stands beside it in the newest edition that is out.
    place = presenting.place_of(sheet.questions[position], option)
    return _kept_by_caches(
        request, (edition.pk, edition.number, language, position, place, before.pk if before else ""), drawn
    )


@open_to_all
@require_GET
def file(request: SonaeRequest, result_id: UUID, form: str) -> HttpResponseBase:
    """The figures of a published edition as a file: the same at whatever moment it is asked for."""
    language, edition = _speak(request), _edition(result_id)
    if form not in exports.FORMS:
        raise Gone("file", form)
    require(clearance.may_be_handed_out(edition))

    def made() -> HttpResponse:
        content, content_type, disposition = _made(edition.pk, form, language)
        return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})

    return _kept_by_caches(request, (edition.pk, edition.number, language, form), made)


@lru_cache(maxsize=MOST_REMEMBERED)
def _made(result_id: UUID, form: str, language: str) -> tuple[bytes, str, str]:
    """A file, its type and its name, in this language.

    It never changes, and takes seconds: whoever asks again and again does not have it made again.
    """
    edition = _edition(result_id)
    assert edition.published_at is not None, "a published edition has the moment"
    with translation.override(language):
        made = exports.file_of(queries.public_sheet(edition), form, now=edition.published_at)
        content = _content_of(made)
    return content, made.headers["Content-Type"], made.headers["Content-Disposition"]


def _content_of(made: HttpResponseBase) -> bytes:
    """All of an answer; a file that stood behind it is closed."""
    if not isinstance(made, StreamingHttpResponse):
        assert isinstance(made, HttpResponse), "an answer is sent at once or in pieces"
        return made.content
    content = b"".join(made)
    if isinstance(made, FileResponse) and made.file_to_stream is not None:
        made.file_to_stream.close()
    return content


def _speak(request: SonaeRequest) -> str:
    """The language of the address, Japanese where it names none; spoken from here to the end of the answer, the lines
    of a file that are written while it is sent included."""
    wanted = request.GET.get("lang", "")
    language = wanted if wanted in LANGUAGE_NAMES else settings.LANGUAGE_CODE
    translation.activate(language)
    return language


def _edition(result_id: UUID) -> ResultEdition:
    edition = queries.edition_of(result_id)
    if edition is None:
        raise Gone("result", result_id)
    return edition


def _page(template: str, page: Mapping[str, Any], request: SonaeRequest, *, language: str) -> HttpResponse:
    """Rendered without the request: no name, no form, no cookie finds its way into what others are shown."""
    query = {"lang": language} | {name: page[name] for name in ("by", "option") if page.get(name)}
    others = [
        (code, name, "?" + urlencode(query | {"lang": code}))
        for code, name in LANGUAGE_NAMES.items()
        if code != language
    ]
    around = {
        # Nothing of the reader: what the installation is, which is the same for everybody.
        "page": {"environment": environment_words(), "synthetic": settings.SONAE_SYNTHETIC},
        "language": language,
        "query": urlencode({"lang": language}),
        "other_languages": others,
        "address": request.build_absolute_uri(f"{request.path}?{urlencode({'lang': language})}"),
        "list_address": reverse("results:published"),
        "is_public": True,
    }
    return HttpResponse(presenting.drawn(template, {**page, **around}))


def _kept_by_caches(
    request: SonaeRequest, marks: tuple[object, ...], draw: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer, or that the reader has it already (304).

    `marks` tell one answer from another. Nothing of the figures is in them: a digest of what is kept back would tell
    which guess at it is right.
    """
    etag = f'W/"{"-".join(str(mark) for mark in (*marks, __version__))}"'
    response = get_conditional_response(request, etag=etag) or draw()
    if response.status_code in (200, 304):
        response.headers["Cache-Control"] = f"public, max-age={CACHED_FOR_SECONDS}"
        response.headers["ETag"] = etag
    return response
