from datetime import timedelta

import pytest
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.duties import pages, queries, services
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.testing.cast import NOW, bearer

LIST = "duties:list"


@pytest.fixture
def sighting(hospital):
    """A duty that only the hospital sees."""
    return services.impose(
        "sighting.respond", institution_id=hospital.pk, subject="sighting", subject_id="s-1", known_at=NOW, now=NOW,
        facts={"indicator": "203.0.113.7"},
    )  # fmt: skip


@pytest.fixture
def silence(hospital):
    """A duty that a person declares done."""
    return services.impose(
        "collector.silent", institution_id=hospital.pk, subject="collector", subject_id="c-1", known_at=NOW, now=NOW,
        facts={"name": "B"},
    )  # fmt: skip


@pytest.fixture
def report(hospital):
    """A duty that is overdue and supervised."""
    known_at = NOW - timedelta(days=20)
    return services.impose(
        "incident.first-report", institution_id=hospital.pk, subject="incident", subject_id="i-1", known_at=known_at,
        now=NOW - timedelta(days=20), facts={"number": "2026-001"},
    )  # fmt: skip


@pytest.fixture
def bulletin(hospital):
    """A duty that the ministry can waive."""
    return services.impose(
        "bulletin.acknowledge", institution_id=hospital.pk, subject="bulletin", subject_id="b-1", known_at=NOW, now=NOW,
        due_at=NOW + timedelta(days=3), facts={"title": {"ja": "至急の更新", "en": "Urgent update"}},
    )  # fmt: skip


def page_of(duty):
    return reverse("duties:detail", args=[duty.pk])


EVERYONE = (
    "manager", "colleague", "executive", "stranger", "inspector", "prefecture_officer", "officer", "analyst",
    "responder", "vendor_person", "operator", "auditor",
)  # fmt: skip


@pytest.mark.parametrize("who", EVERYONE)
def test_everyone_has_a_list_of_their_duties(who, request):
    response = request.getfixturevalue(who).client.get(reverse(LIST))
    assert response.status_code == 200
    assert "You have no open duties." in response.text or "Nothing fits" in response.text


@pytest.mark.parametrize(
    ("who", "own", "supervised"),
    [
        ("manager", 200, 200), ("executive", 200, 200), ("inspector", 404, 200), ("officer", 404, 200),
        ("prefecture_officer", 404, 200),
        ("colleague", 404, 404), ("stranger", 404, 404), ("analyst", 404, 404), ("responder", 404, 404),
        ("vendor_person", 404, 404), ("operator", 404, 404), ("auditor", 404, 404),
    ],
)  # fmt: skip
def test_who_sees_a_duty_of_the_hospital(sighting, report, who, own, supervised, request):
    client = request.getfixturevalue(who).client
    assert client.get(page_of(sighting)).status_code == own
    assert client.get(page_of(report)).status_code == supervised


def test_the_list_shows_what_is_mine_and_open_the_soonest_first(sighting, report, bulletin, manager):
    text = manager.client.get(reverse(LIST)).text
    titles = ["preliminary report on the incident “2026-001”", "sighting of “203.0.113.7”", "bulletin “Urgent update”"]
    places = [text.index(title) for title in titles]
    assert places == sorted(places)
    assert "of them overdue" in text


def test_an_officer_sees_own_duties_first_and_all_supervised_ones_when_asked(sighting, report, officer):
    client = officer.client
    assert "2026-001" not in client.get(reverse(LIST)).text
    everything = client.get(reverse(LIST), {"circle": "all", "state": ""}).text
    assert "2026-001" in everything
    assert "203.0.113.7" not in everything


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "preliminary"}, {"report"}), ({"q": "速報"}, {"report"}), ({"q": "備前 検知"}, {"sighting"}),
        ({"timing": "overdue"}, {"report"}), ({"timing": "this_week"}, {"sighting", "bulletin"}),
        ({"timing": "later"}, set()), ({"rule": "bulletin.acknowledge"}, {"bulletin"}),
        ({"state": "fulfilled"}, set()), ({"state": ""}, {"report", "sighting", "bulletin"}), ({"q": "\x00"}, None),
    ],
)  # fmt: skip
def test_the_list_is_searched_and_filtered(sighting, report, bulletin, manager, query, found):
    response = manager.client.get(reverse(LIST), query)
    assert response.status_code == (200 if found is not None else 400)
    landmarks = {"report": "2026-001", "sighting": "203.0.113.7", "bulletin": "Urgent update"}
    if found is not None:
        assert {name for name, landmark in landmarks.items() if landmark in response.text} == found


@pytest.mark.parametrize("sort", ["due_at", "-due_at", "state", "institution", "-known_at", "title"])
def test_the_list_is_sorted_and_sent_as_rows_alone(sighting, report, manager, sort):
    response = manager.client.get(reverse(LIST), {"sort": sort, "page": 1}, headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.text.lstrip().startswith('<div id="rows"')


def test_the_list_is_exported_with_titles(sighting, manager):
    response = manager.client.get(reverse(LIST), {"export": "csv"})
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "Respond to the sighting of “203.0.113.7”" in text


def test_a_duty_shows_its_reason_its_source_and_its_history(sighting, manager):
    services.send_due_reminders(now=NOW + timedelta(hours=12))
    text = manager.client.get(page_of(sighting)).text
    for landmark in ("Why this is asked", "Something that matches an attack", "a value of Sonae", "To be confirmed"):
        assert landmark in text
    assert "Reminder sent." in text


def test_a_duty_is_fulfilled_with_a_note(silence, manager):
    address = reverse("duties:fulfil", args=[silence.pk])
    refused = manager.client.post(address, {"note": "abc"})
    assert (refused.status_code, ">\nabc</textarea>" in refused.text) == (422, True)
    assert manager.client.post(address, {"note": "isolated the host"}).status_code == 302
    text = manager.client.get(page_of(silence)).text
    assert "isolated the host" in text
    assert "Ended by evidence" in text
    again = manager.client.post(address, {"note": "isolated the host"})
    assert (again.status_code, "already ended" in again.text) == (403, True)


def test_a_sighting_is_answered_on_its_own_page(sighting, manager):
    assert "ends by itself when the work is done" in manager.client.get(page_of(sighting)).text
    response = manager.client.post(reverse("duties:fulfil", args=[sighting.pk]), {"note": "isolated the host"})
    assert (response.status_code, Duty.objects.get().state) == (403, DutyState.OPEN)


def test_whoever_cannot_fulfil_sees_why(report, inspector):
    text = inspector.client.get(page_of(report)).text
    assert "Only whoever owes this duty can fulfil it." in text
    assert "disabled" in text
    response = inspector.client.post(reverse("duties:fulfil", args=[report.pk]), {"note": "we did it"})
    assert response.status_code == 403
    assert Duty.objects.get(pk=report.pk).state == DutyState.OPEN


def test_waiving_keeps_what_was_typed_and_then_waives(bulletin, officer):
    address = reverse("duties:waive", args=[bulletin.pk])
    refused = officer.client.post(address, {"why": "because"})
    assert (refused.status_code, ">\nbecause</textarea>" in refused.text) == (422, True)
    assert officer.client.post(address, {"why": "the hospital has closed"}).status_code == 302
    assert "the hospital has closed" in officer.client.get(page_of(bulletin)).text


def test_what_the_law_asks_shows_why_it_cannot_be_waived(report, officer):
    assert "Nobody can waive it here." in officer.client.get(page_of(report)).text


@pytest.mark.parametrize("who", ["manager", "inspector", "stranger", "analyst"])
def test_who_may_not_waive(bulletin, who, request):
    person = request.getfixturevalue(who)
    response = person.client.post(reverse("duties:waive", args=[bulletin.pk]), {"why": "the hospital has closed"})
    assert response.status_code == 403
    assert Duty.objects.get(pk=bulletin.pk).state == DutyState.OPEN


@pytest.mark.parametrize("who", ["officer", "inspector"])
def test_the_due_moment_is_moved_and_both_are_shown(bulletin, who, request):
    client = request.getfixturevalue(who).client
    address = reverse("duties:redate", args=[bulletin.pk])
    refused = client.post(address, {"due_on": "2026-12-10", "why": "because"})
    assert (refused.status_code, ">\nbecause</textarea>" in refused.text) == (422, True)
    past = client.post(address, {"due_on": "2026-11-01", "why": "the hospital is closing"})
    assert (past.status_code, "already passed" in past.text) == (403, True)
    assert client.post(address, {"due_on": "2026-12-10", "why": "the hospital is closing"}).status_code == 302
    text = client.get(page_of(bulletin)).text
    for landmark in ("First due", "Thu 10 Dec 2026", "the hospital is closing", "The due moment was moved."):
        assert landmark in text


def test_what_the_law_lays_down_shows_why_it_cannot_be_moved(report, officer, manager):
    assert "Nobody can move it here." in officer.client.get(page_of(report)).text
    assert "Move the due moment" not in manager.client.get(page_of(report)).text


@pytest.mark.parametrize("who", ["manager", "executive", "stranger", "analyst"])
def test_who_may_not_move_the_due_moment(bulletin, who, request):
    address, sent = reverse("duties:redate", args=[bulletin.pk]), {"due_on": "2026-12-10", "why": "we need more time"}
    assert request.getfixturevalue(who).client.post(address, sent).status_code == 403
    assert Duty.objects.get(pk=bulletin.pk).due_at == bulletin.due_at


def test_the_api_moves_the_due_moment_for_whoever_supervises(bulletin, inspector, manager):
    address = f"/api/v1/duties/{bulletin.pk}/due-moment"
    body = {"due_at": "2026-12-11T00:00:00+09:00", "why": "the hospital is closing"}
    refused = bearer(manager.token(Permission.DUTY_READ)).post(address, body, content_type="application/json")
    assert refused.status_code == 403
    moved = bearer(inspector.token(Permission.DUTY_READ, Permission.DUTY_REDATE)).post(
        address, body, content_type="application/json"
    )
    assert moved.status_code == 200
    assert moved.json()["due_at"] != moved.json()["first_due_at"]


@pytest.mark.parametrize("who", ["officer", "inspector"])
def test_the_overview_counts_overdue_duties_of_supervised_institutions(sighting, report, hospital, who, request):
    text = request.getfixturevalue(who).client.get(reverse("duties:overview")).text
    assert hospital.name in text
    assert "Preliminary report to the commission" in text
    assert "Respond to a sighting" not in text


@pytest.mark.parametrize("who", ["manager", "executive", "colleague", "responder", "vendor_person", "operator"])
def test_who_has_no_overview(who, request):
    assert request.getfixturevalue(who).client.get(reverse("duties:overview")).status_code == 403


def test_numbers_of_what_is_overdue_keep_to_what_one_supervises(
    report, sighting, hospital, inspector, officer, stranger, analyst
):
    late = NOW + timedelta(days=9)
    for person in (inspector, officer):
        assert queries.overdue_by_prefecture(person.viewer, now=late) == {hospital.prefecture: 1}
        assert queries.overdue_by_rule(person.viewer, now=late) == {"incident.first-report": 1}
        (row,) = queries.overdue_institutions(person.viewer, now=late)
        assert (row, row.overdue, row.oldest_due_at) == (hospital, 1, report.due_at)
    for person in (stranger, analyst):
        assert queries.overdue_by_prefecture(person.viewer, now=late) == {}


def test_home_gets_its_cards_in_one_query(sighting, report, manager, django_assert_num_queries):
    viewer = manager.viewer
    with django_assert_num_queries(1):
        cards = pages.cards(queries.open_for(viewer, now=NOW)[:5], now=NOW)
    assert [card.tone for card in cards] == ["danger", "warning"]
    assert all(card.source and card.why and card.place and card.href for card in cards)
    with django_assert_num_queries(1):
        summary = queries.summary(viewer, now=NOW)
    assert (summary.open, summary.overdue, summary.this_week) == (2, 1, 1)


def test_an_incident_knows_what_hangs_on_it(report, manager):
    assert list(queries.hanging_on("incident", "i-1")) == [report]
    services.fulfil(report.pk, note="reported to the commission", by=manager.viewer, now=NOW)
    assert not queries.hanging_on("incident", "i-1").exists()


def test_pages_speak_japanese(sighting, manager):
    client = manager.client
    client.cookies["sonae_language"] = "ja"
    text = client.get(page_of(sighting)).text
    assert "検知「203.0.113.7」に対応する" in text
    assert "求められる理由" in text


# --- the API -------------------------------------------------------------------------------------------------------


def test_the_api_lists_reads_and_fulfils(silence, report, manager):
    client = bearer(manager.token(Permission.DUTY_READ, Permission.DUTY_FULFIL))
    first = client.get("/api/v1/duties", {"limit": 1, "state": "open"}).json()
    second = client.get("/api/v1/duties", {"limit": 1, "cursor": first["next_cursor"]}).json()
    assert {first["items"][0]["rule"], second["items"][0]["rule"]} == {"collector.silent", "incident.first-report"}
    assert second["next_cursor"] == ""
    one = client.get(f"/api/v1/duties/{silence.pk}").json()
    assert one["title"]["ja"] == "応答のないコレクタ「B」を確認する"
    assert one["source_is_unverified"] is True
    done = client.post(
        f"/api/v1/duties/{silence.pk}/fulfilment", {"note": "isolated the host"}, content_type="application/json"
    )
    assert (done.status_code, done.json()["state"]) == (200, "fulfilled")
    again = client.post(
        f"/api/v1/duties/{silence.pk}/fulfilment", {"note": "isolated the host"}, content_type="application/json"
    )
    assert (again.status_code, again.json()["reason"]) == (403, "already_ended")


def test_the_api_waives_for_the_ministry_only(bulletin, officer, manager):
    address, body = f"/api/v1/duties/{bulletin.pk}/waiver", {"why": "the hospital has closed"}
    refused = manager.client.post(address, body, content_type="application/json")
    assert refused.status_code == 403
    waived = bearer(officer.token(Permission.DUTY_READ, Permission.DUTY_WAIVE)).post(
        address, body, content_type="application/json"
    )
    assert waived.json()["state"] == "waived"


def test_a_token_without_the_scope_fulfils_nothing(silence, manager):
    client = bearer(manager.token(Permission.DUTY_READ))
    response = client.post(
        f"/api/v1/duties/{silence.pk}/fulfilment", {"note": "isolated the host"}, content_type="application/json"
    )
    assert (response.status_code, response.json()["reason"]) == (403, "token_lacks_scope")


def test_the_api_hides_duties_from_strangers(sighting, stranger):
    client = bearer(stranger.token(Permission.DUTY_READ))
    assert client.get(f"/api/v1/duties/{sighting.pk}").status_code == 404
    assert client.get("/api/v1/duties").json()["items"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_new_last_day_beyond_the_calendar_comes_back_at_its_field(bulletin, officer, day):
    sent = {"due_on": day, "why": "we need more time"}
    answer = officer.client.post(reverse("duties:redate", args=[bulletin.pk]), sent)
    assert answer.status_code == 422 and 'id="id_due_on_error"' in answer.content.decode()
