"""A closed visit as OSCAL documents: valid, the same every time, in step with its corrections, for its readers only."""

import json
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils.translation import override

from sonae.core.access.vocabulary import Permission
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.facts import RiskStatus
from sonae.prevention.inspections.tests.test_oscal import ids_in, named_in, valid_plan, valid_results
from sonae.prevention.inspections.visits import assessment, services
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.testing import a_form, a_self_check, a_visit, seen_in_full, signed
from sonae.prevention.inspections.visits.vocabulary import Side
from sonae.prevention.inspections.vocabulary import ExportRefusal
from sonae.testing.cast import NOW, bearer

LATER = NOW + timedelta(minutes=5)
DUE = date(2027, 1, 29)
SEEN = {
    "manager": {"value": "absent", "finding": "責任者の任命書がない", "advice": "ひな形を使えます", "due_on": DUE},
    "ledger": {
        "value": "partly",
        "finding": "一部の機器が漏れている",
        "note": "台帳は後日送付",
        "due_on": DUE + timedelta(days=30),
    },
    "bcp": {"value": "not_seen", "note": "担当者が不在"},
    "remote_maintenance": {"value": "not_applicable", "note": "接続がない"},
}
NAMES = ("assessment-results", "plan-of-action")


@pytest.fixture
def visit(hospital, inspector, manager):
    a_self_check(a_form(by=inspector.viewer, now=NOW), hospital, by=manager.viewer, now=NOW)
    begun = a_visit(hospital, by=inspector.viewer, now=NOW)
    return seen_in_full(begun, by=inspector.viewer, now=NOW, **SEEN)


def close(visit, inspector):
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW, name="署名 太郎")
    services.close(visit.pk, by=inspector.viewer, now=LATER)
    return Visit.objects.get(pk=visit.pk)


@pytest.fixture
def closed(visit, inspector):
    return close(visit, inspector)


def results_of(visit):
    return compose.assessment_results(assessment.assessment_of(visit))


def plan_of(visit):
    return compose.plan_of_action(assessment.assessment_of(visit))


def answered(item, *, manager):
    found = Correction.objects.get(entry__item=item)
    return services.answer_correction(found.pk, text="任命書を作成しました", by=manager.viewer, now=LATER)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_closed_visit_makes_valid_documents_without_a_person(language, closed, inspector, manager):
    with override(language):
        results, plan = results_of(closed), plan_of(closed)
        assert results_of(Visit.objects.get(pk=closed.pk)) == results
    valid_results(results)
    assert len(valid_plan(plan)["poam-items"]) == 2
    for document in (results, plan):
        ids = ids_in(document)
        assert len(ids) == len(set(ids))
        assert named_in(document) <= set(ids)
        text = json.dumps(document, ensure_ascii=False)
        people = (inspector.account.name, manager.account.name, manager.account.email, "署名 太郎")
        assert not [one for one in people if one in text]


def test_what_was_seen_and_what_was_answered_are_observations_by_their_methods(closed):
    (result,) = valid_results(results_of(closed))["results"]
    ledger = next(one for one in result["findings"] if one["target"]["target-id"] == "ledger")
    related = {one["observation-uuid"] for one in ledger["related-observations"]}
    seen = {one["uuid"]: one for one in result["observations"]}
    assert sorted(method for one in related for method in seen[one]["methods"]) == ["EXAMINE", "INTERVIEW"]
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    assert (states["manager"], states["ledger"], states["password_strength"]) == (
        "not-satisfied",
        "not-satisfied",
        "satisfied",
    )
    # Neither what nobody looked at nor what does not apply is a finding; the first is told in words, with its reason.
    assert not {"bcp", "remote_maintenance"} & set(states)
    assert "担当者が不在" in result["description"]
    methods = [one["methods"][0] for one in result["observations"] if one.get("remarks") == "接続がない"]
    assert methods == ["INTERVIEW"]
    assert [one["remarks"] for one in result["observations"] if one.get("remarks") == "担当者が不在"] == []


def test_the_plan_holds_the_open_corrections_with_their_days_and_follows_them(closed, inspector, manager):
    risks = {one["title"]: one for one in valid_plan(plan_of(closed))["risks"]}
    days = ["2027-01-29T23:59:59+09:00", "2027-02-28T23:59:59+09:00"]
    assert sorted(one["deadline"] for one in risks.values()) == days
    before = results_of(closed)["assessment-results"]
    correction = answered("manager", manager=manager)
    statuses = {risk.key: risk.status for risk in assessment.assessment_of(closed).risks}
    assert statuses == {"manager": RiskStatus.REMEDIATING, "ledger": RiskStatus.OPEN}
    services.accept_correction(correction.pk, by=inspector.viewer, now=LATER + timedelta(days=1))
    after = valid_results(results_of(closed))
    assert (before["metadata"]["version"], after["metadata"]["version"]) == ("1", "3")
    assert after["metadata"]["last-modified"] > before["metadata"]["last-modified"]
    assert before["uuid"] != after["uuid"]
    assert set(ids_in(before["results"])) < set(ids_in(after["results"]))
    # The finding stays that of the day of the visit; that it is mended is an observation of its own.
    (risk,) = valid_plan(plan_of(closed))["risks"]
    assert risk["deadline"] == "2027-02-28T23:59:59+09:00"
    finding = next(one for one in after["results"][0]["findings"] if one["target"]["target-id"] == "manager")
    assert finding["target"]["status"]["state"] == "not-satisfied"
    assert len(finding["related-observations"]) == 3


def test_what_is_sent_back_is_open_again_until_its_new_day(closed, inspector, manager):
    correction = answered("manager", manager=manager)
    services.send_back_correction(
        correction.pk, why="任命書に日付がありません", due_on=date(2027, 3, 5), by=inspector.viewer, now=LATER
    )
    risk = next(one for one in assessment.assessment_of(closed).risks if one.key == "manager")
    assert (risk.status, risk.due_on) == (RiskStatus.OPEN, date(2027, 3, 5))


def address(name, visit):
    return reverse(f"visits:{name}", args=[visit.pk])


def test_whoever_reads_the_visit_takes_both_documents_and_nobody_does_before_its_end(
    visit, inspector, manager, stranger, operator
):
    readers = [inspector, manager]
    programs = [bearer(one.token(Permission.INSPECTION_READ)) for one in readers]
    for name in NAMES:
        told = f"/api/v1/inspections/{visit.pk}/{name}"
        assert [one.client.get(address(name, visit)).status_code for one in readers] == [404, 404]
        assert [one.get(told).status_code for one in programs] == [404, 404]
    close(visit, inspector)
    for name in NAMES:
        told = f"/api/v1/inspections/{visit.pk}/{name}"
        for reader, program in zip(readers, programs, strict=True):
            assert address(name, visit) in reader.client.get(reverse("visits:detail", args=[visit.pk])).content.decode()
            answer = reader.client.get(address(name, visit))
            assert answer["Content-Disposition"].startswith(f'attachment; filename="{name}-inspection-')
            # A document in another language is another document about the same parts.
            (mine,), (theirs,) = answer.json().values(), program.get(told).json().values()
            part = "results" if name == "assessment-results" else "risks"
            assert ids_in(mine[part]) == ids_in(theirs[part])
        assert stranger.client.get(address(name, visit)).status_code == 404
        assert operator.client.get(address(name, visit)).status_code == 403


def test_where_nothing_is_to_be_mended_the_reason_is_told(hospital, inspector):
    seen = close(seen_in_full(a_visit(hospital, by=inspector.viewer, now=NOW), by=inspector.viewer, now=NOW), inspector)
    assert assessment.may_be_planned(assessment.assessment_of(seen)).reason is ExportRefusal.NOTHING_OPEN
    answer = inspector.client.get(address("plan-of-action", seen))
    assert answer.status_code == 403
    assert "still to be mended" in answer.content.decode()
    valid_results(results_of(seen))
