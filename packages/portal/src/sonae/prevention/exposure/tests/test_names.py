"""Whether two names mean one product: the institution's own answer, agreement, and what an analyst decides."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.exposure import rules, services
from sonae.prevention.exposure.models import Exposure, NamePair, Question
from sonae.prevention.exposure.testing import a_device, a_notice
from sonae.prevention.exposure.vocabulary import (
    Certainty,
    Course,
    NameRefusal,
    PairState,
    Saying,
    Standing,
)

WHY = "The maker says so on its page."


sayings = st.lists(st.sampled_from(Saying), max_size=6)


@given(sayings)
def test_no_number_of_noes_hides_a_product_from_the_others(said):
    state = rules.state_of_pair(said, confirmed=None)
    assert rules.standing(None, state) is not Standing.DIFFERENT
    assert state is not PairState.AGREED or (said.count(Saying.YES) >= 2 and Saying.NO not in said)


@given(sayings, st.sampled_from([None, True, False]))
def test_what_an_institution_says_counts_there_whatever_others_say(said, confirmed):
    state = rules.state_of_pair(said, confirmed=confirmed)
    assert rules.standing(Saying.YES, state) is Standing.SAME
    assert rules.standing(Saying.NO, state) is Standing.DIFFERENT
    assert rules.standing(Saying.UNKNOWN, state) is rules.standing(None, state)


@given(sayings)
def test_contradictions_and_several_noes_go_to_an_analyst(said):
    yes, no = said.count(Saying.YES), said.count(Saying.NO)
    state = rules.state_of_pair(said, confirmed=None)
    assert rules.needs_triage(state, noes=no) == (bool(yes and no) or (no >= 2))


@pytest.fixture
def asked(db, manager, stranger, hospital, other_hospital, now):
    """Both hospitals have a device whose name is too short to tell."""
    for institution, who in ((hospital, manager), (other_hospital, stranger)):
        a_device(institution.pk, by=who.viewer, now=now, maker="Fortinet", product="FortiGate", version="6.0.3")
        a_device(institution.pk, by=who.viewer, now=now, maker="Fortinet", product="fortigate", version="6.0.3")
    a_notice(("Fortinet", "FortiGate 60F", "< 6.0.5"), now=now)
    services.hold(now=now)
    return NamePair.objects.get()


def at(institution):
    return Exposure.objects.filter(institution=institution)


def answer(institution, saying, *, by, now):
    question = Question.objects.get(institution=institution)
    return services.answer_question(question.pk, saying, by=by.viewer, now=now)


def test_it_is_asked_once_however_many_devices_bear_the_name_and_owed_by_nobody(asked, hospital, other_hospital):
    assert Question.objects.count() == 2
    assert at(hospital).count() == at(other_hospital).count() == 2
    assert set(Exposure.objects.values_list("certainty", flat=True)) == {Certainty.PRODUCT_UNCLEAR}
    assert not Duty.objects.exists()


def test_an_answer_settles_the_exposures_of_its_institution_and_of_nobody_else(
    asked, manager, hospital, other_hospital, now
):
    answer(hospital, Saying.YES, by=manager, now=now)
    assert set(at(hospital).values_list("certainty", flat=True)) == {Certainty.CERTAIN}
    assert set(at(other_hospital).values_list("certainty", flat=True)) == {Certainty.PRODUCT_UNCLEAR}
    assert Duty.objects.get().institution == hospital
    answer(hospital, Saying.NO, by=manager, now=now + timedelta(minutes=1))
    assert set(at(hospital).values_list("course", flat=True)) == {Course.LIFTED}
    services.hold(now=now + timedelta(minutes=2))
    assert set(at(hospital).values_list("course", flat=True)) == {Course.LIFTED}
    assert set(at(other_hospital).values_list("course", flat=True)) == {Course.UNANSWERED}


def test_two_that_agree_teach_everybody(asked, manager, stranger, hospital, other_hospital, now):
    answer(hospital, Saying.YES, by=manager, now=now)
    answer(other_hospital, Saying.YES, by=stranger, now=now)
    asked.refresh_from_db()
    assert asked.state == PairState.AGREED
    assert not Question.objects.open().exists()


def test_two_that_contradict_each_other_wait_for_an_analyst_who_names_no_hospital(
    asked, manager, stranger, analyst, hospital, other_hospital, now
):
    answer(hospital, Saying.YES, by=manager, now=now)
    answer(other_hospital, Saying.NO, by=stranger, now=now)
    [waiting] = NamePair.objects.visible_to(analyst.viewer).filter(is_for_triage=True)
    assert waiting.state == PairState.DISPUTED
    services.decide_pair(waiting.pk, is_same=True, why=WHY, by=analyst.viewer, now=now)
    assert Entry.objects.get(verb="exposure.decide_pair").institution_id is None
    services.hold(now=now)
    assert set(at(other_hospital).values_list("course", flat=True)) == {Course.LIFTED}, "its own answer counts there"


def test_what_an_analyst_decides_reaches_whoever_has_not_answered_and_can_be_taken_back(asked, analyst, hospital, now):
    services.decide_pair(asked.pk, is_same=False, why=WHY, by=analyst.viewer, now=now)
    services.hold(now=now)
    assert set(Exposure.objects.values_list("course", flat=True)) == {Course.LIFTED}
    with pytest.raises(NotAllowed) as refused:
        services.decide_pair(asked.pk, is_same=False, why=WHY, by=analyst.viewer, now=now)
    assert refused.value.refusal.reason is NameRefusal.DECIDED_SO_ALREADY
    services.reopen_pair(asked.pk, why=WHY, by=analyst.viewer, now=now)
    services.hold(now=now)
    assert set(Exposure.objects.values_list("course", flat=True)) == {Course.UNANSWERED}
    assert Question.objects.open().count() == 2


def test_a_decision_needs_a_reason_and_its_permission(asked, analyst, manager, now):
    with pytest.raises(NotAllowed) as refused:
        services.decide_pair(asked.pk, is_same=True, why="so", by=analyst.viewer, now=now)
    assert refused.value.refusal.reason is NameRefusal.REASON_TOO_SHORT
    with pytest.raises(Gone):
        services.decide_pair(asked.pk, is_same=True, why=WHY, by=manager.viewer, now=now)


def test_nobody_answers_for_another_institution(asked, manager, other_hospital, now):
    with pytest.raises(Gone):
        answer(other_hospital, Saying.NO, by=manager, now=now)


def test_a_name_with_a_hospital_in_it_stays_there(manager, stranger, analyst, hospital, other_hospital, now):
    for institution, who in ((hospital, manager), (other_hospital, stranger)):
        product = f"{hospital.name} FortiGate"
        a_device(institution.pk, by=who.viewer, now=now, maker="Fortinet", product=product, version="6.0.3")
    a_notice(("Fortinet", "FortiGate 60F", "< 6.0.5"), now=now)
    services.hold(now=now)
    pair = NamePair.objects.get()
    assert pair.is_kept_inside
    for institution, who in ((hospital, manager), (other_hospital, stranger)):
        answer(institution, Saying.YES, by=who, now=now)
    pair.refresh_from_db()
    assert pair.state == PairState.OPEN
    assert not NamePair.objects.visible_to(analyst.viewer).exists()
    assert set(at(hospital).values_list("certainty", flat=True)) == {Certainty.CERTAIN}
