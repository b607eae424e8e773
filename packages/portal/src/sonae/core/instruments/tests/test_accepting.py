"""Accepting all that a list shows: each by the verb and rules of one alone, in a job that can be cancelled."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from sonae.core.access.models import Grant
from sonae.core.audit.models import Entry
from sonae.core.instruments import services
from sonae.core.instruments.models import Acceptance, AcceptanceRun, Response
from sonae.core.instruments.testing import a_response
from sonae.core.instruments.vocabulary import AcceptanceOutcome, ResponseRefusal, ResponseState
from sonae.kernel.errors import Gone, NotAllowed

pytestmark = pytest.mark.django_db
STOPPED = "The acceptance has stopped."


@pytest.fixture
def two(officer, manager, stranger, now):
    """A response each of two hospitals of different prefectures, handed in."""
    said = {"officer": officer.viewer, "now": now, "is_handed_in": True}
    return [a_response(person.place.institution_id, by=person.viewer, **said) for person in (manager, stranger)]


def seen(responses):
    return [(one.pk, Response.objects.get(pk=one.pk).revision) for one in responses]


def begun(responses, person, now):
    return services.begin_accepting(seen(responses), by=person.viewer, now=now)


def carried_out(run, now, *, limit=1):
    while services.accept_some(run.pk, now=now, limit=limit):
        pass
    run.refresh_from_db()
    return run


def states(responses):
    return [Response.objects.get(pk=one.pk).state for one in responses]


def test_each_is_accepted_as_one_alone_is(two, officer, now):
    run = carried_out(begun(two, officer, now), now)
    assert (run.expected_count, run.done_count, run.accepted_count, run.refused_count) == (2, 2, 2, 0)
    assert run.finished_at == now
    assert states(two) == [ResponseState.ACCEPTED] * 2
    assert Entry.objects.filter(verb="response.accepted", by=officer.account.pk).count() == 2
    assert Entry.objects.get(verb="response.accept-many").facts["expected"] == 2


def test_what_changed_since_it_was_seen_is_refused_and_says_why(two, officer, now):
    run = begun(two, officer, now)
    Response.objects.filter(pk=two[0].pk).update(revision=9)
    run = carried_out(run, now)
    assert (run.accepted_count, run.refused_count) == (1, 1)
    assert states(two) == [ResponseState.SUBMITTED, ResponseState.ACCEPTED]
    refused = Acceptance.objects.get(outcome=AcceptanceOutcome.REFUSED)
    assert refused.response_id == two[0].pk
    assert "Somebody else changed this" in refused.why_en
    assert refused.why_ja
    assert refused.why_ja != refused.why_en
    shown = officer.client.get(f"/responses/acceptances/{run.pk}/").content.decode()
    assert "Somebody else changed this" in shown
    assert "Refused by a rule, and left as they are: 1." in shown


def test_whoever_lost_the_role_meanwhile_accepts_nothing_more(two, officer, now):
    run = begun(two, officer, now)
    assert services.accept_some(run.pk, now=now, limit=1)
    Grant.objects.filter(account=officer.account).update(ends_at=now)
    run = carried_out(run, now + timedelta(minutes=1))
    assert (run.accepted_count, run.refused_count) == (1, 1)
    assert ResponseState.SUBMITTED in states(two)


def test_whoever_left_meanwhile_accepts_nothing_more(two, officer, now):
    run = begun(two, officer, now)
    officer.account.is_active = False
    officer.account.save(update_fields=["is_active"])
    assert carried_out(run, now).accepted_count == 0
    assert states(two) == [ResponseState.SUBMITTED] * 2


def test_cancelled_it_stops_and_what_was_accepted_stays(two, officer, now):
    run = begun(two, officer, now)
    services.accept_some(run.pk, now=now, limit=1)
    services.cancel_accepting(run.pk, by=officer.viewer, now=now)
    assert not services.accept_some(run.pk, now=now)
    run.refresh_from_db()
    assert (run.accepted_count, run.finished_at, run.cancelled_by_id) == (1, None, officer.account.pk)
    assert sorted(states(two)) == [ResponseState.ACCEPTED, ResponseState.SUBMITTED]
    with pytest.raises(NotAllowed) as refused:
        services.cancel_accepting(run.pk, by=officer.viewer, now=now)
    assert refused.value.refusal.reason == ResponseRefusal.NOT_ACCEPTING


def test_killed_in_between_it_goes_on_and_accepts_nothing_twice(two, officer, now, monkeypatch):
    run = begun(two, officer, now)

    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(AcceptanceRun, "save", killed)
        with pytest.raises(SystemExit):
            services.accept_some(run.pk, now=now, limit=1)
    assert states(two) == [ResponseState.SUBMITTED] * 2
    assert carried_out(run, now).accepted_count == 2
    assert Entry.objects.filter(verb="response.accepted").count() == 2


def test_who_does_not_decide_begins_reads_and_cancels_nothing(two, officer, manager, inspector, now):
    with pytest.raises(NotAllowed):
        begun(two, manager, now)
    run = begun(two, officer, now)
    for person in (manager, inspector):
        assert not AcceptanceRun.objects.visible_to(person.viewer).exists()
        with pytest.raises(Gone):
            services.cancel_accepting(run.pk, by=person.viewer, now=now)


def test_an_empty_list_accepts_nothing_and_says_so(officer, now):
    with pytest.raises(NotAllowed) as refused:
        services.begin_accepting([], by=officer.viewer, now=now)
    assert refused.value.refusal.reason == ResponseRefusal.NOTHING_TO_ACCEPT


@pytest.mark.parametrize("moment", [None, "", "yesterday"])
def test_without_the_moment_at_which_the_list_was_drawn_nothing_is_accepted_and_the_reason_is_said(
    officer, two, moment
):
    sent = {} if moment is None else {"shown_at": moment}
    page = officer.client.post(reverse("instruments:accept-all"), sent, follow=True).text
    assert "it was not said when the list was drawn (shown_at)" in page
    assert not AcceptanceRun.objects.exists()


def shown_at(client, conditions=""):
    """The address and the moment that the button of the list carries."""
    shown = client.get(f"/responses/{conditions}").content.decode()
    action = re.search(r'action="(/responses/acceptances/[^"]*)"', shown).group(1).replace("&amp;", "&")
    return action, re.search(r'name="shown_at" value="([^"]+)"', shown).group(1)


def test_the_list_accepts_what_it_shows_and_nothing_else(two, officer, now):
    client = officer.client
    action, moment = shown_at(client, f"?prefecture={two[0].institution.prefecture}&sort=-state")
    page = client.post(action, {"shown_at": moment}, follow=True).content.decode()
    assert "The responses are being accepted. This page shows how far it is." in page
    run = AcceptanceRun.objects.get()
    assert [one.response_id for one in run.acceptances.all()] == [two[0].pk]
    assert f"/responses/acceptances/{run.pk}/progress/" in page
    piece = client.get(f"/responses/acceptances/{run.pk}/progress/")
    assert "HX-Refresh" not in piece.headers
    carried_out(run, now)
    assert client.get(f"/responses/acceptances/{run.pk}/progress/").headers["HX-Refresh"] == "true"
    assert states(two) == [ResponseState.ACCEPTED, ResponseState.SUBMITTED]


def test_what_came_after_the_list_was_drawn_is_not_accepted_with_it(two, officer, now):
    client = officer.client
    action, moment = shown_at(client)
    Response.objects.filter(pk=two[1].pk).update(submitted_at=now + timedelta(days=900))
    client.post(action, {"shown_at": moment})
    assert [one.response_id for one in Acceptance.objects.all()] == [two[0].pk]


def test_without_the_moment_the_list_is_to_be_looked_at_again(two, officer):
    said = officer.client.post("/responses/acceptances/", {}, follow=True).content.decode()
    assert "Please look at the list again" in said
    assert not AcceptanceRun.objects.exists()


def test_a_list_without_anything_submitted_says_so_under_its_conditions(officer, hospital):
    action, moment = shown_at(officer.client, "?kind=pharmacy")
    answer = officer.client.post(action, {"shown_at": moment}, follow=True)
    assert answer.redirect_chain[-1][0] == "/responses/?kind=pharmacy"
    assert "This list shows nothing that is submitted" in answer.content.decode()


def test_the_acceptance_is_stopped_from_its_page(two, officer, now):
    run = begun(two, officer, now)
    path = f"/responses/acceptances/{run.pk}/"
    assert "Accept no more" in officer.client.get(path).content.decode()
    said = officer.client.post(f"{path}cancellation/", follow=True).content.decode()
    assert "No more responses are accepted. Those that were stay so." in said


def test_whoever_decides_nothing_is_not_offered_it(two, manager):
    assert "Accept all" not in manager.client.get("/responses/").content.decode()


@pytest.fixture
def dead(two, officer, now):
    """A run that was begun on the page and of which one response is done, whose job gave up."""
    now_seen = {"shown_at": (now + timedelta(minutes=1)).isoformat()}
    assert officer.client.post(reverse("instruments:accept-all"), now_seen).status_code == 302
    run = AcceptanceRun.objects.get()
    assert STOPPED not in officer.client.get(reverse("instruments:acceptances", args=[run.pk])).text
    services.accept_some(run.pk, now=now, limit=1)
    assert DBTaskResult.objects.filter(pk=run.job).update(status="FAILED") == 1
    return run


def test_a_run_whose_job_gave_up_is_shown_as_stopped_and_goes_on(dead, two, officer, now):
    address = reverse("instruments:acceptances", args=[dead.pk])
    page = officer.client.get(address).text
    assert STOPPED in page and "every 2s" not in page
    assert officer.client.get(reverse("instruments:accepting", args=[dead.pk])).headers["HX-Refresh"] == "true"
    again = officer.client.post(reverse("instruments:accept-again", args=[dead.pk]), follow=True).text
    assert STOPPED not in again and "every 2s" in again
    was = dead.job
    dead.refresh_from_db()
    assert dead.job != was
    assert DBTaskResult.objects.get(pk=dead.job).args_kwargs["args"] == [str(dead.pk)]
    assert Entry.objects.get(verb="response.accept-many-again").facts["done"] == 1
    run = carried_out(dead, now)
    assert (run.done_count, run.accepted_count) == (2, 2)
    assert states(two) == [ResponseState.ACCEPTED] * 2


def test_a_run_that_goes_on_or_is_over_does_not_begin_anew(dead, officer, manager, now):
    with pytest.raises(Gone):
        services.begin_accepting_again(dead.pk, by=manager.viewer, now=now)
    DBTaskResult.objects.filter(pk=dead.job).update(status="READY")
    with pytest.raises(NotAllowed, match=ResponseRefusal.ACCEPTING_ALREADY):
        services.begin_accepting_again(dead.pk, by=officer.viewer, now=now)
    services.cancel_accepting(dead.pk, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed, match=ResponseRefusal.NOT_ACCEPTING):
        services.begin_accepting_again(dead.pk, by=officer.viewer, now=now)
