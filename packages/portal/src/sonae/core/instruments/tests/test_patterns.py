import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments.expressions.limits import LIMITS
from sonae.core.instruments.expressions.patterns import Pattern, pattern_of
from sonae.core.instruments.expressions.scope import Spent
from sonae.core.instruments.plan import prepare
from sonae.core.instruments.tests.forms import a_question, an_instrument
from sonae.core.instruments.vocabulary import ExpressionFault, Fault
from tools import effort


def fits(source, text):
    pattern = pattern_of(source)
    assert isinstance(pattern, Pattern), pattern
    return pattern.fits(text, spend=lambda _steps: None)


@pytest.mark.parametrize(
    ("source", "yes", "no"),
    [
        (r"[0-9]{3}-[0-9]{4}", ["123-4567"], ["1234567", "123-45678", "x123-4567"]),
        (r"^\d{10}$", ["0123456789"], ["012345678", "０１２３４５６７８９"]),
        (r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,4}", ["a.b@c.jp"], ["a@b", "@c.jp"]),
        (r"(?=.*\d)(?=.*[a-z]).{8,}", ["abcdefg1", "1bcdefgh"], ["abcdefgh", "12345678", "abc1"]),
        (r"(?!admin).*", ["user", ""], ["admin", "administrator"]),
        (r"(a|b|)c?", ["a", "bc", "", "c"], ["ab", "cc"]),
        (r"[^ぁ-ん]+", ["漢字ABC"], ["かな", "漢字の"]),
        (r"[-a\]^]+", ["-a]^"], ["b"]),
        (r"[]a]+", ["]a"], ["b"]),
        (r"a{2}b{0,1}c{1,}", ["aac", "aabccc"], ["ac", "aab"]),
        (r"\w+\s\S+", ["ab cd"], ["日本 cd", "abcd"]),
        (r"\bcat\b.*", ["cat", "cat x"], ["cats"]),
        (r"x*?y+?", ["xxy", "yy"], ["x"]),
        (r"(?:ab)+(?<year>\d)", ["abab1"], ["ab"]),
        (r"\x41\u3042\t", ["Aあ\t"], ["A"]),
        (r"\p{IsHan}+", ["漢字"], ["かな"]),
        (r"\P{Lu}+", ["abc"], ["aBc"]),
        (r"a\B.", ["ab"], ["a "]),
        (r"\A\d+\Z", ["12"], ["a"]),
        (r"[\x41-\x43\d]+", ["AB1"], ["D"]),
        (r"[\w\-\n]+", ["a-\n"], ["+"]),
        (r".", ["a", "日", "😀"], ["\n", "", "ab"]),
        (r"a{,2}", ["a{,2}"], ["a"]),
        ("", [""], ["a"]),
    ],
)
def test_a_pattern_fits_whole_texts(source, yes, no):
    assert [text for text in yes if not fits(source, text)] == []
    assert [text for text in no if fits(source, text)] == []


@pytest.mark.parametrize(
    ("source", "reason", "column"),
    [
        ("a(b", ExpressionFault.PATTERN_MALFORMED, 2),
        ("a)b", ExpressionFault.PATTERN_MALFORMED, 2),
        ("[ab", ExpressionFault.PATTERN_MALFORMED, 1),
        ("*a", ExpressionFault.PATTERN_MALFORMED, 1),
        ("[z-a]", ExpressionFault.PATTERN_MALFORMED, 3),
        ("a{3,2}", ExpressionFault.PATTERN_MALFORMED, 2),
        ("\\xZZ", ExpressionFault.PATTERN_MALFORMED, 3),
        ("a\\", ExpressionFault.PATTERN_MALFORMED, 3),
        ("(a)\\1", ExpressionFault.PATTERN_UNSUPPORTED, 5),
        ("(?<=a)b", ExpressionFault.PATTERN_UNSUPPORTED, 2),
        ("a*+b", ExpressionFault.PATTERN_UNSUPPORTED, 3),
        ("\\p{Nonsense}", ExpressionFault.PATTERN_UNSUPPORTED, 3),
        ("[a&&b]", ExpressionFault.PATTERN_UNSUPPORTED, 4),
        ("[\\b]", ExpressionFault.PATTERN_UNSUPPORTED, 3),
        ("\\p", ExpressionFault.PATTERN_UNSUPPORTED, 3),
        ("[[:alpha:]]", ExpressionFault.PATTERN_UNSUPPORTED, 3),
        ("(" * 60 + ")" * 60, ExpressionFault.PATTERN_TOO_LARGE, 51),
        ("(a{900}){900}", ExpressionFault.PATTERN_TOO_LARGE, 1),
        ("(((){900}){900}){900}", ExpressionFault.PATTERN_TOO_LARGE, 1),
        ("(?=(?=(a{900}){3}){900}){9}", None, 0),
        ("x" * 5_000, ExpressionFault.PATTERN_TOO_LARGE, 1),
    ],
)
def test_a_pattern_that_cannot_be_decided_is_a_fault(source, reason, column):
    began = effort.begun()
    found = pattern_of(source)
    began.at_most(0.5)
    assert (found.reason if isinstance(found, Fault) else None) is reason
    if reason:
        assert found.column == column


def test_many_small_texts_do_not_make_many_large_patterns():
    # Forty letters make two thousand states; the letters of all rules would allow thousands of them.
    rows = [a_question(f"q{at}", constraint=f"regex(., '(a{{9}}|b|c){{300}}x{at}')") for at in range(1_000)]
    began = effort.begun()
    found = prepare(an_instrument(*rows))
    began.at_most(2)
    assert isinstance(found, tuple)
    faults = [flaw.fault for flaw in found]
    assert {fault.reason for fault in faults} == {ExpressionFault.PATTERNS_TOO_LARGE}
    assert 0 < len(faults) < len(rows), "as many as fit are read"


def test_patterns_that_are_given_up_and_look_aheads_count_too():
    for hostile in ("(((){{900}}){{900}}){{900}}x{}", "(?=(a{{900}}){{3}}){}"):
        rows = [a_question(f"q{at}", constraint=f"regex(., '{hostile.format(at)}')") for at in range(100)]
        found = prepare(an_instrument(*rows))
        assert isinstance(found, tuple)
        assert ExpressionFault.PATTERNS_TOO_LARGE in {flaw.fault.reason for flaw in found}, hostile


@pytest.mark.parametrize(
    "source", ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*)*x", "([a-z]+)*1", "(a?){50}a{50}", "(?=(a+)+b)a*", "(x+x+)+y"]
)
def test_a_hostile_pattern_is_decided_at_once(source):
    left = LIMITS.steps

    def spend(steps):
        nonlocal left
        left -= steps
        if left < 0:
            raise Spent

    began = effort.begun()
    pattern = pattern_of(source)
    assert isinstance(pattern, Pattern)
    with contextlib.suppress(Spent):
        assert pattern.fits("a" * 5_000, spend=spend) in (True, False)
    began.at_most(0.7)


_ATOMS = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "1", "^", "$", r"\b"])
_PATTERNS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
        inner.map(lambda one: f"(?={one})"),
        inner.map(lambda one: f"(?!{one})"),
    ),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(_PATTERNS, st.text(alphabet="ab1", max_size=6))
def test_it_agrees_with_the_matcher_of_python_on_short_texts(source, text):
    assert fits(source, text) == (re.compile(source, re.ASCII).fullmatch(text) is not None)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab()[]{}*+?|^$\\.-,0123dwpP<=!:", max_size=20))
def test_no_text_breaks_the_reader_of_patterns(source):
    found = pattern_of(source)
    if isinstance(found, Fault):
        assert 1 <= found.column <= len(source) + 1
    else:
        found.fits("ab1", spend=lambda _steps: None)
