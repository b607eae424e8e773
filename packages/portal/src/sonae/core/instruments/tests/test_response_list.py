"""The list of responses: found by edition, place and kind, and the occasion by the name of the room that asked."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments import occasions
from sonae.core.instruments.models import Response
from sonae.core.instruments.testing import FORM, a_response, an_edition

pytestmark = pytest.mark.django_db


def rows_of(client, conditions=""):
    answer = client.get(f"/responses/?export=csv{conditions}")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.fixture
def two(officer, manager, stranger, now):
    """A response each of two hospitals of different prefectures, handed in."""
    said = {"officer": officer.viewer, "now": now, "is_handed_in": True}
    return [a_response(person.place.institution_id, by=person.viewer, **said) for person in (manager, stranger)]


@pytest.fixture
def claimed(monkeypatch):
    monkeypatch.setattr(occasions, "_claimed", {"survey:", "visit:"})
    monkeypatch.setattr(occasions, "_named", {})
    asked = []

    def names(found):
        asked.append(sorted(found))
        return {occasion: f"Survey {occasion[-1]}" for occasion in found if occasion != "survey:9"}

    occasions.offer_names("survey:", names)
    return asked


def test_an_occasion_has_the_name_that_its_room_gives_and_never_a_key_of_ours(claimed):
    found = occasions.names_of(["survey:1", "survey:2", "survey:9", "visit:1", "2026"])
    assert found == {"survey:1": "Survey 1", "survey:2": "Survey 2", "survey:9": "", "visit:1": "", "2026": "2026"}
    assert claimed == [["survey:1", "survey:2", "survey:9"]], "the room is asked once"


def test_responses_are_found_by_prefecture_and_kind(two, officer):
    first, second = (one.institution for one in two)
    assert {row["Institution"] for row in rows_of(officer.client)} == {first.name, second.name}
    found = rows_of(officer.client, f"&prefecture={first.prefecture}")
    assert [row["Institution"] for row in found] == [first.name]
    assert len(rows_of(officer.client, "&kind=hospital")) == 2
    assert rows_of(officer.client, f"&kind={InstitutionKind.PHARMACY}") == []


def test_responses_are_found_by_edition_whichever_version_was_answered(two, officer, now):
    corrected = an_edition(by=officer.viewer, now=now, form=FORM.replace("病床数", "許可病床数"))
    other = an_edition(by=officer.viewer, now=now, form=FORM.replace("id: readiness", "id: other"))
    assert len(rows_of(officer.client, f"&edition={corrected.pk}")) == 2
    assert rows_of(officer.client, f"&edition={other.pk}") == []


def test_the_occasion_is_shown_by_name_in_list_file_and_page(two, officer, claimed):
    Response.objects.filter(pk=two[0].pk).update(occasion="survey:1")
    assert {row["Occasion"] for row in rows_of(officer.client)} == {"Survey 1", "2026"}
    for path in ("/responses/", f"/responses/{two[0].pk}/"):
        shown = officer.client.get(path).content.decode()
        assert "Survey 1" in shown
        assert "survey:1" not in shown


def test_the_names_cost_one_question_however_many_responses(two, officer, claimed, now):
    def cost():
        with CaptureQueriesContext(connection) as counted:
            officer.client.get("/responses/")
        return len(counted)

    officer.client.get("/responses/")
    Response.objects.filter(pk=two[0].pk).update(occasion="survey:1")
    before = cost()
    Response.objects.filter(pk=two[1].pk).update(occasion="survey:2", opened_at=now - timedelta(days=1))
    claimed.clear()
    assert cost() == before
    assert claimed == [["survey:1", "survey:2"]]
