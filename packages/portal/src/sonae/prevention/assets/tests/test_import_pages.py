"""The pages of an import: upload, columns, plan, application, questions; and zones and the page of an asset."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django_tasks_db.models import DBTaskResult

from sonae.core.access import services as access
from sonae.core.access.vocabulary import Permission
from sonae.prevention.assets import services, tasks
from sonae.prevention.assets.models import Asset, AssetChange, LedgerImport, LedgerQuestion, NetworkZone
from sonae.prevention.assets.testing import HEADERS, ROWS, a_list, applied, planned
from sonae.testing.cast import bearer


def queued():
    return [job.task_path.rpartition(".")[2] for job in DBTaskResult.objects.order_by("enqueued_at")]


def uploaded(person, hospital, content, *, name="機器一覧.csv", **more):
    file = SimpleUploadedFile(name, content)
    return person.client.post(reverse("assets:upload"), {"institution": hospital.pk, "file": file, **more})


def test_a_list_goes_from_the_upload_to_the_ledger_by_the_pages_alone(manager, hospital, now):
    answer = uploaded(manager, hospital, a_list())
    run = LedgerImport.objects.get()
    assert answer.headers["Location"] == reverse("assets:import-mapping", args=[run.pk])
    page = manager.client.get(answer.headers["Location"]).text
    assert "電子カルテサーバ" in page and 'name="column_11"' in page
    typed = {f"column_{number}": "" for number in range(12)} | {"column_0": "asset_number", "column_1": "name"}
    typed |= {"newcomers": "add", "default_kind": "server", "source": "一覧", "identity_0": "asset_number"}
    twice = manager.client.post(answer.headers["Location"], typed | {"column_2": "name"})
    assert twice.status_code == 422 and "Two columns go to “Name”" in twice.text
    assert manager.client.post(answer.headers["Location"], typed).status_code == 302
    assert queued() == ["plan_import"]
    services.carry_out_plan(run.pk, now=now)
    detail = reverse("assets:import", args=[run.pk])
    assert "Name: VPN装置" in manager.client.get(detail).text
    manager.client.post(reverse("assets:apply-import", args=[run.pk]))
    assert queued() == ["plan_import", "apply_import"]
    # As the worker calls it.
    assert tasks.apply_import.func(str(run.pk)) == "applied"
    assert min(Asset.objects.values_list("asset_number", "kind")) == ("A-001", "server")
    manager.client.post(reverse("assets:undo-import", args=[run.pk]))
    assert tasks.undo_import.func(str(run.pk)) == "undone"


def test_a_file_that_is_refused_says_why_beside_its_field(manager, hospital):
    answer = uploaded(manager, hospital, b"\xd0\xcf\x11\xe0old", name="old.xls")
    assert answer.status_code == 422 and "old or encrypted workbook" in answer.text
    answer = uploaded(manager, hospital, b'{"bomFormat": "CycloneDX"}', name="bom.json")
    assert answer.status_code == 422 and "from the page of the asset" in answer.text
    assert not LedgerImport.objects.exists()


def test_the_problem_list_says_file_line_field_and_what_to_do_and_runs_nowhere(manager, hospital, now):
    odd = "A-7,計測器,PC,,,,,=HYPERLINK(1),,,,いつか"
    run = planned(a_list(odd, ROWS[1], ROWS[1]), institution_id=hospital.pk, by=manager.viewer, now=now, name="l.csv")
    text = manager.client.get(reverse("assets:import-problems", args=[run.pk])).getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["File", "Line", "Field", "What stands there", "What to do"]
    assert rows[1][:4] == ["l.csv", "2", "MAC address", "'=HYPERLINK(1)"]
    assert [row[1] for row in rows[1:]] == ["2", "2", "3", "4"]
    assert "Line 4 is about the same device" in rows[3][4]


def test_what_was_changed_since_is_named_on_the_page_of_the_import(manager, hospital, now):
    run = applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    vpn = Asset.objects.get(asset_number="A-003")
    Asset.objects.filter(pk=vpn.pk).update(changed_at=run.applied_at.replace(year=2027))
    answer = manager.client.post(reverse("assets:undo-import", args=[run.pk]))
    assert answer.status_code == 422 and "“VPN装置” was changed after the import" in answer.text
    assert queued() == []


def test_a_question_is_answered_on_its_page_with_all_that_was_typed_kept(manager, executive, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    later = now.replace(hour=now.hour, second=30)
    applied(a_list(*ROWS[:2]), institution_id=hospital.pk, by=manager.viewer, now=later)
    question = LedgerQuestion.objects.get()
    url = reverse("assets:question", args=[question.pk])
    assert "VPN装置" in executive.client.get(reverse("assets:questions")).text
    assert executive.client.post(url, {"answer": "keep", "reason": "x"}).status_code == 403
    answer = manager.client.post(url, {"answer": "moved", "reason": "移設した"})
    assert (
        answer.status_code == 422 and "Please write down where it is now." in answer.text and "移設した" in answer.text
    )
    assert manager.client.post(url, {"answer": "moved", "reason": "移設した", "place": "別館"}).status_code == 302
    assert Asset.objects.get(asset_number="A-003").place == "別館"
    assert "How you know" in manager.client.get(url).text


def test_the_page_of_an_asset_tells_what_became_of_it(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now, name="一覧.csv")
    desk = Asset.objects.get(asset_number="A-002")
    url = reverse("assets:asset", args=[desk.pk])
    typed = {
        "kind": "pc",
        "name": desk.name,
        "place": "救急外来",
        "service_emergency": "critical",
        "mac_address": "0011.2233.4466",
    }
    assert manager.client.post(url, typed).status_code == 302
    desk.refresh_from_db()
    assert (desk.criticality, desk.services, desk.mac_address) == (
        "critical", {"emergency": "critical"}, "00:11:22:33:44:66",
    )  # fmt: skip
    assert AssetChange.objects.get().values["place"] == ["外来受付", "救急外来"]
    page = manager.client.get(url).text
    assert "Recorded by the import “一覧.csv”" in page and "Place: 外来受付 → 救急外来" in page
    assert manager.client.post(url, typed | {"ip_address": "somewhere"}).status_code == 422


def test_the_ledger_is_filtered_by_zone_maker_and_criticality_and_leaves_as_a_file(manager, stranger, hospital, now):
    rows = [row + zone for row, zone in zip(ROWS, (",診療系", ",事務系", ",診療系"), strict=True)]
    applied(
        a_list(*rows, headers=f"{HEADERS},ネットワーク区分"), institution_id=hospital.pk, by=manager.viewer, now=now
    )
    zone = NetworkZone.objects.get(name="診療系")
    address = reverse("assets:list")
    page = manager.client.get(address, {"zone": zone.pk, "maker": "forti"}).text
    assert "VPN装置" in page and "電子カルテサーバ" not in page
    exported = manager.client.get(address, {"export": "csv", "zone": zone.pk}).getvalue().decode("utf-8-sig")
    assert "電子カルテサーバ" in exported and "受付端末1" not in exported
    assert "診療系" not in stranger.client.get(address).text


def test_a_zone_is_named_once_and_stays_while_devices_stand_in_it(manager, hospital, now):
    typed = {"institution": hospital.pk, "name": "検査系", "internet_reachable": "no", "vendor_reachable": "yes"}
    assert manager.client.post(reverse("assets:add-zone"), typed).status_code == 302
    again = manager.client.post(reverse("assets:add-zone"), typed)
    assert again.status_code == 422 and "Another zone has this name" in again.text
    zone = NetworkZone.objects.get()
    asset = Asset.objects.create(institution=hospital, kind="pc", name="x", zone=zone, recorded_at=now)
    removal = reverse("assets:remove-zone", args=[zone.pk])
    assert manager.client.post(removal).status_code == 403
    Asset.objects.filter(pk=asset.pk).update(zone=None)
    assert manager.client.post(removal).status_code == 302
    assert not NetworkZone.objects.exists()


def test_no_device_stands_in_a_zone_of_another_institution(manager, hospital, other_hospital, now):
    theirs = NetworkZone.objects.create(institution=other_hospital, name="x", recorded_at=now)
    answer = manager.client.post(
        reverse("assets:add-asset"), {"institution": hospital.pk, "kind": "pc", "name": "x", "zone": theirs.pk}
    )
    assert answer.status_code == 422 and not Asset.objects.exists()


@pytest.fixture
def program(manager, hospital, now):
    scopes = [Permission.ASSET_READ, Permission.ASSET_CHANGE]
    return bearer(
        access.issue_program_token("台帳", institution_id=hospital.pk, scopes=scopes, by=manager.viewer, now=now)[1]
    )


def test_a_program_brings_a_list_by_the_same_steps_but_answers_no_question(program, manager, hospital, now):
    begun = program.post(
        "/api/v1/ledger-imports",
        {"institution_id": hospital.pk, "file": SimpleUploadedFile("l.csv", a_list(*ROWS[:2]))},
    )
    assert (begun.status_code, begun.json()["state"]) == (202, "mapping")
    url = f"/api/v1/ledger-imports/{begun.json()['id']}"
    proposed = program.get(f"{url}/mapping").json()
    assert proposed["columns"][:2] == ["asset_number", "name"]
    body = {name: proposed[name] for name in ("sheet", "header_line", "data_line", "columns", "priority")}
    body["newcomers"] = "ask"
    mapped = program.generic("PUT", f"{url}/mapping", json.dumps(body), content_type="application/json")
    assert mapped.json()["state"] == "planning"
    services.carry_out_plan(begun.json()["id"], now=now)
    rows = program.get(f"{url}/rows").json()["items"]
    assert [(row["line"], row["verdict"]) for row in rows] == [(2, "unknown"), (3, "unknown")]
    assert program.post(f"{url}/application").json()["state"] == "applying"
    services.carry_out_apply(begun.json()["id"], now=now)
    question = program.get("/api/v1/ledger-questions").json()["items"][0]
    said = program.post(
        f"/api/v1/ledger-questions/{question['id']}/answer", json.dumps({"answer": "add", "reason": "x"}),
        content_type="application/json",
    )  # fmt: skip
    assert (said.status_code, said.json()["reason"]) == (403, "only_people_answer")


def test_a_program_writes_an_asset_with_all_it_knows(program, hospital):
    zone = program.post(
        "/api/v1/zones", json.dumps({"institution_id": hospital.pk, "name": "診療系"}), content_type="application/json"
    ).json()
    body = {
        "institution_id": hospital.pk, "kind": "medical_device", "name": "CT", "serial": "S", "zone_id": zone["id"],
        "mac_address": "00-11-22-33-44-55", "services": {"radiology": "essential", "emergency": "critical"},
        "support_ends_on": "2030-03-31", "internet_facing": "no",
    }  # fmt: skip
    added = program.post("/api/v1/assets", json.dumps(body), content_type="application/json").json()
    assert (added["criticality"], added["mac_address"], added["zone_id"], added["support_ends_on"]) == (
        "critical", "00:11:22:33:44:55", zone["id"], "2030-03-31",
    )  # fmt: skip
    history = program.get(f"/api/v1/assets/{added['id']}/history").json()
    assert [event["title"] for event in history] == ["台帳に記載しました"]
    refused = program.post("/api/v1/assets", json.dumps(body | {"ip_address": "1.2"}), content_type="application/json")
    assert (refused.status_code, refused.json()["problems"][0]["reason"]) == (422, "address_unreadable")
