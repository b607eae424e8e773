from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.audit import services as audit
from sonae.core.institutions import queries, services
from sonae.core.institutions.models import (
    BedCount,
    Contact,
    FormerName,
    Institution,
    InstitutionCode,
    OwnNetwork,
    Vendor,
    VendorLink,
)
from sonae.core.institutions.vocabulary import ContactRole, ImportKind, InstitutionKind, Population, Prefecture
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, SonaeRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Decision, require
from sonae.kernel.errors import Conflict, NotAllowed
from sonae.site.pages.institutions.forms import BedsForm, ContactForm, InstitutionForm, NetworkForm, VendorLinkForm
from sonae.site.pages.institutions.history import shown_changes
from sonae.site.pages.institutions.tables import InstitutionFilter, InstitutionTable, jurisdiction_name

# Whoever keeps the contacts of the own house keeps its networks; nobody else so much as reads them.
NETWORK_CHANGE = Permission.CONTACT_CHANGE


def _place(institution: Institution) -> Place:
    return Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)


def _may(request: SonaeRequest, permission: Permission, institution: Institution) -> Decision:
    return access.may(request.viewer, permission, at=_place(institution))


def fetched(request: SonaeRequest, institution_id: int, permission: Permission) -> Institution:
    """The institution, where the viewer may do this to it."""
    rows = Institution.objects.select_related("jurisdiction")
    institution = visible_or_404(rows, request.viewer, pk=institution_id)
    require(_may(request, permission, institution))
    return institution


@needs(Permission.REGISTER_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """The register."""
    rows = Institution.objects.visible_to(request.viewer)
    return listing.respond(
        request,
        table=InstitutionTable,
        filterset=InstitutionFilter,
        queryset=rows.select_related("jurisdiction"),
        template="site/institutions/index.html",
        filename="institutions",
        context={
            "may_import": access.may(request.viewer, Permission.REGISTER_IMPORT),
            "may_register": access.may(request.viewer, Permission.REGISTER_CHANGE),
            "synthetic": rows.filter(is_synthetic=True).exists(),
        },
        data_as_of=run.as_of if (run := queries.last_import(ImportKind.REGISTER)) else None,
    )


@needs(Permission.REGISTER_READ)
@require_GET
def detail(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """One institution with its histories; contacts and vendors for those concerned."""
    rows = Institution.objects.select_related("jurisdiction")
    institution = visible_or_404(rows, request.viewer, pk=institution_id)
    contacts = _contacts(request, institution)
    if contacts:
        note_contacts_read(request, institution)
    page = {
        "institution": institution,
        "synthetic": institution.is_synthetic,
        "facts": _facts(institution),
        "unverified": not institution.jurisdiction.is_confirmed,
        "bed_counts": BedCount.objects.filter(institution=institution),
        "changes": shown_changes(request, institution),
        "former_names": FormerName.objects.filter(institution=institution),
        "codes": InstitutionCode.objects.filter(institution=institution),
        "may_see_contacts": _may(request, Permission.CONTACT_READ, institution),
        "may_change_contacts": _may(request, Permission.CONTACT_CHANGE, institution),
        "may_change_beds": _may(request, Permission.REGISTER_CHANGE, institution),
        "contacts": contacts,
        "links": _links(request, institution),
        "may_change_networks": _may(request, NETWORK_CHANGE, institution),
        "networks": networks_of(request, institution),
    }
    return render(request, "site/institutions/detail.html", page)


def note_contacts_read(request: SonaeRequest, institution: Institution) -> None:
    """Records that somebody from outside has looked at the contacts of an institution."""
    if institution.pk not in request.viewer.institution_ids:
        audit.record_read(
            "institutions.read_contacts",
            subject="institution",
            subject_id=institution.pk,
            by=request.viewer.account_id,
            now=request.now,
            institution_id=institution.pk,
        )


def _contacts(request: SignedInRequest, institution: Institution) -> list[Contact]:
    if not _may(request, Permission.CONTACT_READ, institution).ok:
        return []
    return list(Contact.objects.visible_to(request.viewer).current().filter(institution=institution))


def _links(request: SignedInRequest, institution: Institution) -> list[VendorLink]:
    """Which vendors work here, for whoever may read the contacts: pages and programs follow one rule."""
    if not _may(request, Permission.CONTACT_READ, institution).ok:
        return []
    links = VendorLink.objects.visible_to(request.viewer).current().filter(institution=institution)
    return list(links.select_related("vendor"))


def networks_of(request: SonaeRequest, institution: Institution) -> list[OwnNetwork]:
    """The networks in force, for whoever keeps them."""
    if not _may(request, NETWORK_CHANGE, institution).ok:
        return []
    return list(OwnNetwork.objects.visible_to(request.viewer).current().filter(institution=institution))


def _in_english(name: str) -> str | None:
    """Marked, so that a screen reader does not read it as Japanese."""
    return format_html('<span lang="en">{}</span>', name) if name else None


def _facts(institution: Institution) -> list[tuple[Any, Any]]:
    facts = [
        (gettext_lazy("Kind"), InstitutionKind(institution.kind)),
        (gettext_lazy("Name in kana"), institution.name_kana or None),
        (gettext_lazy("Name in Latin letters"), _in_english(institution.name_latin)),
        (gettext_lazy("Prefecture"), Prefecture(institution.prefecture)),
        (pgettext_lazy("place", "Address"), institution.address or None),
        (gettext_lazy("Inspected by"), jurisdiction_name(institution.jurisdiction)),
        (gettext_lazy("Licensed beds"), institution.licensed_beds),
        (gettext_lazy("Beds as of"), institution.licensed_beds_as_of),
        (gettext_lazy("Register code"), institution.register_code),
        (gettext_lazy("In the register since"), institution.listed_on),
    ]
    if institution.vanished_on:
        facts.append((gettext_lazy("Not in the list since"), institution.vanished_on))
    return facts


def form_page(
    request: SignedInRequest,
    form: django_forms.Form,
    save: Callable[[], Institution],
    *,
    title: str,
    saved: str,
    at_field: str,
    institution: Institution | None = None,
) -> HttpResponse:
    """A form on a page of its own: shown, or carried out and answered with the institution it is about."""
    if request.method == "POST" and form.is_valid():
        try:
            target = save()
        except (NotAllowed, Conflict) as refused:
            # Shown at the field, so that what was typed stays.
            said = refused.refusal if isinstance(refused, NotAllowed) else refused.reason
            form.add_error(at_field, words.of(said))
        else:
            messages.success(request, saved)
            return redirect("institutions:detail", target.pk)
    page = {"form": form, "institution": institution, "title": title}
    return render(request, "site/institutions/form.html", page, status=422 if form.errors else 200)


@needs(Permission.REGISTER_CHANGE)
@require_http_methods(["GET", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """Enters an institution that no published list has yet."""
    require(access.may(request.viewer, Permission.REGISTER_CHANGE, at=Place()))
    form = InstitutionForm(request.POST or None)

    def save() -> Institution:
        return services.register_institution(
            form.row(), population=Population.REAL, by=request.viewer.account_id, now=request.now
        )

    return form_page(
        request,
        form,
        save,
        title=_("Enter an institution"),
        saved=_("The institution is in the register."),
        at_field="register_code",
    )


@needs(Permission.REGISTER_CHANGE)
@require_http_methods(["GET", "POST"])
def change_beds(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """States the licensed beds as of a day."""
    institution = fetched(request, institution_id, Permission.REGISTER_CHANGE)
    newest = BedCount.objects.filter(institution=institution).first()
    form = BedsForm(
        request.POST or None, initial=(asdict(newest.beds()) if newest else {}) | {"as_of": jst_day(request.now)}
    )

    def save() -> Institution:
        services.change_beds(
            institution.pk,
            form.beds(),
            as_of=form.cleaned_data["as_of"],
            by=request.viewer.account_id,
            now=request.now,
        )
        return institution

    return form_page(
        request,
        form,
        save,
        title=_("State the licensed beds"),
        saved=_("The licensed beds are in the history."),
        at_field="total",
        institution=institution,
    )


@needs(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "POST"])
def add_contact(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """Adds a person or desk to call."""
    institution = fetched(request, institution_id, Permission.CONTACT_CHANGE)
    form = ContactForm(request.POST or None)

    def save() -> Institution:
        entered = form.cleaned_data | {"role": ContactRole(form.cleaned_data["role"])}
        services.add_contact(institution.pk, by=request.user.pk, now=request.now, **entered)
        return institution

    return form_page(
        request,
        form,
        save,
        title=_("Add a contact"),
        saved=_("The contact was added."),
        at_field="phone",
        institution=institution,
    )


@needs(Permission.CONTACT_CHANGE)
@require_POST
def end_contact(request: SignedInRequest, institution_id: int, contact_id: int) -> HttpResponse:
    institution = fetched(request, institution_id, Permission.CONTACT_CHANGE)
    contact = visible_or_404(Contact.objects.filter(institution=institution), request.viewer, pk=contact_id)
    services.end_contact(contact.pk, by=request.user.pk, now=request.now)
    messages.success(request, _("The contact is out of use. It stays in the history."))
    return redirect("institutions:detail", institution.pk)


@needs(Permission.CONTACT_CHANGE)
@require_http_methods(["GET", "POST"])
def link_vendor(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """Says which vendor works for the institution, and on what."""
    institution = fetched(request, institution_id, Permission.CONTACT_CHANGE)
    form = VendorLinkForm(request.POST or None)

    def save() -> Institution:
        entered = form.cleaned_data
        vendor = vendor_named(request, entered)
        services.link_vendor(
            institution.pk,
            vendor_id=vendor.pk,
            service=entered["service"],
            by=request.user.pk,
            now=request.now,
        )
        return institution

    return form_page(
        request,
        form,
        save,
        title=_("Add a vendor"),
        saved=_("The vendor was added."),
        at_field="service",
        institution=institution,
    )


def vendor_named(request: SonaeRequest, entered: dict[str, Any]) -> Vendor:
    """The vendor that was meant: one that the viewer knows by this name, or the one with this number, or a new one."""
    known = Vendor.objects.visible_to(request.viewer).filter(name=entered["name"], corporate_number="").first()
    if known and not entered["corporate_number"]:
        return known
    return services.register_vendor(
        entered["name"], corporate_number=entered["corporate_number"], by=request.viewer.account_id, now=request.now
    )


@needs(Permission.CONTACT_CHANGE)
@require_POST
def end_vendor_link(request: SignedInRequest, institution_id: int, link_id: int) -> HttpResponse:
    institution = fetched(request, institution_id, Permission.CONTACT_CHANGE)
    link = visible_or_404(VendorLink.objects.filter(institution=institution), request.viewer, pk=link_id)
    services.end_vendor_link(link.pk, by=request.user.pk, now=request.now)
    messages.success(request, _("The vendor no longer works for the institution. It stays in the history."))
    return redirect("institutions:detail", institution.pk)


@needs(NETWORK_CHANGE)
@require_http_methods(["GET", "POST"])
def enter_network(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """Says which public addresses are the institution's own."""
    institution = fetched(request, institution_id, NETWORK_CHANGE)
    form = NetworkForm(request.POST or None)

    def save() -> Institution:
        services.enter_network(institution.pk, by=request.user.pk, now=request.now, **form.cleaned_data)
        return institution

    return form_page(
        request,
        form,
        save,
        title=_("Enter a network of your own"),
        saved=_("The network was entered. Its addresses are never shared as indicators of your incidents."),
        at_field="network",
        institution=institution,
    )


@needs(NETWORK_CHANGE)
@require_POST
def end_network(request: SignedInRequest, institution_id: int, network_id: int) -> HttpResponse:
    institution = fetched(request, institution_id, NETWORK_CHANGE)
    network = visible_or_404(OwnNetwork.objects.filter(institution=institution), request.viewer, pk=network_id)
    services.end_network(network.pk, by=request.user.pk, now=request.now)
    messages.success(request, _("The network has ended. Its addresses are still never shared."))
    return redirect("institutions:detail", institution.pk)
