import json

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins.models import Bulletin
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.testing.cast import bearer

URL = "/api/v1/bulletins"
WORDS = {
    "title_ja": "VPN装置の更新",
    "title_en": "Update",
    "body_ja": "更新してください。",
    "body_en": "Please update.",
}


WRITING = (Permission.BULLETIN_READ, Permission.BULLETIN_WRITE, Permission.BULLETIN_ISSUE, Permission.BULLETIN_REACH)


@pytest.fixture
def writer(analyst):
    return bearer(analyst.token(*WRITING))


def sent(client, method, url, body, **headers):
    return client.generic(method, url, json.dumps(body), content_type="application/json", headers=headers)


def test_a_bulletin_is_drafted_revised_issued_followed_and_withdrawn(
    writer, second_analyst, manager, hospital, other_hospital, now
):
    everyone = {"audience": {"kinds": [InstitutionKind.HOSPITAL]}}
    draft = sent(writer, "POST", URL, WORDS | everyone)
    assert (draft.status_code, draft.json()["state"]) == (201, "draft")
    url = f"{URL}/{draft.json()['id']}"
    revised = sent(writer, "PUT", f"{url}/draft", WORDS | everyone | {"tlp": "clear"})
    assert revised.json()["tlp"] == "clear"
    assert [row["id"] for row in writer.get(URL, {"state": "draft"}).json()["items"]] == [draft.json()["id"]]
    reader = bearer(manager.token(Permission.BULLETIN_READ, Permission.BULLETIN_ACKNOWLEDGE))
    assert reader.get(url).status_code == 404
    assert writer.post(f"{url}/issue").json()["reason"] == "another_person_issues"
    colleague = bearer(second_analyst.token(*WRITING))
    assert colleague.post(f"{url}/issue").json()["state"] == "issued"
    assert sent(reader, "POST", f"{url}/acknowledgement", {"stage": "done"}).json()["stage"] == "done"
    reach = writer.get(f"{url}/reach").json()
    assert (reach["recipients"], reach["done"]) == (2, 1)
    stages = {row["institution_id"]: row["stage"] for row in writer.get(f"{url}/recipients").json()["items"]}
    assert stages == {hospital.pk: "done", other_hospital.pk: "unopened"}
    assert sent(writer, "POST", f"{url}/withdrawal", {"why": ""}).json()["reason"] == "reason_missing"
    assert sent(writer, "POST", f"{url}/withdrawal", {"why": "誤りのため"}).json()["state"] == "withdrawn"


def test_a_draft_sent_twice_under_one_key_is_one_draft(writer):
    for _ in range(2):
        assert sent(writer, "POST", URL, WORDS, **{"Idempotency-Key": "draft-1"}).status_code == 201
    assert Bulletin.objects.count() == 1


def test_an_audience_is_counted_and_a_reversed_range_of_beds_refused(writer, hospital, other_hospital):
    assert sent(writer, "POST", f"{URL}/audience", {"beds_from": 400}).json()["institutions"] == 1
    refused = sent(writer, "POST", URL, WORDS | {"audience": {"beds_from": 9, "beds_to": 1}})
    assert (refused.status_code, refused.json()["reason"]) == (403, "beds_reversed")
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize("who", ["manager", "inspector", "responder", "operator"])
def test_others_write_no_bulletins(who, request):
    client = request.getfixturevalue(who).client
    assert client.post(URL, "{}", content_type="application/json").status_code == 403
