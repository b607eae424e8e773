"""More time for many at once: who gets it, once, with a duty that moves and one mail; and what stands in its way."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.urls import reverse

from sonae.core.access.models import Grant
from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import InstitutionKind, Population, Prefecture
from sonae.core.notifications.models import Message
from sonae.kernel.errors import NotAllowed
from sonae.prevention.surveys import queries, services, tasks
from sonae.prevention.surveys.models import Campaign, CampaignExtension, Extension
from sonae.prevention.surveys.testing import a_campaign, an_answer, asked_of
from sonae.prevention.surveys.vocabulary import Excuse, SurveyRefusal

pytestmark = pytest.mark.django_db
WHY = "台風による停電のため"


@pytest.fixture
def campaign(officer, manager, other_hospital, now):
    return a_campaign(officer=officer.viewer, now=now)


@pytest.fixture
def later(campaign):
    return campaign.closes_at + timedelta(days=14)


def given(campaign, officer, due_at, now, **rest):
    return services.begin_extension(campaign.pk, due_at=due_at, why=WHY, by=officer.viewer, now=now, **rest)


def carried_out(extension, now, *, limit=1):
    while services.extend_some(extension.pk, now=now, limit=limit):
        pass
    extension.refresh_from_db()
    return extension


def test_everybody_who_owes_an_answer_gets_the_time_and_one_mail(
    campaign, officer, manager, hospital, other_hospital, later, now
):
    extension = carried_out(given(campaign, officer, later, now), now)
    assert (extension.expected_count, extension.extended, extension.mailed) == (2, 2, 1)
    assert extension.finished_at == now
    for institution in (hospital, other_hospital):
        assert asked_of(campaign, institution.pk).due_at == later
        assert Duty.objects.get(rule="survey.answer", institution=institution).due_at == later
        assert Extension.objects.get(asked__institution=institution).why == WHY
    mails = Message.objects.filter(template="surveys/extended")
    assert list(mails.values_list("account_id", flat=True)) == [manager.account.pk]
    campaign.refresh_from_db()
    assert campaign.closes_at == later, "what the page and the next mail say moves with it"
    assert Entry.objects.get(verb="survey.extend_many").facts["why"] == WHY
    assert Entry.objects.filter(verb="survey.extend").count() == 2


@pytest.mark.parametrize("where", [{"prefecture": Prefecture.TOKYO}, {"prefecture": Prefecture.HOKKAIDO}])
def test_a_prefecture_alone_gets_it(campaign, officer, hospital, other_hospital, later, now, where):
    before = campaign.closes_at
    carried_out(given(campaign, officer, later, now, **where), now)
    for institution in (hospital, other_hospital):
        is_there = asked_of(campaign, institution.pk).prefecture == where["prefecture"]
        assert asked_of(campaign, institution.pk).due_at == (later if is_there else before)
    campaign.refresh_from_db()
    assert campaign.closes_at == before, "the others have the time they had"


def test_a_kind_that_nobody_is_gets_nothing(campaign, officer, later, now):
    with pytest.raises(NotAllowed) as refused:
        given(campaign, officer, later, now, kind=InstitutionKind.PHARMACY)
    assert refused.value.refusal.reason == SurveyRefusal.NOBODY_TO_EXTEND


def test_whoever_answered_was_excused_or_has_longer_keeps_what_they_have(
    campaign, officer, manager, hospital, other_hospital, later, now
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    other = asked_of(campaign, other_hospital.pk)
    services.extend(other.pk, due_at=later + timedelta(days=1), why=WHY, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed):
        given(campaign, officer, later, now)
    extension = given(campaign, officer, later + timedelta(days=9), now)
    services.excuse(other.pk, kind=Excuse.CANNOT, why=WHY, by=officer.viewer, now=now)
    assert carried_out(extension, now).extended == 0
    assert asked_of(campaign, other_hospital.pk).due_at == later + timedelta(days=1)


def test_killed_in_between_it_goes_on_and_gives_nobody_the_time_twice(campaign, officer, later, now, monkeypatch):
    extension = given(campaign, officer, later, now)
    assert services.extend_some(extension.pk, now=now, limit=1)

    def killed(*_args, **_kwargs):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("sonae.core.notifications.services.queue_mails", killed)
        with pytest.raises(SystemExit):
            services.extend_some(extension.pk, now=now, limit=1)
    assert Extension.objects.count() == 1
    assert queries.is_anything_due(now=now)
    tasks.extend.func(extension.pk)
    extension.refresh_from_db()
    assert (extension.extended, Extension.objects.count()) == (2, 2)
    assert extension.finished_at is not None


def test_one_transaction_concerns_few_institutions(officer, now):
    """SQLite has one writer: however many get the time, whoever saves an answer waits for a handful of them."""
    for number in range(12):
        an_institution(name=f"試験第{number}病院", population=Population.SYNTHETIC)
    campaign = a_campaign(officer=officer.viewer, now=now)
    extension = given(campaign, officer, campaign.closes_at + timedelta(days=14), now)
    reached = []
    while services.extend_some(extension.pk, now=now):
        reached.append(Extension.objects.count())
    assert reached == [10, 12]


def test_the_records_are_free_between_two_transactions(real_commits, campaign, officer, later, now, monkeypatch):
    extend, rests = services.extend_some, []
    monkeypatch.setattr(services, "extend_some", lambda pk, *, now: extend(pk, now=now, limit=1))
    monkeypatch.setattr(tasks.time, "sleep", lambda seconds: rests.append((seconds, connection.in_atomic_block)))
    tasks.extend.func(given(campaign, officer, later, now).pk)
    assert rests == [(tasks.REST_SECONDS, False)] * 2, "after each piece, outside every transaction"
    assert tasks.REST_SECONDS > 0.1, "SQLite looks again every 100 ms"


def test_what_a_job_still_does_nobody_does_beside_it_and_a_lost_one_is_begun_anew(campaign, officer, later, now):
    extension = given(campaign, officer, later, now)
    tasks.queue_extending(extension.pk)
    extension.refresh_from_db()
    first = extension.job
    tasks.tend.func()
    extension.refresh_from_db()
    assert (extension.job, extension.extended) == (first, 0)
    CampaignExtension.objects.update(job="")
    tasks.tend.func()
    extension.refresh_from_db()
    assert extension.job not in {"", first}
    assert extension.extended == 0, "a job of its own does it"


def test_whoever_ordered_it_and_may_not_any_more_gives_nobody_else_the_time(campaign, officer, later, now):
    extension = given(campaign, officer, later, now)
    assert services.extend_some(extension.pk, now=now, limit=1)
    Grant.objects.filter(account=officer.account).update(ends_at=now)
    assert not services.extend_some(extension.pk, now=now + timedelta(minutes=1), limit=1)
    extension.refresh_from_db()
    assert (extension.extended, extension.unauthorised_at) == (1, now + timedelta(minutes=1))
    assert extension.finished_at == extension.unauthorised_at
    assert Extension.objects.count() == 1
    assert Entry.objects.get(verb="survey.extend_many_stop").by == ""
    assert not CampaignExtension.objects.running().exists()


def test_a_batch_and_whoever_cancels_it_wait_for_each_other_in_one_order(real_commits, campaign, officer, later, now):
    extension = given(campaign, officer, later, now)
    found = []

    def extend():
        try:
            found.append(services.extend_some(extension.pk, now=now))
        except Exception as error:  # noqa: BLE001 - shown by the test
            found.append(error)
        finally:
            connections.close_all()

    batch = threading.Thread(target=extend)
    with transaction.atomic():
        # As far as whoever cancels has come when the batch begins.
        Campaign.objects.select_for_update(of=("self",)).get(pk=campaign.pk)
        batch.start()
        batch.join(1)
        services.cancel_extension(campaign.pk, extension.pk, by=officer.viewer, now=now)
    batch.join(30)
    assert found == [False]
    extension.refresh_from_db()
    assert (extension.extended, extension.cancelled_at) == (0, now)


def test_it_is_cancelled_on_the_page_and_whoever_has_the_time_keeps_it(campaign, officer, later, now):
    extension = given(campaign, officer, later, now)
    services.extend_some(extension.pk, now=now, limit=1)
    address = reverse("surveys:cancel-extending", args=[campaign.pk, extension.pk])
    assert address in officer.client.get(reverse("surveys:detail", args=[campaign.pk])).text
    page = officer.client.post(address, follow=True).text
    assert "Cancelled by" in page and address not in page
    extension.refresh_from_db()
    assert (extension.extended, extension.cancelled_by_id) == (1, officer.account.pk)
    assert not services.extend_some(extension.pk, now=now, limit=1)
    assert Entry.objects.filter(verb="survey.extend_many_cancel").count() == 1
    with pytest.raises(NotAllowed) as refused:
        services.cancel_extension(campaign.pk, extension.pk, by=officer.viewer, now=now)
    assert refused.value.refusal.reason == SurveyRefusal.NOT_EXTENDING
    assert given(campaign, officer, later + timedelta(days=1), now).expected_count == 2


def test_one_at_a_time_and_nobody_closes_over_what_was_promised(campaign, officer, later, now):
    given(campaign, officer, later, now, prefecture=Prefecture.TOKYO)
    with pytest.raises(NotAllowed) as refused:
        given(campaign, officer, later, now)
    assert refused.value.refusal.reason == SurveyRefusal.EXTENDING_ALREADY
    assert queries.last_due_at(campaign) == later


def test_a_survey_that_was_withdrawn_meanwhile_gives_no_time(campaign, officer, later, now):
    extension = given(campaign, officer, later, now)
    services.withdraw_campaign(campaign.pk, why=WHY, by=officer.viewer, now=now)
    assert not services.extend_some(extension.pk, now=now)
    extension.refresh_from_db()
    assert (extension.extended, extension.finished_at) == (0, now)


def test_only_who_conducts_surveys_gives_many_more_time(campaign, prefecture_officer, later, now):
    with pytest.raises(NotAllowed):
        given(campaign, prefecture_officer, later, now)
    assert not CampaignExtension.objects.exists()


def test_the_page_gives_the_time_and_shows_how_far_that_is(campaign, officer, now):
    client, path = officer.client, f"/surveys/{campaign.pk}/"
    typed = {"many-last_day": "2027-01-20", "many-why": WHY}
    asked = client.post(f"{path}extensions/", typed).content.decode()
    assert "2 institutions get more time" in asked and WHY in asked
    assert "The whole country / All kinds of institution" in asked
    assert not CampaignExtension.objects.exists(), "nobody has confirmed it yet"
    begun = client.post(f"{path}extensions/", typed | {"confirmed": "yes"}, follow=True).content.decode()
    assert "More time is being given. This page shows how far it is." in begun
    assert f"{path}extensions/progress/" in begun
    extension = CampaignExtension.objects.get()
    carried_out(extension, now)
    progress = client.get(f"{path}extensions/progress/").content.decode()
    assert "2 institutions got more time; told by mail: 1" in progress
    assert "hx-get" not in progress, "it asks no more"


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("extensions/", {"many-last_day": "2026-11-01", "many-why": WHY}, "The new end has to be later"),
        ("extensions/", {"many-last_day": "2026-11-30", "many-why": WHY}, "Nobody there owes an answer"),
    ],
)
def test_a_refusal_stands_beside_the_day_and_the_reason_is_not_lost(campaign, officer, path, typed, said):
    answer = officer.client.post(f"/surveys/{campaign.pk}/{path}", typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert WHY in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "typed", "said"),
    [
        ("excuse/", {"excuse-kind": "has_closed", "excuse-why": WHY}, "This institution has answered."),
        ("extension/", {"extension-last_day": "2027-01-20", "extension-why": WHY}, "This institution has answered."),
        (
            "proxy/", {"proxy-channel": "paper", "proxy-informant": "事務長", "proxy-why": WHY},
            "This institution has answered.",
        ),
    ],
)  # fmt: skip
def test_what_was_typed_is_not_lost_where_the_institution_answered_meanwhile(
    campaign, officer, manager, hospital, path, typed, said, now
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    at = f"/surveys/institutions/{asked_of(campaign, hospital.pk).pk}/"
    shown = officer.client.get(at).content.decode()
    assert f'action="{at}{path}"' not in shown, "what a rule refuses is not offered"
    answer = officer.client.post(f"{at}{path}", typed)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert WHY in answer.content.decode()


def test_a_reason_typed_for_a_survey_that_was_withdrawn_meanwhile_is_not_lost(campaign, officer, now):
    services.withdraw_campaign(campaign.pk, why="対象の条件の誤り", by=officer.viewer, now=now)
    answer = officer.client.post(f"/surveys/{campaign.pk}/withdrawal/", {"why": WHY})
    assert answer.status_code == 422
    assert WHY in answer.content.decode()
    assert "This survey is not open" in answer.content.decode()
