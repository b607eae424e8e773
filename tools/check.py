"""Everything that holds without running the product: what `./sonae check` and `just check` run, in under a minute.

./sonae check         look
./sonae check --fix   let the tools mend what they can, then look
"""

import argparse
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_WALKS = ("tests/architecture/test_access_matrix.py", "tests/architecture/test_prefecture_writes.py")
# What reads every file takes as long as all the rest of that folder.
_HOUSE = "tests/architecture/test_house.py"
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """One thing looked at, and the command that looks."""

    name: str
    command: list[str]


@dataclass(frozen=True)
class Outcome:
    """What a check said and how long it took."""

    check: Check
    code: int
    said: str
    seconds: float


def _checks() -> list[Check]:
    """The longest first, so that two cores are busy to the end."""
    python = [sys.executable, "-m"]
    pytest = [*python, "pytest", "-q", "-p", "no:cacheprovider"]
    checks = [
        # What walks the running product belongs to `./sonae test`.
        Check("architecture", [*pytest, "tests/architecture", *(f"--ignore={path}" for path in (*_WALKS, _HOUSE))]),
        Check("house", [*pytest, _HOUSE]),
        Check("types", [*python, "mypy"]),
        Check("words", [*python, "tools.catalogues"]),
        Check(
            "templates",
            [str(_BIN / "djlint"), "--configuration=pyproject.toml", "--lint", "--quiet", "packages/portal/src"],
        ),
        Check("arrows", [str(_BIN / "lint-imports"), "--no-logo"]),
        Check("lint", [*python, "ruff", "check", "--quiet", "--output-format=concise"]),
        Check("format", [*python, "ruff", "format", "--check", "--output-format=concise"]),
        Check("lock", [*python, "tools.lock", "--check"]),
        Check("launcher", ["sh", "-n", "sonae"]),
        Check(
            "migrations",
            [*python, "django", "makemigrations", "--check", "--dry-run", "--settings=sonae.site.settings"],
        ),
    ]
    if shellcheck := shutil.which("shellcheck"):
        checks.append(Check("shell", [shellcheck, "sonae", ".ci/run"]))
    return checks


def _look(check: Check) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(
        check.command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return Outcome(check, done.returncode, done.stdout + done.stderr, time.monotonic() - began)


def _mend() -> None:
    python = [sys.executable, "-m", "ruff"]
    subprocess.run([*python, "check", "--fix", "--quiet"], cwd=ROOT, check=False)
    subprocess.run([*python, "format", "--quiet"], cwd=ROOT, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./sonae check", description="Everything that holds without running the product."
    )
    parser.add_argument("--fix", action="store_true", help="let the tools mend what they can, first")
    parser.add_argument("names", nargs="*", help="only these checks")
    asked = parser.parse_args()
    if asked.fix:
        _mend()
    wanted = [check for check in _checks() if not asked.names or check.name in asked.names]
    began = time.monotonic()
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(_look, wanted))
    for outcome in outcomes:
        print(f"{'ok    ' if outcome.code == 0 else 'FAILED'}  {outcome.check.name:<13}{outcome.seconds:5.1f} s")
    broken = [outcome for outcome in outcomes if outcome.code]
    for outcome in broken:
        print(f"\n--- {outcome.check.name} ---\n{outcome.said.strip()}")
    print(f"\n{len(outcomes) - len(broken)} of {len(outcomes)} checks hold ({time.monotonic() - began:.0f} s)")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
