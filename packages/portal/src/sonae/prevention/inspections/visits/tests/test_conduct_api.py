"""A visit and a correction from the plan to the end over the API, by the tokens of those who may."""

import json
from uuid import uuid4

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.notifications.models import Message
from sonae.prevention.inspections.visits import services
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.testing import (
    OTHER_DEVICE,
    VISIT_ON,
    a_form,
    a_visit,
    an_entry,
    note,
    seen_in_full,
    signed,
)
from sonae.prevention.inspections.visits.vocabulary import Side, VisitState
from sonae.testing import cast
from sonae.testing.cast import NOW, bearer

VISITS, CORRECTIONS = "/api/v1/inspections", "/api/v1/inspection-corrections"
WHY = "日程の調整がついたため"


@pytest.fixture
def conducting(inspector):
    return bearer(inspector.token(Permission.INSPECTION_READ, Permission.INSPECTION_CONDUCT))


@pytest.fixture
def correcting(manager):
    return bearer(manager.token(Permission.INSPECTION_READ, Permission.INSPECTION_CORRECT))


def sent(client, url, **body):
    return client.post(url, json.dumps(body), content_type="application/json")


def state_after(client, visit, verb, **body):
    answer = sent(client, f"{VISITS}/{visit.pk}/{verb}", **body)
    assert answer.status_code == 200, answer.text
    return answer.json()["state"]


def test_a_visit_is_arranged_announced_moved_begun_and_cancelled(conducting, hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    visit = Visit.objects.get(pk=services.plan(hospital.pk, fiscal_year=2026, by=inspector.viewer, now=NOW).pk)
    team = [str(inspector.account.pk)]
    assert state_after(conducting, visit, "arrangement", on="2026-12-03", team=team) == VisitState.PLANNED
    assert state_after(conducting, visit, "announcement") == VisitState.ANNOUNCED
    assert Message.objects.filter(template="inspections/visit_announced", account=manager.account).count() == 1
    assert state_after(conducting, visit, "day", on="2026-12-10", why=WHY) == VisitState.ANNOUNCED
    visit.refresh_from_db()
    assert visit.on.isoformat() == "2026-12-10"
    assert state_after(conducting, visit, "start") == VisitState.UNDER_WAY
    assert state_after(conducting, visit, "cancellation", why=WHY) == VisitState.CANCELLED
    again = sent(conducting, f"{VISITS}/{visit.pk}/start")
    assert (again.status_code, again.json()["reason"]) == (403, "not_ahead")


def test_rules_of_the_pages_hold_for_programs_too(conducting, correcting, hospital, inspector, manager):
    a_form(by=inspector.viewer, now=NOW)
    visit = services.plan(hospital.pk, fiscal_year=2026, by=inspector.viewer, now=NOW)
    unknown = sent(conducting, f"{VISITS}/{visit.pk}/arrangement", on="2026-12-03", team=[str(manager.account.pk)])
    assert (unknown.status_code, unknown.json()["reason"]) == (403, "team_unknown")
    assert sent(conducting, f"{VISITS}/{visit.pk}/announcement").json()["reason"] == "date_missing"
    assert sent(conducting, f"{VISITS}/{visit.pk}/arrangement", on="soon", team=[]).status_code == 422
    assert sent(correcting, f"{VISITS}/{visit.pk}/start").status_code == 403
    assert sent(conducting, f"{VISITS}/{uuid4()}/start").status_code == 404


def test_a_conflict_is_decided_as_it_was_seen(conducting, hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    note(visit, [an_entry("bcp", now=NOW)], by=inspector.viewer, now=NOW)
    later = an_entry("bcp", now=NOW, value="absent")
    colleague = cast.a_person(inspector.role, at=inspector.place)
    services.note_entries(visit.pk, [later], device=OTHER_DEVICE, by=colleague.viewer, now=NOW)
    url = f"{VISITS}/{visit.pk}/conflicts/{later.id}/decision"
    stale = sent(conducting, url, take="mine", seen_revision=0)
    assert (stale.status_code, stale.json()["reason"]) == (409, "changed_meanwhile")
    decided = sent(conducting, url, take="mine", seen_revision=1)
    assert (decided.status_code, decided.json()["value"]) == (200, "absent")
    assert sent(conducting, url, take="theirs", seen_revision=1).status_code == 409
    assert sent(conducting, url, take="both", seen_revision=1).status_code == 422


def test_a_visit_is_closed_its_report_read_and_its_finding_mended(conducting, correcting, hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    found = {
        "value": "absent",
        "finding": "任命書がない",
        "advice": "ひな形を使えます",
        "due_on": VISIT_ON.replace(year=2028),
    }
    seen_in_full(visit, by=inspector.viewer, now=NOW, manager=found)
    unsigned = sent(conducting, f"{VISITS}/{visit.pk}/closing")
    assert unsigned.status_code in (403, 422)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    assert conducting.get(f"{VISITS}/{visit.pk}/report/pdf").status_code == 404
    assert state_after(conducting, visit, "closing") == VisitState.CLOSED
    paper = correcting.get(f"{VISITS}/{visit.pk}/report/pdf")
    assert (paper.status_code, paper.content[:5], paper["Content-Type"]) == (200, b"%PDF-", "application/pdf")
    assert conducting.get(f"{VISITS}/{visit.pk}/report/docx").content[:2] == b"PK"
    url = f"{CORRECTIONS}/{Correction.objects.get().pk}"
    assert sent(correcting, f"{url}/answer", text="短い").status_code == 403
    assert sent(correcting, f"{url}/answer", text="任命書を作成しました").json()["state"] == "answered"
    assert sent(correcting, f"{url}/acceptance").status_code == 403
    back = sent(conducting, f"{url}/return", why="署名がありません", due_on="2027-02-26")
    assert (back.json()["state"], back.json()["rounds"], back.json()["due_on"]) == ("sent_back", 1, "2027-02-26")
    assert Duty.objects.filter(rule="inspection.correct", state=DutyState.OPEN).count() == 1
    assert sent(correcting, f"{url}/answer", text="署名を加えました").status_code == 200
    assert sent(conducting, f"{url}/acceptance").json()["state"] == "accepted"
    assert not Duty.objects.filter(rule="inspection.correct", state=DutyState.OPEN).exists()
