"""A second factor counts for the session that showed it, and for no other."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.usersessions.models import UserSession
from django.test import Client

from sonae.core.access import services as access
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit.models import Entry
from sonae.testing import cast
from sonae.testing.cast import NOW, PASSWORD, TOTP_SECRET, at_institution

LOGIN, CODE, SHOW = "/account/login/", "/account/2fa/authenticate/", "/account/2fa/reauthenticate/"
SET_UP, TAKE_AWAY = "/account/2fa/totp/activate/", "/account/2fa/totp/deactivate/"


def code_of(secret=TOTP_SECRET, *, steps=0):
    return format_hotp_value(hotp_value(secret, int(NOW.timestamp()) // 30 + steps))


def with_password(account):
    """A browser in which the password alone was asked for."""
    browser = Client(headers={"accept-language": "en"})
    answer = browser.post(LOGIN, {"login": account.email, "password": PASSWORD})
    assert (answer.status_code, answer.url.startswith(CODE)) == (302, False)
    return browser


def with_both(account, *, steps=0):
    browser = Client(headers={"accept-language": "en"})
    assert browser.post(LOGIN, {"login": account.email, "password": PASSWORD}).url.startswith(CODE)
    assert browser.post(CODE, {"code": code_of(steps=steps)}).status_code == 302
    return browser


def confirm(browser):
    """Types the password once more, as pages that change how one signs in ask for."""
    assert browser.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302


def set_up_in(browser):
    """Goes through the page on which an app is set up."""
    confirm(browser)
    secret = browser.get(SET_UP).context["form"].secret
    assert browser.post(SET_UP, {"code": code_of(secret)}).status_code == 302


def is_stopped(browser):
    return browser.get("/incidents/").status_code == 302 and browser.get("/api/v1/incidents").status_code == 403


@pytest.fixture
def fresh(manager):
    """A manager who has not set up a second factor yet."""
    Authenticator.objects.all().delete()
    return manager


# allauth tells of a new factor after the commit.
@pytest.mark.django_db(transaction=True)
def test_a_thief_with_the_password_stays_out_when_the_owner_sets_up_a_factor_elsewhere(fresh):
    thief = with_password(fresh.account)
    assert is_stopped(thief)
    owner = with_password(fresh.account)
    set_up_in(owner)
    assert owner.get("/incidents/").status_code == 200
    # Signed out by it, and even a session that no list knows would be asked.
    assert thief.get("/incidents/").url.startswith(LOGIN)
    assert not UserSession.objects.exclude(session_key=owner.session.session_key).exists()


def test_a_session_that_showed_nothing_is_asked_for_the_factor_and_may_set_up_no_other(fresh):
    forgotten = with_password(fresh.account)
    TOTP.activate(fresh.account, TOTP_SECRET)
    assert forgotten.get("/incidents/?q=1").url == f"{SHOW}?next=%2Fincidents%2F%3Fq%3D1"
    for page in (SET_UP, "/account/2fa/", "/account/2fa/webauthn/add/", "/account/reauthenticate/"):
        assert forgotten.get(page).url.startswith(SHOW)
    answer = forgotten.get("/api/v1/incidents")
    assert (answer.status_code, answer.json()["reason"]) == (403, "second_factor_not_shown")
    assert forgotten.post("/tokens/new/", {"name": "x"}).status_code == 403
    assert forgotten.get(SHOW).status_code == 200
    assert forgotten.post(f"{SHOW}?next=/incidents/", {"code": code_of()}).url == "/incidents/"
    assert forgotten.get("/incidents/").status_code == 200


def test_a_factor_that_was_taken_away_counts_no_longer_here_or_elsewhere(manager):
    elsewhere, here = with_both(manager.account), with_both(manager.account, steps=1)
    confirm(here)
    assert here.post(TAKE_AWAY).status_code == 302
    assert not Authenticator.objects.filter(user=manager.account).exists()
    assert here.get("/incidents/").url == "/account/2fa/"
    assert elsewhere.get("/incidents/").url.startswith(LOGIN)
    assert Entry.objects.filter(verb="account.end_session").exists()


@pytest.mark.django_db(transaction=True)
def test_a_ward_terminal_does_not_become_a_managers_when_its_person_does(colleague, hospital):
    ward, phone = with_password(colleague.account), with_password(colleague.account)
    assert ward.get("/incidents/").status_code in (200, 403)
    access.found(colleague.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(hospital), now=NOW)
    assert is_stopped(ward)
    set_up_in(phone)
    assert ward.get("/incidents/").url.startswith(LOGIN)
    assert phone.get("/incidents/").status_code == 200


def test_a_sign_in_with_both_opens_and_the_cast_is_signed_in_as_honestly(manager):
    assert with_both(manager.account).get("/incidents/").status_code == 200
    assert manager.client.get("/incidents/").status_code == 200
    bare = Client()
    bare.force_login(manager.account, backend=cast.SIGN_IN_BACKEND)
    assert is_stopped(bare)


def test_what_one_person_showed_says_nothing_of_the_next_in_the_same_browser(manager, officer):
    browser = with_both(manager.account)
    browser.force_login(officer.account, backend=cast.SIGN_IN_BACKEND)
    assert is_stopped(browser)
