import runpy

import pytest
from django.test import Client
from django.urls import reverse

from sonae.site import settings as module
from sonae.testing.cast import PASSWORD

LOGIN = "/account/login/"


def a_try(client, email, password, *, seen_from):
    return client.post(
        reverse("account_login"), {"login": email, "password": password}, headers={"X-Forwarded-For": seen_from}
    )


@pytest.mark.parametrize(("given", "trusted"), [("1", 1), ("", None)])
def test_the_address_that_a_proxy_names_is_believed_only_where_there_is_one(monkeypatch, given, trusted):
    monkeypatch.setenv("SONAE_BEHIND_PROXY", given)
    assert runpy.run_path(module.__file__).get("ALLAUTH_TRUSTED_PROXY_COUNT") == trusted


def test_a_stranger_who_guesses_behind_the_same_proxy_keeps_nobody_out(client, colleague, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(12):
        a_try(client, f"nobody-{number}@example.jp", "wrong", seen_from=f"192.0.2.{number}, 198.51.100.9")
    # What the guesser writes into the header himself changes nothing: he is held.
    held = a_try(client, colleague.account.email, PASSWORD, seen_from="203.0.113.1, 198.51.100.9")
    assert held.status_code == 200
    assert a_try(client, colleague.account.email, PASSWORD, seen_from="203.0.113.1").status_code == 302


def test_a_stranger_who_guesses_from_elsewhere_does_not_keep_the_owner_out(client, colleague):
    for number in range(6):
        client.post(
            LOGIN, {"login": colleague.account.email, "password": f"wrong {number}"}, REMOTE_ADDR="198.51.100.7"
        )
    here = {"login": colleague.account.email, "password": PASSWORD}
    assert client.post(LOGIN, here, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.post(LOGIN, here, REMOTE_ADDR="203.0.113.20").status_code == 302


def test_guesses_from_many_networks_meet_a_limit_that_does_not_hold_the_owner_where_they_signed_in(colleague):
    here = {"login": colleague.account.email, "password": PASSWORD}
    assert Client().post(LOGIN, here, REMOTE_ADDR="203.0.113.20").status_code == 302
    for number in range(50):
        guess = {"login": colleague.account.email, "password": f"wrong {number}"}
        Client().post(LOGIN, guess, REMOTE_ADDR=f"198.51.{number}.7")
    assert Client().post(LOGIN, here, REMOTE_ADDR="192.0.2.5").status_code == 200
    assert Client().post(LOGIN, here, REMOTE_ADDR="203.0.113.20").status_code == 302


def test_a_network_is_known_for_who_signed_in_there_and_for_nobody_else(colleague, vendor_person):
    own = {"login": vendor_person.account.email, "password": PASSWORD}
    assert Client().post(LOGIN, own, REMOTE_ADDR="203.0.113.20").status_code == 302
    for number in range(50):
        guess = {"login": colleague.account.email, "password": f"wrong {number}"}
        Client().post(LOGIN, guess, REMOTE_ADDR=f"198.51.{number}.7")
    other = {"login": colleague.account.email, "password": PASSWORD}
    assert Client().post(LOGIN, other, REMOTE_ADDR="203.0.113.20").status_code == 200
