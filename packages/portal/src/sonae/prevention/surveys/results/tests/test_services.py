import threading
from datetime import timedelta

import pytest
from django.db import connections, transaction

from sonae.core.audit.models import Entry
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Submission, Turn
from sonae.core.instruments.vocabulary import ResponseState
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.surveys.results import clearance, counting, known_rows, recounts, services
from sonae.prevention.surveys.results.models import QuestionResult, ResultEdition
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.results.vocabulary import (
    EVERYBODY,
    ResultRefusal,
    ResultStage,
    ResultState,
)
from sonae.prevention.surveys.testing import a_campaign, an_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(officer, hospital, other_hospital, now):
    return a_campaign(officer=officer.viewer, now=now)


@pytest.fixture
def later(now):
    return now + timedelta(hours=1)


def test_an_edition_counts_what_was_handed_in_by_its_moment(campaign, officer, manager, hospital, now, later):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    edition = an_edition_of(campaign, by=officer.viewer, now=later)
    assert edition.state == ResultState.COUNTED
    assert (edition.asked_count, edition.submitted_count) == (2, 1)
    figures = {row.question: row.as_figures().rows[EVERYBODY] for row in edition.questions.all()}
    assert figures["gate"] == (1, 0, 0, 0, 1, 1, 0)
    assert figures["beds"] == (1, 0, 0, 0, 1)
    assert figures["remark"] == (1, 1, 0, 0, 0), "asked, and left empty"
    shown = {row.question: row.as_shown().rows[EVERYBODY] for row in edition.questions.all()}
    assert set(shown["gate"]) == {None}, "one institution is nobody's business"


def test_what_came_later_or_was_returned_does_not_count(
    campaign, officer, manager, hospital, other_hospital, now, later
):
    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    before = an_edition_of(campaign, by=officer.viewer, now=later)
    moment = later + timedelta(hours=1)
    instruments.return_for_correction(
        response.pk, seen=response.revision, reason="病床数をご確認ください", by=officer.viewer, now=moment
    )
    a_response_of(campaign, other_hospital, "no", now=moment)
    after = an_edition_of(campaign, by=officer.viewer, now=moment + timedelta(hours=1))
    assert (before.submitted_count, after.submitted_count) == (1, 1)
    assert before.questions.get(question="gate").as_figures().rows[EVERYBODY][5:] == (1, 0)
    assert after.questions.get(question="gate").as_figures().rows[EVERYBODY][5:] == (0, 1)


def test_counting_twice_writes_once(campaign, officer, manager, hospital, now, later):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    edition = an_edition_of(campaign, by=officer.viewer, now=later)
    rows = QuestionResult.objects.filter(edition=edition).count()
    assert services.carry_out(edition.pk, now=later) == ResultState.COUNTED
    assert QuestionResult.objects.filter(edition=edition).count() == rows
    assert Entry.objects.filter(verb="survey.counted").count() == 1


def test_killed_in_between_nothing_stands_and_it_is_counted_anew(
    campaign, officer, manager, hospital, now, later, monkeypatch
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    edition = services.begin_edition(
        campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=officer.viewer, now=later
    )
    monkeypatch.setattr(counting, "AT_ONCE", 1)

    def killed(rows):
        bulk_create(rows[:1])
        raise SystemExit

    with monkeypatch.context() as patch:
        bulk_create = QuestionResult.objects.bulk_create
        patch.setattr(QuestionResult.objects, "bulk_create", killed)
        with pytest.raises(SystemExit):
            services.carry_out(edition.pk, now=later)
    edition.refresh_from_db()
    assert (edition.state, edition.read_count) == (ResultState.COUNTING, 2)
    assert not edition.questions.exists()
    assert services.carry_out(edition.pk, now=later) == ResultState.COUNTED


def test_cancelled_while_it_is_counted_it_stops_and_leaves_nothing(
    campaign, officer, manager, hospital, now, later, monkeypatch
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    edition = services.begin_edition(
        campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=officer.viewer, now=later
    )
    with pytest.raises(NotAllowed):
        services.begin_edition(campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=officer.viewer, now=later)
    services.cancel(edition.pk, by=officer.viewer, now=later)
    assert services.carry_out(edition.pk, now=later) == ResultState.CANCELLED
    # A counting that had begun before hears of it at its next piece.
    ResultEdition.objects.filter(pk=edition.pk).update(state=ResultState.COUNTING, cancelled_at=None, cancelled_by=None)
    read = counting._submissions

    def cancelled_meanwhile(piece):
        services.cancel(edition.pk, by=officer.viewer, now=later)
        return read(piece)

    monkeypatch.setattr(counting, "_submissions", cancelled_meanwhile)
    assert services.carry_out(edition.pk, now=later) == ResultState.CANCELLED
    assert not QuestionResult.objects.exists()


def test_the_second_gate_is_part_of_the_job_shows_how_far_it_is_and_hears_of_a_cancel(
    campaign, officer, manager, hospital, now, later, monkeypatch
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    steps, found_in = [], known_rows.found_in

    def begun():
        return services.begin_edition(
            campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=officer.viewer, now=later
        )

    def cancelled_meanwhile(editions, **known):
        known["told"]()
        edition = ResultEdition.objects.get(state=ResultState.COUNTING)
        steps.append(edition.checked_percent)
        services.cancel(edition.pk, by=officer.viewer, now=later)
        return found_in(editions, **known)

    with monkeypatch.context() as patch:
        patch.setattr(known_rows, "found_in", cancelled_meanwhile)
        assert services.carry_out(begun().pk, now=later) == ResultState.CANCELLED
    assert 0 < steps[0] < 100
    assert not QuestionResult.objects.exists()
    edition = begun()
    assert services.carry_out(edition.pk, now=later) == ResultState.COUNTED
    edition.refresh_from_db()
    assert (edition.checked_percent, edition.cleared_digest) == (100, clearance.digest_of(edition))


def test_a_count_that_is_killed_once_its_figures_are_written_has_nothing_written(
    campaign, officer, manager, hospital, now, later, monkeypatch
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    edition = services.begin_edition(
        campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=officer.viewer, now=later
    )
    with monkeypatch.context() as patch:
        patch.setattr(clearance, "keep", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.carry_out(edition.pk, now=later)
    edition.refresh_from_db()
    assert edition.state == ResultState.COUNTING
    assert not QuestionResult.objects.exists()
    assert services.carry_out(edition.pk, now=later) == ResultState.COUNTED
    edition.refresh_from_db()
    assert edition.cleared_digest == clearance.digest_of(edition)


def test_only_who_conducts_surveys_counts_and_publishes(campaign, officer, manager, hospital, now, later):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.begin_edition(campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now, by=manager.viewer, now=later)
    edition = an_edition_of(campaign, by=officer.viewer, now=later)
    with pytest.raises(Gone):
        services.publish(edition.pk, by=manager.viewer, now=later)
    with pytest.raises(Gone):
        recounts.begin_recount(edition.pk, by=manager.viewer, now=later)
    assert not ResultEdition.objects.visible_to(manager.viewer).exists()
    services.publish(edition.pk, by=officer.viewer, now=later)
    assert ResultEdition.objects.visible_to(manager.viewer).get() == edition
    assert Entry.objects.filter(verb="survey.publish").exists()


def test_the_difference_of_two_editions_tells_nobody_what_one_hospital_answered(campaign, officer, now, later):
    # Twelve hospitals in each of three prefectures; one of them in Tottori comes after the preliminary figures.
    places = [Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOTTORI]
    made = [an_institution(population=Population.SYNTHETIC, prefecture=place) for place in places for _ in range(12)]
    campaign = a_campaign(officer=officer.viewer, now=now, title_en="Second")
    for number, institution in enumerate(made[:-1]):
        a_response_of(campaign, institution, "yes" if number % 2 else "no", now=now)
    first = an_edition_of(campaign, by=officer.viewer, now=later)
    services.publish(first.pk, by=officer.viewer, now=later)
    a_response_of(campaign, made[-1], "yes", now=later)
    second = an_edition_of(campaign, by=officer.viewer, now=later + timedelta(hours=1))
    shown = second.questions.get(question="gate").as_shown().rows
    assert set(shown[EVERYBODY]) == {None}, "one more in all: nothing new can be shown"


def test_of_two_editions_that_are_published_at_once_one_is_decided_beside_the_other(
    real_commits, officer, manager, hospital, now, later
):
    campaign = a_campaign(officer=officer.viewer, now=now)
    a_response_of(campaign, hospital, "yes", now=now)
    first, second = (an_edition_of(campaign, by=officer.viewer, now=later) for _ in range(2))
    refused = []

    def publish_second():
        try:
            services.publish(second.pk, by=officer.viewer, now=later + timedelta(minutes=1))
        except NotAllowed as error:
            refused.append(error.refusal.reason)
        finally:
            connections.close_all()

    beside = threading.Thread(target=publish_second)
    with transaction.atomic():
        services.publish(first.pk, by=officer.viewer, now=later + timedelta(minutes=1))
        beside.start()
        # It waits for the end of this transaction, or has come as far as it gets.
        beside.join(1)
    beside.join(30)
    assert refused == [ResultRefusal.NEWER_IS_PUBLISHED]
    assert [one.number for one in ResultEdition.objects.published()] == [first.number]


def thirty_six(officer, now):
    """A campaign, twelve hospitals in each of three prefectures, and what they handed in but for the last three."""
    places = [Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOTTORI]
    made = [an_institution(population=Population.SYNTHETIC, prefecture=place) for place in places for _ in range(12)]
    campaign = a_campaign(officer=officer.viewer, now=now, title_en="Third")
    handed_in = [
        a_response_of(campaign, institution, "yes" if number % 2 else "no", now=now)
        for number, institution in enumerate(made[:-3])
    ]
    return campaign, made, handed_in


def shown_of(edition, question):
    return edition.questions.get(question=question).as_shown().rows


def test_one_hospital_among_three_new_ones_tells_nothing_of_what_it_alone_was_asked(campaign, officer, now, later):
    campaign, made, _ = thirty_six(officer, now)
    first = an_edition_of(campaign, by=officer.viewer, now=later)
    services.publish(first.pk, by=officer.viewer, now=later)
    assert shown_of(first, "beds")[EVERYBODY][0] == 16
    for institution, gate in zip(made[-3:], ("yes", "no", "no"), strict=True):
        a_response_of(campaign, institution, gate, now=later)
    second = an_edition_of(campaign, by=officer.viewer, now=later + timedelta(hours=1))
    assert {figure for row in shown_of(second, "beds").values() for figure in row} == {None}
    assert shown_of(second, "gate")[EVERYBODY][0] == 36, "all three were asked this one"


def test_what_was_returned_and_handed_in_again_unchanged_hides_no_new_answer(campaign, officer, now, later):
    campaign, made, handed_in = thirty_six(officer, now)
    first = an_edition_of(campaign, by=officer.viewer, now=later)
    services.publish(first.pk, by=officer.viewer, now=later)
    for response in handed_in[-2:]:
        handed_in_again(response, now=later)
    a_response_of(campaign, made[-1], "yes", now=later)
    second = an_edition_of(campaign, by=officer.viewer, now=later + timedelta(hours=1))
    for question in ("gate", "beds", "remark"):
        assert set(shown_of(second, question)[EVERYBODY]) == {None}, question


def test_nothing_moves_by_handing_in_the_same_again(campaign, officer, now, later):
    campaign, _, handed_in = thirty_six(officer, now)
    first = an_edition_of(campaign, by=officer.viewer, now=later)
    services.publish(first.pk, by=officer.viewer, now=later)
    handed_in_again(handed_in[0], now=later)
    second = an_edition_of(campaign, by=officer.viewer, now=later + timedelta(hours=1))
    for question in ("gate", "beds", "remark"):
        assert shown_of(second, question) == shown_of(first, question)


def handed_in_again(response, *, now):
    """Returned for correction, and submitted with the answers it had."""
    first = response.submissions.get()
    again = Submission.objects.create(
        response=response, number=2, revision=1, answers=first.answers, calculated=[], at=now, by_id=first.by_id
    )
    facts = {"response": response, "at": now, "by_id": first.by_id, "revision": 1}
    Turn.objects.create(state=ResponseState.RETURNED, **facts)
    Turn.objects.create(state=ResponseState.SUBMITTED, submission=again, **facts)
