import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sonae_engine.exposure.reference import verdict
from sonae_engine.exposure.vocabulary import Answer, Component, Product

PAIRS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("truth_products.toml").read_text("utf-8"))["pairs"]
SEEN = [pair for pair in PAIRS if not pair.get("held_out")]
HELD_OUT = [pair for pair in PAIRS if pair.get("held_out")]


def answered(pairs: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """How often each label met each answer."""
    return Counter((pair["is"], said(pair).value) for pair in pairs)


def said(pair: dict[str, Any]) -> Answer:
    vendor, product = pair["a"]
    maker, name, model = pair["l"]
    return verdict(Component("c", maker, name, model), Product("p", vendor, product)).answer


def figures(counts: Counter[tuple[str, str]]) -> tuple[float, float, float]:
    """Precision and recall of "same", and recall where a question counts as found."""
    right = counts["same", "same"]
    called = sum(count for (_, answer), count in counts.items() if answer == "same")
    there = sum(count for (label, _), count in counts.items() if label == "same")
    return right / called, right / there, (right + counts["same", "unclear"]) / there


def test_the_truth_is_large_and_hard() -> None:
    assert len(PAIRS) >= 300
    assert len(HELD_OUT) >= 100
    assert sum(pair.get("near", False) for pair in PAIRS) >= 120
    assert len({(*pair["a"], *pair["l"]) for pair in PAIRS}) == len(PAIRS)
    assert all(pair["why"] and pair["is"] in Answer for pair in PAIRS)
    assert all(pair["is"] == "different" for pair in PAIRS if pair.get("near"))


def test_pairs_that_were_seen_are_judged_as_labelled(capsys: pytest.CaptureFixture[str]) -> None:
    precision, recall, found_or_asked = figures(answered(SEEN))
    with capsys.disabled():
        sys.stdout.write(
            f"\nseen: precision {precision:.3f}, recall {recall:.3f}, found or asked {found_or_asked:.3f}\n"
        )
    assert precision >= 0.98
    assert recall >= 0.95
    assert found_or_asked == 1


def test_pairs_that_were_held_out(capsys: pytest.CaptureFixture[str]) -> None:
    """The floors are what was measured: two wrong of 58, below the 0.98 that is wanted, and not looked at since."""
    precision, recall, found_or_asked = figures(answered(HELD_OUT))
    with capsys.disabled():
        sys.stdout.write(
            f"\nheld out: precision {precision:.3f}, recall {recall:.3f}, found or asked {found_or_asked:.3f}\n"
        )
    assert precision >= 0.96
    assert recall >= 0.86
    assert found_or_asked >= 0.89


def test_no_near_miss_that_was_seen_is_called_the_same() -> None:
    assert [pair for pair in SEEN if pair.get("near") and said(pair) is Answer.SAME] == []
