"""What an account is called on a device, and where signing out finds it."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from sonae.core.web.device import mark_of


def test_an_account_has_one_mark_and_no_other_account_has_it():
    one, other = uuid4(), uuid4()
    assert mark_of(one) == mark_of(one)
    assert mark_of(one) != mark_of(other)
    assert re.fullmatch(r"[0-9a-f]{32}", mark_of(one))


def test_the_mark_cannot_be_worked_out_without_the_secret_key(settings):
    account = uuid4()
    before = mark_of(account)
    settings.SECRET_KEY = "another key of another installation, long enough"
    assert mark_of(account) != before


@pytest.mark.django_db
def test_every_page_of_a_signed_in_person_knows_what_to_wipe_at_sign_out(manager):
    page = manager.client.get("/").content.decode()
    found = re.search(r'<meta name="sonae-device"[^>]*data-account="(\w+)"[^>]*data-sign-out="([^"]+)"', page)
    assert found
    assert found.groups() == (mark_of(manager.account.pk), "/account/logout/")


@pytest.mark.django_db
def test_a_page_for_nobody_names_no_account():
    assert "sonae-device" not in Client().get("/account/login/").content.decode()
