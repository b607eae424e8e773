"""The API does what its OpenAPI document says, whoever asks and whatever they send."""

import json
import os
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks as openapi

from sonae.core.access import rules
from sonae.core.access.vocabulary import Permission
from sonae.site.api import api
from sonae.site.wsgi import application
from sonae.testing import access_objects, access_world

EXAMPLES = int(os.environ.get("SONAE_CONFORMANCE_EXAMPLES", "3"))
# Who may not come in is answered before anything is looked at; what they send tells nothing more.
EXAMPLES_AT_A_CLOSED_DOOR = {GenerationMode.POSITIVE: 1, GenerationMode.NEGATIVE: 0}
# `session` is the analyst in a browser, who releases what no token can: a cookie in place of a token, and CSRF with it.
CALLERS = ("anonymous", "manager", "officer", "inspector", "analyst", "operator", "auditor", "program", "session")
CSRF = "a" * 32
DOCUMENT = api.get_openapi_schema()
CHECKS = [
    not_a_server_error,
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
    openapi.response_headers_conformance,
    openapi.negative_data_rejection,
    openapi.allow_header_conformance,
]

load_all_checks()
schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def one_connection():
    """Requests through WSGI share the connection of the test, as those of Django's own test client do."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(db, one_connection, settings, now, tmp_path):
    settings.PASSWORD_HASHERS = ["sonae.testing.hashers.QuickArgon2Hasher"]
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.MEDIA_ROOT = tmp_path
    return access_world.build(now)


def _headers(world, caller):
    """What a caller shows: a person's token with every scope that it can carry, a program's, or nothing."""
    match caller:
        case "anonymous":
            return {}
        case "program":
            return {"Authorization": world.clients["program"].defaults["HTTP_AUTHORIZATION"]}
        case "session":
            cookies = {"sessionid": world.clients["analyst"].cookies["sessionid"].value, "csrftoken": CSRF}
            shown = "; ".join(f"{name}={value}" for name, value in cookies.items())
            return {"Cookie": shown, "X-CSRFToken": CSRF}
        case _:
            own = [scope for scope in rules.PERSON_TOKEN_SCOPES if rules.may(world.people[caller].viewer, scope).ok]
            return {"Authorization": f"Bearer {world.people[caller].token(*own)}"}


def _may(world, caller, operation):
    """Whether the door of an operation opens to a caller; what lies behind may still be refused."""
    asked = operation.definition.raw.get("x-permission")
    match caller:
        case "anonymous":
            return asked is None and not operation.definition.raw.get("security")
        case "program":
            return asked is None or asked in rules.PROGRAM_TOKEN_SCOPES
        case "session":
            return asked is None or rules.may(world.people["analyst"].viewer, Permission(asked)).ok
        case _:
            viewer = world.people[caller].viewer
            return asked is None or (asked in rules.PERSON_TOKEN_SCOPES and rules.may(viewer, Permission(asked)).ok)


def _real(world, path):
    """The ids of objects that exist, for the parameters of a path."""
    return {name: str(access_objects.value_for(world, path, name, world.own)) for name in re.findall(r"{(\w+)}", path)}


def test_the_document_is_valid_openapi_3_1_and_names_every_schema_once():
    assert DOCUMENT["openapi"] == "3.1.0"
    schema.validate()
    asked = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert asked <= set(DOCUMENT["components"]["schemas"])
    operations = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(operation["summary"] and "429" in map(str, operation["responses"]) for operation in operations)


# werkzeug's client reads a file that is sent, and leaves it open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("caller", CALLERS)
def test_schemathesis_finds_nothing(caller, mode, world, caplog):
    caplog.set_level("CRITICAL", logger="django.request")
    headers = _headers(world, caller)
    for result in schema.get_all_operations():
        operation = result.ok()
        examples = EXAMPLES if _may(world, caller, operation) else EXAMPLES_AT_A_CLOSED_DOOR[mode]
        if examples:
            real = _real(world, operation.path)
            _try(operation, mode=mode, headers=headers, real=real, examples=examples)


def test_every_operation_has_a_caller_who_may(world):
    shut = [
        operation.label
        for operation in (result.ok() for result in schema.get_all_operations())
        if not any(_may(world, caller, operation) for caller in CALLERS)
    ]
    assert shut == []


def _try(operation, *, mode, headers, real, examples):
    @given(case=operation.as_strategy(generation_mode=mode), exists=st.booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def one(case, exists):
        if exists and mode is GenerationMode.POSITIVE:
            case.path_parameters = {**case.path_parameters, **real}
        with transaction.atomic():
            response = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS, headers=headers)

    one()
