"""Taking what collectors report. A batch is taken as a whole or not at all, and taking it again changes nothing."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.access import queries as access_queries
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.core.notifications import services as notifications
from sonae.kernel.decision import Refused
from sonae.prevention.detection import rules
from sonae.prevention.detection.models import Alert, Collector, Sighting
from sonae.prevention.detection.services.collectors import collector_of
from sonae.prevention.detection.vocabulary import HookEvent
from sonae.prevention.sharing.models import Indicator
from sonae_wire import messages
from sonae_wire.vocabulary import Direction, SensorKind, SightingProblem, Where

DUTY = "sighting.respond"
MOST_COUNTED = 2**53 - 1
_FIGURES = ["first_seen_at", "last_seen_at", "count", "direction", "where", "sensor_kind", "sensor"]


@transaction.atomic
def record_sightings(batch: messages.SightingBatch, *, by: Viewer, now: datetime) -> messages.BatchReceipt:
    """Stores each sighting once, opens an alert where there is none, and tells the institution's managers.

    Nothing about it is written anywhere else: the sector only ever counts.
    """
    collector = collector_of(by, now=now)
    # Two collectors of one institution may see the same indicator at once: they open one alert.
    Institution.objects.select_for_update(no_key=True).get(pk=collector.institution_id)
    indicators = Indicator.objects.visible_to(by).in_bulk({each.indicator_id for each in batch.sightings})
    accepted: list[UUID] = []
    known: list[UUID] = []
    refused: list[messages.RefusedSighting] = []
    for sighting in batch.sightings:
        indicator = indicators.get(sighting.indicator_id)
        decision = rules.may_record(
            is_known=indicator is not None, is_revoked=indicator is not None and indicator.revoked_at is not None,
            first_seen_at=sighting.first_seen_at, last_seen_at=sighting.last_seen_at, now=now,
        )  # fmt: skip
        if isinstance(decision, Refused):
            refused.append(messages.RefusedSighting(id=sighting.id, reason=SightingProblem(decision.reason.value)))
        elif _store(sighting, collector, now=now):
            accepted.append(sighting.id)
        else:
            known.append(sighting.id)
    if accepted:
        audit.record(
            "sighting.record", subject="collector", subject_id=collector.pk, by=None, now=now,
            institution_id=collector.institution_id, facts={"batch": str(batch.batch_id), "sightings": len(accepted)},
        )  # fmt: skip
    return messages.BatchReceipt(
        batch_id=batch.batch_id, accepted=tuple(accepted), already_known=tuple(known), refused=tuple(refused)
    )


def _store(said: messages.Sighting, collector: Collector, *, now: datetime) -> bool:
    """Whether the message said anything that was not known yet."""
    row = (
        Sighting.objects.select_related("alert")
        .filter(institution_id=collector.institution_id, reported_id=said.id)
        .first()
    )
    if row is None:
        alert = _open_alert(said, collector, now=now)
        row = Sighting(
            reported_id=said.id, institution_id=collector.institution_id, indicator_id=said.indicator_id, alert=alert,
            collector=collector, received_at=now,
        )  # fmt: skip
        _put(said, row)
        row.save(force_insert=True)
        _tell_managers(alert, now=now)
        return True
    before = _as_message(row)
    if before.indicator_id != said.indicator_id:
        # The id was computed from another indicator: whoever sends this is broken. What is stored stands.
        return False
    after = messages.merged(before, said)
    if after == before:
        return False
    _put(after, row)
    row.save(update_fields=_FIGURES)
    _widen(row.alert, first=after.first_seen_at, last=after.last_seen_at, more=after.count - before.count)
    return True


def _open_alert(said: messages.Sighting, collector: Collector, *, now: datetime) -> Alert:
    alert = Alert.objects.open().filter(institution_id=collector.institution_id, indicator_id=said.indicator_id).first()
    if alert is not None:
        _widen(alert, first=said.first_seen_at, last=said.last_seen_at, more=said.count)
        return alert
    return Alert.objects.create(
        institution_id=collector.institution_id, indicator_id=said.indicator_id, opened_at=now,
        first_seen_at=said.first_seen_at, last_seen_at=said.last_seen_at, count=said.count,
    )  # fmt: skip


def _widen(alert: Alert, *, first: datetime, last: datetime, more: int) -> None:
    alert.first_seen_at, alert.last_seen_at = min(alert.first_seen_at, first), max(alert.last_seen_at, last)
    # What one program makes up must not keep another's sightings from being counted: the column ends somewhere.
    alert.count = min(alert.count + more, MOST_COUNTED)
    alert.save(update_fields=["first_seen_at", "last_seen_at", "count"])


def _tell_managers(alert: Alert, *, now: datetime) -> None:
    """The duty and the mails; for an alert that was open already, both are there and nothing happens."""
    duties.impose(
        DUTY, institution_id=alert.institution_id, subject="sighting", subject_id=alert.pk, known_at=alert.opened_at,
        now=now, facts={"indicator": alert.indicator.value},
    )  # fmt: skip
    path = reverse("detection:sighting", args=[alert.pk])
    managers = access_queries.holders([Role.INSTITUTION_MANAGER], now=now, institution_id=alert.institution_id)
    for manager in managers:
        notifications.queue_mail(
            "detection/sighting",
            to=manager.pk,
            context={"path": path},
            key=f"sighting:{alert.pk}:{manager.pk}",
            now=now,
        )
    notifications.queue_webhooks(
        HookEvent.SIGHTING_RECORDED, institution_id=alert.institution_id, body={"sighting": str(alert.pk)},
        key=f"sighting:{alert.pk}", now=now,
    )  # fmt: skip


def _put(said: messages.Sighting, row: Sighting) -> None:
    row.first_seen_at, row.last_seen_at, row.count = said.first_seen_at, said.last_seen_at, said.count
    row.direction, row.where = said.direction.value, [place.value for place in said.where]
    row.sensor_kind, row.sensor = said.sensor_kind.value, said.sensor


def _as_message(row: Sighting) -> messages.Sighting:
    return messages.Sighting(
        id=row.reported_id,
        indicator_id=row.indicator_id,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        count=row.count,
        direction=Direction(row.direction),
        where=tuple(Where(place) for place in row.where),
        sensor_kind=SensorKind(row.sensor_kind),
        sensor=row.sensor,
    )
