"""Accounts come by invitation, once; passwords are Argon2."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.accounts import rules, services
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.rules import InvitationFacts
from sonae.core.accounts.vocabulary import AccountRefusal, Role
from sonae.core.audit.models import Entry
from sonae.kernel.errors import Gone, NotAllowed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "a long and quiet passphrase"


@pytest.mark.parametrize(
    ("accepted", "withdrawn", "expires_in", "reason"),
    [
        (None, None, 1, None),
        (None, None, 0, AccountRefusal.INVITATION_EXPIRED),
        (NOW, None, 1, AccountRefusal.INVITATION_USED),
        (None, NOW, 1, AccountRefusal.INVITATION_WITHDRAWN),
        (NOW, None, -1, AccountRefusal.INVITATION_USED),
        (None, NOW, -1, AccountRefusal.INVITATION_WITHDRAWN),
    ],
)
def test_an_invitation_opens_once_in_time_and_unless_withdrawn(accepted, withdrawn, expires_in, reason):
    facts = InvitationFacts(NOW + timedelta(days=expires_in), accepted, withdrawn)
    decision = rules.may_accept(facts, now=NOW)
    assert decision.ok if reason is None else decision.reason == reason


@pytest.mark.parametrize("role", list(Role))
def test_every_role_but_staff_and_vendor_needs_a_second_factor(role):
    assert rules.needs_second_factor([role]) is (role not in {Role.STAFF, Role.VENDOR})
    assert rules.needs_second_factor([role, Role.STAFF]) is (role not in {Role.STAFF, Role.VENDOR})


def test_someone_without_a_role_needs_none():
    assert rules.needs_second_factor([]) is False


@pytest.mark.django_db
def test_a_password_is_kept_as_argon2():
    account = services.create_account("A@Example.JP ", name="a", password=PASSWORD, by=None, now=NOW)
    kept = Account.objects.get(pk=account.pk)
    assert kept.password.startswith("argon2$argon2id$")
    assert PASSWORD not in kept.password
    assert kept.check_password(PASSWORD)
    assert kept.email == "a@example.jp"


@pytest.mark.django_db
def test_an_address_has_one_account_in_whatever_spelling():
    services.create_account("one@example.jp", name="a", password=PASSWORD, by=None, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        services.create_account("ONE@example.jp", name="b", password=PASSWORD, by=None, now=NOW)
    assert refused.value.refusal.reason == AccountRefusal.ADDRESS_TAKEN


@pytest.mark.django_db
def test_whoever_invites_learns_nothing_of_the_address_not_from_the_work_of_the_database_either():
    services.create_account("one@example.jp", name="a", password=PASSWORD, by=None, now=NOW)
    work = {}
    for address in ("one@example.jp", "two@example.jp"):
        with CaptureQueriesContext(connection) as asked:
            services.invite(address, name="b", by=None, now=NOW)
        work[address] = [one["sql"].split()[:3] for one in asked if "SAVEPOINT" not in one["sql"]]
    assert work["one@example.jp"] == work["two@example.jp"]
    kept = [(one.email.replace("one", "two"), one.name, one.accepted_at) for one in Invitation.objects.all()]
    assert kept[0] == kept[1]


@pytest.mark.django_db
def test_who_has_an_account_accepts_with_it_and_nobody_else_does():
    own = services.create_account("one@example.jp", name="a", password=PASSWORD, by=None, now=NOW)
    other = services.create_account("two@example.jp", name="b", password=PASSWORD, by=None, now=NOW)
    _, secret = services.invite(" One@Example.jp", name="c", by=None, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation_as(other.pk, secret, now=NOW)
    assert refused.value.refusal.reason == AccountRefusal.INVITATION_FOR_ANOTHER
    account, invitation = services.accept_invitation_as(own.pk, secret, now=NOW)
    assert (account, account.name, invitation.accepted_by) == (own, "a", own)
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation_as(own.pk, secret, now=NOW)
    assert refused.value.refusal.reason == AccountRefusal.INVITATION_USED
    assert [line.verb for line in Entry.objects.order_by("pk")][-2:] == ["account.invite", "account.accept_invitation"]


@pytest.mark.django_db
def test_a_link_works_once():
    _, secret = services.invite("new@example.jp", name="n", by=None, now=NOW)
    account, invitation = services.accept_invitation(secret, password=PASSWORD, now=NOW)
    assert invitation.accepted_by == account
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation(secret, password=PASSWORD, now=NOW)
    assert refused.value.refusal.reason == AccountRefusal.INVITATION_USED
    assert [line.verb for line in Entry.objects.order_by("pk")] == [
        "account.invite",
        "account.create",
        "account.accept_invitation",
    ]


@pytest.mark.django_db
def test_a_link_expires_after_seven_days():
    _, secret = services.invite("new@example.jp", name="n", by=None, now=NOW)
    assert services.open_invitation(secret, now=NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(NotAllowed):
        services.accept_invitation(secret, password=PASSWORD, now=NOW + timedelta(days=7))
    assert not Account.objects.exists()


@pytest.mark.django_db
def test_of_two_invitations_to_one_address_the_second_finds_it_taken():
    _, first = services.invite("new@example.jp", name="n", by=None, now=NOW)
    _, second = services.invite("new@example.jp", name="n", by=None, now=NOW)
    services.accept_invitation(first, password=PASSWORD, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation(second, password=PASSWORD, now=NOW)
    assert refused.value.refusal.reason == AccountRefusal.ADDRESS_TAKEN
    assert Invitation.objects.filter(accepted_at=None).count() == 1


@pytest.mark.django_db
def test_a_guessed_link_opens_nothing():
    with pytest.raises(Gone):
        services.open_invitation("sonae_inv_guess", now=NOW)
    with pytest.raises(Gone):
        services.accept_invitation("sonae_inv_guess", password=PASSWORD, now=NOW)


@pytest.mark.django_db
def test_a_closed_account_keeps_its_row_and_no_password():
    account = services.create_account("a@example.jp", name="a", password=PASSWORD, by=None, now=NOW)
    services.close_account(account.pk, by=account.pk, now=NOW)
    services.close_account(account.pk, by=account.pk, now=NOW + timedelta(days=1))
    kept = Account.objects.get(pk=account.pk)
    assert (kept.is_active, kept.closed_at, kept.has_usable_password()) == (False, NOW, False)
    assert Entry.objects.filter(verb="account.close").count() == 1
