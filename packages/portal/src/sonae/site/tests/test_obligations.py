"""A report makes its institution owe the authorities, in one transaction and through the event alone."""

import pytest

from sonae.core.duties import queries as duties
from sonae.core.duties.models import Duty
from sonae.kernel import events
from sonae.kernel.ids import new_id
from sonae.response.incidents import services
from sonae.response.incidents.models import Incident
from sonae.response.incidents.testing import a_report, an_incident
from sonae.response.incidents.vocabulary import IncidentReported, Phase
from sonae.site import obligations


def test_a_report_owes_the_ministry_and_the_commission(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    hanging = duties.hanging_on("incident", incident.pk)
    assert {duty.rule for duty in hanging} == set(obligations.ON_REPORT)
    assert {duty.imposed_by_id for duty in hanging} == {manager.account.pk}


def test_without_whoever_listens_nothing_is_owed(manager, hospital, now, monkeypatch):
    monkeypatch.setitem(events._handlers, IncidentReported, [])
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    assert not duties.hanging_on("incident", incident.pk).exists()


def test_a_report_whose_duties_cannot_be_written_is_none(manager, hospital, now, monkeypatch):
    def falls(_event):
        raise RuntimeError

    monkeypatch.setitem(events._handlers, IncidentReported, [obligations.impose, falls])
    with pytest.raises(RuntimeError):
        services.report_incident(a_report(hospital.pk, now=now), intake_id=new_id(), by=manager.viewer, now=now)
    assert not Incident.objects.exists()
    assert not Duty.objects.exists()


def test_what_turns_out_to_be_no_incident_owes_nothing_any_more(manager, hospital, now):
    incident = an_incident(hospital.pk, by=manager.viewer, now=now)
    services.move_incident(
        incident.pk, Phase.NOT_INCIDENT, reason="A failed disk, not an attack", by=manager.viewer, now=now
    )
    assert not Duty.objects.open().filter(subject="incident", subject_id=str(incident.pk)).exists()
