"""Whom to call at an institution, and which vendors work for it: for those concerned."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models.register import Institution


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Contacts, for the nation, the body that inspects the institution, and the institution itself."""
        if viewer.nation:
            return self
        return self.filter(
            Q(institution__jurisdiction_id__in=viewer.jurisdiction_ids) | Q(institution_id__in=viewer.institution_ids)
        )

    def current(self) -> Self:
        return self.filter(ended_at=None)


class Contact(models.Model):
    """A person or desk at an institution, and for what to call them."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=24)  # ContactRole
    name = models.CharField(max_length=120)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[ContactQuerySet] = ContactQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["role", "added_at"]
        constraints: ClassVar = [
            at_and_by("contact_ended_at_and_by", "ended"),
            models.CheckConstraint(name="contact_can_be_reached", condition=~Q(email="", phone="")),
        ]

    def __str__(self) -> str:
        return self.name


class VendorQuerySet(models.QuerySet["Vendor"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Vendors, for the nation, for themselves, and for whoever sees an institution they work for."""
        if viewer.nation:
            return self
        links = VendorLink.objects.visible_to(viewer).values("vendor_id")
        return self.filter(Q(pk__in=viewer.vendor_ids) | Q(pk__in=links))


class Vendor(models.Model):
    """A company that supplies or maintains systems of institutions."""

    name = models.CharField(max_length=200)
    corporate_number = models.CharField(max_length=13, blank=True)  # 法人番号
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    is_synthetic = models.BooleanField(default=False)

    objects: ClassVar[VendorQuerySet] = VendorQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["corporate_number"], condition=~Q(corporate_number=""), name="vendor_corporate_number"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VendorLinkQuerySet(models.QuerySet["VendorLink"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Who works for whom, for the nation, the inspecting body, the institution and the vendor."""
        if viewer.nation:
            return self
        return self.filter(
            Q(institution__jurisdiction_id__in=viewer.jurisdiction_ids)
            | Q(institution_id__in=viewer.institution_ids)
            | Q(vendor_id__in=viewer.vendor_ids)
        )

    def current(self) -> Self:
        return self.filter(ended_at=None)


class VendorLink(models.Model):
    """A vendor that works for an institution, and for which system."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="+")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=200)
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[VendorLinkQuerySet] = VendorLinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["service", "id"]
        constraints: ClassVar = [
            at_and_by("vendor_link_ended_at_and_by", "ended"),
            models.UniqueConstraint(
                fields=["institution", "vendor", "service"],
                condition=Q(ended_at=None),
                name="vendor_link_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.service
