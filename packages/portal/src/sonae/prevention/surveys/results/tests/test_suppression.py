from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.prevention.surveys.results.rules import classes_of
from sonae.prevention.surveys.results.suppression import Ground, Table, mark_small
from sonae.prevention.surveys.results.tests.oracle import possible_values
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, Stratum

# Two bands of hospitals and one of clinics in two prefectures: beds make the kind, as they do in the register.
STRATA = tuple(
    Stratum(band, prefecture, kind)
    for band, kind in (("20-99", "hospital"), ("500+", "hospital"), ("0-19", "clinic"))
    for prefecture in ("13", "31")
)
CATEGORIES = 3


@st.composite
def tables(draw):
    strata = STRATA[: draw(st.integers(3, 6))]
    most = 3 if len(strata) > 4 else 4
    counts = [[draw(st.integers(0, most - 1 if category else most)) for _ in strata] for category in range(CATEGORIES)]
    # The adversary tries everything: few institutions, so that there is an end to it.
    for at in range(len(strata)):
        while sum(row[at] for row in counts) > most:
            row = max(counts, key=lambda row: row[at])
            row[at] -= 1
    return Table(Ground(strata), counts, draw(st.sampled_from([2, 3])))


def published_of(table):
    return {cell: table.values[cell] for cell in all_cells(table) if cell not in table.hidden}


def all_cells(table):
    return [(category, each) for category in table.categories for each in table.classes]


def kept_back(table):
    mark_small(table, asked=range(CATEGORIES))
    if not table.protect():
        table.hide_everything()
    return table


@settings(max_examples=150, deadline=None)
@given(tables())
def test_whoever_tries_all_answers_there_could_be_cannot_tell_what_is_kept_back(table):
    kept_back(table)
    published = published_of(table)
    assert all(not 0 < figure < table.threshold for figure in published.values()), "small figures are never shown"
    if not published:
        return
    sizes = [sum(row[at] for row in table.counts) for at in range(len(table.ground.strata))]
    found = possible_values([classes_of(one) for one in table.ground.strata], sizes, CATEGORIES, published)
    for cell in table.hidden:
        assert table.values[cell] in found[cell]
        wanted = table.needs.get(cell, 1)
        assert max(found[cell]) - min(found[cell]) >= wanted, (cell, table.values[cell], sorted(found[cell]))


def test_the_adversary_reads_a_figure_that_alone_was_kept_back():
    # What the test above rests on: without alternatives the total less the others tells everything.
    table = Table(Ground(STRATA[:2]), [[5, 1], [4, 6]], 3)
    published = {cell: table.values[cell] for cell in all_cells(table) if cell != (0, ("prefecture", "31"))}
    found = possible_values([classes_of(one) for one in table.ground.strata], [9, 7], 2, published)
    assert found[0, ("prefecture", "31")] == {1}


def test_a_small_figure_takes_the_cheapest_others_with_it():
    strata = tuple(Stratum("20-99", prefecture, "hospital") for prefecture in ("01", "13", "31", "32"))
    table = kept_back(Table(Ground(strata), [[40, 300, 2, 9], [30, 200, 12, 11]], 3))
    hidden = {each for category, each in table.hidden if category == 0}
    assert ("prefecture", "31") in hidden
    assert ("prefecture", "32") in hidden, "the smallest that hides it"
    assert ("prefecture", "13") not in hidden
    assert EVERYBODY not in hidden, "the total stays"


def test_a_figure_is_not_read_from_the_other_breakdown():
    # All clinics have fewer than 20 beds: whoever sees the one sees the other.
    strata = (Stratum("0-19", "13", "clinic"), Stratum("20-99", "13", "hospital"), Stratum("500+", "13", "hospital"))
    table = kept_back(Table(Ground(strata), [[2, 20, 30], [9, 20, 30]], 3))
    assert {(0, ("band", "0-19")), (0, ("kind", "clinic"))} <= table.hidden
    assert (0, ("kind", "hospital")) in table.hidden
    assert (0, EVERYBODY) not in table.hidden


def test_nothing_is_kept_back_where_everything_is_large():
    strata = tuple(Stratum("20-99", prefecture, "hospital") for prefecture in ("01", "13"))
    assert not kept_back(Table(Ground(strata), [[40, 300], [30, 200]], 3)).hidden
