"""Links that open something stand in no log, and look the same to a scanner of mails as to a person."""

import logging
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from sonae.core.notifications.models import Message
from sonae.core.web.log_secrets import WithoutSecrets, without_secrets
from sonae.testing.cast import PASSWORD


def _of_invitation(manager, hospital):
    manager.client.post(
        "/invitations/new/",
        {
            "name": "新",
            "email": "new@hospital.example",
            "language": "ja",
            "role": "staff",
            "institution": hospital.register_code,
        },
    )
    sent = Message.objects.get(template="site/invitation")
    return re.search(r"/invitation/(sonae_inv_[\w-]+)/", sent.context["path"])[1]


def _of_reset(manager):
    Client().post("/account/password/reset/", {"email": manager.account.email})
    return re.search(r"/account/password/reset/key/([^/\s]+)/", mail.outbox[-1].body)[1]


@pytest.mark.parametrize("kind", ["invitation", "reset"])
def test_the_secret_of_a_link_is_in_no_log(kind, manager, hospital, caplog):
    secret = _of_invitation(manager, hospital) if kind == "invitation" else _of_reset(manager)
    view = "grants:accept" if kind == "invitation" else "account_reset_password_from_key"
    link = f"/invitation/{secret}/" if kind == "invitation" else f"/account/password/reset/key/{secret}/"
    assert Client(enforce_csrf_checks=True).post(link, {"password": PASSWORD}).status_code == 403
    Client().put(link)
    Client().get(f"{link}more")
    said = [record.getMessage() for record in caplog.records]
    assert any("Forbidden" in line for line in said), view
    assert not any(secret in line for line in said)
    assert any("…" in line for line in said)


def test_the_addresses_that_are_hidden_are_those_of_the_views_that_take_a_secret(db):
    for address in (
        reverse("grants:accept", args=["sonae_inv_Secret-1"]),
        reverse("grants:accept-own", args=["sonae_inv_Secret-1"]),
        reverse("answering:open", args=["sonae_ans_Secret-1"]),
        reverse("account_reset_password_from_key", kwargs={"uidb36": "5f", "key": "Secret-1"}),
    ):
        assert "Secret" not in without_secrets(f"Forbidden ({address}): {address}?next=/")
    to_sign_in = Client().get(reverse("grants:accept-own", args=["sonae_inv_Secret-1"])).headers["Location"]
    assert "Secret" in to_sign_in and "Secret" not in without_secrets(f"GET {to_sign_in}&a=b")
    assert without_secrets("GET /incidents/") == "GET /incidents/"


def test_a_line_with_signs_of_its_own_stays_as_it_is():
    record = logging.LogRecord("x", logging.INFO, "", 0, "100%% of %s", ("/invitation/sonae_inv_1%s/",), None)
    assert WithoutSecrets().filter(record)
    assert record.getMessage() == "100% of /invitation/…/"


def test_head_is_answered_as_get_without_its_content(manager, hospital):
    secret = _of_invitation(manager, hospital)
    for browser, address in (
        (Client(), f"/invitation/{secret}/"),
        (manager.client, "/incidents/"),
        (manager.client, "/api/v1/me"),
        (manager.client, "/incidents/?export=csv"),
    ):
        got, looked = browser.get(address), browser.head(address)
        assert (looked.status_code, looked.headers["Content-Type"]) == (200, got.headers["Content-Type"])
        assert not b"".join(looked.streaming_content if looked.streaming else [looked.content])
    assert Client().get(f"/invitation/{secret}/").status_code == 200


@pytest.mark.parametrize("host", ["localhost:6666", "127.0.0.1:31337", "localhost"])
def test_a_mail_for_a_new_password_leads_to_the_portal_whatever_the_request_calls_it(host, manager, settings):
    settings.BASE_URL = "https://sonae.example.jp"
    Client().post("/account/password/reset/", {"email": manager.account.email}, headers={"host": host})
    (sent,) = mail.outbox
    assert "https://sonae.example.jp/account/password/reset/key/" in sent.body
    assert host not in sent.body
    assert host not in sent.subject
    assert sent.subject.startswith("Sonae: ")


def test_nobody_gets_a_mail_that_has_no_account(manager):
    known = Client().post("/account/password/reset/", {"email": manager.account.email})
    unknown = Client().post("/account/password/reset/", {"email": "stranger@elsewhere.example"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert [one.to for one in mail.outbox] == [[manager.account.email]]
