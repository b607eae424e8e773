from datetime import UTC, datetime, timedelta

import pytest

from sonae.kernel.decision import ALLOWED, Refused
from sonae.prevention.detection import rules
from sonae.prevention.detection.vocabulary import (
    CollectorFacts,
    CollectorState,
    DetectionRefusal,
    Direction,
    EventFileProblem,
    Range,
    SightingRefusal,
    Where,
)
from sonae_engine.hunt import vocabulary as engine
from sonae_wire import vocabulary as wire

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Direction, wire.Direction),
        (Where, wire.Where),
        (SightingRefusal, wire.SightingProblem),
    ],
)
def test_the_words_are_those_of_the_wire(ours, theirs):
    assert {member.value for member in ours} == {member.value for member in theirs}


def test_the_problems_of_files_are_those_of_the_engine():
    told = {problem.value for problem in (*engine.FileProblem, *engine.LineProblem)}
    assert {problem.value for problem in EventFileProblem} == told


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"is_known": False}, SightingRefusal.UNKNOWN_INDICATOR),
        ({"is_revoked": True}, SightingRefusal.REVOKED_INDICATOR),
        ({"last_seen_at": NOW + timedelta(minutes=9)}, None),
        ({"last_seen_at": NOW + timedelta(minutes=11)}, SightingRefusal.IN_THE_FUTURE),
        ({"first_seen_at": NOW - timedelta(days=399)}, None),
        ({"first_seen_at": NOW - timedelta(days=401)}, SightingRefusal.TOO_OLD),
    ],
)
def test_which_sightings_are_taken(facts, reason):
    said = {"is_known": True, "is_revoked": False, "first_seen_at": NOW, "last_seen_at": NOW} | facts
    decision = rules.may_record(**said, now=NOW)
    assert decision == ALLOWED if reason is None else isinstance(decision, Refused) and decision.reason is reason


def test_an_answer_is_given_once_and_in_words():
    assert rules.may_answer(None, note="checked the device") == ALLOWED
    assert rules.may_answer(None, note="  ok  ").reason is DetectionRefusal.NOTE_MISSING
    assert rules.may_answer(NOW, note="checked the device").reason is DetectionRefusal.ALREADY_ANSWERED


@pytest.mark.parametrize(
    ("enrolled", "heard", "retired", "state"),
    [
        (timedelta(days=1), None, None, CollectorState.NEVER_HEARD),
        (timedelta(days=8), None, None, CollectorState.SILENT),
        (timedelta(days=8), timedelta(minutes=1), None, CollectorState.RUNNING),
        (timedelta(days=8), timedelta(hours=2), None, CollectorState.SILENT),
        (timedelta(days=8), timedelta(minutes=1), timedelta(0), CollectorState.RETIRED),
    ],
)
def test_how_a_collector_stands(enrolled, heard, retired, state):
    facts = CollectorFacts(
        NOW - enrolled, None if heard is None else NOW - heard, None if retired is None else NOW - retired
    )
    assert rules.state_of(facts, now=NOW) is state


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, Range(0, 0)),
        (1, Range(1, 9)),
        (9, Range(1, 9)),
        (10, Range(10, 49)),
        (49, Range(10, 49)),
        (50, Range(50, 199)),
        (200, Range(200, 999)),
        (1_000, Range(1_000, None)),
        (180_000, Range(1_000, None)),
    ],
)
def test_numbers_are_told_in_ranges(count, told):
    assert rules.told_as(count, k=10) == told


@pytest.mark.parametrize("k", [2, 3, 10, 20])
def test_no_range_below_k_tells_one_number_from_another(k):
    assert len({rules.told_as(count, k=k) for count in range(1, k)}) == 1
    for count in range(500):
        told = rules.told_as(count, k=k)
        assert told.fewest <= count and (told.most is None or count <= told.most)
