from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.given_up import is_given_up
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import first_refusal, require
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.results import (
    clearance,
    exports,
    inside,
    lists,
    presenting,
    queries,
    rules,
    services,
    tasks,
)
from sonae.prevention.surveys.results.forms import COUNT_FIELDS, OFFERED_BEFORE, CountForm
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.vocabulary import ResultRefusal, ResultStage, ResultState


@needs(Permission.SURVEY_READ)
@require_GET
def index(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """The editions of a survey; an officer of the ministry has the next one counted from here."""
    campaign = visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)
    return _editions(request, campaign, CountForm(initial={"as_of": request.now - OFFERED_BEFORE}))


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def count(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    campaign = visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)
    form = CountForm(request.POST)
    if form.is_valid():
        try:
            _begin(request, campaign.pk, ResultStage(form.cleaned_data["stage"]), form.cleaned_data["as_of"])
        except NotAllowed as refused:
            if not isinstance(refused.refusal.reason, ResultRefusal):
                raise
            form.add_error(COUNT_FIELDS.get(refused.refusal.reason), words.of(refused.refusal))
        else:
            messages.success(request, _("The counting has begun. This page shows how far it is."))
            return redirect("results:list", campaign_id)
    return _editions(request, campaign, form, status=422)


@needs(Permission.SURVEY_CONDUCT)
@require_GET
def progress(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    """How far the counting is, for the page that asks every few seconds; at its end the page is drawn anew."""
    edition = visible_or_404(ResultEdition.objects.select_related("campaign"), request.viewer, pk=result_id)
    page = {"edition": edition, "campaign": edition.campaign}
    response = render(request, "surveys/results/list.html#counting", page)
    if edition.state != ResultState.COUNTING or is_given_up(edition.job):
        response.headers["HX-Refresh"] = "true"
    return response


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def count_again(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    with transaction.atomic():
        edition = services.begin_again(result_id, by=request.viewer, now=request.now)
        _queue(edition)
    messages.success(request, _("The counting has begun. This page shows how far it is."))
    return redirect("results:list", edition.campaign_id)


@needs(Permission.SURVEY_READ)
@require_GET
def detail(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    """The whole nation: every question, by the breakdown that was chosen, or by all of them.

    The ministry also looks inside a class, or inside one of each breakdown: the beds within a prefecture, by kind.
    """
    edition, within = _edition(request, result_id), inside.read(request.GET.getlist("within"))
    may_look = rules.may_look_inside(sees_all=queries.sees_all(request.viewer).ok)
    if within:
        require(may_look)
        sheet = queries.sheet_inside(edition, within)
    else:
        sheet = queries.sheet_of(edition, request.viewer)
    page = presenting.result_page(sheet, by=request.GET.get("by", ""))
    page |= {
        "may_look_inside": may_look,
        "choices": inside.choices([one for one, _, _ in edition.counted_strata()], within),
        "inside_name": inside.name_of(within),
        "query": inside.query_of(within),
    }
    return render(request, "surveys/results/detail.html", page)


@needs(Permission.SURVEY_READ)
@require_GET
def question(request: SignedInRequest, result_id: UUID, position: int) -> HttpResponse:
    sheet = queries.sheet_of(_edition(request, result_id), request.viewer, position=position)
    if position not in sheet.questions:
        raise Gone("question", position)
    page = presenting.question_page(sheet, position, option=request.GET.get("option", ""))
    return render(request, "surveys/results/question.html", page)


@needs(Permission.SURVEY_READ)
@require_GET
def export(request: SignedInRequest, result_id: UUID, form: str) -> HttpResponseBase:
    """The figures as a file, as this viewer sees them. The ministry has all; what others have passes the gate."""
    edition = _edition(request, result_id)
    sheet = queries.sheet_of(edition, request.viewer)
    if not sheet.is_whole:
        require(clearance.may_be_handed_out(edition))
    return exports.file_of(sheet, form, now=request.now)


@needs(Permission.SURVEY_CONDUCT)
@require_GET
def changes(request: SignedInRequest, result_id: UUID, before_id: UUID) -> HttpResponseBase:
    """What changed between two editions of a survey, figure by figure."""
    after, before = _edition(request, result_id), _edition(request, before_id)
    if before.campaign_id != after.campaign_id:
        raise Gone("result", before_id)
    sheets = (queries.sheet_of(before, request.viewer), queries.sheet_of(after, request.viewer))
    return listing.respond(
        request,
        table=lists.ChangeTable,
        filterset=lists.ChangeFilter,
        queryset=lists.rows_of_changes(*sheets),
        template="surveys/results/changes.html",
        filename="survey-changes",
        context={"edition": after, "before": before, "campaign": after.campaign} | _headings(after, before),
    )


@needs(Permission.SURVEY_CONDUCT)
@require_http_methods(["GET", "POST"])
def publish(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    """First a page that says what would be out for ever, and what speaks against it; then it is out."""
    if request.method == "GET":
        edition = _edition(request, result_id)
        may = first_refusal(queries.may_publish(edition), clearance.may_leave(edition))
        page = presenting.publishing_page(edition, queries.doubts_of_publishing(edition)) | {"may_publish": may}
        return render(request, "surveys/results/publish.html", page)
    edition = services.publish(result_id, by=request.viewer, now=request.now)
    messages.success(request, _("The figures are published. Anyone can read them now, without signing in."))
    return redirect("results:list", edition.campaign_id)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def cancel(request: SignedInRequest, result_id: UUID) -> HttpResponse:
    edition = services.cancel(result_id, by=request.viewer, now=request.now)
    messages.success(request, _("The counting was cancelled. No figures were kept."))
    return redirect("results:list", edition.campaign_id)


def _editions(request: SignedInRequest, campaign: Campaign, form: CountForm, *, status: int = 200) -> HttpResponse:
    editions = list(ResultEdition.objects.visible_to(request.viewer).filter(campaign=campaign).order_by("-number"))
    page = {
        "campaign": campaign,
        "editions": [(one, presenting.heading_of(one), presenting.before(one, editions)) for one in editions],
        "form": form,
        # At most one edition of a survey is being counted.
        "is_stopped": any(one.state == ResultState.COUNTING and is_given_up(one.job) for one in editions),
        "may_count": access.may(request.viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE),
    }
    return render(request, "surveys/results/list.html", page, status=status)


def _begin(request: SignedInRequest, campaign_id: UUID, stage: ResultStage, as_of: datetime) -> None:
    """An edition and the task that counts it: both, or neither."""
    with transaction.atomic():
        edition = services.begin_edition(campaign_id, stage=stage, as_of=as_of, by=request.viewer, now=request.now)
        _queue(edition)


def _queue(edition: ResultEdition) -> None:
    services.note_job(edition.pk, tasks.count_edition.enqueue(str(edition.pk)).id)


def _headings(after: ResultEdition, before: ResultEdition) -> dict[str, str]:
    return {"heading": presenting.heading_of(after), "heading_before": presenting.heading_of(before)}


def _edition(request: SignedInRequest, result_id: UUID) -> ResultEdition:
    rows = ResultEdition.objects.counted().select_related("campaign__edition")
    return visible_or_404(rows, request.viewer, pk=result_id)
