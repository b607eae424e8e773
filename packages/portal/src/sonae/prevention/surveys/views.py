from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, revision_seen
from sonae.core.web.problems import put_beside
from sonae.kernel import calendar
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.surveys import figures_file, pages, queries, rules, services
from sonae.prevention.surveys.forms import (
    CALL_FIELDS,
    LAST_DAY_FIELDS,
    PROXY_FIELDS,
    REMINDER_FIELDS,
    WHY_FIELDS,
    CallForm,
    CampaignForm,
    ExcuseForm,
    ExtensionForm,
    ManyForm,
    ProxyForm,
    ReminderForm,
    WithdrawalForm,
)
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.tables import (
    AskedFilter,
    CampaignFilter,
    CampaignTable,
    DifferenceTable,
    FollowUpFilter,
    FollowUpTable,
    OwnTable,
)
from sonae.prevention.surveys.vocabulary import CallOutcome, CampaignState, Channel, Excuse


def _supervises(request: SignedInRequest) -> bool:
    reach = access.reach(request.viewer, Permission.SURVEY_READ)
    return reach.nation or bool(reach.jurisdiction_ids)


@needs(Permission.SURVEY_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    if not _supervises(request):
        return redirect("surveys:mine")
    return listing.respond(
        request,
        table=CampaignTable,
        filterset=CampaignFilter,
        queryset=Campaign.objects.visible_to(request.viewer),
        template="surveys/index.html",
        filename="surveys",
        context={"may_conduct": access.may(request.viewer, Permission.SURVEY_CONDUCT)},
    )


# --- conducting ----------------------------------------------------------------------------------------------------


@needs(Permission.SURVEY_CONDUCT)
@require_http_methods(["GET", "POST"])
def draft(request: SignedInRequest) -> HttpResponse:
    form = CampaignForm(
        request.POST or None, initial={"fiscal_year": calendar.fiscal_year(calendar.jst_day(request.now))}
    )
    if request.method == "POST" and form.is_valid():
        campaign = services.draft_campaign(form.content(), by=request.viewer, now=request.now)
        messages.success(request, _("The draft was saved. Please check whom it asks before you open it."))
        return redirect("surveys:detail", campaign.pk)
    return render(request, "surveys/draft.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.SURVEY_CONDUCT)
@require_http_methods(["GET", "POST"])
def revise(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    campaign = visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)
    require(rules.may_edit(CampaignState(campaign.state)))
    form = CampaignForm(request.POST or None, initial=CampaignForm.initial_of(campaign))
    if request.method == "POST" and form.is_valid():
        services.revise_campaign(
            campaign_id, form.content(), seen=revision_seen(request), by=request.viewer, now=request.now
        )
        messages.success(request, _("The draft was saved. Please check whom it asks before you open it."))
        return redirect("surveys:detail", campaign_id)
    page = {"form": form, "campaign": campaign, "seen": request.POST.get("seen", campaign.revision)}
    return render(request, "surveys/draft.html", page, status=422 if form.errors else 200)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def discard(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    services.discard_campaign(campaign_id, seen=revision_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The draft was deleted. Nobody had been asked."))
    return redirect("surveys:list")


@needs(Permission.SURVEY_READ)
@require_GET
def detail(request: SignedInRequest, campaign_id: UUID) -> HttpResponseBase:
    """A survey and how far it is; with `export` the figures as a file."""
    campaign = _campaign(request, campaign_id)
    if not _supervises(request):
        return redirect("surveys:own", campaign_id)
    form = request.GET.get("export", "")
    if form in figures_file.FORMS and campaign.state not in {CampaignState.DRAFT, CampaignState.OPENING}:
        return figures_file.file_of(campaign, queries.standing(campaign, request.viewer, now=request.now), form)
    page = pages.campaign_page(campaign, request.viewer, now=request.now)
    return render(request, "surveys/detail.html", page)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def open_campaign(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    services.begin_opening(campaign_id, seen=revision_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The survey is being opened. This page shows how far it is."))
    return redirect("surveys:detail", campaign_id)


@needs(Permission.SURVEY_READ)
@require_GET
def opening(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """How far the opening is, for the page that asks every few seconds; at the end the page is drawn anew."""
    campaign = _campaign(request, campaign_id)
    response = render(request, "surveys/detail.html#opening", {"campaign": campaign})
    if campaign.state != CampaignState.OPENING:
        response.headers["HX-Refresh"] = "true"
    return response


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def cancel_opening(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    services.cancel_opening(campaign_id, by=request.viewer, now=request.now)
    messages.success(request, _("The opening was cancelled. The survey is a draft as before."))
    return redirect("surveys:detail", campaign_id)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def close(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    services.close_campaign(campaign_id, by=request.viewer, now=request.now)
    messages.success(request, _("The survey is closed. Answers are not taken any more."))
    return redirect("surveys:detail", campaign_id)


@needs(Permission.SURVEY_CONDUCT)
@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    campaign = visible_or_404(Campaign.objects, request.viewer, pk=campaign_id)
    may = rules.may_be_withdrawn(CampaignState(campaign.state))
    form = WithdrawalForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_campaign(campaign_id, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
        except NotAllowed as refused:
            put_beside(form, refused, WHY_FIELDS)
        else:
            messages.success(request, _("The survey was withdrawn. Nobody owes an answer any more."))
            return redirect("surveys:detail", campaign_id)
    page = {"form": form, "campaign": campaign, "may_withdraw": may}
    return render(request, "surveys/withdraw.html", page, status=422 if form.errors else 200)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def remind(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    campaign = _campaign(request, campaign_id)
    form = ReminderForm(request.POST)
    if form.is_valid():
        try:
            services.add_reminder_date(campaign_id, day=form.cleaned_data["day"], by=request.viewer, now=request.now)
        except NotAllowed as refused:
            put_beside(form, refused, REMINDER_FIELDS)
        else:
            messages.success(request, _("Everybody who has not answered by then is reminded on that day."))
            return redirect("surveys:detail", campaign_id)
    return _campaign_page(request, campaign, reminder_form=form)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def extend_many(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """More time for everybody who owes an answer, or for those of a prefecture or kind; first a page says how many
    that are, and only whoever confirms it there gives it."""
    campaign = _campaign(request, campaign_id)
    form = ManyForm(request.POST)
    if form.is_valid():
        is_confirmed = request.POST.get("confirmed") == "yes"
        begin = services.begin_extension if is_confirmed else services.plan_extension
        try:
            given = begin(campaign_id, by=request.viewer, now=request.now, **form.chosen())
        except NotAllowed as refused:
            put_beside(form, refused, LAST_DAY_FIELDS)
        else:
            if not is_confirmed:
                page = {"campaign": campaign, "given": given, "facts": pages.extension_facts(given), "form": form}
                return render(request, "surveys/extend_many.html", page)
            messages.success(request, _("More time is being given. This page shows how far it is."))
            return redirect("surveys:detail", campaign_id)
    return _campaign_page(request, campaign, many_form=form)


@needs(Permission.SURVEY_CONDUCT)
@require_GET
def extending(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """How far the giving of more time is, for the page that asks every few seconds."""
    campaign = _campaign(request, campaign_id)
    page = {"campaign": campaign, "extensions": pages.extensions(campaign)}
    return render(request, "surveys/detail.html#extending", page)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def cancel_extending(request: SignedInRequest, campaign_id: UUID, extension_id: int) -> HttpResponse:
    services.cancel_extension(campaign_id, extension_id, by=request.viewer, now=request.now)
    messages.success(request, _("Nobody else gets more time. Whoever has it keeps it."))
    return redirect("surveys:detail", campaign_id)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def unremind(request: SignedInRequest, campaign_id: UUID, reminder_id: int) -> HttpResponse:
    services.drop_reminder_date(reminder_id, by=request.viewer, now=request.now)
    messages.success(request, _("Nobody is reminded on that day."))
    return redirect("surveys:detail", campaign_id)


# --- following up --------------------------------------------------------------------------------------------------


@needs(Permission.SURVEY_READ)
@require_GET
def follow_up(request: SignedInRequest, campaign_id: UUID) -> HttpResponseBase:
    campaign = _supervised(request, campaign_id)
    return listing.respond(
        request,
        table=FollowUpTable,
        filterset=FollowUpFilter,
        queryset=queries.follow_up(campaign, request.viewer),
        template="surveys/follow_up.html",
        filename="survey-follow-up",
        context={"campaign": campaign},
        note=_note_call_list(request),
    )


def _note_call_list(request: SignedInRequest) -> Callable[[listing.Shown], None]:
    """Two lines for each page or file: the list, and the contacts in it, where this viewer reads those of others."""
    listed = reads.of_list("survey.follow_up", request=request, permission=Permission.SURVEY_READ, subject="survey")
    called = reads.of_list(
        "institutions.read_contacts", request=request, permission=Permission.CONTACT_READ, subject="institution"
    )

    def note(shown: listing.Shown) -> None:
        listed(shown)
        called(shown)

    return note


@needs(Permission.SURVEY_READ)
@require_GET
def differences(request: SignedInRequest, campaign_id: UUID) -> HttpResponseBase:
    """What the register says today that it did not say on the reference date; nothing of it changes the figures."""
    campaign = _supervised(request, campaign_id)
    today = calendar.jst_day(request.now)
    return listing.respond(
        request,
        table=DifferenceTable,
        filterset=AskedFilter,
        queryset=queries.drifted(campaign, request.viewer),
        template="surveys/differences.html",
        filename="survey-differences",
        context={
            "campaign": campaign,
            "newcomers": queries.newcomers(campaign, on=today).count()
            if access.reach(request.viewer, Permission.SURVEY_READ).nation
            else None,
        },
    )


@needs(Permission.SURVEY_READ)
@require_GET
def asked(request: SignedInRequest, asked_id: int) -> HttpResponse:
    return _asked_page(request, _asked(request, asked_id))


@needs(Permission.SURVEY_FOLLOW_UP)
@require_POST
def call(request: SignedInRequest, asked_id: int) -> HttpResponse:
    found = _asked(request, asked_id)
    form = CallForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data | {"outcome": CallOutcome(form.cleaned_data["outcome"])}
        try:
            services.note_call(asked_id, by=request.viewer, now=request.now, **said)
        except NotAllowed as refused:
            put_beside(form, refused, CALL_FIELDS)
        else:
            messages.success(request, _("The call was noted."))
            return redirect("surveys:asked", asked_id)
    return _asked_page(request, found, call_form=form)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def extend(request: SignedInRequest, asked_id: int) -> HttpResponse:
    found = _asked(request, asked_id)
    form = ExtensionForm(request.POST)
    if form.is_valid():
        due_at: datetime = calendar.end_of(form.cleaned_data["last_day"])
        try:
            services.extend(asked_id, due_at=due_at, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
        except NotAllowed as refused:
            put_beside(form, refused, LAST_DAY_FIELDS)
        else:
            messages.success(request, _("The institution has more time. Its people are told."))
            return redirect("surveys:asked", asked_id)
    return _asked_page(request, found, extension_form=form)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def excuse(request: SignedInRequest, asked_id: int) -> HttpResponse:
    found = _asked(request, asked_id)
    form = ExcuseForm(request.POST)
    if form.is_valid():
        kind, why = Excuse(form.cleaned_data["kind"]), form.cleaned_data["why"]
        try:
            services.excuse(asked_id, kind=kind, why=why, by=request.viewer, now=request.now)
        except NotAllowed as refused:
            put_beside(form, refused, WHY_FIELDS)
        else:
            said = _("No answer is expected any more. The institution is still counted among those asked.")
            messages.success(request, said)
            return redirect("surveys:asked", asked_id)
    return _asked_page(request, found, excuse_form=form)


@needs(Permission.SURVEY_CONDUCT)
@require_POST
def expect_again(request: SignedInRequest, asked_id: int) -> HttpResponse:
    services.expect_again(asked_id, by=request.viewer, now=request.now)
    messages.success(request, _("The answer of this institution is expected again."))
    return redirect("surveys:asked", asked_id)


@needs(Permission.SURVEY_FOLLOW_UP)
@require_POST
def stand_in(request: SignedInRequest, asked_id: int) -> HttpResponse:
    """On to the answering pages, on which every answer is marked as entered by proxy."""
    found = _asked(request, asked_id)
    form = ProxyForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data | {"channel": Channel(form.cleaned_data["channel"])}
        try:
            _proxy, response = services.stand_in(asked_id, by=request.viewer, now=request.now, **said)
        except NotAllowed as refused:
            put_beside(form, refused, PROXY_FIELDS)
        else:
            told = _("Please enter the answers now. Each is marked as entered in place of the institution.")
            messages.success(request, told)
            return redirect("instruments:response", response.pk)
    return _asked_page(request, found, proxy_form=form)


# --- one's own -----------------------------------------------------------------------------------------------------


@needs(Permission.SURVEY_READ)
@require_GET
def mine(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=OwnTable,
        filterset=AskedFilter,
        queryset=queries.own(request.viewer),
        template="surveys/mine.html",
        filename="own-surveys",
    )


@needs(Permission.SURVEY_READ)
@require_GET
def own(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    """One survey as an institution sees it, with the way to its answers; a supervisor is sent to the figures."""
    rows = list(queries.own(request.viewer).filter(campaign_id=campaign_id))
    if not rows:
        campaign = _campaign(request, campaign_id)
        return redirect("surveys:detail", campaign.pk)
    services.note_opened(campaign_id, by=request.viewer, now=request.now)
    page = {
        "campaign": rows[0].campaign,
        "facts": pages.facts(rows[0].campaign),
        "rows": [(row, _may_begin(row, request), row.is_late(now=request.now)) for row in rows],
        "may_answer": access.reach(request.viewer, Permission.RESPONSE_ANSWER).institution_ids,
    }
    return render(request, "surveys/own.html", page)


@needs(Permission.RESPONSE_ANSWER)
@require_POST
def begin(request: SignedInRequest, campaign_id: UUID, institution_id: int) -> HttpResponse:
    _campaign(request, campaign_id)
    response = services.begin_response(campaign_id, institution_id, by=request.viewer, now=request.now)
    return redirect("instruments:response", response.pk)


# --- inside --------------------------------------------------------------------------------------------------------


def _campaign(request: SignedInRequest, campaign_id: UUID) -> Campaign:
    return visible_or_404(Campaign.objects.select_related("edition"), request.viewer, pk=campaign_id)


def _supervised(request: SignedInRequest, campaign_id: UUID) -> Campaign:
    """The campaign, for those who follow it up: what was noted about an institution is not for its own people."""
    if not _supervises(request):
        raise Gone("campaign", campaign_id)
    return _campaign(request, campaign_id)


def _asked(request: SignedInRequest, asked_id: int) -> AskedInstitution:
    """One asked institution for those who follow it up; an institution itself has its own page."""
    rows = AskedInstitution.objects.select_related("campaign", "institution", "response", "excused_by")
    found = visible_or_404(rows, request.viewer, pk=asked_id)
    reach = access.reach(request.viewer, Permission.SURVEY_READ)
    if not (reach.nation or found.institution.jurisdiction_id in reach.jurisdiction_ids):
        raise Gone("asked", asked_id)
    return found


def _campaign_page(request: SignedInRequest, campaign: Campaign, **typed: Any) -> HttpResponse:
    """The page of a campaign with a form that was refused, and what was typed into it."""
    page = pages.campaign_page(campaign, request.viewer, now=request.now, **typed)
    return render(request, "surveys/detail.html", page, status=422)


def _asked_page(request: SignedInRequest, found: AskedInstitution, **typed: Any) -> HttpResponse:
    page = pages.asked_page(found, request.viewer, now=request.now, **typed)
    if page["contacts"]:
        reads.record_one(
            "institutions.read_contacts", request=request, permission=Permission.CONTACT_READ, subject="institution",
            subject_id=found.institution_id, institution_id=found.institution_id,
        )  # fmt: skip
    return render(request, "surveys/asked.html", page, status=422 if typed else 200)


def _may_begin(row: AskedInstitution, request: SignedInRequest) -> Any:
    campaign = row.campaign
    return rules.may_begin(
        CampaignState(campaign.state), opens_at=campaign.opens_at, is_asked=True,
        is_excused=row.excused_at is not None, now=request.now,
    )  # fmt: skip
