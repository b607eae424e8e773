from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.documents import services
from sonae.core.documents.models import Document
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import PURPOSES, Kind, Limits, Purpose, ScanState, Sensitivity
from sonae.core.institutions.models import Institution
from sonae.kernel.errors import BadInput
from sonae.testing.cast import NOW, Person, bearer


@pytest.fixture(autouse=True)
def place(settings: SimpleNamespace, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def document(manager: Person, hospital: Institution) -> Document:
    return services.store(
        ["診療録ではない".encode()],
        name="外部接続 一覧.csv",
        purpose=Purpose.EVIDENCE,
        sensitivity=Sensitivity.SHAREABLE,
        institution_id=hospital.pk,
        by=manager.viewer,
        now=NOW,
    )


def _form(hospital: Institution, name: str, content: bytes) -> dict[str, object]:
    return {
        "file": SimpleUploadedFile(name, content),
        "institution": hospital.pk,
        "purpose": "evidence",
        "sensitivity": "shareable",
        "tlp": "amber",
    }


def test_a_manager_stores_a_file_and_finds_it(manager: Person, hospital: Institution) -> None:
    client = manager.client
    page = client.post(
        reverse("documents:upload"), _form(hospital, "計画.pdf", samples.pdf()), follow=True
    ).content.decode()
    assert "The file is stored." in page
    assert "TLP:AMBER" in page
    assert "計画.pdf" in client.get(reverse("documents:list"), {"q": "計画"}).content.decode()
    assert "計画.pdf" not in client.get(reverse("documents:list"), {"q": "別"}).content.decode()


def test_a_refused_file_says_why_and_the_other_answers_stay(manager: Person, hospital: Institution) -> None:
    form = _form(hospital, "a.xlsx", samples.workbook(xl__vbaProject_dot_bin=b"x"))
    page = manager.client.post(reverse("documents:upload"), form).content.decode()
    assert "The document holds macros." in page
    assert "xl/vbaProject.bin" in page
    assert '<option value="amber" selected' in page
    assert not Document.objects.exists()


def test_a_file_for_the_institution_only_needs_one(officer: Person) -> None:
    form = {"file": SimpleUploadedFile("a.txt", b"x"), "purpose": "evidence", "sensitivity": "institution-only"}
    page = officer.client.post(reverse("documents:upload"), form).content.decode()
    assert "needs an institution" in page


def test_a_file_is_handed_out_as_a_download_that_no_browser_runs(inspector: Person, document: Document) -> None:
    answer = inspector.client.get(reverse("documents:content", args=[document.pk]))
    assert b"".join(answer.streaming_content) == "診療録ではない".encode()
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


def test_an_unscanned_file_is_downloaded_after_a_tick_by_its_own_and_by_nobody_else(
    manager: Person, inspector: Person, document: Document, settings: SimpleNamespace, tmp_path: Path
) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    page, content = reverse("documents:detail", args=[document.pk]), reverse("documents:content", args=[document.pk])
    assert 'name="although"' in manager.client.get(page).text
    assert 'name="although"' not in inspector.client.get(page).text
    assert "Please try again in some minutes" in inspector.client.get(page).text
    assert manager.client.get(content).status_code == 403
    assert inspector.client.get(content, {"although": "unscanned"}).status_code == 403
    answer = manager.client.get(content, {"although": "unscanned"})
    assert b"".join(answer.streaming_content) == "診療録ではない".encode()
    api = f"/api/v1/documents/{document.pk}/content"
    program = bearer(manager.token(Permission.DOCUMENT_READ))
    assert program.get(api).status_code == 403
    assert b"".join(program.get(api, {"although_unscanned": "true"}).streaming_content)


def test_operators_see_what_no_scanner_has_judged_and_what_to_do(
    operator: Person, document: Document, settings: SimpleNamespace, tmp_path: Path
) -> None:
    assert "StreamMaxLength" not in operator.client.get("/jobs/").text
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    assert "please see that clamd runs" in operator.client.get("/jobs/").text
    stored = Document.objects.filter(pk=document.pk)
    stored.update(scan_state=ScanState.TOO_LARGE, scanned_at=NOW)
    assert "StreamMaxLength" in operator.client.get("/jobs/").text
    stored.update(scan_state=ScanState.LOST)
    assert document.sha256 in operator.client.get("/jobs/").text


def test_a_stranger_does_not_learn_that_the_file_exists(stranger: Person, document: Document) -> None:
    for page in ("detail", "content", "receipt"):
        assert stranger.client.get(reverse(f"documents:{page}", args=[document.pk])).status_code == 404
    assert "外部接続" not in stranger.client.get(reverse("documents:list")).content.decode()


def test_staff_and_operators_read_no_documents(colleague: Person, operator: Person, document: Document) -> None:
    for person in (colleague, operator):
        assert person.client.get(reverse("documents:detail", args=[document.pk])).status_code == 403


def test_the_receipt_is_a_pdf(manager: Person, document: Document) -> None:
    answer = manager.client.get(reverse("documents:receipt", args=[document.pk]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_a_program_of_a_person_stores_and_reads_over_the_api(manager: Person, hospital: Institution) -> None:
    api = bearer(manager.token(Permission.DOCUMENT_STORE, Permission.DOCUMENT_READ))
    facts = {"purpose": "evidence", "sensitivity": "shareable", "institution_id": hospital.pk}
    key = {"Idempotency-Key": "once"}
    first = api.post("/api/v1/documents", {"file": SimpleUploadedFile("a.txt", b"abc"), **facts}, headers=key)
    again = api.post("/api/v1/documents", {"file": SimpleUploadedFile("a.txt", b"abc"), **facts}, headers=key)
    assert first.status_code == 201, first.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert Document.objects.count() == 1
    stored = first.json()
    assert stored["size_bytes"] == 3
    assert api.get("/api/v1/documents").json()["items"][0]["id"] == stored["id"]
    content = api.get(f"/api/v1/documents/{stored['id']}/content")
    assert b"".join(content.streaming_content) == b"abc"


def test_the_api_names_file_place_and_reason(manager: Person, hospital: Institution) -> None:
    api = bearer(manager.token(Permission.DOCUMENT_STORE))
    facts = {"purpose": "incident", "sensitivity": "shareable", "institution_id": hospital.pk}
    bad = SimpleUploadedFile("a.zip", samples.zipped({"../a": b"x"}))
    answer = api.post("/api/v1/documents", {"file": bad, **facts})
    assert answer.status_code == 422
    assert answer.json()["reason"] == "archive_escapes"
    assert answer.json()["problems"][0]["field"] == "../a"


def test_a_number_that_is_none_and_an_unknown_field_are_refused(manager: Person) -> None:
    api = bearer(manager.token(Permission.DOCUMENT_STORE))
    facts = {"purpose": "evidence", "sensitivity": "shareable"}
    answer = api.post(
        "/api/v1/documents", {"file": SimpleUploadedFile("a.txt", b"x"), **facts, "institution_id": "ten"}
    )
    assert answer.status_code == 422


class PlanPurpose(StrEnum):
    """What a room above brings; its words stand in that room's labels."""

    PLAN = "plan"


def test_a_room_above_brings_its_own_purpose(
    manager: Person, hospital: Institution, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PURPOSES, "_known", dict(PURPOSES._known))
    monkeypatch.setattr(PURPOSES, "_members", dict(PURPOSES._members))
    PURPOSES.bring(PlanPurpose.PLAN, Limits(10, frozenset({Kind.TEXT})))
    kept = services.store(
        [b"0123456789"], name="a.txt", purpose=PlanPurpose.PLAN, sensitivity=Sensitivity.SHAREABLE,
        institution_id=hospital.pk, by=manager.viewer, now=NOW,
    )  # fmt: skip
    assert PURPOSES(Document.objects.get(pk=kept.pk).purpose) is PlanPurpose.PLAN
    with pytest.raises(BadInput):
        services.store(
            [b"0123456789A"], name="a.txt", purpose=PlanPurpose.PLAN, sensitivity=Sensitivity.SHAREABLE,
            institution_id=hospital.pk, by=manager.viewer, now=NOW,
        )  # fmt: skip
