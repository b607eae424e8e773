"""The page on which an institution says that it looked through its ledger."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue
from sonae.core.institutions.models import Institution
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import last_day_before
from sonae.kernel.decision import require
from sonae.kernel.errors import NotAllowed
from sonae.prevention.assets import queries, services
from sonae.prevention.assets.forms import StocktakeForm, WithdrawalForm
from sonae.prevention.assets.models import Stocktake
from sonae.prevention.assets.queries import PartStands
from sonae.prevention.assets.vocabulary import LedgerPart


class StocktakeTable(listing.Table):
    taken_at = listing.MomentColumn(verbose_name=gettext_lazy("Looked through"))
    institution = Column(verbose_name=gettext_lazy("Institution"))
    part = listing.EnumColumn(LedgerPart, verbose_name=pgettext_lazy("ledger", "Part"))
    rows = Column(accessor="rows", verbose_name=gettext_lazy("Rows of the ledger"))
    lacking = Column(verbose_name=gettext_lazy("Rows that lack something"))
    taken_by = Column(verbose_name=gettext_lazy("By"))
    withdrawn_at = listing.MomentColumn(verbose_name=pgettext_lazy("moment", "Withdrawn"))

    class Meta(listing.Table.Meta):
        model = Stocktake
        fields = ("taken_at", "institution", "part", "rows", "lacking", "taken_by", "withdrawn_at")
        order_by = "-taken_at"
        empty_text = gettext_lazy("Nobody has looked through the ledger yet.")


class StocktakeFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("institution__name",))
    part = listing.EnumFilter(LedgerPart, label=pgettext_lazy("ledger", "Part"))

    class Meta:
        model = Stocktake
        fields = ()


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def stocktakes(request: SignedInRequest) -> HttpResponseBase:
    """How each part of the ledger stands, who looked through it when, and the form with which one says so."""
    if request.method == "GET":
        return _page(request, StocktakeForm(institutions=_kept_by(request)))
    require(access.may(request.viewer, Permission.ASSET_CHANGE))
    form = StocktakeForm(request.POST, institutions=_kept_by(request))
    if form.is_valid():
        where, part = form.cleaned_data["institution"], LedgerPart(form.cleaned_data["part"])
        try:
            services.take_stock(where.pk, part, by=request.viewer, now=request.now)
        except NotAllowed as refused:
            form.add_error("part", words.of(refused.refusal))
        else:
            messages.success(request, _("It is on record that you looked through this part of the ledger."))
            return redirect("assets:stocktakes")
    return _page(request, form)


@needs(Permission.ASSET_CHANGE)
@require_POST
def withdraw(request: SignedInRequest, stocktake_id: UUID) -> HttpResponseBase:
    visible_or_404(Stocktake.objects, request.viewer, pk=stocktake_id)
    form = WithdrawalForm(request.POST)
    if form.is_valid():
        try:
            services.withdraw_stocktake(stocktake_id, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
        except NotAllowed as refused:
            form.add_error("why", words.of(refused.refusal))
        else:
            messages.success(request, _("The stocktake is withdrawn, and with it the evidence that rested on it."))
            return redirect("assets:stocktakes")
    return _page(request, StocktakeForm(institutions=_kept_by(request)), withdrawal=(stocktake_id, form))


def _kept_by(request: SignedInRequest) -> QuerySet[Institution]:
    return Institution.objects.filter(pk__in=access.reach(request.viewer, Permission.ASSET_CHANGE).institution_ids)


def _page(
    request: SignedInRequest, form: StocktakeForm, *, withdrawal: tuple[UUID, WithdrawalForm] | None = None
) -> HttpResponseBase:
    reach = access.reach(request.viewer, Permission.ASSET_READ).institution_ids
    institutions = Institution.objects.filter(pk__in=reach).order_by("name", "pk")
    found = queries.parts_stand(institutions, now=request.now)
    may_change = access.may(request.viewer, Permission.ASSET_CHANGE)
    context: dict[str, Any] = {
        "parts": [_part(one, withdrawal=withdrawal, may_change=may_change.ok) for one in found],
        "form": form,
        "may_change": may_change,
    }
    answer = listing.respond(
        request,
        table=StocktakeTable,
        filterset=StocktakeFilter,
        queryset=Stocktake.objects.visible_to(request.viewer).select_related("institution", "taken_by"),
        template="assets/stocktakes.html",
        filename="stocktakes",
        context=context,
    )
    if form.errors or withdrawal is not None:
        answer.status_code = 422
    return answer


def _part(found: PartStands, *, withdrawal: tuple[UUID, WithdrawalForm] | None, may_change: bool) -> dict[str, Any]:
    last = found.stocktake
    form = WithdrawalForm(auto_id=f"part{found.institution.pk}{found.part}_%s")
    if withdrawal is not None and last is not None and withdrawal[0] == last.pk:
        form = withdrawal[1]
    return {
        "title": f"{found.institution.name} – {words.of(found.part)}",
        "facts": _facts(found.rows, last.taken_at if last else None, str(last.taken_by) if last else "", found),
        "last": last,
        "withdrawal": form if may_change and last is not None else None,
    }


def _facts(rows: int, taken_at: datetime | None, who: str, found: PartStands) -> list[tuple[str, str]]:
    asked = [
        (
            catalogue.title_of(proof.control),
            _("%(measure)s: %(full)s of %(rows)s")
            % {"measure": words.of(proof.measure), "full": words.number(tally.full), "rows": words.number(tally.rows)},
        )
        for proof, tally in found.tallies
    ]
    looked = f"{words.jst(taken_at)} – {who}" if taken_at else _("Nobody has looked through it yet.")
    until = words.jdate(last_day_before(found.holds_until)) if found.holds_until else "–"
    return [
        (_("Rows of the ledger"), words.number(rows)),
        *asked,
        (_("Looked through"), looked),
        (_("Counts as evidence until"), until),
    ]
