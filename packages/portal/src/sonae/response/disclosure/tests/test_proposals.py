from itertools import pairwise

from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture, Region
from sonae.response.disclosure import proposals
from sonae.response.disclosure.vocabulary import Attack, Route, Statements

HOSPITAL = frozenset({InstitutionKind.HOSPITAL})
ABOUT_150 = list(proposals.beginnings(InstitutionKind.HOSPITAL, Prefecture.TOKYO, beds=150))


def test_no_draft_begins_with_the_prefecture_the_kind_of_attack_or_the_way_in():
    assert ABOUT_150[0].region is not None and ABOUT_150[-1] == Statements()
    assert all(said.prefecture is None and not said.month for said in ABOUT_150)
    assert {(said.attack, said.route) for said in ABOUT_150} == {(Attack.UNSAID, Route.UNSAID)}


def test_each_beginning_says_less_than_the_one_before():
    for earlier, later in pairwise(ABOUT_150):
        assert not proposals.says_as_much(later, earlier)


def test_beds_that_nobody_knows_are_not_said():
    unknown = proposals.beginnings(InstitutionKind.CLINIC, Prefecture.TOKYO, beds=None)
    assert all((said.beds_from, said.beds_through) == (None, None) for said in unknown)


def test_a_draft_begins_with_the_most_that_enough_institutions_fit():
    counts = {said: 5 * number for number, said in enumerate(ABOUT_150)}
    assert proposals.beginning(iter(ABOUT_150), count=counts.__getitem__, needed=10) == ABOUT_150[2]
    assert proposals.beginning(iter(ABOUT_150), count=lambda _said: 1, needed=10) == Statements()


def test_a_step_back_that_gains_nothing_over_a_smaller_one_is_not_offered():
    wide = Statements(kinds=HOSPITAL, region=Region.KANTO)
    narrow = Statements(kinds=HOSPITAL, region=Region.KANTO, beds_from=100, beds_through=199)
    nothing = Statements()
    assert proposals.that_change_something([(nothing, 16), (narrow, 16), (wide, 16)]) == [(narrow, 16)]
    assert proposals.that_change_something([(narrow, 12), (wide, 16), (nothing, 16)]) == [(narrow, 12), (wide, 16)]


def test_two_ways_back_that_do_not_contain_each_other_are_both_offered():
    without_kind = Statements(region=Region.KANTO)
    without_region = Statements(kinds=HOSPITAL)
    options = [(without_kind, 16), (without_region, 16)]
    assert proposals.that_change_something(options) == options
