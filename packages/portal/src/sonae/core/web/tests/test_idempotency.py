"""A request sent twice with one key is carried out once, also when both arrive at the same moment."""

import contextlib
import json
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from sonae.core.access import queries as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.web import idempotency
from sonae.core.web.models import KeptAnswer

URL = "/api/v1/things"


def _shown(request):
    """Signed in with both factors."""
    request.user = Account(pk=request.viewer.account_id)
    request.session = {
        "account_authentication_methods": [{"method": "mfa"}],
        "account_authentication_methods_user": str(request.viewer.account_id),
    }
    return request


def _request(viewer=None, *, now, key="k1", body=None, secret="", **rest):
    headers = {"Idempotency-Key": key, **({"Authorization": f"Bearer {secret}"} if secret else {})}
    request = RequestFactory().post(
        URL, json.dumps(body or {}), content_type="application/json", headers=headers, **rest
    )
    request.now, request.request_id = now, "r"
    request.viewer = viewer or Viewer.anonymous()
    return _shown(request)


@pytest.fixture
def act(now):
    """An operation that changes something, behind the middleware."""

    def change(request):
        audit.record("thing.change", subject="thing", subject_id=1, by=None, now=now)
        return JsonResponse({"number": Entry.objects.filter(verb="thing.change").count()}, status=201)

    return idempotency.idempotent_api(change)


def _acts():
    return Entry.objects.filter(verb="thing.change").count()


def test_the_second_request_is_answered_like_the_first_and_changes_nothing(act, manager, now):
    first = act(_request(manager.viewer, now=now))
    again = act(_request(manager.viewer, now=now))
    assert (first.status_code, first.content) == (again.status_code, again.content) == (201, b'{"number": 1}')
    assert again.headers["Idempotency-Replayed"] == "true"
    assert _acts() == 1


def test_the_same_key_for_something_else_is_a_conflict(act, manager, now):
    act(_request(manager.viewer, now=now))
    other = act(_request(manager.viewer, now=now, body={"other": 1}))
    assert (other.status_code, json.loads(other.content)["reason"]) == (409, "key_reused")
    assert _acts() == 1


def test_two_callers_may_use_one_key(act, manager, stranger, now):
    act(_request(now=now, secret=manager.token(Permission.BULLETIN_READ)))
    act(_request(now=now, secret=stranger.token(Permission.BULLETIN_READ)))
    assert _acts() == 2


@pytest.mark.parametrize("key", ["", " ", "é", "x" * 101, "a b"])
def test_a_key_that_is_none_is_refused(act, manager, now, key):
    answer = act(_request(manager.viewer, now=now, key=key))
    assert json.loads(answer.content)["reason"] == "key_malformed"
    assert _acts() == 0


def test_a_refusal_is_not_kept_because_it_may_become_a_yes(manager, now):
    answers = iter([HttpResponse(status=422), HttpResponse(b"done", status=200)])
    act = idempotency.idempotent_api(lambda _request: next(answers))
    assert act(_request(manager.viewer, now=now)).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert act(_request(manager.viewer, now=now)).content == b"done"


def test_what_a_failing_request_wrote_is_taken_back(manager, now):
    def half(_request):
        audit.record("thing.change", subject="thing", subject_id=1, by=None, now=now)
        return HttpResponse(status=500)

    idempotency.idempotent_api(half)(_request(manager.viewer, now=now))
    assert _acts() == 0


def test_a_revoked_token_does_not_even_get_its_old_answer(act, manager, now):
    secret = manager.token(Permission.BULLETIN_READ)
    assert act(_request(now=now, secret=secret)).status_code == 201
    access.ApiToken.objects.update(revoked_at=now, revoked_by=manager.account)
    again = act(_request(now=now, secret=secret))
    assert (again.status_code, json.loads(again.content)["reason"]) == (401, "token_revoked")


def test_a_session_that_ended_does_not_get_it_either(act, manager, now):
    assert act(_request(manager.viewer, now=now)).status_code == 201
    assert act(_request(now=now)).status_code == 401


def test_who_lost_a_role_since_does_not_get_the_answer_either(act, manager, colleague, hospital, now):
    secret = manager.token(Permission.BULLETIN_READ)
    assert act(_request(now=now, secret=secret)).status_code == 201
    access.Grant.objects.filter(account=manager.account).update(ends_at=now)
    again = act(_request(now=now, secret=secret))
    assert (again.status_code, json.loads(again.content)["reason"]) == (403, "key_of_former_roles")
    assert _acts() == 1


def test_a_file_is_compared_by_its_content(now, manager, act):
    def send(content):
        request = RequestFactory().post(
            URL, {"file": SimpleUploadedFile("a.bin", content)}, headers={"Idempotency-Key": "k1"}
        )
        request.now, request.request_id = now, "r"
        request.viewer = manager.viewer
        with contextlib.closing(_shown(request)):
            return act(request)

    big = b"x" * 3_000_000
    assert send(big).status_code == 201
    assert send(big).headers["Idempotency-Replayed"] == "true"
    assert send(big[:-1] + b"y").status_code == 409


def test_answers_are_forgotten_after_two_days(act, manager, now):
    act(_request(manager.viewer, now=now))
    assert idempotency.forget_old_answers(now=now + timedelta(days=1)) == 0
    assert idempotency.forget_old_answers(now=now + timedelta(days=2, seconds=1)) == 1


def test_reading_needs_no_key(act, manager, now):
    request = _request(manager.viewer, now=now)
    request.method = "GET"
    act(request)
    act(request)
    assert _acts() == 2


def test_of_duplicates_that_arrive_together_one_is_carried_out(real_commits, now):
    start, answers = threading.Barrier(4), []

    def change(_request):
        audit.record("thing.change", subject="thing", subject_id=1, by=None, now=now)
        return HttpResponse(b"done", status=201)

    act = idempotency.idempotent_api(change)
    viewer = Viewer(account_id=UUID(int=1))

    def send():
        start.wait()
        try:
            answers.append(act(_request(viewer, now=now)))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [(answer.status_code, answer.content) for answer in answers] == [(201, b"done")] * 4
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 3
    assert _acts() == 1
