"""Who follows up a prefecture: its whole territory, cities with their own health centre included, and nothing else."""

import pytest
from django.db import IntegrityError, transaction

from sonae.core.access import queries, services
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import AccessRefusal, Permission, Place, PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.institutions.models import Institution, Jurisdiction
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Prefecture
from sonae.kernel.errors import NotAllowed

OKAYAMA = Place(prefecture=Prefecture.OKAYAMA)


def bodies(prefecture: Prefecture) -> set[int]:
    return set(Jurisdiction.objects.filter(prefecture=prefecture).values_list("pk", flat=True))


def test_a_prefecture_is_read_as_all_its_jurisdictions(hospital, prefecture_officer):
    viewer = prefecture_officer.viewer
    assert len(bodies(Prefecture.HOKKAIDO)) > 1
    assert viewer.jurisdiction_ids == bodies(Prefecture.HOKKAIDO)
    assert (viewer.nation, viewer.institution_ids, viewer.vendor_ids) == (False, frozenset(), frozenset())
    # The hospital lies in a city with its own health centre: another body than the prefecture inspects it.
    assert hospital.jurisdiction.kind != "prefecture"
    assert hospital.jurisdiction_id in viewer.jurisdiction_ids


def test_a_city_that_founds_its_health_centre_is_in_view_without_a_new_grant(hospital, prefecture_officer):
    newest = Jurisdiction.objects.create(
        code="01999", kind="other_city", prefecture="01", name_ja="新設市", name_en="New City", as_of="2026-11-01",
        source="試験",
    )  # fmt: skip
    assert newest.pk in prefecture_officer.viewer.jurisdiction_ids


def test_who_has_a_prefecture_costs_one_query_more_and_nobody_else(
    hospital, prefecture_officer, inspector, django_assert_num_queries, now
):
    with django_assert_num_queries(2):
        queries.viewer_of(prefecture_officer.account.pk, now=now)
    with django_assert_num_queries(1):
        queries.viewer_of(inspector.account.pk, now=now)


def test_contacts_are_read_in_the_whole_territory_and_nowhere_else(hospital, other_hospital, prefecture_officer):
    elsewhere = an_institution(prefecture=Prefecture.HOKKAIDO, municipality="01206")
    assert elsewhere.jurisdiction_id != hospital.jurisdiction_id
    for institution, reached in ((hospital, True), (elsewhere, True), (other_hospital, False)):
        at = services.place_of_institution(institution.pk)
        asked = services.rules.may(prefecture_officer.viewer, Permission.CONTACT_READ, at=at)
        assert asked.ok is reached, Institution.objects.get(pk=institution.pk).municipality


def test_a_ministry_officer_gives_a_prefecture_and_ends_it(officer, colleague, now):
    grant = services.grant_role(colleague.account.pk, Role.PREFECTURE_OFFICER, at=OKAYAMA, by=officer.viewer, now=now)
    assert (grant.kind, grant.prefecture, grant.place_id()) == (PlaceKind.PREFECTURE, "33", 33)
    assert services.place_of(grant) == OKAYAMA
    assert colleague.viewer.jurisdiction_ids == bodies(Prefecture.OKAYAMA)
    services.end_grant(grant.pk, by=officer.viewer, now=now)
    assert colleague.viewer.jurisdiction_ids == frozenset()


@pytest.mark.parametrize("who", ["inspector", "prefecture_officer", "manager", "operator", "auditor"])
def test_nobody_else_gives_a_prefecture(who, request, colleague, now):
    by = request.getfixturevalue(who).viewer
    with pytest.raises(NotAllowed) as refused:
        services.grant_role(colleague.account.pk, Role.PREFECTURE_OFFICER, at=OKAYAMA, by=by, now=now)
    assert refused.value.refusal.reason == AccessRefusal.MAY_NOT_GRANT_ROLE


def test_an_invitation_brings_a_prefecture(officer, now):
    _, secret = services.invite_to_role(
        "ken@example.jp", name="県 見守", role=Role.PREFECTURE_OFFICER, at=OKAYAMA, by=officer.viewer, now=now
    )
    account = services.accept_invitation(secret, password="a long and quiet passphrase", now=now)
    assert queries.viewer_of(account.pk, now=now).jurisdiction_ids == bodies(Prefecture.OKAYAMA)


@pytest.mark.parametrize(
    "place",
    [
        {"kind": "prefecture", "prefecture": ""},
        {"kind": "nation", "prefecture": "33"},
        {"kind": "jurisdiction", "prefecture": "33", "jurisdiction": True},
        {"kind": "prefecture", "prefecture": "33", "jurisdiction": True},
    ],
)
def test_a_grant_names_exactly_one_place(place, inspector, now):
    named = (
        {**place, "jurisdiction": Grant.objects.get(account=inspector.account).jurisdiction}
        if len(place) > 2
        else place
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(account=inspector.account, role="prefecture_officer", starts_at=now, **named)
