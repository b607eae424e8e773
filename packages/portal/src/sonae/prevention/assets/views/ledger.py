from collections.abc import Sequence
from typing import Any
from uuid import UUID

import django_filters
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import NotAllowed
from sonae.prevention.assets import asides, queries, rules, services
from sonae.prevention.assets.forms import AssetForm, ConnectionForm, WhereForm
from sonae.prevention.assets.intake import presenting
from sonae.prevention.assets.models import Asset, Component, Connection, LedgerQuestion, NetworkZone
from sonae.prevention.assets.vocabulary import (
    AssetKind,
    AssetRefusal,
    ComponentOrigin,
    ConnectionKind,
    Criticality,
    Known,
    Patcher,
)


class AssetTable(listing.Table):
    name = listing.LinkColumn(
        "assets:asset", told_apart_by=("institution__name", "place"), verbose_name=gettext_lazy("Name")
    )
    kind = listing.EnumColumn(AssetKind, verbose_name=gettext_lazy("Kind"))
    maker = Column(verbose_name=gettext_lazy("Maker"))
    product = Column(verbose_name=gettext_lazy("Product"))
    version = Column(verbose_name=gettext_lazy("Version"))
    zone = Column(verbose_name=gettext_lazy("Network zone"))
    criticality = listing.EnumColumn(Criticality, verbose_name=gettext_lazy("Criticality"))
    place = Column(verbose_name=gettext_lazy("Place"))
    asset_number = Column(verbose_name=gettext_lazy("Asset number"), attrs=listing.WIDE_ONLY)
    serial = Column(verbose_name=gettext_lazy("Serial number"), attrs=listing.WIDE_ONLY)
    recorded_at = listing.MomentColumn(verbose_name=gettext_lazy("Recorded"))

    class Meta(listing.Table.Meta):
        model = Asset
        fields = (
            "name", "kind", "maker", "product", "version", "zone", "criticality", "place", "asset_number", "serial",
            "recorded_at",
        )  # fmt: skip
        order_by = "name"
        empty_text = gettext_lazy("The ledger is empty. Please add the servers, PCs, network and medical devices.")


def _zones_seen(request: SignedInRequest | None) -> QuerySet[NetworkZone]:
    return NetworkZone.objects.none() if request is None else NetworkZone.objects.visible_to(request.viewer)


class AssetFilter(listing.FilterSet):
    q = listing.SearchFilter(
        fields=(
            "name", "maker", "product", "model_number", "version", "place", "responsible", "asset_number", "serial",
            "hostname", "mac_address", "ip_address",
        )
    )  # fmt: skip
    kind = listing.EnumFilter(AssetKind, label=gettext_lazy("Kind"))
    zone = django_filters.ModelChoiceFilter(
        queryset=_zones_seen, label=gettext_lazy("Network zone"), empty_label=gettext_lazy("All")
    )
    criticality = listing.EnumFilter(Criticality, label=gettext_lazy("Criticality"))
    maker = django_filters.CharFilter(lookup_expr="icontains", label=gettext_lazy("Maker"), max_length=120)
    internet_facing = listing.EnumFilter(Known, label=gettext_lazy("Reachable from the internet"))

    class Meta:
        model = Asset
        fields = ()


class ComponentTable(listing.Table):
    name = Column(verbose_name=gettext_lazy("Name"))
    version = Column(verbose_name=gettext_lazy("Version"))
    supplier = Column(verbose_name=gettext_lazy("Supplier"))
    purl = Column(verbose_name="purl")
    cpe = Column(verbose_name="CPE")
    hash_value = Column(verbose_name=gettext_lazy("Hash"), attrs=listing.WIDE_ONLY)
    origin = listing.EnumColumn(ComponentOrigin, verbose_name=gettext_lazy("Where from"))

    class Meta(listing.Table.Meta):
        model = Component
        fields = ("name", "version", "supplier", "purl", "cpe", "hash_value", "origin")
        order_by = "name"
        empty_text = gettext_lazy("No component is recorded. Please ask the maker for its list of components (SBOM).")


class ComponentFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "version", "supplier", "purl", "cpe", "hash_value"))

    class Meta:
        model = Component
        fields = ()


class ConnectionTable(listing.Table):
    name = listing.LinkColumn(
        "assets:connection", told_apart_by=("institution__name", "vendor"), verbose_name=gettext_lazy("Name")
    )
    kind = listing.EnumColumn(ConnectionKind, verbose_name=gettext_lazy("Kind"))
    vendor = Column(verbose_name=gettext_lazy("Vendor"))
    patched_by = listing.EnumColumn(Patcher, verbose_name=gettext_lazy("Who installs updates"))
    multi_factor = listing.EnumColumn(Known, verbose_name=gettext_lazy("Multi-factor authentication"))
    source_restricted = listing.EnumColumn(Known, verbose_name=gettext_lazy("Restricted to known sources"))
    last_checked_on = listing.DateColumn(verbose_name=gettext_lazy("Last checked"))

    class Meta(listing.Table.Meta):
        model = Connection
        fields = ("name", "kind", "vendor", "patched_by", "multi_factor", "source_restricted", "last_checked_on")
        order_by = "name"
        empty_text = gettext_lazy("No connection is recorded. Please ask every vendor which lines and VPNs they use.")


class ConnectionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "vendor", "purpose", "firmware", "contract_clause"))
    kind = listing.EnumFilter(ConnectionKind, label=gettext_lazy("Kind"))
    multi_factor = listing.EnumFilter(Known, label=gettext_lazy("Multi-factor authentication"))

    class Meta:
        model = Connection
        fields = ()


@needs(Permission.ASSET_READ)
@require_GET
def assets(request: SignedInRequest) -> HttpResponseBase:
    return _ledger(request, Asset, AssetTable, AssetFilter, name="assets", template="assets/index.html", also=["zone"])


@needs(Permission.ASSET_READ)
@require_GET
def connections(request: SignedInRequest) -> HttpResponseBase:
    return _ledger(
        request, Connection, ConnectionTable, ConnectionFilter, name="connections", template="assets/connections.html"
    )


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def add_asset(request: SignedInRequest) -> HttpResponse:
    where = WhereForm(request.POST or None, institutions=queries.kept_by(request.viewer))
    form = AssetForm(request.POST or None, zones=_zones_seen(request))
    if request.method == "POST" and all([where.is_valid(), form.is_valid()]):
        institution = where.cleaned_data["institution"]
        try:
            services.record_asset(institution.pk, form.content(), by=request.viewer, now=request.now)
        except NotAllowed as refused:
            problems.put_beside(form, refused, {AssetRefusal.ZONE_OF_ANOTHER_INSTITUTION: "zone"})
        else:
            messages.success(request, _("The asset was added to the ledger."))
            return redirect("assets:list")
    return _form_page(request, _("Add an asset"), [where, form], back="assets:list")


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def asset(request: SignedInRequest, asset_id: UUID) -> HttpResponseBase:
    """A row of the ledger with its components, the connections that end at it, and its history."""
    rows = Asset.objects.select_related("institution", "recorded_by", "retired_by")
    row = visible_or_404(rows, request.viewer, pk=asset_id)
    name = row.name
    zones = _zones_seen(request).filter(institution_id=row.institution_id)
    form = AssetForm(request.POST or None, instance=row, zones=zones)
    if request.method == "POST" and form.is_valid():
        services.change_asset(asset_id, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The change was saved."))
        return redirect("assets:asset", asset_id)
    page = {
        "row": row,
        "name": name,
        "form": form,
        "change": rules.may_change(row.retired_at),
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
        "connections": Connection.objects.visible_to(request.viewer).in_use().filter(device=row),
        "history": [_moment(event) for event in presenting.history_of(row, request.viewer)],
        "asides": asides.beside(row, request.viewer),
    }
    answer = listing.respond(
        request,
        table=ComponentTable,
        filterset=ComponentFilter,
        queryset=Component.objects.visible_to(request.viewer).filter(asset=row),
        template="assets/asset.html",
        filename="components",
        context=page,
    )
    if form.errors:
        answer.status_code = 422
    return answer


def _moment(event: presenting.Event) -> dict[str, Any]:
    href = reverse("assets:import", args=[event.run_id]) if event.run_id else ""
    return {"at": event.at, "by": event.by, "title": event.title, "text": event.text, "href": href, "tone": "neutral"}


@needs(Permission.ASSET_CHANGE)
@require_POST
def retire_asset(request: SignedInRequest, asset_id: UUID) -> HttpResponse:
    services.retire_asset(asset_id, by=request.viewer, now=request.now)
    messages.success(request, _("It was taken out of the ledger. Its history stays."))
    return redirect("assets:list")


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def add_connection(request: SignedInRequest) -> HttpResponse:
    where = WhereForm(request.POST or None, institutions=queries.kept_by(request.viewer))
    form = ConnectionForm(request.POST or None, devices=_devices(request), now=request.now)
    if request.method == "POST" and all([where.is_valid(), form.is_valid()]):
        institution = where.cleaned_data["institution"]
        services.record_connection(institution.pk, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The connection was added."))
        return redirect("assets:connections")
    return _form_page(request, _("Add a connection"), [where, form], back="assets:connections")


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def connection(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    row = visible_or_404(Connection.objects.select_related("device"), request.viewer, pk=connection_id)
    weak = [words.of(point) for point in row.weak_points(today=jst_day(request.now))]
    form = ConnectionForm(request.POST or None, instance=row, devices=_devices(request), now=request.now)
    if request.method == "POST" and form.is_valid():
        services.change_connection(connection_id, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The change was saved."))
        return redirect("assets:connection", connection_id)
    page = {
        "row": row,
        "form": form,
        "weak": weak,
        "change": rules.may_change(row.retired_at),
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
        "back": "assets:connections",
        "retire": "assets:retire-connection",
        "asides": asides.beside(row.device, request.viewer),
    }
    return render(request, "assets/row.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_CHANGE)
@require_POST
def retire_connection(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    services.retire_connection(connection_id, by=request.viewer, now=request.now)
    messages.success(request, _("It was taken out of the ledger. Its history stays."))
    return redirect("assets:connections")


def _devices(request: SignedInRequest) -> QuerySet[Asset]:
    return Asset.objects.visible_to(request.viewer).in_use().select_related("institution")


def _ledger(
    request: SignedInRequest,
    model: type[Asset | Connection],
    table: type[listing.Table],
    filterset: type[listing.FilterSet],
    *,
    name: str,
    template: str,
    also: Sequence[str] = (),
) -> HttpResponseBase:
    """One of the two lists of the ledger, of what is in use."""
    return listing.respond(
        request,
        table=table,
        filterset=filterset,
        queryset=model.objects.visible_to(request.viewer).in_use().select_related("institution", *also),
        template=template,
        filename=name,
        context={
            "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
            "open_questions": LedgerQuestion.objects.visible_to(request.viewer).open().count(),
        },
    )


def _form_page(request: SignedInRequest, title: str, forms: Sequence[BaseForm], *, back: str) -> HttpResponse:
    failed = any(form.errors for form in forms)
    page = {"title": title, "forms": forms, "back": back}
    return render(request, "assets/add.html", page, status=422 if failed else 200)
