import json

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.response.incidents.models import Incident
from sonae.response.incidents.testing import an_incident
from sonae.response.incidents.vocabulary import Phase
from sonae.testing.cast import bearer

URL = "/api/v1/incidents"


def body(hospital, **said):
    return {"institution": hospital.register_code, "seen": "Charts do not open", "phone": "090-0000-0000"} | said


def post(client, url, content, **headers):
    return client.post(url, json.dumps(content), content_type="application/json", headers=headers)


@pytest.fixture
def program(manager):
    return bearer(manager.token(Permission.INCIDENT_REPORT, Permission.INCIDENT_READ, Permission.INCIDENT_CHANGE))


def test_an_incident_is_reported_once_per_key(program, hospital, now):
    for _ in range(2):
        answer = post(program, URL, body(hospital, noticed_at="2026-11-23T06:00:00+09:00"), **{"Idempotency-Key": "k1"})
        assert answer.status_code == 201
    assert Incident.objects.count() == 1
    assert json.loads(answer.content)["phase"] == "suspected"


@pytest.mark.parametrize(
    "said",
    [
        {"seen": ""}, {"phone": "none"}, {"noticed_at": "2026-11-23T06:00:00"}, {"noticed_at": 5}, {"care": "fine"},
        {"is_drill": "yes"}, {"name": "x"}, {"noticed_at": "2099-01-01T00:00:00+09:00"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_is_stored(program, hospital, now, said):
    assert post(program, URL, body(hospital, **said)).status_code in (403, 422)
    assert not Incident.objects.exists()


def test_indicators_are_attached_all_or_none(program, manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    url = f"{URL}/{incident.pk}/indicators"
    good = {"kind": "domain", "value": "bad[.]site.com"}
    assert post(program, url, {"indicators": [good, {"kind": "ipv4", "value": "x"}]}).status_code == 403
    answer = json.loads(post(program, url, {"indicators": [good]}).content)
    assert [each["value"] for each in answer["indicators"]] == ["bad.site.com"]
    assert answer["open_duties"] == 2


def test_closing_says_what_stands_in_the_way(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.REVIEW)
    client = bearer(manager.token(Permission.INCIDENT_READ, Permission.INCIDENT_CLOSE))
    answer = client.post(f"{URL}/{incident.pk}/closure")
    problem = json.loads(answer.content)
    assert (answer.status_code, problem["reason"], problem["facts"]) == (403, "duty_open", {"count": 2})


def test_a_closed_case_is_answered_as_closed(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.CLOSED)
    client = bearer(manager.token(Permission.INCIDENT_READ))
    assert json.loads(client.get(f"{URL}/{incident.pk}").content)["phase"] == "closed"


def test_another_hospital_finds_nothing(stranger, manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    client = bearer(stranger.token(Permission.INCIDENT_READ, Permission.INCIDENT_CHANGE, Permission.INCIDENT_CLOSE))
    assert json.loads(client.get(URL).content)["items"] == []
    assert client.get(f"{URL}/{incident.pk}").status_code == 404
    content = {"indicators": [{"kind": "domain", "value": "a.com"}]}
    assert post(client, f"{URL}/{incident.pk}/indicators", content).status_code == 404
    assert client.post(f"{URL}/{incident.pk}/closure").status_code == 404


def test_a_token_without_the_scope_is_refused(manager, hospital, now):
    client = bearer(manager.token(Permission.DUTY_READ))
    assert post(client, URL, body(hospital)).status_code == 403
