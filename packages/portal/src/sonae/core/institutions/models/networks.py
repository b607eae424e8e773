"""Public addresses of an institution: for itself alone."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models.register import Institution


class OwnNetworkQuerySet(models.QuerySet["OwnNetwork"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Networks, for the institution alone: whoever knows them can tell whose an address is."""
        return self.filter(institution_id__in=viewer.institution_ids)

    def current(self) -> Self:
        return self.filter(ended_at=None)


class OwnNetwork(models.Model):
    """Public addresses of an institution: what a sensor there saw them do is nobody's attack, and they name it."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    network = models.CharField(max_length=43)  # canonical CIDR, IPv4 or IPv6
    note = models.CharField(max_length=200, blank=True)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[OwnNetworkQuerySet] = OwnNetworkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["network", "id"]
        constraints: ClassVar = [
            at_and_by("own_network_ended_at_and_by", "ended"),
            models.UniqueConstraint(
                fields=["institution", "network"], condition=Q(ended_at=None), name="own_network_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.network
