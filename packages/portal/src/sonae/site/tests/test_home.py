import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.bulletins import services as bulletins
from sonae.core.bulletins.vocabulary import Audience, Content
from sonae.core.web.vocabulary import Tlp

EVERYBODY = [
    "officer", "inspector", "analyst", "responder", "manager", "executive", "colleague", "vendor_person", "operator",
    "auditor",
]  # fmt: skip
MOST_QUERIES = 15


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


@pytest.mark.parametrize("who", ["officer", "inspector", "analyst"])
def test_bodies_of_the_sector_see_its_state(who, request):
    assert "State of the sector" in request.getfixturevalue(who).client.get("/").text


@pytest.mark.parametrize("who", ["manager", "colleague", "vendor_person", "responder"])
def test_institutions_do_not_see_the_state_of_the_sector(who, request):
    assert "State of the sector" not in request.getfixturevalue(who).client.get("/").text


def test_an_auditor_sees_no_incidents_in_the_state_of_the_sector(auditor):
    page = auditor.client.get("/").text
    assert "State of the sector" in page
    assert "Ongoing incidents" not in page


def test_nothing_late_is_a_figure_in_every_prefecture_that_is_looked_after(officer):
    page = officer.client.get("/").text
    assert page.count('<span class="tile-value">0</span>') == 47
    assert "no figure" not in page


def test_an_inspector_of_one_body_gets_no_map_of_the_country(inspector):
    assert "tile-value" not in inspector.client.get("/").text


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, db):
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_the_tile_of_the_newest_bulletin_is_shown_as_it_happens(officer, analyst, manager, hospital, now):
    draft = bulletins.draft(
        Content("更新", "Update", "更新してください。", "Please update."), tlp=Tlp.GREEN, audience=Audience.everyone(),
        by=analyst.viewer, now=now,
    )  # fmt: skip
    bulletin = bulletins.issue_draft(draft.pk, by=analyst.viewer, now=now)
    address = f"/bulletins/{bulletin.pk}/reach/tile/"
    assert f'hx-get="{address}" hx-trigger="every 5s"' in officer.client.get("/").text
    manager.client.get(f"/bulletins/{bulletin.pk}/")
    tile = officer.client.get(address).text
    assert "Recipients who opened the newest bulletin" in tile and '<span class="stat-value">1</span>' in tile
    bulletins.withdraw(bulletin.pk, why="A wrong version was named.", by=officer.viewer, now=now)
    assert address not in officer.client.get("/").text
