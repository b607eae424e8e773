"""What people add to an incident, and how it moves on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.duties import services as duties
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.events import publish
from sonae.response.incidents import first_steps, queries, rules
from sonae.response.incidents.models import Incident, Moment, Statement, StepTaken, TimelineEntry
from sonae.response.incidents.services import writing
from sonae.response.incidents.vocabulary import (
    EntryKind,
    Field,
    IncidentMoved,
    IncidentRefusal,
    Phase,
    Precision,
    StepAnswer,
    TimeKind,
    TimeSource,
)


@transaction.atomic
def state(incident_id: UUID, field: Field, value: Any, *, by: Viewer, now: datetime) -> Statement:
    """Says something under a heading, as of now; what was said before stays readable."""
    incident = writing.still_open(incident_id, by=by)
    require(rules.may_state(field, value))
    statement = Statement.objects.create(
        incident=incident, field=field, value=value, stated_at=now, stated_by_id=writing.person(by)
    )
    if field in (Field.CARE, Field.LEAK):
        setattr(incident, field.value, value)
        incident.save(update_fields=[field.value])
    writing.write_entry(
        incident, EntryKind.STATED, by=writing.person(by), now=now, facts={"field": field, "value": value}
    )
    writing.record("incident.state", incident, by=writing.person(by), now=now, facts={"field": field})
    return statement


@transaction.atomic
def correct_time(
    incident_id: UUID,
    kind: TimeKind,
    *,
    at: datetime | None,
    precision: Precision,
    source: TimeSource,
    by: Viewer,
    now: datetime,
) -> Moment:
    """Another word on when something happened. Duties keep the due moment of the earlier word: both stay in the log."""
    incident = writing.still_open(incident_id, by=by)
    require(rules.may_have_been(at, now=now))
    moment = Moment.objects.create(
        incident=incident, kind=kind, at=at, precision=Precision.UNKNOWN if at is None else precision, source=source,
        stated_at=now, stated_by_id=writing.person(by),
    )  # fmt: skip
    facts = {"kind": kind, "at": at.isoformat() if at else None, "precision": moment.precision}
    writing.write_entry(incident, EntryKind.TIME, by=writing.person(by), now=now, facts=facts)
    writing.record("incident.correct_time", incident, by=writing.person(by), now=now, facts={"kind": kind})
    return moment


@transaction.atomic
def answer_step(incident_id: UUID, step: str, answer: StepAnswer, *, by: Viewer, now: datetime) -> StepTaken:
    """Records that one of the first steps was done, or why not."""
    incident = writing.still_open(incident_id, by=by)
    if step not in {known.id for known in first_steps.shipped().steps}:
        require(Refused(IncidentRefusal.UNKNOWN_STEP, {"step": step}))
    taken = StepTaken.objects.create(
        incident=incident, step=step, answer=answer, answered_at=now, answered_by_id=writing.person(by)
    )
    writing.write_entry(
        incident, EntryKind.STEP, by=writing.person(by), now=now, facts={"step": step, "answer": answer}
    )
    writing.record(
        "incident.answer_step", incident, by=writing.person(by), now=now, facts={"step": step, "answer": answer}
    )
    return taken


@transaction.atomic
def note(incident_id: UUID, text: str, *, by: Viewer, now: datetime) -> TimelineEntry:
    """A line in the timeline, in free words."""
    incident = writing.still_open(incident_id, by=by)
    if not text.strip():
        require(Refused(IncidentRefusal.SEEN_MISSING))
    entry = writing.write_entry(incident, EntryKind.NOTE, by=writing.person(by), now=now, text=text.strip())
    writing.record("incident.note", incident, by=writing.person(by), now=now)
    return entry


@transaction.atomic
def move_incident(
    incident_id: UUID, to: Phase, *, reason: str = "", kept_number: str = "", by: Viewer, now: datetime
) -> Incident:
    """Leads an incident into another phase; refused while something the phase asks for is missing."""
    permission = Permission.INCIDENT_CLOSE if to is Phase.CLOSED else Permission.INCIDENT_CHANGE
    incident = writing.locked(incident_id, permission, by=by)
    kept = _kept(incident, kept_number, by=by) if to is Phase.DUPLICATE else None
    require(rules.may_move(queries.facts_of(incident), to, reason=reason, has_kept_case=kept is not None))
    before = Phase(incident.phase)
    incident.phase, incident.phase_since, incident.kept = to, now, kept
    incident.closed_at, incident.closed_by_id = (now, writing.person(by)) if to is Phase.CLOSED else (None, None)
    incident.save(update_fields=["phase", "phase_since", "kept", "closed_at", "closed_by"])
    if to in rules.FREED:
        duties.supersede(queries.CALL_BACK, subject="incident", subject_id=incident.pk, now=now, by=by.account_id)
    facts = {"before": before, "after": to}
    writing.write_entry(incident, EntryKind.PHASE, by=writing.person(by), now=now, facts=facts, text=reason.strip())
    writing.record("incident.move", incident, by=writing.person(by), now=now, facts=facts)
    publish(
        IncidentMoved(incident.pk, incident.institution_id, before, to, incident.is_drill, by=by.account_id, now=now)
    )
    return incident


@transaction.atomic
def close_incident(incident_id: UUID, *, by: Viewer, now: datetime) -> Incident:
    """Ends an incident on which nothing hangs any more."""
    return move_incident(incident_id, Phase.CLOSED, by=by, now=now)


def _kept(incident: Incident, number: str, *, by: Viewer) -> Incident | None:
    if not number.strip():
        return None
    same_place = Incident.objects.visible_to(by).filter(institution_id=incident.institution_id).exclude(pk=incident.pk)
    kept = same_place.filter(number=number.strip().upper()).first()
    if kept is None:
        raise Gone("incident", number)
    return kept
