"""Accounts, roles, invitations, tokens and the audit log, as pages."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from sonae.core.access.models import ApiToken, Grant, InvitedGrant
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.audit.testing import an_entry_that_waits
from sonae.core.institutions import services as register
from sonae.core.notifications import mail
from sonae.core.notifications.models import Message
from sonae.site import chain
from sonae.testing.append_only import triggers_off
from sonae.testing.cast import PASSWORD, SIGN_IN_BACKEND, a_person, at_institution, bearer

PASSPHRASE = "four quiet hospital words"


def _invite(person, **fields):
    data = {
        "name": "新任 花子",
        "email": "new@example.jp",
        "language": "ja",
        "role": "staff",
        "institution": "",
    } | fields
    return person.client.post("/invitations/new/", data)


def test_a_manager_sees_the_people_of_their_institution_with_their_roles(manager, colleague, stranger):
    page = manager.client.get("/accounts/").content.decode()
    assert colleague.account.email in page
    assert "Staff" in page
    assert stranger.account.email not in page


def test_the_list_of_accounts_is_searched_and_exported(officer, manager, stranger):
    page = officer.client.get("/accounts/", {"q": stranger.account.email}).content.decode()
    assert stranger.account.email in page
    assert manager.account.email not in page
    by_role = officer.client.get("/accounts/", {"role": "ministry_officer"}).content.decode()
    assert officer.account.email in by_role
    assert manager.account.email not in by_role
    sheet = b"".join(officer.client.get("/accounts/", {"export": "csv"}).streaming_content).decode("utf-8-sig")
    assert manager.account.email in sheet


def _link():
    """The link that the newest invitation's mail leads to."""
    return Message.objects.filter(template="site/invitation").latest("queued_at").context["path"]


def test_the_link_of_an_invitation_goes_by_mail_only(manager, hospital):
    page = _invite(manager, institution=hospital.register_code)
    assert page.status_code == 200
    assert "/invitation/" not in page.text and "by mail only" in page.text
    assert page.headers["Cache-Control"].startswith("max-age=0")
    sent = Message.objects.get(template="site/invitation")
    assert sent.address == "new@example.jp"
    assert re.fullmatch(r"/invitation/sonae_inv_[\w-]+/", sent.context["path"])
    assert "new@example.jp" in manager.client.get("/invitations/").text


def test_whether_an_address_has_an_account_changes_nothing_that_its_inviter_sees(manager, stranger, hospital):
    browser, known = manager.client, stranger.account.email
    unknown = "x" * 11 + known[11:]
    seen = {}
    for address in (known, unknown):
        data = {"name": "新任 花子", "email": address, "language": "ja", "role": "staff"}
        data["institution"] = hospital.register_code
        with CaptureQueriesContext(connection) as asked:
            answer = browser.post("/invitations/new/", data)
        work = [one["sql"].split()[:3] for one in asked if "SAVEPOINT" not in one["sql"]]
        listed = browser.get("/invitations/").text
        people = browser.get("/accounts/").text
        seen[address] = [
            answer.status_code,
            answer.text.replace(address, "…"),
            listed.count(address),
            address in people,
            work,
        ]
    for told in seen.values():
        # What differs from page to page, whoever is invited.
        told[1] = re.sub(r'csrfmiddlewaretoken" value="[^"]+"|datetime="[^"]+"|nonce="[^"]+"', "", told[1])
    assert seen[known] == seen[unknown]


@pytest.mark.parametrize(
    ("language", "to_sign_in", "to_take", "another"),
    [
        ("en", "An account with this e-mail address exists already.", "Take the role", "is for another account"),
        ("ja", "このメールアドレスのアカウントはすでにあります。", "招待を承諾する", "別のアカウントあて"),
    ],
)
def test_who_has_an_account_signs_in_and_takes_the_role_there(
    manager, stranger, colleague, hospital, language, to_sign_in, to_take, another
):
    _invite(manager, institution=hospital.register_code, role="executive", email=stranger.account.email)
    link = _link()
    visitor = Client(headers={"accept-language": language})
    visitor.cookies["sonae_language"] = language
    page = visitor.get(link).text
    assert to_sign_in in page and 'name="password"' not in page and f'href="{link}own/"' in page
    assert not Grant.objects.filter(role=Role.EXECUTIVE).exists()
    assert visitor.post(link, {"password": PASSPHRASE, "again": PASSPHRASE}).status_code == 200
    assert visitor.get(f"{link}own/").headers["Location"].startswith("/account/login/?next=")

    for person, words in ((colleague, another), (stranger, to_take)):
        browser = person.client
        browser.cookies["sonae_language"] = language
        assert browser.get(link).headers["Location"] == f"{link}own/"
        assert words in browser.get(f"{link}own/").text
    assert another in _in(language, colleague).post(f"{link}own/").text
    assert not Grant.objects.filter(role=Role.EXECUTIVE).exists()

    assert _in(language, stranger).post(f"{link}own/").headers["Location"] == "/"
    taken = Grant.objects.get(role=Role.EXECUTIVE)
    assert (taken.account, taken.institution, taken.granted_by) == (stranger.account, hospital, manager.account)
    assert stranger.account.email in manager.client.get("/accounts/").text
    assert 'name="password"' not in visitor.get(link).text


def test_an_invitation_of_somebody_who_lost_their_role_opens_no_account_and_says_so(manager, hospital):
    _invite(manager, institution=hospital.register_code)
    Grant.objects.filter(account=manager.account).update(ends_at=timezone.now())
    visitor = Client()
    visitor.cookies["sonae_language"] = "en"
    answer = visitor.post(_link(), {"password": PASSPHRASE, "again": PASSPHRASE})
    assert answer.status_code == 200
    assert "This invitation is closed" in answer.text
    assert not Account.objects.filter(email="new@example.jp").exists()


def _in(language, person):
    browser = person.client
    browser.cookies["sonae_language"] = language
    return browser


def test_whoever_needs_a_second_factor_shows_it_before_they_take_another_role(manager, stranger, hospital):
    _invite(manager, institution=hospital.register_code, email=stranger.account.email)
    link = _link()
    Authenticator.objects.filter(user=stranger.account).delete()
    browser = Client()
    browser.force_login(stranger.account, backend=SIGN_IN_BACKEND)
    assert browser.get(f"{link}own/").headers["Location"] == "/account/2fa/"
    assert browser.post(f"{link}own/").status_code == 403
    assert Grant.objects.filter(account=stranger.account).count() == 1


def test_an_account_that_was_closed_is_not_opened_by_an_invitation(officer, manager, analyst, hospital):
    officer.client.post(f"/accounts/{analyst.account.pk}/closure/")
    assert _invite(manager, institution=hospital.register_code, email=analyst.account.email).status_code == 200
    visitor = Client(headers={"accept-language": "en"})
    visitor.cookies["sonae_language"] = "en"
    page = visitor.get(_link()).text
    assert "was closed" in page and 'name="password"' not in page and "Sign in</a></div>" not in page


def test_nobody_invites_their_own_address(manager, hospital):
    answer = _invite(manager, institution=hospital.register_code, email=manager.account.email.upper())
    assert answer.status_code == 422
    assert "Nobody can give or end a role of their own." in answer.text
    assert not InvitedGrant.objects.exists()


def test_an_operator_does_not_become_an_officer_alone(operator):
    for role in (Role.MINISTRY_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER, Role.AUDITOR):
        answer = _invite(operator, role=role, email="puppet@example.jp")
        assert answer.status_code == 422
        assert "/invitation/" not in answer.content.decode()
    assert not InvitedGrant.objects.exists()


def test_a_ministry_officer_invites_for_a_prefecture_and_the_others_hear_of_it(officer):
    colleague = a_person(Role.MINISTRY_OFFICER)
    offered = officer.client.get("/invitations/new/").text
    assert '<option value="33">Okayama</option>' in offered and "Prefecture officer" in offered
    refused = _invite(officer, role="prefecture_officer", prefecture="")
    assert refused.status_code == 422
    assert "prefecture" in refused.context["form"].errors
    assert _invite(officer, role="prefecture_officer", prefecture="33").status_code == 200
    assert InvitedGrant.objects.get().prefecture == "33"
    assert Message.objects.get(template="site/role_given").account == colleague.account


def test_an_officer_of_a_prefecture_reads_where_on_every_page_and_on_their_account(prefecture_officer):
    page = prefecture_officer.client.get("/accounts/me/").text
    assert "Prefecture officer, Hokkaido" in page
    assert re.search(r"<dt>Prefecture officer</dt><dd>Hokkaido\s*</dd>", page)
    held = prefecture_officer.client.get("/api/v1/me").json()["roles"]
    assert held == [{"role": "prefecture_officer", "kind": "prefecture", "place_id": 1}]


def test_the_other_officers_hear_who_was_invited_to_a_role_nationwide_and_by_whom(officer):
    colleague = a_person(Role.MINISTRY_OFFICER)
    _invite(officer, role="responder", email="puppet@example.jp", name="架空 太郎")
    told = Message.objects.get(template="site/role_given")
    assert told.account == colleague.account
    subject, body = mail.written(told.template, context=told.context, language="ja")
    assert subject == "Sonae：役割が付与されました"
    for said in (officer.account.name, "架空 太郎", "puppet@example.jp", "初動対応者", "/invitations/"):
        assert said in body


def test_the_other_officers_hear_of_a_role_given_to_an_account_that_exists(officer, analyst):
    colleague = a_person(Role.MINISTRY_OFFICER)
    officer.client.post(f"/accounts/{analyst.account.pk}/roles/new/", {"role": "responder", "institution": ""})
    told = Message.objects.get(template="site/role_given")
    assert told.account == colleague.account
    _, body = mail.written(told.template, context=told.context, language="en")
    assert analyst.account.email in body
    assert f"/accounts/{analyst.account.pk}/" in body


def test_the_manager_of_an_institution_hears_of_a_manager_whom_an_officer_invites(officer, manager, hospital):
    answer = _invite(officer, role="institution_manager", institution=hospital.register_code)
    assert "/invitation/" not in answer.content.decode()
    assert Message.objects.get(template="site/role_given").account == manager.account


def test_officers_and_the_managers_it_serves_hear_of_a_vendors_person_and_the_operator_gets_no_link(
    operator, officer, manager, stranger, hospital, vendor, now
):
    register.link_vendor(
        institution_id=hospital.pk, vendor_id=vendor.pk, service="電子カルテ", by=manager.account.pk, now=now
    )
    answer = _invite(operator, role="vendor", email="puppet@example.jp", vendor=vendor.pk)
    assert InvitedGrant.objects.get().vendor_id == vendor.pk
    assert "/invitation/" not in answer.content.decode()
    told = {message.account for message in Message.objects.filter(template="site/role_given")}
    assert told == {officer.account, manager.account}


def test_nobody_else_hears_of_staff_whom_their_own_manager_invites(manager, hospital):
    a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital))
    _invite(manager, institution=hospital.register_code)
    assert not Message.objects.filter(template="site/role_given").exists()


def test_an_invitation_with_a_wrong_place_keeps_what_was_typed_and_says_why(manager, other_hospital):
    answer = _invite(manager, institution=other_hospital.register_code)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "new@example.jp" in page
    assert "Your roles do not allow you to give or end this role." in page
    assert not InvitedGrant.objects.exists()


def test_a_manager_is_offered_only_the_roles_they_may_give(manager):
    page = manager.client.get("/invitations/new/").content.decode()
    offered = set(re.findall(r'<option value="(\w+)"', page)) & {role.value for role in Role}
    assert offered == {"institution_manager", "executive", "staff"}


def test_whoever_opens_the_link_chooses_a_password_and_sets_up_the_second_factor(manager, hospital):
    _invite(manager, institution=hospital.register_code, role="executive")
    link = _link()
    visitor = Client()
    assert visitor.get(link).status_code == 200
    assert b"13" in visitor.post(link, {"password": "short", "again": "short"}).content
    differing = visitor.post(link, {"password": PASSPHRASE, "again": "another one altogether"})
    assert differing.context["form"].errors.keys() == {"again"}
    assert not Account.objects.filter(email="new@example.jp").exists()

    visitor.post(link, {"password": PASSPHRASE, "again": PASSPHRASE})

    account = Account.objects.get(email="new@example.jp")
    assert account.check_password(PASSPHRASE)
    assert Grant.objects.get(account=account).role == Role.EXECUTIVE
    # An executive needs a second factor: every page leads to setting it up.
    assert visitor.get("/duties/").headers["Location"] == "/account/2fa/"
    assert visitor.get("/account/2fa/totp/activate/").status_code == 200
    again = Client().get(link).text
    assert "この招待は使用済みです" in again and "新しい招待を依頼" in again
    assert f'href="{reverse("account_login")}">ログイン' in again[again.index("<main") :]
    assert "許可されていません" not in again and 'name="password"' not in again


def test_a_withdrawn_invitation_opens_nothing(manager, hospital):
    _invite(manager, institution=hospital.register_code)
    link = _link()
    invited = InvitedGrant.objects.get()
    manager.client.post(f"/invitations/{invited.invitation_id}/withdrawal/")
    page = Client().get(link).text
    assert "この招待は取り消されました" in page and 'name="password"' not in page


def test_a_guessed_link_is_not_there(db):
    assert Client().get("/invitation/sonae_inv_guess/").status_code == 404


def test_a_role_is_given_and_ended(manager, colleague, hospital):
    page = f"/accounts/{colleague.account.pk}/"
    manager.client.post(page + "roles/new/", {"role": "executive", "institution": hospital.register_code})
    grant = Grant.objects.get(account=colleague.account, role="executive")
    assert "Executive" in manager.client.get(page).content.decode()
    manager.client.post(f"/roles/{grant.pk}/end/")
    assert Grant.objects.get(pk=grant.pk).ends_at is not None


def test_ones_own_role_shows_why_it_cannot_be_ended(manager):
    page = manager.client.get(f"/accounts/{manager.account.pk}/").content.decode()
    assert "Nobody can give or end a role of their own." in page
    assert manager.client.post(f"/roles/{Grant.objects.get(account=manager.account).pk}/end/").status_code == 403


def test_a_closed_account_is_signed_out_and_cannot_sign_in(manager, colleague):
    browser = colleague.client
    assert browser.get("/accounts/me/").status_code == 200
    manager.client.post(f"/accounts/{colleague.account.pk}/closure/")
    assert browser.get("/accounts/me/").status_code == 302
    cache.clear()
    again = Client().post("/account/login/", {"login": colleague.account.email, "password": PASSWORD})
    assert "_auth_user_id" not in (again.wsgi_request.session or {})


def test_a_program_token_is_shown_once_and_works_until_it_is_revoked(manager, hospital):
    form = {"institution": hospital.pk, "name": "collector 1", "scopes": ["bulletin.read"]}
    page = manager.client.post("/tokens/institution/new/", form).content.decode()
    secret = re.search(r"sonae_col_[\w-]+", page).group(0)
    assert bearer(secret).get("/api/v1/bulletins").status_code == 200
    listed = manager.client.get("/tokens/").content.decode()
    assert "collector 1" in listed
    assert secret not in listed
    manager.client.post(f"/tokens/{ApiToken.objects.get().pk}/revocation/")
    assert bearer(secret).get("/api/v1/bulletins").json()["reason"] == "token_revoked"


def test_a_person_is_offered_only_what_they_may_do_themselves(colleague):
    page = colleague.client.get("/tokens/new/").content.decode()
    offered = set(re.findall(r'name="scopes" value="([\w.]+)"', page))
    assert offered == {"home.see", "register.read", "bulletin.read", "duty.read", "incident.report", "advisory.read"}
    refused = colleague.client.post("/tokens/new/", {"name": "x", "scopes": ["audit.read"]})
    assert refused.status_code == 422
    assert not ApiToken.objects.exists()


def test_the_auditor_searches_the_log_by_verb_person_and_institution(auditor, manager, colleague, hospital):
    _invite(manager, institution=hospital.register_code)
    browser = auditor.client

    def numbers(**conditions):
        page = browser.get("/audit/", {"per_page": 200, **conditions}).content.decode()
        return page.count("<tr") - 1

    assert numbers(verb="account.invite") == 1
    assert (
        numbers(person=manager.account.email, verb="account.")
        == Entry.objects.filter(by=str(manager.account.pk), verb__startswith="account.").count()
    )
    assert numbers(institution=hospital.register_code) == Entry.objects.filter(institution_id=hospital.pk).count()
    assert "Nothing fits these conditions" in browser.get("/audit/", {"verb": "nothing.like.this"}).content.decode()
    assert Entry.objects.filter(verb="audit.search", by=str(auditor.account.pk)).exists()


def test_the_log_shows_what_the_last_check_found(auditor, now):
    assert "The chain has not been checked yet" in auditor.client.get("/audit/").content.decode()
    auditor.client.post("/audit/verification/")
    assert chain.verify_chain.func(str(auditor.account.pk)) == 0
    page = auditor.client.get("/audit/").content.decode()
    assert "The chain holds" in page


def test_the_log_says_when_entries_wait_for_their_place_too_long(auditor, now):
    words = "Entries wait for their place in the chain"
    # What came with the people of this test: no commit links it here.
    audit.link_waiting()
    an_entry_that_waits("1", now=timezone.now() - timedelta(minutes=1))
    assert words not in auditor.client.get("/audit/").text
    # Where linking is stuck, what waits stays waiting.
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_head SET last_number = 0")
    an_entry_that_waits("2", now=timezone.now() - timedelta(minutes=6))
    page = auditor.client.get("/audit/").text
    assert words in page
    assert "Not linked yet" in page


@pytest.mark.parametrize("name", ["officer", "operator", "manager", "inspector", "analyst"])
def test_only_an_auditor_reads_the_log(name, request):
    assert request.getfixturevalue(name).client.get("/audit/").status_code == 403


def test_a_role_without_second_factor_reaches_nothing_but_its_set_up(officer):
    Authenticator.objects.filter(user=officer.account).delete()
    browser = officer.client
    assert browser.get("/accounts/").headers["Location"] == "/account/2fa/"
    assert browser.post(f"/accounts/{officer.account.pk}/closure/").status_code == 403
    answer = browser.get("/api/v1/me")
    assert answer.json()["reason"] == "second_factor_missing"


def test_ones_own_account_lists_roles_and_ways_to_manage_sign_in(manager, hospital):
    page = manager.client.get("/accounts/me/").content.decode()
    assert hospital.name in page
    for link in ("/account/password/change/", "/account/2fa/", "/accounts/sessions/", "/tokens/"):
        assert f'href="{link}"' in page


def test_me_says_who_asks(manager, hospital):
    me = bearer(manager.token(Permission.BULLETIN_READ)).get("/api/v1/me").json()
    assert me["email"] == manager.account.email
    assert me["scopes"] == ["bulletin.read"]
    assert me["institution_ids"] == [hospital.pk]
