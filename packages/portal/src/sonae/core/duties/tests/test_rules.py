from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.assurance.vocabulary import EvidenceFiled, Finding, Source, SourceKind, Strength
from sonae.core.duties import catalogue, rules
from sonae.core.duties.vocabulary import (
    NO_STEP,
    DutyFacts,
    DutyRefusal,
    DutyState,
    Ending,
    EndingEvidence,
    Freshness,
    ReminderKind,
    ScheduleStep,
    Timing,
    When,
)
from sonae.kernel.calendar import JST
from sonae.kernel.decision import ALLOWED

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DUE = datetime(2026, 11, 28, tzinfo=JST)  # on time until the end of Friday 27 November
SIGHTING = replace(
    catalogue.rule("sighting.respond"), ending=Ending.BY_HAND,
    ended_by=(EndingEvidence("detection.sighting-handled", Strength.DECLARED, Freshness.SAME_SUBJECT),),
)  # fmt: skip
REPORT = catalogue.rule("incident.first-report")
BULLETIN = catalogue.rule("bulletin.acknowledge")
A_DUTY = DutyFacts("sighting.respond", DutyState.OPEN, "institution:7", "sighting", "s-1", NOW, DUE, institution_id=7)
HANDLED = EvidenceFiled(
    UUID(int=1), "detection.sighting-handled", 7, Source(SourceKind.SENSOR, "s-1"), Strength.DECLARED, Finding.IN_PLACE,
    NOW, None, None, NOW,
)  # fmt: skip


@pytest.mark.parametrize(
    ("step", "at"),
    [
        (ScheduleStep(When.AT_ONCE), NOW),
        (ScheduleStep(When.DAYS_BEFORE_DUE, 2), datetime(2026, 11, 25, 9, tzinfo=JST)),
        (ScheduleStep(When.DAYS_BEFORE_DUE, 0), datetime(2026, 11, 27, 9, tzinfo=JST)),
        (ScheduleStep(When.DAYS_AFTER_DUE, 1), datetime(2026, 11, 28, 9, tzinfo=JST)),
        (ScheduleStep(When.HOURS_BEFORE_DUE, 12), datetime(2026, 11, 27, 12, tzinfo=JST)),
        (ScheduleStep(When.HOURS_AFTER_DUE, 3), datetime(2026, 11, 28, 3, tzinfo=JST)),
    ],
)
def test_each_kind_of_step_names_its_moment(step, at):
    (moment,) = rules.moments(replace(REPORT, schedule=(step,)), imposed_at=NOW, due_at=DUE)
    assert (moment.at, moment.kind) == (at, ReminderKind.REMINDER)


def test_moments_before_the_duty_existed_are_left_out():
    late = DUE - timedelta(hours=1)
    found = rules.moments(BULLETIN, imposed_at=late, due_at=DUE)
    assert all(moment.at >= late for moment in found)
    assert len(found) == 2


@pytest.mark.parametrize(
    ("due_at", "ats"),
    [
        # Moved while there is time: the new moments after the move.
        (NOW + timedelta(hours=24), [10, 12, 22, 36, 48]),
        # Opened again long after it was due: counted from there.
        (NOW - timedelta(days=30), [10, 22, 34]),
    ],
)
def test_rescheduled_its_owner_is_told_at_once_and_the_rest_is_counted_anew(due_at, ats):
    rule = replace(SIGHTING, schedule=SIGHTING.schedule[:4])
    moved = NOW + timedelta(hours=10)
    found = rules.moments(rule, imposed_at=NOW - timedelta(days=40), due_at=due_at, rescheduled_at=moved)
    assert [moment.at for moment in found] == [NOW + timedelta(hours=hours) for hours in ats]
    assert found[0].step == NO_STEP


def test_a_step_that_tells_somebody_above_is_an_escalation():
    found = rules.moments(SIGHTING, imposed_at=NOW, due_at=NOW + timedelta(hours=24))
    assert [moment.kind for moment in found].count(ReminderKind.ESCALATION) == 1


@given(
    imposed=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    days=st.integers(0, 90),
    cuts=st.lists(st.integers(0, 120 * 24), min_size=1, max_size=8),
)
def test_however_time_is_cut_every_moment_passes_exactly_once(imposed, days, cuts):
    imposed = imposed.replace(tzinfo=UTC)
    schedule = rules.moments(REPORT, imposed_at=imposed, due_at=imposed + timedelta(days=days))
    seen, wanted = [], rules.next_moment(schedule, now=imposed - timedelta(microseconds=1))
    for hours in sorted(cuts):
        now = imposed + timedelta(hours=hours)
        if wanted is not None and wanted <= now:
            seen += rules.passed(schedule, since=wanted, now=now)
            wanted = rules.next_moment(schedule, now=now)
    last = imposed + timedelta(hours=max(cuts))
    assert seen == [moment for moment in schedule if moment.at <= last]


@pytest.mark.parametrize(
    ("due_at", "timing"),
    [
        (NOW, Timing.OVERDUE),
        (NOW + timedelta(microseconds=1), Timing.THIS_WEEK),
        (NOW + timedelta(days=7), Timing.THIS_WEEK),
        (NOW + timedelta(days=7, microseconds=1), Timing.LATER),
    ],
)
def test_a_duty_is_late_from_its_due_moment_on(due_at, timing):
    assert rules.timing(due_at, now=NOW) is timing


@pytest.mark.parametrize(
    ("duty", "rule", "is_own", "note", "reason"),
    [
        (A_DUTY, SIGHTING, True, "端末を確認した", None),
        (replace(A_DUTY, state=DutyState.WAIVED), SIGHTING, True, "端末を確認した", DutyRefusal.ALREADY_ENDED),
        (A_DUTY, SIGHTING, False, "端末を確認した", DutyRefusal.NOT_YOURS),
        (A_DUTY, replace(SIGHTING, ending=Ending.BY_ITSELF), True, "端末を確認した", DutyRefusal.ENDS_BY_ITSELF),
        (A_DUTY, SIGHTING, True, " abcd ", DutyRefusal.NOTE_MISSING),
    ],
)
def test_who_may_declare_a_duty_fulfilled(duty, rule, is_own, note, reason):
    decision = rules.may_fulfil(duty, rule, is_own=is_own, note=note)
    assert decision == ALLOWED if reason is None else decision.reason == reason


@pytest.mark.parametrize(
    ("duty", "rule", "why", "reason"),
    [
        (A_DUTY, SIGHTING, "a reason in writing", None),
        (replace(A_DUTY, state=DutyState.FULFILLED), SIGHTING, "a reason in writing", DutyRefusal.ALREADY_ENDED),
        (A_DUTY, REPORT, "a reason in writing", DutyRefusal.STATUTORY_CANNOT_BE_WAIVED),
        (A_DUTY, SIGHTING, "too short", DutyRefusal.WHY_MISSING),
    ],
)
def test_when_a_duty_may_be_waived(duty, rule, why, reason):
    decision = rules.may_waive(duty, rule, why=why)
    assert decision == ALLOWED if reason is None else decision.reason == reason


@pytest.mark.parametrize(
    ("duty", "rule", "is_supervised", "due_at", "why", "reason"),
    [
        (A_DUTY, SIGHTING, True, DUE + timedelta(1), "a reason in writing", None),
        (A_DUTY, SIGHTING, False, DUE + timedelta(1), "a reason in writing", DutyRefusal.NOT_SUPERVISED),
        (A_DUTY, REPORT, True, DUE + timedelta(1), "a reason in writing", DutyRefusal.STATUTORY_CANNOT_BE_REDATED),
        (A_DUTY, SIGHTING, True, NOW, "a reason in writing", DutyRefusal.DUE_IN_PAST),
        (A_DUTY, SIGHTING, True, DUE, "a reason in writing", DutyRefusal.DUE_UNCHANGED),
        (A_DUTY, SIGHTING, True, DUE + timedelta(1), "too short", DutyRefusal.WHY_MISSING),
        (replace(A_DUTY, state=DutyState.WAIVED), SIGHTING, True, DUE + timedelta(1), "a reason in writing",
         DutyRefusal.ALREADY_ENDED),
    ],
)  # fmt: skip
def test_when_a_due_moment_may_be_moved(duty, rule, is_supervised, due_at, why, reason):
    decision = rules.may_redate(duty, rule, is_supervised=is_supervised, due_at=due_at, why=why, now=NOW)
    assert decision == ALLOWED if reason is None else decision.reason == reason


def test_owed_again_the_old_word_about_the_same_matter_does_not_count():
    again = replace(A_DUTY, occurrence=2, known_at=NOW + timedelta(hours=1))
    assert not rules.ends(HANDLED, again, SIGHTING)
    assert rules.ends(replace(HANDLED, since=again.known_at), again, SIGHTING)


@pytest.mark.parametrize(
    ("evidence", "ended"),
    [
        (HANDLED, True),
        (replace(HANDLED, institution_id=8), False),
        (replace(HANDLED, control="patching"), False),
        (replace(HANDLED, finding=Finding.PARTLY), False),
        (replace(HANDLED, finding=Finding.ABSENT), False),
        (replace(HANDLED, source=Source(SourceKind.SENSOR, "s-2")), False),
        (replace(HANDLED, until=NOW), False),
        (replace(HANDLED, until=NOW + timedelta(seconds=1)), True),
    ],
)
def test_which_evidence_ends_a_duty(evidence, ended):
    assert rules.ends(evidence, A_DUTY, SIGHTING) is ended


@pytest.mark.parametrize(
    ("freshness", "since", "ended"),
    [
        (Freshness.STANDING, NOW - timedelta(days=9), True),
        (Freshness.SINCE_KNOWN, NOW - timedelta(seconds=1), False),
        (Freshness.SINCE_KNOWN, NOW, True),
    ],
)
def test_how_fresh_evidence_must_be(freshness, since, ended):
    rule = replace(SIGHTING, ended_by=(EndingEvidence("patching", Strength.MEASURED, freshness),))
    evidence = replace(HANDLED, control="patching", strength=Strength.INSPECTED, since=since)
    assert rules.ends(evidence, A_DUTY, rule) is ended
    assert not rules.ends(replace(evidence, strength=Strength.REVIEWED), A_DUTY, rule)


def test_an_ended_duty_is_not_ended_again():
    assert not rules.ends(HANDLED, replace(A_DUTY, state=DutyState.WAIVED), SIGHTING)


def a_viewer(*grants):
    return Viewer(account_id=UUID(int=9), grants=frozenset(grants))


@pytest.mark.parametrize(
    ("grants", "keys"),
    [
        ([], []),
        ([(Role.INSTITUTION_MANAGER, PlaceKind.INSTITUTION, 7)], ["institution:7"]),
        ([(Role.EXECUTIVE, PlaceKind.INSTITUTION, 7)], ["institution:7"]),
        ([(Role.STAFF, PlaceKind.INSTITUTION, 7)], []),
        ([(Role.VENDOR, PlaceKind.VENDOR, 7)], ["vendor:7"]),
        ([(Role.INSPECTOR, PlaceKind.JURISDICTION, 3)], ["jurisdiction:3"]),
        ([(Role.MINISTRY_OFFICER, PlaceKind.NATION, None)], ["nation:ministry_officer"]),
        ([(Role.SHARING_ANALYST, PlaceKind.NATION, None)], ["nation:sharing_analyst"]),
        ([(Role.RESPONDER, PlaceKind.NATION, None)], ["nation:responder"]),
        ([(Role.OPERATOR, PlaceKind.NATION, None)], ["nation:operator"]),
        ([(Role.AUDITOR, PlaceKind.NATION, None)], []),
    ],
)
def test_whose_duties_are_mine(grants, keys):
    assert rules.addresses_of(a_viewer(*grants)) == {f"account:{UUID(int=9)}", *keys}


def test_a_duty_has_exactly_one_recipient():
    with pytest.raises(AssertionError):
        rules.recipient_key()
    with pytest.raises(AssertionError):
        rules.recipient_key(institution_id=1, jurisdiction_id=2)


def test_a_period_is_counted_or_given_but_not_both():
    assert rules.due_moment(BULLETIN, known_at=NOW, given=DUE) == DUE
    with pytest.raises(AssertionError):
        rules.due_moment(BULLETIN, known_at=NOW, given=None)
    with pytest.raises(AssertionError):
        rules.due_moment(REPORT, known_at=NOW, given=DUE)
