"""Which revision stands, which score is shown, when a source is asked again."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.prevention.advisories import engine, rules, vocabulary
from sonae.prevention.advisories.rules import Revision
from sonae.prevention.advisories.vocabulary import (
    AdvisoryRefusal,
    Certainty,
    Format,
    Score,
    ScoreSystem,
    Severity,
    SourceKind,
)
from sonae_engine.exposure.ranges import vocabulary as ranges
from sonae_engine.exposure.vocabulary import Covered

NOW = datetime(2026, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def revision(days=0, *, of=Format.CSAF, number="1"):
    return Revision(of, None if days is None else NOW + days * DAY, number)


@pytest.mark.parametrize(
    ("new", "standing", "stands"),
    [
        (revision(), None, True),
        (revision(1), revision(0), True),
        (revision(0), revision(1), False),
        (revision(0), revision(0), True),
        (revision(None), revision(0), True),
        (revision(9, of=Format.JVNRSS), revision(0), False),
        (revision(0), revision(9, of=Format.JVNRSS), True),
        (revision(1, of=Format.JVNRSS), revision(0, of=Format.JVNRSS), True),
        (revision(0, of=Format.JVNRSS), None, True),
    ],
)
def test_which_revision_stands(new, standing, stands):
    assert rules.replaces(new, standing) is stands


@given(st.lists(st.integers(0, 5), min_size=1, max_size=5, unique=True))
def test_whatever_the_order_the_newest_stands(days):
    for order in permutations(revision(day) for day in days):
        standing = None
        for one in order:
            standing = one if rules.replaces(one, standing) else standing
        assert standing == revision(max(days))


@pytest.mark.parametrize(
    ("base", "band"),
    [
        (None, None), (0.0, Severity.NONE), (0.1, Severity.LOW), (3.9, Severity.LOW), (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM), (7.0, Severity.HIGH), (8.9, Severity.HIGH), (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)  # fmt: skip
def test_the_band_of_a_score(base, band):
    assert rules.severity(base) is band


def test_the_newest_version_of_cvss_is_shown_and_of_it_the_highest():
    scores = [
        Score(ScoreSystem.V2, 10.0), Score(ScoreSystem.V3_1, 5.0), Score(ScoreSystem.V3_1, 7.5),
        Score(ScoreSystem.V3_0, 9.8), Score(ScoreSystem.V4, None, "CVSS:4.0/AV:N"),
    ]  # fmt: skip
    assert rules.main_score(scores) == Score(ScoreSystem.V3_1, 7.5)
    assert rules.main_score([]) is None


@given(st.integers(1, 200), st.integers(1, 200))
def test_the_more_failures_the_longer_the_wait_and_a_day_at_most(fewer, more):
    fewer, more = sorted((fewer, more))
    first, second = (rules.next_try(count, now=NOW) for count in (fewer, more))
    assert NOW + rules.FIRST_BACK_OFF <= first <= second <= NOW + rules.LONGEST_BACK_OFF


def test_a_publisher_who_names_a_wait_is_heard_up_to_a_day():
    assert rules.next_try(1, now=NOW, asked_for=timedelta(hours=2)) == NOW + timedelta(hours=2)
    assert rules.next_try(1, now=NOW, asked_for=timedelta(days=90)) == NOW + rules.LONGEST_BACK_OFF


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"has_address": False}, AdvisoryRefusal.SOURCE_HAS_NO_ADDRESS),
        ({"is_paused": True}, AdvisoryRefusal.SOURCE_PAUSED),
        ({"retry_at": NOW + DAY}, AdvisoryRefusal.SOURCE_TOO_SOON),
        ({"retry_at": NOW}, None),
    ],
)
def test_when_a_source_may_be_asked(facts, reason):
    asked = {"has_address": True, "is_paused": False, "retry_at": None, "now": NOW} | facts
    assert getattr(rules.may_pull(**asked), "reason", None) is reason


def test_a_source_grows_old():
    late = NOW + rules.rhythm(SourceKind.KEV) * rules.OLD_AFTER + timedelta(seconds=1)
    assert not rules.is_old(SourceKind.KEV, succeeded_at=NOW, since=NOW - DAY, now=NOW + DAY)
    assert rules.is_old(SourceKind.KEV, succeeded_at=NOW, since=NOW, now=late)
    assert rules.is_old(SourceKind.KEV, succeeded_at=None, since=NOW, now=late)


def test_the_words_of_the_engine_are_ours():
    assert {one.value for one in ranges.Certainty} == {one.value for one in Certainty} - {Certainty.STATED.value}
    assert {one.value for one in ranges.Fault} == {one.value for one in vocabulary.Unread}
    assert {one.value for one in Covered} == {one.value for one in vocabulary.Covered}


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("< 2.3", ("(*, 2.3)",)),
        ("vers:all/*", ("all",)),
        ("vers:generic/1.0|2.0", ("=1.0", "=2.0")),
        ("2.1.0以上 2.1.3以下", ("[2.1.0, 2.1.3]",)),
    ],
)
def test_a_text_is_read_by_the_engine(text, understood):
    assert engine.understand(text).ranges == understood
