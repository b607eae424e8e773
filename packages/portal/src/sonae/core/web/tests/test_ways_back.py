"""Nobody is led to an address that only takes what a form sends; who comes there all the same reads what it is."""

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from sonae.core.web import ways_back

RESPONSE = UUID(int=1)
SENT_TO = [
    (reverse("instruments:submit", args=[RESPONSE]), reverse("instruments:response", args=[RESPONSE])),
    (reverse("instruments:clear", args=[RESPONSE]), reverse("instruments:response", args=[RESPONSE])),
    (reverse("web:set-theme"), "/"),
]


@pytest.mark.parametrize(("address", "page"), SENT_TO)
def test_the_page_of_what_is_sent_is_the_nearest_above(address, page):
    assert ways_back.page_for(address) == page
    assert ways_back.page_for(f"http://testserver{address}?a=b") == page


@pytest.mark.parametrize("address", ["/", "/responses/?q=a&page=2", "/account/login/", "/nothing/lives/here/", "x", ""])
def test_a_page_is_its_own_and_an_unknown_address_is_left_as_it_is(address):
    assert ways_back.page_for(address) == address


@pytest.mark.parametrize(("address", "page"), SENT_TO[:2])
def test_signing_in_and_the_switches_of_the_frame_lead_to_pages(manager, address, page):
    asked = Client().get(address)
    assert parse_qs(urlsplit(asked.headers["Location"]).query)["next"] == [page]
    for switch, chosen in (("set_language", {"language": "en"}), ("web:set-theme", {"theme": "dark"})):
        led = manager.client.post(reverse(switch), {"next": address, **chosen})
        assert (led.status_code, led.headers["Location"]) == (302, page)


@pytest.mark.parametrize(
    ("language", "title"),
    [("ja", "この方法ではご利用いただけません"), ("en", "This page cannot be used in this way")],
)
def test_an_address_that_takes_no_look_says_so_with_the_way_back(manager, language, title):
    address, page = SENT_TO[0]
    client = manager.client
    client.cookies["sonae_language"] = language
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert f'href="{page}"' in answer.text
    assert title in answer.text
    assert f'href="{page}"' not in client.post("/").text
