"""The forms of vendors on the page of an institution: who was asked, who answered, and what readiness says of it."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions import services as register
from sonae.core.institutions.models import Institution, VendorLink
from sonae.core.institutions.testing import a_vendor
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services as instrument_services
from sonae.core.instruments.definition import questions
from sonae.core.instruments.link_rules import MOST_LINKS
from sonae.core.instruments.models import AnswerLink, Edition, Response
from sonae.core.instruments.vocabulary import LinkState, ResponseState
from sonae.core.notifications.models import Message
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.inspections import queries, rules, services
from sonae.prevention.inspections.tests.test_preparation import YEAR, begun, folder_of, names_in, page_of
from sonae.prevention.inspections.vocabulary import SheetStanding
from sonae.testing.cast import NOW, bearer

S = SheetStanding


@pytest.fixture
def form(db) -> Edition:
    instrument_services.load_shipped(now=NOW)
    return Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=YEAR)


def under_contract(hospital, manager, *, service="電子カルテ", vendor=None):
    vendor = vendor or a_vendor()
    register.link_vendor(
        institution_id=hospital.pk, vendor_id=vendor.pk, service=service, by=manager.account.pk, now=NOW
    )
    return vendor


def ask(hospital, manager, vendor, *, now=NOW, name="販売 花子"):
    return services.ask_vendor(
        hospital.pk, YEAR, vendor.pk, name=name, address="a@vendor.example", by=manager.viewer, now=now
    )


def answer_as_vendor(response: Response, *, now=NOW) -> None:
    """What the vendor does behind its link: every row a yes, then its signature."""
    link = instruments.last_link(response)
    link.opened_at = now
    link.save(update_fields=["opened_at"])
    guest = instrument_services.admitted(link)
    yes = {"answer": "yes", "checked_on": ["2025-06-02"]}
    rows = {one.id: yes for one in questions(instruments.plan_of(response.edition).instrument.items)}
    kept = instrument_services.save_answers(response.pk, rows, seen=response.revision, by=guest, now=now)
    instrument_services.submit_as_vendor(
        response.pk, name="販売 花子", position="保守課長", seen=kept.response.revision, by=guest, now=now
    )


def sheets(hospital, person, *, now=NOW):
    return queries.preparation(hospital.pk, YEAR, person.viewer, now=now).vendors


def test_a_vendor_under_contract_is_asked_once_however_many_systems_it_looks_after(form, hospital, manager):
    vendor = under_contract(hospital, manager)
    under_contract(hospital, manager, vendor=vendor, service="画像管理")
    (sheet,) = sheets(hospital, manager)
    assert (sheet.vendor, sheet.services, sheet.standing) == (vendor, ("画像管理", "電子カルテ"), S.NOT_BEGUN)
    response = ask(hospital, manager, vendor)
    assert (response.vendor, response.edition.instrument, response.occasion) == (vendor, "checklist-vendor", str(YEAR))
    assert ask(hospital, manager, vendor, now=NOW + timedelta(hours=1)) == response
    assert Response.objects.filter(vendor=vendor).count() == 1
    assert sheets(hospital, manager)[0].standing is S.ASKED


def test_readiness_counts_the_forms_of_the_vendors_and_not_of_those_whose_work_ended(form, hospital, manager):
    begun(form, hospital, manager)
    assert queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).is_ready
    vendor, gone = under_contract(hospital, manager), under_contract(hospital, manager, service="医事会計")
    assert not queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).is_ready
    response = ask(hospital, manager, vendor)
    answer_as_vendor(response)
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    assert {sheet.vendor: sheet.standing for sheet in found.vendors} == {vendor: S.HANDED_IN, gone: S.NOT_BEGUN}
    assert (found.readiness.is_ready, found.is_ready) == (True, False)
    link = register_link(hospital, gone)
    register.end_vendor_link(link, by=manager.account.pk, now=NOW)
    assert queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).is_ready


def register_link(hospital, vendor) -> int:
    return VendorLink.objects.current().get(institution=hospital, vendor=vendor).pk


def test_asking_is_one_step_and_a_refusal_leaves_no_half_begun_form(form, hospital, manager):
    vendor = under_contract(hospital, manager)
    with pytest.raises(NotAllowed):
        services.ask_vendor(
            hospital.pk, YEAR, vendor.pk, name="販売 花子", address="no address", by=manager.viewer, now=NOW
        )
    assert not Response.objects.filter(vendor=vendor).exists()
    assert not Message.objects.exists()


def test_a_reminder_goes_to_whoever_was_asked_and_has_not_answered(form, hospital, manager):
    asked, silent, done = (under_contract(hospital, manager, service=f"系統{n}") for n in range(3))
    ask(hospital, manager, asked)
    answer_as_vendor(ask(hospital, manager, done))
    later = NOW + timedelta(days=3)
    reminded = services.remind_vendors(hospital.pk, YEAR, by=manager.viewer, now=later)
    assert (reminded.sent, reminded.refused) == ((asked.name,), ())
    assert AnswerLink.objects.filter(sent_at=later).count() == 1
    standings = {sheet.vendor: sheet.standing for sheet in sheets(hospital, manager, now=later)}
    assert standings == {asked: S.ASKED, silent: S.NOT_BEGUN, done: S.HANDED_IN}


def test_one_vendor_that_cannot_be_reminded_keeps_no_other_from_it(form, hospital, manager):
    often, seldom = under_contract(hospital, manager, service="い"), under_contract(hospital, manager, service="ろ")
    for minute in range(MOST_LINKS):
        ask(hospital, manager, often, now=NOW + timedelta(minutes=minute))
    ask(hospital, manager, seldom)
    reminded = services.remind_vendors(hospital.pk, YEAR, by=manager.viewer, now=NOW + timedelta(hours=1))
    assert reminded.sent == (seldom.name,)
    assert [name for name, _ in reminded.refused] == [often.name]


def test_the_page_asks_reminds_and_says_how_many_answered(form, hospital, manager, executive):
    begun(form, hospital, manager)
    vendor = under_contract(hospital, manager)
    action = reverse("inspections:ask-vendor", args=[hospital.pk, YEAR, vendor.pk])
    assert action in page_of(manager, hospital).content.decode()
    # Who reads and does not answer sees how far it is, and asks nobody.
    read = page_of(executive, hospital).content.decode()
    assert vendor.name in read
    assert action not in read
    refused = manager.client.post(action, {"name": "http://x.example", "address": "a@vendor.example"})
    assert refused.status_code == 422
    sent = manager.client.post(action, {"name": "販売 花子", "address": "a@vendor.example"}, follow=True)
    text = sent.content.decode()
    assert "0 of 1 vendor under contract has submitted its form." in text
    assert "The link went to 販売 花子" in text
    assert Message.objects.get().address == "a@vendor.example"
    remind = reverse("inspections:remind-vendors", args=[hospital.pk, YEAR])
    assert remind in text
    assert f"A new link is sent to: {vendor.name}." in manager.client.post(remind, follow=True).content.decode()
    answer_as_vendor(Response.objects.get(vendor=vendor))
    done = page_of(manager, hospital).content.decode()
    assert "1 of 1 vendor under contract has submitted its form." in done
    assert remind not in done


def test_nobody_asks_for_an_institution_of_somebody_else(form, hospital, manager, stranger, executive, inspector):
    vendor = under_contract(hospital, manager)
    typed = {"name": "販売 花子", "address": "a@vendor.example"}
    action = reverse("inspections:ask-vendor", args=[hospital.pk, YEAR, vendor.pk])
    assert stranger.client.post(action, typed).status_code == 404
    assert executive.client.post(action, typed).status_code == 403
    assert inspector.client.post(action, typed).status_code == 403
    for year, other in ((YEAR, a_vendor()), (2022, vendor)):
        with pytest.raises(Gone):
            services.ask_vendor(
                hospital.pk, year, other.pk, name="販売 花子", address="a@vendor.example", by=manager.viewer, now=NOW
            )
    assert not Message.objects.exists()


def test_the_folder_and_the_api_name_the_vendor_that_was_not_asked(form, hospital, manager):
    begun(form, hospital, manager)
    asked, silent = under_contract(hospital, manager, service="い"), under_contract(hospital, manager, service="ろ")
    answer_as_vendor(ask(hospital, manager, asked))
    assert "20-vendor-form-01.pdf" in names_in(folder_of(manager, hospital))
    scopes = (Permission.INSPECTION_PREPARE, Permission.RESPONSE_READ, Permission.RESPONSE_ANSWER)
    told = bearer(manager.token(*scopes)).get(f"/api/v1/institutions/{hospital.pk}/inspection-readiness/{YEAR}").json()
    assert (told["is_ready"], told["self_check_is_ready"]) == (False, True)
    standings = {one["vendor_id"]: one["standing"] for one in told["vendors"]}
    assert standings == {asked.pk: "handed_in", silent.pk: "not_begun"}


def test_the_page_asks_the_database_as_often_for_many_vendors_as_for_one(form, hospital, manager):
    begun(form, hospital, manager)
    counted = []
    for _ in range(2):
        for number in range(1 if not counted else 4):
            ask(hospital, manager, under_contract(hospital, manager, service=f"{len(counted)}-{number}"))
        page_of(manager, hospital)
        with CaptureQueriesContext(connection) as asked:
            page_of(manager, hospital)
        counted.append(len(asked))
    assert counted[0] == counted[1]


STANDINGS = {
    (None, None): S.NOT_BEGUN,
    (ResponseState.DRAFT, None): S.NOT_ASKED,
    (ResponseState.DRAFT, LinkState.SENT): S.ASKED,
    (ResponseState.DRAFT, LinkState.OPENED): S.OPENED,
    (ResponseState.DRAFT, LinkState.REVOKED): S.OUT_OF_REACH,
    (ResponseState.DRAFT, LinkState.EXPIRED): S.OUT_OF_REACH,
    (ResponseState.DRAFT, LinkState.REPLACED): S.OUT_OF_REACH,
    (ResponseState.RETURNED, None): S.RETURNED,
    (ResponseState.RETURNED, LinkState.SENT): S.ASKED,
    (ResponseState.RETURNED, LinkState.OPENED): S.OPENED,
    (ResponseState.RETURNED, LinkState.REVOKED): S.OUT_OF_REACH,
    (ResponseState.RETURNED, LinkState.EXPIRED): S.OUT_OF_REACH,
    (ResponseState.RETURNED, LinkState.REPLACED): S.OUT_OF_REACH,
}


def test_every_state_of_a_form_and_its_link_has_a_standing():
    for state, link in product([None, *ResponseState], [None, *LinkState]):
        if state in (ResponseState.SUBMITTED, ResponseState.ACCEPTED):
            expected = S.HANDED_IN
        else:
            expected = STANDINGS[state, link] if state else S.NOT_BEGUN
        assert rules.sheet_standing(state, link=link) is expected
    assert set(STANDINGS.values()) | {S.HANDED_IN} == set(S)


def test_a_pharmacy_answers_its_own_form_and_the_common_one_in_a_year_without(form, hospital, manager):
    Institution.objects.filter(pk=hospital.pk).update(kind=InstitutionKind.PHARMACY)
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    assert (found.edition.instrument, found.edition.respondent) == ("checklist-pharmacy", "pharmacy")
    Edition.objects.filter(instrument="checklist-pharmacy", fiscal_year=YEAR).update(fiscal_year=1999)
    assert queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).edition == form
