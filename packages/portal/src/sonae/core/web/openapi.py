"""The OpenAPI document, with one name for one schema.

Ninja keeps schemas by the bare name of their class, and lets the last of two namesakes win: a document that is wrong
about one of them. Here the second is called after the room whose operation brings it.
"""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE, OpenAPISchema
from ninja.operation import Operation


class Document(OpenAPISchema):
    """Ninja's document, in which different schemas have different names."""

    room = ""

    def operation_details(self, operation: Operation) -> Any:
        self.room = (operation.tags or ["other"])[0].capitalize()
        return super().operation_details(operation)

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
            names |= taken


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


def _renamed(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    references = {REF_TEMPLATE.format(model=old): REF_TEMPLATE.format(model=new) for old, new in names.items()}
    renamed: dict[str, Any] = _referring(schema, references)
    if "$defs" in renamed:
        renamed["$defs"] = {names.get(name, name): definition for name, definition in renamed["$defs"].items()}
    return renamed


def _referring(value: Any, references: dict[str, str]) -> Any:
    match value:
        case {"$ref": str(target), **rest}:
            return {"$ref": references.get(target, target), **_referring(rest, references)}
        case dict():
            return {key: _referring(inner, references) for key, inner in value.items()}
        case list():
            return [_referring(inner, references) for inner in value]
    return value
