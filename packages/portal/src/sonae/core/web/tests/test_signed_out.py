"""A script of a page whose session ended is told so: it is never led to the sign-in page, which it would take too."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from sonae.core.web import typed
from sonae.testing.cast import SIGN_IN_BACKEND

SIGN_IN_LINK = re.compile(r'<p><a class="button" href="([^"]+)" target="_blank"')


@pytest.fixture
def form_address():
    """An address that takes a long form, and lets in nobody who is not signed in."""
    return reverse("sessions:end-others")


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


TYPED = {"note": "長い文章\n二行目 <b>", "password": "himitsu-1", "answers": ["yes", "no"], "empty": " "}


def test_what_was_typed_before_the_session_ended_is_shown_once_more(db, form_address):
    lost = Client()
    answer = lost.post(form_address, TYPED)
    assert answer.status_code == 401
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.text
    assert "長い文章\n二行目 &lt;b&gt;</textarea>" in page
    assert page.count("<textarea readonly") == 3
    assert "himitsu-1" not in page
    assert parse_qs(urlsplit(SIGN_IN_LINK.search(page)[1].replace("&amp;", "&")).query)["next"]


def test_nothing_of_another_site_is_shown(db, form_address):
    answer = Client(enforce_csrf_checks=True).post(form_address, TYPED)
    assert answer.status_code == 403
    assert "長い文章" not in answer.text


def test_who_sent_nothing_is_led_to_sign_in(db, form_address):
    assert Client().post(form_address, {"csrfmiddlewaretoken": "a"}).status_code == 302


def test_a_text_too_long_for_a_page_and_a_view_without_a_token_show_nothing(rf):
    def view(request):
        return None

    whole = rf.post("/", {"note": "a" * typed.MOST_CHARACTERS})
    assert [one.name for one in typed.typed_in(whole, view)] == ["note"]
    assert typed.typed_in(rf.post("/", {"note": "a" * (typed.MOST_CHARACTERS + 1)}), view) == ()
    assert typed.typed_in(rf.get("/", {"note": "a"}), view) == ()
    assert typed.typed_in(rf.post("/", {"note": "a"}), csrf_exempt(view)) == ()
