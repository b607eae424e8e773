from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import InstitutionFacts, InstitutionKind, Population, Prefecture, Region
from sonae.kernel.decision import ALLOWED, Refused
from sonae.response.disclosure import rules
from sonae.response.disclosure.vocabulary import (
    DisclosureRefusal,
    DisclosureState,
    DraftFacts,
    Found,
    Mark,
    Statements,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AUTHOR, COLLEAGUE = uuid4(), uuid4()
GOOD = DraftFacts(
    state=DisclosureState.DRAFT, authors=frozenset({AUTHOR}), is_drill=False, indicator_count=1, summary_ja="",
    summary_en="", fits=10, needed=10,
)  # fmt: skip


def test_a_good_draft_is_released_by_a_colleague():
    assert rules.may_release(GOOD, by=COLLEAGUE) == ALLOWED


@pytest.mark.parametrize(
    ("change", "by", "reason"),
    [
        ({}, AUTHOR, DisclosureRefusal.SECOND_PERSON_NEEDED),
        ({}, None, DisclosureRefusal.SECOND_PERSON_NEEDED),
        ({"authors": frozenset({AUTHOR, COLLEAGUE})}, COLLEAGUE, DisclosureRefusal.SECOND_PERSON_NEEDED),
        ({"fits": 9}, COLLEAGUE, DisclosureRefusal.TOO_FEW_FIT),
        ({"fits": 0}, COLLEAGUE, DisclosureRefusal.TOO_FEW_FIT),
        ({"left_over": 1}, COLLEAGUE, DisclosureRefusal.DIFFERENCE_TELLS),
        ({"left_over": 9}, COLLEAGUE, DisclosureRefusal.DIFFERENCE_TELLS),
        ({"is_drill": True}, COLLEAGUE, DisclosureRefusal.DRILL_STAYS_INSIDE),
        ({"indicator_count": 0}, COLLEAGUE, DisclosureRefusal.NOTHING_TO_SAY),
        ({"summary_ja": "あ"}, COLLEAGUE, DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE),
        ({"summary_en": "a"}, COLLEAGUE, DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE),
        ({"marks": (Found(Mark.NAME, "x"),)}, COLLEAGUE, DisclosureRefusal.TEXT_NAMES_SOMEONE),
        ({"marks": (Found(Mark.NUMBER, "3", is_certain=False),)}, COLLEAGUE, DisclosureRefusal.NOT_LOOKED_AT),
        ({"victims_indicators": ("own.example",)}, COLLEAGUE, DisclosureRefusal.INDICATOR_IS_THE_VICTIMS),
        ({"untrue": ("beds",)}, COLLEAGUE, DisclosureRefusal.UNTRUE),
        ({"state": DisclosureState.RELEASED}, COLLEAGUE, DisclosureRefusal.NOT_A_DRAFT),
        ({"state": DisclosureState.WITHDRAWN}, COLLEAGUE, DisclosureRefusal.NOT_A_DRAFT),
    ],
)
def test_each_clause_of_a_release(change, by, reason):
    decision = rules.may_release(replace(GOOD, **change), by=by)
    assert isinstance(decision, Refused)
    assert decision.reason is reason


@pytest.mark.parametrize(("fits", "ok"), [(0, False), (1, False), (9, False), (10, True), (11, True)])
def test_the_threshold_itself_is_enough(fits, ok):
    assert rules.enough_fit(fits, needed=10).ok is ok


@pytest.mark.parametrize("state", DisclosureState)
def test_only_what_was_released_is_withdrawn(state):
    reason = None if state is DisclosureState.RELEASED else DisclosureRefusal.NOT_RELEASED
    assert getattr(rules.may_withdraw(state), "reason", None) is reason


def test_what_was_looked_at_is_released():
    doubt = Found(Mark.NUMBER, "48時間", is_certain=False)
    draft = replace(GOOD, marks=(doubt,))
    assert getattr(rules.may_release(draft, by=COLLEAGUE), "facts", None) == {"found": "48時間"}
    assert rules.may_release(replace(draft, looked_at=frozenset({doubt})), by=COLLEAGUE).ok


def test_statements_make_one_sentence():
    assert rules.may_say(Statements(prefecture=Prefecture.TOKYO)).ok
    both = Statements(prefecture=Prefecture.TOKYO, region=Region.KANTO)
    assert getattr(rules.may_say(both), "reason", None) is DisclosureRefusal.AREA_NAMED_TWICE
    reversed_beds = Statements(beds_from=200, beds_through=100)
    assert getattr(rules.may_say(reversed_beds), "reason", None) is DisclosureRefusal.BEDS_REVERSED


# --- against brute force ---------------------------------------------------------------------------------------------

kinds = st.sampled_from([InstitutionKind.HOSPITAL, InstitutionKind.CLINIC])
prefectures = st.sampled_from([Prefecture.TOKUSHIMA, Prefecture.KAGAWA, Prefecture.TOKYO])
institutions = st.builds(
    InstitutionFacts,
    kind=kinds,
    prefecture=prefectures,
    jurisdiction_id=st.just(1),
    licensed_beds=st.one_of(st.none(), st.integers(0, 600)),
    population=st.just(Population.REAL),
)
spans = st.sampled_from(rules.BED_RANGES)


@st.composite
def true_statements(draw, of):
    """Statements that are true of the institution, as the form offers only such."""
    prefecture = draw(st.booleans())
    region = not prefecture and draw(st.booleans())
    lowest, highest = draw(spans)
    fits = of.licensed_beds is not None and (lowest or 0) <= of.licensed_beds <= (
        highest if highest is not None else 10**6
    )
    return Statements(
        kinds=frozenset({of.kind}) if draw(st.booleans()) else frozenset(),
        prefecture=of.prefecture if prefecture else None,
        region=register.region_of(of.prefecture) if region else None,
        beds_from=lowest if fits else None,
        beds_through=highest if fits else None,
    )


@given(st.data(), st.lists(institutions, min_size=1, max_size=25), st.integers(2, 5))
@settings(max_examples=200, deadline=None)
def test_whoever_knows_the_register_and_every_disclosure_is_left_with_enough_candidates(data, everyone, needed):
    """Brute force: the attacker crosses off each institution that some released disclosure contradicts."""
    victim = data.draw(st.sampled_from(everyone))
    released: list[Statements] = []
    for _round in range(4):
        wanted = data.draw(true_statements(victim))
        said = [*released, wanted]
        fits = sum(all(register.fits(one, each.facets(Population.REAL)) for each in said) for one in everyone)
        if rules.may_release(replace(GOOD, fits=fits, needed=needed), by=COLLEAGUE).ok:
            released.append(wanted)
    candidates = [one for one in everyone if all(register.fits(one, each.facets(Population.REAL)) for each in released)]
    if released:
        assert len(candidates) >= needed
        assert victim in candidates


@given(st.data(), institutions)
@settings(max_examples=200, deadline=None)
def test_every_generalisation_says_something_true_and_excludes_nobody_who_fitted(data, victim):
    said = data.draw(true_statements(victim))
    others = data.draw(st.lists(institutions, max_size=15))
    for broader in rules.generalisations(said):
        assert broader != said
        assert rules.may_say(broader).ok
        assert not rules.untrue_of(victim, broader.facets(Population.REAL)) or rules.untrue_of(
            victim, said.facets(Population.REAL)
        )
        for one in others:
            if register.fits(one, said.facets(Population.REAL)):
                assert register.fits(one, broader.facets(Population.REAL))


@pytest.mark.parametrize("span", rules.BED_RANGES)
def test_wider_ranges_contain_the_narrower(span):
    lowest, highest = span
    for wide_lowest, wide_highest in rules.wider_bed_ranges(lowest, highest):
        assert wide_lowest is None or (lowest is not None and wide_lowest <= lowest)
        assert wide_highest is None or (highest is not None and wide_highest >= highest)
