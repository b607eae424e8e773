"""What is owed again, what moves, and what opens again."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonae.core.access.vocabulary import AccessRefusal
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.core.audit.models import Entry
from sonae.core.duties import catalogue, queries, services
from sonae.core.duties.checks import no_edition_is_lost
from sonae.core.duties.models import Duty, DutyChange
from sonae.core.duties.vocabulary import ChangeKind, DutyRefusal, DutyState
from sonae.kernel.errors import Gone, NotAllowed
from sonae.kernel.ids import new_id
from sonae.testing.cast import NOW

DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=3)
WHY = "廃院の手続き中のため"


def a_duty(hospital, *, occasion="", now=NOW, due_at=None, subject_id="b", **more):
    """One that supervisors see, due at a given moment, that can be waived."""
    return services.impose(
        "bulletin.acknowledge", institution_id=hospital.pk, subject="bulletin", subject_id=subject_id, known_at=now,
        now=now, due_at=due_at or now + 3 * DAY, facts={"title": "x"}, occasion=occasion, **more,
    )  # fmt: skip


def a_call(hospital, *, occasion="", now=NOW):
    """One that evidence about the same matter ends, and that a person declares done."""
    return services.impose(
        "incident.notify-ministry", institution_id=hospital.pk, subject="incident", subject_id="i-1", known_at=now,
        now=now, facts={"number": "1"}, occasion=occasion,
    )  # fmt: skip


def end(hospital, *, now):
    return services.settle(
        "bulletin.acknowledge", subject="bulletin", subject_id="b", institution_id=hospital.pk, now=now
    )


# --- owed again ------------------------------------------------------------------------------------------------------


def test_an_ended_duty_is_owed_again_on_another_occasion_only(hospital):
    first = a_duty(hospital, occasion="2026")
    assert end(hospital, now=LATER) == 1
    assert a_duty(hospital, occasion="2026", now=LATER).pk == first.pk
    second = a_duty(hospital, occasion="2027", now=LATER)
    assert (second.pk != first.pk, second.state, second.occurrence) == (True, DutyState.OPEN, 2)


def test_what_is_still_open_is_not_owed_twice(hospital):
    first = a_duty(hospital, occasion="2026")
    assert a_duty(hospital, occasion="2027", now=LATER).pk == first.pk
    copy = Duty.objects.get(pk=first.pk)
    copy.pk, copy.occasion, copy.occurrence = new_id(), "2027", 2
    with pytest.raises(IntegrityError, match=r"duty_open_once|UNIQUE"), transaction.atomic():
        copy.save(force_insert=True)


def test_many_institutions_owe_it_again_unless_it_is_open(hospital, other_hospital):
    both = [hospital.pk, other_hospital.pk]
    given = {
        "institution_ids": both, "subject": "bulletin", "subject_id": "b", "known_at": NOW, "now": NOW,
        "due_at": NOW + DAY, "facts": {"title": "x"},
    }  # fmt: skip
    assert services.impose_many("bulletin.acknowledge", occasion="2026", **given) == 2
    assert end(hospital, now=LATER) == 1
    assert services.impose_many("bulletin.acknowledge", occasion="2026", **given) == 0
    assert services.impose_many("bulletin.acknowledge", occasion="2027", **given) == 1
    assert sorted(Duty.objects.filter(institution=hospital).values_list("occurrence", "occasion")) == [
        (1, "2026"), (2, "2027"),
    ]  # fmt: skip


def test_the_word_that_ended_it_the_last_time_does_not_end_it_again(hospital, manager):
    duty = a_call(hospital, occasion="2026")
    services.fulfil(duty.pk, note="called them", by=manager.viewer, now=LATER)
    again = a_call(hospital, occasion="2027", now=LATER + DAY)
    assert (again.state, again.occurrence) == (DutyState.OPEN, 2)
    services.fulfil(again.pk, note="called them", by=manager.viewer, now=LATER + 2 * DAY)
    assert not Duty.objects.open().exists()


def test_a_duty_hangs_on_what_it_was_told_to_hang_on(hospital):
    duty = a_duty(hospital, hangs_on=("incident", "i-7"))
    other = a_duty(hospital, subject_id="i-7")
    assert list(queries.hanging_on("incident", "i-7")) == [duty]
    assert list(queries.hanging_on("bulletin", "i-7")) == [other]


@dataclass
class Owed:
    occasion: str
    is_open: bool


def oracle(owed, occasion):
    """The slow truth: the list of all that was ever owed."""
    if not any(one.occasion == occasion or one.is_open for one in owed):
        owed.append(Owed(occasion, True))


ACTS = st.lists(
    st.tuples(st.sampled_from(["impose", "impose", "impose_many", "settle", "supersede"]), st.sampled_from("abc")),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_any_history_of_imposing_and_ending_owes_what_the_oracle_owes(hospital, acts):
    with transaction.atomic():
        owed, now = [], NOW
        for act, occasion in acts:
            now += timedelta(minutes=1)
            if act == "impose":
                a_duty(hospital, occasion=occasion, now=now)
            elif act == "impose_many":
                services.impose_many(
                    "bulletin.acknowledge", institution_ids=[hospital.pk], subject="bulletin", subject_id="b",
                    known_at=now, now=now, due_at=now + DAY, facts={"title": "x"}, occasion=occasion,
                )  # fmt: skip
            elif act == "settle":
                end(hospital, now=now)
            else:
                services.supersede("bulletin.acknowledge", subject="bulletin", subject_id="b", now=now)
            if act.startswith("impose"):
                oracle(owed, occasion)
            else:
                owed = [Owed(one.occasion, False) for one in owed]
        found = Duty.objects.order_by("occurrence").values_list("occasion", "state", "occurrence")
        assert [(one, state == DutyState.OPEN) for one, state, _ in found] == [
            (one.occasion, one.is_open) for one in owed
        ]
        assert [number for _, _, number in found] == list(range(1, len(owed) + 1))
        transaction.set_rollback(True)


# --- editions -------------------------------------------------------------------------------------------------------


def test_a_duty_keeps_the_words_of_its_edition_and_a_release_without_it_is_refused(hospital, manager, monkeypatch):
    duty = a_call(hospital)
    newest = catalogue.rule(duty.rule)
    newer = replace(
        newest, edition=newest.edition + DAY, short=InTwoLanguages("新", "New"), why=InTwoLanguages("新", "New")
    )
    kept = {(duty.rule, newest.edition): newest, (duty.rule, newer.edition): newer}
    monkeypatch.setattr(catalogue, "editions", lambda: kept)
    monkeypatch.setattr(catalogue, "duty_rules", lambda: {duty.rule: newer})
    page = manager.client.get(reverse("duties:detail", args=[duty.pk])).text
    assert newest.why.en in page
    assert no_edition_is_lost(databases=["default"]) == []
    del kept[duty.rule, newest.edition]
    (lost,) = no_edition_is_lost(databases=["default"])
    assert (lost.id, duty.rule in lost.msg) == ("duties.E001", True)
    assert manager.client.get(reverse("duties:list")).status_code == 200


# --- another due moment ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["officer", "inspector"])
def test_a_supervisor_moves_the_due_moment_and_both_stay_on_record(hospital, who, request):
    person = request.getfixturevalue(who)
    duty = a_duty(hospital)
    services.redate(duty.pk, due_at=NOW + 9 * DAY, why=WHY, by=person.viewer, now=LATER)
    duty.refresh_from_db()
    assert (duty.first_due_at, duty.due_at) == (NOW + 3 * DAY, NOW + 9 * DAY)
    assert duty.next_reminder_at == LATER
    change = DutyChange.objects.get()
    assert (change.kind, change.due_before, change.due_after, change.why, change.changed_by) == (
        ChangeKind.REDATED, NOW + 3 * DAY, NOW + 9 * DAY, WHY, person.account,
    )  # fmt: skip
    line = Entry.objects.get(verb="duty.redate")
    assert (line.subject_id, line.institution_id, line.facts["why"]) == (str(duty.pk), hospital.pk, WHY)


@pytest.mark.parametrize("who", ["manager", "executive", "analyst", "stranger", "operator"])
def test_nobody_else_moves_it(hospital, who, request):
    duty = a_duty(hospital)
    with pytest.raises((NotAllowed, Gone)):
        services.redate(duty.pk, due_at=NOW + 9 * DAY, why=WHY, by=request.getfixturevalue(who).viewer, now=LATER)
    assert not DutyChange.objects.exists()


def test_an_officer_of_a_prefecture_moves_nothing(hospital, prefecture_officer):
    duty = a_duty(hospital)
    with pytest.raises(NotAllowed) as error:
        services.redate(duty.pk, due_at=NOW + 9 * DAY, why=WHY, by=prefecture_officer.viewer, now=LATER)
    assert error.value.refusal.reason == AccessRefusal.ROLE_LACKS_PERMISSION
    assert not DutyChange.objects.exists()


def test_an_inspector_moves_nothing_elsewhere(other_hospital, inspector):
    with pytest.raises((NotAllowed, Gone)) as error:
        services.redate(a_duty(other_hospital).pk, due_at=NOW + 9 * DAY, why=WHY, by=inspector.viewer, now=LATER)
    assert isinstance(error.value, Gone) or error.value.refusal.reason == AccessRefusal.OTHER_INSTITUTION


@pytest.mark.parametrize(
    ("due_at", "why", "reason"),
    [
        (LATER, WHY, DutyRefusal.DUE_IN_PAST),
        (NOW + 3 * DAY, WHY, DutyRefusal.DUE_UNCHANGED),
        (NOW + 9 * DAY, " short ", DutyRefusal.WHY_MISSING),
    ],
)
def test_what_is_no_new_due_moment_is_refused(hospital, officer, due_at, why, reason):
    with pytest.raises(NotAllowed) as error:
        services.redate(a_duty(hospital).pk, due_at=due_at, why=why, by=officer.viewer, now=LATER)
    assert error.value.refusal.reason == reason


def test_what_the_law_lays_down_is_moved_by_the_work_and_by_nobody(hospital, officer):
    duty = services.impose(
        "incident.final-report", institution_id=hospital.pk, subject="incident", subject_id="i", known_at=NOW, now=NOW,
        facts={"number": "1"},
    )  # fmt: skip
    with pytest.raises(NotAllowed) as error:
        services.redate(duty.pk, due_at=NOW + 90 * DAY, why=WHY, by=officer.viewer, now=LATER)
    assert error.value.refusal.reason == DutyRefusal.STATUTORY_CANNOT_BE_REDATED
    moved = {
        "subject": "incident",
        "subject_id": "i",
        "due_at": NOW + 90 * DAY,
        "why": "an act on purpose",
        "now": LATER,
    }
    assert services.move_due("incident.final-report", institution_id=hospital.pk, **moved) == 1
    assert services.move_due("incident.final-report", **moved) == 0
    change = DutyChange.objects.get()
    assert (change.changed_by, change.due_before, change.due_after) == (None, duty.due_at, NOW + 90 * DAY)


# --- open again ------------------------------------------------------------------------------------------------------


def test_a_duty_whose_evidence_is_withdrawn_opens_again_and_its_owner_is_told(hospital, manager):
    duty = a_call(hospital)
    done = services.fulfil(duty.pk, note="called them", by=manager.viewer, now=LATER)
    withdrawn = NOW + 30 * DAY
    assurance.withdraw_evidence(done.evidence_id, why="nobody had called", by=manager.viewer, now=withdrawn)
    duty.refresh_from_db()
    assert (duty.state, duty.evidence_id, duty.ended_at, duty.ended_note) == (DutyState.OPEN, None, None, "")
    assert (duty.rescheduled_at, duty.next_reminder_at) == (withdrawn, withdrawn)
    assert DutyChange.objects.get().kind == ChangeKind.REOPENED
    assert Entry.objects.get(verb="duty.reopen").facts["evidence"] == str(done.evidence_id)
    assert services.send_due_reminders(now=withdrawn).mails == 1
    # Long overdue, it is escalated anew, counted from the moment at which it opened again.
    again = services.fulfil(duty.pk, note="called them now", by=manager.viewer, now=withdrawn + DAY)
    assert again.evidence_id != done.evidence_id


def test_other_evidence_that_shows_it_done_keeps_it_ended(hospital, manager):
    first, second = a_call(hospital), a_duty(hospital)
    done = services.fulfil(first.pk, note="called them", by=manager.viewer, now=LATER)
    kept = services.fulfil(
        a_call(hospital, occasion="again", now=LATER + timedelta(hours=1)).pk,
        note="called them",
        by=manager.viewer,
        now=LATER + DAY,
    )
    assurance.withdraw_evidence(done.evidence_id, why="nobody had called", by=manager.viewer, now=LATER + 2 * DAY)
    first.refresh_from_db()
    assert (first.state, first.evidence_id) == (DutyState.FULFILLED, kept.evidence_id)
    assert Duty.objects.open().get() == second


def test_what_is_owed_again_already_does_not_open_a_second_time(hospital, manager):
    first = a_call(hospital)
    done = services.fulfil(first.pk, note="called them", by=manager.viewer, now=LATER)
    again = a_call(hospital, occasion="2027", now=LATER + DAY)
    assurance.withdraw_evidence(done.evidence_id, why="nobody had called", by=manager.viewer, now=LATER + 2 * DAY)
    first.refresh_from_db()
    assert (first.state, first.evidence_id) == (DutyState.SUPERSEDED, None)
    assert Duty.objects.open().get() == again
