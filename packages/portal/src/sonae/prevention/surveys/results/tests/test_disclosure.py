from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.differences import few_moved
from sonae.prevention.surveys.results.disclosure import Earlier, shown_to_all, small_figures
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, Column, Given, Margins, Shape, Stratum

PLACES = ("01", "13", "31", "32")
STRATA = tuple(Stratum(band, place, "hospital") for band, place in product(("20-99", "500+"), PLACES))
GATE = Column("gate", Shape.ONE, ("yes", "no"))
BEHIND = Column("behind", Shape.ONE, ("yes", "no"))
MEANS = Column("means", Shape.MANY, ("vpn", "edr"))
ALL = (GATE, BEHIND, MEANS)


def given_of(stratum, gate, behind="yes", means=("vpn",)):
    is_asked = gate == "yes"
    answers = {"gate": gate, "means": list(means), **({"behind": behind} if is_asked else {})}
    return Given(stratum, answers, frozenset() if is_asked else frozenset({"behind"}))


def shown(givens, **facts):
    strata, cubes = rules.count(ALL, givens)
    submitted = [sum(one.stratum == stratum for one in givens) for stratum in strata]
    found = shown_to_all(cubes, strata, submitted=submitted, threshold=3, **facts)
    return {margins.column.question: margins for margins in found}


def many(per_stratum=8):
    return [
        given_of(one, "yes" if n % 2 else "no", "no" if n % 4 == 1 else "yes")
        for one in STRATA
        for n in range(per_stratum)
    ]


def test_what_is_kept_back_of_a_gate_is_kept_back_of_the_denominator_behind_it():
    # In one prefecture two hospitals alone passed the gate: as many were asked what stands behind it.
    givens = [one for one in many() if one.stratum.prefecture != "31"]
    givens += [given_of(STRATA[2], "yes" if n < 2 else "no") for n in range(12)]
    found = shown(givens)
    tottori = ("prefecture", "31")
    yes = found["gate"].rows[tottori][5]
    assert yes is None
    for each in found["gate"].rows:
        assert (found["gate"].rows[each][5] is None) == (found["behind"].rows[each][0] is None), each


answered = st.tuples(
    st.sampled_from(STRATA), st.sampled_from(["yes", "no"]), st.sampled_from(["yes", "no"]),
    st.sampled_from([(), ("vpn",), ("edr",), ("vpn", "edr")]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(answered, max_size=60))
def test_no_small_figure_is_shown_and_none_stands_alone(rows):
    found = shown([given_of(*row) for row in rows])
    for margins in found.values():
        assert small_figures(margins, 3) == 0
        for place in range(margins.column.width):
            hidden = [each for each, row in margins.rows.items() if row[place] is None]
            for dimension in ("band", "prefecture"):
                along = [each for each in hidden if each[0] == dimension]
                assert len(along) != 1 or EVERYBODY in hidden, "the total less the others would tell it"


def test_large_figures_are_all_shown():
    found = shown(many(40))
    assert all(figure is not None for margins in found.values() for row in margins.rows.values() for figure in row)


def test_a_class_in_which_few_moved_is_kept_back_with_another():
    moved = {
        EVERYBODY: 40,
        ("prefecture", "31"): 1,
        ("prefecture", "13"): 30,
        ("prefecture", "01"): 9,
        ("band", "20-99"): 40,
    }
    found = few_moved(moved, STRATA, threshold=3)
    assert found == {("prefecture", "31"), ("prefecture", "01")}, "and the one in which least is lost"


def test_where_nothing_moved_nothing_is_kept_back():
    assert few_moved({EVERYBODY: 0}, STRATA, threshold=3) == frozenset()


def test_few_in_all_can_be_shown_beside_nothing():
    assert few_moved({EVERYBODY: 2, ("prefecture", "31"): 2}, STRATA, threshold=3) is None


def test_bands_are_kept_back_with_bands_of_the_same_kind():
    # Hospitals together are a figure of the other breakdown: a clinic's band hides nothing of a hospital's.
    strata = (*STRATA, Stratum("0-19", "13", "clinic"))
    moved = {EVERYBODY: 60, ("band", "500+"): 2, ("band", "20-99"): 50, ("band", "0-19"): 8}
    found = few_moved(moved, strata, threshold=3)
    assert {("band", "500+"), ("band", "20-99")} <= found
    assert ("band", "0-19") not in found


def test_what_an_earlier_edition_kept_back_stays_kept_back_where_nothing_moved():
    givens = many(40)
    before = shown(givens)
    row = before["gate"].rows["prefecture", "31"]
    hidden = dict(before["gate"].rows) | {("prefecture", "31"): (*row[:5], None, None)}
    earlier = Earlier({"gate": Margins(GATE, hidden)}, {"gate": {STRATA[0]: 10}})
    after = shown(givens, earlier=[earlier])
    assert after["gate"].rows["prefecture", "31"][5] is None
