"""Who may read at which TLP, and when a bulletin may be issued, acknowledged or withdrawn."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.bulletins import rules
from sonae.core.bulletins.labels import LABELS
from sonae.core.bulletins.rules import BulletinFacts
from sonae.core.bulletins.vocabulary import Audience, BulletinRefusal, BulletinState, Content, Reach, Relation, Stage
from sonae.core.web.vocabulary import Tlp

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
AUTHOR, OTHER = UUID(int=1), UUID(int=2)
GOOD = BulletinFacts(BulletinState.DRAFT, Tlp.GREEN, Content("題", "Title", "文", "Text"), Audience(), None)

# FIRST TLP 2.0 in this sector, relation by relation: R = RED, S = AMBER+STRICT, A = AMBER, G = GREEN, C = CLEAR.
READS = {
    Relation.ISSUER: "RSAGC",
    Relation.DECIDER: "RSAGC",
    Relation.MEMBER: "SAGC",
    Relation.INSPECTING_BODY: "AGC",
    Relation.VENDOR: "AGC",
    Relation.SECTOR_BODY: "AGC",
    Relation.COMMUNITY: "GC",
}
LETTER = {Tlp.RED: "R", Tlp.AMBER_STRICT: "S", Tlp.AMBER: "A", Tlp.GREEN: "G", Tlp.CLEAR: "C"}


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("state", list(BulletinState))
@pytest.mark.parametrize("tlp", list(Tlp))
def test_who_may_read_at_which_tlp(tlp, state, relation):
    reads = relation is Relation.ISSUER if state is BulletinState.DRAFT else LETTER[tlp] in READS[relation]
    decision = rules.may_read(tlp, state, [relation])
    assert decision.ok is reads
    if state is not BulletinState.DRAFT:
        assert (tlp in rules.readable_by(relation)) is reads


def test_a_second_relation_never_takes_reading_away():
    every = list(chain.from_iterable(combinations(Relation, size) for size in (1, 2)))
    for tlp in Tlp:
        for some in every:
            alone = any(rules.may_read(tlp, BulletinState.ISSUED, [relation]).ok for relation in some)
            assert rules.may_read(tlp, BulletinState.ISSUED, some).ok is alone
        assert not rules.may_read(tlp, BulletinState.ISSUED, []).ok


def test_what_is_mailed_may_be_read_by_the_whole_community():
    assert rules.readable_by(Relation.COMMUNITY) == rules.MAY_STAND_IN_MAIL


@pytest.mark.parametrize(
    ("change", "reaches", "reason"),
    [
        ({}, 1, None),
        ({"state": BulletinState.ISSUED}, 1, BulletinRefusal.NOT_A_DRAFT),
        ({"state": BulletinState.WITHDRAWN}, 1, BulletinRefusal.NOT_A_DRAFT),
        ({"content": Content("", "Title", "文", "Text")}, 1, BulletinRefusal.TITLE_MISSING),
        ({"content": Content("題", " ", "文", "Text")}, 1, BulletinRefusal.TITLE_MISSING),
        ({"content": Content("題", "Title", "\n", "Text")}, 1, BulletinRefusal.BODY_MISSING),
        ({"content": Content("題", "Title", "文", "")}, 1, BulletinRefusal.BODY_MISSING),
        ({"tlp": Tlp.RED}, 1, BulletinRefusal.RED_NEEDS_NAMES),
        ({"tlp": Tlp.RED, "audience": Audience.named([1])}, 1, None),
        (
            {"tlp": Tlp.RED, "audience": Audience(beds_from=1, institution_ids=frozenset({1}))},
            1,
            BulletinRefusal.RED_NEEDS_NAMES,
        ),
        ({}, 0, BulletinRefusal.NOBODY_REACHED),
        ({"acknowledge_by": NOW}, 1, BulletinRefusal.DUE_MOMENT_PAST),
        ({"acknowledge_by": NOW + timedelta(seconds=1)}, 1, None),
        ({"audience": Audience(product="p")}, 0, BulletinRefusal.TOO_FEW_OWNERS),
        ({"audience": Audience(product="p")}, 2, BulletinRefusal.TOO_FEW_OWNERS),
        ({"audience": Audience(product="p")}, 3, None),
        # Who is named besides says nothing of the owners.
        ({"audience": Audience(product="p", institution_ids=frozenset({7}))}, 3, BulletinRefusal.TOO_FEW_OWNERS),
        ({"audience": Audience(product="p"), "source": "advisories"}, 1, None),
    ],
)
def test_when_a_draft_may_be_issued(change, reaches, reason):
    decision = rules.may_issue(replace(GOOD, **change), by=OTHER, reaches=reaches, k=3, now=NOW)
    assert decision.ok if reason is None else decision.reason == reason


@pytest.mark.parametrize(
    ("source", "names", "by", "reason"),
    [
        ("", (), AUTHOR, BulletinRefusal.ANOTHER_PERSON_ISSUES),
        ("", (), None, BulletinRefusal.ANOTHER_PERSON_ISSUES),
        ("", (), OTHER, None),
        ("", ("架空病院",), AUTHOR, BulletinRefusal.SECOND_PERSON_NEEDED),
        ("", ("架空病院",), None, BulletinRefusal.SECOND_PERSON_NEEDED),
        ("", ("架空病院",), OTHER, None),
        ("disclosure", ("架空病院",), AUTHOR, None),
    ],
)
def test_nobody_alone_issues_a_text(source, names, by, reason):
    draft = replace(GOOD, source=source, names=names, authors=frozenset({AUTHOR}))
    decision = rules.may_issue(draft, by=by, reaches=1, k=3, now=NOW)
    assert decision.ok if reason is None else decision.reason == reason


@pytest.mark.parametrize(("count", "told"), [(0, 0), (1, 0), (19, 0), (20, 20), (39, 20), (40, 40)])
def test_owners_are_told_in_steps(count, told):
    assert rules.owners_told(count, k=20) == told


@pytest.mark.parametrize("state", list(BulletinState))
def test_only_drafts_are_rewritten_and_only_issued_bulletins_acknowledged_or_withdrawn(state):
    assert rules.may_revise(state).ok is (state is BulletinState.DRAFT)
    assert rules.may_acknowledge(state, is_recipient=True).ok is (state is BulletinState.ISSUED)
    assert rules.may_withdraw(state, why="Wrong.").ok is (state is BulletinState.ISSUED)
    assert not rules.may_acknowledge(state, is_recipient=False).ok


def test_withdrawing_needs_a_reason():
    assert rules.may_withdraw(BulletinState.ISSUED, why=" ").reason == BulletinRefusal.REASON_MISSING


def test_a_bed_range_ends_where_it_begins_or_above():
    assert rules.may_address(Audience(beds_from=20, beds_to=20)).ok
    assert rules.may_address(Audience(beds_from=20)).ok
    reversed_range = rules.may_address(Audience(beds_from=21, beds_to=20))
    assert reversed_range.reason == BulletinRefusal.BEDS_REVERSED


@pytest.mark.parametrize(
    ("opened", "acknowledged", "done", "stage"),
    [
        (False, False, False, Stage.UNOPENED),
        (True, False, False, Stage.OPENED),
        (True, True, False, Stage.ACKNOWLEDGED),
        (True, True, True, Stage.DONE),
    ],
)
def test_the_furthest_stage_counts(opened, acknowledged, done, stage):
    assert rules.stage_of(opened=opened, acknowledged=acknowledged, done=done) is stage


def test_every_member_and_refusal_has_words():
    for enum in (BulletinState, Stage, Relation, BulletinRefusal):
        assert set(LABELS[enum]) == set(enum)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Fortinet FortiGate 60F", "fortinet fortigate 60f"),
        ("Ｆｏｒｔｉｎｅｔ　ＦｏｒｔｉＧａｔｅ　６０Ｆ", "fortinet fortigate 60f"),
        ("  a \t b\n", "a b"),
        ("ﾃﾞﾝｼｶﾙﾃ", "デンシカルテ"),
        ("Weiß", "weiss"),
        ("　", ""),
        ("x" * 400, "x" * 300),
        ("x" * 299 + " y", "x" * 299),
    ],
)
def test_a_product_has_one_spelling(text, key):
    assert rules.product_key(text) == key


@given(st.text(max_size=400))
def test_a_product_key_is_its_own_key_and_fits_its_column(text):
    key = rules.product_key(text)
    assert rules.product_key(key) == key
    assert len(key) <= rules.LONGEST_PRODUCT_KEY


@pytest.mark.parametrize(
    ("state", "done", "moves"),
    [
        (BulletinState.DRAFT, 0, False),
        (BulletinState.ISSUED, 0, True),
        (BulletinState.ISSUED, 1, True),
        (BulletinState.ISSUED, 2, False),
        (BulletinState.WITHDRAWN, 0, False),
    ],
)
def test_figures_move_while_a_bulletin_stands_and_not_everyone_is_done(state, done, moves):
    reach = Reach(recipients=2, opened=2, acknowledged=2, done=done, as_of=NOW)
    assert rules.may_still_move(state, reach) is moves
