"""What `./sonae test` says and answers after the suite has run."""

import argparse
import re
from pathlib import Path

import pytest

import conftest
from tools import run_tests

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure message="no"/></testcase>
<testcase name="d"><error message="no"/></testcase>
<testcase name="e"><skipped message="no Chromium here"/></testcase>
<testcase name="f"><skipped message="no Chromium here"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def asked():
    return argparse.Namespace(
        database="auto", browser="auto", coverage=False, workers=2, whole=False, turned=False, pictures=False
    )


def test_the_summary_counts_and_says_why_something_was_skipped(tmp_path, capsys):
    (tmp_path / "report.xml").write_text(REPORT, "utf-8")
    part = run_tests._part("SQLite", 1, 12.3, tmp_path / "report.xml")
    run_tests._summary([part], ["PostgreSQL: left out, because it is not installed here."])
    said = capsys.readouterr().out
    assert "SQLite     FAILED  2 passed, 2 failed, 2 skipped, 12 s" in said
    assert "skipped 2 x: no Chromium here" in said
    assert "PostgreSQL: left out, because it is not installed here." in said


def test_a_suite_that_wrote_no_report_has_failed(tmp_path):
    assert not run_tests._part("SQLite", 0, 1, tmp_path / "none.xml").ok


def test_postgresql_is_left_out_with_a_sentence_only_when_nobody_insists(asked, monkeypatch):
    monkeypatch.setattr(run_tests.postgres, "find_programs", lambda: None)
    notes: list[str] = []
    assert run_tests._databases(asked, notes) == ["SQLite"]
    assert "not installed here" in notes[0]
    asked.database = "both"
    assert run_tests._databases(asked, []) == ["SQLite", "PostgreSQL"]


def test_a_missing_browser_is_left_out_with_a_sentence_only_when_nobody_insists(asked, monkeypatch):
    monkeypatch.setattr(run_tests.chromium, "find", lambda: None)
    notes: list[str] = []
    assert run_tests._browser(asked, notes) == "off"
    assert "no Chromium is installed here" in notes[0]
    asked.browser = "required"
    assert run_tests._browser(asked, []) is None


def test_a_database_that_was_asked_for_and_does_not_start_fails_the_run(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(run_tests, "ARTEFACTS", tmp_path)
    monkeypatch.setattr(run_tests.postgres, "find_programs", lambda: None)
    monkeypatch.setattr(run_tests.sys, "argv", ["test", "--database", "postgres", "--no-browser"])
    monkeypatch.setattr(run_tests.signal, "signal", lambda *_: None)
    assert run_tests.main() == 1
    assert "PostgreSQL: FAILED to start." in capsys.readouterr().out


BOTH = ["SQLite", "PostgreSQL"]


def test_what_both_databases_would_answer_alike_is_asked_once(asked):
    assert run_tests._shares(BOTH, asked, ["-x"])
    first, second = (set(run_tests._left_out(name, turned=False)) for name in BOTH)
    assert "tests/journeys" in second
    assert "packages/engine" in first
    assert not first & second
    # Turned, the first still walks the pages that repeat.
    assert set(run_tests._left_out("SQLite", turned=True)) == first
    assert set(run_tests._left_out("PostgreSQL", turned=True)) == first | second


def test_one_database_alone_is_asked_everything(asked):
    assert not run_tests._shares(["PostgreSQL"], asked, [])
    asked.whole = True
    assert not run_tests._shares(BOTH, asked, [])


class Case:
    """A test as pytest knows it: what it is marked with, and the fixtures that it stands on."""

    def __init__(self, name, *marks, fixtures=("db",)):
        self.nodeid, self.marks, self.fixturenames = name, marks, fixtures

    def get_closest_marker(self, mark):
        return mark if mark in self.marks else None


def _asked(cases, turned=""):
    """What each of two databases is asked."""
    return [
        {case.nodeid for case in cases} - {case.nodeid for case in conftest._dealt_elsewhere(cases, share + turned)}
        for share in ("1/2", "2/2")
    ]


def test_what_needs_records_is_asked_of_one_database_and_of_the_other_when_they_change_places():
    cases = [Case(f"tests/test_a.py::test_{number}", "django_db") for number in range(100)]
    first, second = _asked(cases)
    assert first.isdisjoint(second)
    assert first | second == {case.nodeid for case in cases}
    assert 30 < len(first) < 70
    assert _asked(cases, turned=" turned") == [second, first]
    # A test that comes or goes moves no other one.
    assert _asked(cases[1:]) == [first - {cases[0].nodeid}, second - {cases[0].nodeid}]


def test_what_any_database_would_answer_alike_is_asked_once():
    cases = [
        Case("page", "browser", fixtures=("walk", "portal")),
        Case("demonstration", "sqlite", fixtures=()),
        Case("own database", "sqlite"),
        Case("rule", fixtures=()),
        Case("its own SQL", "postgres"),
    ]
    assert _asked(cases) == [{"page", "demonstration", "own database"}, {"rule", "its own SQL"}]
    assert _asked(cases, turned=" turned") == [set(), set()]


def test_what_repeats_is_asked_in_the_other_half_alone():
    cases = [
        Case("page in English", "browser", "repeats", fixtures=("walk", "portal")),
        Case("the largest text", "repeats", fixtures=()),
        *(Case(f"the largest file {number}", "django_db", "repeats") for number in range(20)),
    ]
    assert _asked(cases) == [set(), set()]
    first, second = _asked(cases, turned=" turned")
    assert "page in English" in first
    assert "the largest text" in second
    assert first.isdisjoint(second)
    assert first | second == {case.nodeid for case in cases}


def test_a_half_that_is_not_there_is_refused_rather_than_taken_for_everything(asked):
    asked.turned = True
    assert not run_tests._nothing_to_turn(BOTH, asked, ["-x"])
    assert "both databases" in run_tests._nothing_to_turn(["SQLite"], asked, [])
    assert "by name" in run_tests._nothing_to_turn(BOTH, asked, ["tests/launcher"])
    asked.turned = False
    assert not run_tests._nothing_to_turn(["SQLite"], asked, [])


def test_whoever_names_tests_gets_them_on_every_database(asked):
    assert not run_tests._shares(BOTH, asked, ["tests/journeys/test_loop.py::test_x"])


# The loop while programs are killed stands on each database in CI; pages bring their own portal.
WITH_RECORDS_OF_THEIR_OWN = {"tests/faults/test_killed_anywhere.py", "tests/journeys"}
ASKS_FOR_RECORDS = re.compile(r"mark\.django_db|def \w+\([^)]*\b(db|transactional_db|real_commits)\b")


def test_no_folder_that_is_left_out_on_one_database_needs_records():
    once = {*run_tests.ON_SQLITE_ONLY, *run_tests.ON_POSTGRESQL_ONLY} - WITH_RECORDS_OF_THEIR_OWN
    looked_at = {path for folder in once for path in (run_tests.ROOT / folder).rglob("test_*.py")} - {Path(__file__)}
    assert len(looked_at) > 20
    assert [path for path in looked_at if ASKS_FOR_RECORDS.search(path.read_text(encoding="utf-8"))] == []


def test_what_is_asked_once_is_there():
    for path in (*run_tests.ON_SQLITE_ONLY, *run_tests.ON_POSTGRESQL_ONLY):
        assert (run_tests.ROOT / path).exists()
