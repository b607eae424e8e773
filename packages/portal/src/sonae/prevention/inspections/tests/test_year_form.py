"""A fiscal year whose form the ministry has not given yet: everybody is told which form is shown instead."""

import pytest
from django.urls import reverse

from sonae.core.instruments import services
from sonae.core.instruments.models import Edition
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.ministry_form import drafts
from sonae.prevention.inspections.tests.ministry_book import book
from sonae.prevention.inspections.visits.testing import a_visit
from sonae.testing.cast import NOW

# The tests run on a day of fiscal 2026, of which no form is shipped.
LAST, THIS = 2025, 2026
NOT_LOADED = "The form of this fiscal year, fiscal 2026, has not been loaded yet."


@pytest.fixture
def shipped(db):
    services.load_shipped(now=NOW)
    return Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=LAST)


@pytest.fixture
def loaded(shipped, officer):
    drafts.publish(drafts.draft_of(book(), name="r8.xlsx", now=NOW), by=officer.viewer, now=NOW)


def preparation(person, hospital, year=LAST):
    return person.client.get(reverse("inspections:preparation", args=[hospital.pk, year])).text


def test_an_institution_is_told_that_it_sees_the_form_of_the_year_before(shipped, hospital, manager):
    page = preparation(manager, hospital)
    assert NOT_LOADED in page
    assert "the form of fiscal 2025 is shown here, as the form of a year before" in page
    assert "You need not do anything now." in page
    older = preparation(manager, hospital, 2024)
    assert NOT_LOADED in older and "Go to the form of fiscal 2025" in older


def test_once_the_form_is_here_the_way_leads_to_it(loaded, hospital, manager):
    page = preparation(manager, hospital)
    assert NOT_LOADED not in page
    assert "Go to the form of fiscal 2026" in page
    assert reverse("inspections:preparation", args=[hospital.pk, THIS]) in page
    assert "You are looking at the form of" not in preparation(manager, hospital, THIS)


def test_an_inspector_is_told_by_which_form_the_visit_looks(shipped, hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    told = "The form of fiscal 2026 has not been loaded yet."
    for address in (
        reverse("visits:detail", args=[visit.pk]), reverse("visits:plan"),
        reverse("visits:candidate", args=[THIS, hospital.pk]),
    ):  # fmt: skip
        assert told in inspector.client.get(address).text, address
    assert told in manager.client.get(reverse("visits:detail", args=[visit.pk])).text


def test_a_visit_that_began_before_the_form_came_says_so(shipped, hospital, inspector, officer):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    drafts.publish(drafts.draft_of(book(), name="r8.xlsx", now=NOW), by=officer.viewer, now=NOW)
    page = inspector.client.get(reverse("visits:detail", args=[visit.pk])).text
    assert "This visit looks by the form of fiscal 2025." in page
    assert "has not been loaded yet" not in page


def test_an_officer_is_told_to_load_the_workbook_here(shipped, officer):
    page = officer.client.get(reverse("inspections:read-form")).text
    assert NOT_LOADED in page and "Please choose the ministry&#x27;s workbook (.xlsx) here" in page


def test_an_officer_sees_that_the_form_is_loaded(loaded, officer):
    page = officer.client.get(reverse("inspections:read-form")).text
    assert "The form of this fiscal year, fiscal 2026, is loaded." in page
