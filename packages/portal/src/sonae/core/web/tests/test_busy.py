"""A database that had to choose between two transactions is no fault of the program: it is said, or tried once more."""

import sqlite3
import threading
from types import SimpleNamespace

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, connection, connections, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils.translation import override

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit.models import Entry
from sonae.core.audit.testing import an_entry_that_waits
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.web import idempotency, problems
from sonae.testing import cast


def _error(**said):
    cause = Exception("of the driver")
    for name, value in said.items():
        setattr(cause, name, value)
    error = OperationalError("of the database")
    error.__cause__ = cause
    return error


DEADLOCK = _error(sqlstate="40P01")
RACE = _error(sqlstate="40001")
LOCKED = _error(sqlite_errorcode=sqlite3.SQLITE_BUSY_SNAPSHOT)
AWAY = _error(sqlstate="57P01")


def _request(method, path, *, now, **headers):
    request = RequestFactory().generic(method, path, headers=headers)
    request.now, request.request_id, request.session, request.htmx = now, "r", {}, False
    request.viewer, request.user = Viewer.anonymous(), SimpleNamespace(pk=None, is_authenticated=False)
    return request


def _behind(request, *errors):
    """What the middleware answers when the view meets these errors, one at each attempt; and how often it ran."""
    left = list(errors)
    attempts = []

    def view(request):
        attempts.append(request.path)
        return middleware.process_exception(request, left.pop(0)) if left else HttpResponse("done")

    middleware = problems.Problems(view)
    return middleware(request), len(attempts)


@pytest.mark.django_db
@pytest.mark.parametrize("error", [DEADLOCK, RACE])
@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "/x/", {}),
        ("HEAD", "/x/", {}),
        ("GET", "/api/v1/x", {}),
        ("POST", "/api/v1/x", {"Idempotency-Key": "k"}),
    ],
)
def test_what_changes_nothing_or_carries_a_key_is_tried_once_more(error, method, path, headers, now):
    answer, attempts = _behind(_request(method, path, now=now, **headers), error)
    assert (answer.status_code, attempts) == (200, 2)
    answer, attempts = _behind(_request(method, path, now=now, **headers), error, error, error)
    assert (answer.status_code, attempts, answer.headers["Retry-After"]) == (503, 2, "2")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "headers", "error"),
    [
        # A form may be two verbs; of a bare POST to the API nobody knows.
        ("POST", "/x/", {}, DEADLOCK),
        ("POST", "/x/", {"Idempotency-Key": "k"}, DEADLOCK),
        ("POST", "/api/v1/x", {}, DEADLOCK),
        # SQLite has waited for twenty seconds already.
        ("GET", "/x/", {}, LOCKED),
    ],
)
def test_anything_else_is_asked_to_come_back(method, path, headers, error, now):
    answer, attempts = _behind(_request(method, path, now=now, **headers), error)
    assert (answer.status_code, attempts, answer.headers["Retry-After"]) == (503, 1, "2")


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "words"), [("ja", "混み合っています"), ("en", "The system is busy")])
def test_a_busy_page_says_so(language, words, now):
    with override(language):
        answer, _ = _behind(_request("POST", "/x/", now=now), DEADLOCK)
    assert words in answer.content.decode()


@pytest.mark.parametrize(("error", "status"), [(DEADLOCK, 503), (LOCKED, 503), (AWAY, 500)])
def test_a_database_that_is_busy_outside_of_every_view_is_said_as_well(error, status, manager, now, monkeypatch):
    def save(_session, must_create=False):
        raise error

    client = Client(raise_request_exception=False)
    client.force_login(manager.account)
    cast.show_second_factor(client, manager.account)
    # After ten minutes the next page keeps in the session when it was last used.
    session = client.session
    session["sonae_last_used"] = 0
    session.save()
    UserSession.objects.create(
        user=manager.account, ip="192.0.2.1", session_key=session.session_key, user_agent="", last_seen_at=now
    )
    monkeypatch.setattr(SessionStore, "save", save)
    answer = client.get("/accounts/me/")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, "2" if status == 503 else None)
    assert answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_database_that_is_away_stays_an_error(now):
    answer, attempts = _behind(_request("GET", "/x/", now=now), AWAY)
    assert (answer.status_code, attempts) == (500, 1)


@pytest.mark.postgres
@pytest.mark.usefixtures("real_commits")
def test_two_requests_that_wait_for_each_other_are_both_carried_out(manager, now):
    rows = [an_institution().pk, an_institution().pk]
    both_hold_one, session = threading.Barrier(2), manager.client.session
    answers = {}

    def ask(name, order):
        first_time = iter([True])

        def view(request):
            try:
                with transaction.atomic():
                    for pk in order:
                        Institution.objects.select_for_update().get(pk=pk)
                        if pk == order[0] and next(first_time, False):
                            both_hold_one.wait(timeout=10)
                    an_entry_that_waits(name, now=now)
            except OperationalError as error:
                return middleware.process_exception(request, error)
            return HttpResponse(name, status=201)

        middleware = problems.Problems(idempotency.idempotent_api(view))
        request = _request("POST", "/api/v1/x", now=now, **{"Idempotency-Key": name})
        request.viewer, request.user, request.session = manager.viewer, manager.account, session
        try:
            answers[name] = middleware(request).status_code
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=ask, args=["one", rows]), threading.Thread(target=ask, args=["other", rows[::-1]])
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert answers == {"one": 201, "other": 201}, connection.vendor
    assert set(Entry.objects.filter(verb="x").values_list("subject_id", flat=True)) == {"one", "other"}
