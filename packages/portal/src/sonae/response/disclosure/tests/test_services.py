import threading
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sonae.core.audit.models import Entry
from sonae.core.bulletins.models import Bulletin
from sonae.core.duties.models import Duty
from sonae.core.institutions import rules as register_rules
from sonae.core.institutions import services as register
from sonae.core.institutions.models import BedCount
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import (
    Beds,
    ContactRole,
    InstitutionKind,
    Population,
    Prefecture,
    Region,
)
from sonae.kernel.calendar import JST
from sonae.kernel.errors import Conflict, Gone, NotAllowed
from sonae.kernel.ids import new_id
from sonae.prevention.assets.models import Connection
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import queries, rules, services
from sonae.response.disclosure.models import Disclosure, Tick
from sonae.response.disclosure.vocabulary import DisclosureRefusal, DisclosureState, Statements, WithdrawalReason
from sonae.response.incidents import services as incidents
from sonae.response.incidents.models import IncidentIndicator
from sonae.response.incidents.testing import a_report
from sonae.response.incidents.vocabulary import Attached

IOC = (IndicatorKind.DOMAIN, "c2.kinkyu-update.example")
HOKKAIDO = Statements(
    kinds=frozenset({InstitutionKind.HOSPITAL}), prefecture=Prefecture.HOKKAIDO, beds_from=100, beds_through=199
)


@pytest.fixture(autouse=True)
def three_are_enough(settings):
    settings.DISCLOSURE_K = 3


@pytest.fixture
def incident(hospital, manager, now):
    reported = incidents.report_incident(a_report(hospital.pk, now=now), intake_id=new_id(), by=manager.viewer, now=now)
    incidents.attach_indicators(reported.pk, [Attached(*IOC)], by=manager.viewer, now=now)
    return reported


@pytest.fixture
def neighbours(hospital):
    """Two more hospitals that the statements fit, so that three do."""
    return [an_institution(population=Population.SYNTHETIC) for _ in range(2)]


def a_draft(incident, analyst, now, **said):
    content = services.Content(**({"statements": HOKKAIDO, "indicators": (IOC,)} | said))
    return services.draft(incident.pk, content, by=analyst.viewer, now=now)


def refusal_of(call, *args, **kwargs):
    with pytest.raises(NotAllowed) as raised:
        call(*args, **kwargs)
    return raised.value.refusal


def test_a_draft_asks_a_second_person(incident, analyst, now):
    disclosure = a_draft(incident, analyst, now)
    asked = Duty.objects.filter(rule=services.DUTY, subject_id=str(disclosure.pk))
    assert {duty.role for duty in asked} == {"sharing_analyst", "ministry_officer"}
    assert Entry.objects.about("disclosure", disclosure.pk).filter(verb="disclosure.draft").exists()


def test_a_hospital_that_stands_out_stays_hidden(incident, analyst, second_analyst, now):
    disclosure = a_draft(incident, analyst, now)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TOO_FEW_FIT
    assert refused.facts == {"fits": 1, "needed": 3}
    assert not Indicator.objects.exists()
    assert not Bulletin.objects.exists()


def test_a_release_tells_everyone_and_names_nobody(incident, neighbours, hospital, analyst, second_analyst, now):
    disclosure = a_draft(incident, analyst, now)
    released = services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert (released.state, released.fitted, released.needed) == (DisclosureState.RELEASED, 3, 3)
    indicator = Indicator.objects.get()
    assert indicator.value == IOC[1]
    bulletin = Bulletin.objects.get()
    told = " ".join(
        [bulletin.title_ja, bulletin.body_ja, bulletin.title_en, bulletin.body_en, bulletin.key, str(indicator.stix)]
    )
    secrets = (
        hospital.name,
        hospital.name_kana,
        incident.number,
        str(incident.pk),
        disclosure.number,
        str(disclosure.pk),
    )
    assert not [secret for secret in secrets if secret in told]
    assert not Duty.objects.open().filter(rule=services.DUTY, subject_id=str(disclosure.pk)).exists()
    assert Entry.objects.about("disclosure", disclosure.pk).filter(verb="disclosure.release").exists()


def test_whoever_wrote_it_cannot_release_it(incident, neighbours, analyst, second_analyst, now):
    disclosure = a_draft(incident, analyst, now)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.SECOND_PERSON_NEEDED
    content = services.Content(statements=HOKKAIDO, indicators=(IOC,))
    services.revise(disclosure.pk, content, seen_revision=1, by=second_analyst.viewer, now=now)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=2, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.SECOND_PERSON_NEEDED


def test_only_what_was_read_is_released(incident, neighbours, analyst, second_analyst, now):
    disclosure = a_draft(incident, analyst, now)
    services.revise(
        disclosure.pk,
        services.Content(statements=HOKKAIDO, indicators=(IOC,)),
        seen_revision=1,
        by=analyst.viewer,
        now=now,
    )
    with pytest.raises(Conflict):
        services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)


def test_two_disclosures_together_may_not_tell_more_than_either(incident, hospital, analyst, second_analyst, now):
    # Three hospitals of this size, three in this region; only the victim is both.
    for prefecture in (Prefecture.TOKYO, Prefecture.OSAKA):
        an_institution(population=Population.SYNTHETIC, prefecture=prefecture, licensed_beds=150)
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC, licensed_beds=300)
    by_size = Statements(beds_from=100, beds_through=199)
    first = a_draft(incident, analyst, now, statements=by_size)
    services.release(first.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    by_region = Statements(region=Region.HOKKAIDO)
    second = a_draft(incident, analyst, now, statements=by_region)
    refused = refusal_of(services.release, second.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TOO_FEW_FIT
    assert refused.facts["fits"] == 1


def test_what_was_withdrawn_was_still_said(incident, neighbours, hospital, analyst, second_analyst, now):
    first = a_draft(incident, analyst, now)
    services.release(first.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    services.withdraw(first.pk, reason=WithdrawalReason.WRONG, by=second_analyst.viewer, now=now)
    assert not Indicator.objects.standing().exists()
    assert Bulletin.objects.get().state == "withdrawn"
    assert len(queries.said_before(hospital)) == 1


def test_one_person_alone_publishes_no_words_by_withdrawing(
    incident, neighbours, hospital, analyst, second_analyst, now
):
    disclosure = a_draft(incident, analyst, now)
    services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    words = f"{hospital.name}の求めによります"
    services.withdraw(disclosure.pk, reason=WithdrawalReason.HARMLESS, why=words, by=second_analyst.viewer, now=now)
    told = Bulletin.objects.get().withdrawn_why
    assert hospital.name not in told
    assert "harmless" in told
    disclosure.refresh_from_db()
    assert (disclosure.withdrawn_for, disclosure.withdrawn_why) == (WithdrawalReason.HARMLESS, words)


def test_what_may_tell_something_is_ticked_by_whoever_releases_it(incident, neighbours, analyst, second_analyst, now):
    texts = {"summary_ja": "復旧に48時間を要しました。", "summary_en": "Recovery took two days."}
    disclosure = a_draft(incident, analyst, now, **texts)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.NOT_LOOKED_AT
    looked_at = rules.doubts(queries.marks_of(disclosure))
    services.release(disclosure.pk, seen_revision=1, looked_at=looked_at, by=second_analyst.viewer, now=now)
    tick = Tick.objects.get()
    assert (tick.mark, tick.text, tick.ticked_by_id, tick.ticked_at) == (
        "number", "48時間", second_analyst.account.pk, now,
    )  # fmt: skip


def test_an_indicator_with_the_name_of_the_institution_in_it_is_refused(
    incident, neighbours, hospital, manager, analyst, second_analyst, now
):
    page = (IndicatorKind.URL, f"https://leaks.example/victims/{quote(hospital.name)}.zip")
    incidents.attach_indicators(incident.pk, [Attached(*page)], by=manager.viewer, now=now)
    disclosure = a_draft(incident, analyst, now, indicators=(page,))
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.INDICATOR_IS_THE_VICTIMS


@pytest.mark.parametrize("text", ["備前**合成**病院です", "備前&#21512;成病院です", "備前\u200b合成病院です"])
def test_marks_of_writing_inside_a_name_do_not_hide_it(incident, neighbours, analyst, second_analyst, now, text):
    disclosure = a_draft(incident, analyst, now, summary_ja=text, summary_en="An attack.")
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TEXT_NAMES_SOMEONE


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_the_same_instant_are_counted_together(incident, hospital, analyst, second_analyst, now):
    """Each fits three institutions alone, both together only the victim: the second one is refused."""
    for prefecture in (Prefecture.TOKYO, Prefecture.OSAKA):
        an_institution(population=Population.SYNTHETIC, prefecture=prefecture)
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC, licensed_beds=350)
    by_size = replace(HOKKAIDO, prefecture=None)
    by_place = replace(HOKKAIDO, beds_from=None, beds_through=None)
    drafts = [a_draft(incident, analyst, now, statements=said) for said in (by_size, by_place)]
    start, outcomes = threading.Barrier(2), []

    def let_out(disclosure):
        start.wait()
        try:
            services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
            outcomes.append("released")
        except NotAllowed as refused:
            outcomes.append(refused.refusal.reason)
        finally:
            connection.close()

    threads = [threading.Thread(target=let_out, args=[each]) for each in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["released", DisclosureRefusal.TOO_FEW_FIT.value]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"summary_ja": "備前合成病院です", "summary_en": "a hospital"}, DisclosureRefusal.TEXT_NAMES_SOMEONE),
        ({"statements": replace(HOKKAIDO, beds_from=500, beds_through=None)}, DisclosureRefusal.UNTRUE),
        ({"statements": replace(HOKKAIDO, prefecture=Prefecture.TOKYO)}, DisclosureRefusal.UNTRUE),
        ({"indicators": ()}, DisclosureRefusal.NOTHING_TO_SAY),
    ],
)
def test_what_could_harm_is_refused(incident, neighbours, analyst, second_analyst, now, said, reason):
    disclosure = a_draft(incident, analyst, now, **said)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is reason


def test_an_indicator_that_nobody_confirmed_is_refused(incident, analyst, now):
    refused = refusal_of(a_draft, incident, analyst, now, indicators=((IndicatorKind.DOMAIN, "other.example"),))
    assert refused.reason is DisclosureRefusal.INDICATOR_NOT_OF_INCIDENT
    assert not Disclosure.objects.exists()


def test_a_drill_stays_inside(hospital, neighbours, manager, analyst, second_analyst, now):
    drill = incidents.report_drill(a_report(hospital.pk, now=now), intake_id=new_id(), by=manager.viewer, now=now)
    disclosure = a_draft(drill, analyst, now, indicators=(), summary_ja="訓練", summary_en="drill")
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.DRILL_STAYS_INSIDE


def test_those_who_may_not_see_disclosures_cannot_draft_or_release(
    incident, neighbours, manager, analyst, inspector, now
):
    with pytest.raises(NotAllowed):
        a_draft(incident, manager, now)
    disclosure = a_draft(incident, analyst, now)
    for person in (manager, inspector):
        with pytest.raises((NotAllowed, Gone)):
            services.release(disclosure.pk, seen_revision=1, by=person.viewer, now=now)


def test_the_register_suggests_what_would_be_enough(incident, hospital, now):
    for _ in range(4):
        an_institution(population=Population.SYNTHETIC, licensed_beds=250)
    assessment = queries.assess(hospital, HOKKAIDO, now=now)
    assert assessment.fits == 1
    broader, count = assessment.broader[0]
    assert count >= 3
    assert queries.count_fitting(hospital, broader) == count


def test_institutions_entered_by_hand_afterwards_hide_nobody(incident, hospital, analyst, second_analyst, now):
    disclosure = a_draft(incident, analyst, now)
    for one in [an_institution(population=Population.SYNTHETIC) for _ in range(2)]:
        one.published_at = None
        one.save()
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TOO_FEW_FIT
    assert refused.facts["fits"] == 1


def test_beds_restated_after_the_report_let_no_older_figure_count_again(
    incident, hospital, analyst, second_analyst, now
):
    yesterday = now.date() - timedelta(days=1)
    for _ in range(2):
        one = an_institution(population=Population.SYNTHETIC, licensed_beds=350)
        BedCount.objects.filter(institution=one).delete()
        for beds, day in ((150, yesterday), (350, now.date())):
            register.change_beds(one.pk, Beds(total=beds), as_of=day, by=None, now=now - timedelta(hours=1))
    disclosure = a_draft(incident, analyst, now)
    for one in BedCount.objects.filter(as_of=now.date(), total=350):
        register.change_beds(one.institution_id, Beds(total=350), as_of=now.date(), by=None, now=now)
        register.change_beds(
            one.institution_id, Beds(total=350, general=350), as_of=now.date(), by=None, now=now
        )  # fmt: skip
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TOO_FEW_FIT
    assert refused.facts["fits"] == 1


def test_an_indicator_that_the_institution_took_off_is_not_released(
    incident, neighbours, manager, analyst, second_analyst, now
):
    disclosure = a_draft(incident, analyst, now)
    attached = IncidentIndicator.objects.get(incident=incident)
    incidents.remove_indicator(attached.pk, by=manager.viewer, now=now)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.INDICATOR_TAKEN_OFF
    assert not Indicator.objects.exists()


@pytest.mark.parametrize("earlier", [True, False])
def test_another_month_than_that_of_the_report_is_not_said(incident, neighbours, analyst, second_analyst, now, earlier):
    reported = f"{incident.registered_at.astimezone(JST):%Y-%m}"
    month = "2020-01" if earlier else reported
    disclosure = a_draft(incident, analyst, now, statements=replace(HOKKAIDO, month=month))
    if not earlier:
        services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
        return
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert (refused.reason, refused.facts["said"]) == (DisclosureRefusal.UNTRUE, "month")


def test_beds_stated_after_the_report_count_as_they_were(incident, hospital, analyst, second_analyst, now):
    others = [an_institution(population=Population.SYNTHETIC, licensed_beds=400) for _ in range(2)]
    disclosure = a_draft(incident, analyst, now)
    for one in others:
        register.change_beds(one.pk, Beds(total=150), as_of=now.date(), by=None, now=now + timedelta(minutes=5))
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TOO_FEW_FIT


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IndicatorKind.DOMAIN, "mail.bizen-hp.example"),
        (IndicatorKind.EMAIL, "kaikei@bizen-hp.example"),
        (IndicatorKind.URL, "https://vpn.bizen-hp.example/remote"),
    ],
)
def test_the_domain_of_the_institutions_mail_is_no_indicator(
    incident, neighbours, hospital, manager, analyst, second_analyst, now, kind, value
):
    register.add_contact(
        hospital.pk, role=ContactRole.INFORMATION_SYSTEMS, name="情報担当", email="joho@bizen-hp.example", phone="",
        note="", by=manager.account.pk, now=now,
    )  # fmt: skip
    incidents.attach_indicators(incident.pk, [Attached(kind, value)], by=manager.viewer, now=now)
    disclosure = a_draft(incident, analyst, now, indicators=((kind, value),))
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.INDICATOR_IS_THE_VICTIMS


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IndicatorKind.IPV4, "133.20.16.9"),
        (IndicatorKind.CIDR, "133.20.16.0/20"),
        (IndicatorKind.URL, "https://133.20.16.9/remote/login"),
        (IndicatorKind.IPV6, "2400:2410::9"),
    ],
)
def test_an_address_of_the_institutions_own_networks_is_no_indicator(
    incident, neighbours, hospital, manager, analyst, second_analyst, now, kind, value
):
    register.enter_network(hospital.pk, "133.20.16.0/28", by=manager.account.pk, now=now)
    given_up = register.enter_network(hospital.pk, "2400:2410::/48", by=manager.account.pk, now=now)
    register.end_network(given_up.pk, by=manager.account.pk, now=now)
    incidents.attach_indicators(incident.pk, [Attached(kind, value)], by=manager.viewer, now=now)
    disclosure = a_draft(incident, analyst, now, indicators=((kind, value),))
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.INDICATOR_IS_THE_VICTIMS
    assert refused.facts == {"indicators": value}


def test_an_address_beside_the_own_networks_is_released(
    incident, neighbours, hospital, manager, analyst, second_analyst, now
):
    register.enter_network(hospital.pk, "133.20.16.0/28", by=manager.account.pk, now=now)
    attacker = (IndicatorKind.IPV4, "133.20.16.16")
    incidents.attach_indicators(incident.pk, [Attached(*attacker)], by=manager.viewer, now=now)
    disclosure = a_draft(incident, analyst, now, indicators=(attacker,))
    services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert Indicator.objects.get().value == "133.20.16.16"


def test_a_vendor_of_the_ledger_is_not_named(incident, neighbours, hospital, analyst, second_analyst, now):
    Connection.objects.create(
        institution=hospital, kind="vendor_link", name="保守回線", vendor="岡山医療システムズ株式会社", recorded_at=now
    )
    texts = {"summary_ja": "岡山医療システムズの回線から侵入された。", "summary_en": "It came through a vendor's line."}
    disclosure = a_draft(incident, analyst, now, **texts)
    refused = refusal_of(services.release, disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.TEXT_NAMES_SOMEONE


def test_a_threshold_below_three_is_refused_at_the_start(settings):
    settings.DISCLOSURE_K = 2
    with pytest.raises(ImproperlyConfigured):
        apps.get_app_config("disclosure").ready()


# --- differences -----------------------------------------------------------------------------------------------------


def test_what_a_subtraction_would_single_out_is_refused_with_what_would_do(
    incident, neighbours, hospital, analyst, second_analyst, now
):
    an_institution(population=Population.SYNTHETIC, licensed_beds=250)
    first = a_draft(incident, analyst, now)
    services.release(first.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    broader = replace(HOKKAIDO, beds_from=None, beds_through=None)
    second = a_draft(incident, analyst, now, statements=broader)
    refused = refusal_of(services.release, second.pk, seen_revision=1, by=second_analyst.viewer, now=now)
    assert refused.reason is DisclosureRefusal.DIFFERENCE_TELLS
    assert refused.facts == {"left": 1, "needed": 3}
    for _ in range(2):
        an_institution(population=Population.SYNTHETIC, licensed_beds=250, prefecture=Prefecture.AOMORI)
    assessed = queries.assess(hospital, broader, now=now, draft=second)
    assert (assessed.fits, assessed.left_over) == (3, 1)
    nationwide = replace(broader, prefecture=None)
    assert assessed.broader[0] == (nationwide, 3)
    services.revise(
        second.pk, services.Content(statements=nationwide, indicators=(IOC,)), seen_revision=1, by=analyst.viewer,
        now=now,
    )  # fmt: skip
    services.release(second.pk, seen_revision=2, by=second_analyst.viewer, now=now)


def test_the_same_said_again_leaves_nobody_over(incident, neighbours, analyst, second_analyst, now):
    for _ in range(2):
        disclosure = a_draft(incident, analyst, now)
        services.release(disclosure.pk, seen_revision=1, by=second_analyst.viewer, now=now)


SAYABLE = st.builds(
    Statements,
    kinds=st.sampled_from([frozenset(), frozenset({InstitutionKind.HOSPITAL})]),
    prefecture=st.sampled_from([None, Prefecture.HOKKAIDO, Prefecture.AOMORI]),
    beds_from=st.sampled_from([None, 100, 200]),
    beds_through=st.sampled_from([None, 199, 299]),
)


@given(st.lists(SAYABLE, min_size=1, max_size=5))
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_differences_are_those_of_a_slow_oracle_and_none_of_what_is_released_leaves_a_few(small_register, said):
    released: list[Statements] = []
    for wanted in said:
        facets, before = wanted.facets(Population.SYNTHETIC), [one.facets(Population.SYNTHETIC) for one in released]
        sets = [_fitting_one_by_one(small_register, one) for one in (facets, *before)]
        gaps = [len(gap) for other in sets[1:] for gap in (sets[0] - other, other - sets[0]) if gap]
        assert queries.left_over(facets, before) == min(gaps, default=None)
        fits = queries.fitting_all([facets, *before]).count()
        assert fits == len(set.intersection(*sets))
        if fits >= 3 and rules.leaves_enough(min(gaps, default=None), needed=3).ok:
            released.append(wanted)
    sets = [_fitting_one_by_one(small_register, one.facets(Population.SYNTHETIC)) for one in released]
    assert all(not a - b or len(a - b) >= 3 for a in sets for b in sets)
    assert not sets or len(set.intersection(*sets)) >= 3


@pytest.fixture
def small_register(cast_database):
    places = (Prefecture.HOKKAIDO, Prefecture.AOMORI, Prefecture.TOKYO)
    beds = (50, 120, 150, 199, 200, 250, 400)
    return [
        an_institution(population=Population.SYNTHETIC, prefecture=place, licensed_beds=count)
        for place in places
        for count in beds[: 7 - places.index(place)]
    ]


def _fitting_one_by_one(institutions, facets):
    return {one.pk for one in institutions if register_rules.fits(one.facts(), facets)}
