from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.institutions import rules as register
from sonae.core.institutions.vocabulary import InstitutionFacts, InstitutionKind, Population, Prefecture, Region
from sonae.kernel.decision import ALLOWED, Refused
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import rules
from sonae.response.disclosure.vocabulary import (
    DisclosureRefusal,
    DisclosureState,
    DraftFacts,
    Found,
    Identity,
    Mark,
    Statements,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AUTHOR, COLLEAGUE = uuid4(), uuid4()
GOOD = DraftFacts(
    state=DisclosureState.DRAFT, authors=frozenset({AUTHOR}), is_drill=False, indicator_count=1, summary_ja="",
    summary_en="", fits=10, needed=10,
)  # fmt: skip
TOKUSHIMA = Identity(
    names=("つるぎ町立半田病院",),
    readings=("ツルギチョウリツハンダビョウイン",),
    places=("美馬郡", "つるぎ町", "徳島県", "徳島", "Tokushima"),
    hosts=("handa-hospital.example",),
    beds=(120,),
    people=("半田 守",),
    vendors=("阿波医療システム",),
)


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
        ({"is_drill": True}, COLLEAGUE, DisclosureRefusal.DRILL_STAYS_INSIDE),
        ({"indicator_count": 0}, COLLEAGUE, DisclosureRefusal.NOTHING_TO_SAY),
        ({"summary_ja": "あ"}, COLLEAGUE, DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE),
        ({"summary_en": "a"}, COLLEAGUE, DisclosureRefusal.SUMMARY_IN_ONE_LANGUAGE),
        ({"marks": (Found(Mark.NAME, "x"),)}, COLLEAGUE, DisclosureRefusal.TEXT_NAMES_SOMEONE),
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


@pytest.mark.parametrize(
    ("state", "why", "reason"),
    [
        (DisclosureState.RELEASED, "wrong", None),
        (DisclosureState.RELEASED, "  ", DisclosureRefusal.REASON_MISSING),
        (DisclosureState.DRAFT, "wrong", DisclosureRefusal.NOT_RELEASED),
        (DisclosureState.WITHDRAWN, "wrong", DisclosureRefusal.NOT_RELEASED),
    ],
)
def test_only_what_was_released_is_withdrawn_and_with_a_reason(state, why, reason):
    assert getattr(rules.may_withdraw(state, why=why), "reason", None) is reason


def test_a_reason_that_names_the_institution_is_no_reason_for_everyone_to_read():
    marks = (Found(Mark.NAME, "半田病院"),)
    decision = rules.may_withdraw(DisclosureState.RELEASED, why="半田病院の求めにより", marks=marks)
    assert getattr(decision, "reason", None) is DisclosureRefusal.TEXT_NAMES_SOMEONE


def test_statements_make_one_sentence():
    assert rules.may_say(Statements(prefecture=Prefecture.TOKYO)).ok
    both = Statements(prefecture=Prefecture.TOKYO, region=Region.KANTO)
    assert getattr(rules.may_say(both), "reason", None) is DisclosureRefusal.AREA_NAMED_TWICE
    reversed_beds = Statements(beds_from=200, beds_through=100)
    assert getattr(rules.may_say(reversed_beds), "reason", None) is DisclosureRefusal.BEDS_REVERSED


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("半田病院で発生しました", Mark.NAME),
        ("つ る ぎ 町 立 半 田 病 院", Mark.NAME),
        ("ﾂﾙｷﾞﾁｮｳﾘﾂﾊﾝﾀﾞﾋﾞｮｳｲﾝ", Mark.READING),
        ("つるぎちょうりつはんだびょういん", Mark.READING),
        ("徳島の病院です", Mark.PLACE),
        ("A hospital in TOKUSHIMA was hit.", Mark.PLACE),
        ("HANDA-hospital.example から", Mark.WEBSITE),
        ("許可病床数は１２０床です", Mark.BEDS),
        ("a 120-bed hospital", Mark.BEDS),
        ("担当は半田守さんです", Mark.CONTACT),
        ("阿波医療システムの回線から", Mark.VENDOR),
        ("１０月３１日に発生", Mark.DAY),
        ("on 2021-10-31", Mark.DAY),
        ("on 31 October", Mark.DAY),
        ("on October 31, at night", Mark.DAY),
        ("電話は0883-00-0000", Mark.CONTACT),
        ("mail info@clinic.example", Mark.CONTACT),
        ("from 203.0.113.7", Mark.CONTACT),
        ("半\u200b田病院です", Mark.NAME),
        ("半・田・病・院です", Mark.NAME),
        ("半\u3164田病院です", Mark.NAME),
        ("徳\u00ad島の病院です", Mark.PLACE),
        ("10\u200b月31日に発生", Mark.DAY),
    ],
)
def test_a_text_that_could_tell_whose_attack_it_was_is_found_out(text, mark):
    # The host is also looked for as it stands, so that it is found in any writing.
    assert mark in {found.mark for found in rules.marks_in(text, TOKUSHIMA)}


@pytest.mark.parametrize(
    "text",
    [
        "VPN装置の脆弱性を悪用されました。更新の適用をお願いします。",
        "An unpatched VPN device was used. Please install the update and change every password.",
        "200床以上の病院では、バックアップの切り離しを確認してください。",
        "2026年11月に報告がありました。",
        "",
    ],
)
def test_a_text_that_tells_nothing_passes(text):
    assert rules.marks_in(text, TOKUSHIMA) == ()


def test_another_institution_is_found_out_as_well():
    assert (
        rules.marks_in("中央総合病院とは別の病院です", Identity(), others=["中央総合病院"])[0].mark
        is Mark.OTHER_INSTITUTION
    )


@pytest.mark.parametrize(
    ("kind", "value", "own"),
    [
        (IndicatorKind.DOMAIN, "handa-hospital.example", True),
        (IndicatorKind.DOMAIN, "mail.handa-hospital.example", True),
        (IndicatorKind.DOMAIN, "handa-hospital.example.evil.example", False),
        (IndicatorKind.URL, "https://handa-hospital.example/a", True),
        (IndicatorKind.URL, "https://203.0.113.5/a", False),
        (IndicatorKind.EMAIL, "a@handa-hospital.example", True),
        (IndicatorKind.EMAIL, "a@evil.example", False),
        (IndicatorKind.IPV4, "203.0.113.5", False),
        (IndicatorKind.SHA256, "0" * 64, False),
    ],
)
def test_the_institutions_own_names_are_no_indicators(kind, value, own):
    assert rules.is_the_victims(kind, value, TOKUSHIMA) is own


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("https://leaks.example/victims/つるぎ町立半田病院", True),
        ("https://leaks.example/%E5%8D%8A%E7%94%B0%E7%97%85%E9%99%A2.zip", True),
        ("xn--tkru20f1maj19h.example", True),
        ("handa-hospital.example.evil.example", True),
        ("https://leaks.example/?of=HANDA_Hospital", True),
        ("https://leaks.example/login", False),
        ("hospital-update.example", False),
        ("0" * 64, False),
    ],
)
def test_an_indicator_may_not_name_whose_attack_it_was(value, names):
    identity = replace(TOKUSHIMA, names=(*TOKUSHIMA.names, "Handa Hospital"))
    assert rules.names_the_victim(value, identity) is names


def test_the_word_hospital_is_nobodys_name():
    assert rules.marks_in("A hospital was attacked.", Identity(names=("Handa Hospital",))) == ()
    assert rules.marks_in("Handa hospital was attacked.", Identity(names=("Handa Hospital",)))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("医療法人社団　青空会　青空病院", "青空病院"),
        ("医療法人青空病院", "青空病院"),
        ("独立行政法人国立病院機構", "国立病院機構"),
    ],
)
def test_a_name_is_also_known_without_its_corporate_form(name, form):
    assert form in rules.spoken_forms(name)


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
