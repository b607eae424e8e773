"""The API of answering: the same verbs as the pages, and the same refusals."""

import io
import json
from datetime import timedelta

import pytest
from django.test import Client
from openpyxl import load_workbook

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import response_rules, services, testing
from sonae.core.instruments.models import Response
from sonae.testing.cast import NOW

SCOPES = (
    Permission.REGISTER_READ, Permission.RESPONSE_READ, Permission.RESPONSE_ANSWER, Permission.RESPONSE_DECIDE,
)  # fmt: skip


@pytest.fixture
def response(officer, hospital, manager):
    return testing.a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=NOW)


def ask(person, method, path, body=None, *scopes, **headers):
    client = Client(HTTP_AUTHORIZATION=f"Bearer {person.token(*(scopes or _held(person)))}")
    if body is None:
        return client.generic(method, f"/api/v1{path}", headers=headers)
    return client.generic(method, f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)


def _held(person):
    decides = (Permission.RESPONSE_ANSWER,) if person.role == "inspector" else (Permission.RESPONSE_DECIDE,)
    return [scope for scope in SCOPES if scope not in decides]


def test_an_edition_is_read_with_what_it_asks(manager, response):
    page = ask(manager, "GET", "/instruments").json()
    assert [row["instrument"] for row in page["items"]] == ["readiness"]
    found = ask(manager, "GET", f"/instruments/{response.edition_id}").json()
    assert [item["id"] for item in found["definition"]["items"]] == ["gate", "organisation"]


def test_a_response_is_begun_answered_one_by_one_and_submitted(officer, hospital, manager, inspector, response):
    body = {"edition_id": str(response.edition_id), "institution_id": hospital.pk, "occasion": "api"}
    begun = ask(manager, "POST", "/responses", body).json()
    assert ask(manager, "POST", "/responses", body).json()["id"] == begun["id"]
    path = f"/responses/{begun['id']}"
    saved = ask(manager, "POST", f"{path}/answers", {"seen": 0, "answers": {"gate": "yes", "nothing": 1}}).json()
    assert (saved["revision"], saved["saved"]) == (1, ["gate"])
    assert [(one["question"], one["reason"]) for one in saved["refused"]] == [("nothing", "response_question_unknown")]
    refused = ask(manager, "POST", f"{path}/submission", {"seen": 1})
    assert (refused.status_code, refused.json()["reason"]) == (403, "response_not_complete")
    assert refused.headers["Content-Type"] == "application/problem+json"

    found = ask(manager, "GET", path).json()
    assert found["answers"] == {"gate": "yes"}
    assert [(mark["question"], mark["origin"], mark["by"]) for mark in found["marks"]] == [
        ("gate", "typed", str(manager.account.pk))
    ]
    assert [(one["question"], one["reason"]) for one in found["findings"]] == [("beds", "answer_missing")]
    ask(manager, "POST", f"{path}/answers", {"seen": 1, "answers": {"beds": 12}})
    assert ask(manager, "POST", f"{path}/submission", {"seen": 2}).json()["state"] == "submitted"

    returned = ask(inspector, "POST", f"{path}/return", {"seen": 2, "reason": "確認日"}).json()
    assert returned["state"] == "returned"
    ask(manager, "POST", f"{path}/submission", {"seen": 2})
    assert ask(inspector, "POST", f"{path}/acceptance", {"seen": 2}).json()["state"] == "accepted"
    outside = ask(inspector, "GET", path).json()
    assert (outside["answers"], outside["marks"], outside["findings"]) == ({"gate": "yes", "beds": 12}, [], [])


def test_what_somebody_else_changed_stands_and_is_named(manager, colleague, response):
    services.save_answers(response.pk, {"gate": "yes"}, seen=0, by=manager.viewer, now=NOW)
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    services.save_answers(response.pk, {"gate": "no"}, seen=1, by=colleague.viewer, now=NOW)
    answer = ask(manager, "POST", f"/responses/{response.pk}/answers", {"seen": 1, "answers": {"gate": "yes"}}).json()
    assert [one["reason"] for one in answer["refused"]] == ["response_changed_meanwhile"]
    assert answer["refused"][0]["facts"]["by"] == str(colleague.account.pk)
    assert Response.objects.get().answers == {"gate": "no"}


def test_questions_that_are_not_asked_are_named(manager, response):
    services.save_answers(response.pk, {"gate": "no"}, seen=0, by=manager.viewer, now=NOW)
    found = ask(manager, "GET", f"/responses/{response.pk}").json()
    assert {one["question"] for one in found["not_asked"]} == {"beds", "remark", "plan"}


def test_the_same_key_saves_once(manager, response):
    body = {"seen": 0, "answers": {"gate": "yes"}}
    first = ask(manager, "POST", f"/responses/{response.pk}/answers", body, **{"Idempotency-Key": "k1"})
    assert first.status_code == 200
    assert Response.objects.get().revision == 1


def test_a_list_is_cut_into_pages(officer, hospital, manager, response):
    for occasion in ("a", "b"):
        testing.a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=NOW, occasion=occasion)
    first = ask(manager, "GET", "/responses?limit=2").json()
    rest = ask(manager, "GET", f"/responses?limit=2&cursor={first['next_cursor']}").json()
    assert [len(first["items"]), len(rest["items"]), rest["next_cursor"]] == [2, 1, ""]
    assert ask(manager, "GET", "/responses?state=accepted").json()["items"] == []


def test_a_workbook_goes_out_and_comes_back(manager, response):
    file = ask(manager, "GET", f"/responses/{response.pk}/workbook")
    assert file.status_code == 200
    book = load_workbook(io.BytesIO(file.content))
    sheet = book.worksheets[0]
    row = next(row for row in sheet.iter_rows() if row[0].value == "gate")
    row[4].value = "No"
    changed = io.BytesIO()
    book.save(changed)
    client = Client(HTTP_AUTHORIZATION=f"Bearer {manager.token(*_held(manager))}")
    changed.seek(0)
    changed.name = "a.xlsx"
    taken = client.post(f"/api/v1/responses/{response.pk}/workbook", {"file": changed}).json()
    assert (taken["saved"], taken["findings"]) == (["gate"], [])
    broken = io.BytesIO(b"no workbook")
    broken.name = "a.xlsx"
    refused = client.post(f"/api/v1/responses/{response.pk}/workbook", {"file": broken})
    assert refused.status_code == 422
    assert refused.json()["problems"]


def test_a_token_without_the_scope_reads_and_answers_nothing(manager, response):
    path = f"/responses/{response.pk}"
    assert ask(manager, "GET", path, None, Permission.REGISTER_READ).status_code == 403
    body = {"seen": 0, "answers": {}}
    assert ask(manager, "POST", f"{path}/answers", body, Permission.RESPONSE_READ).status_code == 403


@pytest.mark.parametrize("number", [10**400, -(10**400), 10**15 + 1, float("inf"), float("nan")])
def test_a_number_that_no_database_keeps_is_refused_and_not_stumbled_over(number):
    assert not response_rules.is_storable(number)


def test_what_is_known_is_filled_in_on_demand(officer, hospital, manager):
    form = testing.FORM.replace("label: {ja: 病床数}", "label: {ja: 病床数}\n        prefill: register.licensed_beds")
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=form)
    begun = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="x", by=manager.viewer, now=NOW - timedelta(days=1)
    )
    Response.objects.update(answers={"gate": "yes"}, marks={})
    assert ask(manager, "POST", f"/responses/{begun.pk}/prefill").json() == {"filled": ["beds"]}
