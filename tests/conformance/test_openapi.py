"""The API does what its OpenAPI document says, whoever asks and whatever they send."""

import json
import os
import re

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, note, settings
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
# `session` is the analyst in a browser, who releases what no token can: a cookie in place of a token, and CSRF with it.
CALLERS = ("anonymous", "manager", "officer", "inspector", "analyst", "operator", "auditor", "program", "session")
CSRF = "a" * 32
DOCUMENT = api.get_openapi_schema()
ROOMS = sorted({operation["tags"][0] for path in DOCUMENT["paths"].values() for operation in path.values()})
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
# Who asks is for us to say: a made-up token beside a good session would be refused for itself.
schema.config.generation.update(with_security_parameters=False)


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


def _shown(world, caller):
    """What a caller shows: a person's token with every scope that it can carry, a program's, a session, or nothing."""
    match caller:
        case "anonymous":
            return {"headers": {}}
        case "program":
            return {"headers": {"Authorization": world.clients["program"].defaults["HTTP_AUTHORIZATION"]}}
        case "session":
            # As cookies: the client would put its own, empty ones in the place of a header.
            session = world.clients["analyst"].cookies["sessionid"].value
            return {"headers": {"X-CSRFToken": CSRF}, "cookies": {"sessionid": session, "csrftoken": CSRF}}
        case _:
            own = [scope for scope in rules.PERSON_TOKEN_SCOPES if rules.may(world.people[caller].viewer, scope).ok]
            return {"headers": {"Authorization": f"Bearer {world.people[caller].token(*own)}"}}


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


def _takes_anything(operation):
    """Whether there is a parameter or a body that could be wrong."""
    return bool({"parameters", "requestBody"} & {key for key, value in operation.definition.raw.items() if value})


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
@pytest.mark.parametrize("room", ROOMS)
def test_schemathesis_finds_nothing(room, world, caplog):
    """What is made up for an operation is sent by every caller: making it up takes longer than answering it."""
    caplog.set_level("CRITICAL", logger="django.request")
    shown = {caller: _shown(world, caller) for caller in CALLERS}
    for operation in (result.ok() for result in schema.get_all_operations()):
        if operation.tags[0] != room:
            continue
        let_in = {caller: shown[caller] for caller in CALLERS if _may(world, caller, operation)}
        kept_out = {caller: shown[caller] for caller in CALLERS if caller not in let_in}
        real = _real(world, operation.path)
        for mode in GenerationMode if _takes_anything(operation) else [GenerationMode.POSITIVE]:
            _try(operation, mode=mode, callers=let_in, real=real, examples=EXAMPLES, is_let_in=True)
        # Who may not come in is answered before anything is looked at; what they send tells nothing more.
        _try(operation, mode=GenerationMode.POSITIVE, callers=kept_out, real=real, examples=1, is_let_in=False)


def test_every_operation_has_a_caller_who_may(world):
    shut = [
        operation.label
        for operation in (result.ok() for result in schema.get_all_operations())
        if not any(_may(world, caller, operation) for caller in CALLERS)
    ]
    assert shut == []


def _try(operation, *, mode, callers, real, examples, is_let_in):
    @given(case=operation.as_strategy(generation_mode=mode), exists=st.booleans())
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        # What fails is shown as it was made up: to make it smaller takes minutes.
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def one(case, exists):
        if exists and mode is GenerationMode.POSITIVE:
            case.path_parameters = {**case.path_parameters, **real}
        for caller, shown in callers.items():
            note(f"sent as {caller}")
            with transaction.atomic():
                response = case.call(**shown)
                transaction.set_rollback(True)
            case.validate_response(response, checks=CHECKS, headers=shown["headers"])
            assert response.status_code != 401 or not is_let_in, "the door does not know a caller whom it opens to"

    one()
