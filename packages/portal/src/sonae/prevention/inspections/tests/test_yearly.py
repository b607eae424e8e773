"""The checklist of a fiscal year is a duty: asked once of whoever can fill it in, ended by handing it in."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from sonae.core.accounts.vocabulary import Role
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services, yearly_duty
from sonae.core.instruments.definition import questions
from sonae.core.instruments.models import Edition, Response
from sonae.kernel.calendar import last_day_before
from sonae.prevention.inspections import queries, tasks, testing, yearly
from sonae.testing.cast import NOW, a_person, at_institution

# In the fiscal year of the newest form that comes with Sonae.
JUNE = datetime(2025, 6, 10, 0, 0, tzinfo=UTC)


@pytest.fixture
def forms(db):
    services.load_shipped(now=JUNE - timedelta(days=30))


def a_manager(institution):
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(institution), now=JUNE - timedelta(days=9))


def owed(institution):
    return [
        (one.state, one.facts["year"]) for one in Duty.objects.filter(institution=institution).order_by("imposed_at")
    ]


def test_whoever_has_a_manager_is_asked_once_until_the_end_of_the_fiscal_year(forms, hospital, other_hospital):
    a_manager(hospital)
    assert yearly.DUTY.is_anyone_to_ask(now=JUNE)
    assert yearly.DUTY.ask_some(now=JUNE) == 1
    assert owed(hospital) == [("open", 2025)]
    assert str(last_day_before(Duty.objects.get().due_at)) == "2026-03-31"
    assert owed(other_hospital) == []
    assert not yearly.DUTY.is_anyone_to_ask(now=JUNE + timedelta(days=1))
    assert yearly.DUTY.ask_some(now=JUNE + timedelta(days=1)) == 0
    # Somebody who comes later is asked then.
    a_manager(other_hospital)
    assert yearly.DUTY.ask_some(now=JUNE + timedelta(days=2)) == 1
    assert owed(other_hospital) == [("open", 2025)]


def test_nobody_is_asked_in_a_year_without_a_form(forms, hospital, manager):
    assert not yearly.DUTY.is_anyone_to_ask(now=NOW)
    assert yearly.DUTY.ask_some(now=NOW) == 0


def test_whom_the_register_no_longer_lists_is_not_asked(forms, hospital):
    a_manager(hospital)
    Institution.objects.filter(pk=hospital.pk).update(vanished_on=JUNE.date())
    assert yearly.DUTY.ask_some(now=JUNE) == 0


def test_handing_in_ends_it_and_giving_back_makes_it_owed_again(forms, hospital, officer):
    manager = a_manager(hospital)
    yearly.DUTY.ask_some(now=JUNE)
    testing.a_handed_in_self_check(hospital.pk, by=manager.viewer, now=JUNE + timedelta(days=1))
    assert owed(hospital) == [("fulfilled", 2025)]
    found = Response.objects.get()
    late = datetime(2026, 3, 30, tzinfo=UTC)
    services.return_for_correction(
        found.pk, reason="日付が未来です。", seen=found.revision, by=officer.viewer, now=late
    )
    assert owed(hospital) == [("fulfilled", 2025), ("open", 2025)]
    assert Duty.objects.get(state="open").due_at == late + yearly_duty.MENDED_WITHIN


def test_who_has_handed_in_before_anybody_asked_is_not_asked(forms, hospital):
    manager = a_manager(hospital)
    testing.a_handed_in_self_check(hospital.pk, by=manager.viewer, now=JUNE)
    assert yearly.DUTY.ask_some(now=JUNE + timedelta(days=1)) == 0


def test_who_has_handed_in_on_another_occasion_is_not_asked_either(forms, hospital):
    manager = a_manager(hospital)
    testing.a_handed_in_self_check(hospital.pk, by=manager.viewer, now=JUNE)
    Response.objects.update(occasion="of our own accord")
    assert yearly.DUTY.ask_some(now=JUNE + timedelta(days=1)) == 0


def test_another_form_ends_nothing(forms, hospital):
    manager = a_manager(hospital)
    yearly.DUTY.ask_some(now=JUNE)
    testing.a_handed_in_self_check(hospital.pk, by=manager.viewer, now=JUNE + timedelta(days=1), fiscal_year=2024)
    assert owed(hospital) == [("open", 2025)]


def handed_in_as_a_pharmacy(institution, manager):
    form = Edition.objects.current().get(instrument=queries.PHARMACY_FORM, fiscal_year=2025)
    begun = services.open_response(
        form.pk, institution_id=institution.pk, occasion="2025", by=manager.viewer, now=JUNE
    )  # fmt: skip
    gate, *rows = questions(instruments.plan_of(form).instrument.items)
    answers = {row.id: {"answer": "yes", "checked_on": ["2025-06-02"]} for row in rows} | {gate.id: "yes"}
    kept = services.save_answers(begun.pk, answers, seen=begun.revision, by=manager.viewer, now=JUNE)
    services.submit(begun.pk, seen=kept.response.revision, by=manager.viewer, now=JUNE)


def test_the_form_of_pharmacies_ends_nothing_at_a_hospital(forms, hospital):
    manager = a_manager(hospital)
    yearly.DUTY.ask_some(now=JUNE)
    handed_in_as_a_pharmacy(hospital, manager)
    assert owed(hospital) == [("open", 2025)]


def test_the_form_of_pharmacies_keeps_no_hospital_from_being_asked(forms, hospital):
    handed_in_as_a_pharmacy(hospital, a_manager(hospital))
    assert yearly.DUTY.ask_some(now=JUNE) == 1


def test_a_pharmacy_ends_it_with_its_own_form(forms):
    pharmacy = an_institution(kind=InstitutionKind.PHARMACY)
    manager = a_manager(pharmacy)
    yearly.DUTY.ask_some(now=JUNE)
    handed_in_as_a_pharmacy(pharmacy, manager)
    assert owed(pharmacy) == [("fulfilled", 2025)]


@pytest.mark.parametrize("has_own", [True, False])
def test_a_pharmacy_is_asked_with_its_own_form_or_with_that_of_all(forms, has_own):
    pharmacy = an_institution(kind=InstitutionKind.PHARMACY)
    a_manager(pharmacy)
    gone = queries.FACILITY_FORM if has_own else queries.PHARMACY_FORM
    Edition.objects.filter(instrument=gone, fiscal_year=2025).update(replaced_at=JUNE)
    assert yearly.DUTY.ask_some(now=JUNE) == 1


def test_the_job_asks_until_nobody_is_left(forms, monkeypatch):
    monkeypatch.setattr(yearly_duty, "AT_ONCE", 1)
    for _ in range(3):
        a_manager(an_institution())
    with time_machine.travel(JUNE, tick=False):
        assert tasks.ask_for_checklists.call() == 3
    assert Duty.objects.count() == 3
