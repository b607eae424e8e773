"""The end of a visit: what stands in the way, what becomes of it, and the corrections until they are done."""

import io
import json
import threading
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import catalogue
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.testing import a_catalogue
from sonae.core.assurance.vocabulary import Finding, Standing, Strength
from sonae.core.documents.tests import samples
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.instruments import services as instruments
from sonae.core.notifications.models import Message
from sonae.kernel.calendar import end_of
from sonae.kernel.errors import BadInput, Conflict, NotAllowed
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.tests.test_oscal import valid_results
from sonae.prevention.inspections.visits import assessment, basis, queries, report, rules, services
from sonae.prevention.inspections.visits.evidence import Seen, finding_of
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.testing import (
    FORM_FILE,
    OTHER_DEVICE,
    a_form,
    a_self_check,
    a_visit,
    an_entry,
    note,
    rows_of,
    seen_in_full,
    signed,
)
from sonae.prevention.inspections.visits.vocabulary import (
    ClosingFacts,
    RowStands,
    Side,
    VisitRefusal,
    VisitState,
    Written,
)
from sonae.testing import cast
from sonae.testing.cast import NOW

LATER = NOW + timedelta(minutes=5)
DUE = date(2027, 1, 29)
MANAGER = {"value": "absent", "finding": "責任者の任命書がない", "advice": "ひな形を使えます", "due_on": DUE}


@pytest.fixture
def visit(hospital, inspector, manager):
    return a_visit(hospital, by=inspector.viewer, now=NOW)


@pytest.fixture
def closed(visit, inspector):
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager=MANAGER)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    return services.close(visit.pk, by=inspector.viewer, now=NOW)


def blocks_of(visit, inspector):
    with pytest.raises(BadInput) as refused:
        services.close(visit.pk, by=inspector.viewer, now=LATER)
    return [(one.reason, one.facts) for one in refused.value.problems]


def row(item="a", *, is_asked=True, **said):
    return RowStands(item, item.upper(), is_asked, Written(**said))


def blocks(*rows, conflicts=0, signed=frozenset(Side), state=VisitState.UNDER_WAY, today=date(2026, 12, 5)):
    facts = ClosingFacts(state, date(2026, 12, 3), today, rows, conflicts, signed)
    return [one.reason for one in rules.may_close(facts)]


FOUND = {"value": "absent", "finding": "鍵", "advice": "合鍵"}


@pytest.mark.parametrize(
    ("found", "reasons"),
    [
        (blocks(row(value="in_place")), []),
        (blocks(row()), [VisitRefusal.ROW_NOT_OBSERVED]),
        (blocks(row(is_asked=False)), []),
        (blocks(row(value="not_seen")), [VisitRefusal.WHY_NOT_SEEN_MISSING]),
        (blocks(row(value="not_seen", note="担当者が不在")), []),
        (blocks(row(value="absent", due_on=DUE)), [VisitRefusal.FINDING_MISSING]),
        (blocks(row(**FOUND, due_on=date(2026, 12, 3))), [VisitRefusal.DUE_NOT_AFTER_VISIT]),
        (blocks(row(**FOUND, due_on=date(2026, 12, 4)), today=date(2026, 12, 3)), []),
        (blocks(row(**FOUND, due_on=date(2026, 12, 5))), [VisitRefusal.DUE_PAST_AT_CLOSING]),
        (blocks(row(**FOUND, due_on=date(2026, 12, 6))), []),
        (blocks(row(value="not_applicable")), [VisitRefusal.WHY_NOT_APPLICABLE_MISSING]),
        (blocks(row(value="not_applicable", note="電子カルテがない")), []),
        (blocks(row(value="absent", is_asked=False)), []),
        (blocks(row(value="absent", finding="鍵", is_asked=False)), [VisitRefusal.FOUND_WHERE_NOT_ASKED]),
        (blocks(row(due_on=DUE, is_asked=False)), [VisitRefusal.FOUND_WHERE_NOT_ASKED]),
        (blocks(row(value="absent")), [VisitRefusal.UNMET_WITHOUT_FINDING]),
        (blocks(row(value="partly")), [VisitRefusal.UNMET_WITHOUT_FINDING]),
        (blocks(row(value="partly", finding="鍵")), [VisitRefusal.UNMET_WITHOUT_ADVICE]),
        (blocks(row(value="absent", advice="合鍵")), [VisitRefusal.UNMET_WITHOUT_FINDING]),
        (blocks(row(**FOUND)), []),
        (blocks(row(value="absent", note="当日中に是正済み")), []),
        (blocks(row(value="in_place"), conflicts=1), [VisitRefusal.CONFLICT_OPEN]),
        (blocks(row(value="in_place"), signed=frozenset({Side.INSPECTOR})), [VisitRefusal.SIGNATURE_MISSING]),
        (blocks(row(value="in_place"), state=VisitState.CLOSED), [VisitRefusal.NOT_OPEN]),
        (
            blocks(row(), row("b", value="not_seen"), conflicts=2, signed=frozenset()),
            [VisitRefusal.ROW_NOT_OBSERVED, VisitRefusal.WHY_NOT_SEEN_MISSING, VisitRefusal.CONFLICT_OPEN,
             VisitRefusal.SIGNATURE_MISSING, VisitRefusal.SIGNATURE_MISSING],
        ),
    ],
)  # fmt: skip
def test_everything_that_stands_in_the_way_is_said_at_once(found, reasons):
    assert found == reasons


def test_a_visit_stays_open_until_every_row_is_seen_the_conflicts_are_decided_and_both_signed(
    visit, inspector, hospital
):
    first, _, *rest = rows_of(visit)
    reasons = [reason for reason, _ in blocks_of(visit, inspector)]
    assert reasons.count(VisitRefusal.ROW_NOT_OBSERVED) == 2 + len(rest)
    assert reasons.count(VisitRefusal.SIGNATURE_MISSING) == 2
    note(visit, [an_entry(one, now=NOW) for one in [first, *rest]], by=inspector.viewer, now=NOW)
    colleague = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id)).viewer
    disputed = an_entry(first, now=NOW, value="partly")
    services.note_entries(visit.pk, [disputed], device=OTHER_DEVICE, by=colleague, now=NOW)
    found = blocks_of(visit, inspector)
    assert [reason for reason, _ in found] == [
        VisitRefusal.ROW_NOT_OBSERVED, VisitRefusal.CONFLICT_OPEN, VisitRefusal.SIGNATURE_MISSING,
        VisitRefusal.SIGNATURE_MISSING,
    ]  # fmt: skip
    page = inspector.client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
    assert "Not signed yet: The inspectors" in page
    assert "Entries that contradict each other and are not decided: 1" in page
    assert inspector.client.post(reverse("visits:close", args=[visit.pk])).status_code == 422
    assert Visit.objects.get(pk=visit.pk).state == "under_way"


def test_a_row_that_is_not_met_is_named_with_what_it_still_needs(visit, inspector):
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager={"value": "absent"}, bcp={"value": "partly"})
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    with pytest.raises(BadInput) as refused:
        services.close(visit.pk, by=inspector.viewer, now=LATER)
    assert [(one.field, one.reason) for one in refused.value.problems] == [
        ("manager", VisitRefusal.UNMET_WITHOUT_FINDING), ("bcp", VisitRefusal.UNMET_WITHOUT_FINDING),
    ]  # fmt: skip
    page = inspector.client.get(reverse("visits:detail", args=[visit.pk])).text
    for item in ("manager", "bcp"):
        there = reverse("visits:row", args=[visit.pk, item])
        assert f'<li><a href="{there}">This row is not met and has no finding.' in page
    # With a reason for one and a finding with advice for the other it can be signed anew and closed.
    said = [
        an_entry("manager", now=LATER, seen=1, value="absent", note="任命は来月の予定"),
        an_entry("bcp", now=LATER, seen=1, value="partly", finding="訓練がない", advice="机上訓練から始めてください"),
    ]
    note(visit, said, by=inspector.viewer, now=LATER)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=LATER)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    sheet = queries.sheet(Visit.objects.get(pk=visit.pk), viewer=inspector.viewer, now=LATER)
    report_words = str(report.composed(sheet, now=LATER))
    assert "任命は来月の予定" in report_words and "机上訓練から始めてください" in report_words


def test_what_a_gate_hides_needs_no_look(visit, inspector):
    note(visit, [an_entry("gate", now=NOW, value="absent")], by=inspector.viewer, now=NOW)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    assert services.close(visit.pk, by=inspector.viewer, now=LATER).state == "closed"


def test_what_was_found_behind_a_gate_is_not_lost_when_the_gate_closes(visit, inspector):
    gate = [an_entry("gate", now=NOW, value="not_applicable", note="医療情報システムがない")]
    note(visit, [an_entry("manager", now=NOW, **MANAGER), *gate], by=inspector.viewer, now=NOW)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    assert [reason for reason, _ in blocks_of(visit, inspector)] == [VisitRefusal.FOUND_WHERE_NOT_ASKED]
    note(visit, [an_entry("manager", now=NOW, seen=1, value="in_place")], by=inspector.viewer, now=NOW)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    # What nobody is asked about is in no report, and so it is no evidence either.
    assert not Evidence.objects.filter(source="inspection").exists()


def test_nothing_is_recorded_signed_or_decided_after_the_end(closed, inspector):
    with pytest.raises(Conflict) as late:
        note(closed, [an_entry("bcp", now=LATER, seen=1, value="absent")], by=inspector.viewer, now=LATER)
    assert late.value.reason is VisitRefusal.IS_CLOSED
    with pytest.raises(Conflict):
        signed(closed, Side.INSPECTOR, by=inspector.viewer, now=LATER)
    answer = inspector.client.post(
        reverse("visits:records", args=[closed.pk]), f'{{"device": "{OTHER_DEVICE}", "entries": []}}',
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 409


def test_a_finding_with_a_day_becomes_a_duty_of_the_institution(closed, hospital, manager):
    correction = Correction.objects.get()
    assert (correction.state, correction.due_on, correction.entry.item) == ("open", DUE, "manager")
    duty = Duty.objects.get(rule="inspection.correct")
    assert (duty.institution_id, duty.due_at, duty.state) == (hospital.pk, end_of(DUE), DutyState.OPEN)
    page = manager.client.get(reverse("duties:detail", args=[duty.pk])).content.decode()
    assert reverse("visits:correction", args=[correction.pk]) in page
    assert "1-①" in page
    assert Message.objects.filter(template="inspections/visit_closed", account=manager.account).count() == 1


def test_what_was_seen_on_site_is_evidence_and_outweighs_what_was_said(hospital, inspector, manager):
    a_self_check(a_form(by=inspector.viewer, now=NOW), hospital, by=manager.viewer, now=NOW)
    assert assurance.state_of("organisation.security-manager", hospital.pk, now=NOW).standing is Standing.IN_PLACE
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager=MANAGER)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    found = assurance.state_of("organisation.security-manager", hospital.pk, now=LATER)
    assert (found.standing, found.leading.strength) == (Standing.ABSENT, Strength.INSPECTED)
    assert assurance.state_of("assets.ledger", hospital.pk, now=LATER).standing is Standing.IN_PLACE


def test_what_was_seen_is_evidence_about_the_controls_of_others_that_its_row_names(
    hospital, inspector, officer, manager
):
    address = a_catalogue(now=NOW).address_of("a-1")
    form = FORM_FILE.read_text("utf-8").replace("controls: [assets.ledger]", f"controls: [assets.ledger, '{address}']")
    instruments.publish(form.encode(), file_name=FORM_FILE.name, by=officer.viewer, now=NOW)
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    seen_in_full(
        visit, by=inspector.viewer, now=NOW, ledger={"value": "partly", "note": "当日中に是正済み"}, manager=MANAGER
    )
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    found = assurance.state_of(address, hospital.pk, now=LATER)
    assert (found.standing, found.leading.strength) == (Standing.PARTLY, Strength.INSPECTED)
    results = compose.assessment_results(assessment.assessment_of(Visit.objects.get(pk=visit.pk)))
    valid_results(results)
    assert address in json.dumps(results)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], None),
        ([Seen("not_seen"), Seen("not_applicable"), Seen("")], None),
        ([Seen("in_place"), Seen("not_seen")], (Finding.IN_PLACE, Strength.INSPECTED)),
        ([Seen("in_place"), Seen("absent")], (Finding.PARTLY, Strength.INSPECTED)),
        ([Seen("absent"), Seen("absent")], (Finding.ABSENT, Strength.INSPECTED)),
        ([Seen("partly")], (Finding.PARTLY, Strength.INSPECTED)),
        ([Seen("absent", is_corrected=True)], (Finding.IN_PLACE, Strength.REVIEWED)),
        ([Seen("absent", is_corrected=True), Seen("absent")], (Finding.PARTLY, Strength.REVIEWED)),
        ([Seen("absent", is_corrected=True), Seen("in_place")], (Finding.IN_PLACE, Strength.REVIEWED)),
    ],
)
def test_rows_about_one_control_speak_together(rows, found):
    assert finding_of(rows) == found


def test_a_correction_is_answered_sent_back_answered_again_and_accepted(closed, hospital, inspector, manager):
    correction = Correction.objects.get()
    there = reverse("visits:correction", args=[correction.pk])
    answer = reverse("visits:answer", args=[correction.pk])
    file = SimpleUploadedFile("任命書.pdf", samples.pdf(), "application/pdf")
    assert manager.client.post(answer, {"answer-text": "短い"}).status_code == 422
    assert manager.client.post(answer, {"answer-text": "任命書を作成しました", "answer-file": file}).status_code == 302
    duty = Duty.objects.get(rule="inspection.correct")
    assert duty.state == DutyState.FULFILLED
    assert Message.objects.filter(template="inspections/correction_answered", account=inspector.account).count() == 1
    assert "任命書を作成しました" in inspector.client.get(there).content.decode()
    back = {"back-why": "署名がありません", "back-due_on": "2027-02-26"}
    assert inspector.client.post(reverse("visits:send-back", args=[correction.pk]), back).status_code == 302
    again = Duty.objects.get(rule="inspection.correct", state=DutyState.OPEN)
    assert (again.occurrence, again.due_at) == (2, end_of(date(2027, 2, 26)))
    assert "署名がありません" in manager.client.get(there).content.decode()
    assert manager.client.post(answer, {"answer-text": "署名を加えました"}).status_code == 302
    assert inspector.client.post(reverse("visits:accept", args=[correction.pk])).status_code == 302
    correction.refresh_from_db()
    assert (correction.state, correction.rounds) == ("accepted", 1)
    assert not Duty.objects.filter(rule="inspection.correct", state=DutyState.OPEN).exists()
    state = assurance.state_of("organisation.security-manager", hospital.pk, now=NOW + timedelta(hours=1))
    assert (state.standing, state.leading.strength) == (Standing.IN_PLACE, Strength.REVIEWED)
    assert [turn.kind for turn in correction.turns.all()] == ["accepted", "answered", "sent_back", "answered", "asked"]


def inspection_words(control):
    rows = Evidence.objects.filter(source="inspection", control=control).order_by("since", "filed_at")
    return [(one.since, one.strength, one.reference, one.superseded_at is None) for one in rows]


def a_control_of_another_row(visit):
    """A control that one row alone asks about, and not the row `manager`."""
    questions = basis.form_of(visit).questions
    told = [control for question in questions.values() for control in question.controls]
    return next(
        (item, question.controls[0])
        for item, question in questions.items()
        if question.controls and told.count(question.controls[0]) == 1 and item != "manager"
    )


def accepted(correction, *, by, manager, at):
    services.answer_correction(correction.pk, text="任命書を作成しました", by=manager.viewer, now=at)
    return services.accept_correction(correction.pk, by=by.viewer, now=at)


def test_an_accepted_correction_speaks_of_the_controls_of_its_row_alone(closed, hospital, inspector, manager):
    _, other = a_control_of_another_row(closed)
    before = inspection_words(other)
    assert len(before) == 1
    late = NOW + timedelta(days=700)
    accepted(Correction.objects.get(), by=inspector, manager=manager, at=late)
    assert inspection_words(other) == before
    words = inspection_words("organisation.security-manager")
    assert words[-1] == (late, Strength.REVIEWED, str(closed.pk), True)


def test_what_is_closed_late_is_as_old_as_the_visit(visit, inspector):
    item, control = a_control_of_another_row(visit)
    seen_in_full(visit, by=inspector.viewer, now=NOW)
    late = NOW + timedelta(days=40)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=late)
    services.close(visit.pk, by=inspector.viewer, now=late)
    word = Evidence.objects.get(source="inspection", control=control)
    assert item in word.facts["rows"]
    assert (word.since, word.filed_at) == (NOW, late)
    assert word.until == NOW + timedelta(days=catalogue.control(control).lasts_days)


def test_a_later_visit_is_not_outvoted_by_the_papers_of_an_earlier_one(closed, hospital, inspector, manager):
    later = NOW + timedelta(days=60)
    second = a_visit(hospital, by=inspector.viewer, now=later)
    seen_in_full(second, by=inspector.viewer, now=later, manager={"value": "absent", "note": "任命は来月の予定"})
    for side in Side:
        signed(second, side, by=inspector.viewer, now=later)
    services.close(second.pk, by=inspector.viewer, now=later)
    at = NOW + timedelta(days=90)
    accepted(Correction.objects.get(visit=closed), by=inspector, manager=manager, at=at)
    state = assurance.state_of("organisation.security-manager", hospital.pk, now=at)
    assert (state.standing, state.leading.strength, state.leading.source.reference) == (
        Standing.ABSENT, Strength.INSPECTED, str(second.pk),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_two_corrections_of_one_visit_are_accepted_at_one_moment(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager=MANAGER, bcp=MANAGER)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    services.close(visit.pk, by=inspector.viewer, now=NOW)
    corrections = list(Correction.objects.all())
    for one in corrections:
        services.answer_correction(one.pk, text="任命書を作成しました", by=manager.viewer, now=LATER)
    failed = []

    def accept(one):
        try:
            services.accept_correction(one.pk, by=inspector.viewer, now=LATER)
        except Exception as error:  # noqa: BLE001 - a thread's error would be lost
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=[one]) for one in corrections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    state = assurance.state_of("organisation.security-manager", hospital.pk, now=LATER)
    assert (state.standing, state.leading.strength) == (Standing.IN_PLACE, Strength.REVIEWED)
    assert set(Correction.objects.values_list("state", flat=True)) == {"accepted"}


def test_who_is_not_at_turn_is_refused(closed, inspector, manager, executive):
    correction = Correction.objects.get()
    with pytest.raises(NotAllowed) as early:
        services.accept_correction(correction.pk, by=inspector.viewer, now=LATER)
    assert early.value.refusal.reason is VisitRefusal.NOT_WITH_INSPECTOR
    with pytest.raises(NotAllowed):
        services.answer_correction(correction.pk, text="任命書を作成しました", by=executive.viewer, now=LATER)
    services.answer_correction(correction.pk, text="任命書を作成しました", by=manager.viewer, now=LATER)
    with pytest.raises(NotAllowed) as twice:
        services.answer_correction(correction.pk, text="任命書を作成しました", by=manager.viewer, now=LATER)
    assert twice.value.refusal.reason is VisitRefusal.NOT_WITH_INSTITUTION
    with pytest.raises(NotAllowed) as past:
        services.send_back_correction(
            correction.pk, why="署名がありません", due_on=date(2026, 11, 23), by=inspector.viewer, now=LATER
        )
    assert past.value.refusal.reason is VisitRefusal.DUE_PAST


def test_another_institution_and_another_jurisdiction_know_nothing_of_a_correction(closed, stranger, other_hospital):
    correction = Correction.objects.get()
    elsewhere = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=other_hospital.jurisdiction_id))
    for person in (stranger, elsewhere):
        assert person.client.get(reverse("visits:correction", args=[correction.pk])).status_code == 404
        assert "責任者の任命書がない" not in person.client.get(reverse("visits:corrections")).content.decode()


def test_the_institution_reads_its_report_once_the_visit_is_closed(visit, inspector, manager):
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager=MANAGER)
    there, file = reverse("visits:detail", args=[visit.pk]), reverse("visits:report", args=[visit.pk, "pdf"])
    assert "責任者の任命書がない" not in manager.client.get(there).content.decode()
    assert manager.client.get(file).status_code == 404
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    text = manager.client.get(there).content.decode()
    assert "責任者の任命書がない" in text
    assert "ひな形を使えます" in text
    assert not any(word in text for word in ("fail", "score", "penalt"))
    assert manager.client.get(file).status_code == 200


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_report_is_for_the_archive_and_for_screen_readers_in_both_languages(closed, inspector, language):
    sheet = queries.sheet(closed, viewer=inspector.viewer, now=LATER)
    file = report.pdf(sheet, language=language, now=LATER)
    assert file.startswith(b"%PDF")
    assert b"pdfuaid" in file
    assert b"pdfaid" in file


def test_the_word_report_says_what_the_pages_say(closed, inspector):
    answer = inspector.client.get(reverse("visits:report", args=[closed.pk, "docx"]))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        text = archive.read("word/document.xml").decode()
    for said in ("責任者の任命書がない", "ひな形を使えます", "備前合成病院", "検見 正", "署名 者", "fiscal 2025"):
        assert said in text, said
    assert inspector.client.get(reverse("visits:report", args=[closed.pk, "exe"])).status_code == 404


def test_a_drawing_is_numbers_only():
    assert report.svg_of([]) == ""
    assert report.svg_of([[[1, 2], [3.04, 4]], [], [[5, 5]]]).count("<polyline") == 2
    assert 'points="1.0,2.0 3.0,4.0"' in report.svg_of([[[1, 2], [3.04, 4]]])


def test_a_row_is_written_by_a_form_without_a_script(visit, inspector, hospital):
    there = reverse("visits:row", args=[visit.pk, "bcp"])
    page = inspector.client.get(there).content.decode()
    id_ = page.split('name="id" value="')[1].split('"')[0]
    said = {
        "id": id_,
        "seen": "0",
        "value": "partly",
        "note": "訓練は未実施",
        "finding": "",
        "advice": "",
        "due_on": "",
    }
    assert inspector.client.post(there, said).status_code == 302
    # Sent twice it counts once.
    assert inspector.client.post(there, said).status_code == 302
    head = queries.heads(visit)["bcp"]
    assert (head.value, head.note, head.revision) == ("partly", "訓練は未実施", 1)
    second = cast.a_person(Role.INSPECTOR, at=Place(jurisdiction_id=hospital.jurisdiction_id), name="検見 次郎")
    stale = {**said, "id": "0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0a09", "value": "absent", "note": "計画書を未確認"}
    assert second.client.post(there, stale).headers["Location"] == there
    page = second.client.get(there).content.decode()
    assert "計画書を未確認" in page
    assert "訓練は未実施" in page
    decision = reverse("visits:decide", args=[visit.pk, stale["id"]])
    assert second.client.post(decision, {"take": "mine", "seen": "1"}).status_code == 302
    assert queries.heads(visit)["bcp"].value == "absent"


def test_a_visit_is_signed_with_a_typed_name_and_closed_by_its_pages(visit, inspector, manager):
    seen_in_full(visit, by=inspector.viewer, now=NOW)
    client, revision = inspector.client, Visit.objects.get(pk=visit.pk).revision
    for number, side in enumerate(Side):
        said = {
            "sign-id": f"0d5f8f0e-7d5b-4d5e-9a33-2f1c0f6f0b0{number}",
            "sign-seen": revision,
            "sign-side": side,
            "sign-name": "備前 院長",
        }
        assert client.post(reverse("visits:sign", args=[visit.pk]), said).status_code == 302
    assert "備前 院長 (name entered by 検見 正)" in client.get(reverse("visits:detail", args=[visit.pk])).text
    assert client.post(reverse("visits:close", args=[visit.pk])).status_code == 302
    assert Visit.objects.get(pk=visit.pk).state == "closed"
    report_file = client.get(reverse("visits:report", args=[visit.pk, "docx"]))
    with zipfile.ZipFile(io.BytesIO(report_file.content)) as archive:
        assert "備前 院長 (name entered by 検見 正)" in archive.read("word/document.xml").decode()
    assert not Correction.objects.exists()
