"""The parts of an institution's network."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.institutions.models import Institution
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.kernel.events import publish
from sonae.prevention.assets import rules
from sonae.prevention.assets.models import Asset, NetworkZone
from sonae.prevention.assets.vocabulary import LedgerChanged


class ZoneContent(TypedDict):
    """What is recorded of a zone."""

    name: str
    purpose: str
    internet_reachable: str
    vendor_reachable: str


@transaction.atomic
def record_zone(institution_id: int, content: ZoneContent, *, by: Viewer, now: datetime) -> NetworkZone:
    """A new zone of an institution's network."""
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(institution_id)))
    # One at a time gives a name, so that none is given twice.
    Institution.objects.select_for_update(no_key=True).get(pk=institution_id)
    require(rules.may_name_zone(is_taken=_named(institution_id, content["name"]).exists()))
    zone = NetworkZone.objects.create(
        institution_id=institution_id, recorded_at=now, recorded_by_id=by.account_id, **content
    )
    _record("zone.record", zone, by=by, now=now)
    return zone


@transaction.atomic
def change_zone(zone_id: UUID, content: ZoneContent, *, by: Viewer, now: datetime) -> NetworkZone:
    """Corrects what is known of a zone."""
    zone = _locked(zone_id, by=by)
    is_taken = _named(zone.institution_id, content["name"]).exclude(pk=zone.pk).exists()
    require(rules.may_name_zone(is_taken=is_taken))
    for name, value in content.items():
        setattr(zone, name, value)
    zone.save(update_fields=list(content))
    _record("zone.change", zone, by=by, now=now)
    publish(LedgerChanged(zone.institution_id))
    return zone


@transaction.atomic
def remove_zone(zone_id: UUID, *, by: Viewer, now: datetime) -> None:
    """Removes a zone in which no device ever stood."""
    zone = _locked(zone_id, by=by)
    require(rules.may_remove_zone(Asset.objects.filter(zone=zone).count()))
    _record("zone.remove", zone, by=by, now=now)
    zone.delete()


def _named(institution_id: int, name: str) -> QuerySet[NetworkZone]:
    return NetworkZone.objects.filter(institution_id=institution_id, name=name)


def _locked(zone_id: UUID, *, by: Viewer) -> NetworkZone:
    zone = NetworkZone.objects.visible_to(by).filter(pk=zone_id).first()
    if zone is None:
        raise Gone("networkzone", zone_id)
    require(access.may(by, Permission.ASSET_CHANGE, at=places.place_of_institution(zone.institution_id)))
    Institution.objects.select_for_update(no_key=True).get(pk=zone.institution_id)
    return NetworkZone.objects.select_for_update(of=("self",)).get(pk=zone_id)


def _record(verb: str, zone: NetworkZone, *, by: Viewer, now: datetime) -> None:
    audit.record(
        verb, subject="networkzone", subject_id=zone.pk, by=by.account_id, now=now, institution_id=zone.institution_id
    )
