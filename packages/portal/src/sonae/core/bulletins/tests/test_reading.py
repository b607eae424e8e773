"""The query by which bulletins are found against the rule by which one is judged, person by person."""

from datetime import timedelta

import pytest

from sonae.core.access import rules as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import rules, services
from sonae.core.bulletins.models import Bulletin, OwnedProduct, Recipient
from sonae.core.bulletins.vocabulary import Audience, BulletinState, Content, Relation
from sonae.core.institutions import services as institutions
from sonae.core.institutions.models import VendorLink
from sonae.core.web.vocabulary import Tlp

CONTENT = Content("題", "Title", "文", "Text")
PEOPLE = (
    "officer", "inspector", "prefecture_officer", "analyst", "responder", "manager", "executive", "colleague",
    "stranger", "vendor_person", "operator", "auditor",
)  # fmt: skip


@pytest.fixture
def bulletins(analyst, officer, hospital, other_hospital, vendor, manager, now):
    """Every TLP to each hospital, one withdrawn of each TLP, and one draft of each."""
    institutions.link_vendor(
        institution_id=hospital.pk, vendor_id=vendor.pk, service="電子カルテ", by=manager.account.pk, now=now
    )
    for tlp in Tlp:
        for place in (hospital, other_hospital):
            _issued(analyst, officer, tlp, place, now)
        services.withdraw(_issued(analyst, officer, tlp, hospital, now).pk, why="Wrong.", by=officer.viewer, now=now)
        services.draft(CONTENT, tlp=tlp, audience=Audience.named([hospital.pk]), by=analyst.viewer, now=now)
    return list(Bulletin.objects.all())


def _issued(analyst, officer, tlp, place, now):
    draft = services.draft(CONTENT, tlp=tlp, audience=Audience.named([place.pk]), by=analyst.viewer, now=now)
    return services.issue_draft(draft.pk, by=officer.viewer, now=now)


def _relations(viewer: Viewer, bulletin: Bulletin) -> set[Relation]:
    """What a viewer is to a bulletin, asked one recipient at a time: slow, and close to the words of the rule."""
    found: set[Relation] = set()
    if not access.may(viewer, Permission.BULLETIN_READ).ok:
        return found
    found.add(Relation.COMMUNITY)
    if access.reach(viewer, Permission.BULLETIN_WRITE).nation:
        found.add(Relation.ISSUER)
    if viewer.nation:
        found.add(Relation.SECTOR_BODY)
    for receipt in Recipient.objects.filter(bulletin=bulletin).select_related("institution"):
        at = grants.place_of_institution(receipt.institution_id)
        if access.may(viewer, Permission.BULLETIN_ACKNOWLEDGE, at=at).ok:
            found.add(Relation.DECIDER)
        if receipt.institution_id in viewer.institution_ids:
            found.add(Relation.MEMBER)
        if receipt.institution.jurisdiction_id in viewer.jurisdiction_ids:
            found.add(Relation.INSPECTING_BODY)
        for link in VendorLink.objects.current().filter(institution_id=receipt.institution_id):
            if link.vendor_id in viewer.vendor_ids:
                found.add(Relation.VENDOR)
    return found


@pytest.mark.parametrize("name", PEOPLE)
def test_a_person_finds_exactly_what_the_rule_lets_them_read(name, request, bulletins):
    viewer = request.getfixturevalue(name).viewer
    expected = {
        bulletin.pk
        for bulletin in bulletins
        if rules.may_read(Tlp(bulletin.tlp), BulletinState(bulletin.state), _relations(viewer, bulletin)).ok
    }
    assert set(Bulletin.objects.visible_to(viewer).values_list("pk", flat=True)) == expected


def test_nobody_reads_without_signing_in(bulletins):
    assert not Bulletin.objects.visible_to(Viewer.anonymous()).exists()
    assert not Recipient.objects.visible_to(Viewer.anonymous()).exists()


def test_a_program_reads_what_its_institution_received(bulletins, manager, hospital, now):
    program = Viewer(institution_ids=frozenset({hospital.pk}), scopes=frozenset({Permission.BULLETIN_READ}))
    found = Bulletin.objects.visible_to(program).values_list("tlp", "state")
    # Its own institution's at AMBER and AMBER+STRICT, whatever is GREEN or CLEAR; not what is for the eyes of deciders.
    assert Tlp.RED not in {tlp for tlp, _ in found}
    assert sum(tlp == Tlp.AMBER_STRICT for tlp, _ in found) == 2
    assert not Bulletin.objects.visible_to(
        Viewer(institution_ids=frozenset({hospital.pk}), scopes=frozenset())
    ).exists()


def test_how_others_dealt_with_a_bulletin_is_theirs(bulletins, manager, stranger, inspector, officer, colleague):
    def seen(person):
        return set(Recipient.objects.visible_to(person.viewer).values_list("institution_id", flat=True))

    own, other = manager.place.institution_id, stranger.place.institution_id
    assert seen(manager) == seen(inspector) == seen(colleague) == {own}
    assert seen(stranger) == {other}
    assert seen(officer) == {own, other}


def test_what_an_institution_owns_is_its_own_to_see(manager, stranger, colleague, hospital, now):
    services.note_owned_products(hospital.pk, ["vendor:gateway"])
    assert OwnedProduct.objects.visible_to(manager.viewer).count() == 1
    assert OwnedProduct.objects.visible_to(stranger.viewer).count() == 0
    assert OwnedProduct.objects.visible_to(colleague.viewer).count() == 0


def test_a_vendor_whose_work_ended_no_longer_reads(bulletins, vendor_person, manager, hospital, now):
    amber = Bulletin.objects.visible_to(vendor_person.viewer).filter(tlp=Tlp.AMBER)
    assert amber.count() == 2
    link = VendorLink.objects.get(institution=hospital)
    institutions.end_vendor_link(link.pk, by=manager.account.pk, now=now + timedelta(minutes=1))
    assert amber.all().count() == 0
