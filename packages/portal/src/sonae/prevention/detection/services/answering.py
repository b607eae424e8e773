"""What a person found when they followed up a sighting."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.duties.vocabulary import DutyReopened
from sonae.core.institutions.models import Institution
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.kernel.events import publish
from sonae.prevention.detection import rules
from sonae.prevention.detection.models import Alert
from sonae.prevention.detection.services.sightings import DUTY
from sonae.prevention.detection.vocabulary import Finding, SightingAnswered

CONTROL = "detection.sighting-handled"


@transaction.atomic
def answer_alert(alert_id: UUID, *, finding: Finding, note: str, by: Viewer, now: datetime) -> Alert:
    """Records what the sightings were. That ends the duty and is evidence that sightings are followed up."""
    alert = Alert.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=alert_id).first()
    if alert is None:
        raise Gone("sighting", alert_id)
    require(access.may(by, Permission.DUTY_FULFIL, at=places.place_of_institution(alert.institution_id)))
    require(rules.may_answer(alert.answered_at, note=note))
    alert.finding, alert.note = finding, note.strip()
    alert.answered_at, alert.answered_by_id = now, by.account_id
    alert.save(update_fields=["finding", "note", "answered_at", "answered_by"])
    evidence = assurance.record_evidence(
        Said(
            control=CONTROL,
            institution_id=alert.institution_id,
            source=Source(SourceKind.DUTY, str(alert.pk), speaker=DUTY),
            strength=Strength.DECLARED,
            since=now,
            facts={"finding": finding},
            # An alert that opened again is answered again.
            key=f"sighting:{alert.pk}:{now.isoformat()}",
        ),
        by=by.account_id,
        now=now,
    )
    # No evidence ends this duty by its event: only the answer does, so that no alert stays open without its duty.
    duties.settle(
        DUTY, subject="sighting", subject_id=alert.pk, institution_id=alert.institution_id, by=by.account_id, now=now,
        evidence_id=evidence.pk,
    )  # fmt: skip
    audit.record(
        "sighting.answer", subject="sighting", subject_id=alert.pk, by=by.account_id, now=now,
        institution_id=alert.institution_id, facts={"finding": finding},
    )  # fmt: skip
    publish(SightingAnswered(alert.pk, alert.institution_id, alert.indicator_id, finding))
    return alert


@transaction.atomic
def reopen_alert(event: DutyReopened) -> bool:
    """Asks for an answer again whose evidence was withdrawn; returns whether it did. Subscribed to DutyReopened.

    Where the indicator was seen again since, its newer alert is open already and asks for both.
    """
    if event.rule != DUTY:
        return False
    assert event.institution_id is not None, "institutions owe an answer, nobody else"
    # Locked like whoever opens an alert, and in the same order: there is one open alert for an indicator.
    Institution.objects.select_for_update(no_key=True).get(pk=event.institution_id)
    alert = Alert.objects.select_for_update(of=("self",)).exclude(answered_at=None).get(pk=UUID(event.subject_id))
    newer = Alert.objects.open().filter(institution_id=alert.institution_id, indicator_id=alert.indicator_id)
    if newer.exists():
        duties.supersede(DUTY, subject="sighting", subject_id=alert.pk, now=event.now, by=event.by)
        return False
    alert.finding, alert.note, alert.answered_at, alert.answered_by = "", "", None, None
    alert.save(update_fields=["finding", "note", "answered_at", "answered_by"])
    audit.record(
        "sighting.reopen", subject="sighting", subject_id=alert.pk, by=event.by, now=event.now,
        institution_id=alert.institution_id,
    )  # fmt: skip
    return True
