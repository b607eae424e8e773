"""The plan of a year: who is visited when and by whom; telling the institution, moving the day, giving it up."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.access import queries as grants
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.bulletins import queries as people
from sonae.core.institutions.models import Institution
from sonae.core.notifications import services as notifications
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.visits import basis, queries, rules
from sonae.prevention.inspections.visits.models import Visit, VisitMember
from sonae.prevention.inspections.visits.priorities import EVERY_YEARS
from sonae.prevention.inspections.visits.services.records import locked_visit, person, turn
from sonae.prevention.inspections.visits.vocabulary import TurnKind, VisitRefusal, VisitState


@transaction.atomic
def plan(institution_id: int, *, fiscal_year: int, by: Viewer, now: datetime) -> Visit:
    """Puts an institution of one's own jurisdiction on the plan of a fiscal year; nobody is told yet.

    Raises Gone for an institution of another body, for one that is inspected under another act, and for one that has
    left the register.
    """
    reach = access.reach(by, Permission.INSPECTION_CONDUCT)
    rows = (
        Institution.objects.listed().select_for_update(of=("self",)).filter(jurisdiction_id__in=reach.jurisdiction_ids)
    )
    institution = rows.filter(pk=institution_id, kind__in=EVERY_YEARS).first()
    if institution is None:
        raise Gone("institution", institution_id)
    at = Place(institution_id=institution.pk, jurisdiction_id=institution.jurisdiction_id)
    require(access.may(by, Permission.INSPECTION_CONDUCT, at=at))
    ahead = Visit.objects.open().filter(institution=institution, fiscal_year=fiscal_year)
    has_form = basis.newest_form(fiscal_year) is not None
    require(rules.may_plan(fiscal_year, has_open_visit=ahead.exists(), has_form=has_form, today=jst_day(now)))
    visit = Visit.objects.create(
        institution=institution, fiscal_year=fiscal_year, planned_at=now, planned_by_id=person(by)
    )
    turn(visit, TurnKind.PLANNED, by=by, now=now)
    return visit


@transaction.atomic
def arrange(
    visit_id: UUID, *, on: date, team: Collection[UUID], companions: str = "", by: Viewer, now: datetime
) -> Visit:
    """Sets the day and who goes, before anybody is told. The team are inspectors of the jurisdiction."""
    visit = locked_visit(visit_id, by=by)
    require(rules.may_arrange(queries.facts(visit), on=on, has_team=bool(team), today=jst_day(now)))
    may_go = {one.pk for one in may_join(visit, now=now)}
    if not set(team) <= may_go:
        require(Refused(VisitRefusal.TEAM_UNKNOWN))
    before, visit.on, visit.companions = visit.on, on, companions.strip()[:200]
    visit.save(update_fields=["on", "companions"])
    visit.members.all().delete()
    VisitMember.objects.bulk_create([VisitMember(visit=visit, account_id=one) for one in dict.fromkeys(team)])
    turn(visit, TurnKind.ARRANGED, by=by, now=now, on_before=before)
    return visit


@transaction.atomic
def announce(visit_id: UUID, *, by: Viewer, now: datetime) -> Visit:
    """Tells the managers of the institution by mail when the visit is, and what to have ready."""
    visit = locked_visit(visit_id, by=by)
    told = people.people_to_tell([visit.institution_id], now=now)
    require(rules.may_announce(queries.facts(visit), people_to_tell=len(told), today=jst_day(now)))
    visit.state, visit.announced_at, visit.announced_by_id = VisitState.ANNOUNCED, now, by.account_id
    visit.save(update_fields=["state", "announced_at", "announced_by"])
    turn(visit, TurnKind.ANNOUNCED, by=by, now=now, on_before=visit.on)
    tell(visit, "inspections/visit_announced", now=now)
    return visit


@transaction.atomic
def move(visit_id: UUID, *, on: date, why: str, by: Viewer, now: datetime) -> Visit:
    """Puts an announced visit on another day; the institution is told with the reason."""
    visit = locked_visit(visit_id, by=by)
    require(rules.may_move(queries.facts(visit), on=on, why=why, today=jst_day(now)))
    before, visit.on = visit.on, on
    visit.save(update_fields=["on"])
    turn(visit, TurnKind.MOVED, by=by, now=now, on_before=before, why=why)
    tell(visit, "inspections/visit_moved", now=now, before=before, why=why.strip())
    return visit


@transaction.atomic
def cancel(visit_id: UUID, *, why: str, by: Viewer, now: datetime) -> Visit:
    """Takes a visit off the plan, also one that was begun by mistake; whoever was told of it is told the reason."""
    visit = locked_visit(visit_id, by=by)
    require(rules.may_cancel(queries.facts(visit), why=why))
    was_told = visit.announced_at is not None
    visit.state, visit.cancelled_at, visit.cancelled_by_id = VisitState.CANCELLED, now, by.account_id
    visit.started_at = visit.started_by_id = visit.edition = visit.submission = None
    visit.save(
        update_fields=["state", "cancelled_at", "cancelled_by", "started_at", "started_by", "edition", "submission"]
    )
    turn(visit, TurnKind.CANCELLED, by=by, now=now, on_before=visit.on, why=why)
    if was_told:
        tell(visit, "inspections/visit_cancelled", now=now, why=why.strip())
    return visit


def may_join(visit: Visit, *, now: datetime) -> list[Account]:
    """The inspectors of the jurisdiction in which the institution lies."""
    return grants.holders([Role.INSPECTOR], now=now, jurisdiction_id=visit.institution.jurisdiction_id)


def tell(visit: Visit, template: str, *, now: datetime, **said: object) -> None:
    """One mail to each manager of the institution, with the way to the page on which it prepares."""
    form = basis.form_of(visit)
    year = visit.fiscal_year if form is None else form.edition.fiscal_year
    path = reverse("inspections:preparation", args=[visit.institution_id, year])
    context = {"on": visit.on, "path": path, **said}
    told = people.people_to_tell([visit.institution_id], now=now)
    notifications.queue_mails(
        template,
        to=[
            notifications.Recipient(
                one.account_id, context, f"{template}:{visit.pk}:{now.isoformat()}:{one.account_id}"
            )
            for one in told
        ],
        now=now,
    )


def count_to_tell(visit: Visit, *, now: datetime) -> int:
    """How many people at the institution would receive a notice."""
    return len(people.people_to_tell([visit.institution_id], now=now))
