"""The forms of the checklist: every row there, in the classes of devices that the year's form asks for."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from sonae.core.assurance import catalogue
from sonae.core.instruments import checks, queries, services, yaml_loader
from sonae.core.instruments.definition import Instrument, Question, questions
from sonae.core.instruments.models import Edition
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.vocabulary import FindingReason, Target
from sonae.testing.cast import NOW

FORMS = Path(__file__).parent.parent / "instruments"
F = FindingReason
# Rows by class of device: all medical information systems, servers, terminal PCs, network devices.
ROWS = {
    "r5": {Target.ALL: 3, Target.SERVER: 5, Target.PC: 4, Target.NETWORK_DEVICE: 2},
    "r6": {Target.ALL: 3, Target.SERVER: 5, Target.PC: 4, Target.NETWORK_DEVICE: 2},
    "r7": {Target.ALL: 10, Target.SERVER: 2, Target.PC: 1, Target.NETWORK_DEVICE: 1},
}
WITHOUT_DEVICE = {"r5": 4, "r6": 4, "r7": 5}
FOR_REFERENCE = {
    "patches_server", "services_server", "privileges_pc", "accounts_pc", "patches_pc", "services_pc", "backup", "bcp"
}  # fmt: skip


def form(year: str) -> Instrument:
    read = yaml_loader.load((FORMS / f"checklist_facility_{year}.yaml").read_bytes(), controls=catalogue.controls())
    assert isinstance(read, Instrument), read
    return read


def rows(year: str) -> list[Question]:
    gate, *others = questions(form(year).items)
    assert gate.id == "gate"
    return others


def found(year: str, answers: object, *, now):
    plan = prepare(form(year))
    assert isinstance(plan, Plan)
    return {(finding.question, finding.reason) for finding in checks.check(plan, answers, now=now).found}


def answered(year: str, *, day: str, **others: object) -> dict[str, object]:
    """Every row a yes, checked on a day."""
    answers: dict[str, object] = {row.id: {"answer": "yes", "checked_on": [day]} for row in rows(year)}
    return {"gate": "yes", **answers, **others}


@pytest.mark.parametrize("year", ROWS)
def test_a_form_asks_each_row_for_the_devices_it_is_about(year):
    asked = rows(year)
    assert Counter(target for row in asked for target in row.targets) == ROWS[year]
    assert sum(not row.targets for row in asked) == WITHOUT_DEVICE[year]
    assert all(row.number and row.words.text("ja") and row.words.text("en") and row.dates for row in asked)
    assert form(year).source.unverified


def test_a_row_keeps_its_id_while_its_number_changes():
    numbers = {year: {row.id: row.number for row in rows(year)} for year in ROWS}
    assert numbers["r5"] == numbers["r6"]
    same = numbers["r6"].keys() & numbers["r7"].keys()
    assert {"manager", "ledger", "access_log", "source_restriction", "bcp"} <= same
    assert (numbers["r6"]["access_log"], numbers["r7"]["access_log"]) == ("2-(6)", "2-⑪")
    added = {"password_strength", "password_reuse", "removable_media", "two_factor", "rules"}
    assert added <= numbers["r7"].keys() - numbers["r6"].keys()


def test_rows_for_reference_may_stay_empty_in_fiscal_2023_and_no_longer_in_2024():
    assert {row.id for row in rows("r5") if not row.required} == FOR_REFERENCE
    # A no to one of them is no promise inside the year: they were to be done in the next.
    assert {row.id for row in rows("r5") if not row.dates.needs_target} == FOR_REFERENCE
    assert {row.id for row in rows("r6") if not row.required} == set()


def test_without_medical_information_systems_nothing_else_is_asked():
    assert found("r7", {"gate": "no"}, now=NOW) == set()
    assert ("manager", F.NOT_RELEVANT) in found("r7", {"gate": "no", "manager": {"answer": "yes"}}, now=NOW)


@pytest.mark.parametrize("year", ROWS)
def test_only_rows_about_vendors_are_out_of_scope_for_whoever_has_none(year):
    assert {row.id for row in rows(year) if row.may_be_out_of_scope} == {"remote_maintenance", "vendor_disclosure"}
    assert not any(question.may_be_unknown for question in questions(form(year).items))
    assert found(year, {"gate": "out_of_scope"}, now=NOW) == {("gate", F.OUT_OF_SCOPE_NOT_POSSIBLE)}
    unknown = {"unknown_as_of": NOW.isoformat()}
    assert found(year, {"gate": unknown}, now=NOW) == {("gate", F.UNKNOWN_NOT_POSSIBLE)}


def test_a_form_is_complete_with_answers_and_dates_and_a_no_needs_its_date_and_nothing_else():
    inside = NOW.replace(year=2025, month=6)
    assert found("r7", answered("r7", day="2025-06-02"), now=inside) == set()
    undated = answered("r7", day="2025-06-02", bcp={"answer": "yes"})
    assert found("r7", undated, now=inside) == {("bcp", F.CHECK_DATE_MISSING)}
    no = {"answer": "no", "checked_on": ["2025-06-02"]}
    assert found("r7", answered("r7", day="2025-06-02", bcp=no), now=inside) == {("bcp", F.TARGET_DATE_MISSING)}
    early = {"answer": "yes", "checked_on": ["2025-03-31"]}
    assert found("r7", answered("r7", day="2025-06-02", bcp=early), now=inside) == {("bcp", F.CHECK_DATE_OUTSIDE_YEAR)}
    for day, reasons in (("2026-03-31", set()), ("2026-04-01", {("bcp", F.TARGET_DATE_OUTSIDE_YEAR)})):
        answers = answered("r7", day="2025-06-02", bcp=no | {"target_on": day})
        assert found("r7", answers, now=inside) == reasons


def test_what_the_ministry_published_since_is_not_written_over(officer):
    services.load_shipped(now=NOW)
    corrected = (
        (FORMS / "checklist_facility_r7.yaml")
        .read_bytes()
        .replace("事業者等に確認した".encode(), "事業者に確認した".encode())
    )
    services.publish(corrected, file_name="r7.yaml", by=officer.viewer, now=NOW)
    assert services.load_shipped(now=NOW + timedelta(days=1)) == 0
    newest = Edition.objects.current().get(instrument="checklist-facility", edition="R7")
    assert (queries.content_of(newest), newest.published_by) == (corrected, officer.account)


def test_the_forms_come_with_sonae_once(db):
    shipped = services.load_shipped(now=NOW)
    assert services.load_shipped(now=NOW + timedelta(days=1)) == 0
    assert Edition.objects.filter(published_by=None).count() == shipped
    editions = Edition.objects.filter(instrument="checklist-facility").values_list("edition", "fiscal_year")
    assert set(editions) == {("R5", 2023), ("R6", 2024), ("R7", 2025)}
    assert Edition.objects.filter(instrument__startswith="checklist-").count() == 9
