"""A counting whose job died: the page says so, and it begins anew."""

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from sonae.core.audit.models import Entry
from sonae.kernel.decision import Refused
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.surveys.results import rules, services
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.vocabulary import ResultRefusal, ResultState

pytestmark = pytest.mark.django_db
STOPPED = "The counting has stopped."


@pytest.fixture
def counting(campaign, officer):
    """An edition whose counting was begun on the page, and waits for a worker."""
    said = {"stage": "preliminary", "as_of": "2026-11-23T17:00"}
    assert officer.client.post(reverse("results:count", args=[campaign.pk]), said).status_code == 302
    return ResultEdition.objects.get()


def job_dies(edition):
    assert DBTaskResult.objects.filter(pk=edition.job).update(status="FAILED") == 1


def test_the_page_asks_every_two_seconds_how_far_the_counting_is(counting, officer, campaign, now):
    page = officer.client.get(reverse("results:list", args=[campaign.pk])).text
    address = reverse("results:progress", args=[counting.pk])
    assert f'hx-get="{address}" hx-trigger="every 2s"' in page
    assert STOPPED not in page
    ResultEdition.objects.filter(pk=counting.pk).update(read_count=17)
    answer = officer.client.get(address)
    assert 'value="17"' in answer.text
    assert "<html" not in answer.text
    assert "HX-Refresh" not in answer.headers
    services.carry_out(counting.pk, now=now)
    assert officer.client.get(address).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_counting_whose_job_died_is_shown_as_stopped_and_begins_anew(counting, officer, campaign, now, is_gone):
    job_dies(counting)
    if is_gone:
        DBTaskResult.objects.all().delete()
    assert officer.client.get(reverse("results:progress", args=[counting.pk])).headers["HX-Refresh"] == "true"
    address = reverse("results:list", args=[campaign.pk])
    page = officer.client.get(address).text
    assert STOPPED in page
    assert "every 2s" not in page
    again = officer.client.post(reverse("results:count-again", args=[counting.pk]), follow=True).text
    assert STOPPED not in again
    assert "every 2s" in again
    was, as_of = counting.job, counting.as_of
    counting.refresh_from_db()
    assert (counting.job != was, counting.as_of, counting.number) == (True, as_of, 1)
    assert DBTaskResult.objects.get(pk=counting.job).args_kwargs["args"] == [str(counting.pk)]
    assert Entry.objects.filter(verb="survey.count-again").count() == 1
    assert services.carry_out(counting.pk, now=now) == ResultState.COUNTED


def test_a_counting_that_goes_on_does_not_begin_anew(counting, officer, manager, now):
    with pytest.raises(NotAllowed) as refused:
        services.begin_again(counting.pk, by=officer.viewer, now=now)
    assert refused.value.refusal.reason is ResultRefusal.COUNTING_ALREADY
    job_dies(counting)
    with pytest.raises(Gone):
        services.begin_again(counting.pk, by=manager.viewer, now=now)
    services.cancel(counting.pk, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.begin_again(counting.pk, by=officer.viewer, now=now)


@pytest.mark.parametrize("state", ResultState)
@pytest.mark.parametrize("is_given_up", [True, False])
def test_when_a_counting_may_begin_anew(state, is_given_up):
    found = rules.may_begin_again(state, is_given_up=is_given_up)
    if state is ResultState.COUNTING:
        assert found.ok is is_given_up
        return
    assert isinstance(found, Refused)
    assert found.reason is ResultRefusal.NOT_COUNTING
