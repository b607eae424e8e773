"""An edition counted again: what is compared, what differs and why, who may ask for it, and that nothing changes."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from sonae.core.audit.models import Entry
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.core.instruments.models import Submission
from sonae.kernel.errors import NotAllowed
from sonae.prevention.surveys.results import counting, kept, recounts, services, tasks
from sonae.prevention.surveys.results.models import QuestionResult, Recount, ResultEdition
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.results.vocabulary import Layer, RecountState, ResultRefusal, Stratum, WhyOtherwise
from sonae.prevention.surveys.testing import a_campaign

pytestmark = pytest.mark.django_db
PLACES = (Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOTTORI)


@pytest.fixture
def campaign(officer, now):
    made = [an_institution(population=Population.SYNTHETIC, prefecture=place) for place in PLACES for _ in range(12)]
    campaign = a_campaign(officer=officer.viewer, now=now)
    for number, institution in enumerate(made):
        a_response_of(campaign, institution, "yes" if number % 2 else "no", now=now - timedelta(hours=2))
    return campaign


@pytest.fixture
def edition(campaign, officer, now):
    return an_edition_of(campaign, by=officer.viewer, now=now)


def counted_again(edition, officer, now):
    recount = recounts.begin_recount(edition.pk, by=officer.viewer, now=now)
    assert recounts.carry_out(recount.pk, now=now) is RecountState.COUNTED
    recount.refresh_from_db()
    return recount


def rows_of(edition):
    return list(ResultEdition.objects.filter(pk=edition.pk).values()), list(
        QuestionResult.objects.filter(edition=edition).order_by("position").values()
    )


def test_the_same_comes_of_it_and_nothing_of_the_edition_changes(campaign, edition, officer, now):
    before = rows_of(edition)
    late = an_institution(population=Population.SYNTHETIC)
    assert a_response_of(campaign, late, "no", now=now) is None
    recount = counted_again(edition, officer, now)
    assert (recount.reads_the_same, recount.comes_to_the_same, recount.kept_is_whole) == (True, True, True)
    assert (recount.difference_count, recount.found(), recount.read_count) == (0, (), 36)
    assert rows_of(edition) == before
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {"survey.recount", "survey.recounted"} <= verbs


def test_answers_changed_at_the_machine_are_found_in_their_stratum(edition, officer, now):
    first = Submission.objects.filter(answers__gate="yes").order_by("response__institution__prefecture").first()
    Submission.objects.filter(pk=first.pk).update(answers={"gate": "no"})
    before = rows_of(edition)
    recount = counted_again(edition, officer, now)
    assert (recount.reads_the_same, recount.comes_to_the_same, recount.kept_is_whole) == (False, False, True)
    gate = [one for one in recount.found() if one.question == "gate" and one.layer is Layer.STRATA]
    place = first.response.institution.prefecture
    assert {(one.where.prefecture, one.figure, one.after - one.before, one.why) for one in gate} == {
        (place, "option:yes", -1, WhyOtherwise.OTHER_ANSWERS), (place, "option:no", 1, WhyOtherwise.OTHER_ANSWERS),
    }  # fmt: skip
    whole = [one for one in recount.found() if one.question == "gate" and one.layer is Layer.BREAKDOWN]
    assert {one.where for one in whole} >= {Stratum("", "", ""), Stratum("", place, "")}
    assert rows_of(edition) == before


def test_a_response_that_is_gone_is_told_from_one_that_was_changed(edition, officer, now):
    gone = Submission.objects.order_by("pk").first()
    gone.response.turns.all().delete()
    recount = counted_again(edition, officer, now)
    assert {one.why for one in recount.found() if one.where == Stratum("", "", "")} == {WhyOtherwise.OTHERS_READ}


def test_figures_altered_after_they_were_counted_are_told_from_answers(edition, officer, now):
    row = edition.questions.get(question="gate")
    cube = [list(one) for one in row.cube().counts]
    cube[0][5] += 1
    QuestionResult.objects.filter(pk=row.pk).update(counts=kept.counts_written(cube))
    recount = counted_again(edition, officer, now)
    assert (recount.reads_the_same, recount.kept_is_whole, recount.comes_to_the_same) == (True, False, False)
    (one,) = recount.found()
    assert (one.layer, one.figure, one.after - one.before, one.why) == (
        Layer.STRATA, "option:yes", -1, WhyOtherwise.KEPT_WAS_ALTERED,
    )  # fmt: skip


def test_a_figure_kept_back_then_and_shown_now_differs_too(edition, officer, now):
    row = edition.questions.get(question="gate")
    QuestionResult.objects.filter(pk=row.pk).update(shown=row.figures.replace("18", "17"))
    recount = counted_again(edition, officer, now)
    assert {(one.layer, one.why) for one in recount.found()} == {(Layer.SHOWN, WhyOtherwise.KEPT_BACK_OTHERWISE)}
    assert not recount.comes_to_the_same


def test_beside_an_earlier_edition_it_is_decided_again_as_it_was(campaign, officer, now):
    first = an_edition_of(campaign, by=officer.viewer, now=now)
    services.publish(first.pk, by=officer.viewer, now=now)
    second = an_edition_of(campaign, by=officer.viewer, now=now + timedelta(hours=1))
    services.publish(second.pk, by=officer.viewer, now=now + timedelta(hours=2))
    assert counted_again(first, officer, now + timedelta(hours=3)).comes_to_the_same
    assert counted_again(second, officer, now + timedelta(hours=3)).comes_to_the_same


def test_one_at_a_time_and_a_cancelled_one_leaves_nothing(edition, officer, now, monkeypatch):
    recount = recounts.begin_recount(edition.pk, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        recounts.begin_recount(edition.pk, by=officer.viewer, now=now)
    assert refused.value.refusal.reason is ResultRefusal.RECOUNTING_ALREADY
    read = counting._submissions

    def cancelled_meanwhile(piece):
        recounts.cancel_recount(recount.pk, by=officer.viewer, now=now)
        return read(piece)

    with monkeypatch.context() as patch:
        patch.setattr(counting, "_submissions", cancelled_meanwhile)
        assert recounts.carry_out(recount.pk, now=now) is RecountState.CANCELLED
    recount.refresh_from_db()
    assert (recount.state, recount.differences, recount.counted_at) == (RecountState.CANCELLED, "", None)
    assert counted_again(edition, officer, now).comes_to_the_same


def test_killed_in_between_it_is_counted_anew(edition, officer, now, monkeypatch):
    recount = recounts.begin_recount(edition.pk, by=officer.viewer, now=now)

    def killed(*_args, **_facts):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(recounts, "_write", killed)
        with pytest.raises(SystemExit):
            recounts.carry_out(recount.pk, now=now)
    assert Recount.objects.get().state == RecountState.COUNTING
    assert recounts.carry_out(recount.pk, now=now) is RecountState.COUNTED
    assert recounts.carry_out(recount.pk, now=now) is RecountState.COUNTED
    assert Entry.objects.filter(verb="survey.recounted").count() == 1


def test_an_officer_asks_for_it_on_a_page_and_takes_the_differences_as_a_list(edition, officer, now):
    Submission.objects.filter(answers__gate="yes").update(answers={"gate": "no"})
    client = officer.client
    page = client.get(reverse("results:recounts", args=[edition.pk])).content.decode()
    assert "Count this edition again" in page
    answer = client.post(reverse("results:recount", args=[edition.pk]))
    recount = Recount.objects.get()
    address = reverse("results:recounted", args=[recount.pk])
    assert answer.headers["Location"] == address
    assert "Cancel the counting" in client.get(address).content.decode()
    assert "refused" in client.get(reverse("results:recounts", args=[edition.pk])).content.decode()
    tasks.recount_edition.func(str(recount.pk))
    page = client.get(address + "?per_page=25&sort=-after").content.decode()
    assert "Other institutions or answers were read" in page
    whole = listed(client, address)
    assert len(whole) == Recount.objects.get().difference_count
    row = next(one for one in whole if one["Figure"] == "Yes" and one["Table"] == "By one breakdown")
    assert (row["Licensed beds"], row["Prefecture"], row["Figure"]) == ("All", "All", "Yes")
    assert (row["As it is kept"], row["Counted again"]) == ("18", "0")
    found = listed(client, address + "?q=Tottori&layer=strata")
    assert found and {one["Prefecture"] for one in found} == {"Tottori"}
    assert listed(client, address + "?breakdown=prefecture")
    assert not listed(client, address + "?why=kept_was_altered")


def test_a_question_of_which_the_edition_lost_its_row_is_listed_too(edition, officer, now):
    edition.questions.get(question="gate").delete()
    recount = counted_again(edition, officer, now)
    assert not recount.kept_is_whole
    rows = listed(officer.client, reverse("results:recounted", args=[recount.pk]))
    assert len(rows) == recount.difference_count > 0


def listed(client, address):
    join = "&" if "?" in address else "?"
    content = client.get(f"{address}{join}export=csv").getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_what_changed_between_two_editions_is_a_list_like_every_other(campaign, edition, officer, now):
    later = now + timedelta(hours=3)
    response = Submission.objects.filter(answers__gate="yes").order_by("pk").first()
    Submission.objects.create(
        response=response.response, number=2, revision=1, answers={"gate": "no"}, calculated=[], at=now,
        by_id=response.by_id,
    )  # fmt: skip
    turn = response.response.turns.get()
    response.response.turns.create(
        state=turn.state, at=later - timedelta(hours=1), by_id=turn.by_id, revision=1,
        submission=response.response.submissions.get(number=2),
    )  # fmt: skip
    second = an_edition_of(campaign, by=officer.viewer, now=later)
    address = reverse("results:changes", args=[second.pk, edition.pk])
    rows = listed(officer.client, address + "?q=yes")
    everybody = next(one for one in rows if one["Breakdown"] == "All" and one["Before"] == "18")
    assert (everybody["Before"], everybody["Now"]) == ("18", "17")
    assert "Between" in officer.client.get(address + "?sort=-before").content.decode()
