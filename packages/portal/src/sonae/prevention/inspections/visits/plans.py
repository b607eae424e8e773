"""Whom the plan of a year proposes: every institution of one's jurisdictions, with what speaks for a visit."""

from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue
from sonae.core.assurance.models import Evidence
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import Openness
from sonae.core.institutions.models import Institution
from sonae.core.instruments.models import Submission
from sonae.kernel.calendar import fiscal_year
from sonae.prevention.inspections.queries import FACILITY_FORM
from sonae.prevention.inspections.visits import basis, priorities, rules
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.priorities import EVERY_YEARS, POINTS
from sonae.prevention.inspections.visits.vocabulary import OnPlan, PlanFacts, PlanReason, Priority, VisitState

# An institution with what `candidates` annotates; Django's types do not know of it.
type Candidate = Any


def candidates(viewer: Viewer, year: int, *, now: datetime) -> QuerySet[Institution]:
    """The listed institutions that this viewer inspects, with what speaks for a visit in a fiscal year.

    `points` is the same number that `priorities.priority` counts, so that the database can sort by it.
    """
    reach = access.reach(viewer, Permission.INSPECTION_CONDUCT)
    rows = Institution.objects.listed().filter(jurisdiction_id__in=reach.jurisdiction_ids, kind__in=EVERY_YEARS)
    rows = rows.annotate(**_known(year, now=now), **_on_plan(year))
    return rows.annotate(points=_points(year), year=Value(year))


def facts_of(row: Any) -> PlanFacts:
    """What is known of an institution of `candidates`, for the rule."""
    return PlanFacts(
        visit_every_years=EVERY_YEARS[row.institution_kind],
        last_visit_on=row.last_visit_on,
        has_self_check=row.has_self_check,
        duties_overdue=row.duties_overdue,
        evidence_expired=row.evidence_expired,
        corrections_open=row.corrections_open,
    )


def priority_of(row: Any) -> Priority:
    return priorities.priority(facts_of(row), fiscal_year=row.year)


def years(*, today: date) -> tuple[int, ...]:
    """The fiscal years that may be planned: this one and the next."""
    this = fiscal_year(today)
    return tuple(range(this, this + rules.LONGEST_PLAN_YEARS + 1))


def year_asked(text: str, *, today: date) -> int:
    """The year that an address asks for; this one where it asks for none that may be planned."""
    return next((year for year in years(today=today) if str(year) == text), fiscal_year(today))


def on_plan(state: str | None) -> OnPlan:
    """Whether an institution is on the plan, from the state of its visit of the year."""
    if state is None:
        return OnPlan.NOT_YET
    return OnPlan.VISITED if state == VisitState.CLOSED else OnPlan.PLANNED


def on_plan_condition(wanted: OnPlan) -> Q:
    """The same as a condition on `candidates`."""
    return {
        OnPlan.NOT_YET: Q(visit_state=None),
        OnPlan.VISITED: Q(visit_state=VisitState.CLOSED),
        OnPlan.PLANNED: Q(visit_state__isnull=False) & ~Q(visit_state=VisitState.CLOSED),
    }[wanted]


def _known(year: int, *, now: datetime) -> dict[str, Any]:
    here = OuterRef("pk")
    form = basis.newest_form(year)
    handed_in = Submission.objects.filter(
        response__institution=here, response__vendor=None, response__edition__instrument=FACILITY_FORM,
        response__edition__fiscal_year=form.fiscal_year if form else None,
    )  # fmt: skip
    overdue = Duty.objects.overdue(now).filter(institution=here, openness=Openness.SUPERVISED)
    expired = Evidence.objects.standing().filter(institution=here, until__lte=now)
    expired = expired.exclude(control__in=catalogue.kept_inside())
    closed = Visit.objects.filter(institution=here, state=VisitState.CLOSED)
    corrections = Correction.objects.outstanding().filter(visit__institution=here)
    return {
        "last_visit_on": Subquery(closed.order_by().values("institution").annotate(last=Max("on")).values("last")),
        "has_self_check": Exists(handed_in),
        "duties_overdue": _count(overdue, "institution"),
        "evidence_expired": _count(expired, "institution"),
        "corrections_open": _count(corrections, "visit__institution"),
    }


def _on_plan(year: int) -> dict[str, Any]:
    """The visit of the year that is open, else the last that took place; a cancelled one is none."""
    visits = Visit.objects.filter(institution=OuterRef("pk"), fiscal_year=year)
    visits = visits.exclude(state=VisitState.CANCELLED).order_by(F("closed_at").desc(nulls_first=True), "-pk")
    return {
        "visit_id": Subquery(visits.values("pk")[:1]),
        "visit_state": Subquery(visits.values("state")[:1]),
        "visit_on": Subquery(visits.values("on")[:1]),
    }


def _count(rows: QuerySet[Any], by: str) -> Any:
    counted = rows.order_by().values(by).annotate(found=Count("pk")).values("found")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def conditions(year: int) -> dict[PlanReason, Q]:
    """What holds for an institution of `candidates` where a reason does; the twin of `priorities.priority`."""
    due = Q(pk__in=())
    for kind, years in EVERY_YEARS.items():
        due |= Q(kind=kind, last_visit_on__lt=priorities.due_before(year, every_years=years))
    return {
        PlanReason.NEVER_VISITED: Q(last_visit_on=None),
        PlanReason.VISIT_IS_DUE: due,
        PlanReason.CORRECTIONS_OPEN: Q(corrections_open__gt=0),
        PlanReason.NO_SELF_CHECK: Q(has_self_check=False),
        PlanReason.DUTIES_OVERDUE: Q(duties_overdue__gt=0),
        PlanReason.EVIDENCE_EXPIRED: Q(evidence_expired__gt=0),
    }


def _points(year: int) -> Any:
    holds = conditions(year)
    terms = [
        Case(When(holds[reason], then=Value(points)), default=Value(0), output_field=IntegerField())
        for reason, points in POINTS.items()
    ]
    total: Any = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def figures(rows: QuerySet[Any]) -> dict[OnPlan, int]:
    """How many of these institutions are on the plan, visited, or neither: one query."""
    counted = rows.order_by().aggregate(**{one.value: Count("pk", filter=on_plan_condition(one)) for one in OnPlan})
    return {one: counted[one.value] for one in OnPlan}
