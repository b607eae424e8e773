"""Answering at a browser: saved at every field, nobody writes over anybody, and nothing typed is lost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.audit.models import Entry
from sonae.core.institutions import services as register
from sonae.core.instruments import queries, services, testing
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages import overview
from sonae.core.instruments.response_rules import LARGEST_ANSWER
from sonae.core.instruments.vocabulary import Origin, ResponseState
from sonae.testing.cast import NOW

FORM = """\
id: readiness
edition: "2026"
title: {ja: 備えの確認, en: Readiness}
respondent: facility
fiscal_year: 2026
source: {ja: 試験用, en: Made for tests, as_of: 2026-11-22, unverified: true}
choices:
  - name: systems
    choices:
      - {value: charts, label: {ja: 電子カルテ, en: Charts}}
      - {value: pacs, label: {ja: 画像, en: Images}}
items:
  - question: gate
    kind: yes_no
    label: {ja: 運用している, en: Systems are in use}
    required: true
  - section: organisation
    number: "1"
    label: {ja: 体制, en: Organisation}
    relevant: ${gate} = 'yes'
    items:
      - question: manager
        kind: yes_no
        number: "1-1"
        label: {ja: 責任者を置いている, en: Somebody is responsible}
        hint: {ja: 兼務でもよい, en: Also beside other work}
        targets: [server]
        dates: {rounds: 1}
        required: true
      - question: beds
        kind: number
        label: {ja: 病床数, en: Beds}
        unit: {ja: 床, en: beds}
        whole: true
        least: 0
        required: true
      - question: remark
        kind: text
        may_be_unknown: true
        label: {ja: 備考, en: Remark}
      - question: which
        kind: multiple
        choices: systems
        label: {ja: 対象, en: Which systems}
      - question: devices
        kind: table
        label: {ja: 機器, en: Devices}
        columns:
          - {question: device, kind: text, label: {ja: 名称, en: Device name}}
          - {question: patched, kind: yes_no, label: {ja: 更新済み, en: Patched}}
"""
DATED = {"answer": "yes", "checked_on": ["2026-05-01"]}
COMPLETE = {"gate": "yes", "manager": DATED, "beds": 120}


@pytest.fixture
def edition(officer):
    return testing.an_edition(by=officer.viewer, now=NOW, form=FORM)


@pytest.fixture
def response(edition, hospital, manager):
    return services.open_response(edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)


def save(response, answers, person, **more):
    seen = Response.objects.get(pk=response.pk).revision
    return services.save_answers(response.pk, answers, seen=seen, by=person.viewer, now=NOW, **more)


def url(name, response, *more):
    return reverse(f"instruments:{name}", args=[response.pk, *more])


def form_on(text):
    """What a browser sends back of the questions on a page: hidden fields, and what stands in the visible ones."""
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        facts = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        is_set = facts.get("type") not in ("radio", "checkbox") or tag.rstrip(">").rstrip().endswith("checked")
        if is_set and re.match(r"(answer|was|rows|conflict|choice):", facts.get("name", "")):
            fields.setdefault(facts["name"], []).append(facts["value"])
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        fields[name] = [value]
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        fields[name] = [chosen[1] if chosen else ""]
    return fields


def send(client, response, number, changes, *, fields=None, **headers):
    address = url("page", response, number)
    fields = form_on(client.get(address).text) if fields is None else dict(fields)
    return client.post(address, fields | {"then": "stay"} | changes, headers=headers)


# --- Lists and beginning ---------------------------------------------------------------------------------------------


def test_an_edition_is_read_by_everybody_and_begun_by_a_manager(edition, hospital, manager, colleague, vendor_person):
    page = colleague.client.get(reverse("instruments:edition", args=[edition.pk]))
    assert "Somebody is responsible" in page.text
    assert "Begin or go on" not in page.text
    assert vendor_person.client.get(reverse("instruments:editions")).status_code == 403
    client = manager.client
    assert "Readiness" in client.get(reverse("instruments:editions")).text
    begin = reverse("instruments:begin", args=[edition.pk])
    first = client.post(begin, {"institution": hospital.pk})
    response = Response.objects.get()
    assert first.headers["Location"] == url("response", response)
    assert response.occasion == "2026"
    again = client.post(begin, {"institution": hospital.pk}, follow=True)
    assert Response.objects.count() == 1
    assert "Missing or to be corrected" in again.text


def test_nobody_begins_for_another_institution(edition, other_hospital, manager):
    answer = manager.client.post(reverse("instruments:begin", args=[edition.pk]), {"institution": other_hospital.pk})
    assert answer.status_code == 422
    assert not Response.objects.exists()


def test_a_form_of_vendors_is_begun_about_a_vendor(officer, hospital, manager, vendor):
    edition = testing.an_edition(
        by=officer.viewer, now=NOW, form=FORM.replace("respondent: facility", "respondent: vendor")
    )
    link = register.link_vendor(
        institution_id=hospital.pk, vendor_id=vendor.pk, service="画像", by=manager.account.pk, now=NOW
    )
    manager.client.post(reverse("instruments:begin", args=[edition.pk]), {"vendor": link.pk})
    assert Response.objects.get().vendor == vendor


def test_the_list_shows_own_drafts_and_of_others_what_was_submitted(response, manager, inspector, stranger):
    address = reverse("instruments:list")
    assert str(response.pk) in manager.client.get(address).text
    for person in (inspector, stranger):
        assert str(response.pk) not in person.client.get(address).text
    save(response, COMPLETE, manager)
    services.submit(response.pk, seen=1, by=manager.viewer, now=NOW)
    assert str(response.pk) in inspector.client.get(address, {"q": "readi", "state": "submitted"}).text
    assert str(response.pk) not in stranger.client.get(address).text
    assert Entry.objects.filter(verb="response.list").exists()
    assert "Readiness" in manager.client.get(address, {"export": "csv"}).getvalue().decode()


@pytest.mark.parametrize("query", [{"fiscal_year": "99999999999999999999"}, {"fiscal_year": "x"}, {"state": "x"}])
def test_a_list_with_conditions_that_make_no_sense_is_a_page(response, manager, query):
    assert manager.client.get(reverse("instruments:list"), query).status_code == 200


# --- A page of questions ---------------------------------------------------------------------------------------------


def test_a_page_shows_number_hint_device_source_and_what_is_missing(response, manager):
    save(response, {"gate": "yes"}, manager)
    text = manager.client.get(url("page", response, 2)).text
    for said in ("1-1 Somebody is responsible", "Also beside other work", "Servers", "Made for tests", "beds",
                 "0 of 5 answered", "Not answered yet."):  # fmt: skip
        assert said in text, said


def test_answers_are_saved_without_a_script_and_the_next_section_appears(response, manager):
    client = manager.client
    assert "Depends on your answers on page 1." in client.get(url("response", response)).text
    answer = send(client, response, 1, {"answer:gate": "yes", "then": "next"})
    assert answer.headers["Location"] == url("page", response, 2)
    changes = {
        "answer:manager": "no", "answer:manager@checked": "2026-05-01", "answer:manager@target": "2026-12-01",
        "answer:beds": "１２０", "answer:which": ["charts", "pacs"],
        "answer:devices:0:device": "VPN", "answer:devices:0:patched": "no",
    }  # fmt: skip
    assert send(client, response, 2, changes).status_code == 302
    assert Response.objects.get().answers == {
        "gate": "yes",
        "manager": {"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2026-12-01"},
        "beds": 120,
        "which": ["charts", "pacs"],
        "devices": [{"device": "VPN", "patched": "no"}],
    }
    page = client.get(url("page", response, 2)).text
    assert "4 of 5 answered" in page
    assert "備前 守" in page


def test_a_section_says_on_which_page_it_depends_until_that_is_answered(response, manager):
    client = manager.client
    assert "Depends on your answers on page 1." in client.get(url("response", response)).text
    save(response, {"gate": "no"}, manager)
    page = client.get(url("response", response)).text
    assert "Not asked after your other answers." in page
    assert "Depends on your answers" not in page


def test_an_answer_that_is_refused_counts_as_open(response, manager):
    save(response, {"gate": "yes", "manager": {"answer": "yes"}, "beds": 3}, manager)

    def counted():
        found = Response.objects.get(pk=response.pk)
        parts = overview.parts(found, queries.findings_of(found, now=NOW))
        return parts[1].progress.answered

    before = counted()
    save(response, {"beds": -1}, manager)
    assert counted() == before - 1
    # The row without the date of its check was never counted.
    save(response, {"manager": {"answer": "yes", "checked_on": ["2026-05-01"]}}, manager)
    assert counted() == before


def test_whoever_hands_over_is_not_offered_themselves(response, manager, colleague):
    page = manager.client.get(url("response", response)).text
    chosen = page[page.index('name="colleague"') :]
    chosen = chosen[: chosen.index("</select>")]
    assert str(colleague.account.pk) in chosen
    assert str(manager.account.pk) not in chosen
    refused = manager.client.post(url("hand-over", response), {"colleague": manager.account.pk})
    assert refused.status_code == 422


def test_what_is_wrong_is_kept_and_said_beside_the_question(response, manager):
    client = manager.client
    save(response, {"gate": "yes"}, manager)
    send(client, response, 2, {"answer:beds": "many", "answer:devices:0:patched": "yes"})
    text = client.get(url("page", response, 2)).text
    assert 'value="many"' in text
    assert "A number is expected, not “many”." in text
    assert "many" in client.get(url("response", response)).text


def test_pages_ask_the_database_as_often_however_much_was_answered(response, manager):
    client = manager.client

    def looks():
        counts = []
        for address in (url("page", response, 2), url("response", response), url("sheet", response)):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts.append(len(asked))
        return counts

    save(response, {"gate": "yes", "remark": "x"}, manager)
    looks()
    few = looks()
    save(response, COMPLETE | {"devices": [{"device": f"VPN {number}"} for number in range(40)]}, manager)
    assert looks() == few
    assert max(few) <= 20


def test_a_page_nobody_touched_changes_nothing(response, manager):
    save(response, COMPLETE | {"devices": [{"device": "VPN"}], "which": ["pacs"], "remark": "a\nb"}, manager)
    send(manager.client, response, 2, {})
    assert Response.objects.get().revision == 1


def test_the_second_of_two_sees_the_first_and_chooses(response, manager, colleague):
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    save(response, {"gate": "yes", "beds": 10, "remark": "old"}, manager)
    mine, theirs = manager.client, colleague.client
    on_my_screen = form_on(mine.get(url("page", response, 2)).text)
    send(theirs, response, 2, {"answer:beds": "90", "answer:remark": "theirs"})
    refused = send(mine, response, 2, {"answer:beds": "120"}, fields=on_my_screen)
    assert refused.status_code == 409
    # What I did not touch is no conflict; what we both changed is shown twice, and nothing is written over.
    assert Response.objects.get().answers == {"gate": "yes", "beds": 90, "remark": "theirs"}
    assert refused.text.count("Two people answered this.") == 1
    assert 'value="120"' in refused.text
    assert "The saved one: 90 beds (備前 看子" in refused.text
    # Something else that is saved decides nothing.
    on_my_screen = form_on(refused.text)
    still = send(mine, response, 2, {"answer:remark": "both"}, fields=on_my_screen)
    assert still.status_code == 409
    assert Response.objects.get().answers["beds"] == 90
    assert Response.objects.get().answers["remark"] == "both"
    chosen = send(mine, response, 2, {"choice:beds": "mine"}, fields=form_on(still.text))
    assert chosen.status_code == 302
    assert Response.objects.get().answers["beds"] == 120
    again = send(theirs, response, 2, {"answer:beds": "1", "choice:beds": "theirs", "conflict:beds": "1"})
    assert again.status_code == 302
    assert Response.objects.get().answers["beds"] == 120


def test_with_a_script_one_field_is_saved_and_only_what_changed_comes_back(response, manager, colleague):
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    save(response, {"gate": "yes", "beds": 10}, manager)
    client = manager.client
    fields = form_on(client.get(url("page", response, 2)).text)
    send(colleague.client, response, 2, {"answer:remark": "theirs"})
    part = send(client, response, 2, {"answer:beds": "-1"}, fields=fields, hx_request="true")
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "The smallest possible number is 0." in part.text
    assert "Somebody else has answered this meanwhile: theirs" in part.text
    assert "1 of 5 answered" in part.text
    assert 'id="q-2"' not in part.text
    # The page still shows the remark as it was: changing it now is a conflict, changing the number again is none.
    later = fields | form_on(part.text)
    both = send(client, response, 2, {"answer:beds": "5", "answer:remark": "mine"}, fields=later, hx_request="true")
    assert Response.objects.get().answers == {"gate": "yes", "beds": 5, "remark": "theirs"}
    assert "Two people answered this." in both.text
    assert "Please choose which answer stands." in both.text


def test_with_a_script_what_depends_on_an_answer_comes_and_goes(officer, hospital, manager):
    flat = FORM.replace("  - section: organisation", "  - question: why\n    kind: text\n    label: {en: Why not}\n"
                        "    relevant: ${gate} = 'no'\n  - section: organisation")  # fmt: skip
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=flat)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    client = manager.client
    fields = form_on(client.get(url("page", response, 1)).text)
    assert "was:why" not in fields
    came = send(client, response, 1, {"answer:gate": "no"}, fields=fields, hx_request="true")
    assert 'name="answer:why"' in came.text
    went = send(client, response, 1, {"answer:gate": "yes"}, fields=fields | form_on(came.text), hx_request="true")
    assert '<div id="q-2" hx-swap-oob="true">' in went.text
    assert 'name="answer:why"' not in went.text


def test_answers_that_are_not_asked_any_more_are_shown_and_taken_away_together(response, manager):
    save(response, COMPLETE | {"gate": "no"}, manager)
    client = manager.client
    assert "Take away answers" in client.get(url("response", response)).text
    late = client.post(url("clear", response), {"seen": "0"}, follow=True)
    assert "Somebody else changed this" in late.text
    client.post(url("clear", response), {"seen": "1"})
    assert {id_ for id_, answer in Response.objects.get().answers.items() if answer} == {"gate"}
    assert "Nothing is missing." in client.get(url("response", response)).text


def test_what_no_browser_shows_is_not_taken_away_by_the_next_save(response, manager):
    wrong = {
        "gate": "yes",
        "manager": {"answer": "out_of_scope", "checked_on": ["soon"]},
        "which": ["charts", "nothing"],
    }
    save(response, wrong, manager)
    assert send(manager.client, response, 2, {"answer:beds": "3"}).status_code == 302
    assert Response.objects.get().answers == wrong | {"beds": 3}


def test_a_date_without_an_answer_is_kept_and_the_answer_is_missing(response, manager):
    save(response, {"gate": "yes"}, manager)
    send(manager.client, response, 2, {"answer:manager@checked": "2026-05-01"})
    text = manager.client.get(url("page", response, 2)).text
    assert 'value="2026-05-01"' in text
    assert "Not answered yet." in text
    assert "None" not in text


def test_not_known_yet_is_said_where_the_form_allows_it(response, manager):
    save(response, {"gate": "yes", "remark": "old"}, manager)
    client = manager.client
    text = client.get(url("page", response, 2)).text
    assert text.count("Not known at this moment") == 1
    send(client, response, 2, {"answer:remark@unknown": "now"})
    assert Response.objects.get().answers["remark"] == {"unknown_as_of": "2026-11-23T18:00:00+09:00"}
    assert "Not known as of Mon 23 Nov 2026 18:00 JST" in client.get(url("page", response, 2)).text
    send(client, response, 2, {"answer:remark": "known"})
    assert Response.objects.get().answers["remark"] == "known"


def test_an_answer_from_elsewhere_says_where_it_comes_from(response, manager):
    save(response, {"gate": "yes"}, manager)
    save(response, {"beds": 120}, manager, origin=Origin.REGISTER, source="2026-04-01")
    assert "Taken from the register: 2026-04-01" in manager.client.get(url("page", response, 2)).text


def test_what_is_too_large_is_refused_and_stays_on_the_page(response, manager):
    save(response, {"gate": "yes"}, manager)
    answer = send(manager.client, response, 2, {"answer:remark": "x" * (LARGEST_ANSWER + 1), "answer:beds": "3"})
    assert answer.status_code == 422
    assert "x" * (LARGEST_ANSWER + 1) in answer.text
    assert Response.objects.get().answers == {"gate": "yes", "beds": 3}


def test_what_is_typed_after_somebody_submitted_is_not_lost(response, manager):
    save(response, COMPLETE, manager)
    client = manager.client
    fields = form_on(client.get(url("page", response, 2)).text)
    services.submit(response.pk, seen=1, by=manager.viewer, now=NOW)
    answer = send(client, response, 2, {"answer:remark": "kept on the page"}, fields=fields)
    assert answer.status_code == 422
    assert "kept on the page" in answer.text
    assert "The answers cannot be changed now" in answer.text
    assert client.get(url("page", response, 2)).headers["Location"] == url("sheet", response)


@pytest.mark.parametrize(
    ("who", "overview", "page"),
    [("manager", 200, 302), ("colleague", 404, 404), ("executive", 200, 403), ("inspector", 404, 404),
     ("stranger", 404, 404), ("vendor_person", 403, 403), ("operator", 404, 404)],
)  # fmt: skip
def test_who_may_open_and_answer_a_draft(response, who, overview, page, request):
    client = request.getfixturevalue(who).client
    assert client.get(url("response", response)).status_code == overview
    assert client.post(url("page", response, 1), {"answer:gate": "yes"}).status_code == page
    assert client.get(url("page", response, 9)).status_code in (404, 403)


# --- Handing over, submitting, deciding ------------------------------------------------------------------------------


def test_a_colleague_to_whom_it_was_handed_goes_on_and_does_not_submit(response, manager, colleague, stranger):
    client = manager.client
    assert client.post(url("hand-over", response), {"colleague": stranger.account.pk}).status_code == 422
    client.post(url("hand-over", response), {"colleague": colleague.account.pk})
    assert "Readiness" in colleague.client.get(reverse("instruments:list")).text
    text = colleague.client.get(url("response", response)).text
    assert "Missing or to be corrected" in text
    assert "Submit the response" not in text
    assert send(colleague.client, response, 1, {"answer:gate": "no"}).status_code == 302


def test_submitted_returned_with_a_reason_and_accepted(response, manager, inspector):
    own, outside = manager.client, inspector.client
    assert "1 point is open" in own.get(url("response", response)).text
    save(response, COMPLETE, manager)
    assert own.post(url("submit", response), {"seen": "0"}).status_code == 403
    own.post(url("submit", response), {"seen": "1"})
    page = outside.get(url("response", response)).text
    assert "Accept the response" in page
    assert outside.post(url("return", response), {"seen": "1", "reason": " "}).status_code == 422
    outside.post(url("return", response), {"seen": "1", "reason": "病床数を確認してください。"})
    assert "病床数を確認してください。" in own.get(url("response", response)).text
    save(response, {"beds": 121}, manager)
    # Outside, what was submitted stands until it is submitted again.
    assert "120 beds" in outside.get(url("sheet", response)).text
    own.post(url("submit", response), {"seen": "2"})
    outside.post(url("accept", response), {"seen": "2"})
    assert Response.objects.get().state == ResponseState.ACCEPTED
    sheet = outside.get(url("sheet", response)).text
    assert "121 beds" in sheet
    assert "Yes / Checked on: Fri 1 May 2026" in sheet
    assert Entry.objects.filter(verb="response.open").count() >= 1


def test_an_executive_reads_nothing_of_a_draft(response, executive, manager):
    save(response, COMPLETE, manager)
    assert "Nothing has been submitted yet." in executive.client.get(url("sheet", response)).text


@pytest.mark.parametrize(("rows", "is_drawn"), [(300, True), (900, False)])
def test_a_table_with_more_fields_than_a_form_can_send_is_answered_by_workbook(response, manager, rows, is_drawn):
    save(response, COMPLETE | {"devices": [{"device": f"D{number}"} for number in range(rows)]}, manager)
    page = manager.client.get(url("page", response, 2)).content.decode()
    fields = form_on(page)
    assert sum(map(len, fields.values())) < 2_000
    assert ("rows:devices" in fields) is is_drawn
    assert ("too many rows for a page" in page) is not is_drawn
    sent = manager.client.post(url("page", response, 2), {**fields, "answer:remark": "x", "then": "stay"})
    assert sent.status_code == 302
    assert len(Response.objects.get().answers["devices"]) == rows


FILTERED = """\
id: filtered
edition: "1"
title: {ja: 絞込み, en: Filtered}
respondent: facility
choices:
  - name: sorts
    choices: [{value: net, label: {ja: 網}}, {value: pc, label: {ja: 端末}}]
  - name: devices
    choices:
      - {value: vpn, label: {ja: VPN}, columns: {of: net}}
      - {value: edr, label: {ja: EDR}, columns: {of: pc}}
items:
  - {question: sort, kind: single, choices: sorts, label: {ja: 種類}}
  - {question: which, kind: single, choices: devices, choice_filter: "of = ${sort}", label: {ja: 機器}}
  - question: table
    kind: table
    label: {ja: 表}
    columns:
      - {question: own, kind: single, choices: sorts, label: {ja: 種類2}}
      - {question: unit, kind: single, choices: devices, choice_filter: "of = ${own}", label: {ja: 機器2}}
"""


def offered_on(text, name):
    inside = re.search(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', text, re.DOTALL)
    found = re.findall(r'<option value="([^"]+)"', inside[1]) if inside else []
    return found or re.findall(rf'name="{name}" value="([^"]+)"', text)


def test_a_filter_leaves_on_the_page_what_fits_and_what_stands_there(officer, hospital, manager):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FILTERED)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    page = manager.client.get(url("page", response, 1)).content.decode()
    assert offered_on(page, "answer:which") == []
    save(response, {"sort": "net", "table": [{"own": "pc"}, {"own": "net"}]}, manager)
    page = manager.client.get(url("page", response, 1)).content.decode()
    assert offered_on(page, "answer:which") == ["vpn"]
    assert [offered_on(page, f"answer:table:{row}:unit") for row in (0, 1)] == [["edr"], ["vpn"]]
    save(response, {"which": "edr"}, manager)
    page = manager.client.get(url("page", response, 1)).content.decode()
    assert offered_on(page, "answer:which") == ["vpn", "edr"]


def test_with_a_script_what_is_offered_follows_the_answer_that_was_saved(officer, hospital, manager):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FILTERED)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    fields = form_on(manager.client.get(url("page", response, 1)).content.decode())
    sent = manager.client.post(
        url("page", response, 1), fields | {"answer:sort": "pc"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert offered_on(sent, "answer:which") == ["edr"]
