"""Whom to call at an institution, and which vendors work for it."""

import datetime as dt
from uuid import UUID

from django.db import transaction

from sonae.core.audit import services as audit
from sonae.core.institutions import rules
from sonae.core.institutions.models import Contact, Institution, Vendor, VendorLink
from sonae.core.institutions.vocabulary import ContactRole, RegisterRefusal
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import NotAllowed


@transaction.atomic
def add_contact(
    institution_id: int,
    *,
    role: ContactRole,
    name: str,
    by: UUID,
    now: dt.datetime,
    email: str = "",
    phone: str = "",
    note: str = "",
) -> Contact:
    """A person or desk to call at an institution."""
    institution = Institution.objects.select_for_update().get(pk=institution_id)
    require(rules.may_add_contact(email=email, phone=phone))
    contact = Contact.objects.create(
        institution=institution,
        role=role,
        name=name,
        email=email,
        phone=phone,
        note=note,
        added_at=now,
        added_by_id=by,
    )
    _record("add_contact", "contact", contact.pk, institution_id, by=by, now=now, role=role)
    return contact


@transaction.atomic
def end_contact(contact_id: int, *, by: UUID, now: dt.datetime) -> Contact:
    """Takes a contact out of use; it stays in the history."""
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if contact.ended_at:
        raise NotAllowed(Refused(RegisterRefusal.CONTACT_ENDED_ALREADY, {"ended_at": contact.ended_at}))
    contact.ended_at, contact.ended_by_id = now, by
    contact.save(update_fields=["ended_at", "ended_by"])
    _record("end_contact", "contact", contact.pk, contact.institution_id, by=by, now=now)
    return contact


@transaction.atomic
def register_vendor(
    name: str,
    *,
    by: UUID | None,
    now: dt.datetime,
    corporate_number: str = "",
    email: str = "",
    phone: str = "",
) -> Vendor:
    """A vendor; one with the same corporate number exists only once."""
    if corporate_number and (known := Vendor.objects.filter(corporate_number=corporate_number).first()):
        return known
    vendor = Vendor.objects.create(name=name, corporate_number=corporate_number, email=email, phone=phone)
    _record("register_vendor", "vendor", vendor.pk, None, by=by, now=now)
    return vendor


@transaction.atomic
def link_vendor(institution_id: int, *, vendor_id: int, service: str, by: UUID, now: dt.datetime) -> VendorLink:
    """Says that a vendor works for an institution, and for which system."""
    Institution.objects.select_for_update().get(pk=institution_id)
    current = VendorLink.objects.current().filter(institution=institution_id, vendor=vendor_id, service=service)
    if current.exists():
        raise NotAllowed(Refused(RegisterRefusal.LINK_EXISTS, {"service": service}))
    link = VendorLink.objects.create(
        institution_id=institution_id, vendor_id=vendor_id, service=service, linked_at=now, linked_by_id=by
    )
    _record("link_vendor", "vendor_link", link.pk, institution_id, by=by, now=now, vendor=vendor_id)
    return link


@transaction.atomic
def end_vendor_link(link_id: int, *, by: UUID, now: dt.datetime) -> VendorLink:
    """Says that a vendor no longer works for an institution."""
    link = VendorLink.objects.select_for_update().get(pk=link_id)
    if link.ended_at:
        raise NotAllowed(Refused(RegisterRefusal.LINK_ENDED_ALREADY, {"ended_at": link.ended_at}))
    link.ended_at, link.ended_by_id = now, by
    link.save(update_fields=["ended_at", "ended_by"])
    _record("end_vendor_link", "vendor_link", link.pk, link.institution_id, by=by, now=now)
    return link


def _record(
    verb: str,
    subject: str,
    subject_id: int,
    institution_id: int | None,
    *,
    by: UUID | None,
    now: dt.datetime,
    **facts: object,
) -> None:
    audit.record(
        f"institutions.{verb}",
        subject=subject,
        subject_id=subject_id,
        by=by,
        now=now,
        institution_id=institution_id,
        facts=facts,
    )
