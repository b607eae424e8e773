"""The OpenAPI document read into what the page shows: operations by room, their fields as rows of a table."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.site.pages.api_reference import sentences

# Fields of fields are written out; no body of ours is deeper.
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer; `name` of an inner one begins with the outer one's."""

    name: str
    kind: str
    is_required: bool
    limits: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class GoodAnswer:
    """What comes back when it was done."""

    status: str
    media_type: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One verb of the API."""

    id: str
    room: str
    method: str
    path: str
    summary: str
    more: str
    permission: Permission | None
    roles: tuple[Role, ...]
    for_programs: bool
    for_tokens: bool
    for_sessions: bool
    parameters: tuple[Field, ...]
    body_type: str
    body: tuple[Field, ...]
    answers: tuple[GoodAnswer, ...]
    refusals: tuple[str, ...]

    def speaks_of(self, wanted: str) -> bool:
        """Whether every word that is looked for stands in it, in the reader's language or in the code's."""
        text = " ".join((self.id, self.method, self.path, self.summary, self.more, self.permission or "")).casefold()
        return all(word in text for word in wanted.casefold().split())


@dataclass(frozen=True, slots=True)
class Room:
    """The operations of one part of Sonae."""

    id: str
    title: str
    operations: tuple[Operation, ...]


def rooms(document: Mapping[str, Any]) -> tuple[Room, ...]:
    """Every operation of the document, by room, in the order in which the document has them."""
    by_room: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            operation = _operation(document, path, method, details)
            by_room.setdefault(operation.room, []).append(operation)
    return tuple(Room(name, sentences.room(name), tuple(found)) for name, found in by_room.items())


def statuses(document: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
    """What each status of a refusal means; every operation can answer with any of them."""
    operation = next(iter(next(iter(document["paths"].values())).values()))
    shared = document["components"]["responses"]
    return tuple(
        (status, _(shared[answer["$ref"].rpartition("/")[2]]["description"]))
        for status, answer in operation["responses"].items()
        if "$ref" in answer
    )


def narrowed(found: Iterable[Room], *, room: str, wanted: str) -> tuple[Room, ...]:
    """The operations of one room (all where none is named) that speak of what is looked for."""
    narrow = (
        Room(one.id, one.title, tuple(operation for operation in one.operations if operation.speaks_of(wanted)))
        for one in found
        if room in ("", one.id)
    )
    return tuple(one for one in narrow if one.operations)


def _operation(document: Mapping[str, Any], path: str, method: str, details: Mapping[str, Any]) -> Operation:
    permission = Permission(details["x-permission"]) if "x-permission" in details else None
    doors = {name for door in details["security"] for name in door}
    media_type, schema = _content(details.get("requestBody", {}))
    return Operation(
        id=details["operationId"],
        room=details["tags"][0],
        method=method.upper(),
        path=path,
        summary=_(details["summary"]),
        more=_(details["description"]) if "description" in details else "",
        permission=permission,
        roles=tuple(role for role in Role if permission in access.MATRIX[role]) if permission else (),
        for_programs=permission is None or permission in access.PROGRAM_TOKEN_SCOPES,
        for_tokens="token" in doors,
        for_sessions="session" in doors,
        parameters=tuple(_parameters(document, details["parameters"])),
        body_type=media_type,
        body=tuple(_fields(document, schema)) if schema else (),
        answers=tuple(_answers(document, details["responses"])),
        refusals=tuple(str(status) for status, answer in details["responses"].items() if "$ref" in answer),
    )


def _parameters(document: Mapping[str, Any], parameters: Iterable[Mapping[str, Any]]) -> Iterator[Field]:
    for parameter in parameters:
        if "$ref" in parameter:
            # The key that every changing request may carry: told once, at the head of the page.
            continue
        yield _field(
            document, parameter["name"], parameter["schema"], is_required=parameter["required"], place=parameter["in"]
        )


def _answers(document: Mapping[str, Any], responses: Mapping[Any, Any]) -> Iterator[GoodAnswer]:
    for status, answer in responses.items():
        if "$ref" not in answer:
            media_type, schema = _content(answer)
            yield GoodAnswer(str(status), media_type, tuple(_fields(document, schema)) if schema else ())


def _content(holder: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for media_type, content in holder.get("content", {}).items():
        return media_type, content["schema"]
    return "", {}


def _fields(
    document: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[Field]:
    schema = _meant(document, schema)
    if schema.get("type") == "array":
        yield from _fields(document, schema["items"], f"{prefix}[].", depth)
        return
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        field = _field(document, f"{prefix}{name}", inner, is_required=name in required)
        yield field
        below = _meant(document, inner)
        is_list = below.get("type") == "array"
        below = _meant(document, below["items"]) if is_list and "items" in below else below
        if "properties" in below and depth < DEEPEST:
            yield from _fields(document, below, f"{field.name}{'[]' if is_list else ''}.", depth + 1)


def _field(
    document: Mapping[str, Any], name: str, schema: Mapping[str, Any], *, is_required: bool, place: str = ""
) -> Field:
    meant = _meant(document, schema)
    item = _meant(document, meant["items"]) if meant.get("type") == "array" and "items" in meant else meant
    return Field(
        name=name,
        kind=_kind(document, meant),
        is_required=is_required,
        limits=tuple(_limits(schema, meant)),
        choices=tuple(str(choice) for choice in item.get("enum", ())),
        note=note(schema),
        place=place,
    )


def note(schema: Mapping[str, Any]) -> str:
    """What a field says of itself; a member list that was written out brings words that are not the field's."""
    said = schema.get("description", "")
    return _(said) if said and said in sentences.NOTES else ""


def _meant(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references, and behind "or nothing"."""
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        elif kinds := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
            if len(kinds) > 1:
                return schema
            schema = kinds[0]
        else:
            return schema


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return _("one of the values")
    if "items" in schema:
        return _("list: %(kind)s") % {"kind": _kind(document, _meant(document, schema["items"]))}
    known = sentences.KINDS.get(schema.get("format", "")) or sentences.KINDS.get(schema.get("type", ""))
    if known:
        return _(known)
    several = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if several:
        return _(" or ").join(_kind(document, _meant(document, one)) for one in several)
    return _("object")


def _limits(outer: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[str]:
    told = {"limit": schema.get("maxLength"), "least": schema.get("minimum"), "most": schema.get("maximum")}
    if told["limit"] is not None:
        yield _("at most %(limit)s characters") % {"limit": f"{told['limit']:,}"}
    if told["least"] is not None and told["most"] is not None and told["most"] < 2**31 - 1:
        yield _("%(least)s to %(most)s") % {"least": f"{told['least']:,}", "most": f"{told['most']:,}"}
    elif told["least"] is not None:
        yield _("%(least)s or more") % {"least": f"{told['least']:,}"}
    if "maxItems" in schema:
        yield _("at most %(limit)s entries") % {"limit": f"{schema['maxItems']:,}"}
    if "pattern" in schema:
        yield _("pattern %(pattern)s") % {"pattern": schema["pattern"]}
    default = outer.get("default", schema.get("default"))
    if default not in (None, "", [], {}):
        yield _("if left out: %(default)s") % {"default": str(default).lower() if default in (True, False) else default}
