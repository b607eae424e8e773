"""What is read of real version strings beside what a person says they mean (truth_ranges.jsonl)."""

import json
import sys
from collections import Counter
from pathlib import Path

import pytest

from sonae_engine.exposure.ranges import Certainty, Reading, read

LINES = (Path(__file__).parent / "truth_ranges.jsonl").read_text("utf-8").splitlines()
# The first line says how the strings were drawn.
TRUTH = [json.loads(line) for line in LINES[1:]]


def said(reading: Reading) -> list[str]:
    """A reading in the words of the truth: intervals, `?` where words beside them narrow them."""
    if reading.certainty is Certainty.UNREADABLE:
        return ["unreadable"]
    if reading.certainty is Certainty.NOTHING_STATED:
        return ["none"]
    kinds = (("", reading.ranges), ("date:", reading.dates), ("serial:", reading.serials))
    answer = [f"{kind}{of}{' ?' if of.qualifiers else ''}" for kind, ranges in kinds for of in ranges]
    answer += [f"model:{model.text}" for model in reading.models]
    answer += [f"hash:{commit}" for commit in reading.hashes] + [f"fixed:{version}" for version in reading.fixed]
    return answer + [f"not:{of}" for of in reading.excluded]


def same(one: list[str], other: list[str]) -> bool:
    return sorted(word.casefold() for word in one) == sorted(word.casefold() for word in other)


def test_the_truth_is_large_real_and_explained():
    assert len(TRUTH) >= 300
    assert sum(row["held_out"] for row in TRUTH) >= 100
    assert len({row["text"] for row in TRUTH}) == len(TRUTH)
    assert all(row["found_in"] and row["why"] and row["means"] for row in TRUTH)
    assert {row["source"] for row in TRUTH} >= {"CISA ICSMA", "CISA ICSA", "MyJVN VULDEF", "MyJVN OKA", "CVE 5"}


@pytest.mark.parametrize("held_out", [False, True], ids=["written-from", "held-out"])
def test_what_is_read_is_what_a_person_says(held_out):
    verdicts: Counter[str] = Counter()
    wrong = []
    for row in (row for row in TRUTH if row["held_out"] is held_out):
        answer = said(read(row["text"]))
        if answer == ["unreadable"]:
            verdicts["rightly left" if row["means"] == ["unreadable"] else "missed"] += 1
        elif same(answer, row["means"]):
            verdicts["right"] += 1
        else:
            wrong.append((row["text"], answer, row["means"]))
    readings = verdicts["right"] + len(wrong)
    readable = readings + verdicts["missed"]
    part = "held out" if held_out else "written from"
    precision, share = verdicts["right"] / readings, verdicts["right"] / readable
    sys.stdout.write(f"{part}: {dict(verdicts)}, precision {precision:.4f}, read {share:.4f}\n")
    assert precision >= 0.99, wrong
    assert share >= 0.95
