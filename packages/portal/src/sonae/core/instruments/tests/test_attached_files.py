"""A file as the answer to a question: attached on a page of its own, looked through, read by whoever may."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.audit.models import Entry
from sonae.core.documents.models import Document
from sonae.core.instruments import checks, queries, services, testing
from sonae.core.instruments.models import Response
from sonae.core.instruments.vocabulary import FindingReason, ResponseRefusal
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.testing.cast import NOW

FORM = """\
id: proofs
edition: "2026"
title: {ja: 証跡, en: Proofs}
respondent: facility
fiscal_year: 2026
source: {ja: 試験用, en: Made for tests, as_of: 2026-11-22, unverified: true}
items:
  - section: plan
    label: {ja: 計画, en: Plan}
    items:
      - question: has_plan
        kind: yes_no
        label: {ja: BCPを策定している, en: There is a plan}
      - question: plan_file
        kind: file
        label: {ja: BCPの写し, en: Copy of the plan}
        hint: {ja: 表紙だけでもよい, en: The cover is enough}
        relevant: ${has_plan} = 'yes'
        required: true
      - question: remark
        kind: text
        label: {ja: 備考, en: Remark}
      - question: papers
        kind: table
        label: {ja: 資料, en: Papers}
        columns:
          - {question: paper, kind: file, label: {ja: 写し, en: Copy}}
"""
PLAN = b"The plan, chapter 1"


@pytest.fixture(autouse=True)
def _store(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def response(hospital, officer, manager):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    found = services.open_response(edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)
    services.save_answers(found.pk, {"has_plan": "yes"}, seen=0, by=manager.viewer, now=NOW)
    return Response.objects.get(pk=found.pk)


def attach(response, person, *, name="BCP.txt", content=PLAN, question="plan_file", seen=1):
    return services.attach(response.pk, question, [content], name=name, seen=seen, by=person.viewer, now=NOW)


def url(response, question="plan_file"):
    return reverse("instruments:file", args=[response.pk, question])


def page(response):
    return reverse("instruments:page", args=[response.pk, 1])


def a_file(content=PLAN, name="BCP.txt"):
    return SimpleUploadedFile(name, content)


def test_a_question_that_asks_for_a_file_is_open_until_one_is_attached(response, manager):
    missing = [one.reason for one in queries.findings_of(response, now=NOW).found if one.question == "plan_file"]
    assert missing == [FindingReason.MISSING]
    kept = attach(response, manager)
    assert kept.saved == {"plan_file"}
    assert queries.findings_of(kept.response, now=NOW).found == ()
    document = Document.objects.get()
    assert kept.response.answers["plan_file"] == {"document": str(document.pk), "name": "BCP.txt"}
    assert (document.institution_id, document.purpose) == (response.institution_id, "answer")


def test_what_is_typed_is_saved_before_the_page_of_the_file_opens(response, manager):
    client = manager.client
    shown = client.get(page(response)).content.decode()
    assert "Copy of the plan" in shown
    sent = {"then": "file:plan_file", "was:remark": "1:", "answer:remark": "下書き"}
    answer = client.post(page(response), sent)
    assert (answer.status_code, answer.url) == (302, url(response))
    assert Response.objects.get(pk=response.pk).answers["remark"] == "下書き"
    asked = client.get(url(response)).content.decode()
    assert "Copy of the plan" in asked
    assert "The cover is enough" in asked


def test_a_file_is_attached_replaced_and_taken_away_on_its_page(response, manager):
    client = manager.client
    for number, name in enumerate(("BCP.txt", "BCP2.txt"), 1):
        answer = client.post(url(response), {"seen": number, "file": a_file(PLAN + name.encode(), name)})
        assert (answer.status_code, answer.url) == (302, page(response))
        assert name in client.get(page(response)).content.decode()
    assert Document.objects.count() == 2, "the first one stays among the documents"
    client.post(url(response), {"seen": 3, "remove": "1"})
    assert Response.objects.get(pk=response.pk).answers.get("plan_file") is None
    assert "No file is attached." in client.get(page(response)).content.decode()


def test_what_no_inspector_of_files_lets_in_is_refused_at_the_field_and_nothing_is_kept(response, manager):
    answer = manager.client.post(url(response), {"seen": 1, "file": a_file(b"MZ\x90\0", "BCP.exe")})
    assert answer.status_code == 422
    assert "BCP.exe" in answer.content.decode()
    with pytest.raises(BadInput):
        attach(response, manager, name="BCP.pdf", content=b"no PDF at all")
    assert not Document.objects.exists()
    assert "plan_file" not in Response.objects.get(pk=response.pk).answers


def test_nobody_writes_over_the_file_that_somebody_else_attached_meanwhile(response, manager):
    attach(response, manager)
    kept = attach(response, manager, name="other.txt", content=b"another plan", seen=1)
    assert kept.refused["plan_file"].reason is ResponseRefusal.CHANGED_MEANWHILE
    assert Response.objects.get(pk=response.pk).answers["plan_file"]["name"] == "BCP.txt"
    assert Document.objects.count() == 1, "nothing is taken in that could not become the answer"


@pytest.mark.parametrize("question", ["remark", "has_plan", "nothing/of/that"])
def test_files_are_attached_where_the_form_asks_for_one(response, manager, question):
    with pytest.raises(NotAllowed) as refused:
        attach(response, manager, question=question)
    assert refused.value.refusal.reason is ResponseRefusal.NOT_A_FILE_QUESTION
    assert manager.client.get(url(response, question)).status_code == 403
    assert not Document.objects.exists()


def test_an_answer_names_no_file_that_is_not_the_institutions_own(response, manager, stranger):
    elsewhere = services.save_answers(
        response.pk, {"plan_file": {"document": str(uuid4()), "name": "BCP.txt"}}, seen=1, by=manager.viewer, now=NOW
    )
    assert elsewhere.refused["plan_file"].reason is ResponseRefusal.FILE_NOT_ON_RECORD
    with pytest.raises(Gone):
        attach(response, stranger)


def test_what_was_handed_in_is_not_attached_to_any_more_and_is_read_with_its_file(response, manager, inspector):
    attach(response, manager)
    document = Document.objects.get()
    services.submit(response.pk, seen=2, by=manager.viewer, now=NOW)
    with pytest.raises(NotAllowed):
        attach(response, manager, seen=2)
    sheet = inspector.client.get(reverse("instruments:sheet", args=[response.pk])).content.decode()
    assert reverse("documents:detail", args=[document.pk]) in sheet
    handed_out = inspector.client.get(reverse("documents:content", args=[document.pk]))
    assert b"".join(handed_out.streaming_content) == PLAN


def test_a_file_of_a_draft_is_read_by_the_institution_alone_until_it_is_submitted_with(
    response, manager, inspector, officer
):
    attach(response, manager, name="weak.txt", content=b"the weak points")
    attach(response, manager, seen=2)
    for outside in (inspector, officer):
        assert not Document.objects.visible_to(outside.viewer).exists()
    assert Document.objects.visible_to(manager.viewer).count() == 2
    services.submit(response.pk, seen=3, by=manager.viewer, now=NOW)
    for outside in (inspector, officer):
        assert [one.name for one in Document.objects.visible_to(outside.viewer)] == ["BCP.txt"]
    shared = Document.objects.get(name="BCP.txt")
    assert [one.subject_id for one in Entry.objects.filter(verb="document.share")] == [str(shared.pk)]


def test_a_file_that_took_the_place_of_another_after_the_return_is_not_read_before_it_is_submitted_again(
    response, manager, inspector
):
    attach(response, manager)
    services.submit(response.pk, seen=2, by=manager.viewer, now=NOW)
    services.return_for_correction(response.pk, reason="表紙だけです。", seen=2, by=inspector.viewer, now=NOW)
    attach(response, manager, name="whole.txt", content=b"all of it", seen=2)
    assert [one.name for one in Document.objects.visible_to(inspector.viewer)] == ["BCP.txt"]
    services.submit(response.pk, seen=3, by=manager.viewer, now=NOW)
    assert {one.name for one in Document.objects.visible_to(inspector.viewer)} == {"BCP.txt", "whole.txt"}


def test_an_officer_who_stands_in_attaches_the_file_that_they_sent(officer, inspector, manager, hospital):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    response = services.stand_in(
        edition.pk, institution_id=hospital.pk, occasion="2026", needs=Permission.SURVEY_FOLLOW_UP,
        by=officer.account.pk, now=NOW,
    )  # fmt: skip
    kept = attach(response, officer)
    assert (kept.saved, kept.refused) == ({"plan_file"}, {})
    assert Document.objects.visible_to(manager.viewer).exists()
    assert not Document.objects.visible_to(inspector.viewer).exists()


def say(response, person, answer, *, question="plan_file"):
    return services.save_answers(response.pk, {question: answer}, seen=99, by=person.viewer, now=NOW)


def test_a_file_has_the_name_it_was_kept_under_whatever_the_answer_calls_it(response, manager):
    attach(response, manager)
    document = str(Document.objects.get().pk)
    forged = {"document": document.upper(), "name": "監査済\u202efdp.exe"}
    kept = say(response, manager, forged)
    assert (kept.saved, kept.refused) == (frozenset(), {})
    kept = say(response, manager, [{"paper": forged}], question="papers")
    named = {"document": document, "name": "BCP.txt"}
    assert kept.response.answers["papers"] == [{"paper": named}]
    assert kept.response.answers["plan_file"] == named


@pytest.mark.parametrize("names", ["never.pdf", ["never.pdf"], ["never.pdf", 7]])
def test_a_name_without_a_document_is_no_file(response, manager, names):
    for question, answer in (("plan_file", names), ("papers", [{"paper": names}])):
        kept = say(response, manager, answer, question=question)
        assert kept.refused[question].reason is ResponseRefusal.FILE_NOT_ON_RECORD
        assert question not in kept.response.answers


def test_a_name_that_stands_there_from_another_program_stays_in_its_row(response, manager):
    Response.objects.filter(pk=response.pk).update(answers=response.answers | {"papers": [{"paper": "old.pdf"}]})
    kept = say(response, manager, [{"paper": "old.pdf"}, {}], question="papers")
    assert kept.response.answers["papers"] == [{"paper": "old.pdf"}, {}]
    assert say(response, manager, [{"paper": "new.pdf"}], question="papers").refused


def test_an_answer_names_only_what_was_attached_to_a_question_of_the_institution_also_in_rows(
    response, manager, other_hospital
):
    attach(response, manager)
    document = Document.objects.get()
    named = {"document": str(document.pk), "name": "BCP.txt"}
    for change in ({"purpose": "evidence"}, {"purpose": "answer", "institution": other_hospital}):
        for field, value in change.items():
            setattr(document, field, value)
        document.save()
        for question, answer in (("remark", named), ("papers", [{"paper": named}])):
            kept = say(response, manager, answer, question=question)
            assert kept.refused[question].reason is ResponseRefusal.FILE_NOT_ON_RECORD


@pytest.mark.parametrize(
    ("answer", "is_one"),
    [
        ({"document": str(uuid4()), "name": "a.pdf"}, True),
        ("a.pdf", True),
        (["a.pdf", "b.pdf"], True),
        ({"document": "7", "name": "a.pdf"}, False),
        ({"document": str(uuid4()), "name": ""}, False),
        ({"document": str(uuid4())}, False),
        ({"document": str(uuid4()), "name": "a.pdf", "path": "/etc"}, False),
        ([""], False),
        (7, False),
    ],
)
def test_a_file_is_known_by_its_name_or_as_a_document(response, answer, is_one):
    found = checks.check(queries.plan_of(response.edition), {"has_plan": "yes", "plan_file": answer}, now=NOW)
    assert ([one.reason for one in found.found] == []) is is_one
