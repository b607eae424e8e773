"""Bulletins as pages and through the API."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins import services
from sonae.core.bulletins.markdown import to_html
from sonae.core.bulletins.models import Bulletin, Recipient
from sonae.core.bulletins.vocabulary import Audience, Content
from sonae.core.institutions.testing import an_institution
from sonae.core.web.vocabulary import Tlp
from sonae.testing.cast import bearer

CONTENT = Content("VPN装置の更新", "Update the VPN appliance", "**すぐに**更新してください。", "Please update **now**.")
FORM = {
    "tlp": "green",
    "title_ja": CONTENT.title_ja,
    "title_en": CONTENT.title_en,
    "body_ja": CONTENT.body_ja,
    "body_en": CONTENT.body_en,
}


@pytest.fixture
def bulletin(analyst, officer, hospital, other_hospital, now):
    draft = services.draft(
        CONTENT,
        tlp=Tlp.GREEN,
        audience=Audience.everyone(),
        by=analyst.viewer,
        now=now,
        acknowledge_by=now + timedelta(days=3),
    )
    return services.issue_draft(draft.pk, by=officer.viewer, now=now)


def test_the_list_shows_searches_and_exports_what_the_viewer_may_read(bulletin, manager):
    assert CONTENT.title_en in manager.client.get("/bulletins/").content.decode()
    assert CONTENT.title_en not in manager.client.get("/bulletins/", {"q": "nothing like it"}).content.decode()
    assert CONTENT.title_en in manager.client.get("/bulletins/", {"q": "ＶＰＮ"}).content.decode()
    sheet = b"".join(manager.client.get("/bulletins/", {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert "TLP:GREEN" in sheet


def test_a_bulletin_is_written_previewed_and_issued_by_another(analyst, second_analyst, hospital, other_hospital):
    browser = analyst.client
    saved = browser.post("/bulletins/new/", FORM | {"prefectures": ["13"]})
    page = browser.get(saved.headers["Location"]).content.decode()
    assert "Reaches 1 institution as of" in page
    assert "<strong>すぐに</strong>" in page
    assert other_hospital.name in page

    draft = Bulletin.objects.get()
    assert "another person than its authors" in page
    assert browser.post(f"/bulletins/{draft.pk}/issue/").status_code == 403
    reach = second_analyst.client.post(f"/bulletins/{draft.pk}/issue/", follow=True)
    assert "The bulletin was issued to 1 institution." in reach.content.decode()
    assert Recipient.objects.get().institution == other_hospital


def test_a_form_with_mistakes_keeps_what_was_typed_and_names_each_line(analyst, hospital):
    answer = analyst.client.post(
        "/bulletins/new/", FORM | {"codes": f"{hospital.register_code}\nZ999\n\nZ998", "body_en": ""}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 2:" in page
    assert "Z998" in page
    assert CONTENT.title_ja in page
    assert not Bulletin.objects.exists()


def test_the_audience_is_counted_while_the_form_is_filled_in(analyst, hospital, other_hospital):
    browser = analyst.client
    assert "Reaches 2 institutions" in browser.post("/bulletins/audience/", {}).content.decode()
    assert "Reaches 1 institution " in browser.post("/bulletins/audience/", {"beds_from": 200}).content.decode()
    assert "Please complete" in browser.post("/bulletins/audience/", {"beds_from": 9, "beds_to": 1}).content.decode()


def test_a_draft_that_cannot_be_issued_shows_the_button_with_the_reason(analyst, hospital):
    browser = analyst.client
    saved = browser.post("/bulletins/new/", FORM | {"tlp": "red"})
    page = browser.get(saved.headers["Location"]).content.decode()
    assert "TLP:RED is for named recipients only." in page
    assert browser.post(f"/bulletins/{Bulletin.objects.get().pk}/issue/").status_code == 403


def test_a_draft_is_changed_until_it_is_issued(analyst, officer, hospital):
    browser = analyst.client
    browser.post("/bulletins/new/", FORM | {"codes": hospital.register_code, "kinds": ["hospital"]})
    draft = Bulletin.objects.get()
    page = browser.get(f"/bulletins/{draft.pk}/draft/").content.decode()
    assert hospital.register_code in page
    browser.post(f"/bulletins/{draft.pk}/draft/", FORM | {"title_en": "Another title"})
    assert Bulletin.objects.get().title_en == "Another title"
    officer.client.post(f"/bulletins/{draft.pk}/issue/")
    assert browser.get(f"/bulletins/{draft.pk}/draft/").status_code == 403


def test_a_page_about_the_owners_of_a_product_names_none_of_them(analyst, hospital, settings, now):
    settings.DISCLOSURE_K = 2
    for one in (hospital, an_institution()):
        services.note_owned_products(one.pk, ["fortinet fortigate 60f"])
    draft = services.draft(
        CONTENT, tlp=Tlp.GREEN, audience=Audience(product="fortinet fortigate 60f"), by=analyst.viewer, now=now
    )
    page = analyst.client.get(f"/bulletins/{draft.pk}/").content.decode()
    assert "Reaches at least 2 institutions" in page
    assert hospital.name not in page
    narrowed = analyst.client.post("/bulletins/audience/", {"product": "Fortinet FortiGate 60F", "prefectures": ["13"]})
    assert "Reaches fewer than 2 institutions" in narrowed.content.decode()


def test_opening_is_remembered_and_the_manager_acknowledges(bulletin, manager, hospital):
    browser = manager.client
    page = browser.get(f"/bulletins/{bulletin.pk}/").content.decode()
    receipt = Recipient.objects.get(institution=hospital)
    assert receipt.opened_by_id == manager.account.pk
    assert "We have taken note" in page
    browser.post(f"/bulletins/{bulletin.pk}/institutions/{hospital.pk}/acknowledgement/")
    page = browser.get(f"/bulletins/{bulletin.pk}/").content.decode()
    assert "We have taken note" not in page
    browser.post(f"/bulletins/{bulletin.pk}/institutions/{hospital.pk}/done/")
    assert Recipient.objects.get(pk=receipt.pk).done_by_id == manager.account.pk


def test_staff_read_but_do_not_speak_for_the_institution(bulletin, colleague, hospital):
    page = colleague.client.get(f"/bulletins/{bulletin.pk}/").content.decode()
    assert hospital.name in page
    assert "We have taken note" not in page
    refused = colleague.client.post(f"/bulletins/{bulletin.pk}/institutions/{hospital.pk}/acknowledgement/")
    assert refused.status_code == 403


def test_the_reach_page_counts_with_denominator_and_moment(bulletin, officer, manager, hospital, now):
    services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    page = officer.client.get(f"/bulletins/{bulletin.pk}/reach/").content.decode()
    assert "of 2 (50" in page
    assert "Share of institutions that have acknowledged, by prefecture" in page
    done = officer.client.get(f"/bulletins/{bulletin.pk}/reach/", {"stage": "acknowledged"}).content.decode()
    assert hospital.name in done
    unopened = officer.client.get(f"/bulletins/{bulletin.pk}/reach/", {"stage": "unopened"}).content.decode()
    assert hospital.name not in unopened


def polled(page):
    """The addresses that a page asks again every few seconds."""
    return re.findall(r'hx-get="([^"]+)" hx-trigger="every 5s"', page)


def test_the_figures_of_reach_are_shown_as_it_happens(bulletin, officer, manager, hospital, now):
    page = officer.client.get(f"/bulletins/{bulletin.pk}/reach/").text
    (address,) = polled(page)
    before = officer.client.get(address).text
    assert "of 2 (50" not in before
    services.acknowledge(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    after = officer.client.get(address).text
    assert "of 2 (50" in after
    assert "As of" in after and "Share of institutions that have acknowledged, by prefecture" in after
    assert "<html" not in after and hospital.name not in after
    assert polled(after) == [address]


def test_without_scripts_the_page_of_reach_is_asked_for_by_hand(bulletin, officer):
    page = officer.client.get(f"/bulletins/{bulletin.pk}/reach/").text
    by_hand = re.search(r'<noscript><p><a href="([^"]+)">', page)
    assert by_hand is not None and by_hand[1] == f"/bulletins/{bulletin.pk}/reach/"


def test_nothing_is_asked_again_once_everyone_is_done(
    bulletin, officer, manager, stranger, hospital, other_hospital, now
):
    services.mark_done(bulletin.pk, hospital.pk, by=manager.viewer, now=now)
    for path in ("reach/", "reach/figures/", "reach/tile/"):
        assert polled(officer.client.get(f"/bulletins/{bulletin.pk}/{path}").text)
    services.mark_done(bulletin.pk, other_hospital.pk, by=stranger.viewer, now=now)
    for path in ("reach/", "reach/figures/", "reach/tile/"):
        assert not polled(officer.client.get(f"/bulletins/{bulletin.pk}/{path}").text)


def test_nothing_is_asked_again_once_the_bulletin_is_withdrawn(bulletin, officer, now):
    services.withdraw(bulletin.pk, why="A wrong version was named.", by=officer.viewer, now=now)
    for path in ("reach/", "reach/figures/", "reach/tile/"):
        page = officer.client.get(f"/bulletins/{bulletin.pk}/{path}")
        assert (page.status_code, polled(page.text)) == (200, [])


def test_an_inspector_is_shown_the_figures_of_their_own_jurisdiction_as_it_happens(bulletin, inspector):
    tile = inspector.client.get(f"/bulletins/{bulletin.pk}/reach/tile/").text
    assert "of 1 (" in tile


def test_the_figures_are_for_whoever_follows_bulletins(bulletin, manager):
    assert manager.client.get(f"/bulletins/{bulletin.pk}/reach/figures/").status_code == 403
    assert manager.client.get(f"/bulletins/{bulletin.pk}/reach/tile/").status_code == 403


def test_an_inspector_follows_their_own_jurisdiction_only(bulletin, inspector, hospital, other_hospital):
    page = inspector.client.get(f"/bulletins/{bulletin.pk}/reach/").content.decode()
    assert hospital.name in page
    assert other_hospital.name not in page


def test_a_withdrawn_bulletin_says_why(bulletin, officer, manager):
    officer.client.post(f"/bulletins/{bulletin.pk}/withdrawal/", {"why": "A wrong version was named."})
    page = manager.client.get(f"/bulletins/{bulletin.pk}/").content.decode()
    assert "A wrong version was named." in page
    assert officer.client.post(f"/bulletins/{bulletin.pk}/withdrawal/", {"why": ""}).status_code == 422


def test_the_pages_speak_japanese(bulletin, manager):
    browser = manager.client
    browser.cookies["sonae_language"] = "ja"
    page = browser.get(f"/bulletins/{bulletin.pk}/").content.decode()
    assert CONTENT.title_ja in page
    assert re.search(r"確認しました", page)


@pytest.mark.parametrize(
    ("text", "holds", "lacks"),
    [
        ("# Head", "<h2>Head</h2>", "<h1"),
        ("<script>alert(1)</script>", "&lt;script&gt;", "<script"),
        ("[x](javascript:alert(1))", "[x]", "href"),
        ("[x](https://example.jp)", 'rel="noopener noreferrer nofollow"', "<script"),
        ("![x](https://example.jp/pixel.png)", "", "<img"),
        ('<p style="color:red" onclick="x()">', "", "<p style"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<table>", "style"),
    ],
)
def test_markdown_becomes_html_that_does_no_harm(text, holds, lacks):
    html = to_html(text)
    assert holds in html
    assert lacks not in html


def test_a_program_reads_bulletins_page_by_page(analyst, officer, manager, hospital, now):
    for number in range(5):
        draft = services.draft(
            CONTENT, tlp=Tlp.GREEN, audience=Audience.everyone(), by=analyst.viewer, now=now, key=f"b{number}"
        )
        services.issue_draft(draft.pk, by=officer.viewer, now=now)
    program, seen, cursor = bearer(manager.token(Permission.BULLETIN_READ)), [], ""
    while True:
        page = program.get("/api/v1/bulletins", {"limit": 2, "cursor": cursor}).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert seen == [str(pk) for pk in Bulletin.objects.order_by("pk").values_list("pk", flat=True)]
    text = program.get(f"/api/v1/bulletins/{seen[0]}").json()
    assert text["body_ja"] == CONTENT.body_ja


def test_acknowledging_through_the_api_twice_with_one_key_is_one_act(bulletin, manager, hospital):
    program = bearer(manager.token(Permission.BULLETIN_READ, Permission.BULLETIN_ACKNOWLEDGE))
    url = f"/api/v1/bulletins/{bulletin.pk}/acknowledgement"
    answers = [
        program.post(url, {"stage": "done"}, content_type="application/json", headers={"Idempotency-Key": "k1"})
        for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["stage"] == "done"
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    other_body = program.post(url, {}, content_type="application/json", headers={"Idempotency-Key": "k1"})
    assert (other_body.status_code, other_body.json()["reason"]) == (409, "key_reused")


def test_the_api_asks_which_institution_where_there_are_several(bulletin, manager, other_hospital, now):
    services.grants.found(
        manager.account.pk,
        manager.role,
        at=services.grants.place_of_institution(other_hospital.pk),
        now=now - timedelta(days=1),
    )
    program = bearer(manager.token(Permission.BULLETIN_ACKNOWLEDGE, Permission.BULLETIN_READ))
    url = f"/api/v1/bulletins/{bulletin.pk}/acknowledgement"
    assert program.post(url, {}, content_type="application/json").json()["reason"] == "institution_ambiguous"
    named = program.post(url, {"institution_id": other_hospital.pk}, content_type="application/json")
    assert named.json()["stage"] == "acknowledged"


def test_a_limit_of_requests_holds_for_one_caller_and_not_for_another(settings, manager, officer, now):
    cache.clear()
    settings.API_REQUESTS_PER_MINUTE = 3
    program, other = bearer(manager.token(Permission.BULLETIN_READ)), bearer(officer.token(Permission.BULLETIN_READ))
    statuses = [program.get("/api/v1/bulletins").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = program.get("/api/v1/bulletins")
    assert refused.json()["reason"] == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.get("/api/v1/bulletins").status_code == 200
