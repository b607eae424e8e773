"""Taking what collectors report. A batch is taken as a whole or not at all, and taking it again changes nothing.

What is known of a batch is fetched at its beginning, changed in memory and written at its end: meanwhile the
institution is locked, and on SQLite nobody else writes.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from sonae.core.access import queries as access_queries
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.core.duties.vocabulary import Matter
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
_WIDTHS = ["first_seen_at", "last_seen_at", "count"]


@transaction.atomic
def record_sightings(batch: messages.SightingBatch, *, by: Viewer, now: datetime) -> messages.BatchReceipt:
    """Stores each sighting once, opens an alert where there is none, and tells the institution's managers of those.

    Nothing about it is written anywhere else: the sector only ever counts.
    """
    collector = collector_of(by, now=now)
    # Two collectors of one institution may see the same indicator at once: they open one alert.
    Institution.objects.select_for_update(no_key=True).get(pk=collector.institution_id)
    indicators = Indicator.objects.visible_to(by).in_bulk({each.indicator_id for each in batch.sightings})
    book = _Book(batch, collector, now=now)
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
        elif book.take(sighting):
            accepted.append(sighting.id)
        else:
            known.append(sighting.id)
    book.write()
    if book.opened:
        _impose(book.opened, indicators, institution_id=collector.institution_id, now=now)
        _tell(book.opened, institution_id=collector.institution_id, now=now)
    if accepted:
        audit.record(
            "sighting.record", subject="collector", subject_id=collector.pk, by=None, now=now,
            institution_id=collector.institution_id, facts={"batch": str(batch.batch_id), "sightings": len(accepted)},
        )  # fmt: skip
    return messages.BatchReceipt(
        batch_id=batch.batch_id, accepted=tuple(accepted), already_known=tuple(known), refused=tuple(refused)
    )


class _Book:
    """The sightings of a batch and their alerts, as stored and as they will be."""

    def __init__(self, batch: messages.SightingBatch, collector: Collector, *, now: datetime) -> None:
        self._collector, self._now = collector, now
        place = collector.institution_id
        stored = Sighting.objects.filter(institution_id=place, reported_id__in=[each.id for each in batch.sightings])
        self._known = {row.reported_id: row for row in stored}
        # Locked in the order of their keys: nobody answers an alert while it is widened.
        alerts = Alert.objects.select_for_update(of=("self",)).filter(
            Q(pk__in={row.alert_id for row in self._known.values()})
            | Q(answered_at=None, indicator_id__in={each.indicator_id for each in batch.sightings}),
            institution_id=place,
        )
        self._alerts = {alert.pk: alert for alert in alerts.order_by("pk")}
        self._open = {alert.indicator_id: alert for alert in self._alerts.values() if alert.answered_at is None}
        self._new: list[Sighting] = []
        self._changed: list[Sighting] = []
        self._widened: dict[UUID, Alert] = {}
        self.opened: list[Alert] = []

    def take(self, said: messages.Sighting) -> bool:
        """Whether the message says anything that was not known yet. A batch holds each sighting once."""
        row = self._known.get(said.id)
        if row is None:
            row = Sighting(
                reported_id=said.id, institution_id=self._collector.institution_id, indicator_id=said.indicator_id,
                alert=self._alert_of(said), collector=self._collector, received_at=self._now,
            )  # fmt: skip
            _put(said, row)
            self._new.append(row)
            return True
        before = _as_message(row)
        if before.indicator_id != said.indicator_id:
            # The id was computed from another indicator: whoever sends this is broken. What is stored stands.
            return False
        after = messages.merged(before, said)
        if after == before:
            return False
        _put(after, row)
        self._changed.append(row)
        self._widen(self._alerts[row.alert_id], after, more=after.count - before.count)
        return True

    def write(self) -> None:
        """Stores what has changed; rows that were there already keep everything else."""
        Alert.objects.bulk_create(self.opened)
        _overwrite(Alert, list(self._widened.values()), _WIDTHS)
        Sighting.objects.bulk_create(self._new)
        _overwrite(Sighting, self._changed, _FIGURES)

    def _alert_of(self, said: messages.Sighting) -> Alert:
        alert = self._open.get(said.indicator_id)
        if alert is not None:
            self._widen(alert, said, more=said.count)
            return alert
        alert = Alert(
            institution_id=self._collector.institution_id, indicator_id=said.indicator_id, opened_at=self._now,
            first_seen_at=said.first_seen_at, last_seen_at=said.last_seen_at, count=said.count,
        )  # fmt: skip
        self.opened.append(alert)
        self._open[said.indicator_id] = alert
        return alert

    def _widen(self, alert: Alert, seen: messages.Sighting, *, more: int) -> None:
        alert.first_seen_at = min(alert.first_seen_at, seen.first_seen_at)
        alert.last_seen_at = max(alert.last_seen_at, seen.last_seen_at)
        # What one program makes up must not keep another's sightings from being counted: the column ends somewhere.
        alert.count = min(alert.count + more, MOST_COUNTED)
        if alert.pk in self._alerts:
            self._widened[alert.pk] = alert


def _overwrite[Row: (Alert, Sighting)](kind: type[Row], rows: Sequence[Row], fields: list[str]) -> None:
    # All are stored already: each meets itself. Their number costs nothing, unlike with bulk_update.
    if rows:
        kind._default_manager.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=fields)


def _impose(opened: list[Alert], indicators: dict[UUID, Indicator], *, institution_id: int, now: datetime) -> None:
    duties.impose_each(
        DUTY, institution_id=institution_id, subject="sighting", now=now,
        matters=[
            Matter(str(alert.pk), alert.opened_at, {"indicator": indicators[alert.indicator_id].value})
            for alert in opened
        ],
    )  # fmt: skip


def _tell(opened: list[Alert], *, institution_id: int, now: datetime) -> None:
    """One mail to each manager and one call to each endpoint, however many alerts were opened at once."""
    first = opened[0]
    several = len(opened) > 1
    path = reverse("detection:sightings") if several else reverse("detection:sighting", args=[first.pk])
    # An alert is opened once: what carries the name of the first goes out once, whatever the collector calls its batch.
    key = f"sighting:{first.pk}"
    managers = access_queries.holders([Role.INSTITUTION_MANAGER], now=now, institution_id=institution_id)
    notifications.queue_mails(
        "detection/sighting",
        to=[
            notifications.Recipient(manager.pk, {"path": path, "several": several}, f"{key}:{manager.pk}")
            for manager in managers
        ],
        now=now,
    )
    notifications.queue_webhooks(
        HookEvent.SIGHTING_RECORDED, institution_id=institution_id,
        body={"sightings": [str(alert.pk) for alert in opened]}, key=key, now=now,
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
