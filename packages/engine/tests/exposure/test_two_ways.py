import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae_engine.exposure import matching, reference, testing
from sonae_engine.exposure.aliases import Learnt, published
from sonae_engine.exposure.near import Vocabulary
from sonae_engine.exposure.spelling import nearly, sounds_like
from sonae_engine.exposure.testing_products import CATALOGUE
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Identifiers, Match, Product, Reason

PAIRS = tomllib.loads(Path(__file__).with_name("truth_products.toml").read_text("utf-8"))["pairs"]
COMPONENTS = [Component(str(at), *pair["l"], "1") for at, pair in enumerate(PAIRS)]
PRODUCTS = [Product(str(at), *pair["a"]) for at, pair in enumerate(PAIRS)]

WORDS = """FortiGate FortiOS 60F IntelliVue MP50 MP20-MP90 EC40 EC 40 FM20/FM30 Series SMA 100 210 Portal Portl
    輸液ポンプ ポータル メドフュージョン Medfusion and vSphere ESXi (CIC) Server Pro Plus x HX2XXX HX2123
    Ellipse MF750C MF755Cdw , ハートスタート HeartStart Heart Start MiSeqDx MiSeq Dx シリーズルータ Application Express
    Struts 2 1.3.10 R04/08CPU R08CPU AT-AR40S AR40S EX2 EX2-3200 シリーズ リブレ Libre 3 Delta XL 24950 24952"""
MAKERS = (
    *("", "Fortinet", "フォーティネット", "Philips", "Phillips", "ABB", "n/a", "Acme", "Acmee Ltd", "富士通"),
    *("VMware", "ICU Medical", "SonicWall", "Canon", "イルミナ", "Illumina"),
)
words = st.sampled_from(WORDS.split())
texts = st.lists(words, max_size=4).map(" ".join)
makers = st.sampled_from(MAKERS)
identifiers = st.sampled_from(
    [Identifiers(), Identifiers(cpes=("cpe:/o:a:b",)), Identifiers(model_numbers=("M8004A",))]
)


def both_ways(components: list[Component], products: list[Product]) -> tuple[set[Match], set[Match], set[Match]]:
    """The reference, the fast way, and the fast way with the ledger known first."""
    later = matching.Matcher()
    assert list(later.add_components(components)) == []
    return (
        set(reference.matches(components, products)),
        set(matching.matches(components, products)),
        set(later.add_products(products)),
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(makers, texts, texts, identifiers), min_size=1, max_size=4),
    st.lists(st.tuples(makers, texts, identifiers), min_size=1, max_size=4),
)
def test_the_fast_way_finds_what_the_slow_way_finds(
    rows: list[tuple[str, str, str, Identifiers]], published_rows: list[tuple[str, str, Identifiers]]
) -> None:
    components = [Component(str(at), maker, name, model, "1", ids) for at, (maker, name, model, ids) in enumerate(rows)]
    products = [Product(str(at), *row) for at, row in enumerate(published_rows)]
    slow, fast, later = both_ways(components, products)
    assert fast == slow
    assert later == slow


def test_both_ways_agree_on_every_pair_of_the_truth() -> None:
    slow, fast, later = both_ways(COMPONENTS, PRODUCTS[::3])
    assert len(slow) > 200
    assert fast == slow
    assert later == slow


def test_both_ways_agree_on_a_generated_ledger() -> None:
    slow, fast, later = both_ways(testing.ledger(CATALOGUE, 300, seed=7), testing.advisories(CATALOGUE))
    assert fast == slow
    assert later == slow


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("abcdモニタ", min_size=1, max_size=11), min_size=2, max_size=8))
def test_a_vocabulary_loses_no_near_word(known: list[str]) -> None:
    vocabulary = Vocabulary()
    for word in known:
        vocabulary.add(word)
    for word in known:
        expected = {
            other
            for other in known
            if word == other
            or nearly(word, other)
            or (word.isascii() and not other.isascii() and other[0] >= "ァ" and sounds_like(word, other))
            or (other.isascii() and not word.isascii() and word[0] >= "ァ" and sounds_like(other, word))
        }
        assert vocabulary.near(word) == expected


def test_a_generated_ledger_is_matched_precisely(capsys: pytest.CaptureFixture[str]) -> None:
    rows = testing.ledger(CATALOGUE, 3_000, seed=20261130)
    figures = testing.figures(list(matching.matches(rows, testing.advisories(CATALOGUE))), len(rows))
    with capsys.disabled():
        sys.stdout.write(f"\ngenerated ledger: precision {figures.precision:.4f}, recall {figures.recall:.4f}\n")
    assert figures.precision >= 0.98
    assert figures.recall >= 0.95


def test_a_version_that_the_advisory_leaves_out_is_no_match() -> None:
    ranged = Product("p", "Fortinet", "FortiOS", covers=lambda version: Covered.YES if version < "7" else Covered.NO)
    rows = [
        Component("old", "Fortinet", "FortiGate 60F", version="6.0"),
        Component("new", "Fortinet", "FortiGate 60F", version="7.4"),
    ]
    for found in (reference.matches(rows, [ranged]), matching.matches(rows, [ranged])):
        assert [(match.component, match.covered) for match in found] == [("old", Covered.YES)]


def test_a_removed_row_is_not_matched_again() -> None:
    matcher = matching.Matcher()
    row = Component("c", "Fortinet", "FortiGate")
    assert list(matcher.add_components([row])) == []
    matcher.remove_components([row])
    assert list(matcher.add_products([Product("p", "Fortinet", "FortiOS")])) == []


@pytest.mark.parametrize("same", [True, False])
def test_what_was_answered_once_is_not_asked_again(same: bool) -> None:
    row, product = Component("c", "ローカル商会", "謎の箱"), Product("p", "Fortinet", "FortiOS")
    learnt = published().with_learnt([Learnt("FORTINET", "Forti OS", "ローカル商会", "謎の箱", same)])
    slow, fast = (set(way.matches([row], [product], aliases=learnt)) for way in (reference, matching))
    assert slow == fast
    assert [(match.verdict.reason, match.verdict.answer) for match in slow] == [(Reason.CONFIRMED, Answer.SAME)] * same


def test_an_unclear_answer_asks_one_question_and_says_what_would_change_it() -> None:
    found = reference.verdict(Component("c", "BD", "Alaris PC Unit"), Product("p", "BD", "Alaris 8015 PC unit"))
    assert found.answer is Answer.UNCLEAR
    assert found.question is not None
    assert (found.question.on_the_ledger, found.question.in_the_advisory) == (
        "BD Alaris PC Unit",
        "BD Alaris 8015 PC unit",
    )
    assert found.would_change


def test_an_identifier_wins_over_the_words() -> None:
    row = Component("c", "Acme", "Box", identifiers=Identifiers(cpes=("cpe:/o:fortinet:fortios:6",)))
    product = Product("p", "Fortinet", "FortiOS", Identifiers(cpes=("cpe:2.3:o:fortinet:fortios:7:*:*:*:*:*:*:*",)))
    found = reference.verdict(row, product)
    assert (found.answer, found.reason, found.confidence) == (Answer.SAME, Reason.CPE, 1.0)
