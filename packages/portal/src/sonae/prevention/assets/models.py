"""The ledger (機器台帳). Connections are rows of their own: in every known case the door was one of them."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import rules as bulletins
from sonae.kernel.ids import new_id
from sonae.prevention.assets import rules
from sonae.prevention.assets.vocabulary import ConnectionFacts, DeviceFacts, Known, Patcher, WeakPoint


class LedgerQuerySet[Row: models.Model](models.QuerySet[Row]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Rows of the institutions at which this viewer reads the ledger; nobody else's."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)

    def in_use(self) -> Self:
        return self.filter(retired_at=None)


def _retired_by_has_a_moment(name: str) -> models.CheckConstraint:
    # A program of the institution keeps the ledger without a person: then the moment stands alone.
    return models.CheckConstraint(name=name, condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False))


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
    place = models.CharField(max_length=120, blank=True)
    responsible = models.CharField(max_length=120, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
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


class StocktakeQuerySet(models.QuerySet["Stocktake"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Stocktakes of the institutions at which this viewer reads the ledger."""
        return self.filter(institution_id__in=access.reach(viewer, Permission.ASSET_READ).institution_ids)

    def standing(self) -> Self:
        """What nobody took back."""
        return self.filter(withdrawn_at=None)


class Stocktake(models.Model):
    """Somebody looked through a part of the ledger (棚卸し): when, how many rows it had, and how many lacked
    something."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    part = models.CharField(max_length=12)  # LedgerPart
    rows = models.PositiveIntegerField()
    lacking = models.PositiveIntegerField()
    taken_at = models.DateTimeField()
    taken_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    withdrawn_why = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[StocktakeQuerySet] = StocktakeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-taken_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["institution", "part", "taken_at"], name="stocktake_by_institution")]
        constraints: ClassVar = [at_and_by("stocktake_withdrawn_at_and_by", "withdrawn")]

    def __str__(self) -> str:
        return f"{self.institution_id} {self.part} {self.taken_at}"
