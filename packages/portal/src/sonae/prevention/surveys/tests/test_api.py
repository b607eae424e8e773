"""Surveys through the API: the same figures as on the pages, for the same people."""

import json

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.prevention.surveys import services
from sonae.prevention.surveys.testing import a_campaign, an_answer, asked_of
from sonae.prevention.surveys.vocabulary import CallOutcome
from sonae.testing.cast import bearer


def test_the_figures_of_a_survey_are_read_by_those_who_follow_it_up(
    officer, prefecture_officer, manager, hospital, other_hospital, now
):
    campaign = a_campaign(officer=officer.viewer, now=now)
    response = an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    instruments.accept(response.pk, seen=response.revision, by=officer.viewer, now=now)
    far = asked_of(campaign, other_hospital.pk)
    services.note_call(far.pk, called_at=now, outcome=CallOutcome.NEEDS_HELP, by=officer.viewer, now=now)
    client = bearer(officer.token(Permission.SURVEY_READ))

    listed = client.get("/api/v1/surveys?state=open").json()["items"]
    assert [row["id"] for row in listed] == [str(campaign.pk)]
    assert listed[0]["population"] == {
        "kinds": ["hospital"], "beds": None, "prefectures": [], "population": "synthetic",
    }  # fmt: skip
    assert client.get(f"/api/v1/surveys/{campaign.pk}").json() == listed[0]

    found = client.get(f"/api/v1/surveys/{campaign.pk}/progress").json()
    assert (found["whole"]["asked"], found["whole"]["answered"], found["whole"]["accepted"]) == (2, 1, 1)
    assert {row["name"]: row["answered"] for row in found["by_band"]} == {"100-199": 1, "400-499": 0}
    rows = client.get(f"/api/v1/surveys/{campaign.pk}/institutions?stage=asked").json()["items"]
    assert [(row["institution_id"], row["calls_made"], row["last_outcome"]) for row in rows] == [
        (other_hospital.pk, 1, "needs_help")
    ]

    own = bearer(prefecture_officer.token(Permission.SURVEY_READ))
    assert own.get(f"/api/v1/surveys/{campaign.pk}/progress").json()["whole"]["asked"] == 1
    rows = own.get(f"/api/v1/surveys/{campaign.pk}/institutions").json()["items"]
    assert [row["institution_id"] for row in rows] == [hospital.pk]


def test_the_answer_to_a_survey_is_not_begun_on_its_occasion_from_outside(officer, manager, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    client = bearer(manager.token(Permission.RESPONSE_ANSWER))
    body = {"edition_id": str(campaign.edition_id), "institution_id": hospital.pk, "occasion": campaign.occasion}
    refused = client.post("/api/v1/responses", json.dumps(body), content_type="application/json")
    assert (refused.status_code, refused.json()["reason"]) == (403, "response_occasion_is_others")
    assert not Response.objects.exists()


def test_an_institution_reads_which_survey_asks_it_and_nothing_of_the_others(officer, manager, hospital, now):
    campaign = a_campaign(officer=officer.viewer, now=now)
    draft = a_campaign(officer=officer.viewer, now=now, is_open=False)
    client = bearer(manager.token(Permission.SURVEY_READ))
    assert [row["id"] for row in client.get("/api/v1/surveys").json()["items"]] == [str(campaign.pk)]
    for path in (f"{draft.pk}", f"{campaign.pk}/progress", f"{campaign.pk}/institutions"):
        assert client.get(f"/api/v1/surveys/{path}").status_code == 404
