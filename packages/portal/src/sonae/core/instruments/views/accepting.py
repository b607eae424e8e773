"""Accepting all responses that a list shows: by a job with its progress, which can be cancelled."""

from uuid import UUID

import django_tables2 as tables
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments import services, tasks
from sonae.core.instruments.models import Acceptance, AcceptanceRun, Response
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.views.responses import ResponseFilter
from sonae.core.instruments.vocabulary import AcceptanceOutcome, ResponseState
from sonae.core.web import listing, words
from sonae.core.web.dates import MomentField
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.given_up import is_given_up
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import Refused


class ShownForm(forms.Form):
    """When the list was drawn: what came, or changed, since then nobody has seen."""

    shown_at = MomentField()


class AcceptanceTable(listing.Table):
    title = listing.LinkColumn(
        "instruments:response", accessor="response__edition__title_ja", args=("response_id",),
        order_by=("response__edition__title_ja",), told_apart_by=("response__institution__name", listing.ROW),
        verbose_name=gettext_lazy("Survey or checklist"),
    )  # fmt: skip
    institution = tables.Column(
        accessor="response__institution__name", order_by=("response__institution__name",),
        verbose_name=gettext_lazy("Institution"),
    )  # fmt: skip
    outcome = listing.EnumColumn(AcceptanceOutcome, verbose_name=gettext_lazy("What came of it"), attrs=listing.SHORT)
    why = tables.Column(accessor="why_ja", orderable=False, verbose_name=gettext_lazy("Why not"))

    class Meta(listing.Table.Meta):
        model = Acceptance
        fields = ("title", "institution", "outcome", "why")
        sequence = fields
        order_by = "-outcome"
        empty_text = gettext_lazy("There is nothing to show.")

    def render_title(self, record: Acceptance) -> str:
        return title_of(record.response.edition)

    def value_title(self, record: Acceptance) -> str:
        return title_of(record.response.edition)

    def render_why(self, record: Acceptance) -> str:
        return record.why_ja if words.is_japanese() else record.why_en

    def value_why(self, record: Acceptance) -> str:
        return self.render_why(record)


class AcceptanceFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("response__institution__name", "response__vendor__name"))
    outcome = listing.EnumFilter(AcceptanceOutcome, label=gettext_lazy("What came of it"))

    class Meta:
        model = Acceptance
        fields: tuple[str, ...] = ()


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def accept_all(request: SignedInRequest) -> HttpResponse:
    """Begins to accept everything submitted that the list shows under the conditions of its address."""
    rows = Response.objects.visible_to(request.viewer)
    chosen, shown = ResponseFilter(request.GET, queryset=rows, request=request), ShownForm(request.POST)
    if not shown.is_valid():
        messages.error(
            request,
            _(
                "Nothing was accepted: it was not said when the list was drawn (shown_at), so nobody knows what was "
                "seen. Please look at the list again, and then accept what it shows."
            ),
        )
        return redirect("instruments:list")
    if not chosen.is_valid():
        messages.error(request, _("Please look at the list again, and then accept what it shows."))
        return redirect("instruments:list")
    shown_at = shown.cleaned_data["shown_at"]
    seen = chosen.qs.filter(state=ResponseState.SUBMITTED, changed_at__lte=shown_at, submitted_at__lte=shown_at)
    found = list(seen.order_by("submitted_at", "pk").values_list("pk", "revision"))
    may = rules.may_accept_many(len(found))
    if isinstance(may, Refused):
        # Back to the list and its conditions, which show nothing that could be accepted.
        messages.error(request, words.of(may))
        return redirect(f"{reverse('instruments:list')}?{request.GET.urlencode()}")
    with transaction.atomic():
        run = services.begin_accepting(found, by=request.viewer, now=request.now)
        _queue(run)
    messages.success(request, _("The responses are being accepted. This page shows how far it is."))
    return redirect("instruments:acceptances", run.pk)


@require_GET
@needs(Permission.RESPONSE_DECIDE)
def acceptances(request: SignedInRequest, acceptances_id: UUID) -> HttpResponseBase:
    """How far a run is, and of each response what came of it."""
    run = visible_or_404(AcceptanceRun.objects.select_related("begun_by"), request.viewer, pk=acceptances_id)
    return listing.respond(
        request,
        table=AcceptanceTable,
        filterset=AcceptanceFilter,
        queryset=run.acceptances.select_related("response__edition", "response__institution").defer(
            "response__answers", "response__marks"
        ),
        template="instruments/acceptances.html",
        filename="acceptances",
        context={"run": run, "is_stopped": _is_stopped(run)},
    )


@require_GET
@needs(Permission.RESPONSE_DECIDE)
def progress(request: SignedInRequest, acceptances_id: UUID) -> HttpResponse:
    """How far it is, for the page that asks every few seconds; at the end the page is drawn anew."""
    run = visible_or_404(AcceptanceRun.objects, request.viewer, pk=acceptances_id)
    is_stopped = _is_stopped(run)
    page = {"run": run, "is_stopped": is_stopped}
    response = render(request, "instruments/acceptances.html#accepting", page)
    if is_stopped or not run.is_running:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def cancel(request: SignedInRequest, acceptances_id: UUID) -> HttpResponse:
    services.cancel_accepting(acceptances_id, by=request.viewer, now=request.now)
    messages.success(request, _("No more responses are accepted. Those that were stay so."))
    return redirect("instruments:acceptances", acceptances_id)


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def again(request: SignedInRequest, acceptances_id: UUID) -> HttpResponse:
    """Goes on where the job that gave up had come to."""
    with transaction.atomic():
        run = services.begin_accepting_again(acceptances_id, by=request.viewer, now=request.now)
        _queue(run)
    messages.success(request, _("The responses are being accepted. This page shows how far it is."))
    return redirect("instruments:acceptances", acceptances_id)


def _queue(run: AcceptanceRun) -> None:
    services.note_accepting_job(run.pk, tasks.accept_many.enqueue(str(run.pk)).id)


def _is_stopped(run: AcceptanceRun) -> bool:
    """Whether it is not over and no job goes on with it: its worker died as often as a job is tried."""
    return run.is_running and is_given_up(run.job)
