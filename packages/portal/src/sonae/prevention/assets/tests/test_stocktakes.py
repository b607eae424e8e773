"""Looking through the ledger: what it is evidence for, and how that follows the ledger afterwards."""

import json
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.access import services as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Finding, Standing, Strength
from sonae.core.audit.models import Entry
from sonae.core.institutions import testing as samples
from sonae.core.institutions.models import Institution
from sonae.core.web import words
from sonae.kernel.calendar import end_of, jst_day
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed
from sonae.prevention.assets import proofs, rules, services
from sonae.prevention.assets.models import Asset, Stocktake
from sonae.prevention.assets.vocabulary import AssetRefusal, LedgerPart, LedgerSource, Measure, Tally
from sonae.testing.cast import at_institution, bearer

LEDGER, VENDORS, SOURCES = "assets.ledger", "connections.vendors", "connections.source-restriction"
FULL = {"version": "9.1", "place": "サーバ室", "responsible": "情報システム係"}


def a_device(hospital, person, now, **said):
    content = dict.fromkeys(("maker", "product", "version", "place", "responsible", "note"), "")
    content |= {"kind": "server", "name": "電子カルテ"} | said
    return services.record_asset(hospital.pk, content, by=person.viewer, now=now)


def a_connection(hospital, person, now, **said):
    content = dict.fromkeys(("vendor", "purpose", "firmware", "contract_clause", "note"), "")
    content |= {"kind": "vpn", "name": "保守回線", "device": None, "last_checked_on": None}
    content |= {"source_restricted": "unknown", "multi_factor": "unknown", "patched_by": "unknown"} | said
    return services.record_connection(hospital.pk, content, by=person.viewer, now=now), content


def state(control, hospital, now):
    return assurance.state_of(control, hospital.pk, now=now)


@pytest.mark.parametrize(
    ("measure", "rows", "full", "finding"),
    [
        (Measure.RECORDED_IN_FULL, 0, 0, Finding.ABSENT),
        (Measure.RECORDED_IN_FULL, 2, 0, Finding.PARTLY),
        (Measure.RECORDED_IN_FULL, 2, 1, Finding.PARTLY),
        (Measure.RECORDED_IN_FULL, 2, 2, Finding.IN_PLACE),
        (Measure.KNOWN_PER_VENDOR, 0, 0, Finding.IN_PLACE),
        (Measure.KNOWN_PER_VENDOR, 2, 0, Finding.PARTLY),
        (Measure.KNOWN_PER_VENDOR, 2, 2, Finding.IN_PLACE),
        (Measure.RESTRICTED_TO_SOURCES, 0, 0, Finding.IN_PLACE),
        (Measure.RESTRICTED_TO_SOURCES, 2, 0, Finding.ABSENT),
        (Measure.RESTRICTED_TO_SOURCES, 2, 1, Finding.PARTLY),
        (Measure.RESTRICTED_TO_SOURCES, 2, 2, Finding.IN_PLACE),
    ],
)
def test_what_a_part_of_the_ledger_says(measure, rows, full, finding):
    assert rules.finding_of(measure, Tally(rows, full)) is finding


def test_a_person_looks_through_what_is_there():
    assert rules.may_take_stock(1, part=LedgerPart.DEVICES, is_person=True).ok
    empty = rules.may_take_stock(0, part=LedgerPart.DEVICES, is_person=True)
    program = rules.may_take_stock(1, part=LedgerPart.DEVICES, is_person=False)
    assert isinstance(empty, Refused) and empty.reason is AssetRefusal.NOTHING_TO_LOOK_THROUGH
    assert rules.may_take_stock(0, part=LedgerPart.CONNECTIONS, is_person=True).ok
    assert isinstance(program, Refused) and program.reason is AssetRefusal.ONLY_PEOPLE_LOOK


def test_every_proof_names_a_control_its_source_and_no_more_than_a_ledger_can_say():
    found = proofs.proofs()
    assert set(found) == {LEDGER, VENDORS, SOURCES}
    assert {proof.strength for proof in found.values()} == {Strength.DOCUMENTED}
    assert all(proof.source.title.ja and proof.lasts_days <= 366 for proof in found.values())


def test_looking_through_the_devices_is_evidence_for_a_year(manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    assert state(LEDGER, hospital, now).standing is Standing.NO_EVIDENCE
    stocktake = services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    found = state(LEDGER, hospital, now)
    assert (found.standing, found.leading.strength, found.leading.source.kind) == (
        Standing.IN_PLACE, Strength.DOCUMENTED, LedgerSource.STOCKTAKE,
    )  # fmt: skip
    assert found.leading.until == end_of(jst_day(now) + timedelta(days=366))
    assert (stocktake.rows, stocktake.lacking, stocktake.taken_by_id) == (1, 0, manager.account.pk)
    assert Entry.objects.filter(verb="ledger.stocktake", subject_id=str(stocktake.pk)).count() == 1
    assert state(LEDGER, hospital, found.leading.until).standing is Standing.EXPIRED
    assert state(VENDORS, hospital, now).standing is Standing.NO_EVIDENCE


def test_evidence_follows_the_ledger_and_holds_no_longer_for_that(manager, hospital, now):
    device = a_device(hospital, manager, now, **FULL)
    services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    until = state(LEDGER, hospital, now).leading.until
    later = now + timedelta(days=3)
    second = a_device(hospital, manager, later)
    weaker = state(LEDGER, hospital, later)
    assert (weaker.standing, weaker.leading.until) == (Standing.PARTLY, until)
    services.retire_asset(second.pk, by=manager.viewer, now=later + timedelta(hours=1))
    assert state(LEDGER, hospital, later + timedelta(hours=2)).standing is Standing.IN_PLACE
    services.retire_asset(device.pk, by=manager.viewer, now=later + timedelta(hours=3))
    assert state(LEDGER, hospital, later + timedelta(hours=4)).standing is Standing.ABSENT


def test_what_changes_nothing_files_nothing(manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    a_device(hospital, manager, now, **FULL)
    assert not Evidence.objects.exists()
    services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    a_device(hospital, manager, now + timedelta(days=1), **FULL)
    assert Evidence.objects.count() == 1


def test_after_its_time_the_ledger_says_nothing_new(manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    a_device(hospital, manager, now + timedelta(days=400))
    assert Evidence.objects.count() == 1
    assert state(LEDGER, hospital, now + timedelta(days=400)).standing is Standing.EXPIRED


def test_connections_speak_for_vendors_and_for_the_restriction_of_sources(manager, hospital, now):
    known = {"vendor": "例示システム", "last_checked_on": date(2026, 11, 1)}
    row, content = a_connection(hospital, manager, now, **known)
    services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=now)
    assert state(VENDORS, hospital, now).standing is Standing.IN_PLACE
    assert state(SOURCES, hospital, now).standing is Standing.ABSENT
    later = now + timedelta(hours=1)
    restricted = content | {"source_restricted": "yes"}
    services.change_connection(row.pk, restricted, by=manager.viewer, now=later)
    assert state(SOURCES, hospital, later).standing is Standing.IN_PLACE
    assert state(LEDGER, hospital, later).standing is Standing.NO_EVIDENCE


def test_whoever_has_no_connection_says_so_and_a_new_one_makes_it_weaker(manager, hospital, now):
    stocktake = services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=now)
    assert (stocktake.rows, stocktake.lacking) == (0, 0)
    assert {state(control, hospital, now).standing for control in (VENDORS, SOURCES)} == {Standing.IN_PLACE}
    later = now + timedelta(hours=1)
    a_connection(hospital, manager, later)
    assert state(VENDORS, hospital, later).standing is Standing.PARTLY
    assert state(SOURCES, hospital, later).standing is Standing.ABSENT


def test_a_list_that_became_empty_says_nothing_until_somebody_does(manager, hospital, now):
    row, _content = a_connection(hospital, manager, now)
    services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=now)
    later = now + timedelta(hours=1)
    services.retire_connection(row.pk, by=manager.viewer, now=later)
    assert state(VENDORS, hospital, later).standing is Standing.PARTLY
    assert state(SOURCES, hospital, later).standing is Standing.ABSENT
    after = now + timedelta(hours=2)
    services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=after)
    assert {state(control, hospital, after).standing for control in (VENDORS, SOURCES)} == {Standing.IN_PLACE}


@pytest.mark.parametrize(
    ("measure", "finding"),
    [
        (Measure.RECORDED_IN_FULL, Finding.ABSENT),
        (Measure.KNOWN_PER_VENDOR, None),
        (Measure.RESTRICTED_TO_SOURCES, None),
    ],
)
def test_what_an_empty_part_says_without_anybody_s_word(measure, finding):
    assert rules.shown_since(measure, Tally(0, 0)) is finding


def test_that_a_connection_was_looked_at_is_evidence_no_longer_than_for_a_year(manager, hospital, now):
    looked = {"vendor": "例示システム", "last_checked_on": jst_day(now) - timedelta(days=364)}
    row, content = a_connection(hospital, manager, now, source_restricted="yes", **looked)
    services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=now)
    found = state(VENDORS, hospital, now)
    assert (found.standing, found.leading.until) == (Standing.IN_PLACE, end_of(jst_day(now) + timedelta(days=2)))
    assert state(SOURCES, hospital, now).leading.until == end_of(jst_day(now) + timedelta(days=366))
    page = manager.client.get(reverse("assets:stocktakes")).content.decode()
    assert words.jdate(jst_day(now) + timedelta(days=2)) in page
    later = now + timedelta(days=3)
    assert state(VENDORS, hospital, later).standing is Standing.EXPIRED
    again = content | {"last_checked_on": jst_day(later)}
    services.change_connection(row.pk, again, by=manager.viewer, now=later)
    found = state(VENDORS, hospital, later)
    assert (found.standing, found.leading.until) == (Standing.IN_PLACE, end_of(jst_day(now) + timedelta(days=366)))


def test_a_connection_that_nobody_looked_at_again_is_on_record_as_partly_with_the_next_change(manager, hospital, now):
    looked = {"vendor": "例示システム", "last_checked_on": jst_day(now) - timedelta(days=364)}
    row, content = a_connection(hospital, manager, now, **looked)
    services.take_stock(hospital.pk, LedgerPart.CONNECTIONS, by=manager.viewer, now=now)
    later = now + timedelta(days=3)
    services.change_connection(row.pk, content | {"note": "更新"}, by=manager.viewer, now=later)
    found = state(VENDORS, hospital, later)
    assert (found.standing, found.leading.until) == (Standing.PARTLY, end_of(jst_day(now) + timedelta(days=366)))


def test_a_stocktake_taken_back_leaves_the_one_before_as_the_ledger_is_now(manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    first = services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    later = now + timedelta(days=30)
    second = services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=later)
    a_device(hospital, manager, later + timedelta(hours=1))
    assert Evidence.objects.standing().get(control=LEDGER).reference == str(second.pk)
    after = later + timedelta(hours=2)
    services.withdraw_stocktake(second.pk, why="別の台帳だったため", by=manager.viewer, now=after)
    stands = Evidence.objects.standing().get(control=LEDGER)
    assert (stands.reference, stands.finding) == (str(first.pk), Finding.PARTLY)
    services.withdraw_stocktake(first.pk, why="別の台帳だったため", by=manager.viewer, now=after + timedelta(hours=1))
    assert state(LEDGER, hospital, after + timedelta(hours=2)).standing is Standing.NO_EVIDENCE
    with pytest.raises(NotAllowed, match="already_withdrawn"):
        services.withdraw_stocktake(first.pk, why="別の台帳だったため", by=manager.viewer, now=after)


def a_withdrawal_beside(stocktake, person, now):
    """A thread that takes a stocktake back, begun and as far as it gets within a second; and what it raised."""
    failures = []

    def withdraw():
        try:
            services.withdraw_stocktake(stocktake.pk, why="別の台帳だったため", by=person.viewer, now=now)
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=withdraw)
    thread.start()
    thread.join(1)
    return thread, failures


def test_what_a_change_says_anew_is_taken_back_with_its_stocktake(real_commits, manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    stocktake = services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    with transaction.atomic():
        a_device(hospital, manager, now + timedelta(hours=1))
        withdrawal, failures = a_withdrawal_beside(stocktake, manager, now + timedelta(hours=2))
    withdrawal.join(30)
    assert failures == []
    assert Stocktake.objects.get().withdrawn_at is not None
    assert not Evidence.objects.standing().exists()


def test_a_stocktake_and_the_withdrawal_of_the_one_before_wait_for_each_other_in_one_order(
    real_commits, manager, hospital, now
):
    a_device(hospital, manager, now, **FULL)
    _first, second = (
        services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now + timedelta(hours=hours))
        for hours in (0, 1)
    )
    with transaction.atomic():
        # As far as whoever takes stock has come when the withdrawal begins.
        Institution.objects.select_for_update(no_key=True).get(pk=hospital.pk)
        withdrawal, failures = a_withdrawal_beside(second, manager, now + timedelta(hours=3))
        third = services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now + timedelta(hours=2))
    withdrawal.join(30)
    assert failures == []
    assert Evidence.objects.standing().get().reference == str(third.pk)


def test_nobody_looks_through_an_empty_ledger_or_that_of_others(manager, stranger, hospital, now):
    with pytest.raises(NotAllowed, match=AssetRefusal.NOTHING_TO_LOOK_THROUGH):
        services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)
    a_device(hospital, manager, now)
    with pytest.raises(NotAllowed, match="other_institution"):
        services.take_stock(hospital.pk, LedgerPart.DEVICES, by=stranger.viewer, now=now)
    assert not Stocktake.objects.exists()


def test_the_page_says_how_far_the_ledger_is_and_takes_the_word(manager, executive, hospital, now):
    page = reverse("assets:stocktakes")
    empty = manager.client.post(page, {"institution": hospital.pk, "part": "devices"})
    assert empty.status_code == 422 and "id_part_error" in empty.content.decode()
    a_device(hospital, manager, now)
    assert manager.client.post(page, {"institution": hospital.pk, "part": "devices"}).status_code == 302
    text = executive.client.get(page).content.decode()
    assert str(manager.account) in text and 'id="take-stock"' not in text
    url = reverse("assets:withdraw-stocktake", args=[Stocktake.objects.get().pk])
    assert manager.client.post(url, {"why": "x"}).status_code == 422
    assert manager.client.post(url, {"why": "別の台帳だったため"}).status_code == 302
    assert Stocktake.objects.get().withdrawn_by_id == manager.account.pk
    assert state(LEDGER, hospital, now).standing is Standing.NO_EVIDENCE


def test_the_page_asks_the_database_as_often_for_three_hospitals_as_for_one(manager, hospital, now):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert manager.client.get(reverse("assets:stocktakes")).status_code == 200
        return len(asked)

    def take_stock_at(one):
        a_device(one, manager, now)
        services.take_stock(one.pk, LedgerPart.DEVICES, by=manager.viewer, now=now)

    take_stock_at(hospital)
    queries()
    alone = queries()
    for number in range(2):
        more = samples.an_institution(name=f"別館病院{number}")
        access.found(manager.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(more), now=now)
        take_stock_at(more)
    assert queries() == alone
    assert "別館病院1" in manager.client.get(reverse("assets:stocktakes")).content.decode()


def test_over_the_api_a_person_says_it_and_a_program_does_not(manager, hospital, now):
    a_device(hospital, manager, now, **FULL)
    body = json.dumps({"institution_id": hospital.pk, "part": "devices"})
    scopes = [Permission.ASSET_READ, Permission.ASSET_CHANGE]
    program = bearer(
        access.issue_program_token("台帳", institution_id=hospital.pk, scopes=scopes, by=manager.viewer, now=now)[1]
    )
    said = program.post("/api/v1/stocktakes", body, content_type="application/json")
    assert (said.status_code, said.json()["reason"]) == (403, "only_people_look")
    person = bearer(manager.token(*scopes))
    taken = person.post("/api/v1/stocktakes", body, content_type="application/json")
    assert (taken.status_code, taken.json()["rows"], taken.json()["lacking"]) == (201, 1, 0)
    assert [row["id"] for row in program.get("/api/v1/stocktakes").json()["items"]] == [taken.json()["id"]]
    url, why = f"/api/v1/stocktakes/{taken.json()['id']}/withdrawal", json.dumps({"why": "別の台帳だったため"})
    back = program.post(url, why, content_type="application/json")
    assert (back.status_code, back.json()["reason"]) == (403, "only_people_look")
    assert person.post(url, why, content_type="application/json").json()["withdrawn_at"]


def test_a_program_that_keeps_the_ledger_lets_the_evidence_follow(manager, hospital, now):
    device = a_device(hospital, manager, now, **FULL)
    services.take_stock(hospital.pk, LedgerPart.DEVICES, by=manager.viewer, now=now - timedelta(hours=1))
    program = bearer(
        access.issue_program_token(
            "台帳", institution_id=hospital.pk, scopes=[Permission.ASSET_READ, Permission.ASSET_CHANGE],
            by=manager.viewer, now=now,
        )[1]
    )  # fmt: skip
    assert program.post(f"/api/v1/assets/{device.pk}/retirement").status_code == 200
    assert Asset.objects.in_use().count() == 0
    assert Evidence.objects.standing().get(control=LEDGER).finding == Finding.ABSENT
