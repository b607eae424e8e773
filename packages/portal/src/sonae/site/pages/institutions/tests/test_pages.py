"""The pages of the register: who sees what, and what a click does."""

import csv
import io
import re
import threading
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import request_finished
from django.db import close_old_connections, connections
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.audit.models import Entry
from sonae.core.institutions import services
from sonae.core.institutions import testing as institutions
from sonae.core.institutions.models import Contact, ImportRun, Institution, InstitutionChange, OwnNetwork, VendorLink
from sonae.core.institutions.vocabulary import Beds, ContactRole, ImportKind, ImportStatus, ProblemReason
from sonae.site.pages.institutions import tasks
from sonae.testing.cast import NOW, Person, bearer

HEADER = "ID,正式名称,機関区分,都道府県コード,市区町村コード,所在地,合計病床数\n"
ROWS = HEADER + "T1,髙﨑病院,1,13,101,東京都千代田区1,150\nT2,=HYPERLINK(1),1,13,101,東京都千代田区2,\n"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def shown(response) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_everyone_who_may_read_the_register_finds_an_institution(
    manager: Person, hospital: Institution, other_hospital: Institution
) -> None:
    client = manager.client
    page = shown(client.get(reverse("institutions:list")))
    assert hospital.name in page
    assert other_hospital.name in page
    found = shown(client.get(reverse("institutions:list"), {"q": hospital.register_code, "status": "listed"}))
    assert hospital.name in found
    assert other_hospital.name not in found


def test_on_a_phone_the_register_shows_what_tells_institutions_apart(officer: Person, hospital: Institution) -> None:
    page = officer.client.get(reverse("institutions:list")).content.decode()
    head = page[page.index("<thead") : page.index("</thead>")]
    assert head.count("wide-only") == 5
    row = page[page.index("<tbody") : page.index("</tbody>")]
    assert row.count("wide-only") == 5
    assert re.search(r'<td class="numeric wide-only">', row)


def test_filters_and_orders_can_be_combined(officer: Person, hospital: Institution) -> None:
    query = {
        "kind": "hospital",
        "prefecture": hospital.prefecture,
        "jurisdiction": hospital.jurisdiction_id,
        "beds": hospital.bed_band,
        "sort": "-licensed_beds",
    }
    client = officer.client
    assert hospital.name in shown(client.get(reverse("institutions:list"), query))
    assert hospital.name not in shown(client.get(reverse("institutions:list"), query | {"kind": "pharmacy"}))
    assert hospital.name not in shown(client.get(reverse("institutions:list"), query | {"status": "vanished"}))


def test_the_register_is_exported(officer: Person, hospital: Institution) -> None:
    response = officer.client.get(reverse("institutions:list"), {"export": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["Register code"] == hospital.register_code]
    assert row["Address"] == hospital.address


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    officer: Person, hospital: Institution, django_assert_max_num_queries
) -> None:
    client = officer.client
    client.get(reverse("institutions:list"))
    services.change_beds(hospital.pk, Beds(total=1), as_of=NOW.date(), by=None, now=NOW)
    for number in range(30):
        institutions.an_institution(name=f"別の病院{number}")
    with django_assert_max_num_queries(14):
        client.get(reverse("institutions:list"))


def test_a_stranger_sees_the_institution_but_not_whom_to_call(
    manager: Person, stranger: Person, officer: Person, inspector: Person, hospital: Institution
) -> None:
    services.add_contact(
        hospital.pk, role=ContactRole.AFTER_HOURS, name="夜間当直室", phone="000", by=manager.account.pk, now=NOW
    )
    url = reverse("institutions:detail", args=[hospital.pk])
    assert "夜間当直室" not in shown(stranger.client.get(url))
    for person in (manager, officer, inspector):
        assert "夜間当直室" in shown(person.client.get(url))
    # Looking at the contacts of another house is written down; at one's own it is not.
    readers = Entry.objects.filter(verb="institutions.read_contacts").values_list("by", flat=True)
    assert set(readers) == {str(officer.account.pk), str(inspector.account.pk)}


def test_a_manager_keeps_the_contacts_of_the_own_house(manager: Person, hospital: Institution) -> None:
    client = manager.client
    add = reverse("institutions:add_contact", args=[hospital.pk])
    entered = {"role": "system_safety_officer", "name": "情報管理室", "phone": "", "email": ""}
    assert client.get(add).status_code == 200
    refused = client.post(add, entered)
    assert refused.status_code == 422
    assert "Please give an e-mail address or a telephone number." in refused.content.decode()
    assert "The contact was added." in client.post(add, entered | {"phone": "000"}, follow=True).content.decode()
    contact = Contact.objects.get()
    client.post(reverse("institutions:end_contact", args=[hospital.pk, contact.pk]))
    contact.refresh_from_db()
    assert contact.ended_by == manager.account


def test_nobody_keeps_the_contacts_of_another_house(stranger: Person, officer: Person, hospital: Institution) -> None:
    for person in (stranger, officer):
        client = person.client
        for name in ("add_contact", "link_vendor"):
            assert client.get(reverse(f"institutions:{name}", args=[hospital.pk])).status_code == 403
    assert not Contact.objects.exists()


def test_a_manager_keeps_the_networks_of_the_own_house(manager: Person, hospital: Institution) -> None:
    client = manager.client
    enter = reverse("institutions:enter_network", args=[hospital.pk])
    assert client.get(enter).status_code == 200
    refused = client.post(enter, {"network": "192.168.1.1", "note": ""})
    assert refused.status_code == 422
    assert "192.168.1.1/32 is private or reserved" in refused.content.decode()
    page = client.post(enter, {"network": "133.20.16.9/28", "note": "回線1"}, follow=True).content.decode()
    assert "The network was entered." in page
    assert "133.20.16.0/28" in page
    network = OwnNetwork.objects.get()
    url = reverse("institutions:end_network", args=[hospital.pk, network.pk])
    assert "133.20.16.0/28" not in client.post(url, follow=True).content.decode()
    network.refresh_from_db()
    assert network.ended_by == manager.account


def test_nobody_else_sees_or_keeps_the_networks_of_a_house(
    manager: Person, stranger: Person, officer: Person, inspector: Person, analyst: Person, hospital: Institution
) -> None:
    services.enter_network(hospital.pk, "133.20.16.0/28", by=manager.account.pk, now=NOW)
    for person in (stranger, officer, inspector, analyst):
        page = shown(person.client.get(reverse("institutions:detail", args=[hospital.pk])))
        assert "133.20.16.0/28" not in page
        assert "Own networks" not in page
        entered = person.client.get(reverse("institutions:enter_network", args=[hospital.pk]))
        assert entered.status_code == 403


def test_a_manager_says_which_vendor_works_on_what(manager: Person, hospital: Institution) -> None:
    client = manager.client
    add = reverse("institutions:link_vendor", args=[hospital.pk])
    entered = {"name": "試験システム", "corporate_number": "", "service": "電子カルテ"}
    client.post(add, entered)
    twice = client.post(add, entered)
    assert "This vendor is already linked" in twice.content.decode()
    link = VendorLink.objects.get()
    assert "試験システム" in shown(client.get(reverse("institutions:detail", args=[hospital.pk])))
    client.post(reverse("institutions:end_vendor_link", args=[hospital.pk, link.pk]))
    assert not VendorLink.objects.current().exists()


def test_staff_see_no_vendors_on_the_page_as_in_the_api(
    manager: Person, colleague: Person, hospital: Institution
) -> None:
    entered = {"name": "試験システム", "corporate_number": "", "service": "電子カルテ"}
    manager.client.post(reverse("institutions:link_vendor", args=[hospital.pk]), entered)
    for person, sees in ((manager, True), (colleague, False)):
        page = shown(person.client.get(reverse("institutions:detail", args=[hospital.pk])))
        assert ("試験システム" in page) is sees
        answer = person.client.get(f"/api/v1/institutions/{hospital.pk}/vendors")
        assert (answer.status_code == 200) is sees


def test_an_officer_states_the_beds(officer: Person, manager: Person, hospital: Institution) -> None:
    url = reverse("institutions:beds", args=[hospital.pk])
    assert manager.client.get(url).status_code == 403
    client = officer.client
    assert client.get(url).status_code == 200
    wrong = client.post(url, {"as_of": "2026-11-01", "total": 100, "general": 90})
    assert "The beds by type add up to 90" in wrong.content.decode()
    client.post(url, {"as_of": "2026-11-24", "total": 90, "general": 90})
    client.post(url, {"as_of": "2026-11-23", "total": 123})
    hospital.refresh_from_db()
    assert hospital.licensed_beds == 123


def test_an_officer_enters_an_institution(officer: Person) -> None:
    url = reverse("institutions:register")
    client = officer.client
    assert client.get(url).status_code == 200
    entered = {
        "register_code": "NEW-1", "kind": "clinic", "name": "新しい診療所", "name_kana": "", "prefecture": "13",
        "municipality": "13101", "address": "", "beds": "",
    }  # fmt: skip
    assert client.post(url, entered | {"municipality": "01101"}).status_code == 422
    page = client.post(url, entered, follow=True).content.decode()
    assert "The institution is in the register." in page
    assert "Another institution has the code NEW-1." in client.post(url, entered).content.decode()


def uploaded(client, content: bytes, *, name="list_20261101.csv", kind=ImportKind.REGISTER, **more):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("institutions:upload"), {"kind": kind, "file": file} | more)


def carried_out(run: ImportRun, *, as_of="", may_vanish=None) -> ImportRun:
    tasks.carry_out_import.func(str(run.pk), as_of, may_vanish)
    run.refresh_from_db()
    return run


def test_a_list_is_uploaded_carried_out_and_its_problems_are_shown_and_exported(operator: Person, files: Path) -> None:
    client = operator.client
    assert client.get(reverse("institutions:upload")).status_code == 200
    response = uploaded(client, ROWS.encode())
    run = ImportRun.objects.get()
    assert response.url == reverse("institutions:import", args=[run.pk])
    assert "Waiting" in shown(client.get(response.url))
    assert "HX-Refresh" not in client.get(reverse("institutions:progress", args=[run.pk])).headers
    assert carried_out(run).status == ImportStatus.DONE
    assert not list((files / "imports").iterdir())
    assert client.get(reverse("institutions:progress", args=[run.pk])).headers["HX-Refresh"] == "true"
    page = shown(client.get(response.url, {"reason": ProblemReason.TOTAL_BEDS_BLANK}))
    assert "The total number of beds is blank." in page
    assert "list_20261101.csv" in shown(client.get(reverse("institutions:imports")))
    exported = client.get(response.url, {"export": "csv", "reason": ProblemReason.TOTAL_BEDS_BLANK})
    rows = list(csv.DictReader(io.StringIO(b"".join(exported.streaming_content).decode("utf-8-sig"))))
    assert {row["理由"] for row in rows} == {"合計病床数が空欄です。病床数は不明として登録しました。"}
    assert {row["Reason"] for row in rows} == {"The total number of beds is blank. The beds are kept as unknown."}
    # A second time the task finds the import over and changes nothing.
    assert carried_out(run).rows_added == 2


def test_the_problem_list_is_exported_as_a_workbook_that_runs_nothing(operator: Person) -> None:
    client = operator.client
    uploaded(client, ROWS.encode().replace("東京都千代田区2".encode(), "東京都千代田区⁻2".encode()))
    run = carried_out(ImportRun.objects.get())
    response = client.get(reverse("institutions:import", args=[run.pk]), {"export": "xlsx"})
    workbook = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content)))
    # Closing a response ends its request, which would close the connection that the test still needs.
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)
    rows = list(workbook.active.iter_rows(values_only=True))
    assert rows[0][:4] == ("Line", "Institution", "Column", "Value as published")
    assert (3, "=HYPERLINK(1)", "所在地", "東京都千代田区⁻2") in [row[:4] for row in rows]
    assert {cell.data_type for row in workbook.active.iter_rows() for cell in row} <= {"s", "n"}


def test_a_file_that_cannot_be_a_list_is_refused_at_once(operator: Person, files: Path) -> None:
    response = uploaded(operator.client, b"PK\x03\x04 not really")
    assert response.status_code == 422
    assert "The archive is damaged or incomplete." in response.content.decode()
    assert ImportRun.objects.get().status == ImportStatus.REFUSED
    assert not list((files / "imports").iterdir())


def test_a_file_that_turns_out_bad_says_so_with_its_line(operator: Person) -> None:
    client = operator.client
    uploaded(client, (ROWS + "T3,x").encode())
    run = carried_out(ImportRun.objects.get())
    assert run.status == ImportStatus.REFUSED
    page = shown(client.get(reverse("institutions:import", args=[run.pk])))
    assert "The file ends in the middle of this row." in page
    assert not Institution.objects.filter(register_code="T1").exists()


def test_codes_are_imported_with_a_day_from_the_form(operator: Person) -> None:
    uploaded(operator.client, "130000001,0000001,甲病院,1,x\n".encode(), name="codes.csv", kind=ImportKind.CODES)
    assert carried_out(ImportRun.objects.get(), as_of="2026-10-01").rows_added == 1


def test_an_import_is_cancelled_before_it_writes(operator: Person) -> None:
    client = operator.client
    uploaded(client, ROWS.encode())
    run = ImportRun.objects.get()
    cancel = reverse("institutions:cancel_import", args=[run.pk])
    assert "will stop as soon as it can" in client.post(cancel, follow=True).content.decode()
    assert carried_out(run).status == ImportStatus.CANCELLED
    assert client.post(cancel).status_code == 403


@pytest.mark.slow
def test_an_import_that_holds_the_database_shows_how_far_it_is_and_can_be_stopped(
    real_commits: None, operator: Person, monkeypatch: pytest.MonkeyPatch, files: Path
) -> None:
    monkeypatch.setattr(services.imports, "CHUNK", 1)
    client = operator.client
    rows = "".join(f"T{number},第{number}病院,1,13,101,東京都千代田区{number},150\n" for number in range(400))
    uploaded(client, (HEADER + rows).encode())
    run = ImportRun.objects.get()
    program = bearer(operator.token(Permission.REGISTER_IMPORT))
    worker = threading.Thread(target=_in_a_thread, args=[run])
    worker.start()
    percent = 0
    while percent <= 50 and worker.is_alive():
        page = client.get(reverse("institutions:progress", args=[run.pk])).content.decode()
        percent = int(found[1]) if (found := re.search(r'<progress[^>]* value="(\d+)"', page)) else 0
    assert ImportRun.objects.get().status == ImportStatus.WRITING
    assert client.post(reverse("institutions:cancel_import", args=[run.pk])).status_code == 302
    worker.join(timeout=60)
    assert 50 < percent < 100
    assert ImportRun.objects.get().status == ImportStatus.CANCELLED
    assert not Institution.objects.exists() and not list((files / "imports").iterdir())
    assert Entry.objects.get(verb="institutions.cancel_import").by == str(operator.account.pk)
    assert program.get(f"/api/v1/imports/{run.pk}").json()["status"] == ImportStatus.CANCELLED


def _in_a_thread(run: ImportRun) -> None:
    try:
        tasks.carry_out_import.func(str(run.pk), "", None)
    finally:
        connections.close_all()


def test_only_those_who_run_the_register_import(manager: Person, inspector: Person, operator: Person) -> None:
    run = services.begin_import(ImportKind.REGISTER, file_name="x", by=None, now=NOW)
    for person in (manager, inspector):
        client = person.client
        assert client.get(reverse("institutions:imports")).status_code == 403
        assert client.get(reverse("institutions:import", args=[run.pk])).status_code == 403
        assert uploaded(client, ROWS.encode()).status_code == 403
    assert operator.client.get(reverse("institutions:import", args=[run.pk])).status_code == 200


def test_the_page_tells_what_was_so_before_and_who_said_otherwise(officer: Person, hospital: Institution) -> None:
    change = {"institution": hospital, "as_of": NOW.date(), "recorded_at": NOW}
    InstitutionChange.objects.create(field="kind", before="clinic", after="hospital", **change)
    InstitutionChange.objects.create(field="jurisdiction", before=hospital.jurisdiction.code, after="13000", **change)
    page = shown(officer.client.get(reverse("institutions:detail", args=[hospital.pk])))
    section = page.partition('<h2 id="changes">')[2].partition("</section>")[0]
    for text in ("Clinic", "Hospital", "Tokyo", "Entered by hand"):
        assert text in section
    assert "13000" not in section
    assert 'id="changes"' not in shown(
        officer.client.get(reverse("institutions:detail", args=[institutions.an_institution().pk]))
    )


def test_an_operator_gives_an_institution_another_name(
    operator: Person, manager: Person, hospital: Institution
) -> None:
    url = reverse("institutions:rename", args=[hospital.pk])
    former = hospital.name
    assert manager.client.get(url).status_code == 403
    assert former in shown(operator.client.get(url))
    entered = {"name": "改名後の病院", "name_kana": "カイメイゴ", "on": "2098-01-01"}
    refused = operator.client.post(url, entered)
    assert refused.status_code == 422
    assert "is in the future." in refused.content.decode()
    assert "改名後の病院" in refused.content.decode()
    page = operator.client.post(url, entered | {"on": "2026-11-01"}, follow=True).content.decode()
    assert "The former one is in the history." in page
    assert former in page.partition('id="names"')[2]
    assert Entry.objects.get(verb="institutions.rename").by == str(operator.account.pk)


def test_an_operator_makes_two_entries_of_one_institution_into_one(operator: Person, hospital: Institution) -> None:
    newer = institutions.an_institution(register_code="NEWER")
    client, url = operator.client, reverse("institutions:merge", args=[hospital.pk])
    assert "cannot be undone" in shown(client.get(url))
    entered = {"register_code": "NEWER", "is_same": "on"}
    unknown = client.post(url, entered | {"register_code": "NOBODY"})
    assert "No institution of the register has this code." in unknown.content.decode()
    assert "NOBODY" in unknown.content.decode()
    assert client.post(url, {"register_code": "NEWER"}).status_code == 422
    both = client.post(url, entered)
    assert both.status_code == 422
    assert "Both institutions are in the newest list" in both.content.decode()
    assert 'value="NEWER"' in both.content.decode()
    Institution.objects.filter(pk=hospital.pk).update(vanished_on=NOW.date())
    page = client.post(url, entered, follow=True).content.decode()
    assert "The two entries are one." in page
    assert hospital.register_code in page.partition('id="codes"')[2]
    assert not Institution.objects.filter(pk=newer.pk).exists()
    assert Entry.objects.get(verb="institutions.merge_former_code").by == str(operator.account.pk)


def test_an_entry_that_other_records_refer_to_is_not_merged_away(
    operator: Person, manager: Person, hospital: Institution
) -> None:
    # The manager's role is held at the hospital.
    other = institutions.an_institution()
    Institution.objects.filter(pk=other.pk).update(vanished_on=NOW.date())
    url = reverse("institutions:merge", args=[other.pk])
    refused = operator.client.post(url, {"register_code": hospital.register_code, "is_same": "on"})
    assert refused.status_code == 422
    assert "Other records still refer" in refused.content.decode()
