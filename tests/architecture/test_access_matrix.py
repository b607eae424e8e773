"""Every URL and every operation of the API, asked by every role about its own and about another institution.

The table in access_matrix.toml says what each shall be answered. A URL that is not in the table, a row without a URL,
an actor without a verdict, and an answer that differs fail; the message gives the line as it would have to stand there.
"""

import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.template import Template
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import AnswerLink
from sonae.core.instruments.views.vendors import COOKIE
from sonae.core.notifications.models import Message
from sonae.core.web.operations import Door
from sonae.site.api import NAMESPACE, api
from sonae.testing import access_bodies, access_forms, access_objects, access_world
from sonae.testing.access_world import ACTORS, World

TABLE = Path(__file__).with_name("access_matrix.toml")
ROWS: dict[str, dict[str, list[str]]] = tomllib.loads(TABLE.read_text())
METHODS = ("GET", "POST")
SIGN_IN, REFUSED, GONE, METHOD, MISFIT, IN = "s", "x", "0", "m", "v", "+"


@dataclass(frozen=True)
class Target:
    """One address and method: a page by its URL name, an operation by its path."""

    group: str
    name: str
    method: str
    parameters: tuple[str, ...]

    @property
    def is_operation(self) -> bool:
        return self.group == "api"

    @property
    def row(self) -> str:
        return f"{self.method} {self.name}"

    @property
    def actors(self) -> tuple[str, ...]:
        # A token opens the API only; on a page it is nobody.
        return ACTORS if self.is_operation else ACTORS[:-1]

    def url(self, world: World, side: str) -> str:
        hospital = world.own if side == "own" else world.other
        values = {name: access_objects.value_for(world, self.name, name, hospital) for name in self.parameters}
        if not self.name.startswith("/"):
            return reverse(self.name, kwargs=values)
        return re.sub(r"{(\w+)}", lambda hole: str(values[hole[1]]), self.name)


def _pages() -> Iterator[Target]:
    for name, parameters in _patterns(get_resolver().url_patterns):
        if name.startswith(f"{NAMESPACE}:") and name != f"{NAMESPACE}:openapi-json":
            continue
        group = name.partition(":")[0] if ":" in name else "sign-in"
        for method in METHODS:
            yield Target(group, name, method, parameters)


def _patterns(
    patterns: list[Any], namespace: str = "", path: str = "/", parameters: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every URL by its name, with its parameters; the few that a library left without a name, by their path."""
    for pattern in patterns:
        here, asked = f"{path}{pattern.pattern}", (*parameters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else here, asked
        else:
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _patterns(pattern.url_patterns, inner, here, asked)


def _operations() -> Iterator[Target]:
    for path, operations in api.get_openapi_schema()["paths"].items():
        for method in operations:
            yield Target("api", path, method.upper(), tuple(re.findall(r"{(\w+)}", path)))


TARGETS = [*_pages(), *_operations()]
BY_GROUP: dict[str, list[Target]] = defaultdict(list)
for _target in TARGETS:
    BY_GROUP[_target.group].append(_target)


def _verdict(answer: HttpResponse) -> str:
    location = urlsplit(answer.headers.get("Location", "")).path
    match answer.status_code:
        case HTTPStatus.UNAUTHORIZED:
            return SIGN_IN
        case HTTPStatus.FOUND | HTTPStatus.SEE_OTHER if location == reverse("account_login"):
            return SIGN_IN
        case HTTPStatus.FORBIDDEN:
            return REFUSED
        case HTTPStatus.NOT_FOUND:
            return GONE
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return METHOD
        case HTTPStatus.UNPROCESSABLE_ENTITY:
            return MISFIT
    assert answer.status_code < 500, f"{answer.wsgi_request.path} answers {answer.status_code}"
    return IN


def _asked(target: Target, client: Client, url: str, body: dict[str, Any]) -> str:
    """What one actor is answered; whatever the request changes, in the database or in the browser, is taken back."""
    cookies = copy(client.cookies)
    with transaction.atomic():
        if target.method == "GET":
            answer = client.get(url)
        elif target.is_operation and "file" not in body:
            answer = client.generic(target.method, url, json.dumps(body), content_type="application/json")
        else:
            answer = client.post(url, body)
        if answer.streaming:
            b"".join(answer.streaming_content)
        verdict = _verdict(answer)
        transaction.set_rollback(True)
    client.cookies = cookies
    return verdict


def _found(target: Target, world: World) -> list[str]:
    """The verdicts of all actors about their own institution, and where address or body name a place, about another.

    Nothing where the address does not know the method: whoever passes the gate is told so, and the rest need not ask.
    """
    both = target.parameters or access_bodies.names_a_place(world, target.row)
    found = []
    for side, hospital in (("own", world.own), ("other", world.other))[: 2 if both else 1]:
        url, verdicts = target.url(world, side), ""
        for actor in target.actors:
            body = {}
            if target.method != "GET":
                body = access_bodies.body_for(world, target.row, hospital, actor=actor)
            verdict = _asked(target, world.clients[actor], url, body)
            if verdict == METHOD:
                return []
            verdicts += verdict
        found.append(verdicts)
    return found[:1] if len(set(found)) == 1 else found


@pytest.fixture
def world(db, settings, now, tmp_path, monkeypatch):
    # Whether someone is let in is decided before a page is drawn; how pages are drawn, the walk of the browser asks.
    monkeypatch.setattr(Template, "_render", lambda *_: "")
    settings.MEDIA_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["sonae.testing.hashers.QuickArgon2Hasher"]
    settings.API_REQUESTS_PER_MINUTE = 100_000
    return access_world.build(now)


@pytest.mark.parametrize("group", sorted(BY_GROUP))
def test_everyone_is_answered_as_the_table_says(group, world, caplog):
    caplog.set_level("CRITICAL", logger="django.request")
    declared = ROWS.get(group, {})
    wrong = []
    for target in BY_GROUP[group]:
        found = _found(target, world)
        expected = declared.get(target.row, [])
        if found != expected:
            was = f"  # declared as {json.dumps(expected)}" if expected else ""
            wrong.append(f"{json.dumps(target.row)} = {json.dumps(found)}{was}" if found else f"delete {target.row}")
    assert not wrong, (
        f"[{group}] in access_matrix.toml does not say what happens. Each line as it would have to stand there, "
        f"after you have checked that it is right:\n" + "\n".join(wrong)
    )


@pytest.mark.parametrize("group", sorted(BY_GROUP))
def test_the_session_of_a_vendors_link_opens_its_form_and_nothing_else(group, world, caplog):
    """Whoever holds one is answered as somebody whom nobody knows, at every address but those of the one form."""
    caplog.set_level("CRITICAL", logger="django.request")
    own = access_forms.linked_response(world, world.own)
    other = access_forms.linked_response(world, world.other)
    link, session = instruments.open_link(_secret_of(own), now=world.now)
    instruments.save_answers(own, {"gate": "no"}, seen=0, by=instruments.admitted(link), now=world.now)
    browser = Client()
    browser.cookies[COOKIE] = session
    world.made |= {
        (access_forms.response, world.own.pk): own,
        (access_forms.response, world.other.pk): other,
    }
    wrong = []
    for target in BY_GROUP[group]:
        expected = ROWS.get(group, {}).get(target.row)
        for side, hospital in (("own", world.own), ("other", world.other)) if expected else ():
            body = access_bodies.body_for(world, target.row, hospital, actor="anonymous")
            found = _asked(target, browser, target.url(world, side), {} if target.method == "GET" else body)
            is_its_form = group == "answering" and target.name != "answering:open" and side == "own"
            if found not in (IN, MISFIT) if is_its_form else found != expected[0][0]:
                wrong.append(f"{target.row} ({side}): {found}")
    assert not wrong, wrong


def _secret_of(response_id):
    link = AnswerLink.objects.get(response_id=response_id)
    path: str = Message.objects.get(key=f"answer-link:{link.pk}").context["path"]
    return path.rstrip("/").rpartition("/")[2]


# What anybody who is signed in does with their own account or browser; the form of a webhook says why it is refused.
OF_ONES_OWN = {
    "POST grants:accept", "POST grants:accept-own", "POST sessions:end-others", "POST tokens:issue-own",
    "POST web:set-theme", "POST api-v1:openapi-json", "POST notifications:register",
}  # fmt: skip

# What the follow-up of a survey is (ADR 0019): calls, and answers that an institution gave by another way.
OF_THE_FOLLOW_UP = {"POST surveys:call", "POST surveys:stand-in"}
# Opened by whoever holds the secret of a mail, with a role or without.
OF_A_MAILED_LINK = {"POST answering:open"}
# Tells how a range of versions would be read, and keeps nothing.
OF_NOTHING_KEPT = {"POST /api/v1/version-texts/{text_id}/trial"}


def test_an_officer_of_a_prefecture_is_let_in_to_write_nothing_but_the_follow_up():
    officer = ACTORS.index("prefecture officer")
    let_in = {
        row
        for group, rows in ROWS.items()
        for row, sides in rows.items()
        if group != "sign-in" and not row.startswith("GET ") and any(side[officer] in (IN, MISFIT) for side in sides)
    }
    assert let_in == OF_ONES_OWN | OF_THE_FOLLOW_UP | OF_A_MAILED_LINK | OF_NOTHING_KEPT


def test_the_table_has_no_row_without_a_url():
    known = {(target.group, target.row) for target in TARGETS}
    assert [f"[{group}] {row}" for group, rows in ROWS.items() for row in rows if (group, row) not in known] == []


def test_every_row_says_a_verdict_for_every_actor():
    lengths = {target.row: len(target.actors) for target in TARGETS}
    for group, rows in ROWS.items():
        for row, sides in rows.items():
            assert 1 <= len(sides) <= 2, f"[{group}] {row}"
            for side in sides:
                assert len(side) == lengths[row], f"[{group}] {row} names {len(side)} of {lengths[row]} actors"
                assert set(side) <= set(SIGN_IN + REFUSED + GONE + MISFIT + IN), f"[{group}] {row}"


def test_no_two_urls_have_one_name():
    names = Counter(name for name, _ in _patterns(get_resolver().url_patterns) if not name.startswith(NAMESPACE))
    assert [name for name, count in names.items() if count > 1] == []


def test_every_operation_of_the_api_has_a_door():
    for path_view in (view for _, router in api._routers for view in router.path_operations.values()):
        for operation in path_view.operations:
            doors = operation.auth_callbacks
            assert doors and all(isinstance(door, Door) for door in doors), f"{operation.view_func} has no door"


def test_every_factory_of_an_object_is_asked_for():
    used = {f"{target.name}.{parameter}" for target in TARGETS for parameter in target.parameters}
    assert set(access_objects.FACTORIES) - access_objects.parameters_used(used) == set()


def test_every_body_is_asked_for():
    asked = {target.row for target in TARGETS}
    assert set(access_bodies.BODIES) - asked == set()
    assert set(access_bodies.BODIES_OF_PROGRAM) - set(access_bodies.BODIES) == set()
