"""The OpenAPI document, with one name for one schema.

Ninja keeps schemas by the bare name of their class, and lets the last of two namesakes win: a document that is wrong
about one of them. Here the second is called after the room whose operation brings it. Besides, each operation says
which permission it asks for, who can carry it (a token or a session), and that it may be sent twice.
"""

import inspect
from collections.abc import Callable, Set
from typing import Any

from django.conf import settings
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation

from sonae.core.access import rules
from sonae.core.web.idempotency import KEY_PATTERN

IDEMPOTENCY_KEY = "IdempotencyKey"
TOKEN_SCOPES = rules.PERSON_TOKEN_SCOPES | rules.PROGRAM_TOKEN_SCOPES


class Document(OpenAPISchema):
    """Ninja's document, in which different schemas have different names."""

    room = ""

    def operation_details(self, operation: Operation) -> Any:
        self.room = (operation.tags or ["other"])[0].capitalize()
        details = super().operation_details(operation)
        details["summary"], details["description"] = _said(operation.view_func)
        if not details["description"]:
            del details["description"]
        for door in operation.auth_callbacks:
            permission = getattr(door, "asks_for", None)
            if permission is not None:
                details["x-permission"] = permission.value
        if set(operation.methods) - {"GET"}:
            details["parameters"] = [*details["parameters"], {"$ref": f"#/components/parameters/{IDEMPOTENCY_KEY}"}]
        return details

    def operation_security(self, operation: Operation) -> Any:
        for door in operation.auth_callbacks:
            permission = getattr(door, "asks_for", None)
            if permission is None:
                return [{"token": []}, {"session": []}]
            said = [permission.value]
            tokens = [{"token": said}] if permission in TOKEN_SCOPES else []
            sessions = [{"session": said}] if any(permission in held for held in rules.MATRIX.values()) else []
            return [*tokens, *sessions]
        return None

    def get_components(self) -> Any:
        components = super().get_components()
        components["parameters"] = {IDEMPOTENCY_KEY: _idempotency_key()}
        components["securitySchemes"] = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of a person or of a program of an institution; it needs the scope of the "
                "operation.",
            },
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE_NAME,
                "description": "The session of a page. Whatever changes something also needs its CSRF token, as "
                "X-CSRFToken.",
            },
        }
        return components

    def _extract_parameters(self, model: Any) -> Any:
        return super()._extract_parameters(_Distinct(model, self))  # type: ignore[type-var]

    def _create_schema_from_model(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._create_schema_from_model(_Distinct(model, self), *args, **kwargs)  # type: ignore[type-var]

    def distinct(self, schema: dict[str, Any]) -> dict[str, Any]:
        """`schema` with new names for those of its definitions whose names mean something else already."""
        names: dict[str, str] = {}
        while True:
            renamed = _renamed(schema, names)
            definitions = renamed.get("$defs", {})
            taken = {
                name: f"{self.room}{name}"
                for name in definitions.keys() - names.values()
                if self.schemas.get(name, definitions[name]) != definitions[name]
            }
            if not taken:
                return renamed
            # Whatever differs only because it speaks of another namesake is the same again once that one is renamed.
            first = {
                name: new for name, new in taken.items() if not _speaks_of(definitions[name], taken.keys() - {name})
            }
            names |= first or taken


class _Distinct:
    """A model whose JSON schema does not take the names of others."""

    def __init__(self, model: Any, document: Document) -> None:
        self._model, self._document = model, document

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def model_json_schema(self, **kwargs: Any) -> dict[str, Any]:
        return self._document.distinct(self._model.model_json_schema(**kwargs))


def compose(api: NinjaAPI, *, path_prefix: str) -> Document:
    """The document of all operations of an API."""
    return Document(api, path_prefix)


def _said(view: Callable[..., Any]) -> tuple[str, str]:
    """The first sentence of an operation's docstring, and what follows it."""
    first, _gap, rest = (inspect.getdoc(view) or "").partition("\n\n")
    return " ".join(first.split()), " ".join(rest.split())


def _idempotency_key() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "pattern": f"^{KEY_PATTERN}$"},
        "description": "Sent again with the same key and body within two days, the request is carried out once and "
        "answered alike.",
    }


def _renamed(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    references = {REF_TEMPLATE.format(model=old): REF_TEMPLATE.format(model=new) for old, new in names.items()}
    renamed: dict[str, Any] = _referring(schema, references)
    if "$defs" in renamed:
        renamed["$defs"] = {names.get(name, name): definition for name, definition in renamed["$defs"].items()}
    return renamed


def _speaks_of(definition: Any, names: Set[str]) -> bool:
    match definition:
        case {"$ref": str(target)} if target.rpartition("/")[2] in names:
            return True
        case dict():
            return any(_speaks_of(inner, names) for inner in definition.values())
        case list():
            return any(_speaks_of(inner, names) for inner in definition)
    return False


def _referring(value: Any, references: dict[str, str]) -> Any:
    match value:
        case {"$ref": str(target), **rest}:
            return {"$ref": references.get(target, target), **_referring(rest, references)}
        case dict():
            return {key: _referring(inner, references) for key, inner in value.items()}
        case list():
            return [_referring(inner, references) for inner in value]
    return value
