"""The order in which the plan of a year proposes institutions: by the last visit, and by what is known of them.

The points are Sonae's own suggestion; no source names any. How often a kind of institution is visited is the custom
that the notices describe (hospitals each year, others about every third), to be confirmed.
"""

from datetime import date

from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.kernel import calendar
from sonae.prevention.inspections.visits.vocabulary import PlanFacts, PlanReason, Priority

POINTS: dict[PlanReason, int] = {
    PlanReason.NEVER_VISITED: 3,
    PlanReason.VISIT_IS_DUE: 3,
    PlanReason.CORRECTIONS_OPEN: 2,
    PlanReason.NO_SELF_CHECK: 2,
    PlanReason.DUTIES_OVERDUE: 2,
    PlanReason.EVIDENCE_EXPIRED: 1,
}
# Pharmacies are inspected under another act (薬機法), with a form of their own: they are not on this plan.
EVERY_YEARS: dict[InstitutionKind, int] = {
    InstitutionKind.HOSPITAL: 1,
    **{kind: 3 for kind in InstitutionKind if kind not in (InstitutionKind.HOSPITAL, InstitutionKind.PHARMACY)},
}


def priority(facts: PlanFacts, *, fiscal_year: int) -> Priority:
    """Why an institution should be visited in a fiscal year, and how many points that gives."""
    last = facts.last_visit_on
    holds = {
        PlanReason.NEVER_VISITED: last is None,
        PlanReason.VISIT_IS_DUE: last is not None
        and last < due_before(fiscal_year, every_years=facts.visit_every_years),
        PlanReason.CORRECTIONS_OPEN: facts.corrections_open > 0,
        PlanReason.NO_SELF_CHECK: not facts.has_self_check,
        PlanReason.DUTIES_OVERDUE: facts.duties_overdue > 0,
        PlanReason.EVIDENCE_EXPIRED: facts.evidence_expired > 0,
    }
    reasons = tuple((reason, POINTS[reason]) for reason, does_hold in holds.items() if does_hold)
    return Priority(sum(points for _, points in reasons), reasons)


def due_before(fiscal_year: int, *, every_years: int) -> date:
    """An institution whose last visit was before this day is to be visited in the fiscal year."""
    return calendar.fiscal_year_days(fiscal_year - every_years + 1)[0]
