"""The committed lock is in step with the pyproject files, and says so when it is not."""

import shutil
from pathlib import Path

import pytest

from tools import lock

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def copy(tmp_path):
    for path in [ROOT / "pyproject.toml", *ROOT.glob("packages/*/pyproject.toml"), *ROOT.glob("requirements/*.txt")]:
        target = tmp_path / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return tmp_path


def test_this_tree_is_locked():
    assert lock.problems(ROOT) == []


def test_a_new_dependency_asks_for_a_new_lock(copy):
    path = copy / "packages/portal/pyproject.toml"
    path.write_text(path.read_text("utf-8").replace('"stix2==', '"planted==1.0",\n  "stix2=='), "utf-8")
    said = lock.problems(copy)
    assert any("older than the pyproject files" in problem for problem in said)
    assert any("planted==1.0" in problem for problem in said)


def test_a_pin_changed_by_hand_is_seen(copy):
    path = copy / "requirements/run.txt"
    text = path.read_text("utf-8")
    path.write_text(text.replace(f"django=={lock.pins(text)['django']}", "django==1.0"), "utf-8")
    assert any("django==" in problem and "1.0" in problem for problem in lock.problems(copy))


def test_a_missing_file_is_seen(copy):
    (copy / "requirements/dev.txt").unlink()
    assert "requirements/dev.txt is missing; run `python -m tools.lock`." in lock.problems(copy)


def test_a_change_that_is_no_dependency_asks_for_nothing(copy):
    path = copy / "pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("line-length = 120", "line-length = 110"), "utf-8")
    assert lock.problems(copy) == []


def test_every_package_comes_with_hashes_and_no_line_names_an_index():
    for path in (ROOT / "requirements").glob("*.txt"):
        lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        named = [number for number, line in enumerate(lines) if "==" in line]
        assert named, path
        for number in named:
            assert lines[number + 1].strip().startswith("--hash=sha256:"), lines[number]
        assert not [line for line in lines if line.lstrip().startswith("--") and not line.lstrip().startswith("--hash")]
