"""Following a finding up: the institution says what it did, the inspector accepts it or sends it back."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from sonae.core.access import queries as grants
from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit import services as audit
from sonae.core.documents.models import Document
from sonae.core.duties import services as duties
from sonae.core.notifications import services as notifications
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.inspections.visits import basis, rules
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.services import closing
from sonae.prevention.inspections.visits.vocabulary import CorrectionState, CorrectionTurnKind


@transaction.atomic
def answer_correction(
    correction_id: UUID, *, text: str, document_id: UUID | None = None, by: Viewer, now: datetime
) -> Correction:
    """The institution says what it did; that ends its duty, unless the answer comes back."""
    correction = _locked(correction_id, Permission.INSPECTION_CORRECT, by=by)
    require(rules.may_answer(CorrectionState(correction.state), text=text))
    if document_id is not None:
        rows = Document.objects.visible_to(by).filter(institution_id=correction.visit.institution_id)
        if not rows.filter(pk=document_id).exists():
            raise Gone("document", document_id)
    _move(correction, CorrectionState.ANSWERED)
    closing.step(correction, CorrectionTurnKind.ANSWERED, by=by, now=now, text=text, document_id=document_id)
    duties.settle(closing.DUTY, subject=closing.SUBJECT, subject_id=correction.pk, by=by.account_id, now=now)
    _record("correction.answer", correction, by=by, now=now)
    _tell_inspectors(correction, now=now)
    return correction


@transaction.atomic
def accept_correction(correction_id: UUID, *, by: Viewer, now: datetime) -> Correction:
    """The inspector takes the answer as enough: what was found is mended, and the controls of its row say so."""
    correction = _locked(correction_id, Permission.INSPECTION_CONDUCT, by=by)
    # Rows of one control speak together: what was accepted at the same moment is waited for, and counts.
    Visit.objects.select_for_update().get(pk=correction.visit_id)
    require(rules.may_accept(CorrectionState(correction.state)))
    correction.accepted_at, correction.accepted_by_id = now, by.account_id
    _move(correction, CorrectionState.ACCEPTED)
    closing.step(correction, CorrectionTurnKind.ACCEPTED, by=by, now=now)
    form = basis.form_of(correction.visit)
    assert form is not None, "a closed visit has a form"
    closing.file_corrected(correction, form, by=by, now=now)
    _record("correction.accept", correction, by=by, now=now)
    return correction


@transaction.atomic
def send_back_correction(correction_id: UUID, *, why: str, due_on: date, by: Viewer, now: datetime) -> Correction:
    """The answer goes back with a reason and with time to mend it: the institution owes it again."""
    correction = _locked(correction_id, Permission.INSPECTION_CONDUCT, by=by)
    require(rules.may_send_back(CorrectionState(correction.state), why=why, due_on=due_on, today=jst_day(now)))
    correction.due_on, correction.rounds = due_on, correction.rounds + 1
    _move(correction, CorrectionState.SENT_BACK)
    closing.step(correction, CorrectionTurnKind.SENT_BACK, by=by, now=now, text=why)
    form = basis.form_of(correction.visit)
    assert form is not None, "a closed visit has a form"
    closing.impose(correction, form, by=by, now=now)
    _record("correction.send_back", correction, by=by, now=now)
    return correction


def _locked(correction_id: UUID, permission: Permission, *, by: Viewer) -> Correction:
    """The correction, locked, for whoever may do this where it lies."""
    rows = Correction.objects.select_for_update(of=("self",)).visible_to(by)
    found = rows.select_related("visit__institution__jurisdiction", "visit__edition", "entry").filter(pk=correction_id)
    correction = found.first()
    if correction is None:
        raise Gone("correction", correction_id)
    require(access.may(by, permission, at=places.place_of_institution(correction.visit.institution_id)))
    return correction


def _move(correction: Correction, state: CorrectionState) -> None:
    correction.state = state
    correction.save(update_fields=["state", "due_on", "rounds", "accepted_at", "accepted_by"])


def _record(verb: str, correction: Correction, *, by: Viewer, now: datetime) -> None:
    audit.record(
        verb, subject=closing.SUBJECT, subject_id=correction.pk, by=by.account_id, now=now,
        institution_id=correction.visit.institution_id, facts={"visit": str(correction.visit_id)},
    )  # fmt: skip


def _tell_inspectors(correction: Correction, *, now: datetime) -> None:
    """One mail to each of the team who still inspects there; to all inspectors of the body where nobody of it does."""
    body = correction.visit.institution.jurisdiction_id
    inspecting = {one.pk for one in grants.holders([Role.INSPECTOR], now=now, jurisdiction_id=body)}
    team = set(correction.visit.members.values_list("account_id", flat=True))
    context = {"path": reverse("visits:correction", args=[correction.pk])}
    notifications.queue_mails(
        "inspections/correction_answered",
        to=[
            notifications.Recipient(one, context, f"correction:{correction.pk}:{correction.rounds}:{one}")
            for one in sorted(team & inspecting or inspecting)
        ],
        now=now,
    )
