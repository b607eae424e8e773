"""The pages of the parts of an institution's network."""

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed
from sonae.prevention.assets import queries, rules, services
from sonae.prevention.assets.forms import WhereForm, ZoneForm
from sonae.prevention.assets.models import Asset, NetworkZone
from sonae.prevention.assets.vocabulary import AssetRefusal, Known


class ZoneTable(listing.Table):
    name = listing.LinkColumn("assets:zone", told_apart_by=("institution__name",), verbose_name=gettext_lazy("Name"))
    institution = Column(verbose_name=gettext_lazy("Institution"))
    purpose = Column(verbose_name=gettext_lazy("Purpose"))
    internet_reachable = listing.EnumColumn(Known, verbose_name=gettext_lazy("Reachable from the internet"))
    vendor_reachable = listing.EnumColumn(Known, verbose_name=gettext_lazy("Reachable by vendors"))

    class Meta(listing.Table.Meta):
        model = NetworkZone
        fields = ("name", "institution", "purpose", "internet_reachable", "vendor_reachable")
        order_by = "name"
        empty_text = gettext_lazy("No network zone is recorded.")


class ZoneFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "purpose", "institution__name"))
    internet_reachable = listing.EnumFilter(Known, label=gettext_lazy("Reachable from the internet"))
    vendor_reachable = listing.EnumFilter(Known, label=gettext_lazy("Reachable by vendors"))

    class Meta:
        model = NetworkZone
        fields = ()


@needs(Permission.ASSET_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """The zones of the networks of which one reads the ledger."""
    return listing.respond(
        request,
        table=ZoneTable,
        filterset=ZoneFilter,
        queryset=NetworkZone.objects.visible_to(request.viewer).select_related("institution"),
        template="assets/zones.html",
        filename="zones",
        context={"may_change": access.may(request.viewer, Permission.ASSET_CHANGE)},
    )


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    where = WhereForm(request.POST or None, institutions=queries.kept_by(request.viewer))
    form = ZoneForm(request.POST or None)
    if request.method == "POST" and all([where.is_valid(), form.is_valid()]):
        try:
            services.record_zone(
                where.cleaned_data["institution"].pk, form.content(), by=request.viewer, now=request.now
            )
        except NotAllowed as refused:
            problems.put_beside(form, refused, {AssetRefusal.ZONE_NAME_TAKEN: "name"})
        else:
            messages.success(request, _("The network zone was added."))
            return redirect("assets:zones")
    failed = bool(where.errors or form.errors)
    page = {"title": _("Add a network zone"), "forms": [where, form], "back": "assets:zones"}
    return render(request, "assets/add.html", page, status=422 if failed else 200)


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def zone(request: SignedInRequest, zone_id: UUID) -> HttpResponse:
    row = visible_or_404(NetworkZone.objects, request.viewer, pk=zone_id)
    name = row.name
    form = ZoneForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_zone(zone_id, form.content(), by=request.viewer, now=request.now)
        except NotAllowed as refused:
            problems.put_beside(form, refused, {AssetRefusal.ZONE_NAME_TAKEN: "name"})
        else:
            messages.success(request, _("The change was saved."))
            return redirect("assets:zone", zone_id)
    page = {
        "row": row,
        "name": name,
        "form": form,
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
        "may_remove": rules.may_remove_zone(Asset.objects.filter(zone=row).aggregate(number=Count("pk"))["number"]),
    }
    return render(request, "assets/zone.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_CHANGE)
@require_POST
def remove(request: SignedInRequest, zone_id: UUID) -> HttpResponse:
    services.remove_zone(zone_id, by=request.viewer, now=request.now)
    messages.success(request, _("The network zone was removed."))
    return redirect("assets:zones")
