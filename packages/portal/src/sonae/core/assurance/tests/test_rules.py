from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance import rules
from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    EvidenceFacts,
    Finding,
    Source,
    SourceKind,
    Standing,
    Strength,
)
from sonae.kernel.decision import ALLOWED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def said(kind, strength, finding=Finding.IN_PLACE, *, number=1, since=NOW - DAY, until=None, speaker="", **more):
    return EvidenceFacts(
        UUID(int=number), Source(kind, "r", speaker), strength, finding, since, until, more.pop("filed_at", NOW), **more
    )


SURVEY = said(SourceKind.SURVEY, Strength.DECLARED, number=1)
SENSOR = said(SourceKind.SENSOR, Strength.MEASURED, number=2)
INSPECTION = said(SourceKind.INSPECTION, Strength.INSPECTED, Finding.ABSENT, number=3)


def test_without_a_word_nothing_is_known():
    state = rules.state_of([], now=NOW)
    assert (state.standing, state.leading, state.contradicting) == (Standing.NO_EVIDENCE, None, ())


def test_the_strongest_word_leads_and_the_others_contradict():
    state = rules.state_of([SURVEY, INSPECTION, SENSOR], now=NOW)
    assert (state.standing, state.leading) == (Standing.ABSENT, INSPECTION)
    assert state.contradicting == (SENSOR, SURVEY)
    assert state.is_contradicted


def test_sources_that_agree_do_not_contradict():
    state = rules.state_of([SURVEY, SENSOR], now=NOW)
    assert (state.standing, state.leading, state.is_contradicted) == (Standing.IN_PLACE, SENSOR, False)


def test_a_newer_word_of_the_same_speaker_replaces_the_older_one():
    older = replace(INSPECTION, since=NOW - 9 * DAY)
    newer = said(SourceKind.INSPECTION, Strength.DOCUMENTED, number=4)
    state = rules.state_of([older, newer], now=NOW)
    assert (state.leading, state.is_contradicted) == (newer, False)


def test_two_speakers_of_one_kind_both_count():
    one = said(SourceKind.VENDOR, Strength.DOCUMENTED, speaker="vendor-1")
    other = said(
        SourceKind.VENDOR, Strength.DOCUMENTED, Finding.PARTLY, number=2, speaker="vendor-2", since=NOW - 2 * DAY
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
    state = rules.state_of([replace(SURVEY, until=until)], now=NOW)
    assert (state.standing, state.expires_soon) == (standing, soon)


def test_withdrawn_and_future_words_do_not_count():
    withdrawn = replace(SURVEY, is_withdrawn=True)
    future = replace(SENSOR, since=NOW + timedelta(microseconds=1))
    assert rules.state_of([withdrawn, future], now=NOW).standing is Standing.NO_EVIDENCE
    assert rules.state_of([replace(withdrawn, until=NOW)], now=NOW).standing is Standing.NO_EVIDENCE


def slow_state_of(evidence, now):
    """The oracle: no sorting, no dictionaries, only "is there another one that beats it?"."""
    live = [e for e in evidence if not e.is_withdrawn and e.since <= now and (e.until is None or e.until > now)]

    def is_older(one, other):
        return (one.since, one.filed_at, str(one.id)) < (other.since, other.filed_at, str(other.id))

    def same_speaker(one, other):
        return (one.source.kind, one.source.speaker) == (other.source.kind, other.source.speaker)

    heard = [
        e for e in live
        if not any(same_speaker(e, o) and is_older(e, o) for o in live)
    ]  # fmt: skip
    first = [
        e for e in heard
        if not any(o.strength.value > e.strength.value or (o.strength == e.strength and is_older(e, o)) for o in heard)
    ]  # fmt: skip
    if not first:
        ended = [e for e in evidence if not e.is_withdrawn and e.until is not None and e.until <= now]
        return (Standing.EXPIRED if ended else Standing.NO_EVIDENCE, None, frozenset())
    (leader,) = first
    return Standing(leader.finding), leader.id, frozenset(e.id for e in heard if e.finding != leader.finding)


hours = st.integers(-6, 3).map(lambda number: NOW + number * timedelta(hours=1))
pieces = st.builds(
    lambda kind, speaker, strength, finding, since, length, filed_at, is_withdrawn: (
        Source(kind, "r", speaker), strength, finding, since, length and since + length * timedelta(hours=1), filed_at,
        is_withdrawn,
    ),
    st.sampled_from([SourceKind.SURVEY, SourceKind.SENSOR, SourceKind.INSPECTION]),
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


@pytest.mark.parametrize("kind", list(SourceKind))
@pytest.mark.parametrize("strength", list(Strength))
def test_no_source_says_more_than_it_can(kind, strength):
    decision = rules.may_file(Source(kind, "r"), strength, since=NOW, until=None, from_inside=False, now=NOW)
    if strength.value <= rules.STRONGEST[kind].value:
        assert decision == ALLOWED
    else:
        assert decision.reason == AssuranceRefusal.TOO_STRONG_FOR_SOURCE


@pytest.mark.parametrize(
    ("kind", "strength"), [(SourceKind.INSPECTION, Strength.INSPECTED), (SourceKind.DOCUMENT, Strength.REVIEWED)]
)
def test_nobody_inspects_themselves(kind, strength):
    decision = rules.may_file(Source(kind, "r"), strength, since=NOW, until=None, from_inside=True, now=NOW)
    assert decision.reason == AssuranceRefusal.INSPECTED_BY_ITSELF


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        (NOW + timedelta(microseconds=1), None, AssuranceRefusal.BEGINS_IN_FUTURE),
        (NOW - DAY, NOW - DAY, AssuranceRefusal.ENDS_BEFORE_IT_BEGINS),
        (NOW, NOW + timedelta(microseconds=1), None),
    ],
)
def test_evidence_is_about_a_time_that_has_begun(since, until, reason):
    decision = rules.may_file(
        Source(SourceKind.PERSON, "r"), Strength.DECLARED, since=since, until=until, from_inside=True, now=NOW
    )
    assert decision == ALLOWED if reason is None else decision.reason == reason


def test_withdrawing_takes_a_reason_and_happens_once():
    assert rules.may_withdraw(is_withdrawn=False, why="wrong device") == ALLOWED
    assert rules.may_withdraw(is_withdrawn=False, why="no").reason == AssuranceRefusal.WHY_MISSING
    assert rules.may_withdraw(is_withdrawn=True, why="wrong device").reason == AssuranceRefusal.ALREADY_WITHDRAWN


def test_every_member_has_its_place_in_the_tables():
    assert set(rules.STRONGEST) == set(SourceKind)
    assert set(rules.STANDING_OF) == set(Finding)
    assert [strength.value for strength in Strength] == sorted(strength.value for strength in Strength)
