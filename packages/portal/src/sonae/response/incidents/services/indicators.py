"""What was used in the attack. A person confirms each before it is stored."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import digest
from sonae.prevention.sharing import services as sharing
from sonae.response.incidents.models import IncidentIndicator
from sonae.response.incidents.services import writing
from sonae.response.incidents.vocabulary import Attached, EntryKind, IncidentRefusal


@transaction.atomic
def attach_indicators(
    incident_id: UUID, attached: Iterable[Attached], *, by: Viewer, now: datetime
) -> list[IncidentIndicator]:
    """Stores what a person has confirmed, in its one spelling; what is there already is not doubled. All or none."""
    incident = writing.still_open(incident_id, by=by)
    wanted = {(each.kind, sharing.normalise(each.kind, each.value)): each for each in attached}
    if not wanted:
        require(Refused(IncidentRefusal.NOTHING_CHOSEN))
    known = set(
        IncidentIndicator.objects.filter(incident=incident, removed_at=None).values_list("kind", "value_digest")
    )
    added = [
        IncidentIndicator(
            incident=incident, kind=kind, value=value, value_digest=digest(value), origin=each.origin,
            context=each.context.strip()[:300], confirmed_at=now, confirmed_by_id=writing.person(by),
        )
        for (kind, value), each in wanted.items()
        if (kind.value, digest(value)) not in known
    ]  # fmt: skip
    IncidentIndicator.objects.bulk_create(added)
    if added:
        facts = {"count": len(added)}
        writing.write_entry(incident, EntryKind.INDICATORS, by=writing.person(by), now=now, facts=facts)
        writing.record("incident.attach_indicators", incident, by=writing.person(by), now=now, facts=facts)
    return added


@transaction.atomic
def remove_indicator(indicator_id: UUID, *, by: Viewer, now: datetime) -> IncidentIndicator:
    """Takes an indicator off the incident; that it was there stays on record."""
    found = IncidentIndicator.objects.visible_to(by).filter(pk=indicator_id, removed_at=None).first()
    if found is None:
        raise Gone("indicator", indicator_id)
    incident = writing.still_open(found.incident_id, by=by)
    found.removed_at, found.removed_by_id = now, writing.person(by)
    found.save(update_fields=["removed_at", "removed_by"])
    writing.record("incident.remove_indicator", incident, by=writing.person(by), now=now)
    return found
