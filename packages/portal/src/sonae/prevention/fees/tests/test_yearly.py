"""The yearly report is a duty of whoever gave it before: asked from July, ended by handing it in, each year anew."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from sonae.core.accounts.vocabulary import Role
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.core.instruments import queries, services, yearly_duty
from sonae.core.instruments.models import Edition, Response
from sonae.kernel.calendar import last_day_before
from sonae.prevention.fees import rules, tasks, yearly
from sonae.prevention.fees.tests.test_reports import ANSWERS, APPOINTED, DRILLED, TRAINED
from sonae.testing.cast import a_person, at_institution

JULY_2024, JULY_2025 = (datetime(year, 7, 3, 0, 0, tzinfo=UTC) for year in (2024, 2025))


@pytest.fixture
def person(db, hospital):
    services.load_shipped(now=JULY_2024 - timedelta(days=30))
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital), now=JULY_2024 - timedelta(days=30))


def handed_in(hospital, person, now, *, occasion=None, edition=None, beds=300):
    edition = edition or yearly.edition_on(now.date())
    begun = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion=occasion or queries.occasion_of(edition, on=now.date()),
        by=person.viewer, now=now,
    )  # fmt: skip
    said = ANSWERS | APPOINTED | TRAINED | DRILLED | {"trained_on": "2024-02-10", "drilled_on": "2024-03-01"}
    services.save_answers(begun.pk, said | {"beds": beds}, seen=begun.revision, by=person.viewer, now=now)
    seen = Response.objects.get(pk=begun.pk).revision
    return services.submit(begun.pk, seen=seen, by=person.viewer, now=now)


def owed(hospital):
    return [(one.state, one.facts["year"]) for one in Duty.objects.filter(institution=hospital).order_by("imposed_at")]


def test_whoever_gave_it_before_is_asked_each_july_and_handing_in_ends_it(hospital, other_hospital, person):
    assert yearly.DUTY.ask_some(now=JULY_2024) == 0
    handed_in(hospital, person, JULY_2024)
    assert yearly.DUTY.ask_some(now=JULY_2024 + timedelta(days=9)) == 0
    assert yearly.DUTY.is_anyone_to_ask(now=JULY_2025)
    with time_machine.travel(JULY_2025, tick=False):
        assert tasks.ask_for_reports.call() == 1
    assert owed(hospital) == [("open", 2025)]
    assert last_day_before(Duty.objects.get().due_at) == date(2025, 7, 31)
    assert not yearly.DUTY.is_anyone_to_ask(now=JULY_2025 + timedelta(days=1))
    handed_in(hospital, person, JULY_2025 + timedelta(days=2))
    assert owed(hospital) == [("fulfilled", 2025)]
    assert owed(other_hospital) == []


def test_it_is_not_asked_for_before_its_days(hospital, person):
    handed_in(hospital, person, JULY_2024)
    assert yearly.DUTY.ask_some(now=datetime(2025, 6, 30, 14, 59, tzinfo=UTC)) == 0
    assert yearly.DUTY.ask_some(now=datetime(2025, 6, 30, 15, 0, tzinfo=UTC)) == 1


def test_what_is_given_back_is_owed_again(hospital, person, officer):
    handed_in(hospital, person, JULY_2024)
    found = Response.objects.get()
    late = JULY_2024 + timedelta(days=60)
    services.return_for_correction(
        found.pk, reason="病床数が違います。", seen=found.revision, by=officer.viewer, now=late
    )
    assert owed(hospital) == [("open", 2024)]
    assert Duty.objects.get().due_at == late + yearly_duty.MENDED_WITHIN


def test_a_form_whose_time_was_over_before_the_year_ends_no_duty(hospital, person):
    handed_in(hospital, person, JULY_2024)
    yearly.DUTY.ask_some(now=JULY_2025)
    old = Edition.objects.get(instrument="backup-report", edition="R4")
    handed_in(hospital, person, JULY_2025, edition=old, beds=450)
    assert owed(hospital) == [("open", 2025)]


def test_a_form_whose_time_was_over_keeps_nobody_from_being_asked(hospital, person):
    handed_in(hospital, person, JULY_2024)
    handed_in(
        hospital, person, JULY_2025, edition=Edition.objects.get(instrument="backup-report", edition="R4"), beds=450
    )
    assert yearly.DUTY.ask_some(now=JULY_2025) == 1


def test_a_report_for_a_year_that_has_not_begun_keeps_nobody_from_being_asked_then(hospital, person):
    handed_in(hospital, person, JULY_2024)
    handed_in(hospital, person, JULY_2024, occasion="2025")
    assert yearly.DUTY.ask_some(now=JULY_2025) == 1
    assert owed(hospital) == [("open", 2025)]


@pytest.mark.parametrize("occasion", ["99999", "9999", "0000", "２０２４", "extra", "2025"])
def test_what_was_named_otherwise_than_a_year_can_be_given_back_and_is_not_owed(hospital, person, officer, occasion):
    handed_in(hospital, person, JULY_2024, occasion=occasion)
    found = Response.objects.get()
    services.return_for_correction(
        found.pk, reason="年度が違います。", seen=found.revision, by=officer.viewer, now=JULY_2024
    )
    assert owed(hospital) == []


@pytest.mark.parametrize(("today", "is_asked"), [
    (date(2025, 6, 30), False), (date(2025, 7, 1), True), (date(2026, 3, 31), True), (date(2026, 4, 1), False),
])  # fmt: skip
def test_it_is_asked_for_from_july_to_the_end_of_the_fiscal_year(today, is_asked):
    assert rules.is_report_asked_for(yearly.days(), today) is is_asked


def test_the_page_of_the_standards_leads_to_the_report_of_the_day(manager, hospital):
    services.load_shipped(now=JULY_2024)
    edition = yearly.edition_on(date(2026, 11, 23))
    assert f"/{edition.pk}/" in manager.client.get("/fee-standards/").content.decode()


def test_whoever_no_longer_claims_the_fee_ends_it_with_a_note(hospital, person):
    handed_in(hospital, person, JULY_2024)
    yearly.DUTY.ask_some(now=JULY_2025)
    duties.fulfil(
        Duty.objects.get().pk, note="この加算は届け出ていません。", by=person.viewer, now=JULY_2025 + timedelta(days=1)
    )
    assert owed(hospital) == [("fulfilled", 2025)]
    assert yearly.DUTY.ask_some(now=JULY_2025 + timedelta(days=2)) == 0
