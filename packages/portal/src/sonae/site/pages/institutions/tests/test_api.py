"""The register through the API."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sonae.core.access.vocabulary import Permission
from sonae.core.audit.models import Entry
from sonae.core.institutions import services
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Beds, ContactRole
from sonae.site.pages.institutions import tasks
from sonae.testing.cast import NOW, Person, bearer

LIST = "/api/v1/institutions"


def test_a_token_reads_the_register_page_by_page(
    officer: Person, hospital: Institution, other_hospital: Institution
) -> None:
    client = bearer(officer.token(Permission.REGISTER_READ))
    first = client.get(LIST, {"limit": 1}).json()
    second = client.get(LIST, {"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [row["id"] for row in (*first["items"], *second["items"])] == sorted([hospital.pk, other_hospital.pk])
    assert second["next_cursor"] == ""
    assert first["items"][0]["jurisdiction"].isdecimal()


def test_conditions_are_those_of_the_page(officer: Person, hospital: Institution, other_hospital: Institution) -> None:
    client = officer.client

    def found(**query: str) -> set[int]:
        return {row["id"] for row in client.get(LIST, query).json()["items"]}

    assert found(q=hospital.name) == {hospital.pk}
    assert found(prefecture=other_hospital.prefecture, kind="hospital") == {other_hospital.pk}
    assert hospital.pk in found(beds=hospital.bed_band, status="listed")
    assert found(status="vanished") == set()


def test_one_institution_and_its_beds(officer: Person, hospital: Institution) -> None:
    services.change_beds(hospital.pk, Beds(total=7), as_of=NOW.date(), by=None, now=NOW)
    client = officer.client
    assert client.get(f"{LIST}/{hospital.pk}").json()["licensed_beds"] == 7
    assert client.get(f"{LIST}/{hospital.pk}/beds").json()["items"][0]["total"] == 7


def test_what_does_not_exist_is_not_found(officer: Person) -> None:
    client = officer.client
    for key in (0, 999_999, 2**70):
        assert client.get(f"{LIST}/{key}").status_code == 404
        assert client.get(f"{LIST}/{key}/beds").status_code == 404


def test_bad_questions_are_problems(officer: Person) -> None:
    client = officer.client
    for query in ({"kind": "x"}, {"cursor": "x"}, {"limit": 0}, {"q": "x" * 201}, {"prefecture": "48"}):
        answer = client.get(LIST, query)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.django_db
def test_nobody_reads_the_register_unasked() -> None:
    assert Client().get(LIST).status_code in (401, 403)


def sent(client: Client, url: str, body: object, **headers: str) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


def test_contacts_are_added_read_and_ended(manager: Person, hospital: Institution) -> None:
    client = bearer(manager.token(Permission.CONTACT_READ, Permission.CONTACT_CHANGE))
    url = f"{LIST}/{hospital.pk}/contacts"
    desk = {"role": "after_hours", "name": "当直", "phone": "03-0000-0000"}
    for _ in range(2):
        added = sent(client, url, desk, **{"Idempotency-Key": "desk"})
        assert added.status_code == 201
    assert [row["name"] for row in client.get(url).json()["items"]] == ["当直"]
    assert sent(client, url, desk | {"phone": ""}).json()["reason"] == "contact_needs_a_way"
    assert sent(client, url, desk | {"email": "nobody"}).status_code == 422
    ending = f"{url}/{added.json()['id']}/ending"
    assert sent(client, ending, {}).json()["ended_at"]
    assert sent(client, ending, {}).json()["reason"] == "contact_ended_already"
    assert client.get(url).json()["items"] == []


def test_that_somebody_from_outside_read_the_contacts_is_recorded(
    officer: Person, manager: Person, hospital: Institution
) -> None:
    for person in (manager, officer):
        token = person.token(Permission.CONTACT_READ)
        assert bearer(token).get(f"{LIST}/{hospital.pk}/contacts").status_code == 200
    assert [entry.by for entry in Entry.objects.filter(verb="institutions.read_contacts")] == [str(officer.account.pk)]


def test_vendors_are_linked_once_and_ended(manager: Person, hospital: Institution) -> None:
    client = bearer(manager.token(Permission.CONTACT_READ, Permission.CONTACT_CHANGE))
    url = f"{LIST}/{hospital.pk}/vendors"
    vendor = {"name": "保守会社", "corporate_number": "1234567890123", "service": "電子カルテ"}
    added = sent(client, url, vendor)
    assert added.status_code == 201
    assert sent(client, url, vendor).json()["reason"] == "link_exists"
    assert [row["service"] for row in client.get(url).json()["items"]] == ["電子カルテ"]
    assert sent(client, f"{url}/{added.json()['id']}/ending", {}).json()["ended_at"]
    assert client.get(url).json()["items"] == []


def test_own_networks_are_entered_read_and_ended(manager: Person, hospital: Institution) -> None:
    client = bearer(manager.token(Permission.CONTACT_CHANGE))
    url = f"{LIST}/{hospital.pk}/networks"
    entered = sent(client, url, {"network": "2400:2410::9/48"})
    assert (entered.status_code, entered.json()["network"]) == (201, "2400:2410::/48")
    assert sent(client, url, {"network": "2400:2410::/48"}).json()["reason"] == "network_entered_already"
    assert sent(client, url, {"network": "fe80::1"}).json()["reason"] == "network_not_public"
    assert [row["network"] for row in client.get(url).json()["items"]] == ["2400:2410::/48"]
    ending = f"{url}/{entered.json()['id']}/ending"
    assert sent(client, ending, {}).json()["ended_at"]
    assert sent(client, ending, {}).json()["reason"] == "network_ended_already"
    assert client.get(url).json()["items"] == []


def test_another_hospitals_people_are_out_of_reach(
    stranger: Person, manager: Person, hospital: Institution, other_hospital: Institution
) -> None:
    client = bearer(stranger.token(Permission.CONTACT_READ, Permission.CONTACT_CHANGE))
    theirs = f"{LIST}/{hospital.pk}/contacts"
    assert client.get(theirs).status_code == 403
    assert sent(client, theirs, {"role": "after_hours", "name": "x", "phone": "1"}).status_code == 403
    own = services.add_contact(
        hospital.pk, role=ContactRole.AFTER_HOURS, name="当直", phone="1", by=manager.account.pk, now=NOW
    )
    assert sent(client, f"{LIST}/{other_hospital.pk}/contacts/{own.pk}/ending", {}).status_code == 404
    assert sent(client, f"{LIST}/{2**70}/contacts", {}).status_code in (404, 422)


def test_an_institution_is_entered_once_and_its_beds_are_stated(officer: Person) -> None:
    client = bearer(officer.token(Permission.REGISTER_READ, Permission.REGISTER_CHANGE))
    row = {
        "register_code": "NEW-1",
        "kind": "hospital",
        "name": "新設病院",
        "prefecture": "13",
        "municipality": "13101",
    }
    entered = sent(client, LIST, row)
    assert entered.status_code == 201
    assert sent(client, LIST, row).json()["reason"] == "code_taken"
    assert sent(client, LIST, row | {"register_code": "SYN-1"}).status_code == 422
    beds = f"{LIST}/{entered.json()['id']}/beds"
    assert sent(client, beds, {"as_of": "2026-11-23", "total": 120}).json()["total"] == 120
    assert client.get(beds).json()["items"][0]["total"] == 120


def test_a_list_is_sent_carried_out_and_its_problems_read(operator: Person, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = bearer(operator.token(Permission.REGISTER_IMPORT))
    assert client.post("/api/v1/imports", {"kind": "register"}).status_code == 422
    damaged = SimpleUploadedFile("codes.zip", b"PK\x03\x04 nothing")
    refused = client.post("/api/v1/imports", {"kind": "codes", "file": damaged})
    assert refused.status_code == 422
    assert refused.json()["problems"]
    lines = SimpleUploadedFile("codes.csv", "130000001,0000001,甲病院,1,x\n".encode())
    queued = client.post("/api/v1/imports", {"kind": "codes", "file": lines, "as_of": "2026-11-01"})
    assert (queued.status_code, queued.json()["status"]) == (202, "waiting")
    url = f"/api/v1/imports/{queued.json()['id']}"
    assert client.get(url).json()["file_name"] == "codes.csv"
    assert client.post(f"{url}/cancellation").status_code == 200
    tasks.carry_out_import.func(queued.json()["id"], "", None)
    assert client.get(url).json()["status"] in ("cancelled", "refused")
    assert client.post(f"{url}/cancellation").json()["reason"] == "import_over"
    assert "items" in client.get(f"{url}/problems").json()
    assert [row["file_name"] for row in client.get("/api/v1/imports").json()["items"]] == ["codes.zip", "codes.csv"]


def test_a_name_is_changed_and_the_change_of_place_is_read(operator: Person, hospital: Institution) -> None:
    client = operator.client
    answer = sent(client, f"{LIST}/{hospital.pk}/names", {"name": "改名病院", "on": "2026-11-01"})
    assert (answer.status_code, answer.json()["name"]) == (201, "改名病院")
    early = sent(client, f"{LIST}/{hospital.pk}/names", {"name": "再改名病院", "on": "2098-01-01"})
    assert early.json()["reason"] == "renamed_in_the_future"
    assert client.get(f"{LIST}/{hospital.pk}/changes").json() == {"items": []}


def test_two_rows_are_merged_and_leave_what_differed(operator: Person, hospital: Institution) -> None:
    newer = an_institution(register_code="NEWER", address="北海道札幌市中央区北九条西9丁目")
    client = operator.client
    url, body = f"{LIST}/{hospital.pk}/merger", {"absorbed_id": newer.pk}
    assert sent(client, url, body).json()["reason"] == "both_listed"
    assert sent(client, url, {"absorbed_id": 999_999}).status_code == 404
    Institution.objects.filter(pk=hospital.pk).update(vanished_on=NOW.date())
    merged = sent(client, url, body).json()
    assert (merged["id"], merged["register_code"], merged["status"]) == (hospital.pk, "NEWER", "listed")
    changes = client.get(f"{LIST}/{hospital.pk}/changes").json()["items"]
    assert {"as_of": str(NOW.date()), "field": "status", "before": "vanished", "after": "listed"} in changes
