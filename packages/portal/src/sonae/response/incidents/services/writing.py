"""What every verb of incidents does: find and lock the row, write the timeline and the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.response.incidents import rules
from sonae.response.incidents.models import Incident, TimelineEntry
from sonae.response.incidents.vocabulary import EntryKind, Phase


def locked(incident_id: UUID, permission: Permission, *, by: Viewer) -> Incident:
    """The incident, locked, for someone who may do this at its institution; Gone where they may not know of it."""
    incident = Incident.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=incident_id).first()
    if incident is None:
        raise Gone("incident", incident_id)
    require(access.may(by, permission, at=places.place_of_institution(incident.institution_id)))
    return incident


def still_open(incident_id: UUID, *, by: Viewer) -> Incident:
    """The incident, locked, to which someone may add; refused when it has ended."""
    incident = locked(incident_id, Permission.INCIDENT_CHANGE, by=by)
    require(rules.may_add(Phase(incident.phase)))
    return incident


def write_entry(
    incident: Incident,
    kind: EntryKind,
    *,
    by: UUID,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    text: str = "",
) -> TimelineEntry:
    """A line of the timeline."""
    return TimelineEntry.objects.create(
        incident=incident, kind=kind, facts=dict(facts or {}), text=text, written_at=now, written_by_id=by
    )


def record(
    verb: str, incident: Incident, *, by: UUID, now: datetime, facts: Mapping[str, object] | None = None
) -> None:
    """The line in the log; it holds codes and ids, never what was written about the attack."""
    audit.record(
        verb,
        subject="incident",
        subject_id=incident.pk,
        by=by,
        now=now,
        institution_id=incident.institution_id,
        facts=facts,
    )


def person(by: Viewer) -> UUID:
    """The person who acts: incidents are handled by people, or by a program in a person's name."""
    assert by.account_id is not None, "a program of an institution has no permission for incidents"
    return by.account_id
