"""Every benchmark can be quick, and ends with one line that a program reads."""

import json
import os
import re
import subprocess
import sys

import pytest

from tools import figures

BENCHMARKS = sorted((figures.ROOT / "benchmarks").glob("*.py"))


def _run(path, *options):
    """As `./sonae bench` starts it."""
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join([str(figures.ROOT), *filter(None, sys.path)])}
    return subprocess.run(
        [sys.executable, path, *options], cwd=figures.ROOT, env=surroundings, capture_output=True, text=True, check=True
    )


@pytest.mark.parametrize("path", BENCHMARKS, ids=lambda path: path.stem)
def test_a_benchmark_can_be_quick(path):
    done = _run(path, "--help")
    assert "--quick" in done.stdout


def test_figures_of_any_folder_of_advisories_are_printed_whatever_lies_in_it(tmp_path):
    box = '{"product_id": "p", "name": "Box"}'
    tree = f'{{"branches": [{{"category": "product_version_range", "name": "< 2.0", "product": {box}}}]}}'
    status = '{"cve": "CVE-2026-1", "product_status": {"known_affected": ["p", "nobody"]}}'
    head = '"document": {"csaf_version": "2.0"}'
    (tmp_path / "below").mkdir()
    (tmp_path / "below/good.json").write_text(
        f'{{{head}, "product_tree": {tree}, "vulnerabilities": [{status}]}}', "utf-8"
    )
    (tmp_path / "deep.json").write_text("[" * 200_000, "utf-8")
    (tmp_path / "half.json").write_bytes(b'{"document": {"csaf')
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xff\xfe"}')
    (tmp_path / "lone.json").write_text(
        f'{{{head}, "product_tree": {{"branches": [{{"category": "\\ud800"}}]}}}}', "utf-8"
    )
    (tmp_path / "other.json").write_text('{"number": 1}', "utf-8")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "text.txt").write_text("no advisory", "utf-8")
    done = _run(figures.ROOT / "benchmarks/exposure.py", "--csaf", tmp_path)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found == {
        "documents": 7, "read": 2, "faulty": 1, "refused": 5, "statements": 1, "texts": 1, "ranges_read": 1.0,
    }  # fmt: skip
    assert "half.json" in done.stdout


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


@pytest.mark.parametrize("name", ["ground_floor", "survey", "exposure"])
def test_ci_asks_a_benchmark_for_the_keys_it_has(name):
    ci = (figures.ROOT / ".ci" / "run").read_text("utf-8")
    asked = re.search(rf"tools\.figures {name} (.+)", ci)
    assert asked is not None
    source = (figures.ROOT / "benchmarks" / f"{name}.py").read_text("utf-8")
    keys = re.search(r"^KEYS = \(([^)]+)\)", source, re.MULTILINE)
    assert keys is not None
    assert asked[1].split() == re.findall(r'"(\w+)"', keys[1])
