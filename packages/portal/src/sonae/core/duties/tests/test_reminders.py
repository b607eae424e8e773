"""Each reminder moment reaches each person exactly once, whatever crashes and however long nobody looked."""

import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonae.core.access import services as access
from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import EvidenceWithdrawn, Said, Source, SourceKind, Strength
from sonae.core.audit.models import Entry
from sonae.core.duties import catalogue, rules, services
from sonae.core.duties.models import Duty, Reminder
from sonae.core.duties.services import reminding
from sonae.core.duties.vocabulary import NO_STEP, DutyState, ReminderKind, ReminderMoment, ScheduleStep, When
from sonae.core.notifications import mail
from sonae.core.notifications.models import Message
from sonae.kernel import events
from sonae.testing.cast import NOW, a_person, at_institution

HOUR = timedelta(hours=1)
RULES = ("sighting.respond", "collector.silent", "incident.first-report", "incident.notify-ministry")
FACTS = {"indicator": "203.0.113.7", "name": "B", "number": "1"}


class Crash(Exception):
    """The process dies here."""


def a_duty(hospital, rule="sighting.respond", *, subject_id="s-1", now=NOW):
    return services.impose(
        rule, institution_id=hospital.pk, subject="thing", subject_id=subject_id, known_at=now, now=now, facts=FACTS
    )


def written():
    """What was put into mails: one entry per person, duty, kind and moment."""
    rows = Reminder.objects.exclude(mailed_at=None)
    return Counter(rows.values_list("duty_id", "account_id", "kind", "moment"))


def expected(duties, people_of, *, until):
    """The slow oracle: every moment of every duty, for everyone it concerns, each once."""
    return Counter(
        (duty.pk, account_id, moment.kind, moment.at)
        for duty in duties
        for moment in rules.moments(catalogue.rule(duty.rule), imposed_at=duty.imposed_at, due_at=duty.due_at)
        if moment.at <= until
        for account_id in people_of(duty, moment)
    )


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_nothing_is_said_before_its_moment(hospital, manager):
    a_duty(hospital)
    assert services.send_due_reminders(now=NOW + timedelta(hours=11, minutes=59)).mails == 0
    assert services.send_due_reminders(now=NOW + 12 * HOUR).mails == 1
    assert services.send_due_reminders(now=NOW + 12 * HOUR).mails == 0
    message = Message.objects.get(account=manager.account)
    assert message.template == "duties/reminder"
    assert [line["title"]["en"] for line in message.context["lines"]] == ["Respond to a sighting"]


def test_after_an_outage_each_person_gets_one_mail_with_everything(hospital, manager, executive):
    first, second = a_duty(hospital), a_duty(hospital, "incident.first-report", subject_id="i-1")
    late = NOW + timedelta(days=30)
    tally = services.send_due_reminders(now=late)
    assert tally.mails == 2
    assert Message.objects.get(account=manager.account).context["count"] == 2
    assert Message.objects.get(account=executive.account).context["count"] == 2
    roles = {manager.account.pk: ReminderKind.REMINDER, executive.account.pk: ReminderKind.ESCALATION}
    people = [manager.account.pk, executive.account.pk]
    assert written() == expected(
        [first, second],
        lambda _duty, moment: [one for one in people if roles[one] == moment.kind and moment_is_inside(_duty, moment)],
        until=late,
    )
    assert services.send_due_reminders(now=late + timedelta(days=1)).mails == 0


def moment_is_inside(duty, moment):
    step = catalogue.rule(duty.rule).schedule[moment.step]
    return step.place in (None, "institution")


def test_the_mail_tells_no_facts(hospital, manager):
    a_duty(hospital)
    services.send_due_reminders(now=NOW + 12 * HOUR)
    message = Message.objects.get()
    for language in ("ja", "en"):
        subject, body = mail.written(message.template, context=message.context, language=language)
        assert "Sonae" in subject
        assert "203.0.113.7" not in body + subject
        assert hospital.name not in body + subject
        assert str(Duty.objects.get().pk) in body
        assert "/duties/" in body


def test_an_escalation_tells_the_level_above_and_is_recorded(hospital, manager, executive):
    duty = a_duty(hospital)
    services.send_due_reminders(now=NOW + 48 * HOUR)
    duty.refresh_from_db()
    assert duty.escalated_at == NOW + 48 * HOUR
    assert Entry.objects.filter(verb="duty.escalate", subject_id=str(duty.pk)).count() == 1
    assert Reminder.objects.get(account=executive.account).kind == ReminderKind.ESCALATION
    assert not Reminder.objects.filter(account=manager.account, kind=ReminderKind.ESCALATION)


def test_an_incident_that_nobody_reports_is_told_to_the_inspecting_body(hospital, manager, inspector):
    a_duty(hospital, "incident.notify-ministry")
    services.send_due_reminders(now=NOW + timedelta(days=3))
    assert Reminder.objects.filter(account=inspector.account, kind=ReminderKind.ESCALATION).count() == 1


def test_a_duty_that_ended_is_no_longer_mentioned(hospital, manager):
    duty = a_duty(hospital)
    services.note_passed_moments(now=NOW + 12 * HOUR)
    services.settle(duty.rule, subject="thing", subject_id=duty.subject_id, now=NOW + 12 * HOUR)
    assert services.write_mails(now=NOW + 12 * HOUR).mails == 0
    assert Reminder.objects.get().dropped_at == NOW + 12 * HOUR
    assert services.send_due_reminders(now=NOW + timedelta(days=30)).mails == 0
    assert not Message.objects.exists()


def test_a_duty_of_a_closed_account_rings_for_nobody(hospital, manager):
    manager.account.is_active = False
    manager.account.save(update_fields=["is_active"])
    a_duty(hospital)
    assert services.send_due_reminders(now=NOW + timedelta(days=2)).mails == 0


def test_mails_wait_until_all_moments_are_noted_but_not_for_ever(hospital, manager):
    """A worker died holding a claim: the other duty's mail waits for it, ten minutes at most."""
    a_duty(hospital, "collector.silent")
    moment = NOW + 13 * HOUR
    a_duty(hospital)
    stuck = Duty.objects.filter(rule="collector.silent")
    stuck.update(claim=UUID(int=1), claimed_until=moment + HOUR)
    assert services.send_due_reminders(now=moment).mails == 0
    assert services.send_due_reminders(now=moment + timedelta(minutes=9)).mails == 0
    assert services.send_due_reminders(now=moment + reminding.LONGEST_WAIT).mails == 1
    assert services.send_due_reminders(now=moment + HOUR).mails == 1
    assert set(written().values()) == {1}


def test_more_duties_than_one_batch_still_make_one_mail(hospital, manager, monkeypatch):
    for number in range(7):
        a_duty(hospital, subject_id=f"s-{number}")
    tally_one = [services.note_passed_moments(now=NOW + 12 * HOUR, limit=2).duties for _ in range(3)]
    assert tally_one == [2, 2, 2]
    assert services.write_mails(now=NOW + 12 * HOUR).mails == 0
    assert services.send_due_reminders(now=NOW + 12 * HOUR).mails == 1
    assert Message.objects.get().context["count"] == 7


# --- two workers -----------------------------------------------------------------------------------------------------


def test_two_workers_interleaved_claim_each_duty_once(hospital, manager):
    now = NOW + 12 * HOUR
    a_duty(hospital)
    first = reminding._claim(now=now, limit=10)
    assert first is not None
    assert reminding._claim(now=now, limit=10) is None
    assert reminding._note_claimed(first, now=now).duties == 1
    assert reminding._note_claimed(first, now=now).duties == 0
    assert services.write_mails(now=now).mails == 1
    assert services.write_mails(now=now).mails == 0


def test_of_two_workers_that_see_the_same_duties_one_takes_them(hospital, manager):
    now = NOW + 12 * HOUR
    a_duty(hospital)
    seen_by_both = reminding._claimable_ids(now=now, limit=10)
    first = reminding._take(seen_by_both, now=now)
    assert first is not None
    assert reminding._take(seen_by_both, now=now) is None
    assert reminding._note_claimed(first, now=now).duties == 1


def test_a_slow_worker_whose_lease_ran_out_adds_nothing(hospital, manager):
    now = NOW + 12 * HOUR
    a_duty(hospital)
    slow = reminding._claim(now=now, limit=10)
    later = now + reminding.LEASE
    quick = reminding._claim(now=later, limit=10)
    assert quick is not None
    assert reminding._note_claimed(slow, now=later).duties == 0
    assert reminding._note_claimed(quick, now=later).duties == 1
    assert set(written().values()) <= {1}
    assert Reminder.objects.count() == 1


def test_racing_workers_with_their_own_connections_tell_everyone_once(real_commits, settings, now):
    from sonae.core.institutions import testing as institutions  # noqa: PLC0415
    from sonae.testing.cast import QUICK_HASHER  # noqa: PLC0415

    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    hospitals = [institutions.an_institution() for _ in range(3)]
    managers = [a_person(Role.INSTITUTION_MANAGER, at=at_institution(one)) for one in hospitals]
    duties = [a_duty(one, subject_id=f"s-{number}") for one in hospitals for number in range(12)]
    moment = NOW + 12 * HOUR
    failures = []

    def work():
        try:
            for _ in range(12):
                services.note_passed_moments(now=moment, limit=3)
                services.write_mails(now=moment)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4 if connection.vendor == "postgresql" else 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    services.send_due_reminders(now=moment)
    owner = {one.pk: person.account.pk for one, person in zip(hospitals, managers, strict=True)}
    assert written() == Counter(
        (duty.pk, owner[duty.institution_id], ReminderKind.REMINDER, duty.due_at - 12 * HOUR) for duty in duties
    )
    assert Counter(Message.objects.values_list("account_id", flat=True)) == Counter(owner.values())


@pytest.fixture
def nobody_listens(monkeypatch):
    """The duties here hang on things that no other room has ever heard of."""
    monkeypatch.setattr(events, "_handlers", events.defaultdict(list))


# --- any history -----------------------------------------------------------------------------------------------------


def round_with_accident(now, accident):
    """One run of a worker that dies at the place named by `accident`."""
    match accident:
        case "after_claim":
            reminding._claim(now=now, limit=3)
        case "before_commit_of_moments":
            claim = reminding._claim(now=now, limit=3)
            with suppress(Crash), transaction.atomic():
                if claim:
                    reminding._note_claimed(claim, now=now)
                raise Crash
        case "before_mails":
            services.note_passed_moments(now=now, limit=3)
        case "before_commit_of_mails":
            services.note_passed_moments(now=now)
            with suppress(Crash), transaction.atomic():
                services.write_mails(now=now)
                raise Crash
        case "none":
            services.send_due_reminders(now=now)


ACCIDENTS = ("none", "none", "after_claim", "before_commit_of_moments", "before_mails", "before_commit_of_mails")
HISTORY = st.lists(
    st.tuples(
        st.integers(1, 60 * 24 * 6),  # minutes until the next run: from one to an outage of six days
        st.sampled_from(ACCIDENTS),
        st.sampled_from([*(["nothing"] * 4), "impose", "fulfil", "redate", "reopen"]),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORY)
def test_any_history_of_runs_outages_and_crashes_tells_each_person_each_moment_once(
    hospital, other_hospital, manager, executive, stranger, inspector, nobody_listens, history
):
    second = a_person_once(hospital)
    hospitals = [hospital, other_hospital]
    inside = {hospital.pk: [manager.account.pk, second], other_hospital.pk: [stranger.account.pk]}
    above = {
        ("institution", hospital.pk): [executive.account.pk],
        ("jurisdiction", hospital.pk): [inspector.account.pk],
    }

    def people_of(duty, moment):
        if moment.step == NO_STEP:
            return inside[duty.institution_id]
        step = catalogue.rule(duty.rule).schedule[moment.step]
        return above.get((step.place, duty.institution_id), []) if step.role else inside[duty.institution_id]

    with transaction.atomic():
        now = NOW
        proofs = {one.pk: a_proof(one) for one in hospitals}
        duties = [a_duty(one, rule, subject_id="0", now=now) for one in hospitals for rule in RULES]
        lives = {duty.pk: [Phase(duty.due_at)] for duty in duties}
        for minutes, accident, act, choice in history:
            now += timedelta(minutes=minutes)
            if act == "impose":
                duties.append(a_duty(hospitals[choice % 2], RULES[choice % 4], subject_id=f"{now}", now=now))
                lives[duties[-1].pk] = [Phase(duties[-1].due_at)]
            elif act != "nothing":
                one = duties[choice % len(duties)]
                live(one, lives[one.pk], act, proof=proofs[one.institution_id], hours=choice * 3 - 60, now=now)
            before = Message.objects.count()
            people_before = Counter(Message.objects.values_list("account_id", flat=True))
            round_with_accident(now, accident)
            fresh = Counter(Message.objects.values_list("account_id", flat=True)) - people_before
            assert not fresh or max(fresh.values()) == 1, "one run never sends a person two mails"
            assert Message.objects.count() >= before
        for pause in (reminding.LEASE, reminding.LONGEST_WAIT):
            now += pause
            services.send_due_reminders(now=now)
        check_all_told(duties, lives, people_of, until=now)
        transaction.set_rollback(True)


@dataclass
class Phase:
    """A stretch of a duty's life with one due moment."""

    due_at: datetime
    begins: datetime | None = None  # where it was rescheduled
    ends: datetime | None = None
    is_surely_told: bool = True  # whoever ends a duty takes back what was not yet told


def a_proof(hospital):
    said = Said(
        control="patching", institution_id=hospital.pk, source=Source(SourceKind.PERSON, f"proof {hospital.pk}"),
        strength=Strength.DECLARED, since=NOW,
    )  # fmt: skip
    return assurance.record_evidence(said, by=None, now=NOW).pk


def live(duty, phases, act, *, proof, hours, now):
    """Does one thing to a duty, and writes into `phases` what should become of it."""
    about = {"subject": "thing", "subject_id": duty.subject_id, "institution_id": duty.institution_id, "now": now}
    last, is_open = phases[-1], phases[-1].ends is None
    if act == "fulfil":
        assert services.settle(duty.rule, evidence_id=proof, **about) == is_open
        if is_open:
            last.ends = now
            for phase in phases:
                phase.is_surely_told = False
    elif act == "redate":
        due_at = now + hours * HOUR
        assert services.move_due(duty.rule, due_at=due_at, why="another moment", **about) == is_open
        if is_open:
            last.ends = now
            phases.append(Phase(due_at, begins=now))
    elif act == "reopen" and not is_open:
        withdraw(duty, proof, now=now)
        phases.append(Phase(last.due_at, begins=now))


def withdraw(duty, proof, *, now):
    """Takes the proof away from this duty alone."""
    others = Duty.objects.filter(evidence_id=proof).exclude(pk=duty.pk)
    kept = list(others.values_list("pk", flat=True))
    others.update(evidence=None)
    source = Source(SourceKind.PERSON, "proof")
    event = EvidenceWithdrawn(proof, "patching", duty.institution_id, source, source.reference, by=None, now=now)
    assert services.reopen_by_withdrawal(event) == 1
    Duty.objects.filter(pk__in=kept).update(evidence_id=proof)


def told_in(duty, phase, people_of, *, until):
    """The slow oracle: every moment of one phase, for everyone it concerns, each once."""
    rule, ends = catalogue.rule(duty.rule), phase.ends or until
    begins = phase.begins or duty.imposed_at
    due_at = phase.due_at if phase.begins is None else max(phase.due_at, phase.begins)
    scheduled = rules.moments(rule, imposed_at=duty.imposed_at, due_at=due_at)
    told = [moment for moment in scheduled if begins <= moment.at <= ends]
    if phase.begins:
        told = [moment for moment in told if moment.at > begins]
        told.append(ReminderMoment(begins, ReminderKind.REMINDER, NO_STEP))
    return {(duty.pk, account, moment.kind, moment.at) for moment in told for account in people_of(duty, moment)}


def check_all_told(duties, lives, people_of, *, until):
    found = written()
    assert not found or max(found.values()) == 1
    allowed, owed = set(), set()
    for duty in duties:
        for phase in lives[duty.pk]:
            told = told_in(duty, phase, people_of, until=until)
            allowed |= told
            owed |= told if phase.is_surely_told else set()
        is_open = Duty.objects.get(pk=duty.pk).state == DutyState.OPEN
        assert is_open == (lives[duty.pk][-1].ends is None)
    assert owed <= found.keys() <= allowed
    assert not Reminder.objects.waiting().exists()
    batches = Reminder.objects.exclude(mailed_at=None).values_list("batch", flat=True).distinct()
    assert set(Message.objects.values_list("key", flat=True)) == {f"duties.reminder:{batch}" for batch in batches}


def a_person_once(hospital):
    """A second manager of the hospital, made in the first example and kept for the others."""
    from sonae.core.access.models import Grant  # noqa: PLC0415

    held = Grant.objects.filter(institution=hospital, role=Role.INSTITUTION_MANAGER).order_by("-account__email")
    if held.count() == 2:
        return held.first().account_id
    return a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital)).account.pk


def test_who_joins_later_is_told_of_later_moments_only(hospital, manager):
    duty = a_duty(hospital)
    services.send_due_reminders(now=NOW + 12 * HOUR)
    newcomer = a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital))
    services.send_due_reminders(now=duty.due_at)
    assert Reminder.objects.filter(account=manager.account).count() == 2
    assert Reminder.objects.filter(account=newcomer.account).count() == 1


def test_a_run_over_many_timers_asks_few_questions(hospital, manager, django_assert_max_num_queries):
    for number in range(40):
        a_duty(hospital, subject_id=f"s-{number}")
    with django_assert_max_num_queries(40):
        services.send_due_reminders(now=NOW + 12 * HOUR)


def test_moments_are_compared_and_never_counted_off(hospital, manager):
    """A run at an odd instant, microseconds late, still finds its moment."""
    a_duty(hospital, now=NOW + timedelta(microseconds=7))
    assert services.send_due_reminders(now=datetime(2026, 11, 23, 21, 0, 0, 6, tzinfo=UTC)).mails == 0
    assert services.send_due_reminders(now=datetime(2026, 11, 23, 21, 0, 0, 8, tzinfo=UTC)).mails == 1


def test_ending_a_role_ends_its_reminders(hospital, manager, officer):
    from sonae.core.access.models import Grant  # noqa: PLC0415

    a_duty(hospital)
    access.end_grant(Grant.objects.get(account=manager.account).pk, by=officer.viewer, now=NOW)
    assert services.send_due_reminders(now=NOW + 12 * HOUR).mails == 0


# --- where nobody is there -------------------------------------------------------------------------------------------


def test_where_an_institution_has_no_manager_the_next_of_the_schedule_is_told(hospital, executive, inspector):
    a_duty(hospital, "incident.notify-ministry")
    a_duty(hospital)
    services.send_due_reminders(now=NOW + 12 * HOUR)
    told = set(Reminder.objects.values_list("duty__rule", "account_id", "kind"))
    assert told == {
        ("incident.notify-ministry", inspector.account.pk, ReminderKind.ESCALATION),
        ("sighting.respond", executive.account.pk, ReminderKind.ESCALATION),
    }
    assert Entry.objects.filter(verb="duty.escalate").count() == 2


def test_a_rule_may_tell_the_prefecture_of_whatever_lies_in_it(hospital, other_hospital, prefecture_officer, inspector):
    step = ScheduleStep(When.AT_ONCE, 0, Role.PREFECTURE_OFFICER, PlaceKind.PREFECTURE)
    here, elsewhere = (reminding._above(a_duty(one), step) for one in (hospital, other_hospital))
    assert (here[1], elsewhere[1]) == (1, 13)
    assert reminding._people_at([here, elsewhere], now=NOW) == {here: {prefecture_officer.account.pk}}


def test_nobody_outside_hears_of_what_only_the_institution_sees(hospital, inspector, officer):
    duty = a_duty(hospital)
    services.send_due_reminders(now=NOW + timedelta(days=5))
    assert not Reminder.objects.exists()
    duty.refresh_from_db()
    assert duty.untold_since == NOW + 12 * HOUR


def test_a_moment_that_found_nobody_rings_until_somebody_is_there_and_then_once(hospital):
    duty = a_duty(hospital)
    services.send_due_reminders(now=NOW + 12 * HOUR)
    duty.refresh_from_db()
    assert (duty.untold_since, duty.next_reminder_at) == (NOW + 12 * HOUR, NOW + 13 * HOUR)
    newcomer = a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital))
    assert services.send_due_reminders(now=NOW + 12 * HOUR + timedelta(minutes=59)).mails == 0
    for hours, mails in ((13, 1), (14, 0), (15, 0)):
        assert services.send_due_reminders(now=NOW + hours * HOUR).mails == mails
    assert written() == Counter({(duty.pk, newcomer.account.pk, ReminderKind.REMINDER, NOW + 12 * HOUR): 1})
    duty.refresh_from_db()
    assert (duty.untold_since, duty.next_reminder_at) == (None, duty.due_at - 2 * HOUR)


def test_moments_that_found_nobody_are_made_up_once_and_keep_no_mail_of_others_waiting(
    hospital, other_hospital, stranger
):
    empty, other = a_duty(hospital), a_duty(other_hospital, subject_id="s-2")
    for hours in range(12, 80, 3):
        services.send_due_reminders(now=NOW + hours * HOUR)
    told_others = written()
    assert {account for _duty, account, _kind, _at in told_others} == {stranger.account.pk}
    assert set(told_others.values()) == {1}
    newcomer = a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital))
    for hours in range(80, 160, 3):
        services.send_due_reminders(now=NOW + hours * HOUR)
    made_up = written() - told_others
    owed = {moment.at for moment in empty.schedule(catalogue.rule(empty.rule)) if moment.kind is ReminderKind.REMINDER}
    assert set(made_up.values()) == {1}
    assert {at for duty, account, _kind, at in made_up if account == newcomer.account.pk} >= owed
    assert {duty for duty, account, *_ in made_up if account == newcomer.account.pk} == {empty.pk}
    assert {duty for duty, *_ in told_others} == {other.pk}


def test_whoever_comes_later_does_not_hear_what_somebody_else_was_told(hospital, executive):
    duty = a_duty(hospital)
    services.send_due_reminders(now=NOW + 12 * HOUR)
    newcomer = a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital))
    services.send_due_reminders(now=NOW + 21 * HOUR)
    assert not Reminder.objects.filter(account=newcomer.account).exists()
    assert Reminder.objects.filter(duty=duty, account=executive.account).count() == 1
