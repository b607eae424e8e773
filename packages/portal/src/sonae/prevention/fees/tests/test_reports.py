"""The yearly report on backups: one edition for each revision, in force when the revision is, asking whom it asks."""

import datetime as dt
from pathlib import Path

import pytest
from django.utils.translation import override

from sonae.core.assurance import catalogue as controls
from sonae.core.instruments import checks, queries, services, yaml_loader
from sonae.core.instruments.pages import paper
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import FindingReason
from sonae.prevention.fees import catalogue
from sonae.prevention.fees.vocabulary import Weight
from sonae.testing.cast import NOW

FORMS = Path(__file__).parent.parent / "instruments"
COPY = {"copy_medium": "tape", "copy_refresh": "daily", "copy_generations": 14, "copy_offline": "unplugged"}
ANSWERS = {
    "tier": "加算1",
    "systems": ["ehr", "billing"],
    "copies": [COPY],
    "several_methods": {"answer": "yes"},
    "offline": {"answer": "yes"},
}
TRAINED = {"trained": {"answer": "yes"}, "trained_on": "2026-02-10", "trained_people": 412}
APPOINTED = {"dedicated": {"answer": "yes"}, "manager_post": "医療情報部長"}
DRILLED = {
    "has_plan": {"answer": "yes"},
    "drilled": {"answer": "yes"},
    "drilled_on": "2026-03-01",
    "improved": "連絡網を改めた",
}


def test_the_report_for_the_bureau_is_a_paper_of_its_own_form(hospital, officer, manager):
    name = "backup_report_r6.yaml"
    edition = services.publish((FORMS / name).read_bytes(), file_name=name, by=officer.viewer, now=NOW)
    begun = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2025", by=manager.viewer, now=NOW
    )  # fmt: skip
    answers = ANSWERS | APPOINTED | TRAINED | DRILLED | {"beds": 320}
    kept = services.save_answers(begun.pk, answers, seen=begun.revision, by=manager.viewer, now=NOW)
    services.submit(begun.pk, seen=kept.response.revision, by=manager.viewer, now=NOW)
    begun.refresh_from_db()
    submission = queries.last_submission(begun, manager.viewer)
    with override("ja"):
        report = paper.composed(begun, submission, viewer=manager.viewer, now=NOW)
    assert report["title"] == edition.title_ja and dict(report["sections"][0]["facts"])["版"] == edition.edition
    assert "要確認" in report["source"]
    rows = [row for part in report["sections"] for row in part.get("table", {}).get("rows", [])]
    assert any("医療情報部長" in row for row in rows)
    made = paper.pdf(begun, submission, viewer=manager.viewer, now=NOW, language="ja")
    assert made.startswith(b"%PDF-")


def plan(edition: str) -> Plan:
    made = yaml_loader.prepared((FORMS / f"backup_report_{edition}.yaml").read_bytes(), controls=controls.controls())
    assert isinstance(made, Plan), made
    return made


def missing(edition: str, answers: dict) -> set[str]:
    found = checks.check(plan(edition), answers, now=NOW).found
    assert {one.reason for one in found} <= {FindingReason.MISSING}, found
    return {one.question for one in found}


@pytest.mark.parametrize(("edition", "beds", "asks_for_the_manager"), [
    ("r4", 399, False), ("r4", 400, True), ("r6", 199, False), ("r6", 200, True), ("r6", 201, True), ("r8", 19, True),
])  # fmt: skip
def test_the_dedicated_manager_is_asked_for_where_the_revision_asks(edition, beds, asks_for_the_manager):
    rest = {} if edition == "r4" else DRILLED
    left = missing(edition, ANSWERS | rest | {"beds": beds})
    assert left == ({"dedicated", "trained"} if asks_for_the_manager else set())
    assert not missing(edition, ANSWERS | rest | {"beds": beds} | (APPOINTED | TRAINED if asks_for_the_manager else {}))


def test_the_lines_of_the_reports_are_those_of_the_standards():
    for edition, day in (("r4", dt.date(2023, 7, 1)), ("r6", dt.date(2025, 7, 1))):
        (line,) = {
            one.at_least
            for one in catalogue.standards().values()
            if one.control == "organisation.dedicated-manager"
            and one.weight is Weight.REQUIRED
            and one.since <= day <= one.until
        }
        rest = {} if edition == "r4" else DRILLED
        assert "dedicated" not in missing(edition, ANSWERS | rest | {"beds": line - 1})
        assert "dedicated" in missing(edition, ANSWERS | rest | {"beds": line})


@pytest.mark.django_db
@pytest.mark.parametrize(("on", "edition"), [
    (dt.date(2022, 4, 1), "R4"), (dt.date(2024, 5, 31), "R4"), (dt.date(2024, 6, 1), "R6"),
    (dt.date(2026, 5, 31), "R6"), (dt.date(2026, 6, 1), "R8"), (dt.date(2031, 7, 1), "R8"),
])  # fmt: skip
def test_on_each_day_the_edition_of_its_revision_is_in_force(on, edition):
    services.load_shipped(now=NOW)
    found = queries.edition_in_force("backup-report", on=on)
    assert found is not None
    assert found.edition == edition


def test_all_of_it_is_marked_as_unverified():
    for edition in ("r4", "r6", "r8"):
        assert plan(edition).instrument.source.unverified
        assert "要確認" in plan(edition).instrument.title.text("ja")
