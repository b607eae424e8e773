"""What happens to a duty before it ends for good: its due moment moves, or it opens again."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance.vocabulary import EvidenceWithdrawn
from sonae.core.audit import services as audit
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty, DutyChange
from sonae.core.duties.services import ending, reminding
from sonae.core.duties.vocabulary import ChangeKind, DutyReopened, DutyState
from sonae.kernel.decision import Decision, require
from sonae.kernel.events import publish


@transaction.atomic
def redate(duty_id: UUID, *, due_at: datetime, why: str, by: Viewer, now: datetime) -> Duty:
    """Moves the due moment of a duty that this person supervises; the first one stays on record."""
    duty = ending.locked(duty_id, by=by)
    require(may_move(duty, by))
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    supervised = is_supervised(duty, by)
    require(rules.may_redate(duty.duty_facts(), rule, is_supervised=supervised, due_at=due_at, why=why, now=now))
    _move(duty, due_at=due_at, why=why.strip(), by=by.account_id, now=now)
    return duty


@transaction.atomic
def move_due(
    rule: str,
    *,
    subject: str,
    subject_id: object,
    due_at: datetime,
    why: str,
    now: datetime,
    by: UUID | None = None,
    institution_id: int | None = None,
) -> int:
    """Moves the open duties of a rule about a subject: another room's verb found that they are due at another moment.

    That room has asked its own permission, so what the law lays down can move too. Returns how many were moved.
    """
    duties = Duty.objects.select_for_update(of=("self",)).open().select_related("institution")
    duties = duties.filter(rule=rule, subject=subject, subject_id=str(subject_id)).exclude(due_at=due_at)
    if institution_id is not None:
        duties = duties.filter(institution_id=institution_id)
    moved = list(duties.order_by("pk"))
    for duty in moved:
        _move(duty, due_at=due_at, why=why, by=by, now=now)
    return len(moved)


@transaction.atomic
def reopen_by_withdrawal(event: EvidenceWithdrawn) -> int:
    """Opens the duties again that this evidence had ended, unless something else shows them done; returns how many.

    Subscribed to EvidenceWithdrawn. A duty that is owed again already is not opened a second time: it falls away.
    """
    rested = Duty.objects.select_for_update(of=("self",)).filter(
        evidence_id=event.evidence_id, state=DutyState.FULFILLED
    )
    reopened = 0
    for duty in rested.order_by("pk"):
        if _is_owed_again(duty):
            ending.end(duty, DutyState.SUPERSEDED, by=event.by, now=event.now)
            continue
        _reopen(duty, by=event.by, now=event.now)
        if ending.settle_by_standing_evidence([duty], now=event.now):
            continue
        reopened += 1
        publish(
            DutyReopened(
                duty.pk, duty.rule, duty.subject, duty.subject_id, duty.institution_id, by=event.by, now=event.now
            )
        )
    return reopened


def may_move(duty: Duty, viewer: Viewer) -> Decision:
    """Whether the viewer's roles let them move due moments for this recipient."""
    at = NATIONWIDE if duty.institution_id is None else places.place_of_institution(duty.institution_id)
    return access.may(viewer, Permission.DUTY_REDATE, at=at)


def is_supervised(duty: Duty, viewer: Viewer) -> bool:
    """Whether the viewer supervises whoever owes this duty."""
    return Duty.objects.supervised_by(viewer).filter(pk=duty.pk).exists()


def _move(duty: Duty, *, due_at: datetime, why: str, by: UUID | None, now: datetime) -> None:
    # What was to be told until now is told by the old due moment; from now on the new one counts.
    reminding.note_until(duty, now=now)
    before, duty.due_at = duty.due_at, due_at
    _reschedule(duty, now=now)
    duty.save(update_fields=["due_at", "rescheduled_at", "next_reminder_at", "claim", "claimed_until"])
    _write(duty, ChangeKind.REDATED, due_before=before, why=why, by=by, now=now)
    audit.record(
        "duty.redate",
        subject="duty",
        subject_id=duty.pk,
        by=by,
        now=now,
        institution_id=duty.institution_id,
        facts={"rule": duty.rule, "before": before, "after": due_at, "why": why},
    )


def _reopen(duty: Duty, *, by: UUID | None, now: datetime) -> None:
    evidence_id = duty.evidence_id
    duty.state, duty.ended_at, duty.ended_by, duty.ended_note, duty.evidence = DutyState.OPEN, None, None, "", None
    _reschedule(duty, now=now)
    duty.save(
        update_fields=[
            "state", "ended_at", "ended_by", "ended_note", "evidence", "rescheduled_at", "next_reminder_at", "claim",
            "claimed_until",
        ]
    )  # fmt: skip
    _write(duty, ChangeKind.REOPENED, due_before=duty.due_at, why="", by=by, now=now)
    audit.record(
        "duty.reopen",
        subject="duty",
        subject_id=duty.pk,
        by=by,
        now=now,
        institution_id=duty.institution_id,
        facts={"rule": duty.rule, "evidence": str(evidence_id)},
    )


def _reschedule(duty: Duty, *, now: datetime) -> None:
    """From now on the reminders are counted anew; the first of them is at once."""
    duty.rescheduled_at = duty.next_reminder_at = now
    duty.claim = duty.claimed_until = None


def _write(duty: Duty, kind: ChangeKind, *, due_before: datetime, why: str, by: UUID | None, now: datetime) -> None:
    DutyChange.objects.create(
        duty=duty, kind=kind, due_before=due_before, due_after=duty.due_at, why=why, changed_at=now, changed_by_id=by
    )


def _is_owed_again(duty: Duty) -> bool:
    same = Duty.objects.filter(
        rule=duty.rule, recipient=duty.recipient, subject=duty.subject, subject_id=duty.subject_id
    )
    return same.open().exists()
