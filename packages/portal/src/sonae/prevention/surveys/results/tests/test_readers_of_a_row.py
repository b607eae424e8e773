"""The second gate once for each reader who knows the row of a prefecture: against one who tries every table, and
against what was decided to be kept back of surveys that neither side has seen."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.prevention.surveys.results import known_rows, recovery, rules
from sonae.prevention.surveys.results.disclosure import shown_to_all
from sonae.prevention.surveys.results.identities import Identity
from sonae.prevention.surveys.results.tests.oracle import possible_tables
from sonae.prevention.surveys.results.tests.test_recovery import (
    PAIRS,
    PLACES,
    THRESHOLD,
    WHICH,
    chose,
    published,
    tables,
)
from sonae.prevention.surveys.results.truth import Published
from sonae.prevention.surveys.results.vocabulary import (
    EVERYBODY,
    FIRST_OPTION,
    Column,
    Given,
    Leak,
    Shape,
    Stratum,
)
from sonae.prevention.surveys.results.witnesses import Witnesses

TOTTORI = ("prefecture", "31")


def truth_of(columns, givens, shown):
    strata, cubes = rules.count(columns, givens)
    numbers = [(one, 9, sum(each.stratum == one for each in givens)) for one in strata]
    return known_rows.truth_of(numbers, cubes, shown)


def read_by_officers(editions, *, identities=(), pairs=PAIRS):
    return tuple(
        known_rows.found_in(
            editions, identities=identities, bands_of_kinds=pairs, threshold=THRESHOLD, told=lambda: None
        )
    )


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from(PLACES))
def test_what_the_gate_names_is_what_one_reads_who_knows_a_row_and_tries_every_table(made, place):
    givens, hidden = made
    outside = [one for one in givens if one.stratum.prefecture != place]
    if not outside or len(outside) == len(givens):
        return
    new = published((WHICH,), givens, lambda _, each, at: (at, each) in hidden)
    truth = truth_of((WHICH,), givens, new.questions.values())
    found = {
        (one.place, one.each)
        for one in read_by_officers([truth])
        if one.leak is Leak.WORKED_OUT and one.reader == place
    }
    left = known_rows.less(truth, place)
    rows = left.questions["which"].rows
    sizes = {
        dimension: {value: number for (dim, value), number in left.submitted.items() if dim == dimension}
        for dimension in ("band", "prefecture")
    }
    figures = {(at, each): row[FIRST_OPTION + at] for each, row in rows.items() for at in range(3) if each[0] != "kind"}
    for at in range(3):
        if figures[at, EVERYBODY] is None:
            figures[at, EVERYBODY] = rows["kind", "hospital"][FIRST_OPTION + at]
    for (at, each), values in possible_tables(sizes, 3, figures).items():
        cell = FIRST_OPTION + at, each
        if cell in hidden:
            few = left.submitted[each] < THRESHOLD
            tells = min(values) > 0 if few else 0 < max(values) < THRESHOLD
            assert (cell in found) == tells, (cell, sorted(values))


def test_the_row_that_hides_a_small_figure_gives_it_to_its_officer():
    # One in Tottori chose `a`; beside it only Tokyo keeps that back.
    strata = [Stratum("20-99", place, "hospital") for place in ("01", "13", "31")]
    givens = [chose(strata[2], "a"), *(chose(strata[2], "b") for _ in range(8))]
    givens += [chose(one, option) for one in strata[:2] for option in "aaaaabbbbb"]

    def hidden(_, each, at):
        return each[1] in {"13", "31"} and at in {FIRST_OPTION, FIRST_OPTION + 1}

    new = published((WHICH,), givens, hidden)
    assert recovery.found_in(new, bands_of_kinds=PAIRS, threshold=THRESHOLD) == ()
    found = read_by_officers([truth_of((WHICH,), givens, new.questions.values())])
    assert {(one.reader, one.each, one.place) for one in found} == {("13", TOTTORI, FIRST_OPTION)}


# --- what is decided passes ------------------------------------------------------------------------------------------

GATE = Column("gate", Shape.ONE, ("none", "a", "c"))
BEHIND = Column("behind", Shape.ONE, ("yes", "no"))
MEANS = Column("means", Shape.MANY, ("vpn", "edr"))
ALL = (GATE, BEHIND, MEANS)
TIES = (
    Identity("gate"),
    Identity("means"),
    Identity("behind", "gate", (FIRST_OPTION + 1, FIRST_OPTION + 2)),
)
NATION = tuple(
    Stratum(band, place, kind)
    for place in ("01", "13", "27", "31")
    for band, kind in (("20-99", "hospital"), ("500+", "hospital"), ("0-19", "clinic"))
)


@st.composite
def surveys(draw):
    """Many answers over the nation, some options far rarer than others, and where rarer still."""
    chance = draw(st.randoms(use_true_random=False))
    gates = draw(st.lists(st.sampled_from(GATE.options), min_size=1, max_size=7))
    sizes = [draw(st.sampled_from([0, 4, 9, 30])) for _ in NATION]
    givens = []
    for stratum, size in zip(NATION, sizes, strict=True):
        for _ in range(size):
            gate = chance.choice(gates)
            answers = {"gate": gate, "means": [one for one in MEANS.options if chance.random() < 0.3]}
            if gate != "none":
                answers["behind"] = chance.choice(["yes", "yes", "yes", "no"])
            givens.append(Given(stratum, answers, frozenset({"behind"} if gate == "none" else ())))
    return givens


@settings(max_examples=40, deadline=None)
@given(surveys())
def test_what_was_decided_to_be_kept_back_passes_for_every_officer(givens):
    if not givens:
        return
    strata, cubes = rules.count(ALL, givens)
    submitted = [sum(one.stratum == stratum for one in givens) for stratum in strata]
    gates = {"gate": frozenset(), "means": frozenset(), "behind": frozenset({"gate"})}
    shown = shown_to_all(cubes, strata, submitted=submitted, threshold=THRESHOLD, gates=gates)
    truth = truth_of(ALL, givens, shown)
    pairs = {(one.band, one.kind) for one in strata}
    known = {"identities": TIES, "bands_of_kinds": pairs, "threshold": THRESHOLD}
    everybody = recovery.found_in(Published(truth.submitted, truth.shown), **known)
    if not everybody:
        assert read_by_officers([truth], identities=TIES, pairs=pairs) == ()


# --- what need not be solved -----------------------------------------------------------------------------------------

DEEPER = Column("deeper", Shape.ONE, ("yes", "no"))
CHAIN = (*ALL, DEEPER)
CHAINED = (*TIES, Identity("deeper", "behind", (FIRST_OPTION,)))
FEW = tuple(
    Stratum(band, place, kind)
    for place in ("01", "13", "31")
    for band, kind in (("20-99", "hospital"), ("0-19", "clinic"))
)


def said(gate, **behind):
    skipped = {"behind", "deeper"} - behind.keys()
    return {"gate": gate, "means": [], **behind}, frozenset(skipped)


def test_of_a_survey_to_which_nearly_nobody_has_answered_nothing_need_be_solved():
    # Two of two said the same here and something else there: no single institution shows what could be otherwise.
    givens = [
        Given(NATION[0], *said("a", behind="yes", deeper="no")),
        Given(NATION[5], *said("none")),
    ]
    truth = truth_of(CHAIN, givens, published(CHAIN, givens, lambda *_: True).questions.values())
    pairs = {(one.stratum.band, one.stratum.kind) for one in givens}
    looked = Witnesses([truth], CHAINED, recovery.groups_of(pairs), THRESHOLD)
    assert not any(looked.unsure(question, ["", *truth.own]) for question in truth.shown)
    assert read_by_officers([truth], identities=CHAINED, pairs=pairs) == ()


def test_what_was_shown_before_anybody_moved_is_no_hindrance_where_somebody_did():
    # One handed in first and is shown; four more came to each of its classes, and everything of them is kept back.
    first = [Given(NATION[0], *said("a", behind="yes", deeper="no"))]
    later = [*first, *(Given(NATION[0], *said("none")) for _ in range(4))]
    shown = published(CHAIN, first, lambda *_: False).questions.values()
    kept = published(CHAIN, later, lambda *_: True).questions.values()
    editions = [truth_of(CHAIN, later, kept), truth_of(CHAIN, first, shown)]
    groups = recovery.groups_of({("20-99", "hospital")})
    assert not Witnesses(editions, CHAINED, groups, THRESHOLD).unsure("gate", [""])
    # Where as many handed in as before, what was shown is what there is.
    editions = [truth_of(CHAIN, first, published(CHAIN, first, lambda *_: True).questions.values()), editions[1]]
    assert Witnesses(editions, CHAINED, groups, THRESHOLD).unsure("gate", [""]) == {""}
