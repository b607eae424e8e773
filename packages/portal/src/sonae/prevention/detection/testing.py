"""Collectors and sightings for the tests of every slice, made through the real verbs."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sonae.core.access import queries as access
from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.detection import services
from sonae.prevention.detection.models import Alert, Collector
from sonae_wire import identity, messages
from sonae_wire.vocabulary import Direction, SensorKind, Where


def a_collector(institution_id: int, *, by: Viewer, now: datetime, name: str = "サーバー室") -> tuple[Collector, str]:
    """A collector with the secret of its token; `by` manages the institution."""
    return services.enrol_collector(name, institution_id=institution_id, by=by, now=now)


def program_of(secret: str, *, now: datetime) -> Viewer:
    """Who speaks when this token is shown."""
    return access.viewer_of_token(secret, now=now)


def a_sighting(indicator_id: UUID, *, now: datetime, salt: str = "salt", **said: Any) -> messages.Sighting:
    """A sighting of one event an hour ago, unless told otherwise."""
    seen_at = said.pop("first_seen_at", now - timedelta(hours=1))
    facts: dict[str, Any] = {
        "id": identity.sighting_id(indicator_id, day=identity.day_of(seen_at), salt=salt),
        "indicator_id": indicator_id,
        "first_seen_at": seen_at,
        "last_seen_at": seen_at,
        "count": 1,
        "direction": Direction.OUTBOUND,
        "where": (Where.DESTINATION_ADDRESS,),
        "sensor_kind": SensorKind.SURICATA,
        "sensor": "eth0",
    }
    return messages.Sighting(**(facts | said))


def a_batch(*sightings: messages.Sighting, now: datetime) -> messages.SightingBatch:
    """The sightings as a collector sends them."""
    contents = "".join(sighting.model_dump_json() for sighting in sightings).encode()
    return messages.SightingBatch(
        batch_id=identity.batch_id(contents), collector_version="0.1.0", sent_at=now, sightings=sightings
    )


def an_alert(indicator_id: UUID, *, program: Viewer, now: datetime) -> Alert:
    """What an institution must answer after its collector reported one sighting."""
    services.record_sightings(a_batch(a_sighting(indicator_id, now=now), now=now), by=program, now=now)
    return Alert.objects.open().get(institution_id__in=program.institution_ids, indicator_id=indicator_id)
