"""What every operation of the API shares: its door, its problem answers, cursor pages.

`Door(permission)` opens with a token (Authorization: Bearer) or with the session of a page; then CSRF is checked.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, Throttled, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security.http import HttpAuthBase
from ninja.utils import check_csrf
from pydantic import BeforeValidator, ConfigDict, Field

from sonae.core.access import rules, services
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.web import callers, openapi, problems
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel import calendar
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Problem, SonaeError


class Strict(Schema):
    """A body that refuses unknown fields and does not bend types (a bool is not an int)."""

    model_config = ConfigDict(extra="forbid", strict=True)


def as_text[T](read: Callable[[str], T]) -> BeforeValidator:
    """Lets a strict body carry what JSON has no type for (a member, an id, a day), as text and as nothing else."""

    def validated(value: Any) -> Any:
        if not isinstance(value, str):
            raise ValueError("a text is expected")  # noqa: TRY004 - pydantic turns only ValueErrors into problems
        return read(value)

    return BeforeValidator(validated)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    # Compared by the day as it was written: the first moments of the calendar have no time in another zone.
    if found.tzinfo is None or not calendar.may_be_entered(found.date()):
        raise ValueError("a moment with its time zone, between 1970 and 2099, is expected")
    return found.astimezone(UTC)


def _day(text: str) -> date:
    found = date.fromisoformat(text)
    if not calendar.may_be_entered(found):
        raise ValueError("a day between 1970 and 2099 is expected")
    return found


Moment = Annotated[datetime, as_text(_moment)]
Day = Annotated[date, as_text(_day)]
Id = Annotated[UUID, as_text(UUID)]
# A key that the databases can hold.
RowNumber = Annotated[int, Field(ge=1, le=2**63 - 1)]


class Answer(Schema):
    """A row as the API gives it: a schema, never a model."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


class ProblemAnswer(Schema):
    """Problem details (RFC 9457) with the reason code, its facts and both languages."""

    type: str
    title: str
    title_ja: str
    status: int
    reason: str
    facts: dict[str, Any] = {}
    instance: str = ""
    problems: list[dict[str, Any]] = []


class Door(HttpAuthBase):
    """Who may call an operation. The verb behind it asks again, at its place."""

    openapi_scheme = "bearer"

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        # What the document says that this door asks for; None where it opens to whoever is known.
        self.asks_for: Permission | None = permission
        # The conditions that the operations behind this door understand; `SonaeAPI.add_router` fills them in.
        self.parameters: set[str] = set()
        super().__init__()

    def __call__(self, request: HttpRequest) -> Viewer:
        viewer = self._viewer(request)
        require(rules.may(viewer, self.permission))
        self._refuse_unknown_parameters(request)
        request.viewer = viewer  # type: ignore[attr-defined]
        return viewer

    def _refuse_unknown_parameters(self, request: HttpRequest) -> None:
        """A misspelt condition would be left out silently, and the answer be taken for what was asked."""
        unknown = [
            Problem(WebRefusal.FIELD_INVALID, field=f"query.{name}", facts={"why": "unknown parameter"})
            for name in request.GET
            if name not in self.parameters
        ]
        if unknown:
            raise BadInput(unknown)

    def _viewer(self, request: HttpRequest) -> Viewer:
        viewer = callers.caller_of(request)  # type: ignore[arg-type]
        if viewer.token_id is not None:
            services.note_token_use(viewer.token_id, now=request.now)  # type: ignore[attr-defined]
        elif check_csrf(request):
            require(Refused(WebRefusal.CSRF_FAILED))
        return viewer


class AnyDoor(Door):
    """Opens to whoever is known: a person or a token, whatever they may do."""

    def __init__(self) -> None:
        super().__init__(Permission.HOME_SEE)
        self.asks_for = None

    def __call__(self, request: HttpRequest) -> Viewer:
        viewer = self._viewer(request)
        self._refuse_unknown_parameters(request)
        request.viewer = viewer  # type: ignore[attr-defined]
        return viewer


class StrictParser(Parser):
    """JSON as RFC 8259 has it, and no text that a database cannot hold (NUL, halves of surrogate pairs)."""

    def parse_body(self, request: HttpRequest) -> Any:
        found = json.loads(request.body, parse_constant=_not_a_number)
        if not is_storable(found):
            raise ValueError("text that no database holds")
        return found


def is_storable(value: Any) -> bool:
    """Whether a database holds every text of a value that was read from JSON: no NUL, no half of a surrogate pair."""
    return all(_storable(text) for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    # Not by recursion: each text would then pass through as many generators as it lies deep.
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case list() as inner:
                waiting += inner
            case dict() as inner:
                yield from inner
                waiting += inner.values()


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _not_a_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


class SonaeAPI(NinjaAPI):
    """An API whose every operation documents the problems it can answer with."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._documents: dict[str, Any] = {}

    def add_router(self, prefix: str, router: Any, **kwargs: Any) -> Any:
        added = super().add_router(prefix, router, **kwargs)
        for view in router.path_operations.values():
            for operation in view.operations:
                for door in operation.auth_callbacks:
                    door.parameters |= _query_names(operation)
        return added

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        # Composing takes a second; the operations stay the same while the program runs.
        key = repr(sorted(kwargs.items()))
        if key not in self._documents:
            self._documents[key] = self._composed(**kwargs)
        return self._documents[key]

    def _composed(self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None) -> Any:
        prefix = self.get_root_path(path_params or {}) if path_prefix is None else path_prefix
        document = openapi.compose(self, path_prefix=prefix)
        document["components"].setdefault("schemas", {})["Problem"] = ProblemAnswer.model_json_schema()
        document["components"]["responses"] = {
            name: {
                "description": words,
                "content": {problems.PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }
            for name, words in _PROBLEMS.values()
        }
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, (name, _words) in _PROBLEMS.items():
                    operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})
        return document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


def _query_names(operation: Operation) -> set[str]:
    names: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            names |= set(getattr(model, "__ninja_flatten_map__", model.model_fields))
    return names


# By status: the name of the shared answer in the document, and what it means.
_PROBLEMS = {
    400: ("BadRequest", "The request could not be understood."),
    401: ("SignInFirst", "Nobody is signed in, or the token is unknown, expired or revoked."),
    403: ("NotAllowed", "The role or the token does not allow this, or a rule refuses it."),
    404: ("Gone", "It does not exist, or not for this viewer."),
    405: ("WrongMethod", "This method is not allowed here."),
    409: ("Conflict", "Someone was faster, or the idempotency key was used for something else."),
    413: ("TooLarge", "The body is too large."),
    415: ("WrongKind", "The body is of a kind that is not accepted here."),
    422: ("BadInput", "The input was refused; every problem is named."),
    429: ("TooMany", "Too many requests; try again after Retry-After."),
    503: ("Busy", "Busy; try again after Retry-After."),
}


def install_problem_answers(api: NinjaAPI) -> None:
    """Lets every error of the kernel's tree, and ninja's own, leave the API as problem details."""
    api.add_exception_handler(SonaeError, problems.answer)  # type: ignore[arg-type]
    api.add_exception_handler(ValidationError, _invalid)  # type: ignore[arg-type]
    api.add_exception_handler(HttpError, _http_error)  # type: ignore[arg-type]


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    response = problems.problem_json(request, error.status_code, reason=_reason(error.status_code))
    if isinstance(error, Throttled):
        response.headers["Retry-After"] = str(error.wait or 1)
    return response


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        Problem(
            WebRefusal.FIELD_INVALID,
            field=".".join(str(part) for part in _place(one["loc"])),
            value=str(one.get("input", ""))[:200],
            facts={"why": one["msg"]},
        )
        for one in error.errors
    ]
    return problems.answer(request, BadInput(found))


def _place(loc: Sequence[Any]) -> Sequence[Any]:
    """Where a value stood, without the name that the operation gives its whole body."""
    return (loc[0], *loc[2:]) if loc[0] == "body" and len(loc) > 2 else loc


def _reason(status: int) -> str:
    return {400: "bad_request", 401: "sign_in_first", 403: "forbidden", 404: "gone", 429: "too_many_requests"}.get(
        status, "bad_request"
    )


Limit = Annotated[int, Field(ge=1, le=500)]


def cursor_page[M: Model](
    rows: QuerySet[M], *, cursor: str, limit: int, key: str = "pk", parse: Callable[[Any], Any] | None = None
) -> tuple[list[M], str]:
    """The next `limit` rows after the cursor by the unique `key`, and the cursor behind them ("": the end)."""
    if cursor:
        rows = rows.filter(**{f"{key}__gt": _parsed(cursor, parse)})
    found = list(rows.order_by(key)[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = getattr(found[limit - 1], key)
    return found[:limit], encode_cursor(str(last) if isinstance(last, UUID) else last)


def row_number(value: object) -> int:
    """A key that the databases can hold; any other number is that of no row."""
    number = int(str(value))
    return number if 0 <= number < 2**63 else 0


def encode_cursor(value: Any) -> str:
    """An opaque place in a list."""
    return base64.urlsafe_b64encode(json.dumps(value, default=str).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> Any:
    """The value behind a cursor; raises BadInput for one this server never gave."""
    try:
        return json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, UnicodeDecodeError, RecursionError) as broken:
        raise BadInput([Problem(WebRefusal.CURSOR_UNKNOWN, field="cursor", value=cursor[:200])]) from broken


def _parsed(cursor: str, parse: Callable[[Any], Any] | None) -> Any:
    value = decode_cursor(cursor)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise BadInput([Problem(WebRefusal.CURSOR_UNKNOWN, field="cursor", value=cursor[:200])])
    try:
        # A parser of ids does not expect a number, and stumbles over one in its own way.
        return parse(str(value)) if parse else value
    except (ValueError, TypeError) as broken:
        raise BadInput([Problem(WebRefusal.CURSOR_UNKNOWN, field="cursor", value=cursor[:200])]) from broken
