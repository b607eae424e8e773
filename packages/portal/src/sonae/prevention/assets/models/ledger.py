"""The ledger (機器台帳). Connections are rows of their own: in every known case the door was one of them."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import rules as bulletins
from sonae.kernel.ids import new_id
from sonae.prevention.assets import rules
from sonae.prevention.assets.vocabulary import (
    ComponentOrigin,
    ConnectionFacts,
    Criticality,
    DeviceFacts,
    Known,
    Patcher,
    WeakPoint,
)


class LedgerQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Rows of the institutions at which this viewer reads the ledger; nobody else's."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)

    def in_use(self) -> Self:
        return self.filter(retired_at=None)


def _retired_by_has_a_moment(name: str) -> models.CheckConstraint:
    # A program of the institution keeps the ledger without a person: then the moment stands alone.
    return models.CheckConstraint(name=name, condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False))


class NetworkZone(models.Model):
    """A part of an institution's network with a purpose of its own, and who reaches it from outside."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200, blank=True)
    internet_reachable = models.CharField(max_length=8, default=Known.UNKNOWN)  # Known
    vendor_reachable = models.CharField(max_length=8, default=Known.UNKNOWN)  # Known
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[LedgerQuerySet["NetworkZone"]] = LedgerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["institution", "name"], name="zone_once_by_name")]

    def __str__(self) -> str:
        return self.name


class Asset(models.Model):
    """A server, PC, network device, medical device or service of an institution."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=16)  # AssetKind
    name = models.CharField(max_length=120)
    maker = models.CharField(max_length=120, blank=True)
    product = models.CharField(max_length=120, blank=True)
    version = models.CharField(max_length=80, blank=True)
    model_number = models.CharField(max_length=120, blank=True)
    os = models.CharField(max_length=120, blank=True)
    firmware = models.CharField(max_length=80, blank=True)
    # What tells this device from others of its kind: at the hospital, at its maker, in the network, in another program.
    asset_number = models.CharField(max_length=80, blank=True)
    serial = models.CharField(max_length=120, blank=True)
    hostname = models.CharField(max_length=120, blank=True)
    mac_address = models.CharField(max_length=17, blank=True)
    ip_address = models.CharField(max_length=45, blank=True)
    udi = models.CharField(max_length=120, blank=True)
    external_key = models.CharField(max_length=120, blank=True)
    zone = models.ForeignKey(NetworkZone, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    internet_facing = models.CharField(max_length=8, default=Known.UNKNOWN)  # Known
    # By ClinicalService, the Criticality; and the gravest of them, by which lists sort.
    services = models.JSONField(default=dict, blank=True)
    criticality = models.CharField(max_length=12, default=Criticality.UNKNOWN)  # Criticality
    acquired_on = models.DateField(null=True, blank=True)
    support_ends_on = models.DateField(null=True, blank=True)
    place = models.CharField(max_length=120, blank=True)
    responsible = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # When somebody or something last wrote it; who takes an import back sees by it what was changed since.
    changed_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[LedgerQuerySet["Asset"]] = LedgerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["kind", "name", "id"]
        indexes: ClassVar = [models.Index(fields=["institution", "kind", "name"], name="asset_by_institution")]
        constraints: ClassVar = [_retired_by_has_a_moment("asset_retired_by_has_a_moment")]

    def __str__(self) -> str:
        return self.name

    def device_facts(self) -> DeviceFacts:
        return DeviceFacts(self.version, self.place, self.responsible)

    def product_key(self) -> str:
        """Maker and product as an audience by product names them; empty while either is missing."""
        named = self.maker.strip() and self.product.strip()
        return bulletins.product_key(f"{self.maker} {self.product}") if named else ""


class OfAnAssetQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What belongs to assets whose ledger this viewer reads."""
        return self.filter(asset__institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)


class Component(models.Model):
    """A part of an asset's software or hardware, as its maker's list of components (SBOM) names it."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, db_index=False, related_name="components")
    name = models.CharField(max_length=300)
    version = models.CharField(max_length=200, blank=True)
    supplier = models.CharField(max_length=200, blank=True)
    cpe = models.CharField(max_length=300, blank=True)
    purl = models.CharField(max_length=500, blank=True)
    hash_algorithm = models.CharField(max_length=20, blank=True)
    hash_value = models.CharField(max_length=128, blank=True)
    origin = models.CharField(max_length=8, default=ComponentOrigin.BOM)  # ComponentOrigin
    came_by = models.ForeignKey("assets.LedgerImport", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[OfAnAssetQuerySet["Component"]] = OfAnAssetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "version", "id"]
        indexes: ClassVar = [models.Index(fields=["asset", "name"], name="component_by_asset")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


class AssetChange(models.Model):
    """What a person or a program changed of an asset by hand: field by field, before and after. What an import changed
    stands in its plan."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, db_index=False, related_name="+")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    # By field: [before, after], as texts.
    values = models.JSONField()

    objects: ClassVar[OfAnAssetQuerySet["AssetChange"]] = OfAnAssetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-changed_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["asset", "changed_at"], name="asset_change_by_asset")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.changed_at}"


class Connection(models.Model):
    """A way in from outside: VPN, line or vendor's link, with what protects it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=20)  # ConnectionKind
    name = models.CharField(max_length=120)
    vendor = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    device = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    firmware = models.CharField(max_length=80, blank=True)
    source_restricted = models.CharField(max_length=8, default=Known.UNKNOWN)  # Known
    multi_factor = models.CharField(max_length=8, default=Known.UNKNOWN)  # Known
    patched_by = models.CharField(max_length=12, default=Patcher.UNKNOWN)  # Patcher
    contract_clause = models.CharField(max_length=200, blank=True)
    last_checked_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[LedgerQuerySet["Connection"]] = LedgerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "id"]
        indexes: ClassVar = [models.Index(fields=["institution", "name"], name="connection_by_institution")]
        constraints: ClassVar = [_retired_by_has_a_moment("connection_retired_by_has_a_moment")]

    def __str__(self) -> str:
        return self.name

    def connection_facts(self) -> ConnectionFacts:
        return ConnectionFacts(
            multi_factor=Known(self.multi_factor),
            source_restricted=Known(self.source_restricted),
            patched_by=Patcher(self.patched_by),
            firmware=self.firmware,
            contract_clause=self.contract_clause,
            last_checked_on=self.last_checked_on,
            vendor=self.vendor,
        )

    def weak_points(self, *, today: date) -> tuple[WeakPoint, ...]:
        return rules.weak_points(self.connection_facts(), today=today)
