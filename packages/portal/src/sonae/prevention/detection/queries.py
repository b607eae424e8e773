from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Count, Exists, OuterRef, QuerySet

from sonae.core.accounts.vocabulary import Viewer
from sonae.prevention.detection import engine, rules
from sonae.prevention.detection.models import Alert, Collector, Sighting
from sonae.prevention.detection.vocabulary import Extraction, SectorSummary
from sonae.prevention.sharing.models import Indicator

MOST_UPLOADED_BYTES = engine.MOST_UPLOADED_BYTES

OF_LATE = timedelta(days=30)


def extract(path: Path, *, name: str, own_addresses: Sequence[str] = ()) -> Extraction:
    """What the alerts in a file of sensor events speak of; nothing is stored. Raises BadInput for another file."""
    return engine.extract(path, name=name, own_addresses=own_addresses)


def seen_indicators(viewer: Viewer) -> QuerySet[Indicator]:
    """The indicators this viewer may read that somebody has seen, each with `seen_by`: how many institutions.

    The number is for `rules.told_as` only: no page, answer or order may show it as it is.
    """
    seen = Sighting.objects.filter(indicator_id=OuterRef("pk"))
    institutions = (
        seen.order_by().values("indicator_id").annotate(number=Count("institution_id", distinct=True)).values("number")
    )
    return Indicator.objects.visible_to(viewer).filter(Exists(seen)).annotate(seen_by=institutions)


def sector_summary(viewer: Viewer, *, k: int, now: datetime) -> SectorSummary:
    """What the sector's collectors saw in the last thirty days, told in ranges."""
    readable = Indicator.objects.visible_to(viewer)
    late = Sighting.objects.filter(indicator__in=readable, last_seen_at__gte=now - OF_LATE)
    counted = late.aggregate(
        institutions=Count("institution_id", distinct=True), indicators=Count("indicator_id", distinct=True)
    )
    heard = Collector.objects.in_use().filter(last_heard_at__gt=now - rules.SILENT_AFTER)
    return SectorSummary(
        indicators_seen=counted["indicators"],
        institutions=rules.told_as(counted["institutions"], k=k),
        collectors=rules.told_as(heard.values("institution_id").distinct().count(), k=k),
        as_of=now,
    )


def silent_collectors(*, now: datetime) -> QuerySet[Collector]:
    """Collectors in use that have become silent and of whose silence nobody was told yet."""
    unheard = Collector.objects.in_use().filter(silent_since=None)
    return unheard.filter(last_heard_at__lte=now - rules.SILENT_AFTER) | unheard.filter(
        last_heard_at=None, enrolled_at__lte=now - rules.INSTALLED_WITHIN
    )


def sightings_of(alert: Alert) -> QuerySet[Sighting]:
    """The days on which it was seen, the newest first."""
    return Sighting.objects.filter(alert=alert).select_related("collector")
