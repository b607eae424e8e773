"""The yearly report on backups: one edition for each revision, in force when the revision is, asking whom it asks."""

import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils.translation import override

from sonae.core.assurance import catalogue as controls
from sonae.core.instruments import checks, paper, queries, services, yaml_loader
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import FindingReason
from sonae.kernel.calendar import JST
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


def test_a_superseded_form_says_so_and_names_the_one_in_force(hospital, officer, manager):
    for name in ("backup_report_r6.yaml", "backup_report_r8.yaml"):
        services.publish((FORMS / name).read_bytes(), file_name=name, by=officer.viewer, now=NOW)
    old, new = (Edition.objects.get(instrument="backup-report", edition=one) for one in ("R6", "R8"))
    begun = services.open_response(
        old.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )  # fmt: skip
    told = "Superseded: this form was in force until"
    for address in (
        reverse("instruments:edition", args=[old.pk]), reverse("instruments:response", args=[begun.pk]),
    ):  # fmt: skip
        page = manager.client.get(address).text
        assert told in page and f"In force today: {new.title_en} (R8)." in page
        assert "has not been checked against the official form yet (to be confirmed)" in page
        assert reverse("instruments:edition", args=[new.pk]) in page
    assert told not in manager.client.get(reverse("instruments:edition", args=[new.pk])).text
    standards = manager.client.get(reverse("fees:standards")).text
    assert "edition R8, in force today" in standards
    assert "in the superseded form R6" in manager.client.get(reverse("fees:changes")).text


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


@pytest.mark.django_db
def test_the_report_of_each_july_is_one_of_its_own_under_the_same_revision(manager, hospital, officer):
    services.load_shipped(now=NOW)
    edition = queries.edition_in_force("backup-report", on=dt.date(2024, 7, 1))
    julys = [dt.datetime(year, 7, 1, 9, tzinfo=JST) for year in (2024, 2025)]
    first, second = (_reported(edition, hospital, manager, officer, on=day) for day in julys)
    assert first.pk != second.pk
    assert (first.occasion, second.occasion) == ("2024", "2025")
    # What stays as it was is filled in from the year before; what is done anew each year is not.
    assert second.answers["tier"] == "加算1"
    assert second.answers["beds"] == hospital.licensed_beds
    assert not {"trained", "trained_on", "drilled_on", "improved"} & set(second.answers)
    assert _begun(edition, hospital, manager, on=julys[1] + dt.timedelta(days=20)).pk == second.pk


def _begun(edition, hospital, manager, *, on):
    occasion = queries.occasion_of(edition, on=on.date())
    return services.open_response(edition.pk, institution_id=hospital.pk, occasion=occasion, by=manager.viewer, now=on)


def _reported(edition, hospital, manager, officer, *, on):
    """A report as it was begun; it is then handed in and accepted."""
    begun = _begun(edition, hospital, manager, on=on)
    told = ANSWERS | APPOINTED | TRAINED | DRILLED | {"trained_on": "2024-02-10", "drilled_on": "2024-03-01"}
    services.save_answers(begun.pk, told | {"beds": 300}, seen=begun.revision, by=manager.viewer, now=on)
    seen = Response.objects.get(pk=begun.pk).revision
    services.submit(begun.pk, seen=seen, by=manager.viewer, now=on)
    services.accept(begun.pk, seen=seen, by=officer.viewer, now=on)
    return begun


def test_what_is_filled_in_comes_from_the_register_evidence_or_the_year_before():
    for edition in ("r6", "r8"):
        sources = {id_: item.prefill for id_, item in plan(edition).items.items() if getattr(item, "prefill", "")}
        assert sources["beds"] == "register.licensed_beds"
        assert sources["dedicated"] == "evidence.organisation.dedicated-manager earlier"
        assert sources["trained_on"] == "evidence.training.yearly"
        assert sources["offline"].startswith("evidence.backup.offline")
        assert plan(edition).instrument.is_yearly


def test_all_of_it_is_marked_as_unverified():
    for edition in ("r4", "r6", "r8"):
        assert plan(edition).instrument.source.unverified
        assert "要確認" in plan(edition).instrument.title.text("ja")
