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
from django.utils import timezone

from sonae.core.accounts import sessions
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


def test_without_javascript_the_page_names_what_does_not_work_and_what_does(db):
    page = Client().get("/account/login/").text
    told = re.search(r"<noscript>(.*?)</noscript>", page, re.DOTALL).group(1)
    assert "パスキー" in told and "JavaScript" in told and "パスワード" in told
    assert page.count("<noscript>") == 1


EDGE_ON_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
SAFARI_ON_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def _session_of(client):
    return UserSession.objects.get(session_key=client.session.session_key)


def test_whoever_is_signed_in_sees_on_which_devices_and_which_one_this_is(colleague):
    here, _ = _sign_in(colleague, client=Client(headers={"user-agent": EDGE_ON_WINDOWS}))
    _sign_in(colleague, client=Client(headers={"user-agent": SAFARI_ON_IPHONE}))
    text = here.get("/accounts/sessions/").content.decode()
    this, other = text.index("Microsoft Edge（Windows）"), text.index("Safari（iPhone）")
    assert this < text.index("この端末<") < other
    assert text.count("この端末からログアウトする") == 1
    assert EDGE_ON_WINDOWS not in text


def test_one_other_device_is_signed_out_and_the_log_says_so(colleague):
    here, _ = _sign_in(colleague)
    elsewhere, _ = _sign_in(colleague)
    third, _ = _sign_in(colleague)
    here.post(f"/accounts/sessions/{_session_of(elsewhere).pk}/end/")
    assert (_is_in(here), _is_in(elsewhere), _is_in(third)) == (True, False, True)
    entry = Entry.objects.get(verb="account.end_session")
    assert (entry.subject_id, entry.facts) == (str(colleague.account.pk), {"ended": 1})


def test_all_other_devices_are_signed_out_at_once(colleague):
    here, _ = _sign_in(colleague)
    others = [_sign_in(colleague)[0] for _ in range(2)]
    here.post("/accounts/sessions/end/")
    assert _is_in(here)
    assert not any(_is_in(other) for other in others)
    assert Entry.objects.get(verb="account.end_session").facts == {"ended": 2}
    here.post("/accounts/sessions/end/")
    assert Entry.objects.filter(verb="account.end_session").count() == 1


def test_nobody_signs_out_somebody_else_nor_oneself_through_the_list(colleague, manager):
    theirs, _ = _sign_in(colleague)
    assert manager.client.post(f"/accounts/sessions/{_session_of(theirs).pk}/end/").status_code == 404
    assert theirs.post(f"/accounts/sessions/{_session_of(theirs).pk}/end/").status_code == 404
    assert _is_in(theirs)


def test_the_last_use_of_a_device_is_noted_every_ten_minutes(colleague, monkeypatch):
    client, _ = _sign_in(colleague)
    signed_in_at = _session_of(client).last_seen_at
    client.get("/accounts/me/")
    assert _session_of(client).last_seen_at == signed_in_at
    later = timezone.now() + sessions.NOTED_EVERY
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    client.get("/accounts/me/", REMOTE_ADDR="192.0.2.77")
    assert (_session_of(client).last_seen_at, _session_of(client).ip) == (later, "192.0.2.77")


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
