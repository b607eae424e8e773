import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sonae.core.access.vocabulary import Permission
from sonae.core.duties.models import Duty
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.detection.models import Alert, Collector, Sighting
from sonae.prevention.detection.testing import a_batch, a_collector, a_sighting, an_alert, program_of
from sonae.prevention.sharing.testing import an_indicator
from sonae.testing.cast import bearer
from sonae_wire import messages, paths


@pytest.fixture
def collector(manager, hospital, now) -> Client:
    """The hospital's program, with its token."""
    return bearer(a_collector(hospital.pk, by=manager.viewer, now=now)[1])


def send(client, path, message, **headers):
    return client.post(path, message.model_dump_json(), content_type="application/json", headers=headers)


def test_a_collector_reads_pages_that_the_wire_accepts(collector, analyst, now):
    for end in range(1, 6):
        an_indicator(f"45.83.64.{end}", by=analyst.viewer, now=now, tlp=Tlp.RED if end == 5 else Tlp.AMBER_STRICT)
    seen, cursor = [], ""
    while True:
        answer = collector.get(paths.INDICATORS, {"cursor": cursor, "limit": 3})
        page = messages.IndicatorPage.model_validate_json(answer.content)
        seen += [indicator.value for indicator in page.indicators]
        cursor = page.cursor
        if not page.more:
            break
    assert sorted(seen) == [f"45.83.64.{end}" for end in range(1, 5)]


def test_nothing_new_is_told_without_a_body_and_with_few_queries(collector, analyst, now):
    an_indicator(by=analyst.viewer, now=now)
    first = collector.get(paths.INDICATORS)
    headers = {"If-None-Match": first.headers["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        again = collector.get(paths.INDICATORS, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    # Besides the counter of requests: the token, its last use, and one read of the newest number.
    own = [each["sql"] for each in captured if "site_cache" not in each["sql"] and "SAVEPOINT" not in each["sql"]]
    assert len(own) <= 5, own
    an_indicator("45.83.64.7", by=analyst.viewer, now=now)
    assert collector.get(paths.INDICATORS, headers=headers).status_code == 200


def test_a_batch_is_taken_once_however_often_it_is_sent(collector, analyst, now):
    indicator = an_indicator(by=analyst.viewer, now=now)
    batch = a_batch(a_sighting(indicator.pk, now=now), now=now)
    for _ in range(3):
        answer = send(collector, paths.SIGHTINGS, batch, **{paths.IDEMPOTENCY_HEADER: str(batch.batch_id)})
        receipt = messages.BatchReceipt.model_validate_json(answer.content)
        assert receipt.accepted == (batch.sightings[0].id,)
    # A collector that forgot its key is told that everything is known.
    receipt = messages.BatchReceipt.model_validate_json(send(collector, paths.SIGHTINGS, batch).content)
    assert receipt.already_known == (batch.sightings[0].id,)
    assert (Sighting.objects.count(), Alert.objects.count()) == (1, 1)
    assert Duty.objects.filter(rule="sighting.respond").count() == 1


def test_a_key_of_another_batch_is_a_conflict(collector, analyst, now):
    indicator = an_indicator(by=analyst.viewer, now=now)
    batch = a_batch(a_sighting(indicator.pk, now=now), now=now)
    answer = send(collector, paths.SIGHTINGS, batch, **{paths.IDEMPOTENCY_HEADER: "another"})
    assert answer.status_code == 409
    problem = messages.Problem.model_validate_json(answer.content)
    assert problem.reason == "idempotency_key_mismatch" and problem.title_ja


@pytest.mark.parametrize(
    "spoil",
    [
        lambda batch: batch | {"name": "Hospital A"},
        lambda batch: batch | {"sightings": []},
        lambda batch: batch | {"sightings": [batch["sightings"][0] | {"sensor": "10.0.0.5"}]},
        lambda batch: batch | {"sightings": [batch["sightings"][0] | {"count": 0}]},
        lambda batch: batch | {"sightings": [batch["sightings"][0]] * 2},
        lambda batch: batch | {"sent_at": "yesterday"},
    ],
)
def test_what_the_wire_does_not_know_is_refused_and_nothing_is_stored(collector, analyst, now, spoil):
    indicator = an_indicator(by=analyst.viewer, now=now)
    batch = json.loads(a_batch(a_sighting(indicator.pk, now=now), now=now).model_dump_json())
    answer = collector.post(paths.SIGHTINGS, json.dumps(spoil(batch)), content_type="application/json")
    assert answer.status_code == 422
    assert messages.Problem.model_validate_json(answer.content).reason == "message_malformed"
    assert not Sighting.objects.exists()


def test_a_heartbeat_is_answered_without_a_word(collector, now):
    heartbeat = messages.Heartbeat(
        collector_version="0.1.0", sent_at=now, events_read=7, bad_lines=0, indicators_held=0, sightings_waiting=0
    )
    answer = send(collector, paths.HEARTBEAT, heartbeat)
    assert (answer.status_code, answer.content) == (204, b"")
    assert Collector.objects.get().events_read == 7


def test_an_unknown_cursor_is_said_to_be_unknown(collector, now):
    answer = collector.get(paths.INDICATORS, {"cursor": "99"})
    assert answer.status_code == 422
    assert messages.Problem.model_validate_json(answer.content).reason == "cursor_unknown"


@pytest.mark.parametrize("who", ["manager", "officer", "analyst", "operator"])
def test_people_do_not_enter_the_collectors_door(request, who, now):
    assert request.getfixturevalue(who).client.get(paths.INDICATORS).status_code == 403


def test_a_wrong_or_retired_token_opens_nothing(collector, manager, hospital, now):
    assert Client().get(paths.INDICATORS).status_code == 401
    assert bearer("sonae_col_wrong").get(paths.INDICATORS).status_code == 401
    enrolled, secret = a_collector(hospital.pk, by=manager.viewer, now=now - timedelta(days=1), name="old")
    manager.client.post(f"/collectors/{enrolled.pk}/retirement/")
    assert bearer(secret).get(paths.INDICATORS).status_code == 401


@pytest.fixture
def alert(manager, analyst, hospital, now):
    seen = an_indicator(by=analyst.viewer, now=now)
    secret = a_collector(hospital.pk, by=manager.viewer, now=now)[1]
    return an_alert(seen.pk, program=program_of(secret, now=now), now=now)


def test_a_managers_program_reads_and_answers_sightings(alert, manager):
    client = bearer(manager.token(Permission.SIGHTING_READ, Permission.DUTY_FULFIL, Permission.COLLECTOR_MANAGE))
    (row,) = client.get("/api/v1/sightings", {"state": "open"}).json()["items"]
    assert (row["id"], row["finding"]) == (str(alert.pk), None)
    body = json.dumps({"finding": "blocked", "note": "端末を確認し、通信を遮断した"})
    url = f"/api/v1/sightings/{alert.pk}"
    assert client.post(f"{url}/answer", body, content_type="application/json").json()["finding"] == "blocked"
    again = client.post(f"{url}/answer", body, content_type="application/json")
    assert (again.status_code, again.json()["reason"]) == (403, "already_answered")
    assert client.get("/api/v1/sightings", {"state": "open"}).json()["items"] == []
    assert client.get(url).json()["answered_at"]
    (collector,) = client.get("/api/v1/collectors").json()["items"]
    assert (collector["state"], collector["name"]) == ("never_heard", "サーバー室")


def test_the_sector_is_told_in_ranges_and_of_nobody(alert, officer, settings):
    settings.DISCLOSURE_K = 10
    client = bearer(officer.token(Permission.SIGHTING_COUNT, Permission.INDICATOR_READ))
    (row,) = client.get("/api/v1/sightings/sector").json()["items"]
    assert row["seen_by"] == {"fewest": 1, "most": 9}
    assert client.get("/api/v1/sightings").status_code == 403


def test_another_hospitals_sighting_does_not_exist(alert, stranger):
    client = bearer(stranger.token(Permission.SIGHTING_READ, Permission.DUTY_FULFIL))
    assert client.get("/api/v1/sightings").json()["items"] == []
    body = json.dumps({"finding": "blocked", "note": "端末を確認し、通信を遮断した"})
    url = f"/api/v1/sightings/{alert.pk}"
    assert client.get(url).status_code == 404
    assert client.post(f"{url}/answer", body, content_type="application/json").status_code == 404
