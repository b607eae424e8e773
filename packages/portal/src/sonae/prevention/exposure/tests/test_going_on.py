"""What institutions say of exposures, and what follows: duties, evidence, the calendar, the marks."""

from datetime import timedelta

import pytest

from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import Standing as Stands
from sonae.core.audit.models import Entry
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.institutions.models import Vendor
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.advisories import testing as advisories
from sonae.prevention.assets import services as assets
from sonae.prevention.exposure import priority, queries, services
from sonae.prevention.exposure.models import Exposure, LedgerState, StepTaken
from sonae.prevention.exposure.testing import FREE, HIT, a_device, a_notice, an_exposure
from sonae.prevention.exposure.vocabulary import Course, CourseRefusal, Exploitation, Ground, Priority, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def exposure(manager, hospital, now):
    return an_exposure(hospital.pk, by=manager.viewer, now=now)


def say(exposure, step, *, by, now):
    return services.take_step(exposure.pk, step, by=by.viewer, now=now)


def fixed(now, version=FREE):
    return Step(Course.FIXED, done_on=jst_day(now), version=version)


def the_duty():
    return Duty.objects.order_by("-occurrence").first()


def patches(hospital, now):
    return assurance.state_of("patching", hospital.pk, now=now)


def test_its_duty_is_due_by_priority_and_ends_when_it_is_settled(exposure, manager, hospital, now):
    duty = Duty.objects.get()
    assert (duty.state, duty.institution_id, duty.subject_id) == (DutyState.OPEN, hospital.pk, str(exposure.notice_id))
    assert duty.due_at == exposure.due_at == now + priority.SETTLED_WITHIN[Priority(exposure.priority)]
    say(exposure, Step(Course.OURS), by=manager, now=now)
    assert the_duty().state == DutyState.OPEN
    say(exposure, fixed(now), by=manager, now=now)
    assert the_duty().state == DutyState.FULFILLED
    assert Entry.objects.filter(verb="exposure.step").count() == 2


def test_one_duty_an_advisory_ends_with_the_last_of_its_devices(manager, hospital, now):
    first = an_exposure(hospital.pk, by=manager.viewer, now=now)
    second = an_exposure(hospital.pk, by=manager.viewer, now=now)
    say(first, fixed(now), by=manager, now=now)
    assert Duty.objects.get().state == DutyState.OPEN
    say(second, fixed(now), by=manager, now=now)
    assert Duty.objects.get().state == DutyState.FULFILLED


def test_what_is_lifted_is_owed_no_longer_and_owed_again_when_it_is_hit_again(exposure, manager, hospital, now):
    a_notice(("Fortinet", "FortiOS", "< 5.0"), now=now, revision="2")
    services.hold(now=now)
    assert the_duty().state == DutyState.SUPERSEDED
    later = now + timedelta(days=1)
    a_notice(now=later, revision="3")
    services.hold(now=later)
    exposure.refresh_from_db()
    assert (exposure.course, exposure.opened_at) == (Course.UNANSWERED, later)
    assert (the_duty().state, the_duty().occurrence) == (DutyState.OPEN, 2)


def test_a_version_that_the_advisory_names_is_no_fix(exposure, manager, now):
    with pytest.raises(NotAllowed) as refused:
        say(exposure, fixed(now, version=HIT), by=manager, now=now)
    assert refused.value.refusal.reason is CourseRefusal.VERSION_STILL_HIT
    assert Duty.objects.get().state == DutyState.OPEN


def test_a_fix_stands_until_something_else_is_hit(exposure, manager, hospital, now):
    say(exposure, fixed(now), by=manager, now=now)
    services.hold(now=now)
    exposure.refresh_from_db()
    assert exposure.course == Course.FIXED, "that the ledger still has the old version is no news"
    a_notice(("Fortinet", "FortiOS", "<= 6.0.9"), now=now, revision="2")
    services.hold(now=now)
    exposure.refresh_from_db()
    assert exposure.course == Course.UNANSWERED


def test_an_urgent_risk_is_accepted_by_an_executive_alone(exposure, manager, executive, now):
    Exposure.objects.update(priority=Priority.IMMEDIATE)
    say(exposure, Step(Course.OURS), by=manager, now=now)
    step = Step(Course.ACCEPTED, why="更改まで使います", until=jst_day(now) + timedelta(days=30))
    with pytest.raises(NotAllowed) as refused:
        say(exposure, step, by=manager, now=now)
    assert refused.value.refusal.reason is CourseRefusal.NEEDS_AN_EXECUTIVE
    assert say(exposure, step, by=executive, now=now).course == Course.ACCEPTED


def test_after_its_term_it_is_the_institutions_again_with_a_duty_of_its_own(exposure, manager, now):
    say(exposure, Step(Course.OURS), by=manager, now=now)
    until = jst_day(now) + timedelta(days=30)
    say(exposure, Step(Course.MITIGATED, why="管理画面を閉じました", until=until), by=manager, now=now)
    assert the_duty().state == DutyState.FULFILLED
    services.hold(now=now + timedelta(days=30))
    assert the_duty().state == DutyState.FULFILLED, "the last day still counts"
    over = now + timedelta(days=31)
    assert queries.is_anything_due(now=over)
    services.hold(now=over)
    exposure.refresh_from_db()
    assert (exposure.course, exposure.opened_at, exposure.until) == (Course.OURS, over, None)
    assert (the_duty().state, the_duty().due_at) == (DutyState.OPEN, exposure.due_at)
    assert StepTaken.objects.order_by("taken_at").last().taken_by is None


def test_whoever_waits_for_a_vendor_still_owes_it(exposure, manager, now):
    say(exposure, Step(Course.OURS), by=manager, now=now)
    vendor = Vendor.objects.create(name="保守の会社")
    step = Step(Course.WAITING, until=jst_day(now) + timedelta(days=10), vendor_id=vendor.pk)
    say(exposure, step, by=manager, now=now)
    assert Duty.objects.get().state == DutyState.OPEN


def test_kev_makes_it_more_urgent_and_its_duty_due_earlier(exposure, manager, hospital, now):
    assert exposure.exploitation == Exploitation.NONE
    later = now + timedelta(days=3)
    run = advisories.import_documents(("kev.json", advisories.as_bytes(advisories.a_kev())), now=later)
    assert run.finished_at is not None
    services.hold(now=later)
    exposure.refresh_from_db()
    assert exposure.exploitation == Exploitation.ACTIVE
    assert exposure.due_at == later + priority.SETTLED_WITHIN[Priority(exposure.priority)]
    assert next(one.ground for one in queries.grounds_of(exposure)) is Ground.EXPLOITED
    assert Duty.objects.get().due_at == exposure.due_at


def test_what_stands_about_the_patches_follows(exposure, manager, hospital, now):
    assert patches(hospital, now).standing is Stands.IN_PLACE, "nothing is late yet"
    late = exposure.due_at + timedelta(hours=1)
    assert queries.is_anything_due(now=late)
    services.hold(now=late)
    assert patches(hospital, late).standing is Stands.ABSENT
    assert not queries.is_anything_due(now=late)
    say(exposure, fixed(late), by=manager, now=late + timedelta(minutes=1))
    assert patches(hospital, late + timedelta(minutes=1)).standing is Stands.IN_PLACE


def test_what_stands_about_the_patches_is_said_again_before_it_ends(exposure, manager, hospital, now):
    say(exposure, fixed(now), by=manager, now=now)
    end = LedgerState.objects.get().said_until
    services.hold(now=now + timedelta(days=46))
    assert LedgerState.objects.get().said_until > end


def test_a_ledger_without_a_product_says_nothing_about_patches(manager, hospital, now):
    a_device(hospital.pk, by=manager.viewer, now=now, product="", maker="")
    a_notice(now=now)
    services.hold(now=now)
    assert patches(hospital, now).standing is not Stands.IN_PLACE


def test_only_the_institution_and_who_inspects_it_see_it(
    exposure, manager, executive, inspector, officer, analyst, stranger, now
):
    def sees(person):
        return Exposure.objects.visible_to(person.viewer).exists()

    assert [sees(one) for one in (manager, executive, inspector)] == [True] * 3
    assert not any(sees(one) for one in (officer, analyst, stranger))
    with pytest.raises(NotAllowed):
        say(exposure, Step(Course.OURS), by=inspector, now=now)
    with pytest.raises(Gone):
        say(exposure, Step(Course.OURS), by=stranger, now=now)


def test_a_device_with_a_way_from_the_internet_is_more_urgent(manager, hospital, now):
    device = a_device(hospital.pk, by=manager.viewer, now=now, internet_facing="no", services={"ehr": "low"})
    a_notice(now=now)
    services.hold(now=now)
    before = Exposure.objects.get()
    content = {name: getattr(device, name) for name in ("kind", "name", "maker", "product", "version", "place")}
    content |= {"responsible": "", "note": "", "internet_facing": "yes", "services": {"ehr": "critical"}}
    assets.change_asset(device.pk, content, by=manager.viewer, now=now)
    services.hold(now=now)
    after = Exposure.objects.get()
    assert after.rank < before.rank
    assert {one.ground for one in queries.grounds_of(after)} >= {Ground.REACHED_FROM_INTERNET, Ground.CLINIC_DEPENDS}
