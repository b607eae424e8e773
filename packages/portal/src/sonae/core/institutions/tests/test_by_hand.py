"""Changes by hand: one row changes, what was is kept, and the audit chain says who did it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from model_bakery import baker

from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit.models import Entry
from sonae.core.institutions import queries, services
from sonae.core.institutions.models import (
    BedCount,
    Contact,
    FormerName,
    ImportProblem,
    ImportRun,
    Institution,
    InstitutionCode,
    Jurisdiction,
    Vendor,
    VendorLink,
)
from sonae.core.institutions.testing import NOW, a_published_institution, a_vendor, an_institution
from sonae.core.institutions.vocabulary import (
    BedBand,
    Beds,
    CodeSystem,
    ContactRole,
    ImportKind,
    InstitutionStatus,
    Population,
    Prefecture,
    Region,
    RegisterRefusal,
    SurveyClass,
)
from sonae.kernel.errors import Conflict, NotAllowed

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def person():
    return baker.make(Account, email="hanako@example.jp", created_at=NOW)


def refused_with(reason):
    class _Refused:
        def __enter__(self):
            self.caught = pytest.raises(NotAllowed)
            self.info = self.caught.__enter__()

        def __exit__(self, *args):
            suppressed = self.caught.__exit__(*args)
            assert self.info.value.refusal.reason is reason
            return suppressed

    return _Refused()


def test_an_institution_can_be_entered_by_hand():
    institution = an_institution(prefecture=Prefecture.TOKYO, municipality="13123", licensed_beds=250)
    assert institution.jurisdiction.name_ja == "江戸川区"
    assert institution.bed_band is BedBand.BEDS_200_299
    assert institution.survey_class is SurveyClass.BEDS_200_299
    assert institution.region is Region.KANTO
    assert institution.status is InstitutionStatus.LISTED
    assert queries.licensed_beds_on(institution.pk, on=TODAY) == 250
    assert Entry.objects.get(institution_id=institution.pk).verb == "institutions.register"


def test_a_register_code_is_given_once():
    an_institution(register_code="X1")
    with refused_with(RegisterRefusal.CODE_TAKEN):
        an_institution(register_code="X1")


def test_an_institution_lies_in_its_prefecture():
    with refused_with(RegisterRefusal.MUNICIPALITY_ELSEWHERE):
        an_institution(prefecture=Prefecture.TOKYO, municipality="01101")
    institution = an_institution()
    with pytest.raises(IntegrityError), transaction.atomic():
        Institution.objects.filter(pk=institution.pk).update(prefecture="13")


def test_a_bed_change_adds_to_the_history_and_the_newest_counts():
    institution = an_institution(licensed_beds=150)
    services.change_beds(institution.pk, Beds(total=140), as_of=dt.date(2026, 4, 1), by=None, now=NOW)
    institution.refresh_from_db()
    assert institution.licensed_beds == 150
    services.change_beds(institution.pk, Beds(general=100, psychiatric=30), as_of=TODAY, by=None, now=NOW)
    institution.refresh_from_db()
    assert (institution.licensed_beds, institution.licensed_beds_as_of) == (130, TODAY)
    assert queries.licensed_beds_on(institution.pk, on=dt.date(2026, 5, 1)) == 140
    assert queries.licensed_beds_on(institution.pk, on=dt.date(2026, 3, 31)) is None
    assert BedCount.objects.count() == 2
    with refused_with(RegisterRefusal.BEDS_DO_NOT_ADD_UP):
        services.change_beds(institution.pk, Beds(total=5, general=100), as_of=TODAY, by=None, now=NOW)


def test_a_new_name_keeps_the_old_one():
    institution = an_institution(name="旧病院")
    services.rename_institution(institution.pk, name="新病院", name_kana="シン", on=TODAY, by=None, now=NOW)
    services.rename_institution(institution.pk, name="新病院", name_kana="シン", on=TODAY, by=None, now=NOW)
    assert FormerName.objects.get().name == "旧病院"
    assert Institution.objects.matching("新病院").exists()


def test_a_name_does_not_change_before_its_day():
    institution = an_institution(name="旧病院")
    with refused_with(RegisterRefusal.RENAMED_IN_THE_FUTURE):
        services.rename_institution(
            institution.pk, name="新病院", name_kana="", on=TODAY + dt.timedelta(days=1), by=None, now=NOW
        )
    assert not FormerName.objects.exists()


def test_search_needs_every_word_and_takes_wildcards_literally():
    wanted = an_institution(name="髙﨑病院")
    an_institution(name="高崎診療所")
    assert Institution.objects.matching("高崎　病院").get() == wanted
    assert not Institution.objects.matching("高%病院").exists()
    assert not Institution.objects.matching("_").exists()
    assert Institution.objects.matching("").count() == 2


@pytest.mark.parametrize("keep_the_older", [True, False])
def test_two_rows_of_one_institution_become_one_with_the_former_code(keep_the_older, person):
    older = an_institution(register_code="OLD", name="旧病院", licensed_beds=150)
    newer = an_institution(register_code="NEW", name="新病院", licensed_beds=120, now=NOW + dt.timedelta(days=1))
    Institution.objects.filter(pk=older.pk).update(vanished_on=TODAY)
    services.add_contact(older.pk, role=ContactRole.AFTER_HOURS, name="当直", phone="1", by=person.pk, now=NOW)
    vendor = a_vendor()
    for one in (older, newer):
        services.link_vendor(one.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)
    kept_id, absorbed_id = (older.pk, newer.pk) if keep_the_older else (newer.pk, older.pk)
    kept = services.merge_former_code(kept_id, absorbed_id=absorbed_id, by=person.pk, now=NOW)
    assert Institution.objects.get() == kept
    assert kept.pk == kept_id
    assert (kept.register_code, kept.name, kept.licensed_beds, kept.vanished_on) == ("NEW", "新病院", 120, None)
    assert kept.listed_on == TODAY
    former = InstitutionCode.objects.get()
    assert (former.system, former.value, former.institution) == (CodeSystem.FORMER_REGISTER_CODE, "OLD", kept)
    assert Contact.objects.get().institution == kept
    assert VendorLink.objects.get().institution == kept
    assert FormerName.objects.get().name == "旧病院"
    assert set(BedCount.objects.values_list("total", flat=True)) == {150, 120}


def test_rows_that_are_both_listed_or_the_same_are_not_merged():
    one, other = an_institution(), an_institution()
    with refused_with(RegisterRefusal.BOTH_LISTED):
        services.merge_former_code(one.pk, absorbed_id=other.pk, by=None, now=NOW)
    with refused_with(RegisterRefusal.SAME_INSTITUTION):
        services.merge_former_code(one.pk, absorbed_id=one.pk, by=None, now=NOW)


def test_a_row_that_other_rooms_hold_is_not_absorbed(monkeypatch):
    one, other = an_institution(), an_institution()
    Institution.objects.filter(pk=other.pk).update(vanished_on=TODAY)
    # Stands for any slice above that keeps something about an institution.
    monkeypatch.setattr(BedCount._meta, "app_label", "elsewhere")
    with pytest.raises(Conflict) as conflict:
        services.merge_former_code(one.pk, absorbed_id=other.pk, by=None, now=NOW)
    assert conflict.value.reason is RegisterRefusal.STILL_IN_USE
    assert Institution.objects.count() == 2


def test_contacts_come_and_go_and_stay_in_the_history(person):
    institution = an_institution()
    with refused_with(RegisterRefusal.CONTACT_NEEDS_A_WAY):
        services.add_contact(institution.pk, role=ContactRole.AFTER_HOURS, name="当直", by=person.pk, now=NOW)
    contact = services.add_contact(
        institution.pk, role=ContactRole.AFTER_HOURS, name="当直", phone="03", by=person.pk, now=NOW
    )
    services.end_contact(contact.pk, by=person.pk, now=NOW)
    assert Contact.objects.count() == 1
    assert not Contact.objects.current().exists()
    with refused_with(RegisterRefusal.CONTACT_ENDED_ALREADY):
        services.end_contact(contact.pk, by=person.pk, now=NOW)
    verbs = Entry.objects.filter(subject="contact").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["institutions.add_contact", "institutions.end_contact"]


def test_a_vendor_is_linked_once_at_a_time(person):
    institution, vendor = an_institution(), a_vendor()
    link = services.link_vendor(institution.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)
    with refused_with(RegisterRefusal.LINK_EXISTS):
        services.link_vendor(institution.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)
    services.end_vendor_link(link.pk, by=person.pk, now=NOW)
    with refused_with(RegisterRefusal.LINK_ENDED_ALREADY):
        services.end_vendor_link(link.pk, by=person.pk, now=NOW)
    assert services.link_vendor(institution.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)


def test_a_corporate_number_names_one_vendor():
    one = services.register_vendor("甲", corporate_number="1234567890123", by=None, now=NOW)
    again = services.register_vendor("甲社", corporate_number="1234567890123", by=None, now=NOW)
    assert one == again
    assert a_vendor() != a_vendor()


def test_contacts_and_vendors_are_seen_only_by_those_concerned(person):
    mine, other = an_institution(prefecture=Prefecture.TOKYO), an_institution(prefecture=Prefecture.OSAKA)
    vendor = a_vendor()
    for one in (mine, other):
        services.add_contact(one.pk, role=ContactRole.AFTER_HOURS, name="当直", phone="1", by=person.pk, now=NOW)
    services.link_vendor(mine.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)
    signed_in = {"account_id": person.pk}
    # viewer, contacts seen, links seen, vendors seen, institutions seen
    cases = [
        (Viewer.anonymous(), 0, 0, 0, 0),
        (Viewer(**signed_in), 0, 0, 0, 2),
        (Viewer(**signed_in, nation=True), 2, 1, 1, 2),
        (Viewer(**signed_in, roles=frozenset({Role.OPERATOR})), 0, 0, 0, 2),
        (Viewer(**signed_in, jurisdiction_ids=frozenset({mine.jurisdiction_id})), 1, 1, 1, 2),
        (Viewer(**signed_in, institution_ids=frozenset({mine.pk})), 1, 1, 1, 2),
        (Viewer(**signed_in, institution_ids=frozenset({other.pk})), 1, 0, 0, 2),
        (Viewer(**signed_in, vendor_ids=frozenset({vendor.pk})), 0, 1, 1, 2),
        (Viewer(institution_ids=frozenset({mine.pk}), scopes=frozenset()), 1, 1, 1, 1),
    ]
    for viewer, contacts, links, vendors, institutions in cases:
        assert Contact.objects.visible_to(viewer).count() == contacts, viewer
        assert VendorLink.objects.visible_to(viewer).count() == links, viewer
        assert Vendor.objects.visible_to(viewer).count() == vendors, viewer
        assert Institution.objects.visible_to(viewer).count() == institutions, viewer
        assert BedCount.objects.visible_to(viewer).count() == institutions, viewer
        assert bool(Jurisdiction.objects.visible_to(viewer).count()) is bool(institutions), viewer


def test_imports_are_seen_by_the_nation_and_by_operators():
    run = services.begin_import(ImportKind.REGISTER, file_name="x", by=None, now=NOW)
    ImportProblem.objects.create(run=run, line=1, reason="name_shared")
    for viewer, seen in [
        (Viewer.anonymous(), 0),
        (Viewer(nation=True), 1),
        (Viewer(roles=frozenset({Role.OPERATOR})), 1),
        (Viewer(roles=frozenset({Role.INSPECTOR})), 0),
    ]:
        assert ImportRun.objects.visible_to(viewer).count() == seen
        assert ImportProblem.objects.visible_to(viewer).count() == seen


def test_only_a_website_that_a_browser_may_follow_is_a_link():
    row = a_published_institution(website="javascript:alert(1)")
    institution = services.register_institution(row, population=Population.REAL, by=None, now=NOW)
    assert institution.website_link == ""
    institution.website = "https://example.jp"
    assert institution.website_link == "https://example.jp"


def test_rows_print_as_what_they_are(person):
    institution, vendor = an_institution(name="試験病院"), a_vendor("甲社")
    contact = services.add_contact(
        institution.pk, role=ContactRole.AFTER_HOURS, name="当直", phone="1", by=person.pk, now=NOW
    )
    link = services.link_vendor(institution.pk, vendor_id=vendor.pk, service="電子カルテ", by=person.pk, now=NOW)
    run = services.begin_import(ImportKind.REGISTER, file_name="x.csv", by=None, now=NOW)
    words = [institution, vendor, contact, link, run, institution.jurisdiction, BedCount.objects.get()]
    assert [str(word) for word in words] == [
        "試験病院", "甲社", "当直", "電子カルテ", "register x.csv", "札幌市", "2026-11-23 150",
    ]  # fmt: skip
