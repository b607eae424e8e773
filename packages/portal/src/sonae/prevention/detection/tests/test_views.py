import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role
from sonae.prevention.detection import services
from sonae.prevention.detection.forms import AnswerForm
from sonae.prevention.detection.models import Alert, Collector
from sonae.prevention.detection.testing import a_batch, a_collector, a_sighting, an_alert, program_of
from sonae.prevention.sharing.testing import an_indicator
from sonae.testing.cast import bearer
from sonae_wire import paths
from sonae_wire.messages import Heartbeat
from sonae_wire.vocabulary import Direction, Where


@pytest.fixture
def indicator(analyst, now):
    return an_indicator(by=analyst.viewer, now=now)


@pytest.fixture
def alert(manager, hospital, indicator, now):
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    return an_alert(indicator.pk, program=program_of(secret, now=now), now=now)


def test_the_manager_sees_what_was_seen_and_what_to_do(manager, alert, indicator):
    client = manager.client
    assert indicator.value in client.get(reverse("detection:sightings")).content.decode()
    page = client.get(reverse("detection:sighting", args=[alert.pk])).content.decode()
    assert "What to do now" in page and "disconnect it from the network" in page and "destination address" in page


def test_what_came_in_asks_for_the_server_that_was_asked(manager, hospital, indicator, now):
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    program = program_of(secret, now=now)
    sighting = a_sighting(indicator.pk, now=now, direction=Direction.INBOUND, where=(Where.SOURCE_ADDRESS,))
    services.record_sightings(a_batch(sighting, now=now), by=program, now=now)
    page = manager.client.get(reverse("detection:sighting", args=[Alert.objects.get().pk])).content.decode()
    assert "Find the server that was asked" in page
    assert "Find the device that talked to this address" not in page


def test_the_page_says_where_the_addresses_inside_are_listed(manager, alert):
    page = manager.client.get(reverse("detection:sighting", args=[alert.pk])).content.decode()
    assert "sonae-collector status --state /var/lib/sonae-collector" in page


def test_what_this_portal_refused_is_shown_beside_its_collector(manager, hospital, now):
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    heartbeat = Heartbeat(
        collector_version="0.1.0", sent_at=now, events_read=1, bad_lines=0, indicators_held=0, sightings_waiting=0,
        sightings_refused=8_675,
    )  # fmt: skip
    services.record_heartbeat(heartbeat, by=program_of(secret, now=now), now=now)
    page = manager.client.get(reverse("detection:collectors")).content.decode()
    assert "Refused sightings" in page and "8,675" in page


def test_the_answer_is_recorded_and_shown(manager, alert):
    client = manager.client
    bad = client.post(reverse("detection:answer", args=[alert.pk]), {"finding": "harmless", "note": ""})
    assert bad.status_code == 422
    client.post(reverse("detection:answer", args=[alert.pk]), {"finding": "harmless", "note": "a test by our vendor"})
    assert "a test by our vendor" in client.get(reverse("detection:sighting", args=[alert.pk])).content.decode()


@pytest.mark.parametrize("who", ["stranger"])
def test_another_hospital_finds_nothing(request, alert, indicator, who):
    client = request.getfixturevalue(who).client
    assert client.get(reverse("detection:sighting", args=[alert.pk])).status_code == 404
    assert client.post(reverse("detection:answer", args=[alert.pk])).status_code == 404
    assert indicator.value not in client.get(reverse("detection:sightings")).content.decode()


@pytest.mark.parametrize("who", ["officer", "analyst"])
def test_the_sector_sees_a_range_and_never_whose(request, settings, alert, indicator, hospital, who):
    client = request.getfixturevalue(who).client
    for query in ({}, {"export": "csv"}):
        answer = client.get(reverse("detection:sector"), query)
        page = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()
        assert indicator.value in page and f"fewer than {settings.DISCLOSURE_K}" in page
        assert hospital.name not in page and hospital.register_code not in page
    assert client.get(reverse("detection:sector"), {"sort": "seen_by"}).status_code == 200
    assert client.get(reverse("detection:sightings")).status_code == 403


@pytest.mark.parametrize("who", ["manager", "colleague", "inspector", "operator", "vendor_person"])
def test_who_does_not_see_the_sector(request, who):
    assert request.getfixturevalue(who).client.get(reverse("detection:sector")).status_code == 403


def test_a_token_is_shown_once_and_opens_the_collectors_door(manager, hospital, now):
    client = manager.client
    said = {"name": "Server room", "institution": hospital.pk}
    page = client.post(reverse("detection:enrol"), said)
    assert "no-store" in page.headers["Cache-Control"]
    (secret,) = set(re.findall(r"sonae_col_[\w-]+", page.content.decode()))
    assert bearer(secret).get(paths.INDICATORS).status_code == 200
    listed = client.get(reverse("detection:collectors")).content.decode()
    assert "Server room" in listed and secret not in listed and "Not installed yet" in listed
    client.post(reverse("detection:retire", args=[Collector.objects.get().pk]))
    assert "Retired" in client.get(reverse("detection:collectors")).content.decode()


def test_a_collector_for_another_hospital_is_not_offered(manager, other_hospital, now):
    answer = manager.client.post(reverse("detection:enrol"), {"name": "x", "institution": other_hospital.pk})
    assert answer.status_code == 422
    assert not Collector.objects.exists()


@pytest.mark.parametrize("who", ["colleague", "executive", "officer", "operator"])
def test_who_does_not_look_after_collectors(request, who):
    assert request.getfixturevalue(who).client.get(reverse("detection:collectors")).status_code == 403


def test_the_page_says_truly_who_reads_what_was_done(manager, hospital, now):
    form = AnswerForm()
    with override("en"):
        hint = str(form.fields["note"].help_text)
    readers = {role for role, held in access.MATRIX.items() if Permission.SIGHTING_READ in held}
    assert readers == {Role.INSTITUTION_MANAGER, Role.EXECUTIVE}
    assert "kept in this portal" in hint and "Managers and executives" in hint and "Stays within" not in hint
