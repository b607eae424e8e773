from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pytest
from django.utils.translation import override

from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.web import words
from sonae.core.web.components import StepState, Tone
from sonae.kernel.calendar import JST
from sonae.kernel.decision import Refused

NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)  # 06:00 on the 23rd in Japan


@pytest.mark.parametrize(
    ("language", "expected"), [("ja", "2026年11月23日（月） 06:00"), ("en", "Mon 23 Nov 2026 06:00 JST")]
)
def test_a_moment_is_told_in_japanese_time_with_its_day_of_the_week(language, expected):
    with override(language):
        assert words.jst(NOW) == expected


@pytest.mark.parametrize(("language", "expected"), [("ja", "2026年11月23日（月）"), ("en", "Mon 23 Nov 2026")])
def test_a_moment_counts_as_the_day_on_which_it_falls_in_japan(language, expected):
    with override(language):
        assert words.jdate(NOW) == words.jdate(date(2026, 11, 23)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (999, "999"), (180000, "180,000"), (1234.5, "1,234.5"), (2.0, "2"), (0.126, "0.13"), (1.999, "2")],
)
def test_numbers_are_grouped(value, expected):
    assert words.number(value) == expected


def test_a_share_comes_with_the_numbers_it_is_made_of():
    with override("en"):
        assert words.percent(21, 50) == "42.0% (21 of 50)"
        assert words.percent(0, 0) == "– (of 0)"


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=1200), "1,200 days ago"),
        (-timedelta(minutes=5), "in 5 minutes"),
        (-timedelta(hours=5), "in 5 hours"),
        (-timedelta(days=5), "in 5 days"),
    ],
)
def test_a_gap_is_told_in_the_largest_unit_that_fits(gap, expected):
    with override("en"):
        assert words.ago(NOW - gap, now=NOW) == expected


@pytest.mark.parametrize(
    ("due_at", "left"),
    [
        (datetime(2026, 11, 24, tzinfo=JST), "Due today"),
        (datetime(2026, 11, 25, tzinfo=JST), "1 day left"),
        (datetime(2026, 12, 3, tzinfo=JST), "9 days left"),
        (datetime(2026, 11, 23, 18, 30, tzinfo=JST), "Due today"),
        (datetime(2026, 11, 23, 5, 30, tzinfo=JST), "Overdue"),
        (datetime(2026, 11, 23, 1, 30, tzinfo=JST), "4 hours overdue"),
        (datetime(2026, 11, 23, tzinfo=JST), "1 day overdue"),
        (datetime(2026, 11, 22, tzinfo=JST), "2 days overdue"),
    ],
)
def test_what_is_left_of_a_period_is_counted_in_japanese_days(due_at, left):
    with override("en"):
        assert words.time_left(due_at, now=NOW) == left


def test_a_period_that_ends_with_a_day_names_that_day_and_not_the_next():
    with override("en"):
        assert words.due(datetime(2026, 11, 24, tzinfo=JST)) == "until Mon 23 Nov 2026"
        assert words.due(datetime(2026, 11, 24, 9, 0, tzinfo=JST)) == "until Tue 24 Nov 2026 09:00 JST"


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (5_000_000, "5.0 MB"), (3_000_000_000_000, "3,000.0 GB")],
)
def test_a_size_is_told_in_the_largest_unit(size_bytes, expected):
    assert words.size(size_bytes) == expected


def test_a_member_is_spoken_of_in_the_words_of_its_slice():
    with override("en"):
        assert words.of(Role.INSPECTOR) == "Inspector"
        assert words.of(Tone.WARNING) == "Caution"
    with override("ja"):
        assert words.of(Tone.WARNING) == "注意"
        assert words.of(StepState.CURRENT) == "現在の手順"


def test_a_refusal_is_a_sentence_with_its_facts_filled_in():
    with override("en"):
        refused = Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.DUTY_READ})
        assert words.of(refused) == "This token does not carry the scope “See duties”. Please issue one that does."


def test_a_member_without_words_is_an_error_of_ours():
    class Nameless(StrEnum):
        NOBODY = "nobody"

    assert not words.is_labelled(Nameless.NOBODY)
    assert words.readable(Nameless.NOBODY) == "nobody"
    with pytest.raises(LookupError, match=r"Nameless\.NOBODY"):
        words.of(Nameless.NOBODY)


def test_facts_of_every_kind_are_readable():
    with override("en"):
        assert [
            words.readable(value) for value in (True, False, 1200, None, "a", NOW, date(2026, 1, 5), Role.STAFF)
        ] == [
            "Yes",
            "No",
            "1,200",
            "–",
            "a",
            "Mon 23 Nov 2026 06:00 JST",
            "Mon 5 Jan 2026",
            "Staff",
        ]


def test_a_stored_text_finds_its_member_through_the_name_of_its_slice():
    assert words.member_of("accounts", "Role", "staff") is Role.STAFF


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 8_000, "0.0"),
        (2, 8_000, "<0.1"),
        (8, 8_000, "0.1"),
        (7_999, 8_000, ">99.9"),
        (8_000, 8_000, "100.0"),
        (1, 0, "–"),
    ],
)
def test_few_are_not_none_and_nearly_all_are_not_all(part, whole, said):
    assert words.share(part, whole) == said


@pytest.mark.parametrize(
    ("span", "japanese", "english"),
    [
        (timedelta(seconds=1), "1秒ごと", "every 1 second"),
        (timedelta(minutes=5), "5分ごと", "every 5 minutes"),
        (timedelta(hours=6), "6時間ごと", "every 6 hours"),
        (timedelta(seconds=90), "90秒ごと", "every 90 seconds"),
    ],
)
def test_how_often_something_happens_is_told_in_words(span, japanese, english):
    with override("ja"):
        assert words.interval(span) == japanese
    with override("en"):
        assert words.interval(span) == english
