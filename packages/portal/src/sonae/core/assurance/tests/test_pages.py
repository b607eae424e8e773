import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import ProtectedError
from django.urls import reverse

from sonae.core.access import services as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import catalogue, services
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Finding, Said, Source, SourceKind, Strength
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.testing.cast import NOW, bearer

PAGES = ("assurance:controls", "assurance:list")


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def evidence(hospital):
    return services.record_evidence(
        Said(
            control="patching",
            institution_id=hospital.pk,
            source=Source(SourceKind.DUTY, "2026#3"),
            strength=Strength.DECLARED,
            since=NOW - timedelta(days=3),
        ),
        by=None,
        now=NOW,
    )


def a_filing(hospital, **changes):
    return {
        "register_code": hospital.register_code, "control": "bcp", "finding": "in_place", "source": "document",
        "strength": "E1", "reference": "IT-BCP 第2版", "since": "2026-11-01", "until": "2027-03-31", "note": "承認済み",
    } | changes  # fmt: skip


@pytest.mark.parametrize("who", ["manager", "executive", "inspector", "officer"])
@pytest.mark.parametrize("page", PAGES)
def test_who_reads_evidence_sees_the_pages(evidence, who, page, request):
    response = request.getfixturevalue(who).client.get(reverse(page))
    assert response.status_code == 200
    assert "Security patches" in response.text


@pytest.mark.parametrize("who", ["colleague", "analyst", "responder", "operator", "auditor", "vendor_person"])
@pytest.mark.parametrize("page", PAGES)
def test_who_does_not_read_evidence_is_refused(evidence, who, page, request):
    assert request.getfixturevalue(who).client.get(reverse(page)).status_code == 403


def test_a_stranger_finds_neither_the_evidence_nor_the_hospital(evidence, hospital, stranger):
    assert stranger.client.get(reverse("assurance:evidence", args=[evidence.pk])).status_code == 404
    assert hospital.name not in stranger.client.get(reverse("assurance:list")).text


def test_the_page_of_a_control_shows_expectation_source_and_contradiction(evidence, hospital, manager, inspector):
    services.record_evidence(
        Said(
            control="patching",
            institution_id=hospital.pk,
            source=Source(SourceKind.INSPECTION, "R8-1"),
            finding=Finding.ABSENT,
            strength=Strength.INSPECTED,
            since=NOW,
        ),
        by=inspector.viewer.account_id,
        now=NOW,
    )
    page = manager.client.get(reverse("assurance:control", args=["patching"]))
    assert page.status_code == 200
    for landmark in (
        "What is expected",
        "fiscal 2025, 2-⑥",
        "Contradicted by another source",
        "E4 Examined in full or seen on site",
    ):
        assert landmark in page.text
    assert "Institutions by how the control stands" in inspector.client.get(page.request["PATH_INFO"]).text


def test_an_unknown_control_has_no_page(manager):
    assert manager.client.get(reverse("assurance:control", args=["no.such"])).status_code == 404


def test_a_manager_files_evidence_with_the_form(hospital, manager):
    client = manager.client
    assert hospital.register_code in client.get(reverse("assurance:file")).text
    response = client.post(reverse("assurance:file"), a_filing(hospital))
    filed = Evidence.objects.get()
    assert response["Location"] == reverse("assurance:evidence", args=[filed.pk])
    assert (filed.control, filed.strength, filed.facts) == ("bcp", "E1", {"note": "承認済み"})
    assert filed.until.isoformat() == "2027-03-31T15:00:00+00:00"
    assert "IT-BCP 第2版" in client.get(response["Location"]).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strength": "E6"}, "not one of the available choices"),
        ({"strength": "E1", "source": "person"}, "can be said at most as"),
        ({"since": "2026-12-01"}, "lies in the future"),
        ({"until": "2026-10-01"}, "end before it begins"),
        ({"register_code": "nowhere"}, "No institution in your reach"),
        ({"since": "0001-01-01"}, "1970"),
        ({"until": "9999-12-31"}, "2099"),
        ({"source": "inspection"}, "not one of the available choices"),
    ],
)
def test_a_filing_that_cannot_be_is_refused_and_keeps_what_was_typed(hospital, manager, changes, words):
    response = manager.client.post(reverse("assurance:file"), a_filing(hospital, **changes))
    assert response.status_code == 422
    assert words in response.text
    assert "IT-BCP 第2版" in response.text
    assert not Evidence.objects.exists()


def a_stored_file(hospital, person, name="IT-BCP.txt", sensitivity=Sensitivity.INSTITUTION_ONLY):
    return documents.store(
        [b"plan"], name=name, purpose=Purpose.EVIDENCE, sensitivity=sensitivity, institution_id=hospital.pk,
        by=person.viewer, now=NOW,
    )  # fmt: skip


def test_a_file_on_record_is_chosen_and_linked_where_it_may_be_read(hospital, manager, inspector):
    document = a_stored_file(hospital, manager)
    client = manager.client
    assert "IT-BCP.txt" in client.get(reverse("assurance:file")).text
    page = client.post(reverse("assurance:file"), a_filing(hospital, document=str(document.pk)))["Location"]
    assert Evidence.objects.get().document == document
    assert reverse("documents:detail", args=[document.pk]) in client.get(page).text
    outside = inspector.client.get(page).text
    assert "that only the institution reads" in outside
    assert "IT-BCP.txt" not in outside
    with pytest.raises(ProtectedError):
        document.delete()


def test_a_new_file_is_looked_through_and_attached(hospital, manager, inspector):
    file = SimpleUploadedFile("手順.txt", "手順".encode())
    page = manager.client.post(reverse("assurance:file"), a_filing(hospital, file=file))["Location"]
    document = Evidence.objects.get().document
    assert (document.name, document.institution_id, document.purpose) == ("手順.txt", hospital.pk, Purpose.EVIDENCE)
    assert reverse("documents:detail", args=[document.pk]) in inspector.client.get(page).text


def test_a_file_that_is_refused_keeps_what_was_typed_and_files_nothing(hospital, manager):
    file = SimpleUploadedFile("plan.pdf", b"no pdf at all")
    response = manager.client.post(reverse("assurance:file"), a_filing(hospital, file=file))
    assert response.status_code == 422
    assert "IT-BCP 第2版" in response.text
    assert "plan.pdf: " in response.text
    assert not Evidence.objects.exists()


def test_one_document_is_attached_not_two(hospital, manager):
    document = a_stored_file(hospital, manager)
    both = {"document": str(document.pk), "file": SimpleUploadedFile("a.txt", b"a")}
    response = manager.client.post(reverse("assurance:file"), a_filing(hospital, **both))
    assert "Please choose one" in response.text


def test_the_file_of_another_hospital_is_attached_by_nobody(hospital, other_hospital, manager, stranger):
    document = a_stored_file(other_hospital, stranger, sensitivity=Sensitivity.PUBLIC)
    response = manager.client.post(reverse("assurance:file"), a_filing(hospital, document=str(document.pk)))
    assert response.status_code == 422
    client = bearer(manager.token(Permission.EVIDENCE_FILE))
    body = {
        "control": "bcp", "institution_id": hospital.pk, "source": "document", "reference": "IT-BCP", "strength": "E1",
        "since": "2026-11-01T00:00:00+09:00", "document_id": str(document.pk),
    }  # fmt: skip
    answer = client.post("/api/v1/evidence", body, content_type="application/json")
    assert "document_unknown" in answer.text
    assert not Evidence.objects.exists()


def test_a_manager_cannot_file_about_another_hospital(other_hospital, manager):
    response = manager.client.post(reverse("assurance:file"), a_filing(other_hospital))
    assert "No institution in your reach" in response.text


def test_withdrawing_keeps_a_reason_that_is_too_short(evidence, manager):
    address = reverse("assurance:withdraw", args=[evidence.pk])
    response = manager.client.post(address, {"why": "no"})
    assert (response.status_code, ">\nno</textarea>" in response.text) == (422, True)
    assert manager.client.post(address, {"why": "wrong device"}).status_code == 302
    assert "was withdrawn" in manager.client.get(reverse("assurance:evidence", args=[evidence.pk])).text


def test_the_list_is_searched_and_exported(evidence, hospital, other_hospital, officer):
    client = officer.client
    assert hospital.name in client.get(reverse("assurance:list"), {"q": "備前 patches"}).text
    assert hospital.name not in client.get(reverse("assurance:list"), {"q": "武蔵"}).text
    exported = b"".join(client.get(reverse("assurance:list"), {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert "Security patches" in exported
    assert hospital.name in exported


def test_the_controls_are_searched_filtered_sorted_paged_and_exported(evidence, hospital, manager):
    client, address = manager.client, reverse("assurance:controls")

    def titles(**asked):
        page = client.get(address, asked).text
        return re.findall(
            r'<a href="/controls/[^"]+/">([^<]+)<span class="visually-hidden"> – ([^<]+)</span></a>', page
        )

    whole = titles(per_page="200")
    assert len(whole) == len(catalogue.controls()) and {place for _, place in whole} == {hospital.name}
    assert len(titles()) == min(25, len(whole)) and titles() == whole[:25]
    assert titles(q="ＳＥＣＵＲＩＴＹ patches") == [one for one in whole if "Security patches" in one[0]] != []
    assert len(titles(standing="in_place")) == 1
    assert titles(standing="nonsense") == []
    ordered = titles(sort="-standing", per_page="200")
    assert ordered[-1] == titles(standing="in_place")[0] and sorted(ordered) == sorted(whole)
    file = b"".join(client.get(address, {"export": "csv", "standing": "in_place"}).streaming_content).decode(
        "utf-8-sig"
    )
    header, row = csv.reader(io.StringIO(file))
    assert header[:4] == ["Control", "Institution", "Part of the catalogue", "How it stands"]
    assert row[1:4] == [hospital.name, "Operation and updates", "In place"]


def test_who_supervises_counts_and_who_has_both_chooses(evidence, hospital, officer, manager, now):
    page = officer.client.get(reverse("assurance:controls"), {"q": "patches"}).text
    assert "Each row counts 1 institution that you supervise." in page and "Contradicted" in page
    assert "Whose" not in page
    access.found(manager.account.pk, Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), now=now)
    client = manager.client
    own, sector = (client.get(reverse("assurance:controls"), {"whose": whose}).text for whose in ("own", "sector"))
    assert hospital.name in own and "Whose" in own
    assert "that you supervise." in sector and "Whose" in sector


def test_pages_speak_japanese(evidence, manager):
    client = manager.client
    client.cookies["sonae_language"] = "ja"
    page = client.get(reverse("assurance:controls")).text
    assert "セキュリティパッチ" in page
    assert "実施している" in page


# --- the API -------------------------------------------------------------------------------------------------------


def test_the_api_lists_files_and_withdraws(hospital, manager):
    client = bearer(manager.token(Permission.EVIDENCE_READ, Permission.EVIDENCE_FILE))
    body = {
        "control": "bcp", "institution_id": hospital.pk, "source": "document", "reference": "IT-BCP", "strength": "E1",
        "since": "2026-11-01T00:00:00+09:00",
    }  # fmt: skip
    filed = client.post("/api/v1/evidence", body, content_type="application/json")
    assert filed.status_code == 200, filed.text
    again = client.post("/api/v1/evidence", body, content_type="application/json")
    assert again.json()["id"] == filed.json()["id"]
    listed = client.get("/api/v1/evidence", {"control": "bcp", "institution_id": hospital.pk}).json()
    assert [row["id"] for row in listed["items"]] == [filed.json()["id"]]
    withdrawn = client.post(
        f"/api/v1/evidence/{filed.json()['id']}/withdrawal", {"why": "old edition"}, content_type="application/json"
    )
    assert withdrawn.json()["withdrawn_why"] == "old edition"
    assert any(row["id"] == "bcp" for row in client.get("/api/v1/controls").json())


@pytest.mark.parametrize("source", ["drill", "duty", "sensor", "inspection"])
def test_nobody_declares_over_the_api_what_was_never_shown(hospital, manager, source):
    client = bearer(manager.token(Permission.EVIDENCE_FILE))
    body = {
        "control": "backup.offline", "institution_id": hospital.pk, "source": source, "reference": "I say so",
        "strength": "E0", "since": "2026-11-01T00:00:00+09:00",
    }  # fmt: skip
    answer = client.post("/api/v1/evidence", body, content_type="application/json")
    assert answer.status_code in {403, 409, 422}, answer.text
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"strength": "E9"}, {"strength": 1}, {"since": "2026-11-01"}, {"since": 1}, {"institution_id": True},
        {"institution_id": 2**70}, {"document_id": "x"}, {"colour": "red"}, {"since": "0001-01-01T00:00:00+14:00"},
    ],
)  # fmt: skip
def test_the_api_bends_no_types(hospital, manager, changes):
    client = bearer(manager.token(Permission.EVIDENCE_FILE))
    body = {
        "control": "bcp", "institution_id": hospital.pk, "source": "document", "reference": "IT-BCP", "strength": "E1",
        "since": "2026-11-01T00:00:00+09:00",
    } | changes  # fmt: skip
    assert client.post("/api/v1/evidence", body, content_type="application/json").status_code == 422
    assert not Evidence.objects.exists()


def test_the_api_hides_evidence_from_strangers(evidence, stranger):
    client = bearer(stranger.token(Permission.EVIDENCE_READ))
    assert client.get(f"/api/v1/evidence/{evidence.pk}").status_code == 404
    assert client.get("/api/v1/evidence").json()["items"] == []
