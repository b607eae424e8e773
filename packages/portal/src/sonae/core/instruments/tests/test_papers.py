"""What was handed in, to keep: as PDF and as a workbook that takes nothing back."""

import io
import re

import pytest
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry
from sonae.core.instruments import paper, queries, services, testing
from sonae.core.instruments.models import Response
from sonae.kernel.errors import BadInput, NotAllowed

FORM = """\
id: report
edition: "R6"
title: {ja: 保管体制の報告, en: Report on backups}
respondent: facility
fiscal_year: 2026
source: {ja: 試験用, en: Made for tests, as_of: 2026-11-22, unverified: true}
items:
  - section: state
    number: "1"
    label: {ja: 体制, en: State}
    items:
      - question: mfa
        number: 1-1
        kind: yes_no
        label: {ja: 多要素認証を用いている, en: More than one factor is used}
        controls: [mfa]
        prefill: evidence.mfa
      - question: patches
        kind: yes_no
        label: {ja: 更新を適用している, en: Updates are applied}
        dates: {rounds: 1, target: true}
      - question: staff
        kind: number
        label: {ja: 担当者数, en: People}
        unit: {ja: 人, en: people}
        may_be_unknown: true
      - question: why
        kind: text
        label: {ja: 理由, en: Why}
        relevant: ${mfa} = 'no'
      - question: remark
        kind: text
        label: {ja: 備考, en: Remark}
      - question: plan_file
        kind: file
        label: {ja: 計画書, en: The plan}
  - section: copies
    label: {ja: 複製, en: Copies}
    repeat: true
    items:
      - question: place
        kind: text
        label: {ja: 保管場所, en: Place}
"""
LONG = "とても長い備考。" * 60


@pytest.fixture
def response(hospital, officer, manager, now):
    """A report that was handed in: yes by evidence, no until a day, a number that nobody knows, a file, two rows."""
    said = Said(
        control="mfa", institution_id=hospital.pk, source=Source(SourceKind.INSPECTION, "1"),
        strength=Strength.INSPECTED, since=now,
    )  # fmt: skip
    assurance.record_evidence(said, by=None, now=now)
    edition = services.publish(FORM.encode(), file_name="report.yaml", by=officer.viewer, now=now)
    begun = services.open_response(edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=now)
    answers = {
        "patches": {"answer": "no", "checked_on": ["2026-06-01"], "target_on": "2027-01-31"},
        "staff": {"unknown_as_of": now.isoformat()},
        "remark": LONG,
        "copies": [{"place": "地下書庫"}, {"place": "=HYPERLINK(1)"}],
    }
    kept = services.save_answers(begun.pk, answers, seen=begun.revision, by=manager.viewer, now=now)
    assert not kept.refused
    content = b"plan of the hospital"
    kept = services.attach(
        begun.pk, "plan_file", [content], name="plan.txt", seen=kept.response.revision, by=manager.viewer, now=now
    )
    services.submit(begun.pk, seen=kept.response.revision, by=manager.viewer, now=now)
    return Response.objects.select_related("edition", "institution", "vendor").get(pk=begun.pk)


def report_of(response, person, now, language="en"):
    with override(language):
        return paper.composed(response, queries.last_submission(response, person.viewer), viewer=person.viewer, now=now)


def answers_in(report):
    return {row[0]: row[1] for part in report["sections"] for row in part.get("table", {}).get("rows", []) if row[1:]}


def saved(person, response, name="paper"):
    return person.client.get(reverse(f"instruments:{name}", args=[response.pk]))


def test_a_paper_names_form_edition_source_institution_and_who_handed_in_when(response, manager, hospital, now):
    report = report_of(response, manager, now)
    facts = dict(report["sections"][0]["facts"])
    assert (report["title"], report["subtitle"]) == ("Report on backups", hospital.name)
    assert facts["Edition"] == "R6" and facts["Submitted at"] == now and facts["Submitted by"] == str(manager.account)
    assert "to be confirmed" in facts["Source"] and "to be confirmed" in report["source"]
    assert "to be confirmed" in report["sections"][0]["paragraphs"][0]
    assert report_of(response, manager, now, "ja")["title"] == "保管体制の報告"


def test_every_question_that_was_asked_stands_there_with_its_answer_to_the_last_word(response, manager, now):
    said = answers_in(report_of(response, manager, now))
    assert said["1-1 More than one factor is used"].startswith("Yes\nTaken from evidence: Two-factor")
    assert "To be done by" in said["Updates are applied"] and "2027" in said["Updates are applied"]
    assert said["People"].startswith("Not known as of")
    assert said["Remark"] == LONG
    assert said["The plan"] == "plan.txt"
    assert "Why" not in said
    assert any(part.get("table", {}).get("rows") == [["地下書庫"], ["=HYPERLINK(1)"]]
               for part in report_of(response, manager, now)["sections"])  # fmt: skip


def test_whoever_supervises_saves_the_same_paper(response, inspector, officer, stranger, now):
    for person in (inspector, officer):
        answer = saved(person, response)
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert f"report-R6-{response.institution_id}-1.pdf" in answer.headers["Content-Disposition"]
    assert saved(stranger, response).status_code == 404
    assert saved(stranger, response, "copy").status_code == 404
    assert Entry.objects.filter(verb="response.open").exists()


def test_the_paper_keeps_the_standards_for_archives_and_screen_readers(response, manager):
    content = saved(manager, response).content
    assert re.search(rb"<pdfaid:part>2", content) and re.search(rb"<pdfuaid:part>1", content)


def test_nothing_is_saved_before_something_was_handed_in(hospital, officer, manager, now):
    draft = testing.a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=now)
    for name in ("paper", "copy"):
        answer = manager.client.get(reverse(f"instruments:{name}", args=[draft.pk]), follow=True)
        assert answer.redirect_chain[0][0] == reverse("instruments:sheet", args=[draft.pk])
        assert "Nothing has been submitted yet." in answer.text
    with pytest.raises(NotAllowed):
        queries.last_submission(draft, manager.viewer)
    page = reverse("instruments:response", args=[draft.pk])
    assert reverse("instruments:paper", args=[draft.pk]) not in manager.client.get(page).text


def test_what_was_returned_shows_what_had_been_handed_in(response, officer, manager, now):
    services.return_for_correction(
        response.pk, reason="日付を確認してください", seen=response.revision, by=officer.viewer, now=now
    )
    services.save_answers(response.pk, {"remark": "draft"}, seen=response.revision, by=manager.viewer, now=now)
    again = Response.objects.select_related("edition", "institution", "vendor").get(pk=response.pk)
    report = report_of(again, manager, now)
    assert answers_in(report)["Remark"] == LONG
    assert any("returned" in sentence for sentence in report["sections"][0]["paragraphs"])
    assert "draft" not in "".join(map(str, cells_of(saved(manager, again, "copy").content)))


def cells_of(content):
    book = load_workbook(io.BytesIO(content))
    return [cell.value for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]


def test_the_copy_holds_every_answer_and_no_cell_is_open(response, manager):
    content = saved(manager, response, "copy").content
    book = load_workbook(io.BytesIO(content))
    rows = {row[0].value: [cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=4)}
    by_label = {row[2].value: row[4].value for row in book.worksheets[0].iter_rows(min_row=4)}
    assert rows["remark"][4] == LONG and rows["mfa"][4] == "Yes"
    assert by_label["The plan"] == "plan.txt"
    assert "Not asked" in rows["why"][3] and rows["why"][4] is None
    assert [row[2].value for row in book.worksheets[1].iter_rows(min_row=3, max_row=4)] == ["地下書庫", "=HYPERLINK(1)"]
    assert book.worksheets[1]["C4"].data_type == "s"
    assert all(cell.protection.locked for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    assert all(sheet.protection.sheet for sheet in book.worksheets)
    assert any("to be confirmed" in str(value) for value in cells_of(content))


def test_the_copy_is_not_taken_back(response, officer, manager, now):
    content = saved(manager, response, "copy").content
    services.return_for_correction(response.pk, reason="再提出", seen=response.revision, by=officer.viewer, now=now)
    with pytest.raises(BadInput):
        services.take_workbook(response.pk, content, file_name="copy.xlsx", by=manager.viewer, now=now)


def test_both_pages_of_a_submission_lead_to_both_files(response, inspector):
    for page in ("response", "sheet"):
        text = inspector.client.get(reverse(f"instruments:{page}", args=[response.pk])).text
        for name in ("paper", "copy"):
            assert reverse(f"instruments:{name}", args=[response.pk]) in text
