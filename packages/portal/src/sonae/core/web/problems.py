"""Translates the error tree of the kernel into a page or into problem details (RFC 9457), in both languages."""

import logging
import sqlite3
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import override

from sonae.core.access.vocabulary import AccessRefusal
from sonae.core.web import statuses, ways_back, words
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import Refused
from sonae.kernel.errors import BadInput, Conflict, Gone, NotAllowed, SonaeError, TryLater

logger = logging.getLogger("sonae.problems")

PROBLEM_JSON = "application/problem+json"
# Refusals that mean "we do not know who you are" rather than "you may not".
_WHO_ARE_YOU = {
    AccessRefusal.SIGN_IN_FIRST,
    AccessRefusal.TOKEN_UNKNOWN,
    AccessRefusal.TOKEN_EXPIRED,
    AccessRefusal.TOKEN_REVOKED,
}
# What PostgreSQL says of a transaction that it ended so that another could go on.
_GAVE_WAY = {"40P01", "40001"}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_RETRY_AFTER = timedelta(seconds=2)


def status_of(error: SonaeError) -> int:
    """The HTTP status that says what the caller should do next."""
    match error:
        case NotAllowed(refusal=refusal):
            return 401 if refusal.reason in _WHO_ARE_YOU else 403
        case Gone():
            return 404
        case Conflict():
            return 409
        case BadInput():
            return 422
        case TryLater():
            return 503
    return 500


def translate_problems(get_response: Callable[[HttpRequest], HttpResponse]) -> "Problems":
    return Problems(get_response)


class Problems:
    """Middleware: the one place where an error becomes an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(response, "gave_way", False) and _may_be_repeated(request):
            response = self.get_response(request)
        bare = response.status_code >= 400 and not response.headers.get("Content-Type", "").startswith(PROBLEM_JSON)
        if bare and speaks_json(request) and not response.streaming:
            allowed = response.headers.get("Allow")
            response = problem_json(request, response.status_code, reason=_reason_of_status(response.status_code))
            if allowed:
                response.headers["Allow"] = allowed
        elif response.status_code == 405 and not response.streaming and not response.content:
            response = wrong_method(request, allowed=response.headers.get("Allow", ""))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match error:
            case SonaeError():
                return answer(request, error)
            case Http404():
                return answer(request, Gone("page", request.path))
            case PermissionDenied():
                return answer(request, NotAllowed(Refused(AccessRefusal.ROLE_LACKS_PERMISSION)))
            case SuspiciousOperation() | ImmediateHttpResponse() | ReauthenticationRequired():
                # Django's and allauth's own middleware answer these: "bad request", and "prove once more who you are".
                return None
        if isinstance(error, OperationalError) and (gave_way(error) or is_locked(error)):
            return busy(request, error)
        logger.error("request %s failed", getattr(request, "request_id", "-"), exc_info=error)
        if speaks_json(request):
            return problem_json(request, 500, reason="internal_error")
        return render(request, "web/problem.html", {"status": 500, "request_id": request.request_id}, status=500)  # type: ignore[attr-defined]


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The answer for an address nothing lives at (handler404)."""
    return answer(request, Gone("page", request.path))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The answer for a request that Django itself takes for an attack or an accident (handler400)."""
    return _plain_problem(request, 400)


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer for an error that no view met (handler500): a middleware's, for instance while it kept the session."""
    error = sys.exception()
    if isinstance(error, OperationalError) and (gave_way(error) or is_locked(error)):
        return busy(request, error)
    return _plain_problem(request, 500)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer for a form whose CSRF token is missing or stale."""
    return answer(request, NotAllowed(Refused(WebRefusal.CSRF_FAILED)))


def wrong_method(request: HttpRequest, *, allowed: str) -> HttpResponse:
    """The page for an address that takes only what a form sends (or only looks): with the way to the form's page."""
    back = ways_back.page_for(request.path)
    context = {
        "status": 405,
        "request_id": getattr(request, "request_id", ""),
        "back_url": "" if back in (request.path, ways_back.HOME) else back,
    }
    response = render(request, "web/problem.html", context, status=405)
    response.headers["Allow"] = allowed
    return response


def unstorable(request: HttpRequest) -> HttpResponse:
    """The answer for a page's address or form that holds a character no database stores."""
    return _plain_problem(
        request, 400, why=_("What was sent holds a character that cannot be stored (NUL). Please leave it out.")
    )


def _plain_problem(request: HttpRequest, status: int, *, why: str = "") -> HttpResponse:
    if speaks_json(request):
        return problem_json(request, status, reason=_reason_of_status(status))
    reason = why or _status_words(status)
    context = {"status": status, "reason": reason, "request_id": getattr(request, "request_id", "")}
    return render(request, "web/problem.html", context, status=status)


def gave_way(error: OperationalError) -> bool:
    """Whether the database ended this transaction, whole, so that another could go on: a deadlock, or a race."""
    return getattr(error.__cause__, "sqlstate", "") in _GAVE_WAY


def is_locked(error: OperationalError) -> bool:
    """Whether SQLite waited for another writer for as long as it is told to, in vain."""
    return getattr(error.__cause__, "sqlite_errorcode", -1) & 0xFF in _LOCKED


def busy(request: HttpRequest, error: OperationalError) -> HttpResponse:
    """The answer "try again in a moment"; marked where trying again at once is promising."""
    logger.warning("request %s met a busy database", getattr(request, "request_id", "-"), exc_info=error)
    response = answer(request, TryLater(request.now + _RETRY_AFTER))  # type: ignore[attr-defined]
    response.gave_way = gave_way(error)  # type: ignore[attr-defined]
    return response


def _may_be_repeated(request: HttpRequest) -> bool:
    """Whether the request changes nothing, or is one single transaction because it carries a key.

    A form may be two verbs, of which the first stands: its person decides.
    """
    keyed = speaks_json(request) and "Idempotency-Key" in request.headers
    return keyed or request.method in ("GET", "HEAD")


def speaks_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/taxii2/"))


def answer(request: HttpRequest, error: SonaeError) -> HttpResponse:
    """The page or the problem details for an error of the kernel's tree."""
    status = status_of(error)
    reason, _facts = _reason_and_facts(error)
    if speaks_json(request):
        response: HttpResponse = details(request, error)
    else:
        context: dict[str, Any] = {
            "status": status,
            "reason": sentence(error),
            "facts": [],
            "problems": getattr(error, "problems", ()),
            "request_id": getattr(request, "request_id", ""),
            "back_url": "",
        }
        if reason == AccessRefusal.ROLE_LACKS_PERMISSION:
            context["what_to_do"] = statuses.whom_to_ask(request.viewer.roles)  # type: ignore[attr-defined]
        response = render(request, "web/problem.html", context, status=status)
    if isinstance(error, TryLater):
        response.headers["Retry-After"] = str(max(1, int((error.retry_at - request.now).total_seconds())))  # type: ignore[attr-defined]
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def details(request: HttpRequest, error: SonaeError) -> JsonResponse:
    """The problem details for an error of the kernel's tree, whatever address was asked."""
    reason, facts = _reason_and_facts(error)
    found = getattr(error, "problems", ())
    return problem_json(request, status_of(error), reason=reason, facts=facts, error=error, problems=found)


def sentence(error: SonaeError) -> str:
    """Why, in the language of the moment."""
    match error:
        case NotAllowed(refusal=refusal):
            return str(words.of(refusal))
        case Conflict(reason=reason, facts=facts):
            return str(words.of(Refused(reason, facts)))
        case BadInput(problems=problems):
            return "\n".join(problem_sentence(problem) for problem in problems)
        case Gone():
            return _("This page does not exist, or it is not meant for your role.")
        case TryLater():
            return _("The system is busy. Please try again in a moment.")
    return _("Something went wrong.")


def problem_sentence(problem: Any) -> str:
    """One problem of someone's input, with its place: file, line, field."""
    place = []
    if problem.file:
        place.append(problem.file)
    if problem.line:
        place.append(_("line %(line)d") % {"line": problem.line})
    if problem.field:
        place.append(problem.field)
    why = str(words.of(Refused(problem.reason, {**problem.facts, "value": problem.value})))
    return f"{', '.join(place)}: {why}" if place else why


def put_at(form: BaseForm, field: str, refused: BadInput) -> None:
    """Shows every problem of somebody's input beside the field in which it came, with its place."""
    for problem in refused.problems:
        form.add_error(field, problem_sentence(problem))


def put_beside(form: BaseForm, refused: NotAllowed, fields: Mapping[Any, str]) -> None:
    """Shows a refusal in the form, with all that was typed: beside the field that its reason names, else above it.

    What whoever sent the form lacks is said as everywhere: a permission, and who they are, are no matter of a field.
    """
    if isinstance(refused.refusal.reason, AccessRefusal):
        raise refused
    form.add_error(fields.get(refused.refusal.reason), str(words.of(refused.refusal)))


def problem_json(
    request: HttpRequest,
    status: int,
    *,
    reason: str,
    facts: dict[str, Any] | None = None,
    error: SonaeError | None = None,
    problems: Any = (),
) -> JsonResponse:
    """Problem details with the reason code, its facts and both languages."""
    titles = {}
    for language in ("ja", "en"):
        with override(language):
            titles[language] = sentence(error) if error else str(_status_words(status))
    body = {
        "type": f"urn:sonae:problem:{reason}",
        "title": titles["en"],
        "title_ja": titles["ja"],
        "status": status,
        "reason": reason,
        "facts": {key: _plain(value) for key, value in (facts or {}).items()},
        "instance": f"urn:sonae:request:{getattr(request, 'request_id', '')}",
    }
    if problems:
        body["problems"] = [
            {"reason": str(p.reason), "file": p.file, "line": p.line, "field": p.field, "value": p.value}
            for p in problems
        ]
    return JsonResponse(body, status=status, content_type=PROBLEM_JSON, json_dumps_params={"ensure_ascii": False})


def _reason_and_facts(error: SonaeError) -> tuple[str, dict[str, Any]]:
    match error:
        case NotAllowed(refusal=refusal):
            return str(refusal.reason), dict(refusal.facts)
        case Conflict(reason=reason, facts=facts):
            return str(reason), dict(facts)
        case BadInput(problems=problems):
            return str(problems[0].reason), {}
        case Gone():
            return "gone", {}
        case TryLater(retry_at=retry_at):
            return "try_later", {"retry_at": retry_at}
    return "internal_error", {}


def _plain(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool, str)) or value is None else str(value)


def _reason_of_status(status: int) -> str:
    return {
        400: "bad_request",
        401: "sign_in_first",
        403: "forbidden",
        404: "gone",
        405: "method_not_allowed",
        413: "too_large",
        415: "unsupported_media_type",
        422: "bad_input",
        429: "too_many_requests",
    }.get(status, "internal_error" if status >= 500 else "bad_request")


def _status_words(status: int) -> str:
    words_of_status = {
        401: _("Please sign in first."),
        403: _("This is not allowed."),
        404: _("This page does not exist, or it is not meant for your role."),
        405: _("This method is not allowed here."),
        413: _("What was sent is too large."),
        415: _("What was sent is of a kind that is not accepted here."),
        422: _("What was sent does not fit what is expected."),
        429: _("Too many requests. Please wait a moment."),
    }
    otherwise = _("Something went wrong.") if status >= 500 else _("The request could not be understood.")
    return words_of_status.get(status, otherwise)
