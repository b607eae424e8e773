from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.prevention.surveys.results import lists, presenting, queries, recounts, rules, tasks
from sonae.prevention.surveys.results.models import Recount, ResultEdition
from sonae.prevention.surveys.results.vocabulary import RecountState, ResultState


@needs(Permission.SURVEY_CONDUCT)
@require_GET
def index(request: SignedInRequest, result_id: UUID) -> HttpResponseBase:
    """How often an edition was counted again, and what came of it; another time is asked for from here."""
    edition = _edition(request, result_id)
    rows = Recount.objects.visible_to(request.viewer).filter(edition=edition).select_related("begun_by")
    is_recounting = rows.filter(state=RecountState.COUNTING).exists()
    return listing.respond(
        request,
        table=lists.RecountTable,
        filterset=lists.RecountFilter,
        queryset=rows,
        template="surveys/results/recounts.html",
        filename="survey-recounts",
        context=_frame(edition)
        | {"may_recount": rules.may_recount(ResultState(edition.state), is_recounting=is_recounting)},
    )


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def begin(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    with transaction.atomic():
        recount = recounts.begin_recount(result_id, by=request.viewer, now=request.now)
        tasks.recount_edition.enqueue(str(recount.pk))
    messages.success(request, _("The edition is being counted again. This page shows how far it is."))
    return redirect("results:recounted", recount.pk)


@needs(Permission.SURVEY_CONDUCT)
@require_GET
def detail(request: SignedInRequest, recount_id: UUID) -> HttpResponseBase:
    """How far a recount is; once it is done, what differs, figure by figure."""
    recount = _recount(request, recount_id)
    page = _frame(recount.edition) | {"recount": recount}
    if recount.state != RecountState.COUNTED:
        return render(request, "surveys/results/recounting.html", page)
    sheet = queries.sheet_of(recount.edition, request.viewer)
    return listing.respond(
        request,
        table=lists.DifferenceTable,
        filterset=lists.DifferenceFilter,
        queryset=lists.rows_of_recount(recount, sheet),
        template="surveys/results/recounted.html",
        filename="survey-recount",
        context=page | {"not_kept": max(0, recount.difference_count - recounts.MOST_KEPT)},
    )


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def cancel(request: SignedInRequest, recount_id: UUID) -> HttpResponse:
    recount = recounts.cancel_recount(recount_id, by=request.viewer, now=request.now)
    messages.success(request, _("Counting again was cancelled. Nothing of it was kept."))
    return redirect("results:recounts", recount.edition_id)


def _frame(edition: ResultEdition) -> dict[str, object]:
    return {"edition": edition, "campaign": edition.campaign, "heading": presenting.heading_of(edition)}


def _edition(request: SignedInRequest, result_id: UUID) -> ResultEdition:
    rows = ResultEdition.objects.counted().select_related("campaign__edition")
    return visible_or_404(rows, request.viewer, pk=result_id)


def _recount(request: SignedInRequest, recount_id: UUID) -> Recount:
    rows = Recount.objects.select_related("edition__campaign__edition")
    return visible_or_404(rows, request.viewer, pk=recount_id)
