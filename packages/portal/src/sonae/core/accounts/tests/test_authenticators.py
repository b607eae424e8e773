import threading
from datetime import datetime

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.test import Client

from sonae.testing.cast import NOW, PASSWORD, TOTP_SECRET

BEGAN = datetime.fromtimestamp(NOW.timestamp() // 30 * 30, tz=NOW.tzinfo)
LOGIN, CODE = "/account/login/", "/account/2fa/authenticate/"


def code_at(seconds):
    """What the app showed so many seconds after the step of `NOW` began."""
    return format_hotp_value(hotp_value(TOTP_SECRET, int(BEGAN.timestamp() + seconds) // 30))


def lets_in(account, code):
    visitor = Client()
    assert visitor.post(LOGIN, {"login": account.email, "password": PASSWORD}).url.startswith(CODE)
    return visitor.post(CODE, {"code": code}).status_code == 302


@pytest.mark.parametrize(
    ("shown_at", "opens"), [(-31, False), (-30, True), (-1, True), (0, True), (29, True), (59, True), (60, False)]
)
def test_a_code_opens_in_its_own_step_and_the_ones_beside_it(manager, time_machine, shown_at, opens):
    time_machine.move_to(BEGAN, tick=False)
    assert lets_in(manager.account, code_at(shown_at)) is opens


@pytest.mark.parametrize("later", [0, 29, 31, 59])
def test_a_code_opens_once_as_long_as_it_holds(manager, time_machine, later):
    time_machine.move_to(BEGAN, tick=False)
    newest = code_at(30)
    assert lets_in(manager.account, newest)
    time_machine.shift(later)
    assert not lets_in(manager.account, f" {newest[:3]} {newest[3:]} ")
    assert lets_in(manager.account, code_at(later - 30))


def test_a_code_of_one_person_says_nothing_about_the_same_code_of_another(manager, officer, time_machine):
    time_machine.move_to(BEGAN, tick=False)
    assert lets_in(manager.account, code_at(0))
    assert lets_in(officer.account, code_at(0))


def test_the_seed_of_an_app_does_not_lie_open_in_the_database(manager):
    seed = generate_totp_secret()
    Authenticator.objects.filter(user=manager.account).delete()
    TOTP.activate(manager.account, seed)
    stored = Authenticator.objects.get(user=manager.account).data["secret"]
    assert seed not in stored
    assert decrypt(stored) == seed


def test_seeds_are_read_under_a_former_key_until_it_is_forgotten(settings):
    settings.SECRET_KEY = "the key of last year"
    stored = encrypt("a seed")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key of this year", ["the key of last year"]
    assert decrypt(stored) == "a seed"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(ImproperlyConfigured, match="SONAE_SECRET_KEY_FALLBACKS"):
        decrypt(stored)


@pytest.mark.django_db(transaction=True)
def test_of_four_sign_ins_at_one_instant_with_one_code_one_opens(manager):
    code, together, opened = manager.totp_code, threading.Barrier(4), []

    def sign_in():
        try:
            visitor = Client()
            visitor.post(LOGIN, {"login": manager.account.email, "password": PASSWORD})
            together.wait(timeout=60)
            opened.append(visitor.post(CODE, {"code": code}).status_code == 302)
        finally:
            connections.close_all()

    people = [threading.Thread(target=sign_in) for _ in range(4)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(opened) == [False, False, False, True]
