"""Every way in: password and second factor, passkey, identity provider; and every way out."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.cache import caches
from django.db import connection
from django.test import Client

from sonae.core.accounts.models import Account
from sonae.core.audit.models import Entry
from sonae.testing.cast import PASSWORD

LOGIN = "/account/login/"


@pytest.fixture(autouse=True)
def no_attempts_yet(db):
    caches["default"].clear()


def _sign_in(person, *, password=PASSWORD, client=None):
    client = client or Client()
    answer = client.post(LOGIN, {"login": person.account.email, "password": password})
    return client, answer


def _is_in(client):
    return client.get("/accounts/me/").status_code == 200


def test_a_role_with_second_factor_gives_password_and_code(manager):
    client, answer = _sign_in(manager)
    assert answer.headers["Location"] == "/account/2fa/authenticate/"
    assert not _is_in(client)
    assert client.post("/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert not _is_in(client)
    client.post("/account/2fa/authenticate/", {"code": manager.totp_code})
    assert _is_in(client)


def test_a_code_works_once(manager):
    code = manager.totp_code
    first, _ = _sign_in(manager)
    first.post("/account/2fa/authenticate/", {"code": code})
    again, _ = _sign_in(manager)
    again.post("/account/2fa/authenticate/", {"code": code})
    assert _is_in(first)
    assert not _is_in(again)


def test_staff_come_in_with_their_password(colleague):
    client, _ = _sign_in(colleague)
    assert _is_in(client)


def test_an_address_in_other_letters_is_the_same_account(colleague):
    client = Client()
    client.post(LOGIN, {"login": colleague.account.email.upper(), "password": PASSWORD})
    assert _is_in(client)


def test_after_five_wrong_passwords_even_the_right_one_waits_in_every_process(colleague):
    for _ in range(5):
        _sign_in(colleague, password="wrong")
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM site_cache")
        assert cursor.fetchone()[0] > 0
    # As in another process, which shares nothing but the database.
    del caches["default"]
    client, answer = _sign_in(colleague)
    assert not _is_in(client)
    assert "Location" not in answer.headers


def test_wrong_passwords_of_one_account_do_not_keep_others_out(colleague, vendor_person):
    for _ in range(5):
        _sign_in(colleague, password="wrong")
    client, _ = _sign_in(vendor_person)
    assert _is_in(client)


def test_an_unknown_address_is_answered_like_a_wrong_password(colleague):
    known = Client().post(LOGIN, {"login": colleague.account.email, "password": "wrong"})
    unknown = Client().post(LOGIN, {"login": "nobody@example.jp", "password": "wrong"})
    said = [re.search(r"<main.*</main>", answer.content.decode(), re.DOTALL)[0] for answer in (known, unknown)]
    assert re.sub(r'value="[^"]*"', "", said[0]) == re.sub(r'value="[^"]*"', "", said[1])


def test_nobody_signs_up(db):
    assert Client().get("/account/signup/").status_code == 403
    Client().post("/account/signup/", {"email": "x@example.jp", "password1": PASSWORD, "password2": PASSWORD})
    assert not Account.objects.exists()


def test_a_passkey_is_added_after_the_password_is_given_once_more(manager):
    client = manager.client
    assert client.get("/account/2fa/webauthn/add/").headers["Location"].startswith("/account/reauthenticate/")
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    page = client.get("/account/2fa/webauthn/add/")
    assert page.status_code == 200
    assert "webauthn" in page.content.decode()


def test_signing_in_with_a_passkey_is_offered_with_a_challenge(db):
    options = Client().get("/account/2fa/webauthn/login/", headers={"accept": "application/json"}).json()
    assert options["request_options"]["publicKey"]["challenge"]


def test_whoever_is_signed_in_sees_their_sessions_and_ends_the_others(colleague):
    here, _ = _sign_in(colleague)
    elsewhere, _ = _sign_in(colleague)
    assert UserSession.objects.filter(user=colleague.account).count() == 2
    assert here.get("/account/sessions/").status_code == 200
    here.post("/account/sessions/")
    assert _is_in(here)
    assert not _is_in(elsewhere)


def test_signing_out_ends_the_session(colleague):
    client, _ = _sign_in(colleague)
    client.post("/account/logout/")
    assert not _is_in(client)


def test_japanese_comes_first_and_english_is_one_choice_away(colleague):
    client, _ = _sign_in(colleague)
    assert '<html lang="ja">' in client.get("/accounts/me/").content.decode()
    client.post("/language/", {"language": "en", "next": "/accounts/me/"})
    assert '<html lang="en">' in client.get("/accounts/me/").content.decode()
    assert client.get("/accounts/me/", headers={"accept-language": "ja"}).headers["Content-Language"] == "en"


class _Provider(BaseHTTPRequestHandler):
    """An identity provider of a ministry: it vouches for whoever `claims` says."""

    def do_GET(self) -> None:
        issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        match urlsplit(self.path).path:
            case "/.well-known/openid-configuration":
                self._answer(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "userinfo_endpoint": f"{issuer}/userinfo",
                        "jwks_uri": f"{issuer}/keys",
                        "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    }
                )
            case "/userinfo":
                self._answer(self.server.claims)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        claims = {"iss": issuer, "aud": "sonae", "exp": 4_102_444_800, "iat": 0, **self.server.claims}
        token = jwt.encode(claims, "k" * 32, algorithm="HS256")
        self._answer({"access_token": "t", "token_type": "Bearer", "id_token": token})

    def _answer(self, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def provider(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Provider)
    server.claims, server.asked = {}, []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    app = {
        "provider_id": "ministry",
        "name": "Ministry",
        "client_id": "sonae",
        "secret": "s",
        "settings": {"server_url": f"http://127.0.0.1:{server.server_address[1]}"},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _through(provider, **claims):
    """A browser that went to the provider and came back."""
    provider.claims = {"sub": "42", "email_verified": True, **claims}
    client = Client()
    away = client.post("/account/oidc/ministry/login/").headers["Location"]
    asked = parse_qs(urlsplit(away).query)
    assert asked["code_challenge_method"] == ["S256"]
    back = client.get("/account/oidc/ministry/login/callback/", {"code": "c", "state": asked["state"][0]})
    return client, back


def test_the_provider_signs_in_an_account_that_exists_and_is_remembered_by_its_subject(provider, colleague):
    client, _ = _through(provider, email=colleague.account.email.upper())
    assert _is_in(client)
    assert provider.asked[0]["code_verifier"]
    assert Entry.objects.filter(verb="account.link_identity", subject_id=str(colleague.account.pk)).count() == 1
    assert Account.objects.get(pk=colleague.account.pk).check_password(PASSWORD)
    # From now on the subject counts, not the address.
    client, _ = _through(provider, email="married.name@example.jp")
    assert _is_in(client)
    assert SocialAccount.objects.get().user == colleague.account


def test_the_provider_does_not_replace_the_second_factor(provider, officer):
    client, back = _through(provider, email=officer.account.email)
    assert back.headers["Location"].startswith("/account/2fa/authenticate/")
    assert not _is_in(client)
    client.post("/account/2fa/authenticate/", {"code": officer.totp_code})
    assert _is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.jp"},
        {"email": "{known}", "email_verified": False},
        {},
    ],
)
def test_the_provider_makes_no_account_and_is_not_believed_about_an_unverified_address(provider, colleague, claims):
    said = {name: colleague.account.email if value == "{known}" else value for name, value in claims.items()}
    client, _ = _through(provider, **said)
    assert not _is_in(client)
    assert Account.objects.count() == 1
    assert not SocialAccount.objects.exists()


def test_a_closed_account_is_not_opened_by_the_provider(provider, colleague, manager):
    manager.client.post(f"/accounts/{colleague.account.pk}/closure/")
    client, _ = _through(provider, email=colleague.account.email)
    assert not _is_in(client)
