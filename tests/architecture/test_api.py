"""What the API says of itself: one name per verb, a door that is told, and every sentence in Japanese too."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils.translation import gettext, override

from sonae.core.access import rules
from sonae.core.access.vocabulary import Permission
from sonae.site.api import api
from sonae.site.pages.api_reference import sentences

DOCUMENT = api.get_openapi_schema()
OPERATIONS = {
    operation["operationId"]: (method, operation)
    for methods in DOCUMENT["paths"].values()
    for method, operation in methods.items()
}
FUNCTIONS = {
    operation.view_func.__name__
    for _prefix, router in api._routers
    for view in router.path_operations.values()
    for operation in view.operations
}


def _properties(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        inner = schema.get("properties")
        if isinstance(inner, dict):
            yield from (one for one in inner.values() if isinstance(one, dict))
        for value in schema.values():
            yield from _properties(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value)


def _notes() -> set[str]:
    parameters = (one.get("schema", {}) for _, operation in OPERATIONS.values() for one in operation["parameters"])
    # What stands at a member list that was written out is said of the list, not of the field.
    return {
        one["description"]
        for one in (*_properties(DOCUMENT), *parameters)
        if "description" in one and "enum" not in one
    }


def test_an_operation_is_called_as_its_function():
    assert set(OPERATIONS) == FUNCTIONS


def test_every_operation_tells_its_door():
    for name, (method, operation) in OPERATIONS.items():
        doors = [next(iter(door.items())) for door in operation["security"]]
        assert doors and {scheme for scheme, _ in doors} <= {"token", "session"}, name
        if "x-permission" in operation:
            assert {tuple(scopes) for _, scopes in doors} == {(Permission(operation["x-permission"]).value,)}, name
        keys = [one for one in operation["parameters"] if one.get("$ref", "").endswith("IdempotencyKey")]
        assert len(keys) == (method != "get"), name


def test_what_no_token_can_carry_is_for_people_in_a_session():
    tokens = rules.PERSON_TOKEN_SCOPES | rules.PROGRAM_TOKEN_SCOPES
    for name, (_method, operation) in OPERATIONS.items():
        permission = operation.get("x-permission")
        named = [scheme for door in operation["security"] for scheme in door]
        assert ("token" in named) == (permission is None or Permission(permission) in tokens), name


def test_every_sentence_of_the_api_is_marked_for_the_catalogue_and_none_is_left_over():
    said = {
        operation[part]
        for _, operation in OPERATIONS.values()
        for part in ("summary", "description")
        if part in operation
    }
    assert said == sentences.OPERATIONS
    assert _notes() == sentences.NOTES
    assert {answer["description"] for answer in DOCUMENT["components"]["responses"].values()} == sentences.PROBLEMS
    assert {operation["tags"][0] for _, operation in OPERATIONS.values()} == set(sentences.ROOMS)


@pytest.mark.parametrize("group", ["OPERATIONS", "NOTES", "PROBLEMS", "ROOMS", "KINDS"])
def test_every_sentence_of_the_api_has_its_japanese(group):
    found = getattr(sentences, group)
    with override("ja"):
        untold = [text for text in (found.values() if isinstance(found, dict) else found) if gettext(text) == text]
    assert untold == []
