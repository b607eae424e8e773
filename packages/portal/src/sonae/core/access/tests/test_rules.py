"""The matrix of roles and permissions, and who may hand out what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sonae.core.access import rules
from sonae.core.access.vocabulary import NATIONWIDE, AccessRefusal, Permission, Place, PlaceKind
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.decision import ALLOWED, Refused

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OWN = Place(institution_id=1, jurisdiction_id=10)
OTHER = Place(institution_id=2, jurisdiction_id=20)
PLACES = {
    PlaceKind.NATION: None,
    PlaceKind.PREFECTURE: 33,
    PlaceKind.JURISDICTION: 10,
    PlaceKind.INSTITUTION: 1,
    PlaceKind.VENDOR: 5,
}
COLUMNS = {
    Role.MINISTRY_OFFICER: "O", Role.INSPECTOR: "I", Role.PREFECTURE_OFFICER: "K", Role.SHARING_ANALYST: "A",
    Role.RESPONDER: "R", Role.INSTITUTION_MANAGER: "M", Role.EXECUTIVE: "E", Role.STAFF: "S", Role.VENDOR: "V",
    Role.OPERATOR: "P", Role.AUDITOR: "U",
}  # fmt: skip

# Every permission with the roles that carry it. Changing the matrix means changing this table, on purpose.
HOLDERS = {
    "home.see": "OIKARMESVPU",
    "sector.see": "OIKAU",
    "register.read": "OIKARMESPU",
    "register.change": "OP",
    "register.import": "OP",
    "contact.read": "OIKRME",
    "contact.change": "M",
    "account.read": "OMPU",
    "account.invite": "OMP",
    "grant.change": "OMP",
    "token.manage": "M",
    "audit.read": "U",
    "job.read": "PU",
    "job.manage": "P",
    "message.read": "P",
    "message.retry": "P",
    "document.read": "OIKRME",
    "document.store": "OIARM",
    "evidence.read": "OIKME",
    "evidence.file": "IM",
    "catalogue.import": "OP",
    "instrument.publish": "O",
    "response.read": "OIKME",
    "response.answer": "M",
    "response.decide": "OI",
    "inspection.prepare": "ME",
    "inspection.read": "IKME",
    "inspection.conduct": "I",
    "inspection.correct": "M",
    "survey.read": "OIKME",
    "survey.conduct": "O",
    "survey.follow_up": "OK",
    "duty.read": "OIKARMESVPU",
    "duty.fulfil": "M",
    "duty.waive": "O",
    "duty.redate": "OI",
    "bulletin.read": "OIKARMESVPU",
    "bulletin.write": "OA",
    "bulletin.issue": "OA",
    "bulletin.acknowledge": "ME",
    "bulletin.reach": "OIKAU",
    "asset.read": "ME",
    "asset.change": "M",
    "advisory.read": "OIKARMESVPU",
    "advisory.state": "OA",
    "feed.manage": "AP",
    "exposure.read": "IME",
    "exposure.answer": "ME",
    "exposure.count": "OA",
    "indicator.read": "OARM",
    "indicator.publish": "A",
    "collector.manage": "M",
    "collector.exchange": "",
    "sighting.read": "ME",
    "sighting.count": "OA",
    "incident.read": "OIKARME",
    "incident.report": "OIRMES",
    "incident.change": "RM",
    "incident.close": "M",
    "disclosure.read": "OA",
    "disclosure.draft": "A",
    "disclosure.release": "OA",
}


def as_role(role: Role, **rest) -> Viewer:
    kind = rules.PLACE_OF_ROLE[role]
    # The prefecture has the jurisdiction of OWN and one more in it.
    grants = rules.over_prefectures(frozenset({(role, kind.value, PLACES[kind])}), {33: [10, 11]})
    return Viewer(account_id=UUID(int=1), roles=frozenset({role}), grants=grants, **rest)


def test_every_permission_and_every_role_stands_in_the_table():
    assert set(HOLDERS) == {str(permission) for permission in Permission}
    assert set(COLUMNS) == set(Role) == set(rules.MATRIX) == set(rules.PLACE_OF_ROLE)


@pytest.mark.parametrize("permission", list(Permission))
def test_a_permission_is_carried_by_exactly_these_roles(permission):
    carried = "".join(COLUMNS[role] for role in COLUMNS if rules.may(as_role(role), permission).ok)
    assert carried == HOLDERS[permission]


@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_its_own_place_and_no_other(role):
    viewer = as_role(role)
    for permission in rules.MATRIX[role]:
        own, other = rules.may(viewer, permission, at=OWN), rules.may(viewer, permission, at=OTHER)
        match rules.PLACE_OF_ROLE[role]:
            case PlaceKind.NATION:
                assert own.ok
                assert other.ok
            case PlaceKind.VENDOR:
                assert not own.ok
                assert not other.ok
            case _:
                assert own.ok
                assert other == Refused(AccessRefusal.OTHER_INSTITUTION)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", list(Permission))
def test_reach_says_the_same_as_asking_place_by_place(role, permission):
    viewer = as_role(role)
    reach = rules.reach(viewer, permission)
    for at in (OWN, OTHER):
        within = (
            reach.nation or at.jurisdiction_id in reach.jurisdiction_ids or at.institution_id in reach.institution_ids
        )
        assert within == rules.may(viewer, permission, at=at).ok


def test_an_officer_of_a_prefecture_reads_what_an_inspector_reads_and_does_nothing_but_follow_surveys_up():
    carried = rules.MATRIX[Role.PREFECTURE_OFFICER] - {Permission.SURVEY_FOLLOW_UP}
    assert {permission.rpartition(".")[2] for permission in carried} == {"see", "read", "reach"}
    reads = {permission for permission in rules.MATRIX[Role.INSPECTOR] if permission in carried}
    assert reads == carried
    left_out = rules.MATRIX[Role.INSPECTOR] - carried
    read = {permission for permission in left_out if permission.endswith((".see", ".read", ".reach"))}
    # Which hole a hospital has is for whoever inspects it alone (ADR 0037).
    assert read == {Permission.EXPOSURE_READ}


def test_a_prefecture_is_held_once_and_reaches_each_jurisdiction_in_it():
    viewer = as_role(Role.PREFECTURE_OFFICER)
    assert rules.as_held(viewer) == {(Role.PREFECTURE_OFFICER, "prefecture", 33)}
    assert rules.reach(viewer, Permission.EVIDENCE_READ).jurisdiction_ids == {10, 11}
    assert rules.may(viewer, Permission.EVIDENCE_READ, at=Place(prefecture=Prefecture.OKAYAMA)).ok
    assert not rules.may(viewer, Permission.EVIDENCE_READ, at=Place(prefecture=Prefecture.TOKYO)).ok
    assert not rules.may(viewer, Permission.EVIDENCE_READ, at=Place(jurisdiction_id=20)).ok


def test_an_inspector_who_also_follows_up_a_prefecture_acts_only_where_they_inspect():
    held = {(Role.INSPECTOR, "jurisdiction", 10), (Role.PREFECTURE_OFFICER, "prefecture", 33)}
    grants = rules.over_prefectures(frozenset(held), {33: [10, 11]})
    viewer = Viewer(account_id=UUID(int=1), roles=frozenset(role for role, _, _ in held), grants=grants)
    assert rules.as_held(viewer) == held
    assert rules.reach(viewer, Permission.EVIDENCE_FILE).jurisdiction_ids == {10}
    assert rules.reach(viewer, Permission.EVIDENCE_READ).jurisdiction_ids == {10, 11}


def test_nobody_may_do_anything_without_signing_in():
    for permission in Permission:
        assert rules.may(Viewer.anonymous(), permission) == Refused(AccessRefusal.SIGN_IN_FIRST)
        assert rules.reach(Viewer.anonymous(), permission) == rules.reach(Viewer(), permission)
        assert not rules.reach(Viewer.anonymous(), permission).institution_ids


def test_a_token_never_does_more_than_its_scopes_nor_more_than_its_person():
    analyst = as_role(Role.SHARING_ANALYST, scopes=frozenset({Permission.BULLETIN_READ, Permission.ASSET_READ}))
    assert rules.may(analyst, Permission.BULLETIN_READ).ok
    assert rules.may(analyst, Permission.BULLETIN_WRITE) == Refused(
        AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.BULLETIN_WRITE}
    )
    assert not rules.may(analyst, Permission.ASSET_READ).ok


def test_a_program_reaches_its_institution_only():
    program = Viewer(institution_ids=frozenset({1}), scopes=frozenset({Permission.COLLECTOR_EXCHANGE}))
    assert rules.may(program, Permission.COLLECTOR_EXCHANGE, at=OWN).ok
    assert rules.may(program, Permission.COLLECTOR_EXCHANGE, at=OTHER) == Refused(AccessRefusal.OTHER_INSTITUTION)
    assert not rules.may(program, Permission.INCIDENT_READ, at=OWN).ok


@pytest.mark.parametrize(
    ("giver", "roles"),
    [
        (Role.OPERATOR, {Role.OPERATOR, Role.VENDOR}),
        (
            Role.MINISTRY_OFFICER,
            {
                Role.MINISTRY_OFFICER, Role.INSPECTOR, Role.PREFECTURE_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER,
                Role.INSTITUTION_MANAGER, Role.AUDITOR,
            },
        ),
        (Role.INSTITUTION_MANAGER, {Role.INSTITUTION_MANAGER, Role.EXECUTIVE, Role.STAFF}),
        (Role.AUDITOR, set()),
        (Role.EXECUTIVE, set()),
        (Role.STAFF, set()),
        (Role.INSPECTOR, set()),
        (Role.PREFECTURE_OFFICER, set()),
        (Role.SHARING_ANALYST, set()),
        (Role.RESPONDER, set()),
        (Role.VENDOR, set()),
    ],
)  # fmt: skip
def test_who_hands_out_which_role(giver, roles):
    viewer = as_role(giver)
    assert rules.grantable(viewer) == roles
    given = {role for role in Role if rules.may_grant(viewer, role, at=_fitting(role), to_self=False).ok}
    assert given == roles


def test_nobody_hands_out_a_role_that_reads_more_than_their_own_unless_others_hear_of_it():
    reads = {permission for permission in Permission if permission.endswith(".read")}
    for giver, roles in rules.MAY_GRANT.items():
        viewer = as_role(giver)
        for role in roles:
            if rules.MATRIX[role] & reads - rules.MATRIX[giver]:
                assert giver is Role.MINISTRY_OFFICER
                assert rules.is_witnessed(role, at=_fitting(role), by=viewer)


def test_whoever_runs_the_machine_gives_no_role_that_reads_what_they_do_not():
    for role in rules.MAY_GRANT[Role.OPERATOR]:
        assert rules.MATRIX[role] <= rules.MATRIX[Role.OPERATOR]


def test_others_hear_of_a_role_that_reaches_many_or_comes_from_outside_its_institution():
    manager = as_role(Role.INSTITUTION_MANAGER)
    for role in Role:
        assert rules.is_witnessed(role, at=_fitting(role), by=as_role(Role.MINISTRY_OFFICER))
        assert rules.is_witnessed(role, at=_fitting(role), by=None)
    assert not rules.is_witnessed(Role.STAFF, at=OWN, by=manager)
    assert rules.is_witnessed(Role.STAFF, at=OTHER, by=manager)


def test_a_manager_hands_out_roles_at_their_own_institution_only():
    manager = as_role(Role.INSTITUTION_MANAGER)
    assert rules.may_grant(manager, Role.STAFF, at=OWN, to_self=False).ok
    assert not rules.may_grant(manager, Role.STAFF, at=OTHER, to_self=False).ok


def test_nobody_gives_a_role_to_themselves_nor_at_the_wrong_kind_of_place_nor_through_a_token():
    operator = as_role(Role.OPERATOR)
    own = rules.may_grant(operator, Role.OPERATOR, at=NATIONWIDE, to_self=True)
    assert own == Refused(AccessRefusal.OWN_GRANT)
    officer = as_role(Role.MINISTRY_OFFICER)
    for misfit in (
        NATIONWIDE,
        OWN,
        Place(jurisdiction_id=10),
        Place(jurisdiction_id=10, prefecture=Prefecture.OKAYAMA),
    ):
        refused = rules.may_grant(officer, Role.PREFECTURE_OFFICER, at=misfit, to_self=False)
        assert refused == Refused(AccessRefusal.GRANT_NEEDS_PLACE)
    misplaced = rules.may_grant(operator, Role.VENDOR, at=OWN, to_self=False)
    assert misplaced == Refused(AccessRefusal.GRANT_NEEDS_PLACE)
    through_token = replace(operator, scopes=frozenset(Permission))
    assert not rules.may_grant(through_token, Role.STAFF, at=OWN, to_self=False).ok
    assert not rules.may_issue_own_token(through_token).ok
    assert rules.may_issue_own_token(operator).ok


def test_an_account_is_closed_by_whoever_could_end_all_its_roles():
    manager = as_role(Role.INSTITUTION_MANAGER)
    assert rules.may_close(manager, [(Role.STAFF, OWN)], is_self=False).ok
    assert not rules.may_close(manager, [(Role.STAFF, OWN), (Role.STAFF, OTHER)], is_self=False).ok
    assert not rules.may_close(manager, [(Role.STAFF, OWN)], is_self=True).ok
    assert not rules.may_close(as_role(Role.STAFF), [], is_self=False).ok


@pytest.mark.parametrize(
    ("expires_in", "revoked", "reason"),
    [
        (1, None, None),
        (0, None, AccessRefusal.TOKEN_EXPIRED),
        (-1, None, AccessRefusal.TOKEN_EXPIRED),
        (1, NOW, AccessRefusal.TOKEN_REVOKED),
        (-1, NOW, AccessRefusal.TOKEN_REVOKED),
    ],
)
def test_a_token_opens_until_it_expires_or_is_revoked(expires_in, revoked, reason):
    decision = rules.token_opens(expires_at=NOW + timedelta(days=expires_in), revoked_at=revoked, now=NOW)
    assert decision is ALLOWED if reason is None else decision.reason == reason


def test_tokens_carry_no_power_over_people_and_programs_no_act_of_a_person():
    for forbidden in (
        Permission.GRANT_CHANGE, Permission.TOKEN_MANAGE, Permission.ACCOUNT_INVITE, Permission.DISCLOSURE_RELEASE,
    ):  # fmt: skip
        assert not rules.may_carry([forbidden], program=False).ok
        assert not rules.may_carry([forbidden], program=True).ok
    assert not rules.may_carry([Permission.COLLECTOR_EXCHANGE], program=False).ok
    assert not rules.may_carry([Permission.INCIDENT_READ], program=True).ok
    assert rules.may_carry([Permission.COLLECTOR_EXCHANGE], program=True).ok


def test_operators_and_auditors_do_not_see_the_content_of_the_sector():
    for role, sees in ((Role.OPERATOR, False), (Role.AUDITOR, False), (Role.RESPONDER, True), (Role.STAFF, False)):
        kind = rules.PLACE_OF_ROLE[role]
        assert rules.sees_nation([(role, kind.value, PLACES[kind])]) is sees


def _fitting(role: Role) -> Place:
    return {
        PlaceKind.NATION: NATIONWIDE,
        PlaceKind.PREFECTURE: Place(prefecture=Prefecture.OKAYAMA),
        PlaceKind.JURISDICTION: Place(jurisdiction_id=10),
        PlaceKind.INSTITUTION: OWN,
        PlaceKind.VENDOR: Place(vendor_id=5),
    }[rules.PLACE_OF_ROLE[role]]
