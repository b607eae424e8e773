"""How an institution prepares: what it is told is missing, what already covers a row, and the folder of papers."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Finding, Said, Source, SourceKind, Strength
from sonae.core.documents.models import Document
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import Purpose, ScanState
from sonae.core.instruments import queries as instruments
from sonae.core.instruments import services
from sonae.core.instruments.definition import questions
from sonae.core.instruments.models import Edition
from sonae.kernel.errors import Gone
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.vocabulary import AssetKind
from sonae.prevention.inspections import queries
from sonae.prevention.inspections import services as preparing
from sonae.prevention.inspections.pages import folder as folders
from sonae.prevention.inspections.vocabulary import RowStanding
from sonae.testing.cast import NOW, bearer

YEAR = 2025
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


@pytest.fixture
def form(db) -> Edition:
    services.load_shipped(now=NOW)
    return Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=YEAR)


def begun(form, hospital, manager, **others):
    response = services.open_response(
        form.pk, institution_id=hospital.pk, occasion=str(YEAR), by=manager.viewer, now=NOW
    )
    yes = {"answer": "yes", "checked_on": ["2025-06-02"]}
    gate, *rows = questions(instruments.plan_of(form).instrument.items)
    answers = {gate.id: "yes", **{row.id: yes for row in rows}, **others}
    return services.save_answers(response.pk, answers, seen=0, by=manager.viewer, now=NOW).response


def page_of(person, hospital, *, year=YEAR):
    return person.client.get(reverse("inspections:preparation", args=[hospital.pk, year]))


def folder_of(person, hospital):
    answer = person.client.get(reverse("inspections:folder", args=[hospital.pk, YEAR]))
    assert answer.status_code == 200, answer
    return zipfile.ZipFile(io.BytesIO(answer.content))


def names_in(folder) -> list[str]:
    tops = {name.partition("/")[0] for name in folder.namelist()}
    assert len(tops) == 1, "exactly one folder"
    return [name.partition("/")[2] for name in folder.namelist()]


def test_years_with_a_form_come_newest_first_and_none_from_the_future(form):
    assert queries.years(today=NOW.date()) == [2025, 2024, 2023]
    assert queries.years(today=NOW.date().replace(year=2024, month=6)) == [2024, 2023]


def test_a_row_that_lacks_something_leads_to_its_answer(form, hospital, manager):
    no = {"answer": "no", "checked_on": ["2025-06-02"]}
    response = begun(form, hospital, manager, bcp=no)
    text = page_of(manager, hospital).content.decode()
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    row = next(one for one in found.rows if one.question.id == "bcp")
    assert row.row.standing is RowStanding.LACKING
    href = f"{reverse('instruments:page', args=[response.pk, row.page])}#q-{row.line}"
    assert f'href="{href}"' in text
    # The address leads to the question itself.
    answering = manager.client.get(href.partition("#")[0]).content.decode()
    assert f'id="q-{row.line}"' in answering
    assert "bcp" in answering[answering.index(f'id="q-{row.line}"') :][:800]


def other_draft(form, hospital, manager, now):
    """What a program begins beside the self-check of the year."""
    return services.open_response(form.pk, institution_id=hospital.pk, occasion="api", by=manager.viewer, now=now)


def test_a_draft_of_another_occasion_hides_nothing_that_was_handed_in(form, hospital, manager):
    response = begun(form, hospital, manager)
    services.submit(response.pk, seen=response.revision, by=manager.viewer, now=NOW)
    other_draft(form, hospital, manager, NOW + timedelta(minutes=1))
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW + timedelta(minutes=2))
    assert found.response == response and found.readiness.is_ready
    assert queries.self_assessment(hospital.pk, YEAR, manager.viewer, now=NOW + timedelta(minutes=2))


def test_of_two_drafts_that_of_the_year_counts(form, hospital, manager):
    response = begun(form, hospital, manager)
    other_draft(form, hospital, manager, NOW + timedelta(minutes=1))
    at = NOW + timedelta(minutes=2)
    assert queries.preparation(hospital.pk, YEAR, manager.viewer, now=at).response == response


def test_a_no_with_its_date_is_ready_and_no_word_calls_it_a_failure(form, hospital, manager):
    no = {"answer": "no", "checked_on": ["2025-06-02"], "target_on": "2026-03-31"}
    begun(form, hospital, manager, bcp=no)
    text = page_of(manager, hospital).content.decode()
    assert queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).readiness.is_ready
    # Ready says what is filled in, never that everything is in place.
    assert "It does not say that every measure is in place." in text
    assert "“no” with a target date: 1; out of scope: 0." in text
    main = text[text.index("<main") :]
    assert "Still missing" not in main
    assert not any(word in main for word in ("badge danger", 'badge warning">Not', "%</", "score", "fail"))


def test_what_is_on_record_stands_beside_the_row_with_source_strength_and_date(form, hospital, manager):
    begun(form, hospital, manager)
    said = Said(
        control="patching", institution_id=hospital.pk, source=Source(SourceKind.DOCUMENT, "minutes"),
        strength=Strength.DOCUMENTED, finding=Finding.IN_PLACE, since=NOW - timedelta(days=3),
    )  # fmt: skip
    assurance.file_evidence(said, by=manager.viewer, now=NOW)
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    states = dict(next(one for one in found.rows if one.question.id == "patches").controls)
    assert states["patching"].leading.source.reference == "minutes"
    main = page_of(manager, hospital).content.decode()
    assert "Document" in main
    assert "E1 On record" in main


def test_an_executive_reads_what_was_handed_in_and_not_the_draft(form, hospital, manager, executive, officer):
    response = begun(form, hospital, manager)
    before = queries.preparation(hospital.pk, YEAR, executive.viewer, now=NOW)
    assert (before.readiness, before.rows) == (None, ())
    services.submit(response.pk, seen=response.revision, by=manager.viewer, now=NOW)
    services.return_for_correction(
        response.pk, seen=response.revision, reason="Please look at row one.", by=officer.viewer, now=NOW
    )
    undone = {"bcp": {}}
    services.save_answers(response.pk, undone, seen=response.revision, by=manager.viewer, now=NOW)
    after = queries.preparation(hospital.pk, YEAR, executive.viewer, now=NOW)
    assert after.readiness.is_ready
    assert not queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW).readiness.is_ready


def test_nobody_else_prepares_for_an_institution(form, hospital, other_hospital, manager, inspector, officer, stranger):
    begun(form, hospital, manager)
    for person in (inspector, officer):
        assert page_of(person, hospital).status_code == 403
    assert page_of(stranger, hospital).status_code == 404
    assert page_of(manager, other_hospital).status_code == 404
    with pytest.raises(Gone):
        queries.preparation(hospital.pk, YEAR, inspector.viewer, now=NOW)


def test_a_year_without_a_form_is_gone(form, hospital, manager):
    assert page_of(manager, hospital, year=2022).status_code == 404


def test_nobody_begun_is_said_and_the_folder_says_why_it_is_thin(form, hospital, manager):
    assert "has not been begun" in page_of(manager, hospital).content.decode()
    assert names_in(folder_of(manager, hospital)) == ["00-index.pdf"]


def test_the_folder_has_what_there_is_under_the_same_names_every_time(form, hospital, manager):
    begun(form, hospital, manager)
    content = dict.fromkeys(("maker", "product", "version", "place", "responsible", "note"), "")
    assets.record_asset(
        hospital.pk, {"kind": AssetKind.SERVER, "name": "=HYPERLINK(1)", **content}, by=manager.viewer, now=NOW
    )
    said = Said(
        control="patching", institution_id=hospital.pk, source=Source(SourceKind.DOCUMENT, "minutes"),
        strength=Strength.DOCUMENTED, finding=Finding.IN_PLACE, since=NOW - timedelta(days=3),
    )  # fmt: skip
    assurance.file_evidence(said, by=manager.viewer, now=NOW)
    folder = folder_of(manager, hospital)
    expected = [
        "00-index.pdf", "10-facility-form.pdf", "11-facility-form.xlsx", "30-ledger-devices.xlsx", "40-evidence.xlsx",
    ]  # fmt: skip
    assert names_in(folder) == expected
    assert names_in(folder_of(manager, hospital)) == expected
    contents = {name.partition("/")[2]: folder.read(name) for name in folder.namelist()}
    assert all(contents[name].startswith(b"%PDF") for name in expected if name.endswith(".pdf"))
    assert all(contents[name].startswith(b"PK") for name in expected if name.endswith(".xlsx"))


def test_the_first_page_names_every_paper_and_says_why_one_is_not_there(form, hospital, manager):
    begun(form, hospital, manager)
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)
    with override("en"):
        papers = list(folders.papers_of(found, viewer=manager.viewer, now=NOW, language="en"))
        there, lacking = (part["table"]["rows"] for part in folders.index_of(found, papers, now=NOW)["sections"])
    assert there == [
        ["10-facility-form.pdf", "Facility form (PDF)"],
        ["11-facility-form.xlsx", "Facility form (Excel)"],
    ]
    assert lacking == [
        ["Forms of the vendors", "No vendor has a form for this fiscal year yet."],
        ["Contact diagram", "None is on record. It can be uploaded on the page of the preparation."],
        ["Extract of the ledger: devices", "The ledger is empty, or you may not read it."],
        ["Extract of the ledger: connections", "No connection is recorded, or you may not read the ledger."],
        ["List of the evidence on record", "No evidence is on record about the rows of the form."],
    ]


def bring_diagram(person, hospital, *, name="連絡体制図.pdf", content=PDF):
    address = reverse("inspections:keep-diagram", args=[hospital.pk, YEAR])
    return person.client.post(address, {"diagram-file": SimpleUploadedFile(name, content)})


def test_the_newest_contact_diagram_lies_in_the_folder_and_older_ones_stay(form, hospital, manager):
    assert "No contact diagram is on record yet." in page_of(manager, hospital).text
    assert bring_diagram(manager, hospital).status_code == 302
    picture = samples.png(8, 8)
    assert bring_diagram(manager, hospital, name="new.PNG", content=picture).status_code == 302
    folder = folder_of(manager, hospital)
    assert names_in(folder) == ["00-index.pdf", "25-contact-diagram.png"]
    assert folder.read(folder.namelist()[1]) == picture
    page = page_of(manager, hospital).text
    assert page.index("new.PNG") < page.index("Earlier ones") < page.index("連絡体制図.pdf")
    assert Document.objects.filter(institution=hospital, purpose=Purpose.CONTACT_DIAGRAM).count() == 2


def test_a_diagram_that_is_none_is_refused_beside_its_field_and_nothing_is_kept(form, hospital, manager):
    answer = bring_diagram(manager, hospital, name="diagram.csv", content=b"a,b")
    assert answer.status_code == 422 and "not accepted" in answer.text
    assert bring_diagram(manager, hospital, content=b"no PDF").status_code == 422
    assert not Document.objects.exists()


def test_a_diagram_is_kept_by_the_people_of_the_house_alone(form, hospital, manager, executive, stranger):
    assert bring_diagram(executive, hospital).status_code == 403
    assert "Keep as the contact diagram" not in page_of(executive, hospital).text
    assert bring_diagram(stranger, hospital).status_code in (403, 404)
    with pytest.raises(Gone):
        preparing.keep_contact_diagram(hospital.pk, [PDF], name="a.pdf", by=stranger.viewer, now=NOW)
    bring_diagram(manager, hospital)
    assert "連絡体制図.pdf" in page_of(executive, hospital).text


def test_nobody_from_outside_takes_the_place_of_a_diagram_through_the_list_of_documents(
    form, hospital, manager, inspector, officer
):
    bring_diagram(manager, hospital)
    said = {"purpose": "contact_diagram", "sensitivity": "shareable", "institution_id": str(hospital.pk)}
    for person in (inspector, officer):
        answer = person.client.post("/api/v1/documents", said | {"file": SimpleUploadedFile("theirs.pdf", PDF)})
        assert answer.status_code == 403, person
        assert answer.json()["reason"] == "other_institution"
    assert Document.objects.get(purpose=Purpose.CONTACT_DIAGRAM).name == "連絡体制図.pdf"


def test_a_diagram_whose_bytes_are_gone_or_not_handed_out_is_named_with_the_reason(
    form, hospital, manager, settings, tmp_path
):
    bring_diagram(manager, hospital)
    found = queries.preparation(hospital.pk, YEAR, manager.viewer, now=NOW)

    def why() -> str:
        with override("en"):
            papers = folders.papers_of(found, viewer=manager.viewer, now=NOW, language="en")
            return next(one.why_not for one in papers if one.title == "Contact diagram")

    assert not why()
    Document.objects.update(scan_state=ScanState.INFECTED, scanned_at=NOW)
    assert "virus" in why()
    Document.objects.update(scan_state=ScanState.CLEAN, scanned_at=NOW)
    settings.MEDIA_ROOT = tmp_path
    assert why() == "Its file is missing. Please upload it again."


def test_the_api_tells_the_same(form, hospital, other_hospital, manager):
    begun(form, hospital, manager, bcp={"answer": "no", "checked_on": ["2025-06-02"]})
    scopes = (Permission.INSPECTION_PREPARE, Permission.RESPONSE_READ, Permission.RESPONSE_ANSWER)
    program = bearer(manager.token(*scopes))
    address = f"/api/v1/institutions/{hospital.pk}/inspection-readiness/{YEAR}"
    told = program.get(address).json()
    assert (told["is_ready"], told["edition"]) == (False, "R7")
    row = next(one for one in told["rows"] if one["question"] == "bcp")
    assert (row["standing"], row["answer"], row["lacks"]) == ("lacking", "no", ["answer_target_date_missing"])
    assert program.get(f"/api/v1/institutions/{other_hospital.pk}/inspection-readiness/{YEAR}").status_code == 404
    # The draft is for whoever answers, and a token that reads no responses is not told that nobody began.
    reader = bearer(manager.token(*scopes[:2], name="reader"))
    assert reader.get(address).json()["rows"] == []
    assert bearer(manager.token(scopes[0], name="neither")).get(address).status_code == 403
