"""Verbs of duties: rows, state, audit lines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry
from sonae.core.duties import services
from sonae.core.duties.models import Duty
from sonae.core.duties.services import ending
from sonae.core.duties.vocabulary import DutyRefusal, DutyState, Matter
from sonae.kernel.calendar import JST
from sonae.kernel.errors import Gone, NotAllowed
from sonae.testing.cast import NOW

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(hours=3)


def a_sighting_duty(hospital, *, subject_id="s-1", now=NOW):
    return services.impose(
        "sighting.respond",
        institution_id=hospital.pk,
        subject="sighting",
        subject_id=subject_id,
        known_at=now,
        now=now,
        facts={"indicator": "203.0.113.7"},
    )


def a_call_duty(hospital, *, subject_id="s-1", now=NOW):
    """One that a person declares done, and that evidence about the same matter ends."""
    return services.impose(
        "incident.notify-ministry",
        institution_id=hospital.pk,
        subject="incident",
        subject_id=subject_id,
        known_at=now,
        now=now,
        facts={"number": "2026-001"},
    )


def a_report_duty(hospital, *, subject_id="i-1"):
    return services.impose(
        "incident.first-report",
        institution_id=hospital.pk,
        subject="incident",
        subject_id=subject_id,
        known_at=NOW,
        now=NOW,
        facts={"number": "2026-001"},
    )


def refusal_of(error):
    return error.value.refusal.reason


def test_a_duty_knows_its_due_moment_its_first_reminder_and_its_edition(hospital):
    duty = a_sighting_duty(hospital)
    assert (duty.state, duty.due_at) == (DutyState.OPEN, NOW + timedelta(hours=24))
    assert duty.next_reminder_at == NOW + timedelta(hours=12)
    assert duty.recipient == f"institution:{hospital.pk}"
    assert duty.rule_edition is not None
    line = Entry.objects.about("duty", duty.pk).get()
    assert (line.verb, line.institution_id) == ("duty.impose", hospital.pk)


def test_the_preliminary_report_is_due_after_five_days_and_rolls_over_closed_days(hospital):
    # Known on Monday 23 November 2026 (a holiday): day 5 is Friday 27 November, an open day.
    assert a_report_duty(hospital).due_at == datetime(2026, 11, 28, tzinfo=JST)


def test_imposing_the_same_duty_again_gives_the_one_that_stands(hospital):
    first = a_sighting_duty(hospital)
    assert a_sighting_duty(hospital, now=LATER).pk == first.pk
    assert Duty.objects.count() == 1
    assert Entry.objects.filter(verb="duty.impose").count() == 1


def test_the_same_subject_may_oblige_two_institutions(hospital, other_hospital):
    assert a_sighting_duty(hospital).pk != a_sighting_duty(other_hospital).pk


def test_a_title_with_an_open_hole_is_refused(hospital):
    with pytest.raises(NotAllowed) as error:
        services.impose(
            "sighting.respond", institution_id=hospital.pk, subject="sighting", subject_id="s", known_at=NOW, now=NOW
        )
    assert refusal_of(error) == DutyRefusal.HOLE_MISSING


def test_an_unknown_rule_is_refused(hospital):
    with pytest.raises(NotAllowed) as error:
        services.impose("no.such", institution_id=hospital.pk, subject="s", subject_id="1", known_at=NOW, now=NOW)
    assert refusal_of(error) == DutyRefusal.UNKNOWN_RULE


def test_many_institutions_get_the_same_duty_once(hospital, other_hospital):
    due_at = NOW + timedelta(days=3)
    facts = {"title": {"ja": "至急", "en": "Urgent"}}
    given = {"subject": "bulletin", "subject_id": "b", "known_at": NOW, "now": NOW, "due_at": due_at, "facts": facts}
    assert services.impose_many("bulletin.acknowledge", institution_ids=[hospital.pk], **given) == 1
    both = [hospital.pk, other_hospital.pk]
    assert services.impose_many("bulletin.acknowledge", institution_ids=both, **given) == 1
    assert services.impose_many("bulletin.acknowledge", institution_ids=both, **given) == 0
    assert set(Duty.objects.values_list("institution_id", flat=True)) == set(both)


def a_sighting_matter(name):
    return Matter(name, NOW, {"indicator": f"{name}.example"})


def test_an_institution_gets_one_duty_for_each_of_many_subjects_once(hospital, other_hospital):
    given = {"subject": "sighting", "now": NOW}
    two = [a_sighting_matter("a"), a_sighting_matter("b")]
    assert services.impose_each("sighting.respond", institution_id=hospital.pk, matters=two, **given) == 2
    three = [*two, a_sighting_matter("c")]
    assert services.impose_each("sighting.respond", institution_id=hospital.pk, matters=three, **given) == 1
    assert services.impose_each("sighting.respond", institution_id=hospital.pk, matters=three, **given) == 0
    assert services.impose_each("sighting.respond", institution_id=other_hospital.pk, matters=two, **given) == 2
    entries = Entry.objects.filter(verb="duty.impose_each", institution_id=hospital.pk)
    assert sorted(entries.values_list("facts__duties", flat=True)) == [1, 2]


def test_a_duty_imposed_with_others_is_the_one_that_is_imposed_alone(hospital, other_hospital):
    matter = a_sighting_matter("a")
    services.impose_each("sighting.respond", institution_id=hospital.pk, subject="sighting", matters=[matter], now=NOW)
    services.impose(
        "sighting.respond", institution_id=other_hospital.pk, subject="sighting", subject_id=matter.subject_id,
        known_at=matter.known_at, now=NOW, facts=matter.facts,
    )  # fmt: skip
    own = {"id", "recipient", "institution_id"}
    one, other = ({key: value for key, value in row.items() if key not in own} for row in Duty.objects.values())
    assert one == other


def test_evidence_on_file_ends_what_is_imposed_with_others(hospital):
    assurance.record_evidence(
        Said(
            control="reporting", institution_id=hospital.pk, source=Source(SourceKind.DUTY, "b"),
            strength=Strength.DECLARED, since=NOW,
        ),
        by=None, now=NOW,
    )  # fmt: skip
    matters = [Matter(name, NOW, {"number": "2026-001"}) for name in ("a", "b")]
    services.impose_each(
        "incident.notify-ministry", institution_id=hospital.pk, subject="incident", matters=matters, now=NOW
    )
    states = dict(Duty.objects.values_list("subject_id", "state"))
    assert states == {"a": DutyState.OPEN, "b": DutyState.FULFILLED}


def test_the_manager_fulfils_with_a_note_that_becomes_evidence(hospital, manager):
    duty = a_call_duty(hospital)
    done = services.fulfil(duty.pk, note="端末を切り離し、ログを確認した", by=manager.viewer, now=LATER)
    done.refresh_from_db()
    assert (done.state, done.ended_at, done.ended_by_id) == (DutyState.FULFILLED, LATER, manager.account.pk)
    assert done.next_reminder_at is None
    evidence = Evidence.objects.get()
    assert done.evidence_id == evidence.pk
    assert (evidence.control, evidence.source, evidence.strength) == (
        "reporting",
        SourceKind.DUTY,
        Strength.DECLARED,
    )
    assert evidence.facts["note"] == "端末を切り離し、ログを確認した"
    assert list(Entry.objects.about("duty", duty.pk).values_list("verb", flat=True)) == ["duty.fulfil", "duty.impose"]


def test_nobody_fulfils_without_a_note(hospital, manager):
    duty = a_call_duty(hospital)
    with pytest.raises(NotAllowed) as error:
        services.fulfil(duty.pk, note="  ", by=manager.viewer, now=LATER)
    assert refusal_of(error) == DutyRefusal.NOTE_MISSING


def test_a_fulfilled_duty_cannot_be_fulfilled_again(hospital, manager):
    duty = a_call_duty(hospital)
    services.fulfil(duty.pk, note="checked the host", by=manager.viewer, now=LATER)
    with pytest.raises(NotAllowed) as error:
        services.fulfil(duty.pk, note="checked the host", by=manager.viewer, now=LATER)
    assert refusal_of(error) == DutyRefusal.ALREADY_ENDED


def test_for_a_stranger_the_duty_does_not_exist(hospital, stranger):
    with pytest.raises(Gone):
        services.fulfil(a_call_duty(hospital).pk, note="checked the host", by=stranger.viewer, now=LATER)


@pytest.mark.parametrize(
    "who",
    ["executive", "colleague", "inspector", "prefecture_officer", "officer", "analyst", "operator", "auditor"],
)
def test_only_the_manager_fulfils_duties_of_the_hospital(hospital, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises((NotAllowed, Gone)):
        services.fulfil(a_report_duty(hospital).pk, note="reported by phone", by=person.viewer, now=LATER)
    assert Duty.objects.get().state == DutyState.OPEN


def test_a_duty_that_ends_by_itself_is_not_declared_done(hospital, manager):
    services.impose_many(
        "bulletin.acknowledge",
        institution_ids=[hospital.pk],
        subject="bulletin",
        subject_id="b",
        known_at=NOW,
        now=NOW,
        due_at=LATER,
        facts={"title": "x"},
    )
    with pytest.raises(NotAllowed) as error:
        services.fulfil(Duty.objects.get().pk, note="have read it", by=manager.viewer, now=NOW)
    assert refusal_of(error) == DutyRefusal.ENDS_BY_ITSELF


def test_an_officer_waives_with_a_written_reason(hospital, officer):
    services.impose_many(
        "bulletin.acknowledge",
        institution_ids=[hospital.pk],
        subject="bulletin",
        subject_id="b",
        known_at=NOW,
        now=NOW,
        due_at=LATER,
        facts={"title": "x"},
    )
    duty = Duty.objects.get()
    with pytest.raises(NotAllowed) as error:
        services.waive(duty.pk, why="short", by=officer.viewer, now=NOW)
    assert refusal_of(error) == DutyRefusal.WHY_MISSING
    services.waive(duty.pk, why="廃院のため確認は不要である", by=officer.viewer, now=LATER)
    duty.refresh_from_db()
    assert (duty.state, duty.ended_note) == (DutyState.WAIVED, "廃院のため確認は不要である")
    assert Entry.objects.filter(verb="duty.waive", by=str(officer.account.pk)).count() == 1


def test_what_the_law_asks_nobody_waives(hospital, officer):
    with pytest.raises(NotAllowed) as error:
        services.waive(a_report_duty(hospital).pk, why="no reason is good enough", by=officer.viewer, now=NOW)
    assert refusal_of(error) == DutyRefusal.STATUTORY_CANNOT_BE_WAIVED


@pytest.mark.parametrize("who", ["manager", "inspector", "prefecture_officer"])
def test_only_the_ministry_waives(hospital, who, request):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed) as error:
        services.waive(a_report_duty(hospital).pk, why="we would rather not", by=person.viewer, now=NOW)
    assert refusal_of(error) in (AccessRefusal.ROLE_LACKS_PERMISSION, AccessRefusal.OTHER_INSTITUTION)


def test_evidence_about_the_same_matter_ends_the_duty_by_itself(hospital, other_hospital, manager):
    duty, other = a_call_duty(hospital), a_call_duty(hospital, subject_id="s-2")
    elsewhere = a_call_duty(other_hospital)
    evidence = assurance.record_evidence(
        Said(
            control="reporting",
            institution_id=hospital.pk,
            source=Source(SourceKind.SENSOR, "s-1"),
            strength=Strength.DECLARED,
            since=LATER,
        ),
        by=manager.account.pk,
        now=LATER,
    )
    duty.refresh_from_db()
    assert (duty.state, duty.evidence_id, duty.ended_by_id) == (DutyState.FULFILLED, evidence.pk, manager.account.pk)
    assert set(Duty.objects.open()) == {other, elsewhere}


def test_a_duty_whose_evidence_is_already_on_file_is_not_asked(hospital):
    evidence = assurance.record_evidence(
        Said(
            control="reporting",
            institution_id=hospital.pk,
            source=Source(SourceKind.SENSOR, "s-1"),
            strength=Strength.DECLARED,
            since=NOW,
        ),
        by=None,
        now=NOW,
    )
    duty = a_call_duty(hospital, now=LATER)
    assert (duty.state, duty.evidence_id) == (DutyState.FULFILLED, evidence.pk)


def test_weak_or_contrary_evidence_ends_nothing(hospital):
    services.impose(
        "collector.silent",
        institution_id=hospital.pk,
        subject="collector",
        subject_id="c",
        known_at=NOW,
        now=NOW,
        facts={"name": "B"},
    )
    assurance.record_evidence(
        Said(
            control="detection.sensor-running",
            institution_id=hospital.pk,
            source=Source(SourceKind.PERSON, "c"),
            strength=Strength.DECLARED,
            since=LATER,
        ),
        by=None,
        now=LATER,
    )
    assert Duty.objects.open().count() == 1
    assurance.record_evidence(
        Said(
            control="detection.sensor-running",
            institution_id=hospital.pk,
            source=Source(SourceKind.SENSOR, "c"),
            strength=Strength.MEASURED,
            since=LATER,
            until=LATER + timedelta(days=7),
        ),
        by=None,
        now=LATER,
    )
    assert Duty.objects.open().count() == 0


def test_work_done_elsewhere_settles_and_a_withdrawn_reason_supersedes(hospital, other_hospital):
    for place in (hospital, other_hospital):
        services.impose(
            "bulletin.acknowledge",
            institution_id=place.pk,
            subject="bulletin",
            subject_id="b",
            known_at=NOW,
            now=NOW,
            due_at=LATER,
            facts={"title": "x"},
        )
    assert (
        services.settle("bulletin.acknowledge", subject="bulletin", subject_id="b", institution_id=hospital.pk, now=NOW)
        == 1
    )
    assert services.supersede("bulletin.acknowledge", subject="bulletin", subject_id="b", now=NOW) == 1
    assert services.supersede("bulletin.acknowledge", subject="bulletin", subject_id="b", now=NOW) == 0
    assert list(Duty.objects.order_by("institution_id").values_list("state", flat=True)) == ["fulfilled", "superseded"]


def test_however_many_owe_it_their_duties_end_in_two_queries(hospital, django_assert_max_num_queries):
    from sonae.core.institutions import testing as institutions  # noqa: PLC0415

    owing = [institutions.an_institution().pk for _ in range(7)]
    given = {"subject": "bulletin", "subject_id": "b", "known_at": NOW, "now": NOW, "due_at": LATER}
    services.impose_many("bulletin.acknowledge", institution_ids=owing, facts={"title": "x"}, **given)
    # Two for the duties, two for the savepoint, the rest for the one line of the audit log and its link.
    with django_assert_max_num_queries(11):
        assert services.supersede("bulletin.acknowledge", subject="bulletin", subject_id="b", now=LATER) == 7
    assert set(Duty.objects.values_list("state", "ended_at")) == {(DutyState.SUPERSEDED, LATER)}
    assert Entry.objects.get(verb="duty.end_many").facts["duties"] == 7


def test_whoever_needs_a_second_factor_and_has_none_owes_it(manager, colleague, cast_database):
    from allauth.mfa.models import Authenticator  # noqa: PLC0415

    Authenticator.objects.filter(user=manager.account).delete()
    assert services.review_second_factors(now=NOW) == (1, 0)
    duty = Duty.objects.get()
    assert (duty.account_id, duty.due_at) == (manager.account.pk, datetime(2026, 11, 30, tzinfo=JST))
    assert services.review_second_factors(now=NOW) == (0, 0)
    Authenticator.objects.create(user=manager.account, type=Authenticator.Type.TOTP, data={})
    assert services.review_second_factors(now=LATER) == (0, 1)
    assert services.review_second_factors(now=LATER) == (0, 0)


def test_whoever_takes_the_second_factor_away_owes_it_again(manager, cast_database):
    from allauth.mfa.models import Authenticator  # noqa: PLC0415

    for occurrence, days in ((1, 0), (2, 30)):
        now = NOW + timedelta(days=days)
        Authenticator.objects.filter(user=manager.account).delete()
        assert services.review_second_factors(now=now) == (1, 0)
        assert Duty.objects.open().get().occurrence == occurrence
        Authenticator.objects.create(user=manager.account, type=Authenticator.Type.TOTP, data={})
        assert services.review_second_factors(now=now + HOUR) == (0, 1)


def test_a_nationwide_duty_belongs_to_whoever_holds_the_role(analyst, officer):
    duty = services.impose(
        "disclosure.second-release",
        role=Role.SHARING_ANALYST,
        subject="disclosure",
        subject_id="d",
        known_at=NOW,
        now=NOW,
        facts={"number": "D-1"},
    )
    assert list(Duty.objects.visible_to(analyst.viewer)) == [duty]
    assert not Duty.objects.visible_to(officer.viewer)


def test_a_token_that_only_reads_duties_ends_none(analyst):
    duty = services.impose(
        "disclosure.second-release", role=Role.SHARING_ANALYST, subject="disclosure", subject_id="d", known_at=NOW,
        now=NOW, facts={"number": "D-1"},
    )  # fmt: skip
    reading = replace(analyst.viewer, scopes=frozenset({Permission.DUTY_READ}))
    assert ending.may_declare(duty, reading).reason == AccessRefusal.TOKEN_LACKS_SCOPE
    assert ending.may_declare(duty, analyst.viewer).ok


def test_utc_and_jst_name_the_same_due_moment(hospital):
    assert a_report_duty(hospital).due_at.astimezone(UTC) == datetime(2026, 11, 27, 15, tzinfo=UTC)
