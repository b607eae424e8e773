from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.models import Institution
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.prevention.assets import rules, services
from sonae.prevention.assets.forms import AssetForm, ConnectionForm, WhereForm
from sonae.prevention.assets.models import Asset, Connection
from sonae.prevention.assets.vocabulary import AssetKind, ConnectionKind, Known, Patcher


class AssetTable(listing.Table):
    name = listing.LinkColumn(
        "assets:asset", told_apart_by=("institution__name", "place"), verbose_name=gettext_lazy("Name")
    )
    kind = listing.EnumColumn(AssetKind, verbose_name=gettext_lazy("Kind"))
    maker = Column(verbose_name=gettext_lazy("Maker"))
    product = Column(verbose_name=gettext_lazy("Product"))
    version = Column(verbose_name=gettext_lazy("Version"))
    place = Column(verbose_name=gettext_lazy("Place"))
    recorded_at = listing.MomentColumn(verbose_name=gettext_lazy("Recorded"))

    class Meta(listing.Table.Meta):
        model = Asset
        fields = ("name", "kind", "maker", "product", "version", "place", "recorded_at")
        order_by = "name"
        empty_text = gettext_lazy("The ledger is empty. Please add the servers, PCs, network and medical devices.")


class AssetFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "maker", "product", "version", "place", "responsible"))
    kind = listing.EnumFilter(AssetKind, label=gettext_lazy("Kind"))

    class Meta:
        model = Asset
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
    return _ledger(request, Asset, AssetTable, AssetFilter, name="assets", template="assets/index.html")


@needs(Permission.ASSET_READ)
@require_GET
def connections(request: SignedInRequest) -> HttpResponseBase:
    return _ledger(
        request, Connection, ConnectionTable, ConnectionFilter, name="connections", template="assets/connections.html"
    )


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def add_asset(request: SignedInRequest) -> HttpResponse:
    where = WhereForm(request.POST or None, institutions=_own(request))
    form = AssetForm(request.POST or None)
    if request.method == "POST" and all([where.is_valid(), form.is_valid()]):
        institution = where.cleaned_data["institution"]
        services.record_asset(institution.pk, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The asset was added to the ledger."))
        return redirect("assets:list")
    return _form_page(request, _("Add an asset"), [where, form], back="assets:list")


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def asset(request: SignedInRequest, asset_id: UUID) -> HttpResponse:
    row = visible_or_404(Asset.objects, request.viewer, pk=asset_id)
    form = AssetForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.change_asset(asset_id, form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The change was saved."))
        return redirect("assets:asset", asset_id)
    page = {
        "row": row,
        "form": form,
        "change": rules.may_change(row.retired_at),
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
        "back": "assets:list",
        "retire": "assets:retire-asset",
    }
    return render(request, "assets/row.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_CHANGE)
@require_POST
def retire_asset(request: SignedInRequest, asset_id: UUID) -> HttpResponse:
    services.retire_asset(asset_id, by=request.viewer, now=request.now)
    messages.success(request, _("It was taken out of the ledger. Its history stays."))
    return redirect("assets:list")


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def add_connection(request: SignedInRequest) -> HttpResponse:
    where = WhereForm(request.POST or None, institutions=_own(request))
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
    row = visible_or_404(Connection.objects, request.viewer, pk=connection_id)
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
    }
    return render(request, "assets/row.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_CHANGE)
@require_POST
def retire_connection(request: SignedInRequest, connection_id: UUID) -> HttpResponse:
    services.retire_connection(connection_id, by=request.viewer, now=request.now)
    messages.success(request, _("It was taken out of the ledger. Its history stays."))
    return redirect("assets:connections")


def _own(request: SignedInRequest) -> QuerySet[Institution]:
    return Institution.objects.filter(pk__in=access.reach(request.viewer, Permission.ASSET_CHANGE).institution_ids)


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
) -> HttpResponseBase:
    """One of the two lists of the ledger, of what is in use."""
    return listing.respond(
        request,
        table=table,
        filterset=filterset,
        queryset=model.objects.visible_to(request.viewer).in_use().select_related("institution"),
        template=template,
        filename=name,
        context={"may_change": access.may(request.viewer, Permission.ASSET_CHANGE)},
    )


def _form_page(request: SignedInRequest, title: str, forms: Sequence[BaseForm], *, back: str) -> HttpResponse:
    failed = any(form.errors for form in forms)
    page = {"title": title, "forms": forms, "back": back}
    return render(request, "assets/add.html", page, status=422 if failed else 200)
