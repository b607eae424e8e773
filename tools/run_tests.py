"""The whole suite on every database that is here, all at once: what `./sonae test` runs.

Exit code 0 only when every part that ran has passed, and every part that was asked for by name did run.
"""

import argparse
import collections
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from xml.etree import ElementTree as ET

from tools import chromium, postgres

ROOT = Path(__file__).resolve().parent.parent
ARTEFACTS = ROOT / "artefacts"
# Rooms whose lines and branches are complete (style.md, budgets).
COMPLETE = "*/sonae/kernel/*,*/rules.py,*/services.py,*/services/*,*/sonae_engine/*,*/sonae_wire/*"

# Each test is asked beside one of two databases (conftest.py, ADR 0029): pages as a browser draws them beside the
# first, what needs no records beside the second. These folders hold nothing else: nobody looks through them twice.
# The loop from report to sighting is walked in a browser on the one, and with its programs killed on the other.
ON_SQLITE_ONLY = ("tests/journeys",)
ON_POSTGRESQL_ONLY = (
    "packages/engine", "packages/wire", "packages/collector", "packages/portal/src/sonae/kernel", "tests/launcher",
    "tests/faults/test_killed_anywhere.py",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """What one run of the suite came to."""

    name: str
    code: int
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] | None = None

    @property
    def ok(self) -> bool:
        # pytest answers 5 when the arguments selected nothing; on one database that may be right.
        return self.code in {0, 5}


class Run:
    """pytest against the database behind `url` (SQLite when there is none), as long as it runs.

    `dealt` is “1/2” where this is the first of two databases that share the tests (conftest.py).
    A run that is not `aloud` says what it says when it has ended.
    """

    def __init__(
        self, name: str, url: str | None, asked: argparse.Namespace, extra: list[str], *, dealt: str, aloud: bool
    ) -> None:
        self.name = name
        self._report = ARTEFACTS / f"tests-{name.lower()}.xml"
        self._report.unlink(missing_ok=True)
        self._said = None if aloud else (ARTEFACTS / f"tests-{name.lower()}.log").open("w+b")
        self._home = tempfile.TemporaryDirectory(prefix="sonae-test-")
        self._began = time.monotonic()
        starter = [sys.executable, "-m", "pytest"]
        if asked.coverage:
            starter = [sys.executable, "-m", "coverage", "run", "-m", "pytest"]
        workers = [] if {"-n", "--pdb"} & set(extra) else ["-n", str(asked.workers), "--dist", "worksteal"]
        self._process = subprocess.Popen(
            [*starter, "-q", *workers, f"--junit-xml={self._report}", *extra],
            env=_surroundings(self._home.name, url, asked, dealt), stdout=self._said, stderr=self._said,
            start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever is told to end takes pytest with them, and every program that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._home.cleanup()
        if self._said is not None:
            self._said.close()

    def result(self) -> Part:
        code = self._process.wait()
        seconds = time.monotonic() - self._began
        if self._said is not None:
            self._said.seek(0)
            print(f"\n=== {self.name} ===\n{self._said.read().decode('utf-8', 'replace')}", flush=True)
        return _part(self.name, code, seconds, self._report)


def _surroundings(home: str, url: str | None, asked: argparse.Namespace, dealt: str) -> dict[str, str]:
    # Hundreds of programs start in a run: what one of them compiled, the next finds.
    forgotten = {"DATABASE_URL", "PYTHONDONTWRITEBYTECODE"}
    found = {key: value for key, value in os.environ.items() if key not in forgotten}
    found |= {"SONAE_HOME": home, "SONAE_BROWSER": asked.browser, "SONAE_ARTEFACTS": str(ARTEFACTS)}
    if dealt:
        found["SONAE_DEALT"] = dealt
    if asked.pictures:
        found["SONAE_PICTURES"] = "1"
    if url:
        found["DATABASE_URL"] = url
    return found


def _part(name: str, code: int, seconds: float, report: Path) -> Part:
    if not report.exists():
        return Part(name, code or 1, seconds)
    counts = {"passed": 0, "failed": 0}
    skipped: collections.Counter[str] = collections.Counter()
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
        outcome = next((child for child in case if child.tag in {"failure", "error", "skipped"}), None)
        if outcome is None:
            counts["passed"] += 1
        elif outcome.tag == "skipped":
            skipped[outcome.get("message", "no reason given")] += 1
        else:
            counts["failed"] += 1
    return Part(name, code, seconds, **counts, skipped=dict(skipped))


@contextlib.contextmanager
def _database(name: str) -> Iterator[str | None]:
    if name == "SQLite":
        yield None
    else:
        with postgres.cluster() as url:
            yield url


def _databases(asked: argparse.Namespace, notes: list[str]) -> list[str]:
    wanted = {"sqlite": ["SQLite"], "postgres": ["PostgreSQL"]}.get(asked.database, ["SQLite", "PostgreSQL"])
    if asked.database == "auto" and postgres.find_programs() is None:
        notes.append("PostgreSQL: left out, because it is not installed here (--database both insists on it).")
        return ["SQLite"]
    return wanted


def _shares(names: list[str], asked: argparse.Namespace, extra: list[str]) -> bool:
    """Whether two databases share what need not be asked of both; not where somebody says what they want."""
    named = any(Path(argument.partition("::")[0]).exists() for argument in extra)
    return len(names) > 1 and not asked.whole and not named


def _nothing_to_turn(names: list[str], asked: argparse.Namespace, extra: list[str]) -> str:
    """Why there is no other half to ask: something is asked of one database alone, or by name, and so wholly."""
    if not asked.turned or _shares(names, asked, extra):
        return ""
    return "--turned needs both databases and the whole suite: what is asked of one, or by name, leaves nothing out."


def _left_out(name: str, *, turned: bool) -> tuple[str, ...]:
    """What runs on the other database of the two, or ran already before the two changed places."""
    if turned and name != "SQLite":
        return (*ON_SQLITE_ONLY, *ON_POSTGRESQL_ONLY)
    return ON_POSTGRESQL_ONLY if name == "SQLite" else ON_SQLITE_ONLY


def _browser(asked: argparse.Namespace, notes: list[str]) -> str | None:
    """How the tests take the browser: a program, "off", or nothing when it was asked for and is missing."""
    if asked.browser == "off":
        notes.append("Browser tests: left out, because --no-browser says so.")
        return "off"
    found = chromium.find()
    if found:
        return found
    if asked.browser == "required":
        return None
    notes.append("Browser tests: left out, because no Chromium is installed here (--browser insists on it).")
    return "off"


def _summary(parts: list[Part], notes: list[str]) -> None:
    print("\n=== Summary ===")
    for part in parts:
        word = "passed" if part.ok else "FAILED"
        count = sum((part.skipped or {}).values())
        figures = f"{part.passed} passed, {part.failed} failed, {count} skipped"
        print(f"{part.name:<11}{word}  {figures}, {part.seconds:.0f} s")
        for reason, times in sorted((part.skipped or {}).items()):
            print(f"           skipped {times} x: {reason}")
    for note in notes:
        print(note)


def _coverage() -> int:
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet"], check=False)
    return subprocess.run([*coverage, "report", f"--include={COMPLETE}", "--fail-under=100"], check=False).returncode


def _arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="./sonae test", description="Runs all tests of Sonae. Other arguments go to pytest.", allow_abbrev=False
    )
    parser.add_argument("--database", choices=["auto", "sqlite", "postgres", "both"], default="auto")
    browser = parser.add_mutually_exclusive_group()
    browser.add_argument("--browser", dest="browser", action="store_const", const="required", default="auto")
    browser.add_argument("--no-browser", dest="browser", action="store_const", const="off")
    both = parser.add_mutually_exclusive_group()
    both.add_argument("--whole", action="store_true", help="ask everything of each database, in twice the time")
    both.add_argument("--turned", action="store_true", help="ask of each database what the other was asked otherwise")
    parser.add_argument("--pictures", action="store_true", help="keep a picture of every page")
    parser.add_argument("--coverage", action="store_true", help="lines and branches of the rooms that must be complete")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_known_args()


def _ask(names: list[str], asked: argparse.Namespace, extra: list[str], notes: list[str]) -> list[Part]:
    """Asks all databases at once: where one run waits for a program or a page, the other goes on."""
    shares = _shares(names, asked, extra)
    failed: list[Part] = []
    with contextlib.ExitStack() as stack:
        running: list[Run] = []
        for place, name in enumerate(names, 1):
            left_out = _left_out(name, turned=asked.turned) if shares else ()
            more = [*extra, *(f"--ignore={path}" for path in left_out)]
            dealt = f"{place}/{len(names)}{' turned' if asked.turned else ''}" if shares else ""
            try:
                url = stack.enter_context(_database(name))
            except postgres.NoPostgresError as trouble:
                notes.append(f"{name}: FAILED to start. {trouble}")
                failed.append(Part(name, 1, 0))
                continue
            if not running:
                print(f"\n=== {name} ===", flush=True)
            running.append(stack.enter_context(Run(name, url, asked, more, dealt=dealt, aloud=not running)))
        parts = [one.result() for one in running]
    if shares:
        notes.append(
            "Each test was asked beside one of the two databases. --turned asks what needs records beside the other,"
            " and what repeats (pages in the second language, the largest files); --whole asks everything beside each."
        )
    return [*parts, *failed]


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asked, extra = _arguments()
    ARTEFACTS.mkdir(exist_ok=True)
    notes: list[str] = []
    browser = _browser(asked, notes)
    if browser is None:
        print("--browser was asked for, but no Chromium is installed here.", file=sys.stderr)
        return 1
    asked.browser = browser
    subprocess.run([sys.executable, "-m", "sonae.site.cli", "messages", "compile"], check=True)
    names = _databases(asked, notes)
    if refusal := _nothing_to_turn(names, asked, extra):
        print(refusal, file=sys.stderr)
        return 1
    parts = _ask(names, asked, extra, notes)
    complete = _coverage() if asked.coverage else 0
    _summary(parts, notes)
    return 0 if all(part.ok for part in parts) and any(part.passed for part in parts) and complete == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
