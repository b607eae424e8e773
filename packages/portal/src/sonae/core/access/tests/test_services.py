"""Giving and ending roles, invitations with a role, tokens."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from sonae.core.access import queries, rules, services
from sonae.core.access.models import ApiToken, Grant, InvitedGrant
from sonae.core.access.vocabulary import NATIONWIDE, AccessRefusal, Permission, Place
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.vocabulary import AccountRefusal, Role, Viewer
from sonae.core.audit.models import Entry
from sonae.kernel.errors import Gone, NotAllowed
from sonae.kernel.ids import digest
from sonae.testing.cast import at_institution


def _reason(refused):
    return refused.value.refusal.reason


def test_giving_a_role_twice_leaves_one_grant_and_one_audit_line(manager, colleague, hospital, now):
    first = services.grant_role(
        colleague.account.pk, Role.EXECUTIVE, at=at_institution(hospital), by=manager.viewer, now=now
    )
    again = services.grant_role(
        colleague.account.pk, Role.EXECUTIVE, at=at_institution(hospital), by=manager.viewer, now=now
    )
    assert first.pk == again.pk
    line = Entry.objects.get(verb="grant.give", subject_id=str(first.pk))
    assert (line.by, line.institution_id) == (str(manager.account.pk), hospital.pk)
    assert Role.EXECUTIVE in colleague.viewer.roles


def test_an_ended_role_opens_nothing_from_that_moment(manager, colleague, now):
    grant = Grant.objects.get(account=colleague.account)
    services.end_grant(grant.pk, by=manager.viewer, now=now)
    assert queries.viewer_of(colleague.account.pk, now=now).roles == frozenset()
    assert queries.viewer_of(colleague.account.pk, now=now - timedelta(seconds=1)).roles == {Role.STAFF}
    services.end_grant(grant.pk, by=manager.viewer, now=now + timedelta(days=1))
    assert Grant.objects.get(pk=grant.pk).ends_at == now


def test_a_manager_cannot_touch_a_grant_elsewhere_and_does_not_learn_that_it_exists(manager, stranger, now):
    grant = Grant.objects.get(account=stranger.account)
    with pytest.raises(Gone):
        services.end_grant(grant.pk, by=manager.viewer, now=now)


def test_nobody_ends_or_gives_a_role_of_their_own(manager, hospital, now):
    with pytest.raises(NotAllowed) as refused:
        services.end_grant(Grant.objects.get(account=manager.account).pk, by=manager.viewer, now=now)
    assert _reason(refused) == AccessRefusal.OWN_GRANT
    with pytest.raises(NotAllowed):
        services.grant_role(manager.account.pk, Role.EXECUTIVE, at=at_institution(hospital), by=manager.viewer, now=now)


def test_an_invitation_brings_its_role(manager, hospital, now):
    _, secret = services.invite_to_role(
        "New.Nurse@Example.jp",
        name="看護 新子",
        role=Role.STAFF,
        at=at_institution(hospital),
        by=manager.viewer,
        now=now,
    )
    account = services.accept_invitation(secret, password="a long and quiet passphrase", now=now)
    assert account.email == "new.nurse@example.jp"
    viewer = queries.viewer_of(account.pk, now=now)
    assert (viewer.roles, viewer.institution_ids) == ({Role.STAFF}, {hospital.pk})
    assert not InvitedGrant.objects.pending(now).exists()


def test_the_secret_of_an_invitation_is_kept_nowhere(manager, hospital, now):
    invitation, secret = services.invite_to_role(
        "a@example.jp", name="a", role=Role.STAFF, at=at_institution(hospital), by=manager.viewer, now=now
    )
    assert invitation.secret_digest == digest(secret)
    kept = [str(value) for row in (*Entry.objects.values(), *Invitation.objects.values()) for value in row.values()]
    assert not any(secret in value for value in kept)


def test_a_manager_invites_to_their_own_institution_only(manager, other_hospital, now):
    with pytest.raises(NotAllowed) as refused:
        services.invite_to_role(
            "x@example.jp", name="x", role=Role.STAFF, at=at_institution(other_hospital), by=manager.viewer, now=now
        )
    assert _reason(refused) == AccessRefusal.MAY_NOT_GRANT_ROLE
    assert not Invitation.objects.exists()


def test_an_invitation_is_taken_back_by_whoever_could_send_it(manager, stranger, hospital, now):
    invitation, secret = services.invite_to_role(
        "x@example.jp", name="x", role=Role.STAFF, at=at_institution(hospital), by=manager.viewer, now=now
    )
    with pytest.raises(Gone):
        services.withdraw_invitation(invitation.pk, by=stranger.viewer, now=now)
    services.withdraw_invitation(invitation.pk, by=manager.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation(secret, password="a long and quiet passphrase", now=now)
    assert _reason(refused) == AccountRefusal.INVITATION_WITHDRAWN


def test_who_has_an_account_already_gets_the_role_only_when_they_accept(manager, stranger, hospital, now):
    _, secret = services.invite_to_role(
        stranger.account.email, name="x", role=Role.EXECUTIVE, at=at_institution(hospital), by=manager.viewer, now=now
    )
    assert hospital.pk not in stranger.viewer.institution_ids
    assert InvitedGrant.objects.pending(now).count() == 1
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation(secret, password="a long and quiet passphrase", now=now)
    assert _reason(refused) == AccountRefusal.ADDRESS_TAKEN
    grant = services.accept_invitation_as(secret, by=stranger.viewer, now=now)
    assert (grant.account, grant.role, grant.granted_by) == (stranger.account, Role.EXECUTIVE, manager.account)
    assert stranger.viewer.roles == {Role.INSTITUTION_MANAGER, Role.EXECUTIVE}
    line = Entry.objects.get(verb="grant.give", subject_id=str(grant.pk))
    assert (line.by, line.institution_id) == (str(manager.account.pk), hospital.pk)
    assert not InvitedGrant.objects.pending(now).exists()


def test_nobody_else_accepts_an_invitation_and_no_token_does(manager, colleague, stranger, hospital, now):
    _, secret = services.invite_to_role(
        stranger.account.email, name="x", role=Role.EXECUTIVE, at=at_institution(hospital), by=manager.viewer, now=now
    )
    through_token = queries.viewer_of_token(stranger.token(Permission.HOME_SEE), now=now)
    for by, reason in (
        (colleague.viewer, AccountRefusal.INVITATION_FOR_ANOTHER),
        (through_token, AccessRefusal.SIGN_IN_FIRST),
        (Viewer.anonymous(), AccessRefusal.SIGN_IN_FIRST),
    ):
        with pytest.raises(NotAllowed) as refused:
            services.accept_invitation_as(secret, by=by, now=now)
        assert _reason(refused) == reason
    assert not Grant.objects.filter(role=Role.EXECUTIVE).exists()


def test_nobody_invites_themselves_to_a_role(manager, hospital, now):
    at = at_institution(hospital)
    with pytest.raises(NotAllowed) as refused:
        services.invite_to_role(
            f" {manager.account.email.upper()}", name="x", role=Role.EXECUTIVE, at=at, by=manager.viewer, now=now
        )
    assert _reason(refused) == AccessRefusal.OWN_GRANT
    # Nor by an invitation that went to an address which became theirs.
    _, secret = services.invite_to_role(
        "later@example.jp", name="x", role=Role.EXECUTIVE, at=at, by=manager.viewer, now=now
    )
    Account.objects.filter(pk=manager.account.pk).update(email="later@example.jp")
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation_as(secret, by=manager.viewer, now=now)
    assert _reason(refused) == AccessRefusal.OWN_GRANT
    assert Invitation.objects.get(accepted_at=None).email == "later@example.jp"


def test_who_lost_the_power_to_invite_leaves_no_door_behind(officer, manager, hospital, now):
    _, secret = services.invite_to_role(
        "x@example.jp", name="x", role=Role.INSTITUTION_MANAGER, at=at_institution(hospital), by=manager.viewer, now=now
    )
    services.end_grant(Grant.objects.get(account=manager.account).pk, by=officer.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        services.accept_invitation(secret, password="a long and quiet passphrase", now=now + timedelta(minutes=1))
    assert _reason(refused) == AccountRefusal.INVITATION_WITHDRAWN
    assert not Account.objects.filter(email="x@example.jp").exists()


def test_a_closed_account_holds_no_role_and_its_token_opens_nothing(officer, analyst, now):
    secret = analyst.token(Permission.BULLETIN_READ)
    services.close_account(analyst.account.pk, by=officer.viewer, now=now)
    assert not Grant.objects.in_force(now).filter(account=analyst.account).exists()
    with pytest.raises(NotAllowed) as refused:
        queries.viewer_of_token(secret, now=now)
    assert _reason(refused) == AccessRefusal.TOKEN_UNKNOWN
    assert Account.objects.get(pk=analyst.account.pk).closed_at == now
    assert queries.holders([Role.SHARING_ANALYST], now=now) == []


def test_a_manager_does_not_close_the_account_of_a_manager_who_also_works_elsewhere(
    manager, colleague, other_hospital, now
):
    services.found(colleague.account.pk, Role.STAFF, at=at_institution(other_hospital), now=now)
    with pytest.raises(NotAllowed) as refused:
        services.close_account(colleague.account.pk, by=manager.viewer, now=now)
    assert _reason(refused) == AccessRefusal.MAY_NOT_GRANT_ROLE
    assert Account.objects.get(pk=colleague.account.pk).is_active


def test_a_program_token_speaks_for_its_institution_until_it_is_revoked(manager, hospital, now):
    token, secret = services.issue_program_token(
        "collector 1", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=manager.viewer, now=now
    )
    viewer = queries.viewer_of_token(secret, now=now)
    assert viewer.is_program
    assert viewer.institution_ids == {hospital.pk}
    services.revoke_token(token.pk, by=manager.viewer, now=now)
    with pytest.raises(NotAllowed) as refused:
        queries.viewer_of_token(secret, now=now)
    assert _reason(refused) == AccessRefusal.TOKEN_REVOKED


def test_a_token_ends_by_itself_after_a_year(manager, hospital, now):
    _, secret = services.issue_program_token(
        "c", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=manager.viewer, now=now
    )
    assert queries.viewer_of_token(secret, now=now + services.TOKEN_LASTS - timedelta(seconds=1))
    with pytest.raises(NotAllowed) as refused:
        queries.viewer_of_token(secret, now=now + services.TOKEN_LASTS)
    assert _reason(refused) == AccessRefusal.TOKEN_EXPIRED


@pytest.mark.parametrize("name", ["stranger", "colleague", "executive", "officer", "operator"])
def test_only_the_manager_of_an_institution_issues_its_tokens(name, request, hospital, now):
    person = request.getfixturevalue(name)
    with pytest.raises(NotAllowed):
        services.issue_program_token(
            "c", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=person.viewer, now=now
        )
    assert not ApiToken.objects.exists()


def test_a_token_makes_no_token_and_gives_no_role(operator, colleague, hospital, now):
    own = [scope for scope in rules.PERSON_TOKEN_SCOPES if rules.may(operator.viewer, scope).ok]
    through = queries.viewer_of_token(operator.token(*own), now=now)
    with pytest.raises(NotAllowed):
        services.issue_person_token("x", scopes=[Permission.HOME_SEE], by=through, now=now)
    with pytest.raises(NotAllowed):
        services.grant_role(colleague.account.pk, Role.EXECUTIVE, at=at_institution(hospital), by=through, now=now)


def test_a_token_carries_nothing_that_its_owner_cannot_do(colleague):
    with pytest.raises(NotAllowed) as refused:
        colleague.token(Permission.DUTY_READ, Permission.INCIDENT_CLOSE)
    assert _reason(refused) == AccessRefusal.ROLE_LACKS_PERMISSION
    assert not ApiToken.objects.exists()


def test_a_new_role_that_needs_a_second_factor_closes_older_tokens(colleague, manager, hospital, now):
    before = colleague.token(Permission.DUTY_READ)
    services.grant_role(
        colleague.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(hospital), by=manager.viewer, now=now
    )
    with pytest.raises(NotAllowed) as refused:
        queries.viewer_of_token(before, now=now)
    assert _reason(refused) == AccessRefusal.TOKEN_REVOKED
    assert Entry.objects.get(verb="token.revoke").by == str(manager.account.pk)
    assert queries.viewer_of_token(colleague.token(Permission.DUTY_READ), now=now)


def test_a_role_that_needs_no_second_factor_closes_no_token(colleague, other_hospital, now):
    before = colleague.token(Permission.DUTY_READ)
    services.found(colleague.account.pk, Role.STAFF, at=at_institution(other_hospital), now=now)
    assert queries.viewer_of_token(before, now=now)


def test_tokens_are_seen_by_their_owner_and_by_who_manages_their_institution(
    manager, colleague, stranger, hospital, now
):
    services.issue_program_token(
        "c", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=manager.viewer, now=now
    )
    colleague.token(Permission.HOME_SEE)
    assert ApiToken.objects.visible_to(manager.viewer).count() == 1
    assert ApiToken.objects.visible_to(colleague.viewer).count() == 1
    assert ApiToken.objects.visible_to(stranger.viewer).count() == 0
    assert ApiToken.objects.visible_to(Viewer.anonymous()).count() == 0


def test_people_are_seen_within_the_reach_of_who_looks(manager, colleague, stranger, officer, operator, inspector):
    def seen(person):
        return set(queries.accounts_visible_to(person.viewer).values_list("pk", flat=True))

    assert seen(manager) == {manager.account.pk, colleague.account.pk}
    assert seen(colleague) == {colleague.account.pk}
    assert seen(officer) == seen(operator) == set(Account.objects.values_list("pk", flat=True))
    assert seen(inspector) == {inspector.account.pk}
    assert not queries.accounts_visible_to(Viewer.anonymous()).exists()


def test_holders_are_exactly_those_at_that_place(manager, colleague, stranger, officer, hospital, now):
    found = queries.holders([Role.INSTITUTION_MANAGER, Role.STAFF], now=now, institution_id=hospital.pk)
    assert {account.pk for account in found} == {manager.account.pk, colleague.account.pk}
    assert [account.pk for account in queries.holders([Role.MINISTRY_OFFICER], now=now)] == [officer.account.pk]


def test_the_use_of_a_token_is_noted_at_most_every_ten_minutes(manager, hospital, now):
    token, _ = services.issue_program_token(
        "c", institution_id=hospital.pk, scopes=[Permission.COLLECTOR_EXCHANGE], by=manager.viewer, now=now
    )
    services.note_token_use(token.pk, now=now)
    services.note_token_use(token.pk, now=now + timedelta(minutes=9))
    assert ApiToken.objects.get(pk=token.pk).last_used_at == now
    services.note_token_use(token.pk, now=now + timedelta(minutes=11))
    assert ApiToken.objects.get(pk=token.pk).last_used_at == now + timedelta(minutes=11)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_the_same_link_at_once_one_gets_the_account(settings, now):
    settings.PASSWORD_HASHERS = ["sonae.testing.hashers.QuickArgon2Hasher"]
    _, secret = services.found_by_invitation(
        "first@example.jp", name="first", role=Role.OPERATOR, at=NATIONWIDE, now=now
    )
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def accept(password):
        start.wait()
        try:
            services.accept_invitation(secret, password=password, now=now)
            outcomes.append("accepted")
        except NotAllowed as refused:
            outcomes.append(refused.refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(f"a long and quiet passphrase {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["accepted", AccountRefusal.INVITATION_USED]
    assert Account.objects.count() == 1
    assert Grant.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_give_the_same_role_at_once_leave_one_grant(settings, now):
    settings.PASSWORD_HASHERS = ["sonae.testing.hashers.QuickArgon2Hasher"]
    account = services.accounts.create_account("x@example.jp", name="x", password="p", by=None, now=now)
    start = threading.Barrier(2)

    def give():
        start.wait()
        try:
            services.found(account.pk, Role.OPERATOR, at=Place(), now=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=give) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Grant.objects.count() == 1
