"""What every verb of a visit begins and ends with."""

from datetime import date, datetime
from uuid import UUID

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.visits.models import Visit, VisitTurn
from sonae.prevention.inspections.visits.vocabulary import TurnKind

SUBJECT = "visit"


def locked_visit(visit_id: UUID, *, by: Viewer) -> Visit:
    """The visit, locked, for whoever inspects there; raises Gone for one this viewer may not know of."""
    rows = Visit.objects.select_for_update(of=("self",)).visible_to(by)
    visit = rows.select_related("institution", "edition", "submission").filter(pk=visit_id).first()
    if visit is None:
        raise Gone("visit", visit_id)
    require(access.may(by, Permission.INSPECTION_CONDUCT, at=places.place_of_institution(visit.institution_id)))
    return visit


def person(by: Viewer) -> UUID:
    """Who does it: inspections are conducted, and corrections answered, by people."""
    assert by.account_id is not None, "inspections are conducted by people"
    return by.account_id


def turn(
    visit: Visit, kind: TurnKind, *, by: Viewer, now: datetime, on_before: date | None = None, why: str = ""
) -> None:
    """Writes down one step: in the history of the visit, and in the audit log."""
    VisitTurn.objects.create(
        visit=visit, kind=kind, on_before=on_before, on_after=visit.on, why=why.strip(), at=now, by_id=person(by)
    )
    facts = {"before": on_before, "on": visit.on} if on_before != visit.on else {}
    record(f"visit.{kind}", visit, by=by, now=now, **facts)


def record(verb: str, visit: Visit, *, by: Viewer, now: datetime, **facts: object) -> None:
    audit.record(
        verb, subject=SUBJECT, subject_id=visit.pk, by=by.account_id, now=now,
        institution_id=visit.institution_id, facts=facts,
    )  # fmt: skip


def moved_on(visit: Visit, count: int, *, now: datetime) -> None:
    """Counts what was written, and voids the signatures: what they stood under has changed."""
    visit.revision += count
    visit.save(update_fields=["revision"])
    visit.signatures.filter(voided_at=None).update(voided_at=now)
