from datetime import timedelta

import pytest
from django.urls import reverse

from sonae.core.web import work
from sonae.core.web.models import Work
from sonae.core.web.vocabulary import WebRefusal, WorkState
from sonae.kernel.errors import Gone, NotAllowed
from sonae.testing.cast import NOW, Person

TITLE = {"ja": "登録簿の取り込み", "en": "Importing the register"}


@pytest.fixture
def started(officer: Person) -> Work:
    return work.start(TITLE, by=officer.account.pk, now=NOW, total=100)


def _reload(row: Work) -> Work:
    return Work.objects.get(pk=row.pk)


def test_progress_is_written_at_most_twice_a_second(started: Work, django_assert_num_queries: object) -> None:
    reporter = work.Reporter(started.pk)
    reporter.reached(1, now=NOW)
    with django_assert_num_queries(0):  # type: ignore[operator]
        reporter.reached(2, now=NOW + timedelta(seconds=0.4))
    assert _reload(started).done == 1
    reporter.reached(3, now=NOW + timedelta(seconds=0.5))
    assert _reload(started).done == 3
    assert not reporter.is_cancelled


def test_whoever_works_learns_that_nobody_wants_it_any_more(started: Work, officer: Person) -> None:
    reporter = work.Reporter(started.pk)
    work.ask_to_cancel(started.pk, by=officer.viewer, now=NOW)
    reporter.reached(5, now=NOW)
    assert reporter.is_cancelled
    work.stop(started.pk, now=NOW)
    assert _reload(started).state == WorkState.CANCELLED
    with pytest.raises(NotAllowed) as refused:
        work.ask_to_cancel(started.pk, by=officer.viewer, now=NOW)
    assert refused.value.refusal.reason is WebRefusal.WORK_IS_OVER


def test_only_who_started_it_sees_it_and_stops_it(started: Work, manager: Person) -> None:
    with pytest.raises(Gone):
        work.ask_to_cancel(started.pk, by=manager.viewer, now=NOW)
    assert manager.client.get(reverse("web:work", args=[started.pk])).status_code == 404


def test_what_is_over_stays_as_it_ended(started: Work) -> None:
    work.finish(started.pk, now=NOW, result_url="/register/")
    work.fail(started.pk, reason="too late", now=NOW)
    assert (_reload(started).state, _reload(started).failure) == (WorkState.DONE, "")


def test_silent_work_is_given_up(started: Work) -> None:
    assert work.give_up_silent(now=NOW + work.SILENT_AFTER) == 0
    assert work.give_up_silent(now=NOW + work.SILENT_AFTER + timedelta(seconds=1)) == 1
    assert _reload(started).state == WorkState.LOST


def test_the_page_moves_while_the_work_runs_and_rests_when_it_is_done(started: Work, officer: Person) -> None:
    client, address = officer.client, reverse("web:work", args=[started.pk])
    work.Reporter(started.pk).reached(42, now=NOW)
    page = client.get(address).content.decode()
    assert "Importing the register" in page
    assert 'value="42" max="100"' in page
    assert 'hx-trigger="every 1s"' in page
    assert "Show how far it is now" in page
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and 'value="42"' in part
    work.finish(started.pk, now=NOW, result_url="/register/")
    page = client.get(address).content.decode()
    assert 'hx-trigger="every 1s"' not in page
    assert "Show how far it is now" not in page
    assert 'href="/register/"' in page


def test_cancelling_from_the_page_says_that_it_stops_soon(started: Work, officer: Person) -> None:
    page = officer.client.post(reverse("web:work-cancel", args=[started.pk]), follow=True).content.decode()
    assert "stops after the piece at hand" in page
    assert _reload(started).cancel_asked_by_id == officer.account.pk
