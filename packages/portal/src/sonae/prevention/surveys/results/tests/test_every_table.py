"""The second gate, its sums and its witnesses, against whoever tries every table that agrees with what is published:
small surveys with questions behind each other, read by everybody and by whoever knows the row of a prefecture."""

import random

import pytest

from sonae.prevention.surveys.results import known_rows, recovery
from sonae.prevention.surveys.results.identities import NOT_ASKED
from sonae.prevention.surveys.results.tests.oracle import possible_figures
from sonae.prevention.surveys.results.tests.test_readers_of_a_row import (
    CHAIN,
    CHAINED,
    FEW,
    said,
    truth_of,
)
from sonae.prevention.surveys.results.tests.test_recovery import THRESHOLD, published
from sonae.prevention.surveys.results.truth import STRANGER
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    Given,
    Leak,
)
from sonae.prevention.surveys.results.witnesses import Witnesses

# How many of the figures are kept back on their own, and how many classes are kept back whole.
SHARES = ((1.0, 1.0), (0.7, 0.7), (0.4, 0.3), (0.5, 0.0), (0.9, 0.2))


def an_answer(chance):
    gate = chance.choice(["none", "a", "a", "c"])
    if gate == "none":
        return said(gate)
    if chance.random() < 0.3:
        return said(gate, behind="no")
    return said(gate, behind="yes", deeper=chance.choice(["yes", "no"]))


def a_survey(seed):
    """A few answers, and any figures whatever kept back; what nobody at all left out is shown."""
    chance = random.Random(seed)
    share, whole = chance.choice(SHARES)
    givens = [Given(chance.choice(FEW), *an_answer(chance)) for _ in range(chance.choice([2, 3, 4, 5]))]
    kept_back, closed = {}, {}

    def hidden(question, each, place):
        if place in {1, 2, 3}:
            return False
        if closed.setdefault(each, chance.random() < whole):
            return True
        return kept_back.setdefault((question, each, place), chance.random() < share)

    new = published(CHAIN, givens, hidden)
    return truth_of(CHAIN, givens, new.questions.values()), {(one.stratum.band, one.stratum.kind) for one in givens}


def printed(place):
    return ASKED if place == NOT_ASKED else FIRST_OPTION - 3 - place if place <= -3 else place


def told_of(left, values):
    """The figures that are kept back, or that no table prints, behind which a handful are known to stand; and those of
    which it is no secret: that a question that everybody is asked was asked, and answered where nobody left it out."""
    told, is_open = set(), set()
    for (question, place, each), possible in values.items():
        named = question, printed(place), each
        if question in {"gate", "means"}:
            all_answered = values[question, ANSWERED, EVERYBODY] == {left.submitted[EVERYBODY]}
            if place in {ASKED, NOT_ASKED} or (place == ANSWERED and all_answered):
                is_open.add(named)
                continue
        if place >= 0 and left.questions[question].rows[each][place] is not None:
            continue
        few = left.submitted[each] < THRESHOLD
        if (place >= 0 and min(possible) > 0) if few else 0 < max(possible) < THRESHOLD:
            told.add(named)
    return told, is_open


def held_against_every_table(seed):
    truth, pairs = a_survey(seed)
    groups = recovery.groups_of(pairs)
    known = {"identities": CHAINED, "bands_of_kinds": pairs, "threshold": THRESHOLD}
    found = list(known_rows.found_in([truth], **known, told=lambda: None))
    readers = [STRANGER, *(one for one in sorted(truth.own) if truth.own_submitted[one][EVERYBODY] < total(truth))]
    witnesses = Witnesses([truth], CHAINED, groups, THRESHOLD)
    unsure = {question: witnesses.unsure(question, readers) for question in truth.shown}
    for reader in readers:
        left = known_rows.less(truth, reader)
        told, is_open = told_of(left, possible_figures(left, CHAINED, groups))
        shown = {
            (question, place, each)
            for question, margins in left.questions.items()
            for each, row in margins.rows.items()
            for place, figure in enumerate(row)
            if figure is not None
        }
        named = {(one.question, one.place, one.each) for one in found if one.reader == reader}
        assert told <= named, (seed, reader, "told, and not named", told - named)
        solved = recovery.found_in(left, **known)
        by_sums = {(one.question, one.place, one.each) for one in solved if one.leak is Leak.WORKED_OUT}
        assert told <= by_sums, (seed, reader, "told, and not found by sums", told - by_sums)
        too_much = (named | by_sums) - shown - told - is_open
        assert not too_much, (seed, reader, "named, and not told", too_much)
        cleared = {one for one in told - shown if reader not in unsure[one[0]]}
        assert not cleared, (seed, reader, "cleared by a witness, and told", cleared)


def total(truth):
    return truth.submitted[EVERYBODY]


def test_what_the_gate_names_is_what_is_told_and_its_witnesses_clear_nothing_else():
    for seed in range(8):
        held_against_every_table(seed)


@pytest.mark.slow
def test_the_same_of_many_more():
    for seed in range(8, 60):
        held_against_every_table(seed)


# --- what was told, and was cleared or not named ------------------------------------------------------------------


def cleared_by_witnesses(columns, givens, hidden, ties, question):
    new = published(columns, givens, hidden)
    truth = truth_of(columns, givens, new.questions.values())
    groups = recovery.groups_of({(one.stratum.band, one.stratum.kind) for one in givens})
    readers = [STRANGER, *truth.own]
    return set(readers) - Witnesses([truth], ties, groups, THRESHOLD).unsure(question, readers)


def options_hidden(_question, _each, place):
    return place == ASKED or place >= ANSWERED


def test_whom_everybody_asks_cannot_have_been_left_out_instead():
    # All chose `a`, and it is shown that nobody left the question out: who handed in chose it.
    givens = [Given(FEW[0], *said("a", behind="no")), Given(FEW[2], *said("a", behind="no"))]

    def hidden(question, each, place):
        return options_hidden(question, each, place) and not (question == "gate" and place in {5, 7})

    assert cleared_by_witnesses(CHAIN, givens, hidden, CHAINED, "gate") == set()


def test_what_the_own_institutions_may_have_answered_otherwise_hides_nothing_from_their_officer():
    # One outside of Tottori, of which everything is shown; of the four in Tottori nothing.
    givens = [Given(FEW[0], *said("none")), *(Given(FEW[4], *said("a", behind="no")) for _ in range(4))]

    def hidden(question, each, place):
        return each != ("prefecture", "01") and options_hidden(question, each, place)

    assert "31" not in cleared_by_witnesses(CHAIN, givens, hidden, CHAINED, "gate")


def test_nobody_comes_to_be_asked_where_it_is_shown_that_nobody_answered_anything():
    # All chose `none`: that nobody was asked what follows stands in the figures for everybody.
    givens = [Given(FEW[0], *said("none")), Given(FEW[0], *said("none")), Given(FEW[3], *said("none"))]

    def hidden(question, each, place):
        return options_hidden(question, each, place) and not (question == "behind" and each == EVERYBODY)

    assert cleared_by_witnesses(CHAIN, givens, hidden, CHAINED, "gate") == set()


def test_who_was_not_asked_is_read_by_an_officer_too():
    # One outside of Tokyo was not asked; in Tokyo were many more. Everything is shown.
    givens = [Given(FEW[0], *said("none")), *(Given(FEW[0], *said("a", behind="no")) for _ in range(5))]
    givens += [Given(FEW[2], *said("none")) for _ in range(9)] + [Given(FEW[2], *said("a", behind="no"))] * 9
    new = published(CHAIN, givens, lambda question, *_: question == "gate")
    truth = truth_of(CHAIN, givens, new.questions.values())
    pairs = {(one.stratum.band, one.stratum.kind) for one in givens}
    known = {"identities": CHAINED, "bands_of_kinds": pairs, "threshold": THRESHOLD, "told": lambda: None}
    found = {(one.reader, one.question, one.each, one.place) for one in known_rows.found_in([truth], **known)}
    assert ("13", "behind", EVERYBODY, ASKED) in found


def test_that_all_of_a_small_class_answered_is_no_secret_where_nobody_left_the_question_out():
    # Two handed in for each class, with other answers: all is kept back but that nobody left the question out.
    givens = [Given(one, *said(gate, behind="no")) for one, gate in zip(FEW[:4], "acac", strict=True)]
    new = published(CHAIN, givens, lambda name, each, place: name != "gate" or options_hidden(name, each, place))
    pairs = {(one.stratum.band, one.stratum.kind) for one in givens}
    found = recovery.found_in(new, identities=CHAINED, bands_of_kinds=pairs, threshold=THRESHOLD)
    assert (ANSWERED, "gate") not in {(one.place, one.question) for one in found}
