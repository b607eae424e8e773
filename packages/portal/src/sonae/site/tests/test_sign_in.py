import runpy

import pytest
from django.urls import reverse

from sonae.site import settings as module
from sonae.testing.cast import PASSWORD


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
