from datetime import timedelta

import pytest

from sonae.core.accounts.vocabulary import Role
from sonae.core.audit.models import Entry
from sonae.core.duties import queries as duties
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.notifications.models import Message
from sonae.kernel import events
from sonae.kernel.errors import Gone, NotAllowed
from sonae.kernel.ids import new_id
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.incidents import queries, services
from sonae.response.incidents.models import Draft, Incident, IncidentIndicator, Moment, Statement
from sonae.response.incidents.testing import a_report, an_incident
from sonae.response.incidents.vocabulary import (
    Attached,
    CareImpact,
    Concerned,
    Field,
    IncidentMoved,
    IncidentRefusal,
    IncidentReported,
    Leak,
    Phase,
    Precision,
    StepAnswer,
    TimeKind,
    TimeSource,
)

WHY = IncidentRefusal


def refused(reason):
    class _Refused:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, trace):
            assert isinstance(error, NotAllowed), f"nothing was refused: {error!r}"
            assert error.refusal.reason is reason, error.refusal
            return True

    return _Refused()


@pytest.fixture
def heard(monkeypatch):
    """Every event of incidents published in the test."""
    found = []
    for event_type in (IncidentReported, IncidentMoved):
        events.subscribe(event_type, found.append)
    yield found
    for event_type in (IncidentReported, IncidentMoved):
        events._handlers[event_type].remove(found.append)


def test_a_report_has_its_duties_its_clock_and_is_told(
    manager, hospital, officer, inspector, analyst, stranger, now, heard
):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    hanging = duties.hanging_on("incident", incident.pk)
    assert {duty.rule for duty in hanging} == {"incident.notify-ministry", "incident.first-report"}
    assert {duty.known_at for duty in hanging} == {now - timedelta(hours=1)}
    told = set(Message.objects.filter(template="incidents/reported").values_list("account_id", flat=True))
    assert told == {person.account.pk for person in (officer, inspector, analyst, manager)}
    for message in Message.objects.filter(template="incidents/reported"):
        assert set(message.context) == {"path", "is_drill"}
    assert heard == [
        IncidentReported(
            incident.pk, hospital.pk, is_drill=False, number=incident.number, known_at=now - timedelta(hours=1),
            by=manager.account.pk, now=now,
        )
    ]  # fmt: skip
    assert Entry.objects.filter(verb="incident.report", institution_id=hospital.pk).count() == 1


def call_back():
    return Duty.objects.filter(rule="incident.call-back").values_list("role", "state", "due_at")


def test_responders_are_told_and_owe_the_reporter_a_call(manager, hospital, officer, responder, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    told = set(Message.objects.filter(template="incidents/reported").values_list("account_id", flat=True))
    assert told == {person.account.pk for person in (officer, responder, manager)}
    assert list(call_back()) == [(Role.RESPONDER, DutyState.OPEN, now + timedelta(hours=1))]
    assert "incident.call-back" not in {duty.rule for duty in duties.hanging_on("incident", incident.pk)}
    assert queries.told_of(incident.pk) == {
        Concerned.MINISTRY: 1, Concerned.INSPECTING_BODY: 0, Concerned.RESPONDERS: 1, Concerned.ANALYSTS: 0,
        Concerned.INSTITUTION: 1,
    }  # fmt: skip


def test_where_there_are_no_responders_the_ministry_calls_back(manager, hospital, officer, now):
    an_incident(hospital.pk, by=manager.viewer, now=now)
    assert [role for role, _state, _due in call_back()] == [Role.MINISTRY_OFFICER]


def test_where_nobody_could_call_nobody_owes_a_call(manager, hospital, now):
    an_incident(hospital.pk, by=manager.viewer, now=now)
    assert not call_back()


def test_nobody_calls_back_about_what_was_no_incident(manager, hospital, officer, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    services.move_incident(incident.pk, Phase.NOT_INCIDENT, reason="a broken disk", by=manager.viewer, now=now)
    assert [state for _role, state, _due in call_back()] == [DutyState.SUPERSEDED]


def test_the_same_form_sent_twice_is_one_incident(manager, hospital, now):
    intake_id = new_id()
    report = a_report(hospital.pk, now=now)
    first = services.report_incident(report, intake_id=intake_id, by=manager.viewer, now=now)
    again = services.report_incident(report, intake_id=intake_id, by=manager.viewer, now=now + timedelta(seconds=2))
    assert first.pk == again.pk
    assert Incident.objects.count() == 1
    assert Message.objects.filter(template="incidents/reported").count() == 1


def test_an_intake_id_of_someone_else_gives_nothing_away(manager, hospital, stranger, other_hospital, now):
    intake_id = new_id()
    services.report_incident(a_report(hospital.pk, now=now), intake_id=intake_id, by=manager.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.report_incident(a_report(other_hospital.pk, now=now), intake_id=intake_id, by=stranger.viewer, now=now)


def test_staff_may_report_and_see_that_it_arrived_but_not_the_case(colleague, hospital, now):
    incident = an_incident(hospital.pk, by=colleague.viewer, now=now)
    assert Incident.objects.reported_by_viewer(colleague.viewer).get() == incident
    assert not Incident.objects.visible_to(colleague.viewer).exists()


def test_an_inspector_may_take_a_call_and_the_moment_is_kept(inspector, hospital, now):
    incident = an_incident(hospital.pk, by=inspector.viewer, now=now)
    assert queries.moments_of(incident.pk)[TimeKind.CALLED_IN].at == now


@pytest.mark.parametrize("who", ["stranger", "vendor_person", "operator", "auditor", "analyst"])
def test_who_may_not_report_for_the_hospital(request, hospital, now, who):
    with pytest.raises(NotAllowed):
        an_incident(hospital.pk, by=request.getfixturevalue(who).viewer, now=now)
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("manager", True), ("executive", True), ("officer", True), ("analyst", True), ("responder", True),
        ("inspector", True), ("stranger", False), ("colleague", False), ("vendor_person", False), ("operator", False),
        ("auditor", False),
    ],
)  # fmt: skip
def test_who_sees_an_incident(request, manager, hospital, now, who, sees):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, values=("45.83.64.1",))
    viewer = request.getfixturevalue(who).viewer
    assert Incident.objects.visible_to(viewer).filter(pk=incident.pk).exists() is sees
    assert Statement.objects.visible_to(viewer).exists() is sees
    assert IncidentIndicator.objects.visible_to(viewer).exists() is sees


def test_an_inspector_of_another_prefecture_sees_nothing(stranger, other_hospital, inspector, now):
    an_incident(other_hospital.pk, by=stranger.viewer, now=now)
    assert not Incident.objects.visible_to(inspector.viewer).exists()


def test_a_drill_owes_nothing_and_reaches_nobody_outside(manager, hospital, officer, inspector, analyst, now, heard):
    incident = services.report_drill(a_report(hospital.pk, now=now), intake_id=new_id(), by=manager.viewer, now=now)
    assert not Duty.objects.exists()
    assert [message.account_id for message in Message.objects.all()] == [manager.account.pk]
    assert [(event.incident_id, event.is_drill) for event in heard] == [(incident.pk, True)]


def test_a_case_on_which_a_duty_hangs_stays_open(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.REVIEW)
    services.state(incident.pk, Field.LEAK, Leak.RULED_OUT, by=manager.viewer, now=now)
    with refused(WHY.DUTY_OPEN):
        services.close_incident(incident.pk, by=manager.viewer, now=now)
    incident.refresh_from_db()
    assert incident.phase == Phase.REVIEW


def test_a_case_on_which_nothing_hangs_can_be_closed_and_reopened_with_a_reason(manager, hospital, now, heard):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.CLOSED)
    assert (incident.closed_at, incident.closed_by_id) == (now, manager.account.pk)
    with refused(WHY.INCIDENT_ENDED):
        services.note(incident.pk, "one more thing", by=manager.viewer, now=now)
    with refused(WHY.REASON_MISSING):
        services.move_incident(incident.pk, Phase.ACTIVE, by=manager.viewer, now=now)
    reopened = services.move_incident(incident.pk, Phase.ACTIVE, reason="it came back", by=manager.viewer, now=now)
    assert reopened.closed_at is None
    assert heard[-1] == IncidentMoved(
        incident.pk, hospital.pk, Phase.CLOSED, Phase.ACTIVE, is_drill=False, by=manager.account.pk, now=now
    )


def test_containment_asks_for_the_three_cuts(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now, at=Phase.ACTIVE)
    services.answer_step(incident.pk, "cut-backup-line", StepAnswer.DONE, by=manager.viewer, now=now)
    services.answer_step(incident.pk, "cut-external-lines", StepAnswer.NOT_POSSIBLE, by=manager.viewer, now=now)
    with refused(WHY.STEPS_UNANSWERED):
        services.move_incident(incident.pk, Phase.CONTAINED, by=manager.viewer, now=now)
    services.answer_step(incident.pk, "close-segment-borders", StepAnswer.NOT_APPLICABLE, by=manager.viewer, now=now)
    assert services.move_incident(incident.pk, Phase.CONTAINED, by=manager.viewer, now=now).phase == Phase.CONTAINED
    with refused(WHY.UNKNOWN_STEP):
        services.answer_step(incident.pk, "dance", StepAnswer.DONE, by=manager.viewer, now=now)


def test_what_was_no_incident_is_owed_by_nobody(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    services.move_incident(incident.pk, Phase.NOT_INCIDENT, reason="a broken disk", by=manager.viewer, now=now)
    assert set(Duty.objects.values_list("state", flat=True)) == {DutyState.SUPERSEDED}


def test_a_duplicate_points_to_the_case_that_is_kept(manager, hospital, stranger, other_hospital, now):
    kept = an_incident(hospital.pk, by=manager.viewer, now=now)
    twice = an_incident(hospital.pk, by=manager.viewer, now=now)
    elsewhere = an_incident(other_hospital.pk, by=stranger.viewer, now=now)
    with pytest.raises(Gone):
        services.move_incident(
            twice.pk, Phase.DUPLICATE, reason="reported twice", kept_number=elsewhere.number, by=manager.viewer, now=now
        )
    moved = services.move_incident(
        twice.pk, Phase.DUPLICATE, reason="reported twice", kept_number=kept.number.lower(), by=manager.viewer, now=now
    )
    assert moved.kept_id == kept.pk


def test_a_later_word_does_not_erase_the_earlier_one(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    later = now + timedelta(hours=2)
    services.state(incident.pk, Field.CARE, CareImpact.STOPPED, by=manager.viewer, now=later)
    assert queries.statements_of(incident.pk)[Field.CARE].value == CareImpact.STOPPED
    assert Statement.objects.filter(incident=incident, field=Field.CARE).count() == 2
    incident.refresh_from_db()
    assert incident.care == CareImpact.STOPPED
    services.correct_time(
        incident.pk, TimeKind.OCCURRED, at=now - timedelta(days=3), precision=Precision.DAY, source=TimeSource.LOG,
        by=manager.viewer, now=later,
    )  # fmt: skip
    assert [row.at for row in Moment.objects.filter(incident=incident, kind=TimeKind.OCCURRED)] == [
        None,
        now - timedelta(days=3),
    ]
    with refused(WHY.NOTICED_IN_FUTURE):
        services.correct_time(
            incident.pk, TimeKind.OCCURRED, at=later + timedelta(days=1), precision=Precision.DAY,
            source=TimeSource.LOG, by=manager.viewer, now=later,
        )  # fmt: skip


def test_indicators_are_normalised_confirmed_and_not_doubled(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    attached = [Attached(IndicatorKind.DOMAIN, "Bad[.]Site.com"), Attached(IndicatorKind.DOMAIN, "bad.site.com")]
    assert len(services.attach_indicators(incident.pk, attached, by=manager.viewer, now=now)) == 1
    assert services.attach_indicators(incident.pk, attached, by=manager.viewer, now=now) == []
    (row,) = queries.indicators_of(incident.pk)
    assert (row.value, row.confirmed_by_id) == ("bad.site.com", manager.account.pk)
    services.remove_indicator(row.pk, by=manager.viewer, now=now)
    assert queries.indicators_of(incident.pk) == []
    with pytest.raises(Gone):
        services.remove_indicator(row.pk, by=manager.viewer, now=now)
    assert len(services.attach_indicators(incident.pk, attached, by=manager.viewer, now=now)) == 1


def test_one_bad_indicator_stops_all(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    attached = [Attached(IndicatorKind.IPV4, "45.83.64.1"), Attached(IndicatorKind.IPV4, "45.83.64.999")]
    with pytest.raises(NotAllowed):
        services.attach_indicators(incident.pk, attached, by=manager.viewer, now=now)
    with refused(WHY.NOTHING_CHOSEN):
        services.attach_indicators(incident.pk, [], by=manager.viewer, now=now)
    assert not IncidentIndicator.objects.exists()


@pytest.mark.parametrize("who", ["officer", "analyst", "inspector", "executive"])
def test_who_reads_and_does_not_change(request, manager, hospital, now, who):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    by = request.getfixturevalue(who).viewer
    with pytest.raises(NotAllowed):
        services.note(incident.pk, "from outside", by=by, now=now)
    with pytest.raises(NotAllowed):
        services.move_incident(incident.pk, Phase.ACTIVE, by=by, now=now)


def test_a_responder_works_on_the_case_and_does_not_close_it(manager, responder, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    services.note(incident.pk, "on our way", by=responder.viewer, now=now)
    with pytest.raises(NotAllowed):
        services.close_incident(incident.pk, by=responder.viewer, now=now)


def test_a_draft_keeps_what_was_typed_until_it_is_sent(manager, hospital, stranger, now):
    services.save_draft({"seen": ["halb"]}, by=manager.viewer, now=now)
    services.save_draft({"seen": ["half a sentence"]}, by=manager.viewer, now=now)
    assert Draft.objects.visible_to(manager.viewer).get().typed == {"seen": ["half a sentence"]}
    assert not Draft.objects.visible_to(stranger.viewer).exists()
    an_incident(hospital.pk, by=manager.viewer, now=now)
    assert not Draft.objects.exists()
