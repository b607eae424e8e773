import io
import json
import re

import docx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.core.institutions import offices
from sonae.core.institutions import services as register
from sonae.kernel.ids import new_id
from sonae.response.incidents import queries
from sonae.response.incidents.models import Draft, Incident
from sonae.response.incidents.testing import an_incident
from sonae.response.incidents.vocabulary import Field, Leak, Phase, Precision, StepAnswer, TimeKind

EVENT = {
    "timestamp": "2026-11-22T21:00:00.000000+0000", "event_type": "alert", "src_ip": "10.0.0.5", "src_port": 50000,
    "dest_ip": "45.83.64.1", "dest_port": 443, "proto": "TCP",
    "alert": {"signature": "ET MALWARE beacon", "signature_id": 1},
}  # fmt: skip


def six_fields(hospital, **said):
    fields = {
        "intake_id": str(new_id()), "institution": hospital.register_code, "seen": "Charts do not open",
        "systems": ["charts"], "care": "limited", "measures": "", "phone": "090-0000-0000",
    }  # fmt: skip
    return fields | said


@pytest.fixture
def incident(manager, hospital, now):
    return an_incident(hospital.pk, by=manager.viewer, now=now)


@pytest.mark.parametrize("who", ["manager", "executive", "colleague", "officer", "inspector", "responder"])
def test_whoever_may_report_finds_the_form_and_the_first_steps(request, who):
    page = request.getfixturevalue(who).client.get(reverse("incidents:report"))
    assert page.status_code == 200
    assert b"What do you see?" in page.content and b"Cut the line to the backups" in page.content


@pytest.mark.parametrize("who", ["vendor_person", "operator", "auditor", "analyst"])
def test_whoever_may_not_is_refused(request, who):
    assert request.getfixturevalue(who).client.get(reverse("incidents:report")).status_code == 403


def test_a_night_nurse_reports_and_gets_a_number(colleague, hospital, now):
    client = colleague.client
    answer = client.post(reverse("incidents:report"), six_fields(hospital))
    incident = Incident.objects.get()
    assert answer.status_code == 302 and answer.url == reverse("incidents:receipt", args=[incident.pk])
    assert incident.number.encode() in client.get(answer.url).content
    assert client.get(reverse("incidents:detail", args=[incident.pk])).status_code == 403


def test_an_officer_reports_for_a_hospital_by_its_code(officer, hospital, now):
    officer.client.post(reverse("incidents:report"), six_fields(hospital))
    assert Incident.objects.get().institution_id == hospital.pk


def test_a_form_with_a_gap_keeps_everything_that_was_typed(manager, hospital, now):
    client = manager.client
    page = client.post(reverse("incidents:report"), six_fields(hospital, phone=""))
    assert page.status_code == 422
    assert b"Charts do not open" in page.content
    assert not Incident.objects.exists()
    assert b"Charts do not open" in client.get(reverse("incidents:report")).content


def test_nobody_has_to_know_when_it_began(manager, hospital, now):
    assert manager.client.post(reverse("incidents:report"), six_fields(hospital, noticed_at="")).status_code == 302
    noticed = queries.moments_of(Incident.objects.get().pk)[TimeKind.NOTICED]
    assert (noticed.at, noticed.precision) == (None, Precision.UNKNOWN)


def test_a_moment_that_cannot_be_read_is_not_taken_for_unknown(manager, hospital, now):
    page = manager.client.post(reverse("incidents:report"), six_fields(hospital, noticed_at="yesterday, I think"))
    assert page.status_code == 422 and not Incident.objects.exists()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("0001-01-01T00:00", "days before 1970"), ("1900-01-01T00:00", "days before 1970"),
        ("1999-12-31T23:59", "more than 10 years back"), ("2099-01-01T00:00", "lies in the future"),
        ("9999-12-31T23:59", "days after 2099"),
    ],
)  # fmt: skip
def test_a_moment_that_nobody_can_mean_comes_back_at_its_field(manager, hospital, now, typed, why):
    answer = manager.client.post(reverse("incidents:report"), six_fields(hospital, noticed_at=typed))
    assert answer.status_code == 422 and not Incident.objects.exists()
    page = answer.content.decode()
    assert why in page[page.index('id="id_noticed_at_error"') :].split("</ul>")[0]
    assert "Charts do not open" in page


def test_a_form_sent_twice_leads_to_the_same_receipt_and_leaves_no_draft(manager, hospital, now):
    client, fields = manager.client, six_fields(hospital)
    first, again = (client.post(reverse("incidents:report"), fields) for _ in range(2))
    assert (first.status_code, again.status_code) == (302, 302) and first.url == again.url
    assert Incident.objects.count() == 1 and not Draft.objects.exists()
    assert "It was not recorded a second time." in client.get(again.url).text


def test_a_save_that_arrives_after_the_report_swallows_no_later_report(manager, hospital, now):
    client, fields = manager.client, six_fields(hospital)
    client.post(reverse("incidents:report"), fields)
    client.post(reverse("incidents:save-draft"), fields, headers={"HX-Request": "true"})
    assert "and not sent it" not in client.get("/").text
    form = client.get(reverse("incidents:report")).context["form"]
    assert str(form.fields["intake_id"].initial) != fields["intake_id"] and not form.fields["seen"].initial
    client.post(reverse("incidents:save-draft"), fields | {"intake_id": "no id"})
    assert client.get(reverse("incidents:report")).context["form"].fields["seen"].initial == fields["seen"]


def test_whoever_comes_back_to_the_form_reads_that_it_was_reported_and_where(manager, executive, hospital, now):
    client = manager.client
    assert "already reported" not in client.get(reverse("incidents:report")).text
    receipt = client.post(reverse("incidents:report"), six_fields(hospital)).url
    page = client.get(reverse("incidents:report")).text
    number = Incident.objects.get().number
    assert f"You have already reported incident {number}" in page and f'href="{receipt}"' in page
    assert number not in executive.client.get(reverse("incidents:report")).text
    Incident.objects.update(registered_at=now - queries.LATELY)
    assert "already reported" not in client.get(reverse("incidents:report")).text


def test_the_number_to_name_is_large_and_does_not_break(colleague, hospital, now):
    receipt = the_receipt_of(colleague, hospital)
    number = Incident.objects.get().number
    assert f'<h1>Incident <span class="nowrap">{number}</span> is registered</h1>' in receipt
    assert f'<strong class="mono nowrap">{number}</strong>' in receipt.split('class="call-number"')[1].split("</p>")[0]
    assert f"<title>Incident {number} is registered" in receipt


def the_receipt_of(person, hospital, **said):
    answer = person.client.post(reverse("incidents:report"), six_fields(hospital, **said))
    return person.client.get(answer.url).content.decode()


def test_the_receipt_names_only_bodies_in_which_somebody_was_told(colleague, hospital, officer, now):
    receipt = the_receipt_of(colleague, hospital)
    assert "A message to 1 person was queued." in receipt
    assert receipt.count("Nobody is registered. Please call them.") == 1
    assert "The ministry has been asked to call the number you gave." in receipt


def test_the_receipt_promises_no_call_that_nobody_owes(colleague, hospital, now):
    receipt = the_receipt_of(colleague, hospital)
    assert "nobody will call you" in receipt and "has been asked to call" not in receipt
    assert receipt.count("Nobody is registered. Please call them.") == 2


def test_the_receipt_of_an_exercise_sends_nobody_to_the_telephone(colleague, hospital, now):
    receipt = the_receipt_of(colleague, hospital, is_drill="on")
    assert "tel:" not in receipt and "Please call" not in receipt


def test_whom_to_call_stands_on_the_receipt_and_says_what_nobody_has_confirmed(colleague, hospital, now):
    receipt = the_receipt_of(colleague, hospital)
    for office in offices.shipped():
        assert office.name_en in receipt and (not office.dialled or f'href="tel:{office.dialled}"' in receipt)
    assert receipt.count("To be confirmed") >= 3
    assert "No number is recorded here." in receipt


def test_whom_to_call_stands_on_what_the_institution_owes_about_it_and_not_on_what_others_owe(
    manager, officer, incident
):
    owed = Duty.objects.filter(subject="incident", subject_id=str(incident.pk))
    own, call_back = owed.filter(institution_id=incident.institution_id)[0], owed.exclude(role="")[0]
    page = manager.client.get(reverse("duties:detail", args=[own.pk])).content.decode()
    assert "Whom to call" in page
    assert all(f'href="tel:{office.dialled}"' in page for office in offices.shipped() if office.dialled)
    assert "Whom to call" not in officer.client.get(reverse("duties:detail", args=[call_back.pk])).content.decode()
    Incident.objects.update(is_drill=True)
    assert "tel:" not in manager.client.get(reverse("duties:detail", args=[own.pk])).content.decode()


def test_a_number_that_the_installation_recorded_is_the_one_shown(manager, incident, settings, tmp_path):
    body = incident.institution.jurisdiction.code
    row = f"""
        [[offices]]
        id = "inspecting-body"
        jurisdiction = "{body}"
        name_ja = "保健所"
        name_en = "Health centre"
        phone = "0138-11-2233"
        source_ja = "市の案内"
        source_en = "page of the city"
        as_of = 2026-11-01
        is_confirmed = true
    """
    (tmp_path / "offices.toml").write_text(row, encoding="utf-8")
    settings.HOME = tmp_path
    offices.known.cache_clear()
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    offices.known.cache_clear()
    assert 'href="tel:0138112233"' in page and "No number is recorded here." not in page


def test_a_leak_that_nobody_asked_about_is_not_said_by_anyone(manager, incident):
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    # Neither the leak nor when it happened.
    assert page.count("Not asked yet") == 2 and Field.LEAK not in queries.statements_of(incident.pk)


def test_a_group_in_which_somebody_works_stays_open(manager, incident):
    answer = manager.client.post(
        reverse("incidents:answer-step", args=[incident.pk]), {"answer": "cut-backup-line|done"}
    )
    assert answer.url.endswith("?open=first-steps#first-steps")
    page = manager.client.get(answer.url.partition("#")[0]).content.decode()
    assert '<details class="fold" id="first-steps" open>' in page and "(1 of 5 answered)" in page
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert '<details class="fold" id="first-steps">' in page


def test_what_is_known_comes_before_anything_to_press(manager, incident):
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    main = page[page.index("<main") :]
    assert main.index("電子カルテが開かず") < main.index("<button") and main.index("What is known") < main.index(
        "First steps"
    )


def test_an_analyst_is_led_to_the_draft_and_to_no_page_that_is_closed_to_them(analyst, incident):
    page = analyst.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert reverse("disclosure:draft", args=[incident.pk]) in page
    main = page[page.index("<main") :]
    links = set(re.findall(r'href="(/(?:duties|incidents|disclosures)/[^"#?]*)', main))
    assert {link: analyst.client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_an_officer_sees_why_somebody_else_drafts(officer, incident):
    page = officer.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert "Draft what the sector may know" in page and "None of your roles allows this." in page
    assert reverse("disclosure:draft", args=[incident.pk]) not in page


def test_who_may_not_report_reads_so_in_the_list(analyst, incident):
    page = analyst.client.get(reverse("incidents:list")).content.decode()
    assert f'href="{reverse("incidents:report")}"' not in page and "None of your roles allows this." in page


def test_every_field_is_kept_while_one_types(manager, hospital, now):
    client = manager.client
    typed = {"seen": "half a sen", "noticed_at": "2026-11-2", "systems": ["charts", "meals"]}
    assert client.post(reverse("incidents:save-draft"), typed, headers={"HX-Request": "true"}).status_code == 204
    page = client.get(reverse("incidents:report")).content.decode()
    assert "half a sen" in page and 'value="2026-11-2"' in page and page.count("checked") >= 2
    assert client.post(reverse("incidents:save-draft"), typed).status_code == 302
    client.post(reverse("incidents:discard-draft"))
    assert not Draft.objects.exists()


def test_the_page_of_an_incident_shows_what_stands_in_the_way(manager, incident):
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert incident.number in page and "What must be done" in page
    assert Entry.objects.filter(verb="incident.open", subject_id=str(incident.pk)).count() == 1


def test_a_refused_phase_stays_visible_and_says_why(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.REVIEW)
    page = manager.client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert "2 duties still hang on this incident." in page
    assert "disabled" in page
    answer = manager.client.post(reverse("incidents:move", args=[incident.pk]), {"phase": "closed"})
    assert answer.status_code == 403
    assert b"duties still hang" in answer.content


@pytest.mark.parametrize("who", ["stranger"])
def test_another_hospital_finds_nothing(request, incident, who):
    client = request.getfixturevalue(who).client
    for name in ("detail", "receipt"):
        assert client.get(reverse(f"incidents:{name}", args=[incident.pk])).status_code == 404
    for name in ("state", "answer-step", "note", "move", "add-indicators", "extract", "confirm"):
        assert client.post(reverse(f"incidents:{name}", args=[incident.pk])).status_code == 404
    assert incident.number.encode() not in client.get(reverse("incidents:list")).content


def test_the_list_searches_and_exports(officer, incident):
    client = officer.client
    assert incident.number in client.get(reverse("incidents:list"), {"q": incident.number}).content.decode()
    assert incident.number not in client.get(reverse("incidents:list"), {"q": "nothing like it"}).content.decode()
    exported = b"".join(client.get(reverse("incidents:list"), {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert incident.number in exported


def test_what_is_known_now_is_recorded_only_where_it_changed(manager, incident):
    said = {"care": "limited", "leak": "feared", "systems": ["charts"]}
    manager.client.post(reverse("incidents:state", args=[incident.pk]), said)
    incident.refresh_from_db()
    assert incident.leak == Leak.FEARED
    changed = [entry.facts["field"] for entry in queries.timeline_of(incident.pk) if entry.kind == "stated"]
    assert changed == [Field.LEAK]


def test_first_steps_notes_and_phases_are_recorded(manager, incident):
    client = manager.client
    client.post(reverse("incidents:answer-step", args=[incident.pk]), {"answer": "cut-backup-line|done"})
    assert queries.steps_of(incident.pk)[1].answer is StepAnswer.DONE
    client.post(reverse("incidents:note", args=[incident.pk]), {"text": "the vendor is on the phone"})
    client.post(reverse("incidents:move", args=[incident.pk]), {"phase": "active"})
    page = client.get(reverse("incidents:detail", args=[incident.pk])).content.decode()
    assert "the vendor is on the phone" in page and "Suspected → Being handled" in page


def test_indicators_are_recognised_when_they_are_typed(manager, incident):
    client = manager.client
    typed = "45[.]83[.]64[.]1\nhxxp://bad.site.com/x\n" + "a" * 64
    client.post(reverse("incidents:add-indicators", args=[incident.pk]), {"values": typed})
    assert {row.kind for row in queries.indicators_of(incident.pk)} == {"ipv4", "url", "sha256"}
    first = queries.indicators_of(incident.pk)[0]
    client.post(reverse("incidents:remove-indicator", args=[first.pk]))
    assert len(queries.indicators_of(incident.pk)) == 2


def test_a_typing_error_names_its_line_and_loses_nothing(manager, incident):
    typed = "45.83.64.1\n\n45.83.64.999\nevil.example.net\n???"
    answer = manager.client.post(reverse("incidents:add-indicators", args=[incident.pk]), {"values": typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 3" in page and "Line 5" in page and "Line 1:" not in page and "Line 4" not in page
    assert "45.83.64.1\n\n45.83.64.999\nevil.example.net\n???" in page
    assert '<details class="fold" id="attaching" open>' in page
    assert not queries.indicators_of(incident.pk)
    empty = manager.client.post(reverse("incidents:add-indicators", args=[incident.pk]), {"values": " \n "})
    assert empty.status_code == 422


def test_nothing_from_a_file_is_stored_before_it_is_confirmed(manager, incident):
    client = manager.client
    lines = "\n".join([json.dumps(EVENT), "broken"]) + "\n"
    upload = SimpleUploadedFile("eve.json", lines.encode())
    page = client.post(reverse("incidents:extract", args=[incident.pk]), {"file": upload}).content.decode()
    assert "45.83.64.1" in page and "1 lines were not" in page and "not JSON" in page
    assert not queries.indicators_of(incident.pk)
    chosen = "ipv4|ET MALWARE beacon|45.83.64.1"
    client.post(reverse("incidents:confirm", args=[incident.pk]), {"chosen": [chosen, "nonsense", "ipv4|x"]})
    (row,) = queries.indicators_of(incident.pk)
    assert (row.value, row.context, row.origin) == ("45.83.64.1", "ET MALWARE beacon", "extracted")


def test_the_own_addresses_of_the_hospital_are_not_proposed(manager, incident, now):
    register.enter_network(incident.institution_id, "45.83.64.0/28", by=manager.account.pk, now=now)
    upload = SimpleUploadedFile("eve.json", json.dumps(EVENT).encode())
    page = manager.client.post(reverse("incidents:extract", args=[incident.pk]), {"file": upload}).content.decode()
    assert "45.83.64.1" not in page


def test_one_odd_url_does_not_break_the_page_of_candidates(manager, incident):
    odd = EVENT | {"http": {"hostname": "evil.example.net", "url": "http://evil.example.net:99999/"}}
    upload = SimpleUploadedFile("eve.json", f"{json.dumps(odd)}\n{json.dumps(EVENT)}\n".encode())
    answer = manager.client.post(reverse("incidents:extract", args=[incident.pk]), {"file": upload})
    assert answer.status_code == 200
    assert "45.83.64.1" in answer.content.decode()
    assert "1 values were left out" in answer.content.decode()


def test_a_file_that_is_none_is_refused_by_name(manager, incident):
    upload = SimpleUploadedFile("memo.docx", b"PK\x03\x04 broken")
    answer = manager.client.post(reverse("incidents:extract", args=[incident.pk]), {"file": upload})
    assert answer.status_code == 422 and b"memo.docx" in answer.content
    assert manager.client.post(reverse("incidents:extract", args=[incident.pk])).status_code == 422


@pytest.mark.parametrize(("kind", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK")])
def test_the_receipt_is_a_file_to_keep_or_to_go_on_writing(manager, stranger, incident, kind, begins):
    url = reverse(f"incidents:receipt-{kind}", args=[incident.pk])
    assert url in manager.client.get(reverse("incidents:receipt", args=[incident.pk])).text
    answer = manager.client.get(url)
    assert answer.content.startswith(begins)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="receipt-{incident.number}.{kind}"'
    assert stranger.client.get(url).status_code == 404


def test_the_receipt_in_word_tells_number_place_and_whom_to_call(manager, hospital, incident):
    made = manager.client.get(reverse("incidents:receipt-docx", args=[incident.pk])).content
    paper = docx.Document(io.BytesIO(made))
    text = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert incident.number in text and hospital.name in text and "Whom to call" in text
    assert len(paper.tables) == 3
