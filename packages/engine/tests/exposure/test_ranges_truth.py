"""What is read of real version strings beside what a person says they mean (truth_ranges.jsonl)."""

import json
import sys
from pathlib import Path

import pytest

from sonae_engine.exposure.testing_ranges import judged

LINES = (Path(__file__).parent / "truth_ranges.jsonl").read_text("utf-8").splitlines()
# The first line says how the strings were drawn.
TRUTH = [json.loads(line) for line in LINES[1:]]


def test_the_truth_is_large_real_and_explained():
    assert len(TRUTH) >= 300
    assert sum(row["held_out"] for row in TRUTH) >= 100
    assert len({row["text"] for row in TRUTH}) == len(TRUTH)
    assert all(row["found_in"] and row["why"] and row["means"] for row in TRUTH)
    assert {row["source"] for row in TRUTH} >= {"CISA ICSMA", "CISA ICSA", "MyJVN VULDEF", "MyJVN OKA", "CVE 5"}


@pytest.mark.parametrize("held_out", [False, True], ids=["written-from", "held-out"])
def test_what_is_read_is_what_a_person_says(held_out):
    found = judged(row for row in TRUTH if row["held_out"] is held_out)
    part = "held out" if held_out else "written from"
    sys.stdout.write(f"{part}: {found.right} right, {len(found.wrong)} wrong, {found.missed} missed, precision ")
    sys.stdout.write(f"{found.precision:.4f}, read {found.share:.4f}\n")
    assert found.precision >= 0.99, found.wrong
    assert found.share >= 0.95
