"""Two editions laid beside each other: neither everybody nor an officer reads of a handful who came in between."""

import random

import pytest

from sonae.prevention.surveys.results import known_rows, moves, recovery
from sonae.prevention.surveys.results.between import kept_back_beside
from sonae.prevention.surveys.results.differences import few_moved_to_any
from sonae.prevention.surveys.results.disclosure import Earlier, shown_to_all
from sonae.prevention.surveys.results.identities import Identity
from sonae.prevention.surveys.results.rules import classes_of, count, totals_by_class
from sonae.prevention.surveys.results.tests.oracle import possible_figures
from sonae.prevention.surveys.results.tests.test_readers_of_a_row import truth_of
from sonae.prevention.surveys.results.truth import Published
from sonae.prevention.surveys.results.vocabulary import (
    EVERYBODY,
    FIRST_OPTION,
    Column,
    Given,
    Leak,
    Margins,
    Shape,
    Stratum,
)

THRESHOLD = 3
WHICH = Column("which", Shape.ONE, ("a", "b", "c"))
ASKED_OF_ALL = (Identity("which"),)
STRATA = tuple(
    Stratum(band, place, kind)
    for place in ("01", "13", "31")
    for band, kind in (("20-99", "hospital"), ("0-19", "clinic"))
)
PAIRS = {(one.band, one.kind) for one in STRATA}


def said(stratum, options):
    return [Given(stratum, {"which": option}, frozenset()) for option in options]


def counted(givens):
    strata, cubes = count((WHICH,), givens)
    return strata, cubes, [sum(one.stratum == stratum for one in givens) for stratum in strata]


def two_editions(first, late, *, figure_by_figure=True):
    """What is shown of some answers, and of them with those that came in late; and who handed in, by class."""
    strata, cubes, submitted = counted(first)
    (before,) = shown_to_all(cubes, strata, submitted=submitted, threshold=THRESHOLD)
    moved = {one: sum(each.stratum == one for each in late) for one in strata}
    few = few_moved_to_any(moved, strata, threshold=THRESHOLD)
    kept_back = {each for one in strata for each in classes_of(one)} if few is None else few
    more = ({"which": cubes[0]}, strata, submitted) if figure_by_figure else ()
    earlier = Earlier({"which": before}, {"which": moved}, *more)
    again, cubes, submitted_then = counted([*first, *late])
    assert again == strata
    (after,) = shown_to_all(
        cubes, strata, submitted=submitted_then, threshold=THRESHOLD, kept_back={"which": kept_back}, earlier=[earlier]
    )
    return (
        Published(totals_by_class(dict(zip(strata, submitted, strict=True))), {"which": before}),
        Published(totals_by_class(dict(zip(strata, submitted_then, strict=True))), {"which": after}),
    )


def difference_of(before, new):
    """What a reader has who subtracts: a table of those who came in between."""
    rows = {
        each: tuple(
            None if was is None or now is None else now - was
            for was, now in zip(before.questions["which"].rows[each], row, strict=True)
        )
        for each, row in new.questions["which"].rows.items()
    }
    submitted = {each: number - before.submitted[each] for each, number in new.submitted.items()}
    return Published(submitted, {"which": Margins(WHICH, rows)})


def a_course(seed):
    """Answers that were there, and some that came late."""
    chance = random.Random(seed)
    first = [one for stratum in STRATA for one in said(stratum, chance.choices("abc", k=chance.choice([20, 30])))]
    kinds = chance.choice(["abc", "aaab", "aaabbc", "aabb"])
    late = [
        one for _ in range(chance.choice([4, 6, 9, 12])) for one in said(chance.choice(STRATA), chance.choice(kinds))
    ]
    return first, late


def test_of_two_editions_no_table_of_those_in_between_tells_of_a_handful():
    groups = recovery.groups_of(PAIRS)
    told_without = 0
    for seed in range(8):
        first, late = a_course(seed)
        before, new = two_editions(first, late)
        between = difference_of(before, new)
        rows = between.questions["which"].rows
        assert not [row for row in rows.values() for one in row[1:] if one is not None and 0 < abs(one) < THRESHOLD]
        for (_, place, each), values in possible_figures(between, ASKED_OF_ALL, groups).items():
            # Where no more than a handful came they may all have been of one mind, as in a table of their own.
            if place >= FIRST_OPTION and between.submitted[each] >= THRESHOLD:
                assert not 0 < max(values) < THRESHOLD, (seed, place, each, sorted(values))
        found = list(moves.small_between(before, new, groups, ASKED_OF_ALL, THRESHOLD))
        assert found == [], "the second gate lets pass what the first layer left"
        before, new = two_editions(first, late, figure_by_figure=False)
        told_without += any(moves.small_between(before, new, groups, ASKED_OF_ALL, THRESHOLD))
    assert told_without, "without it the gate would have refused some of them"


@pytest.mark.parametrize("seed", range(8))
def test_the_gate_passes_what_was_kept_back_for_every_officer_too(seed):
    first, late = a_course(seed)
    before, new = two_editions(first, late)
    tables = [(first + late, new.questions.values()), (first, before.questions.values())]
    editions = [truth_of((WHICH,), givens, shown) for givens, shown in tables]
    known = {"identities": ASKED_OF_ALL, "bands_of_kinds": PAIRS, "threshold": THRESHOLD}
    assert list(known_rows.found_in(editions, **known, told=lambda: None)) == []


def test_one_of_five_late_hospitals_who_said_no_is_told_by_no_difference():
    # Of five that came in between in one prefecture one said no.
    first = [one for stratum in STRATA for one in said(stratum, "a" * 20 + "b" * 10)]
    late = [*said(STRATA[0], "aaaab"), *said(STRATA[2], "aaaabbbb"), *said(STRATA[4], "a" * 9 + "b" * 9)]
    before, new = two_editions(first, late)
    rows = difference_of(before, new).questions["which"].rows
    assert rows["prefecture", "01"][FIRST_OPTION + 1] is None
    assert rows["prefecture", "13"][FIRST_OPTION + 1] is None, "or it would be what the others leave of all"
    assert None not in new.questions["which"].rows[EVERYBODY], "fourteen of 31 said no in all"


def test_the_gate_names_a_difference_of_a_handful():
    first = [one for stratum in STRATA for one in said(stratum, "a" * 20 + "b" * 10)]
    late = [*said(STRATA[0], "aaaab"), *said(STRATA[2], "aaaaabbbb"), *said(STRATA[4], "a" * 9 + "b" * 9)]
    before, new = two_editions(first, late, figure_by_figure=False)
    found = moves.small_between(before, new, recovery.groups_of(PAIRS), ASKED_OF_ALL, THRESHOLD)
    named = {(one.leak, one.each, one.place) for one in found}
    assert (Leak.FEW_MOVED, ("prefecture", "01"), FIRST_OPTION + 1) in named


def test_where_all_came_to_one_answer_or_nobody_moved_nothing_is_kept_back():
    assert kept_back_beside({}, STRATA, threshold=THRESHOLD) == frozenset()
    assert kept_back_beside({STRATA[0]: (0, 2, 0)}, STRATA, threshold=THRESHOLD) == frozenset()


def test_a_handful_that_left_an_answer_is_told_as_little_as_one_that_came():
    hidden = kept_back_beside(dict.fromkeys(STRATA[::2], (4, -1)), STRATA, threshold=THRESHOLD)
    assert {(category, one) for category in range(2) for one in {("prefecture", "01"), ("prefecture", "13")}} <= hidden
