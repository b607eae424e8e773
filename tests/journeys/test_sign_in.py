"""Getting in: with a code, for the first time, and with a passkey."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from sonae.testing.cast import PASSWORD, TOTP_SECRET

pytestmark = pytest.mark.browser

PASSKEYS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def code_of(secret):
    """What an authenticator app with this secret shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def wrong_code_of(secret):
    return f"{(int(code_of(secret)) + 1) % 1_000_000:06}"


def give_password(visitor, part):
    visitor.page.locator("input[name=login]").fill(visitor.portal.person(part)["email"])
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.press("Sign in")


def give_code(visitor, code):
    visitor.page.locator("input[name=code]").fill(code)
    visitor.page.locator("main form button").first.click()


def give_password_again(visitor):
    """The library asks once more before anyone changes how an account signs in."""
    visitor.page.locator("input[name=password]").fill(PASSWORD)
    visitor.page.locator("main form button").first.click()


def test_whoever_signs_in_gives_password_and_code_and_lands_where_they_wanted_to_go(visit, language):
    visitor = visit()
    visitor.open("/bulletins/")
    assert visitor.path == "/account/login/"
    visitor.check("sign-in")
    give_password(visitor, f"signer-{language}")
    visitor.page.wait_for_url("**/account/2fa/authenticate/**")
    visitor.check("sign-in-code")
    give_code(visitor, wrong_code_of(TOTP_SECRET))
    assert visitor.path == "/account/2fa/authenticate/"
    give_code(visitor, code_of(TOTP_SECRET))
    visitor.page.wait_for_url("**/bulletins/")
    visitor.check("sign-in-done")


def test_a_wrong_password_is_refused_without_saying_whether_the_address_is_known(visit, language):
    visitor = visit()
    told = []
    for address in (visitor.portal.person(f"signer-{language}")["email"], "nobody@example.jp"):
        visitor.open("/account/login/")
        visitor.page.locator("input[name=login]").fill(address)
        visitor.page.locator("input[name=password]").fill("not this one at all")
        visitor.press("Sign in")
        told.append(visitor.page.locator(".error-summary").inner_text())
    assert told[0] == told[1]
    visitor.check("sign-in-refused")


def test_a_manager_without_a_second_factor_is_led_to_it_and_then_home(visit, language):
    visitor = visit()
    visitor.open("/account/login/")
    give_password(visitor, f"newcomer-{language}")
    visitor.page.wait_for_url("**/account/2fa/")
    visitor.check("second-factor-missing")
    visitor.page.goto(visitor.portal.url + "/incidents/")
    assert visitor.path == "/account/2fa/"
    visitor.page.locator("main a[href$='/totp/activate/']").click()
    visitor.check("password-again")
    give_password_again(visitor)
    visitor.page.wait_for_url("**/totp/activate/")
    visitor.check("second-factor-app")
    secret = visitor.page.locator("#authenticator_secret").input_value()
    give_code(visitor, code_of(secret))
    visitor.page.wait_for_url("**/account/2fa/recovery-codes/**")
    visitor.check("second-factor-recovery-codes")
    visitor.open("/")
    assert visitor.path == "/"
    assert visitor.page.locator("h1").inner_text() == visitor.words("Home")


def test_a_passkey_is_registered_and_then_enough_to_sign_in(visit, language):
    visitor = visit()
    device = visitor.context.new_cdp_session(visitor.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})
    visitor.open("/account/login/")
    give_password(visitor, f"passkey-{language}")
    visitor.page.wait_for_url(visitor.portal.url + "/")
    visitor.open("/account/2fa/webauthn/add/")
    give_password_again(visitor)
    visitor.page.wait_for_url("**/webauthn/add/")
    visitor.check("passkey-add")
    visitor.page.locator("input[name=name]").fill("業務端末" if language == "ja" else "Work computer")
    visitor.page.locator("input[name=passwordless]").check()
    visitor.page.locator("#mfa_webauthn_add").click()
    visitor.page.wait_for_url(lambda url: not url.endswith("/add/"))
    visitor.open("/account/2fa/webauthn/")
    visitor.check("passkey-list")
    visitor.page.locator("header summary.tool").last.click()
    visitor.press("Sign out")
    visitor.page.wait_for_url("**/account/login/**")
    visitor.page.locator("#passkey_login").click()
    visitor.page.wait_for_url(visitor.portal.url + "/")
    assert visitor.page.locator("h1").inner_text() == visitor.words("Home")
