"""Results as OSCAL documents: valid by the models of compliance-trestle, the same every time, and without people."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st
from trestle.oscal import OSCAL_VERSION
from trestle.oscal.assessment_results import Model as ResultsModel
from trestle.oscal.poam import Model as PlanModel

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue
from sonae.core.instruments import services
from sonae.core.instruments.models import Edition
from sonae.kernel.errors import NotAllowed
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.facts import (
    Assessment,
    Basis,
    Finding,
    Institution,
    Method,
    Observation,
    Person,
    Risk,
    RiskStatus,
)
from sonae.prevention.inspections.tests.test_preparation import YEAR, begun
from sonae.prevention.inspections.vocabulary import ExportRefusal
from sonae.testing.cast import NOW, bearer

AT = datetime(2026, 7, 1, 9, tzinfo=UTC)
VISIT = Assessment(
    key="visit:1",
    title="立入検査の結果",
    plan_title="改善の計画",
    description="立入検査で確認した事項です。",
    language="ja",
    institution=Institution("R-1", "合成病院"),
    basis=Basis("チェックリスト（令和7年度版）", "厚生労働省", "https://example.jp/form.pdf"),
    begun_at=AT,
    ended_at=AT + timedelta(hours=2),
    changed_at=AT + timedelta(hours=3),
    version="1",
    observations=(
        Observation("ledger", "2-① 台帳", "台帳を閲覧しました。", Method.EXAMINE, AT),
        Observation("bcp", "3-③ BCP", "策定途中でした。", Method.INTERVIEW, AT, "年度内に策定予定"),
    ),
    findings=(
        Finding("ledger", "2-① 台帳", "整備されています。", "ledger", True, ("assets.ledger",), ("ledger",)),
        Finding("bcp", "3-③ BCP", "これから整備します。", "bcp", False, ("bcp",), ("bcp",), ("bcp",)),
    ),
    risks=(
        Risk(
            "bcp", "3-③ BCP", "BCPがまだありません。", "年度内に策定する予定です。",
            "厚生労働省のひな形から始められます。", date(2027, 3, 31), RiskStatus.REMEDIATING,
        ),
    ),
    people=(Person("a", "検査 一郎", "inspector"),),
    roles={"inspector": "立入検査の担当者"},
)  # fmt: skip


def valid_results(document) -> dict:
    # The models of trestle take no key that OSCAL does not know, and want every one that it demands.
    ResultsModel.model_validate_json(json.dumps(document))
    return document["assessment-results"]


def valid_plan(document) -> dict:
    PlanModel.model_validate_json(json.dumps(document))
    return document["plan-of-action-and-milestones"]


def ids_in(part) -> list[str]:
    if isinstance(part, list):
        return [id_ for one in part for id_ in ids_in(one)]
    if not isinstance(part, dict):
        return []
    own = [part["uuid"]] if "uuid" in part else []
    return own + [id_ for one in part.values() for id_ in ids_in(one)]


def named_in(part) -> set[str]:
    """The uuids that are named somewhere, without those that something has."""
    if isinstance(part, list):
        return set().union(*(named_in(one) for one in part))
    if not isinstance(part, dict):
        return set()
    own = {value for name, value in part.items() if name.endswith("-uuid")}
    several = {one for name, value in part.items() if name.endswith("-uuids") for one in value}
    refs = {value[1:] for name, value in part.items() if name == "href" and value.startswith("#")}
    return own | several | refs | set().union(*(named_in(one) for one in part.values()))


def test_a_visit_makes_valid_documents_of_the_version_that_they_name():
    results = valid_results(compose.assessment_results(VISIT))
    plan = valid_plan(compose.plan_of_action(VISIT))
    assert results["metadata"]["oscal-version"] == plan["metadata"]["oscal-version"] == OSCAL_VERSION == "1.2.1"
    (result,) = results["results"]
    assert [one["target"]["status"]["state"] for one in result["findings"]] == ["satisfied", "not-satisfied"]
    assert result["reviewed-controls"]["control-selections"] == [
        {"include-controls": [{"control-id": "assets.ledger"}, {"control-id": "bcp"}]}
    ]
    (item,), (risk,) = plan["poam-items"], plan["risks"]
    assert (item["title"], risk["status"], risk["deadline"]) == ("3-③ BCP", "remediating", "2027-03-31T23:59:59+09:00")
    assert risk["remediations"][0]["tasks"][0]["timing"]["on-date"]["date"] == "2027-03-31T00:00:00+09:00"
    # What is in order is no part of the plan.
    assert [one["title"] for one in plan["findings"]] == ["3-③ BCP"]
    assert [one["title"] for one in plan["observations"]] == ["3-③ BCP"]


def test_the_same_assessment_is_the_same_document_and_a_changed_one_keeps_the_ids_of_its_parts():
    first = compose.assessment_results(VISIT)
    assert compose.assessment_results(VISIT) == first
    revised = compose.assessment_results(replace(VISIT, version="2", changed_at=AT + timedelta(days=1)))
    assert revised["assessment-results"]["uuid"] != first["assessment-results"]["uuid"]
    assert revised["assessment-results"]["results"] == first["assessment-results"]["results"]
    another = compose.assessment_results(replace(VISIT, key="visit:2"))
    assert not set(ids_in(another)) & set(ids_in(first))


def test_every_id_is_given_once_and_whatever_is_named_is_there():
    for document in (compose.assessment_results(VISIT), compose.plan_of_action(VISIT)):
        ids = ids_in(document)
        assert len(ids) == len(set(ids))
        assert {UUID(id_).version for id_ in ids} == {5}
        assert named_in(document) <= set(ids)


def test_people_stand_in_the_document_only_where_the_assessment_names_them():
    text = json.dumps(compose.assessment_results(VISIT), ensure_ascii=False)
    assert "検査 一郎" in text
    nobody = json.dumps(valid_results_of(replace(VISIT, people=())), ensure_ascii=False)
    assert "検査 一郎" not in nobody
    assert '"person"' not in nobody


def valid_results_of(of: Assessment) -> dict:
    document = compose.assessment_results(of)
    valid_results(document)
    return document


# Texts as people write them: OSCAL takes no title that is empty or blank at its ends.
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=20)
KEYS = st.sampled_from([f"row_{n}" for n in range(30)])


@st.composite
def an_assessment(draw):
    keys = draw(st.lists(KEYS, unique=True, max_size=8))
    yes = {key: draw(st.booleans()) for key in keys}
    due = {key: draw(st.none() | st.dates(date(2000, 1, 1), date(2098, 12, 31))) for key in keys}
    return replace(
        VISIT,
        title=draw(WORDS),
        observations=tuple(
            Observation(key, draw(WORDS), draw(WORDS), draw(st.sampled_from(Method)), AT) for key in keys
        ),
        findings=tuple(
            Finding(
                key, draw(WORDS), draw(WORDS), key, yes[key],
                tuple(draw(st.lists(st.sampled_from(sorted(catalogue.controls())), max_size=2, unique=True))),
                (key,), () if yes[key] else (key,),
            )
            for key in keys
        ),
        risks=tuple(
            Risk(key, draw(WORDS), draw(WORDS), draw(WORDS), draw(st.just("") | WORDS), due[key])
            for key in keys
            if not yes[key]
        ),
        people=draw(st.sampled_from([(), VISIT.people])),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(an_assessment())
def test_whatever_was_found_the_documents_are_valid(found):
    results = compose.assessment_results(found)
    valid_results(results)
    assert named_in(results) <= set(ids_in(results))
    if found.risks:
        plan = compose.plan_of_action(found)
        assert len(valid_plan(plan)["poam-items"]) == len(found.risks)
        assert named_in(plan) <= set(ids_in(plan))


@pytest.fixture
def form(db) -> Edition:
    services.load_shipped(now=NOW)
    return Edition.objects.current().get(instrument=queries.FACILITY_FORM, fiscal_year=YEAR)


def handed_in(form, hospital, manager, **others):
    response = begun(form, hospital, manager, **others)
    services.submit(response.pk, seen=response.revision, by=manager.viewer, now=NOW)
    return response


NO = {"answer": "no", "checked_on": ["2025-06-02"], "target_on": "2026-02-27"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_self_check_that_was_handed_in_makes_valid_documents_without_a_person(language, form, hospital, manager):
    handed_in(
        form, hospital, manager, bcp=NO, remote_maintenance={"answer": "out_of_scope", "checked_on": ["2025-06-02"]}
    )
    with override(language):
        found = queries.self_assessment(hospital.pk, YEAR, manager.viewer, now=NOW)
        results, plan = compose.assessment_results(found), compose.plan_of_action(found)
        again = queries.self_assessment(hospital.pk, YEAR, manager.viewer, now=NOW + timedelta(days=9))
        assert compose.assessment_results(again) == results
    (result,) = valid_results(results)["results"]
    states = {one["target"]["target-id"]: one["target"]["status"]["state"] for one in result["findings"]}
    assert (states["ledger"], states["bcp"]) == ("satisfied", "not-satisfied")
    # Out of scope is neither; it was observed and nothing follows.
    assert "remote_maintenance" not in states
    assert len(result["observations"]) == len(result["findings"]) + 1
    (risk,) = valid_plan(plan)["risks"]
    assert risk["deadline"] == "2026-02-27T23:59:59+09:00"
    text = json.dumps([results, plan], ensure_ascii=False)
    assert manager.account.name not in text
    assert manager.account.email not in text


def test_what_is_mended_after_it_was_returned_is_no_result_before_it_is_handed_in_again(
    form, hospital, manager, officer
):
    response = handed_in(form, hospital, manager, bcp=NO)
    services.return_for_correction(
        response.pk, seen=response.revision, reason="Please look at row one.", by=officer.viewer, now=NOW
    )
    services.save_answers(
        response.pk, {"bcp": {"answer": "yes", "checked_on": ["2025-07-01"]}}, seen=response.revision,
        by=manager.viewer, now=NOW,
    )  # fmt: skip
    found = queries.self_assessment(hospital.pk, YEAR, manager.viewer, now=NOW)
    assert [risk.key for risk in found.risks] == ["bcp"]


def test_before_it_is_handed_in_there_is_no_document(form, hospital, manager):
    begun(form, hospital, manager)
    with pytest.raises(NotAllowed) as refused:
        queries.self_assessment(hospital.pk, YEAR, manager.viewer, now=NOW)
    assert refused.value.refusal.reason is ExportRefusal.NOT_HANDED_IN


def address(name: str, hospital) -> str:
    return reverse(f"inspections:{name}", args=[hospital.pk, YEAR])


def test_the_page_offers_both_documents_and_the_api_tells_the_same(form, hospital, manager, stranger, inspector):
    handed_in(form, hospital, manager, bcp=NO)
    page = manager.client.get(reverse("inspections:preparation", args=[hospital.pk, YEAR])).content.decode()
    for name in ("assessment-results", "plan-of-action"):
        assert address(name, hospital) in page
        assert stranger.client.get(address(name, hospital)).status_code == 404
        assert inspector.client.get(address(name, hospital)).status_code == 403
    downloaded = manager.client.get(address("assessment-results", hospital))
    assert downloaded["Content-Disposition"].startswith("attachment; filename=")
    plan = manager.client.get(address("plan-of-action", hospital)).json()
    scopes = (Permission.INSPECTION_PREPARE, Permission.RESPONSE_READ, Permission.RESPONSE_ANSWER)
    program = bearer(manager.token(*scopes))
    told = program.get(f"/api/v1/institutions/{hospital.pk}/inspection-results/{YEAR}").json()
    # A document in another language is another document about the same parts.
    assert ids_in(valid_results(told)["results"]) == ids_in(downloaded.json()["assessment-results"]["results"])
    told_plan = program.get(f"/api/v1/institutions/{hospital.pk}/inspection-plan/{YEAR}").json()
    assert ids_in(valid_plan(told_plan)["risks"]) == ids_in(plan["plan-of-action-and-milestones"]["risks"])


def test_without_a_no_there_is_nothing_to_plan_and_the_reason_is_told(form, hospital, manager):
    handed_in(form, hospital, manager)
    answer = manager.client.get(address("plan-of-action", hospital))
    assert answer.status_code == 403
    assert "nothing to plan" in answer.content.decode()
    assert manager.client.get(address("assessment-results", hospital)).status_code == 200
