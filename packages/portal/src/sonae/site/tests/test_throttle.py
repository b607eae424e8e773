from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.access import services
from sonae.core.access.vocabulary import Permission
from sonae.site.throttle import PerCaller
from sonae.testing.cast import bearer
from sonae_wire import paths


@pytest.fixture
def collector(manager, hospital, now):
    _, secret = services.issue_program_token(
        "c", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=manager.viewer, now=now
    )
    return bearer(secret)


def test_a_poll_without_news_asks_three_questions_and_writes_nothing(collector):
    etag = collector.get(paths.INDICATORS).headers["ETag"]
    with CaptureQueriesContext(connection) as asked:
        answer = collector.get(paths.INDICATORS, headers={"if-none-match": etag})
    assert answer.status_code == 304
    assert len(asked) == 3
    assert all(one["sql"].startswith("SELECT") for one in asked)


def test_two_processes_share_one_limit(settings, rf, manager, now):
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 60
    first, second = PerCaller(), PerCaller()
    request = rf.get("/api/v1/me")
    request.viewer, request.now = manager.viewer, now

    def asks(one):
        answer = one.allow_request(request)
        one.put_down(str(manager.viewer.account_id))
        return answer

    allowed = [asks(one) for _ in range(45) for one in (first, second)]
    # One after the other they pass 60; each may have two of its own that the other does not know of yet.
    assert 60 <= sum(allowed) <= 64
    request.now = now + timedelta(minutes=1)
    assert first.allow_request(request)
    assert second.allow_request(request)


def test_requests_with_a_key_that_are_refused_each_time_are_stopped_as_well(analyst, settings):
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 60
    program = bearer(analyst.token(Permission.BULLETIN_WRITE))
    answers = [
        program.post(
            "/api/v1/bulletins", "{}", content_type="application/json", headers={"idempotency-key": f"k{number}"}
        ).status_code
        for number in range(80)
    ]
    assert answers[:50] == [422] * 50
    assert answers[70:] == [429] * 10
    # In the common account: another process knows of them too.
    (total,) = [cache.get(f"api:{key}:{minute}") for key, minute in _accounts(program)]
    assert total >= 60


def _accounts(_program):
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM site_cache WHERE cache_key LIKE '%api:%'")
        keys = [row[0].split("api:")[1] for row in cursor.fetchall()]
    return [key.rsplit(":", 1) for key in keys]
