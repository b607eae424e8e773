from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.vocabulary import Tlp
from sonae.kernel import calendar
from sonae.prevention.sharing import queries, rules, services, stix_objects
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind, SourceKind


class IndicatorTable(listing.Table):
    value = listing.LinkColumn("sharing:detail", verbose_name=gettext_lazy("Value"), attrs={"td": {"class": "mono"}})
    kind = listing.EnumColumn(IndicatorKind, verbose_name=gettext_lazy("Kind of value"))
    tlp = listing.EnumColumn(Tlp, verbose_name=gettext_lazy("May be told to"))
    confidence = listing.NumberColumn(verbose_name=gettext_lazy("Confidence (%)"))
    valid_from = listing.DateColumn(verbose_name=gettext_lazy("Shared since"))
    valid_until = listing.DateColumn(verbose_name=gettext_lazy("Believed until"))
    revoked_at = listing.MomentColumn(verbose_name=gettext_lazy("Taken back"))

    class Meta(listing.Table.Meta):
        model = Indicator
        fields = ("value", "kind", "tlp", "confidence", "valid_from", "valid_until", "revoked_at")
        sequence = fields
        order_by = "-valid_from"


class IndicatorFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("value",))
    kind = listing.EnumFilter(IndicatorKind, label=gettext_lazy("Kind of value"))
    tlp = listing.EnumFilter(Tlp, label=gettext_lazy("May be told to"))
    revoked = listing.YesNoFilter(
        field_name="revoked_at", lookup_expr="isnull", exclude=True, label=gettext_lazy("Taken back")
    )

    class Meta:
        model = Indicator
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.INDICATOR_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=IndicatorTable,
        filterset=IndicatorFilter,
        queryset=Indicator.objects.visible_to(request.viewer),
        template="sharing/index.html",
        filename="indicators",
    )


@require_GET
@needs(Permission.INDICATOR_READ)
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    indicator = visible_or_404(Indicator.objects, request.viewer, pk=pk)
    may_revoke = access.may(request.viewer, Permission.INDICATOR_PUBLISH)
    page = {
        "indicator": indicator,
        "facts": _facts(indicator),
        "note": indicator.note_ja if words.is_japanese() else indicator.note_en,
        "may_revoke": may_revoke.ok,
        "revocation": rules.may_revoke(indicator.revoked_at),
        "synthetic": indicator.is_synthetic,
    }
    return render(request, "sharing/detail.html", page)


@require_GET
@needs(Permission.INDICATOR_READ)
def bundle(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """The indicator as a STIX 2.1 bundle, with the marking that says who may be told."""
    indicator = visible_or_404(Indicator.objects, request.viewer, pk=pk)
    released = indicator.released()
    objects = [stix_objects.marking(released.tlp), stix_objects.sector(), *queries.objects_of(indicator)]
    # The id of the bundle is computed: the same content has the same id, whoever asks and when.
    content = {"type": "bundle", "id": f"bundle--{indicator.pk}", "objects": objects}
    return JsonResponse(
        content,
        content_type="application/stix+json;version=2.1",
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="indicator-{indicator.pk}.json"'},
    )


@require_POST
@needs(Permission.INDICATOR_PUBLISH)
def revoke(request: SignedInRequest, pk: UUID) -> HttpResponse:
    indicator = visible_or_404(Indicator.objects, request.viewer, pk=pk)
    services.revoke_indicator(indicator.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The indicator was taken back. Collectors drop it with their next poll."))
    return HttpResponseRedirect(reverse("sharing:detail", args=[indicator.pk]))


def _facts(indicator: Indicator) -> list[tuple[Any, Any]]:
    return [
        (_("Kind of value"), IndicatorKind(indicator.kind)),
        (_("May be told to"), Tlp(indicator.tlp)),
        (_("Confidence (%)"), indicator.confidence),
        (_("Why it is believed"), SourceKind(indicator.source)),
        (_("Shared since"), calendar.jst_day(indicator.valid_from)),
        (_("Believed until"), calendar.jst_day(indicator.valid_until)),
    ]
