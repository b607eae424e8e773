from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.bulletins import services as bulletins
from sonae.core.bulletins.vocabulary import Audience, Content
from sonae.core.duties import services as duties
from sonae.core.web.vocabulary import Tlp

EVERYBODY = [
    "officer", "inspector", "prefecture_officer", "analyst", "responder", "manager", "executive", "colleague",
    "vendor_person", "operator", "auditor",
]  # fmt: skip
MOST_QUERIES = 15


@pytest.fixture
def late_duty(hospital, now):
    """What a hospital owes since three weeks."""
    then = now - timedelta(days=20)
    return duties.impose(
        "incident.first-report", institution_id=hospital.pk, subject="incident", subject_id="i-1", known_at=then,
        now=then, facts={"number": "2026-001"},
    )  # fmt: skip


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_finds_their_duties_on_the_home_page(who, request):
    client = request.getfixturevalue(who).client
    page = client.get("/")
    assert page.status_code == 200
    assert "Your duties" in page.text


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_home_page_asks_the_database_at_most_fifteen_times(who, request):
    client = request.getfixturevalue(who).client
    client.get("/")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/")
    assert len(asked) <= MOST_QUERIES, [one["sql"][:120] for one in asked]


@pytest.mark.parametrize("who", ["officer", "inspector", "prefecture_officer", "analyst"])
def test_bodies_of_the_sector_see_its_state(who, request):
    assert "State of the sector" in request.getfixturevalue(who).client.get("/").text


@pytest.mark.parametrize("who", ["manager", "colleague", "vendor_person", "responder"])
def test_institutions_do_not_see_the_state_of_the_sector(who, request):
    assert "State of the sector" not in request.getfixturevalue(who).client.get("/").text


def test_an_auditor_sees_no_incidents_in_the_state_of_the_sector(auditor):
    page = auditor.client.get("/").text
    assert "State of the sector" in page
    assert "Ongoing incidents" not in page


def test_nothing_late_anywhere_is_a_sentence_and_no_map_of_zeros(officer):
    page = officer.client.get("/").text
    assert "No duty of an institution is overdue in any prefecture." in page
    assert "tile-value" not in page


def test_something_late_is_a_map_with_a_figure_in_every_prefecture_and_a_legend_in_words(officer, late_duty):
    page = officer.client.get("/").text
    assert page.count('<span class="tile-value">0</span>') == 46
    assert "No duty of an institution is overdue" not in page and "no figure" not in page
    assert "Shades (duties):" in page


def test_an_officer_of_a_prefecture_sees_what_is_late_in_a_city_with_its_own_health_centre(
    prefecture_officer, late_duty, stranger, other_hospital, now
):
    page = prefecture_officer.client.get("/").text
    assert 'href="/duties/overview/"' in page
    assert "tile-value" not in page
    overview = prefecture_officer.client.get("/duties/overview/").text
    assert late_duty.institution.name in overview
    assert other_hospital.name not in overview


def test_an_inspector_of_one_body_gets_no_map_of_the_country(inspector):
    assert "tile-value" not in inspector.client.get("/").text


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, db):
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_the_tile_of_the_newest_bulletin_is_shown_as_it_happens(officer, analyst, manager, hospital, now):
    draft = bulletins.draft(
        Content("更新", "Update", "更新してください。", "Please update."), tlp=Tlp.GREEN, audience=Audience.everyone(),
        by=analyst.viewer, now=now,
    )  # fmt: skip
    bulletin = bulletins.issue_draft(draft.pk, by=officer.viewer, now=now)
    address = f"/bulletins/{bulletin.pk}/reach/tile/"
    assert f'hx-get="{address}" hx-trigger="every 5s"' in officer.client.get("/").text
    manager.client.get(f"/bulletins/{bulletin.pk}/")
    tile = officer.client.get(address).text
    assert "Recipients who opened the newest bulletin" in tile and '<span class="stat-value">1</span>' in tile
    bulletins.withdraw(bulletin.pk, why="A wrong version was named.", by=officer.viewer, now=now)
    assert address not in officer.client.get("/").text
