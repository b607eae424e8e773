from typing import ClassVar, Self

from django.db import models

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id


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
