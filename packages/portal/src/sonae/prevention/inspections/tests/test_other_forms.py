"""The forms of pharmacies and vendors, and what fills in the rows of all."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sonae.core.assurance import catalogue
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Finding, Said, Source, SourceKind, Strength
from sonae.core.instruments import known, queries, services, yaml_loader
from sonae.core.instruments.definition import Instrument, Question, questions
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import AnswerKind, Origin, Respondent, Target
from sonae.kernel.calendar import JST
from sonae.testing.cast import NOW

FORMS = Path(__file__).parent.parent / "instruments"
YEARS = {"r5": 2023, "r6": 2024, "r7": 2025}
# What the vendor form is known to lack: the ledger, all about incidents, the rows on rules, media and two factors.
NOT_OF_VENDORS = {"gate", "ledger", "contacts", "backup", "bcp", "rules", "removable_media", "two_factor"}


def form(kind: str, year: str) -> Instrument:
    content = (FORMS / f"checklist_{kind}_{year}.yaml").read_bytes()
    read = yaml_loader.load(content, controls=catalogue.controls())
    assert isinstance(read, Instrument), read
    return read


def rows(kind: str, year: str) -> dict[str, Question]:
    return {one.id: one for one in questions(form(kind, year).items)}


@pytest.mark.parametrize("year", YEARS)
def test_a_pharmacy_is_asked_the_same_rows_under_its_own_form(year):
    pharmacy, facility = rows("pharmacy", year), rows("facility", year)
    assert form("pharmacy", year).respondent is Respondent.PHARMACY
    assert (form("pharmacy", year).id, form("pharmacy", year).fiscal_year) == ("checklist-pharmacy", YEARS[year])
    same = [(one.id, one.number, one.targets, one.dates, one.required, one.controls) for one in pharmacy.values()]
    assert same == [
        (one.id, one.number, one.targets, one.dates, one.required, one.controls) for one in facility.values()
    ]
    texts = "".join(one.words.text("ja") + one.guidance.text("ja") for one in pharmacy.values())
    assert "診療" not in texts
    assert "要確認" in pharmacy["manager"].guidance.text("ja")


@pytest.mark.parametrize("year", YEARS)
def test_a_vendor_is_asked_what_it_supplies_or_maintains_and_nothing_of_the_institution(year):
    vendor, facility = rows("vendor", year), rows("facility", year)
    assert form("vendor", year).respondent is Respondent.VENDOR
    assert vendor.keys() == facility.keys() - NOT_OF_VENDORS
    assert all(vendor[id_].number == facility[id_].number for id_ in vendor)
    assert all(vendor[id_].targets == facility[id_].targets for id_ in vendor)
    # Nothing that a vendor says speaks for the institution, nor is evidence of it shown to a vendor.
    assert not any(one.controls or one.prefill for one in vendor.values())
    assert {id_ for id_, one in vendor.items() if not one.may_be_out_of_scope} == {
        "manager", "remote_maintenance", "vendor_disclosure"
    }  # fmt: skip
    assert {id_ for id_, one in vendor.items() if not one.required} == {
        id_ for id_, one in facility.items() if not one.required and id_ in vendor
    }


@pytest.mark.parametrize("kind", ["pharmacy", "vendor"])
@pytest.mark.parametrize("year", YEARS)
def test_every_form_names_its_source_and_is_marked_unverified_in_both_languages(kind, year):
    found = form(kind, year)
    assert found.source.unverified
    assert all(
        one.words.text("ja") and one.words.text("en") and one.kind is AnswerKind.YES_NO
        for one in rows(kind, year).values()
    )
    if kind == "vendor":
        assert all("要確認" in one.guidance.text("ja") for one in rows(kind, year).values())


@pytest.mark.parametrize("kind", ["facility", "pharmacy"])
@pytest.mark.parametrize("year", YEARS)
def test_a_row_is_filled_in_only_from_a_control_that_says_the_same(kind, year):
    for row in rows(kind, year).values():
        if row.id == "gate":
            assert row.prefill == (known.EARLIER if year != "r5" else "")
        elif set(row.targets) <= {Target.ALL} or not row.id.endswith(("_server", "_pc", "_network")):
            assert row.prefill == (f"evidence.{row.controls[0]}" if row.controls else "")
        else:
            # Evidence does not say of which class of device it is.
            assert row.prefill == ""


@pytest.fixture
def edition(db) -> Edition:
    services.load_shipped(now=NOW)
    return Edition.objects.current().get(instrument="checklist-facility", fiscal_year=2025)


def test_evidence_of_the_fiscal_year_fills_in_its_row_and_says_where_it_comes_from(edition, hospital, manager):
    inside = datetime(2025, 9, 1, 9, tzinfo=JST)
    for control, finding, since in (
        ("bcp", Finding.IN_PLACE, inside - timedelta(days=30)),
        ("contact-tree", Finding.ABSENT, inside - timedelta(days=30)),
        ("assets.ledger", Finding.PARTLY, inside - timedelta(days=30)),
        # What is so since an earlier year gives no date of a check inside this one.
        ("patching", Finding.IN_PLACE, inside - timedelta(days=300)),
    ):
        said = Said(
            control=control, institution_id=hospital.pk, source=Source(SourceKind.DOCUMENT, "minutes"),
            strength=Strength.DOCUMENTED, finding=finding, since=since,
        )  # fmt: skip
        assurance.file_evidence(said, by=manager.viewer, now=inside)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2025", by=manager.viewer, now=inside
    )
    # Nothing is asked before the first answer, and nothing is filled in that is not asked.
    assert response.answers == {}
    services.save_answers(response.pk, {"gate": "yes"}, seen=response.revision, by=manager.viewer, now=inside)
    response.refresh_from_db()
    assert response.answers.pop("gate") == "yes"
    # A no needs the day by which it will be a yes, which evidence does not know.
    assert response.answers == {"bcp": {"answer": "yes", "checked_on": ["2025-08-02"]}}
    mark = response.mark("bcp")
    assert (mark.origin, mark.source, mark.is_looked_at) == (Origin.EVIDENCE, "bcp", False)


def test_what_was_said_of_the_gate_the_year_before_is_offered_again(edition, hospital, manager):
    before = Edition.objects.current().get(instrument="checklist-facility", fiscal_year=2024)
    response = services.open_response(
        before.pk, institution_id=hospital.pk, occasion="2024", by=manager.viewer, now=NOW
    )
    kept = services.save_answers(response.pk, {"gate": "no"}, seen=0, by=manager.viewer, now=NOW)
    services.submit(response.pk, seen=kept.response.revision, by=manager.viewer, now=NOW)
    anew = services.open_response(edition.pk, institution_id=hospital.pk, occasion="2025", by=manager.viewer, now=NOW)
    assert (anew.answers["gate"], anew.mark("gate").origin) == ("no", Origin.EARLIER_RESPONSE)


def test_a_vendor_is_not_shown_what_the_institution_has_on_record(edition, hospital, manager):
    plan = queries.plan_of(Edition.objects.current().get(instrument="checklist-vendor", fiscal_year=2025))
    assert not any(isinstance(item, Question) and item.prefill for item in plan.items.values())
