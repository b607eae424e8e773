import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

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
        {"noticed_at": "0001-01-01T00:00:00+09:00"}, {"noticed_at": "1900-01-01T00:00:00+09:00"},
        {"noticed_at": "1999-01-01T00:00:00+09:00"}, {"noticed_at": "9999-12-31T23:59:00-09:00"},
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


def test_an_incident_is_led_on_and_told_through_the_api(program, manager, hospital, now):
    url = f"{URL}/{an_incident(hospital.pk, by=manager.viewer, now=now).pk}"
    assert post(program, f"{url}/phase", {"phase": "active"}).json()["phase"] == "active"
    refused = post(program, f"{url}/phase", {"phase": "not_incident"})
    assert (refused.status_code, refused.json()["reason"]) == (403, "reason_missing")
    said = post(program, f"{url}/statements", {"care": "stopped", "systems": ["orders", "charts"]}).json()["items"]
    known = {one["field"]: one["value"] for one in said}
    assert (known["care"], known["systems"]) == ("stopped", ["charts", "orders"])
    assert "leak" not in known
    assert post(program, f"{url}/notes", {"text": "予備機で再開"}).status_code == 201
    assert post(program, f"{url}/notes", {"text": " "}).status_code == 403
    steps = post(program, f"{url}/steps/keep-power", {"answer": "done"}).json()["items"]
    assert {step["id"]: step["answer"] for step in steps}["keep-power"] == "done"
    assert post(program, f"{url}/steps/dance", {"answer": "done"}).json()["reason"] == "unknown_step"
    kinds = [entry["kind"] for entry in program.get(f"{url}/timeline").json()["items"]]
    assert kinds == ["reported", "phase", "stated", "stated", "note", "step"]
    assert {moment["kind"] for moment in program.get(f"{url}/moments").json()["items"]} >= {"noticed", "registered"}


def test_saying_the_same_again_writes_no_line(program, manager, hospital, now):
    url = f"{URL}/{an_incident(hospital.pk, by=manager.viewer, now=now).pk}"
    for _ in range(2):
        post(program, f"{url}/statements", {"leak": "feared"})
    kinds = [entry["kind"] for entry in program.get(f"{url}/timeline").json()["items"]]
    assert kinds == ["reported", "stated"]


def test_a_note_sent_twice_under_one_key_is_one_line(program, manager, hospital, now):
    url = f"{URL}/{an_incident(hospital.pk, by=manager.viewer, now=now).pk}"
    for _ in range(2):
        assert post(program, f"{url}/notes", {"text": "連絡済み"}, **{"Idempotency-Key": "n1"}).status_code == 201
    assert len(program.get(f"{url}/timeline").json()["items"]) == 2


def test_a_sensors_file_is_read_and_what_is_chosen_attached_and_taken_off(program, manager, hospital, now):
    url = f"{URL}/{an_incident(hospital.pk, by=manager.viewer, now=now).pk}"
    event = {
        "timestamp": "2026-11-23T05:00:00.000000+0900", "event_type": "alert", "src_ip": "10.1.2.3",
        "dest_ip": "45.83.64.10", "alert": {"signature": "ET MALWARE beacon", "severity": 1},
    }  # fmt: skip
    file = SimpleUploadedFile("eve.json", json.dumps(event).encode(), content_type="application/json")
    found = program.post(f"{url}/indicators/extraction", {"file": file}).json()
    assert [one["value"] for one in found["found"]] == ["45.83.64.10"]
    assert program.get(url).json()["indicators"] == []
    chosen = {"kind": "ipv4", "value": "45.83.64.10", "origin": "extracted", "context": "ET MALWARE beacon"}
    (attached,) = post(program, f"{url}/indicators", {"indicators": [chosen]}).json()["indicators"]
    assert attached["origin"] == "extracted"
    assert post(program, f"{url}/indicators/{attached['id']}/removal", {}).json()["indicators"] == []
    assert post(program, f"{url}/indicators/{attached['id']}/removal", {}).status_code == 404
    nonsense = SimpleUploadedFile("eve.json", b"hello", content_type="application/json")
    assert program.post(f"{url}/indicators/extraction", {"file": nonsense}).status_code == 422


def test_another_hospital_leads_nothing_on(stranger, manager, hospital, now):
    url = f"{URL}/{an_incident(hospital.pk, by=manager.viewer, now=now).pk}"
    client = bearer(stranger.token(Permission.INCIDENT_READ, Permission.INCIDENT_CHANGE))
    for part in ("statements", "moments", "steps", "timeline"):
        assert client.get(f"{url}/{part}").status_code == 404
    for part, content in {"phase": {"phase": "active"}, "notes": {"text": "x"}, "statements": {"care": "none"}}.items():
        assert post(client, f"{url}/{part}", content).status_code == 404
