"""What is kept back, against whoever follows up a prefecture: they know its row without gaps, and what stands in it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.prevention.surveys.results.differences import few_moved_to_any
from sonae.prevention.surveys.results.disclosure import Earlier, shown_to_all
from sonae.prevention.surveys.results.rules import classes_of, count
from sonae.prevention.surveys.results.suppression import STRANGER, Ground, Table, mark_small
from sonae.prevention.surveys.results.tests.oracle import possible_values
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, Column, Given, Margins, Shape, Stratum

CATEGORIES = 2
PLACES = ("13", "31", "32")
# A band of hospitals and one of clinics in three prefectures: beds make the kind, as they do in the register.
STRATA = tuple(
    Stratum(band, place, kind) for place in PLACES for band, kind in (("20-99", "hospital"), ("0-19", "clinic"))
)
TOTTORI = ("prefecture", "31")


@st.composite
def tables(draw):
    strata = draw(st.lists(st.sampled_from(STRATA), min_size=3, max_size=6, unique=True))
    counts = [[draw(st.integers(0, 3)) for _ in strata] for _ in range(CATEGORIES)]
    return Table(Ground(sorted(strata)), counts, draw(st.sampled_from([2, 3])))


def kept_back(table):
    mark_small(table, asked=range(CATEGORIES))
    if not table.protect():
        table.hide_everything()
    return table


def read_with_the_row_of(table, place):
    """What every figure can be outside a prefecture for whoever knows all of that prefecture, tried out; and how many
    handed in outside, by class."""
    outside = [at for at, one in enumerate(table.ground.strata) if one.prefecture != place]
    classes = [classes_of(table.ground.strata[at]) for at in outside]
    sizes = [sum(row[at] for row in table.counts) for at in outside]
    held = {each for some in classes for each in some}
    known = {
        (category, each): sum(
            table.counts[category][at] for at, some in zip(outside, classes, strict=True) if each in some
        )
        for category in table.categories
        for each in held
    }
    published = {cell: figure for cell, figure in known.items() if cell not in table.hidden}
    found = possible_values(classes, sizes, CATEGORIES, published)
    handed_in = {each: sum(size for size, some in zip(sizes, classes, strict=True) if each in some) for each in held}
    return known, found, handed_in


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(PLACES))
def test_whoever_knows_a_row_and_tries_all_answers_cannot_tell_what_is_kept_back(table, place):
    kept_back(table)
    known, found, handed_in = read_with_the_row_of(table, place)
    for cell, figure in known.items():
        if cell not in table.hidden:
            assert not 0 < figure < table.threshold, "what is left without the own row is small and can be read"
            continue
        assert figure in found[cell]
        if cell in table.needs:
            wanted = min(table.needs[cell], handed_in[cell[1]])
            assert max(found[cell]) - min(found[cell]) >= wanted, (cell, figure, sorted(found[cell]))


FOUR = tuple(Stratum("20-99", place, "hospital") for place in ("01", "13", "31", "32"))


def test_the_officer_of_the_place_that_hides_a_small_figure_cannot_subtract_it():
    table = kept_back(Table(Ground(FOUR), [[40, 300, 2, 9], [30, 200, 12, 11]], 3))
    hidden = {each for category, each in table.hidden if category == 0}
    assert hidden == {TOTTORI, ("prefecture", "32"), ("prefecture", "01")}, "whoever knows one of two others lacks one"
    _, found, _ = read_with_the_row_of(table, "32")
    assert max(found[0, TOTTORI]) >= 3


def test_a_total_that_leaves_a_few_outside_a_prefecture_is_kept_back():
    table = kept_back(Table(Ground(FOUR), [[40, 2, 0, 0], [30, 200, 12, 11]], 3))
    assert (0, EVERYBODY) in table.hidden, "42 in all, 40 in the own prefecture"


def test_what_the_own_institutions_answered_hides_nothing_from_their_officer():
    table = Table(Ground(FOUR[:3]), [[5, 6, 1], [9, 9, 9]], 3)
    table.hide((0, TOTTORI), need=3)
    assert set(table._lacking((0, TOTTORI), table.ground.readers_of(TOTTORI))) == {STRANGER, "01", "13"}
    table.hidden |= {(category, ("prefecture", place)) for category in range(2) for place in ("01", "31")}
    assert set(table._lacking((0, TOTTORI), table.ground.readers_of(TOTTORI))) == {"01"}


# --- between editions ------------------------------------------------------------------------------------------------


def test_one_newcomer_beside_many_of_a_prefecture_is_one_to_its_officer():
    moved = {FOUR[1]: 30, FOUR[2]: 1}
    assert few_moved_to_any(moved, FOUR, threshold=3) is None
    assert few_moved_to_any({FOUR[1]: 30}, FOUR, threshold=3) is not None, "no other moved"
    found = few_moved_to_any({FOUR[0]: 9, FOUR[1]: 30, FOUR[2]: 1, FOUR[3]: 12}, FOUR, threshold=3)
    assert found == {TOTTORI, ("prefecture", "01"), ("prefecture", "32")}


WHICH = Column("which", Shape.ONE, ("a", "b"))


def test_what_was_kept_back_before_stays_so_where_all_that_moved_is_of_one_prefecture():
    givens = [Given(one, {"which": option}, frozenset()) for one in FOUR for option in "ab" * 9]
    strata, cubes = count((WHICH,), givens)
    submitted = [18] * 4
    before = shown_to_all(cubes, strata, submitted=submitted, threshold=3)[0]
    band = ("band", "20-99")
    assert None not in before.rows[band]
    hidden = Margins(WHICH, dict(before.rows) | {band: (*before.rows[band][:5], None, None)})
    for moved, is_kept_back in (({FOUR[1]: 9}, True), ({FOUR[1]: 9, FOUR[2]: 9}, False)):
        earlier = Earlier({"which": hidden}, {"which": moved})
        after = shown_to_all(cubes, strata, submitted=submitted, threshold=3, earlier=[earlier])[0]
        assert (after.rows[band][5] is None) is is_kept_back, moved
