"""What counts of a match, and in which steps a number of institutions is told."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance.vocabulary import Finding
from sonae.core.institutions.testing import NOW
from sonae.prevention.assets.vocabulary import Criticality
from sonae.prevention.exposure import rules
from sonae.prevention.exposure.vocabulary import Certainty, Priority, Reach, Standing, Surrounding, Tally

SAME, DIFFERENT, OPEN = Standing.SAME, Standing.DIFFERENT, Standing.OPEN


@pytest.mark.parametrize(
    ("hits", "certainty"),
    [
        ([], None),
        ([(DIFFERENT, True)], None),
        ([(OPEN, True)], Certainty.PRODUCT_UNCLEAR),
        ([(OPEN, True), (SAME, False)], Certainty.VERSION_UNKNOWN),
        ([(OPEN, False), (SAME, True), (DIFFERENT, True)], Certainty.CERTAIN),
    ],
)
def test_the_surest_of_the_hits_counts(hits, certainty):
    assert rules.certainty_of(hits) is certainty


@pytest.mark.parametrize(
    ("about", "reach"),
    [
        (Surrounding("yes", "no", "no", ends_a_connection=False), Reach.INTERNET),
        (Surrounding("no", "yes", "", ends_a_connection=True), Reach.INTERNET),
        (Surrounding("no", "no", "no", ends_a_connection=True), Reach.VENDOR_LINK),
        (Surrounding("unknown", "", "yes", ends_a_connection=False), Reach.VENDOR_LINK),
        (Surrounding("no", "", "", ends_a_connection=False), Reach.INSIDE),
        (Surrounding("no", "no", "unknown", ends_a_connection=False), Reach.UNKNOWN),
        (Surrounding("unknown", "", "", ends_a_connection=False), Reach.UNKNOWN),
    ],
)
def test_a_way_that_is_not_known_is_not_taken_as_none(about, reach):
    assert rules.reach_of(about) is reach


def test_what_the_ledger_does_not_say_of_the_clinic_is_not_known():
    assert [one for one in Criticality if rules.impact_of(one) is None] == [Criticality.UNKNOWN]


def test_nothing_is_due_that_can_wait_or_is_unclear():
    assert rules.due_at(Priority.DEFER, Certainty.CERTAIN, since=NOW) is None
    assert rules.due_at(Priority.IMMEDIATE, Certainty.PRODUCT_UNCLEAR, since=NOW) is None
    assert rules.due_at(Priority.IMMEDIATE, Certainty.VERSION_UNKNOWN, since=NOW) == NOW + timedelta(days=2)


@pytest.mark.parametrize(
    ("tally", "finding"),
    [
        (Tally(0, 0, 0), Finding.IN_PLACE),
        (Tally(4, 0, 0), Finding.IN_PLACE),
        (Tally(4, 2, 2), Finding.PARTLY),
        (Tally(4, 1, 1), Finding.ABSENT),
    ],
)
def test_what_the_course_says_about_the_patches(tally, finding):
    assert rules.finding_of(tally) is finding


@given(st.integers(0, 10_000), st.integers(2, 100))
def test_a_number_lies_in_its_step_and_nothing_below_the_threshold_is_told_apart(count, k):
    band = rules.told_as(count, k=k)
    assert band.fewest <= count <= band.most
    assert count >= k or (band.fewest, band.most) == (0, k - 1)


def test_from_all_that_is_told_nobody_narrows_a_small_number_down():
    """Every table of three prefectures: what is below the threshold can be anything below it, for all that is told."""
    k = 3
    consistent: dict[object, list[tuple[int, ...]]] = {}
    for parts in product(range(8), repeat=3):
        if any(parts):  # an advisory that concerns nobody is not in the list
            told = (*(rules.told_as(one, k=k) for one in parts), rules.told_in_all(parts, k=k))
            consistent.setdefault(told, []).append(parts)
    for told, tables in consistent.items():
        for place in range(3):
            if told[place].most == k - 1:
                assert {table[place] for table in tables} == set(range(k)), (told, place)
