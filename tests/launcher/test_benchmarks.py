"""Every benchmark can be quick, and ends with one line that a program reads."""

import os
import re
import subprocess
import sys

import pytest

from tools import figures

BENCHMARKS = sorted((figures.ROOT / "benchmarks").glob("*.py"))


def _run(path, option):
    """As `./sonae bench` starts it."""
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(figures.ROOT), *filter(None, sys.path)])}
    return subprocess.run(
        [sys.executable, path, option], cwd=figures.ROOT, env=surroundings, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_can_be_quick(path):
    done = _run(path, "--help")
    assert "--quick" in done.stdout


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('a table\n{"a_s": 1.5, "b_ms": 2}\n', ""),
        ('{"a_s": 1.5, "b_ms": 2}\nand a word\n', "no JSON"),
        ("", "no JSON"),
        ("[1]\n", "no object"),
        ('{"a_s": 1.5}\n', "asked were ['a_s', 'b_ms']"),
        ('{"a_s": 1.5, "b_ms": 2, "c": 3}\n', "asked were ['a_s', 'b_ms']"),
        ('{"a_s": 1.5, "b_ms": "fast"}\n', "no numbers: ['b_ms']"),
        ('{"a_s": 1.5, "b_ms": null}\n', "no numbers: ['b_ms']"),
    ],
)
def test_figures_are_one_object_with_exactly_the_keys_that_were_asked_for(said, problem):
    found = figures.problem_with(said, keys=["a_s", "b_ms"])
    assert problem in found
    assert bool(found) == bool(problem)


@pytest.mark.parametrize(("ratio", "absent"), [("null", ["speedup_vs_peer"]), ("240.9", [])])
def test_a_ratio_to_a_peer_that_is_not_here_is_null_and_named(ratio, absent):
    said = f'a table\n{{"a_s": 1.5, "speedup_vs_peer": {ratio}}}\n'
    assert figures.problem_with(said, keys=["a_s", "speedup_vs_peer"]) == ""
    assert figures.without_peer(said) == absent


@pytest.mark.parametrize("name", ["ground_floor", "survey"])
def test_ci_asks_a_benchmark_for_the_keys_it_has(name):
    ci = (figures.ROOT / ".ci" / "run").read_text("utf-8")
    asked = re.search(rf"tools\.figures {name} (.+)", ci)
    assert asked is not None
    source = (figures.ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
    keys = re.search(r"^KEYS = \((.+)\)", source, re.MULTILINE)
    assert keys is not None
    assert asked[1].split() == re.findall(r'"(\w+)"', keys[1])
