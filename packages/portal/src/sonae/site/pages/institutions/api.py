from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.forms import BaseForm
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.institutions import services
from sonae.core.institutions.models import (
    BedCount,
    Contact,
    Institution,
    OwnNetwork,
    VendorLink,
)
from sonae.core.institutions.vocabulary import (
    BedBand,
    ContactRole,
    InstitutionKind,
    InstitutionStatus,
    Population,
    Prefecture,
)
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Limit, Strict, as_text, cursor_page, row_number
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Problem
from sonae.site.pages.institutions import forms, views

router = Router(tags=["institutions"])


Beds = Annotated[int, Field(ge=0, le=20_000)]


class InstitutionAnswer(Answer):
    """An institution of the register."""

    id: int
    register_code: str
    kind: InstitutionKind
    name: str
    name_kana: str
    name_latin: str
    prefecture: Prefecture
    municipality: str
    jurisdiction: str
    address: str
    latitude: float | None
    longitude: float | None
    licensed_beds: int | None
    licensed_beds_as_of: date | None
    bed_band: BedBand
    status: InstitutionStatus
    is_synthetic: bool
    listed_on: date
    vanished_on: date | None


def answer_of(row: Institution) -> InstitutionAnswer:
    """The answer for a row of the register."""
    shown = {name: getattr(row, name) for name in InstitutionAnswer.model_fields if name != "jurisdiction"}
    return InstitutionAnswer(**shown, jurisdiction=row.jurisdiction.code)


class BedCountAnswer(Answer):
    """Licensed beds as of a day."""

    as_of: date
    total: int | None
    general: int | None
    convalescent: int | None
    psychiatric: int | None
    tuberculosis: int | None
    infectious: int | None
    source: str


class InstitutionBody(Strict):
    """An institution that no published list has yet."""

    register_code: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,40}$")]
    kind: Annotated[InstitutionKind, as_text(InstitutionKind)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name_kana: Annotated[str, StringConstraints(max_length=300)] = ""
    prefecture: Annotated[Prefecture, as_text(Prefecture)]
    municipality: Annotated[str, StringConstraints(pattern="^[0-9]{5}$")]
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    beds: Beds | None = None


class BedsBody(Strict):
    """Licensed beds as of a day."""

    as_of: Day
    total: Beds
    general: Beds | None = None
    convalescent: Beds | None = None
    psychiatric: Beds | None = None
    tuberculosis: Beds | None = None
    infectious: Beds | None = None


class ContactAnswer(Answer):
    """A person or desk at an institution, and for what to call them."""

    id: int
    role: ContactRole
    name: str
    email: str
    phone: str
    note: str
    added_at: datetime
    ended_at: datetime | None


class ContactList(Answer):
    items: list[ContactAnswer]


class ContactBody(Strict):
    """A person or desk to call; with a telephone number, a mail address or both."""

    role: Annotated[ContactRole, as_text(ContactRole)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    email: Annotated[str, StringConstraints(max_length=254)] = ""
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    note: Annotated[str, StringConstraints(max_length=400)] = ""


class VendorLinkAnswer(Answer):
    """A vendor that works for an institution, and on what."""

    id: int
    vendor_id: int
    name: str
    corporate_number: str
    service: str
    linked_at: datetime
    ended_at: datetime | None


class VendorLinkList(Answer):
    items: list[VendorLinkAnswer]


class VendorBody(Strict):
    """A vendor and what it does here. The corporate number tells vendors of the same name apart."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    corporate_number: Annotated[str, StringConstraints(pattern="^([0-9]{13})?$")] = ""
    service: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class OwnNetworkAnswer(Answer):
    """Public addresses of an institution, as a network in its canonical form."""

    id: int
    network: str
    note: str
    entered_at: datetime
    ended_at: datetime | None


class OwnNetworkList(Answer):
    items: list[OwnNetworkAnswer]


class OwnNetworkBody(Strict):
    """A public address, or a network with its prefix. Bits beyond the prefix are dropped."""

    network: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    note: Annotated[str, StringConstraints(max_length=200)] = ""


class InstitutionPage(Answer):
    items: list[InstitutionAnswer]
    next_cursor: str


class BedHistory(Answer):
    items: list[BedCountAnswer]


class InstitutionQuery(Schema):
    """What to look for."""

    q: str = Field("", max_length=200)
    kind: InstitutionKind | None = None
    prefecture: Prefecture | None = None
    beds: BedBand | None = None
    status: InstitutionStatus | None = None
    cursor: str = ""
    limit: Limit = 100


@router.get("/institutions", auth=Door(Permission.REGISTER_READ), response=InstitutionPage)
def list_institutions(request: SonaeRequest, query: Query[InstitutionQuery]) -> dict[str, object]:
    """Institutions of the register, in the order in which they entered it."""
    rows = Institution.objects.visible_to(request.viewer).select_related("jurisdiction")
    rows = rows.matching(query.q.replace("\0", ""))
    if query.kind is not None:
        rows = rows.filter(kind=query.kind)
    if query.prefecture is not None:
        rows = rows.filter(prefecture=query.prefecture)
    if query.beds is not None:
        rows = rows.in_band(query.beds)
    if query.status is not None:
        rows = rows.filter(vanished_on__isnull=query.status is InstitutionStatus.LISTED)
    items, next_cursor = cursor_page(rows, cursor=query.cursor, limit=query.limit, parse=row_number)
    return {"items": [answer_of(row) for row in items], "next_cursor": next_cursor}


@router.get("/institutions/{int:institution_id}", auth=Door(Permission.REGISTER_READ), response=InstitutionAnswer)
def read_institution(request: SonaeRequest, institution_id: int) -> InstitutionAnswer:
    """One institution."""
    return answer_of(_fetched(request, institution_id))


@router.get("/institutions/{int:institution_id}/beds", auth=Door(Permission.REGISTER_READ), response=BedHistory)
def list_beds(request: SonaeRequest, institution_id: int) -> dict[str, object]:
    """The licensed beds of one institution over time, the newest first."""
    institution = _fetched(request, institution_id)
    return {"items": list(BedCount.objects.filter(institution=institution))}


@router.post("/institutions", auth=Door(Permission.REGISTER_CHANGE), response={201: InstitutionAnswer})
def register_institution(request: SonaeRequest, body: InstitutionBody) -> Status[InstitutionAnswer]:
    """Enters an institution that no published list has yet."""
    require(access.may(request.viewer, Permission.REGISTER_CHANGE, at=NATIONWIDE))
    row = valid(forms.InstitutionForm(body.model_dump())).row()
    entered = services.register_institution(
        row, population=Population.REAL, by=request.viewer.account_id, now=request.now
    )
    return Status(201, answer_of(entered))


@router.post(
    "/institutions/{int:institution_id}/beds", auth=Door(Permission.REGISTER_CHANGE), response={201: BedCountAnswer}
)
def change_beds(request: SonaeRequest, institution_id: int, body: BedsBody) -> Status[BedCount]:
    """States the licensed beds of an institution as of a day; the present number follows the newest statement."""
    institution = views.fetched(request, row_number(institution_id), Permission.REGISTER_CHANGE)
    form = valid(forms.BedsForm(body.model_dump()))
    count = services.change_beds(
        institution.pk, form.beds(), as_of=body.as_of, by=request.viewer.account_id, now=request.now
    )
    return Status(201, count)


@router.get("/institutions/{int:institution_id}/contacts", auth=Door(Permission.CONTACT_READ), response=ContactList)
def list_contacts(request: SonaeRequest, institution_id: int) -> dict[str, object]:
    """Whom to call at an institution. That somebody from outside looked is recorded."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_READ)
    views.note_contacts_read(request, institution)
    return {"items": list(Contact.objects.visible_to(request.viewer).current().filter(institution=institution))}


@router.post(
    "/institutions/{int:institution_id}/contacts",
    auth=Door(Permission.CONTACT_CHANGE),
    response={201: ContactAnswer},
)
def add_contact(request: SonaeRequest, institution_id: int, body: ContactBody) -> Status[Contact]:
    """Adds a person or desk to call at an institution."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_CHANGE)
    entered = valid(forms.ContactForm(body.model_dump())).cleaned_data | {"role": body.role}
    return Status(201, services.add_contact(institution.pk, by=_person(request), now=request.now, **entered))


@router.post(
    "/institutions/{int:institution_id}/contacts/{int:contact_id}/ending",
    auth=Door(Permission.CONTACT_CHANGE),
    response=ContactAnswer,
)
def end_contact(request: SonaeRequest, institution_id: int, contact_id: int) -> Contact:
    """Takes a contact out of use. It stays in the history."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_CHANGE)
    own = Contact.objects.filter(institution=institution)
    contact = visible_or_404(own, request.viewer, pk=row_number(contact_id))
    return services.end_contact(contact.pk, by=_person(request), now=request.now)


@router.get("/institutions/{int:institution_id}/vendors", auth=Door(Permission.CONTACT_READ), response=VendorLinkList)
def list_vendors(request: SonaeRequest, institution_id: int) -> dict[str, object]:
    """Which vendors work for an institution, and on what."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_READ)
    links = VendorLink.objects.visible_to(request.viewer).current().filter(institution=institution)
    return {"items": [_link(link) for link in links.select_related("vendor")]}


@router.post(
    "/institutions/{int:institution_id}/vendors",
    auth=Door(Permission.CONTACT_CHANGE),
    response={201: VendorLinkAnswer},
)
def link_vendor(request: SonaeRequest, institution_id: int, body: VendorBody) -> Status[VendorLinkAnswer]:
    """Says which vendor works for an institution, and on what."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_CHANGE)
    entered = valid(forms.VendorLinkForm(body.model_dump())).cleaned_data
    vendor = views.vendor_named(request, entered)
    link = services.link_vendor(
        institution.pk, vendor_id=vendor.pk, service=entered["service"], by=_person(request), now=request.now
    )
    return Status(201, _link(link))


@router.post(
    "/institutions/{int:institution_id}/vendors/{int:link_id}/ending",
    auth=Door(Permission.CONTACT_CHANGE),
    response=VendorLinkAnswer,
)
def end_vendor_link(request: SonaeRequest, institution_id: int, link_id: int) -> VendorLinkAnswer:
    """Says that a vendor no longer works for an institution. It stays in the history."""
    institution = views.fetched(request, row_number(institution_id), Permission.CONTACT_CHANGE)
    own = VendorLink.objects.filter(institution=institution)
    link = visible_or_404(own, request.viewer, pk=row_number(link_id))
    return _link(services.end_vendor_link(link.pk, by=_person(request), now=request.now))


@router.get("/institutions/{int:institution_id}/networks", auth=Door(views.NETWORK_CHANGE), response=OwnNetworkList)
def list_networks(request: SonaeRequest, institution_id: int) -> dict[str, object]:
    """The public networks of the own house. Nobody else reads them."""
    institution = views.fetched(request, row_number(institution_id), views.NETWORK_CHANGE)
    return {"items": views.networks_of(request, institution)}


@router.post(
    "/institutions/{int:institution_id}/networks",
    auth=Door(views.NETWORK_CHANGE),
    response={201: OwnNetworkAnswer},
)
def enter_network(request: SonaeRequest, institution_id: int, body: OwnNetworkBody) -> Status[OwnNetwork]:
    """Enters a public network of the own house, so that its addresses never leave as indicators."""
    institution = views.fetched(request, row_number(institution_id), views.NETWORK_CHANGE)
    entered = valid(forms.NetworkForm(body.model_dump())).cleaned_data
    return Status(201, services.enter_network(institution.pk, by=_person(request), now=request.now, **entered))


@router.post(
    "/institutions/{int:institution_id}/networks/{int:network_id}/ending",
    auth=Door(views.NETWORK_CHANGE),
    response=OwnNetworkAnswer,
)
def end_network(request: SonaeRequest, institution_id: int, network_id: int) -> OwnNetwork:
    """Says that a network is no longer the own house's. It stays in the history and still never leaves."""
    institution = views.fetched(request, row_number(institution_id), views.NETWORK_CHANGE)
    own = OwnNetwork.objects.filter(institution=institution)
    network = visible_or_404(own, request.viewer, pk=row_number(network_id))
    return services.end_network(network.pk, by=_person(request), now=request.now)


def _fetched(request: SonaeRequest, institution_id: int) -> Institution:
    rows = Institution.objects.select_related("jurisdiction")
    return visible_or_404(rows, request.viewer, pk=row_number(institution_id))


def _person(request: SonaeRequest) -> UUID:
    account_id = request.viewer.account_id
    assert account_id is not None, "no program of an institution carries the permission to change contacts"
    return account_id


def valid[F: BaseForm](form: F) -> F:
    """The form of the page, where it takes what was sent; else what is wrong with each field."""
    if not form.is_valid():
        raise BadInput(
            Problem(WebRefusal.FIELD_INVALID, field=f"body.{name}", facts={"why": str(error)})
            for name, errors in form.errors.items()
            for error in errors
        )
    return form


def _link(link: VendorLink) -> VendorLinkAnswer:
    return VendorLinkAnswer(
        id=link.pk,
        vendor_id=link.vendor_id,
        name=link.vendor.name,
        corporate_number=link.vendor.corporate_number,
        service=link.service,
        linked_at=link.linked_at,
        ended_at=link.ended_at,
    )
