from datetime import date
from pathlib import Path

import pytest
from django.utils.translation import override

from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import datafile
from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.duties import catalogue
from sonae.core.duties.vocabulary import DutyRefusal, Openness
from sonae.kernel.errors import BadInput, NotAllowed

(SHIPPED_FILE,) = (path for path in datafile.of_every_app(catalogue.FOLDER) if path.stem == "detection")
SHIPPED = SHIPPED_FILE.read_text(encoding="utf-8")
OLDER = SHIPPED.replace("edition: 2026-11-22", "edition: 2025-04-01").replace("Check a silent collector", "Look at it")


def problems_of(tmp_path: Path, text: str) -> list[tuple[str, int, str]]:
    path = tmp_path / "duties.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        catalogue.read([path])
    return [(problem.reason, problem.line, problem.field) for problem in error.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize("name", list(catalogue.duty_rules()))
def test_every_rule_is_whole(name):
    rule = catalogue.rule(name)
    assert rule.source.title.ja
    assert rule.source.title.en
    assert rule.schedule
    assert datafile.holes_of(rule.title.ja) == datafile.holes_of(rule.title.en)
    assert not datafile.holes_of(rule.short.ja + rule.short.en + rule.why.ja + rule.why.en)


def test_the_rules_that_other_rooms_name_exist():
    assert {
        "sighting.respond", "collector.silent", "bulletin.acknowledge", "disclosure.second-release",
        "incident.notify-ministry", "incident.first-report", "incident.final-report", "account.second-factor",
    } <= set(catalogue.duty_rules())  # fmt: skip


def test_what_collectors_saw_is_told_to_nobody_outside():
    assert catalogue.rule("sighting.respond").openness is Openness.OWN
    outside = {Role.INSPECTOR, Role.MINISTRY_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER}
    assert not outside & {step.role for step in catalogue.rule("sighting.respond").schedule}


def test_a_rule_of_an_own_duty_that_would_tell_outsiders_is_refused(tmp_path):
    text = SHIPPED.replace("tell: executive\n        at: institution", "tell: inspector\n        at: jurisdiction", 1)
    found = problems_of(tmp_path, text)
    assert [(reason, field) for reason, _, field in found] == [(DataFileProblem.OUT_OF_RANGE, "duties[1].schedule")]


def test_titles_speak_the_language_of_the_page():
    rule = catalogue.rule("bulletin.acknowledge")
    facts = {"title": {"ja": "至急の更新", "en": "Urgent update"}}
    with override("ja"):
        assert catalogue.title_of(rule, facts) == "お知らせ「至急の更新」を確認する"
    with override("en"):
        assert catalogue.title_of(rule, facts) == "Acknowledge the bulletin “Urgent update”"
    assert catalogue.titles_of("gone", rule.edition, {}).ja == "gone"


def test_editions_stand_beside_each_other_and_the_newest_counts(tmp_path):
    newer, older = tmp_path / "newer.yaml", tmp_path / "older.yaml"
    newer.write_text(SHIPPED, encoding="utf-8")
    older.write_text(OLDER, encoding="utf-8")
    found = catalogue.read([newer, older])
    assert found["collector.silent", date(2025, 4, 1)].short.en == "Look at it"
    assert datafile.newest(found)["collector.silent"].short.en == "Check a silent collector"


def test_the_same_edition_twice_is_refused_with_file_and_line(tmp_path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(SHIPPED, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        catalogue.read([tmp_path / "one.yaml", tmp_path / "two.yaml"])
    found = [(problem.reason, problem.file, problem.value) for problem in error.value.problems]
    assert found == [
        (DataFileProblem.ID_TWICE, "two.yaml", "sighting.respond"),
        (DataFileProblem.ID_TWICE, "two.yaml", "collector.silent"),
    ]
    assert all(problem.line > 1 for problem in error.value.problems)


def test_search_finds_rules_by_words_of_either_language():
    assert "incident.first-report" in catalogue.rules_titled("速報")
    assert "incident.first-report" in catalogue.rules_titled("PRELIMINARY")
    assert catalogue.rules_titled("まったく無い語") == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "reason", "field"),
    [
        ("recipient: institution\n", "recipient: hospital\n", DataFileProblem.NOT_A_CHOICE, "duties[1].recipient"),
        ("count: 24, unit", "count: 0, unit", DataFileProblem.NOT_A_NUMBER, "duties[1].deadline.count"),
        ("count: 24, unit", "count: soon, unit", DataFileProblem.NOT_A_NUMBER, "duties[1].deadline.count"),
        ("    openness: own\n", "", DataFileProblem.FIELD_MISSING, "duties[1].openness"),
        ("openness: own\n", "openness: own\n    colour: red\n", DataFileProblem.FIELD_UNKNOWN, "duties[1].colour"),
        ("openness: own\n", "openness: own\n    openness: own\n", DataFileProblem.FIELD_TWICE, "duties[1].openness"),
        ("as_of: 2026-11-22", "as_of: yesterday", DataFileProblem.NOT_A_DATE, "duties[1].source.as_of"),
        ("unverified: true", "unverified: perhaps", DataFileProblem.NOT_YES_OR_NO, "duties[1].source.unverified"),
        ("control: detection.sensor-running", "control: none-such", DataFileProblem.OUT_OF_RANGE,
         "duties[2].ended_by[1].control"),
        ("sighting of “%(indicator)s”", "sighting", DataFileProblem.HOLES_DIFFER, "duties[1].title"),
        ("id: collector.silent", "id: sighting.respond", DataFileProblem.ID_TWICE, "id"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_field(tmp_path, old, new, reason, field):
    text = SHIPPED.replace(old, new, 1)
    found = problems_of(tmp_path, text)
    assert [(one, where) for one, _, where in found] == [(reason, field)]
    assert found[0][1] > 1


def test_all_mistakes_of_a_file_are_named_at_once(tmp_path):
    text = SHIPPED.replace("openness: own", "openness: everyone").replace("as_of: 2026-11-22", "as_of: x")
    found = problems_of(tmp_path, text)
    assert len(found) == SHIPPED.count("openness: own") + SHIPPED.count("as_of: 2026-11-22")
    assert ("data_file_not_a_choice", line_of(text, "openness: everyone"), "duties[1].openness") in found


@pytest.mark.parametrize("text", ["", "- a list", "edition: [", "a: b\n\tc: d", "\x00"])
def test_what_is_no_catalogue_is_refused(tmp_path, text):
    assert problems_of(tmp_path, text)


def test_an_unknown_rule_is_refused():
    with pytest.raises(NotAllowed) as error:
        catalogue.rule("no.such")
    assert error.value.refusal.reason == DutyRefusal.UNKNOWN_RULE
