"""The second gate against an adversary who tries every table there could be, and against mistakes made on purpose."""

import random
from dataclasses import replace
from functools import partial
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.disclosure import shown_to_all
from sonae.prevention.surveys.results.identities import Identity
from sonae.prevention.surveys.results.recovery import found_in
from sonae.prevention.surveys.results.tests.oracle import possible_behind_a_gate, possible_tables
from sonae.prevention.surveys.results.truth import Published
from sonae.prevention.surveys.results.vocabulary import (
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Column,
    Given,
    Leak,
    Margins,
    Shape,
    Stratum,
)

PLACES = ("01", "13", "31")
BANDS = ("20-99", "500+")
STRATA = tuple(Stratum(band, place, "hospital") for band, place in product(BANDS, PLACES))
PAIRS = {(one.band, one.kind) for one in STRATA}
WHICH = Column("which", Shape.ONE, ("a", "b", "c"))
TOTTORI = ("prefecture", "31")
THRESHOLD = 3


def published(columns, givens, hidden=lambda question, each, place: False):
    """An edition of some answers, with the figures kept back that `hidden` names."""
    strata, cubes = rules.count(columns, givens)
    submitted = rules.totals_by_class({one: sum(each.stratum == one for each in givens) for one in strata})
    questions = {}
    for cube in cubes:
        rows = {
            each: tuple(
                None if hidden(cube.column.question, each, place) else figure for place, figure in enumerate(row)
            )
            for each, row in rules.margins_of(cube, strata).rows.items()
        }
        questions[cube.column.question] = Margins(cube.column, rows)
    return Published(submitted, questions)


def leaks(new, **known):
    return found_in(new, bands_of_kinds=PAIRS, threshold=THRESHOLD, **known)


def chose(stratum, option):
    return Given(stratum, {"which": option}, frozenset())


@st.composite
def tables(draw):
    """Some answers, and any figures whatever of the options kept back."""
    rows = [
        chose(one, draw(st.sampled_from(WHICH.options)))
        for one in STRATA[: draw(st.integers(2, 6))]
        for _ in range(draw(st.integers(0, 2)))
    ]
    classes = sorted({each for one in rows for each in rules.classes_of(one.stratum)})
    cells = [(place, each) for place in range(FIRST_OPTION, WHICH.width) for each in classes]
    return rows, set(draw(st.lists(st.sampled_from(cells), max_size=len(cells)))) if cells else set()


@settings(max_examples=200, deadline=None)
@given(tables())
def test_what_the_gate_names_is_what_one_reads_who_tries_every_table(made):
    givens, hidden = made
    if not givens:
        return
    new = published((WHICH,), givens, lambda _, each, place: (place, each) in hidden)
    named = {(one.place, one.each) for one in leaks(new) if one.leak is Leak.WORKED_OUT}
    rows = new.questions["which"].rows
    sizes = {
        dimension: {value: number for (dim, value), number in new.submitted.items() if dim == dimension}
        for dimension in ("band", "prefecture")
    }
    figures = {(at, each): row[FIRST_OPTION + at] for each, row in rows.items() for at in range(3) if each[0] != "kind"}
    for at in range(3):
        # The sum of all hospitals stands twice: for everybody, and for their kind.
        if figures[at, EVERYBODY] is None:
            figures[at, EVERYBODY] = rows["kind", "hospital"][FIRST_OPTION + at]
    possible = possible_tables(sizes, 3, figures)
    for (at, each), values in possible.items():
        cell = FIRST_OPTION + at, each
        if cell not in hidden:
            continue
        few = new.submitted[each] < THRESHOLD
        tells = min(values) > 0 if few else 0 < max(values) < THRESHOLD
        assert (cell in named) == tells, (cell, sorted(values))


def many(number=4):
    """So many of each answer everywhere."""
    return [chose(one, option) for one in STRATA for option in WHICH.options for _ in range(number)]


def some(number, *, seed=7):
    chance = random.Random(seed)
    return [chose(chance.choice(STRATA), chance.choice(("a", "a", "a", "b", "b", "c"))) for _ in range(number)]


@pytest.mark.parametrize("number", [8, 20, 45, 90])
def test_what_was_decided_to_be_kept_back_passes(number):
    givens = some(number)
    strata, cubes = rules.count((WHICH,), givens)
    submitted = [sum(one.stratum == stratum for one in givens) for stratum in strata]
    (shown,) = shown_to_all(cubes, strata, submitted=submitted, threshold=THRESHOLD)
    new = Published(published((WHICH,), givens).submitted, {"which": shown})
    assert any(figure is None for row in shown.rows.values() for figure in row)
    assert leaks(new) == ()


def test_a_small_figure_that_is_shown_is_named():
    found = leaks(published((WHICH,), [chose(STRATA[2], "a"), *(chose(one, "b") for one in STRATA * 9)]))
    assert {(one.leak, one.place) for one in found} >= {(Leak.SMALL_SHOWN, FIRST_OPTION)}


def test_a_figure_kept_back_alone_is_the_total_less_the_others():
    givens = [chose(STRATA[2], "a"), *(chose(one, "b") for one in STRATA * 9)]
    givens += [chose(STRATA[0], "a") for _ in range(9)]
    new = published((WHICH,), givens, lambda _, each, place: place == FIRST_OPTION and each == TOTTORI)
    assert (Leak.WORKED_OUT, TOTTORI, FIRST_OPTION) in {(one.leak, one.each, one.place) for one in leaks(new)}


def test_figures_that_do_not_add_up_are_named():
    new = published((WHICH,), many())
    rows = dict(new.questions["which"].rows)
    rows[TOTTORI] = (*rows[TOTTORI][:-1], rows[TOTTORI][-1] + 9)
    found = leaks(replace(new, questions={"which": Margins(WHICH, rows)}))
    assert {one.leak for one in found} == {Leak.CONTRADICTORY}


# --- across tables ---------------------------------------------------------------------------------------------------

GATE = Column("gate", Shape.ONE, ("none", "a", "c"))
BEHIND = Column("behind", Shape.ONE, ("yes", "no"))
TIES = (Identity("behind", "gate", (FIRST_OPTION + 1, FIRST_OPTION + 2)),)


def passed(at, choice, behind):
    answers = {"gate": choice, **({"behind": behind} if choice != "none" else {})}
    return Given(STRATA[at], answers, frozenset({"behind"} if choice == "none" else ()))


def one_with_a(hidden_gate=("31", "13")):
    """One in Tottori chose `a`; that and `none` are kept back there and in another prefecture, nothing behind."""
    givens = [passed(2, "a", "yes"), *(passed(2, "none", "") for _ in range(4))]
    givens += [passed(2, "c", "no" if number < 4 else "yes") for number in range(8)]
    for at in (0, 1):
        givens += [passed(at, "none", "") for _ in range(4)] + [passed(at, "c", "no") for _ in range(5)]
        givens += [passed(at, "a", "yes") for _ in range(6)]

    def hidden(question, each, place):
        return question == "gate" and each[1] in hidden_gate and place in {FIRST_OPTION, FIRST_OPTION + 1}

    return published((GATE, BEHIND), givens, hidden)


def test_a_gate_is_read_from_how_many_were_asked_what_stands_behind_it():
    new = one_with_a()
    assert leaks(new) == (), "the table of the gate alone is safe"
    found = leaks(new, identities=TIES)
    assert (Leak.WORKED_OUT, "gate", TOTTORI, FIRST_OPTION + 1) in {
        (one.leak, one.question, one.each, one.place) for one in found
    }


def is_one_of(places, questions, question, each, _place):
    return each[1] in places and question in questions


def test_the_adversary_who_tries_all_answers_to_both_questions_reads_the_same():
    names = {"none": ("gate", 5), "a": ("gate", 6), "c": ("gate", 7), "asked": ("behind", ASKED)}
    names |= {"yes": ("behind", 5), "no": ("behind", 6)}
    givens = [passed(2, "none", ""), *(passed(2, "a", "yes") for _ in range(3))]
    for at in (0, 1):
        givens += [passed(at, "none", "") for _ in range(3)] + [passed(at, "a", "no") for _ in range(3)]
    sizes = [sum(one.stratum == STRATA[at] for one in givens) for at in range(3)]
    own = [("prefecture", place) for place in PLACES]
    together = [EVERYBODY, ("band", "20-99"), ("kind", "hospital")]
    for kept_back, tables in product(({"31"}, {"31", "13"}, {"31", "13", "01"}), ({"gate"}, {"gate", "behind"})):
        new = published((GATE, BEHIND), givens, partial(is_one_of, kept_back, tables))
        figures = {
            (name, each): row[place]
            for name, (question, place) in names.items()
            for each, row in new.questions[question].rows.items()
        }
        known = {cell: figure for cell, figure in figures.items() if figure is not None}
        possible = possible_behind_a_gate(own, together, sizes, known)
        found = {(one.question, one.place, one.each) for one in leaks(new, identities=TIES)}
        for (name, each), figure in figures.items():
            # How many were not asked is no figure of its own; it is named with those who were.
            left_out = max(sizes[own.index(each)] - one for one in possible[name, each]) if each in own else 3
            if figure is None and (name != "asked" or left_out >= THRESHOLD):
                tells = 0 < max(possible[name, each]) < THRESHOLD
                assert ((*names[name], each) in found) == tells, (name, each, kept_back, tables)


def test_an_identity_that_the_figures_refute_is_not_used():
    new = one_with_a()
    wrong = Identity("behind", "gate", (FIRST_OPTION,))
    assert leaks(new, identities=[wrong]) == ()


# --- across editions -------------------------------------------------------------------------------------------------


def test_one_newcomer_is_read_as_the_difference_of_two_editions():
    before = many()
    new = published((WHICH,), [*before, chose(STRATA[2], "c")])
    found = leaks(new, earlier=[published((WHICH,), before)])
    assert {one.leak for one in found} == {Leak.FEW_MOVED}
    assert {one.each for one in found} >= {EVERYBODY, TOTTORI}


def test_a_class_whose_newcomers_are_few_is_read_through_the_others():
    before = many()
    after = [*before, chose(STRATA[2], "c"), *(chose(STRATA[3], "a") for _ in range(5))]
    new = published((WHICH,), after, lambda _, each, __: each == TOTTORI)
    found = leaks(new, earlier=[published((WHICH,), before)])
    few = {(Leak.FEW_MOVED, TOTTORI), (Leak.FEW_MOVED, ("band", "20-99"))}
    # Of all six that came in between one chose `c`: that is told of everybody.
    of_all = {(Leak.FEW_MOVED, EVERYBODY), (Leak.FEW_MOVED, ("kind", "hospital"))}
    assert {(one.leak, one.each) for one in found} == few | of_all


def test_many_newcomers_hide_each_other():
    before = many()
    after = [*before, *(chose(one, option) for one in STRATA for option in "aabb")]
    assert leaks(published((WHICH,), after), earlier=[published((WHICH,), before)]) == ()


def test_what_an_earlier_edition_kept_back_is_not_shown_by_a_later_one_where_nothing_moved():
    givens = [chose(STRATA[2], "a"), *(chose(STRATA[2], "b") for _ in range(8))]
    for at in (0, 1):
        givens += [chose(STRATA[at], option) for option in "aaaaabbbbb"]

    def pair(*kept):
        return lambda _, each, place: each[1] in kept and place in {FIRST_OPTION, FIRST_OPTION + 1}

    before = published((WHICH,), givens, pair("31", "13"))
    assert leaks(before) == ()
    # The second edition keeps back another one beside it: each alone is safe.
    after = published((WHICH,), givens, pair("31", "01"))
    assert leaks(after) == ()
    found = leaks(after, earlier=[before])
    assert (Leak.WORKED_OUT, TOTTORI, FIRST_OPTION) in {(one.leak, one.each, one.place) for one in found}


def test_what_somebody_supposes_and_is_wrong_about_is_not_held_against_the_edition():
    before = published((WHICH,), many())
    moved = many()
    moved[0] = replace(moved[0], answers={"which": "c" if moved[0].answers["which"] != "c" else "a"})
    after = published((WHICH,), moved)
    assert {one.leak for one in leaks(after, earlier=[before])} == {Leak.FEW_MOVED}
