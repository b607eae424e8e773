"""The pages and the API say the same, keep what was typed, and never tell the nation whose device it is."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.prevention.exposure.models import Exposure
from sonae.prevention.exposure.testing import HIT, an_exposure
from sonae.prevention.exposure.vocabulary import Course

pytestmark = pytest.mark.django_db


def bearer(secret):
    return Client(headers={"authorization": f"Bearer {secret}"})


@pytest.fixture
def exposure(manager, hospital, now):
    return an_exposure(hospital.pk, by=manager.viewer, now=now)


def test_the_page_says_why_in_sentences_and_what_is_affected(exposure, manager):
    page = manager.client.get(reverse("exposure:exposure", args=[exposure.pk])).text
    assert "The ledger does not say from where the device can be reached." in page
    assert "The device runs the system that the advisory names." in page
    assert reverse("advisories:document", args=[exposure.notice.advisory_id]) in page


def test_a_refused_step_keeps_what_was_typed_and_says_why_beside_the_field(exposure, manager):
    said = {"to": "fixed", "done_on": "2026-11-20", "version": HIT}
    answer = manager.client.post(reverse("exposure:step", args=[exposure.pk]), said)
    assert answer.status_code == 422
    assert f"The advisory names version {HIT} too." in answer.text
    assert 'value="2026-11-20"' in answer.text
    exposure.refresh_from_db()
    assert exposure.course == Course.UNANSWERED


def test_a_step_by_the_page_and_by_the_api(exposure, manager):
    manager.client.post(reverse("exposure:step", args=[exposure.pk]), {"to": "ours"})
    program = bearer(manager.token(Permission.EXPOSURE_READ, Permission.EXPOSURE_ANSWER))
    body = {"to": "fixed", "done_on": "2026-11-20", "version": "7.4.1"}
    sent = program.post(f"/api/v1/exposures/{exposure.pk}/steps", json.dumps(body), content_type="application/json")
    assert sent.status_code == 200, sent.content
    assert [one["course"] for one in sent.json()["steps"]] == ["fixed", "ours", "unanswered"]
    [row] = program.get("/api/v1/exposures?course=fixed").json()["items"]
    assert row["id"] == str(exposure.pk)


def test_the_list_is_exported_with_what_it_shows(exposure, manager, hospital):
    file = b"".join(manager.client.get(reverse("exposure:list"), {"export": "csv"})).decode("utf-8-sig")
    assert exposure.notice.identifier in file
    assert hospital.name in file


def test_the_asset_says_what_hits_it(exposure, manager):
    page = manager.client.get(reverse("assets:asset", args=[exposure.asset_id])).text
    assert reverse("exposure:exposure", args=[exposure.pk]) in page


def test_the_nation_is_told_steps_and_no_names(exposure, officer, hospital, settings):
    settings.DISCLOSURE_K = 10
    for address in (reverse("exposure:nation"), reverse("exposure:prefectures", args=[exposure.notice_id])):
        page = officer.client.get(address).text
        assert "Fewer than 10" in page
        assert hospital.name not in page
    told = bearer(officer.token(Permission.EXPOSURE_COUNT)).get("/api/v1/exposures/nation").json()["items"]
    assert [(one["institutions_at_least"], one["done_at_least"]) for one in told] == [(0, 0)]


def test_what_is_lifted_is_shown_to_whoever_asks_for_it(exposure, manager):
    Exposure.objects.update(course=Course.LIFTED)
    listed = reverse("exposure:list")
    assert exposure.notice.identifier not in manager.client.get(listed).text
    assert exposure.notice.identifier in manager.client.get(listed, {"course": "lifted"}).text
