import json

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.response.disclosure.models import Disclosure
from sonae.response.incidents.testing import an_incident
from sonae.testing.cast import bearer

DOMAIN = "c2.kinkyu-update.example"
SAID = {
    "kind": "hospital", "prefecture": "01", "beds_from": 100, "beds_through": 199, "month": "2026-11",
    "attack": "ransomware", "route": "vpn_device", "indicators": [{"kind": "domain", "value": DOMAIN}],
}  # fmt: skip
SCOPES = (Permission.DISCLOSURE_READ, Permission.DISCLOSURE_DRAFT, Permission.INCIDENT_READ)


@pytest.fixture(autouse=True)
def three_are_enough(settings):
    settings.DISCLOSURE_K = 3


@pytest.fixture
def incident(hospital, manager, now):
    return an_incident(hospital.pk, by=manager.viewer, now=now, values=(DOMAIN,))


@pytest.fixture
def url(incident):
    return f"/api/v1/incidents/{incident.pk}/disclosures"


@pytest.fixture
def program(analyst):
    return bearer(analyst.token(*SCOPES))


def sent(client, method, address, body, **headers):
    return client.generic(method, address, json.dumps(body), content_type="application/json", headers=headers)


def test_the_whole_way_from_a_draft_to_its_withdrawal(url, program, second_analyst):
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    draft = sent(program, "POST", url, SAID)
    assert (draft.status_code, draft.json()["indicators"]) == (201, [{"kind": "domain", "value": DOMAIN}])
    own = f"/api/v1/disclosures/{draft.json()['id']}"
    revised = sent(program, "PUT", f"{own}/draft", SAID | {"prefecture": None, "region": "hokkaido", "revision": 1})
    assert (revised.json()["revision"], revised.json()["statements"]["region"]) == (2, "hokkaido")
    assert sent(program, "PUT", f"{own}/draft", SAID | {"revision": 1}).json()["reason"] == "changed_meanwhile"
    measured = program.get(f"{own}/measure").json()
    assert (measured["fits"], measured["needed"], measured["marks"]) == (3, 3, [])
    person = second_analyst.client
    assert sent(person, "POST", f"{own}/release", {"revision": 1}).status_code == 409
    assert sent(person, "POST", f"{own}/release", {"revision": 2}).json()["state"] == "released"
    assert (
        sent(person, "POST", f"{own}/withdrawal", {"reason": "wrong", "why": "誤りのため"}).json()["state"]
        == "withdrawn"
    )
    assert [row["state"] for row in program.get("/api/v1/disclosures").json()["items"]] == ["withdrawn"]


def test_no_token_and_no_author_releases(url, program, analyst):
    own = f"/api/v1/disclosures/{sent(program, 'POST', url, SAID).json()['id']}/release"
    assert sent(program, "POST", own, {"revision": 1}).json()["reason"] == "token_lacks_scope"
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC)
    assert sent(analyst.client, "POST", own, {"revision": 1}).json()["reason"] == "second_person_needed"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "clinic"}, "body.kind"),
        ({"prefecture": "13"}, "body.area"),
        ({"beds_from": 137, "beds_through": 139}, "body.beds"),
        ({"month": "2025-01"}, "body.month"),
        ({"month": "2026-13"}, "body.month"),
        ({"tlp": "red"}, "body.tlp"),
        ({"indicators": [{"kind": "domain", "value": "other.example"}]}, "body.indicators"),
    ],
)
def test_only_what_the_page_would_offer_can_be_said(url, program, said, field):
    refused = sent(program, "POST", url, SAID | said)
    assert (refused.status_code, [one["field"] for one in refused.json()["problems"]]) == (422, [field])
    assert not Disclosure.objects.exists()


def test_measuring_names_what_gives_the_institution_away_and_stores_nothing(url, program, hospital):
    body = {name: SAID[name] for name in ("kind", "prefecture")} | {"summary_ja": hospital.name}
    measured = sent(program, "POST", f"{url}/measure", body).json()
    assert hospital.name in [one["text"] for one in measured["marks"]]
    assert measured["broader"] == [] or all(one["fits"] > measured["fits"] for one in measured["broader"])
    assert not Disclosure.objects.exists()


def test_a_draft_sent_twice_under_one_key_is_one_draft(url, program):
    for _ in range(2):
        assert sent(program, "POST", url, SAID, **{"Idempotency-Key": "d1"}).status_code == 201
    assert Disclosure.objects.count() == 1


@pytest.mark.parametrize("who", ["manager", "inspector", "stranger", "responder", "operator", "auditor"])
def test_others_find_no_disclosures(who, url, program, request):
    own = f"/api/v1/disclosures/{sent(program, 'POST', url, SAID).json()['id']}"
    client = request.getfixturevalue(who).client
    for address in ("/api/v1/disclosures", own, f"{own}/measure"):
        assert client.get(address).status_code == 403
    assert sent(client, "POST", url, SAID).status_code == 403
