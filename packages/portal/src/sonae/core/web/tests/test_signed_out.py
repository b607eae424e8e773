"""A script of a page whose session ended is told so: it is never led to the sign-in page, which it would take too."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from sonae.testing.cast import SIGN_IN_BACKEND

FROM_A_SCRIPT = {"HX-Request": "true"}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_a_script_sends_without_a_session_is_refused_where_a_person_is_led_to_sign_in(db, language):
    stranger = Client()
    stranger.cookies["sonae_language"] = language
    address = reverse("instruments:list")
    for ask in (stranger.get, stranger.post):
        refused = ask(address, headers=FROM_A_SCRIPT)
        assert refused.status_code == 401
        assert "Location" not in refused.headers
        led = ask(address)
        assert led.status_code == 302
        assert parse_qs(urlsplit(led.headers["Location"]).query)["next"] == [address]


def test_a_script_is_not_led_to_the_second_factor_either(manager):
    lost = Client()
    lost.force_login(manager.account, backend=SIGN_IN_BACKEND)
    address = reverse("instruments:list")
    assert lost.get(address).status_code == 302
    assert lost.get(address, headers=FROM_A_SCRIPT).status_code == 403


def test_every_page_holds_the_words_for_it(manager):
    page = manager.client.get(reverse("instruments:list")).text
    assert 'id="signed-out"' in page
    assert f'href="{reverse("account_login")}" target="_blank"' in page
