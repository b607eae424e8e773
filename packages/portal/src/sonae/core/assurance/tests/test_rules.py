from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance import rules
from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    EvidenceFacts,
    Finding,
    Said,
    Source,
    SourceKind,
    Standing,
    Strength,
    Teller,
)
from sonae.kernel.decision import ALLOWED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def said(kind, strength, finding=Finding.IN_PLACE, *, number=1, since=NOW - DAY, until=None, speaker="", **more):
    return EvidenceFacts(
        UUID(int=number), Source(kind, "r", speaker), strength, finding, since, until, more.pop("filed_at", NOW), **more
    )


DECLARATION = said(SourceKind.PERSON, Strength.DECLARED, number=1)
SENSOR = said(SourceKind.SENSOR, Strength.MEASURED, number=2)
INSPECTION = said(SourceKind.INSPECTION, Strength.INSPECTED, Finding.ABSENT, number=3)


def test_without_a_word_nothing_is_known():
    state = rules.state_of([], now=NOW)
    assert (state.standing, state.leading, state.contradicting) == (Standing.NO_EVIDENCE, None, ())


def test_the_strongest_word_leads_and_the_others_contradict():
    state = rules.state_of([DECLARATION, INSPECTION, SENSOR], now=NOW)
    assert (state.standing, state.leading) == (Standing.ABSENT, INSPECTION)
    assert state.contradicting == (SENSOR, DECLARATION)
    assert state.is_contradicted


def test_sources_that_agree_do_not_contradict():
    state = rules.state_of([DECLARATION, SENSOR], now=NOW)
    assert (state.standing, state.leading, state.is_contradicted) == (Standing.IN_PLACE, SENSOR, False)


def test_a_newer_word_of_the_same_speaker_replaces_the_older_one():
    older = replace(INSPECTION, since=NOW - 9 * DAY)
    newer = said(SourceKind.INSPECTION, Strength.DOCUMENTED, number=4)
    state = rules.state_of([older, newer], now=NOW)
    assert (state.leading, state.is_contradicted) == (newer, False)


def test_two_speakers_of_one_kind_both_count():
    one = said(SourceKind.PROGRAM, Strength.DOCUMENTED, speaker="vendor-1")
    other = said(
        SourceKind.PROGRAM, Strength.DOCUMENTED, Finding.PARTLY, number=2, speaker="vendor-2", since=NOW - 2 * DAY
    )
    state = rules.state_of([one, other], now=NOW)
    assert (state.leading, state.contradicting) == (one, (other,))


@pytest.mark.parametrize(
    ("until", "standing", "soon"),
    [
        (None, Standing.IN_PLACE, False),
        (NOW + rules.SOON + timedelta(microseconds=1), Standing.IN_PLACE, False),
        (NOW + rules.SOON, Standing.IN_PLACE, True),
        (NOW + timedelta(microseconds=1), Standing.IN_PLACE, True),
        (NOW, Standing.EXPIRED, False),
    ],
)
def test_evidence_holds_up_to_its_end_and_not_at_it(until, standing, soon):
    state = rules.state_of([replace(DECLARATION, until=until)], now=NOW)
    assert (state.standing, state.expires_soon) == (standing, soon)


def test_withdrawn_and_future_words_do_not_count():
    withdrawn = replace(DECLARATION, is_withdrawn=True)
    future = replace(SENSOR, since=NOW + timedelta(microseconds=1))
    assert rules.state_of([withdrawn, future], now=NOW).standing is Standing.NO_EVIDENCE
    assert rules.state_of([replace(withdrawn, until=NOW)], now=NOW).standing is Standing.NO_EVIDENCE


def test_a_replaced_word_does_not_return_when_the_newer_one_expires():
    older = said(SourceKind.PERSON, Strength.DECLARED, since=NOW - 9 * DAY)
    newer = said(SourceKind.PERSON, Strength.DECLARED, Finding.ABSENT, number=2, since=NOW - 2 * DAY, until=NOW - DAY)
    assert rules.state_of([older, newer], now=NOW).standing is Standing.EXPIRED
    # Withdrawn, it has never been said: the older word stands again.
    assert rules.state_of([older, replace(newer, is_withdrawn=True)], now=NOW).leading == older


def slow_state_of(evidence, now):
    """The oracle: no sorting, no dictionaries, only "is there another one that beats it?"."""
    begun = [e for e in evidence if not e.is_withdrawn and e.since <= now]

    def is_older(one, other):
        return (one.since, one.filed_at, str(one.id)) < (other.since, other.filed_at, str(other.id))

    def same_speaker(one, other):
        return (one.source.kind, one.source.speaker) == (other.source.kind, other.source.speaker)

    standing = [e for e in begun if not any(same_speaker(e, o) and is_older(e, o) for o in begun)]
    heard = [e for e in standing if e.until is None or e.until > now]
    first = [
        e for e in heard
        if not any(o.strength.value > e.strength.value or (o.strength == e.strength and is_older(e, o)) for o in heard)
    ]  # fmt: skip
    if not first:
        return (Standing.EXPIRED if standing else Standing.NO_EVIDENCE, None, frozenset())
    (leader,) = first
    return Standing(leader.finding), leader.id, frozenset(e.id for e in heard if e.finding != leader.finding)


hours = st.integers(-6, 3).map(lambda number: NOW + number * timedelta(hours=1))
pieces = st.builds(
    lambda kind, speaker, strength, finding, since, length, filed_at, is_withdrawn: (
        Source(kind, "r", speaker), strength, finding, since, length and since + length * timedelta(hours=1), filed_at,
        is_withdrawn,
    ),
    st.sampled_from([SourceKind.PERSON, SourceKind.SENSOR, SourceKind.INSPECTION]),
    st.sampled_from(["", "a"]),
    st.sampled_from(list(Strength)[:4]),
    st.sampled_from(Finding),
    hours,
    st.sampled_from([None, 1, 2, 6]),
    hours,
    st.booleans(),
)  # fmt: skip


@given(st.lists(pieces, max_size=9))
def test_the_state_is_what_the_slow_oracle_says(drawn):
    evidence = [EvidenceFacts(UUID(int=number), *piece) for number, piece in enumerate(drawn)]
    state = rules.state_of(evidence, now=NOW)
    leading = state.leading.id if state.leading and state.standing is not Standing.EXPIRED else None
    found = (state.standing, leading, frozenset(one.id for one in state.contradicting))
    assert found == slow_state_of(evidence, NOW)


@given(st.lists(pieces, max_size=9), st.randoms())
def test_the_order_in_which_evidence_is_read_does_not_matter(drawn, random):
    evidence = [EvidenceFacts(UUID(int=number), *piece) for number, piece in enumerate(drawn)]
    shuffled = list(evidence)
    random.shuffle(shuffled)
    assert rules.state_of(shuffled, now=NOW) == rules.state_of(evidence, now=NOW)


@given(st.lists(pieces, max_size=9))
def test_the_words_that_stand_say_all_that_all_words_say(drawn):
    evidence = [EvidenceFacts(UUID(int=number), *piece) for number, piece in enumerate(drawn)]
    standing = rules.words_that_stand(evidence, now=NOW)
    assert rules.state_of(standing, now=NOW) == rules.state_of(evidence, now=NOW)


def stated(kind, strength, **more):
    return Said(
        **{"control": "c", "institution_id": 1, "source": Source(kind, "r"), "strength": strength, "since": NOW} | more
    )


@pytest.mark.parametrize("kind", list(SourceKind))
@pytest.mark.parametrize("strength", list(Strength))
def test_no_source_says_more_than_it_can(kind, strength):
    strongest = rules.STRONGEST[kind]
    decision = rules.may_record(stated(kind, strength), strongest=strongest, now=NOW)
    if strength.value <= strongest.value:
        assert decision == ALLOWED
    else:
        assert decision.reason == AssuranceRefusal.TOO_STRONG_FOR_SOURCE


# Who may say what by hand, row by row; what stands in no row, nobody says.
BY_HAND = {
    (Teller.INSIDE, SourceKind.PERSON): "E0",
    (Teller.INSIDE, SourceKind.DOCUMENT): "E0 E1",
    (Teller.OUTSIDE, SourceKind.DOCUMENT): "E0 E1 E2",
    (Teller.PROGRAM, SourceKind.PROGRAM): "E0 E1 E2 E3",
}


class ElsewhereSource(StrEnum):
    DRILL = "drill"


@pytest.mark.parametrize("teller", list(Teller))
@pytest.mark.parametrize("kind", [*SourceKind, ElsewhereSource.DRILL])
@pytest.mark.parametrize("strength", list(Strength))
def test_by_hand_each_teller_says_what_the_table_allows_and_nothing_else(teller, kind, strength):
    decision = rules.may_file(stated(kind, strength), teller=teller, now=NOW)
    allowed = BY_HAND.get((teller, kind), "").split()
    if strength.value in allowed:
        assert decision == ALLOWED
    elif allowed:
        assert decision.reason == AssuranceRefusal.TOO_STRONG_FOR_TELLER
    elif kind in (SourceKind.DUTY, SourceKind.INSPECTION, SourceKind.SENSOR, ElsewhereSource.DRILL):
        assert decision.reason == AssuranceRefusal.NOT_BY_HAND
    else:
        assert decision.reason == AssuranceRefusal.NOT_FOR_THIS_TELLER


def test_a_form_offers_no_strength_that_is_always_refused():
    assert rules.strengths_of(Teller.INSIDE) == (Strength.DECLARED, Strength.DOCUMENTED)
    assert rules.strengths_of(Teller.OUTSIDE)[-1] is Strength.REVIEWED


@pytest.mark.parametrize(
    ("is_program", "is_inside", "teller"),
    [
        (True, True, Teller.PROGRAM),
        (True, False, Teller.PROGRAM),
        (False, True, Teller.INSIDE),
        (False, False, Teller.OUTSIDE),
    ],
)
def test_who_speaks(is_program, is_inside, teller):
    assert rules.teller(is_program=is_program, is_inside=is_inside) is teller


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        (NOW + timedelta(microseconds=1), None, AssuranceRefusal.BEGINS_IN_FUTURE),
        (NOW - DAY, NOW - DAY, AssuranceRefusal.ENDS_BEFORE_IT_BEGINS),
        (NOW, NOW + timedelta(microseconds=1), None),
    ],
)
def test_evidence_is_about_a_time_that_has_begun(since, until, reason):
    one = stated(SourceKind.PERSON, Strength.DECLARED, since=since, until=until)
    for decision in (
        rules.may_file(one, teller=Teller.INSIDE, now=NOW),
        rules.may_record(one, strongest=Strength.DECLARED, now=NOW),
    ):
        assert decision == ALLOWED if reason is None else decision.reason == reason


@pytest.mark.parametrize(
    ("changes", "renews"),
    [
        ({}, True),
        ({"since": NOW - 2 * DAY}, False),  # it begins earlier than what stands
        ({"finding": Finding.PARTLY}, False),
        ({"strength": Strength.DECLARED}, False),
        ({"source": Source(SourceKind.SENSOR, "another")}, False),
        ({"source": Source(SourceKind.SENSOR, "r", "another")}, False),
        ({"document_id": UUID(int=7)}, False),
        ({"until": NOW + DAY, "facts": {"note": "again"}}, True),
    ],
)
def test_only_the_same_word_without_a_gap_is_renewed(changes, renews):
    one = stated(SourceKind.SENSOR, **({"strength": Strength.MEASURED} | changes))
    assert rules.may_renew(replace(SENSOR, until=NOW + timedelta(microseconds=1)), one, now=NOW) is renews
    assert not rules.may_renew(replace(SENSOR, until=NOW), one, now=NOW)
    assert not rules.may_renew(replace(SENSOR, is_withdrawn=True), one, now=NOW)


def test_a_word_without_an_end_is_the_longest():
    assert rules.later_of(NOW, NOW + DAY) == rules.later_of(NOW + DAY, NOW) == NOW + DAY
    assert rules.later_of(None, NOW) is rules.later_of(NOW, None) is None


@pytest.mark.parametrize(
    ("institution_id", "is_visible", "is_infected", "reason"),
    [
        (1, True, False, None),
        (2, True, False, AssuranceRefusal.DOCUMENT_UNKNOWN),
        (None, True, False, AssuranceRefusal.DOCUMENT_UNKNOWN),
        (1, False, False, AssuranceRefusal.DOCUMENT_UNKNOWN),
        (1, True, True, AssuranceRefusal.DOCUMENT_INFECTED),
    ],
)
def test_evidence_rests_on_a_file_of_its_institution_that_the_teller_reads(
    institution_id, is_visible, is_infected, reason
):
    one = stated(SourceKind.DOCUMENT, Strength.DOCUMENTED)
    decision = rules.may_rest_on(institution_id, said=one, is_visible=is_visible, is_infected=is_infected)
    assert decision == ALLOWED if reason is None else decision.reason == reason


def test_withdrawing_takes_a_reason_and_happens_once():
    assert rules.may_withdraw(is_withdrawn=False, why="wrong device") == ALLOWED
    assert rules.may_withdraw(is_withdrawn=False, why="no").reason == AssuranceRefusal.WHY_MISSING
    assert rules.may_withdraw(is_withdrawn=True, why="wrong device").reason == AssuranceRefusal.ALREADY_WITHDRAWN


TAKES_BACK = {
    (SourceKind.PERSON, Strength.DECLARED): Teller.INSIDE,
    (SourceKind.DOCUMENT, Strength.DOCUMENTED): Teller.INSIDE,
    (SourceKind.DOCUMENT, Strength.REVIEWED): Teller.OUTSIDE,
    (SourceKind.DUTY, Strength.DECLARED): Teller.INSIDE,
    (SourceKind.PROGRAM, Strength.MEASURED): Teller.INSIDE,
    (SourceKind.SENSOR, Strength.MEASURED): Teller.INSIDE,
    (ElsewhereSource.DRILL, Strength.PROVEN): Teller.INSIDE,
    (SourceKind.INSPECTION, Strength.INSPECTED): None,
    (SourceKind.INSPECTION, Strength.REVIEWED): None,
}


@pytest.mark.parametrize("teller", list(Teller))
@pytest.mark.parametrize(("said", "side"), list(TAKES_BACK.items()))
def test_only_the_side_that_said_it_takes_it_back(said, side, teller):
    kind, strength = said
    assert rules.may_take_back(kind, strength, teller=teller).ok is (teller is side)


def test_every_member_has_its_place_in_the_tables():
    assert set(rules.STRONGEST) == set(SourceKind)
    assert set(rules.MAY_SPEAK) == set(Teller)
    assert all(
        strength.value <= rules.STRONGEST[kind].value
        for by in rules.MAY_SPEAK.values()
        for kind, strength in by.items()
    )
    assert set(rules.STANDING_OF) == set(Finding)
    assert [strength.value for strength in Strength] == sorted(strength.value for strength in Strength)
