"""The plan of a year: whom it proposes and why, and putting an institution on it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, reads, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Decision
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.pages import year_form
from sonae.prevention.inspections.visits import basis, plans, rules, services
from sonae.prevention.inspections.visits.models import Visit
from sonae.prevention.inspections.visits.tables import PlanFilter, PlanTable
from sonae.prevention.inspections.visits.vocabulary import VisitState
from sonae.prevention.inspections.visits.wording import year_words


@needs(Permission.INSPECTION_CONDUCT)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """The institutions of one's jurisdiction in the order in which a visit is proposed."""
    year = plans.year_asked(request.GET.get("year", ""), today=jst_day(request.now))
    rows = plans.candidates(request.viewer, year, now=request.now)
    return listing.respond(
        request,
        table=PlanTable,
        filterset=PlanFilter,
        queryset=rows,
        template="inspections/visits/plan.html",
        filename="inspection-plan",
        context={
            "figures": [(words.of(state), n) for state, n in plans.figures(rows).items()],
            "year": year_words(year),
            "year_form": year_form.to_inspector(year, basis.newest_form(year)),
        },
        note=reads.of_list("visit.plan_list", request=request, permission=Permission.INSPECTION_READ, subject="visit"),
    )


@needs(Permission.INSPECTION_CONDUCT)
@require_http_methods(["GET", "POST"])
def candidate(request: SignedInRequest, year: int, institution_id: int) -> HttpResponse:
    """Why one institution stands where it does, and the button that puts it on the plan."""
    found = plans.candidates(request.viewer, year, now=request.now).filter(pk=institution_id).first()
    if found is None or year not in plans.years(today=jst_day(request.now)):
        raise Gone("institution", institution_id)
    if request.method == "POST":
        visit = services.plan(institution_id, fiscal_year=year, by=request.viewer, now=request.now)
        messages.success(request, _("The institution is on the plan. Please set the day and who goes."))
        return redirect("visits:detail", visit.pk)
    priority = plans.priority_of(found)
    page = {
        "institution": found,
        "year": year_words(year),
        "year_form": year_form.to_inspector(year, basis.newest_form(year)),
        "priority": priority,
        "reasons": [(words.of(reason), points) for reason, points in priority.reasons],
        "facts": _facts(found),
        "visits": [
            (visit, words.of(VisitState(visit.state)))
            for visit in Visit.objects.visible_to(request.viewer).filter(institution_id=institution_id)
        ],
        "may_plan": _may_plan(found, year, now=request.now),
    }
    return render(request, "inspections/visits/candidate.html", page)


def _may_plan(found: plans.Candidate, year: int, *, now: datetime) -> Decision:
    open_visits = Visit.objects.open().filter(institution_id=found.pk, fiscal_year=year)
    has_form = basis.newest_form(year) is not None
    return rules.may_plan(year, has_open_visit=open_visits.exists(), has_form=has_form, today=jst_day(now))


def _facts(found: plans.Candidate) -> list[tuple[str, object]]:
    return [
        (_("Kind"), found.institution_kind),
        (_("Licensed beds"), found.licensed_beds),
        (_("Last visit"), found.last_visit_on),
        (_("Self-check submitted"), bool(found.has_self_check)),
        (_("Overdue duties"), found.duties_overdue),
        (_("Expired evidence"), found.evidence_expired),
        (_("Open corrections"), found.corrections_open),
    ]
