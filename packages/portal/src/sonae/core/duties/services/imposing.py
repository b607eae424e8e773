"""Imposing duties. The same duty (rule, recipient, subject) is imposed once, however often it is asked for."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import datafile
from sonae.core.audit import services as audit
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty
from sonae.core.duties.services import ending
from sonae.core.duties.vocabulary import DutyRefusal, DutyRule, RecipientKind
from sonae.kernel.decision import Refused, require

CHUNK = 1_000


@transaction.atomic
def impose(
    rule: str,
    *,
    subject: str,
    subject_id: object,
    known_at: datetime,
    now: datetime,
    account_id: UUID | None = None,
    institution_id: int | None = None,
    jurisdiction_id: int | None = None,
    role: Role | None = None,
    due_at: datetime | None = None,
    facts: Mapping[str, object] | None = None,
    by: UUID | None = None,
) -> Duty:
    """The duty of exactly one recipient about this subject; imposing it again gives the one that stands."""
    recipient = rules.recipient_key(
        account_id=account_id, institution_id=institution_id, jurisdiction_id=jurisdiction_id, role=role
    )
    found = catalogue.rule(rule)
    assert role is None or role in found.roles, f"{rule} is not a duty of this role"
    assert recipient.partition(":")[0] == found.recipient, f"{rule} is owed by another kind of recipient"
    columns = _columns(
        found,
        subject=subject,
        subject_id=str(subject_id),
        known_at=known_at,
        now=now,
        due_at=due_at,
        facts=facts or {},
        by=by,
    )
    duty = Duty(
        recipient=recipient,
        account_id=account_id,
        institution_id=institution_id,
        jurisdiction_id=jurisdiction_id,
        role=role or "",
        **columns,
    )
    return _stand(duty, by=by, now=now)


def _stand(duty: Duty, *, by: UUID | None, now: datetime) -> Duty:
    """Writes the duty down, unless the same one stands already; gives the one that stands."""
    # A lost race shows as a row that is already there, not as an error in the caller's transaction.
    Duty.objects.bulk_create([duty], ignore_conflicts=True)
    stands = Duty.objects.get(
        rule=duty.rule, recipient=duty.recipient, subject=duty.subject, subject_id=duty.subject_id
    )
    if stands.pk != duty.pk:
        return stands
    audit.record(
        "duty.impose",
        subject="duty",
        subject_id=duty.pk,
        by=by,
        now=now,
        institution_id=duty.institution_id,
        facts={"rule": duty.rule, "about": duty.subject, "about_id": duty.subject_id, "due_at": duty.due_at},
    )
    ending.settle_by_standing_evidence([stands], now=now)
    stands.refresh_from_db()
    return stands


def impose_many(
    rule: str,
    *,
    institution_ids: Iterable[int],
    subject: str,
    subject_id: object,
    known_at: datetime,
    now: datetime,
    due_at: datetime | None = None,
    facts: Mapping[str, object] | None = None,
    by: UUID | None = None,
) -> int:
    """The same duty for many institutions; returns how many did not have it yet. Each chunk is one transaction."""
    found = catalogue.rule(rule)
    assert found.recipient is RecipientKind.INSTITUTION, f"{rule} is owed by another kind of recipient"
    common = _columns(
        found,
        subject=subject,
        subject_id=str(subject_id),
        known_at=known_at,
        now=now,
        due_at=due_at,
        facts=facts or {},
        by=by,
    )
    return sum(_impose_chunk(found, chunk, common, by=by, now=now) for chunk in batched(institution_ids, CHUNK))


@transaction.atomic
def _impose_chunk(
    rule: DutyRule, institution_ids: Iterable[int], common: Mapping[str, Any], *, by: UUID | None, now: datetime
) -> int:
    duties = [
        Duty(recipient=rules.recipient_key(institution_id=one), institution_id=one, **common) for one in institution_ids
    ]
    Duty.objects.bulk_create(duties, ignore_conflicts=True)
    standing = Duty.objects.filter(pk__in=[duty.pk for duty in duties])
    imposed = standing.count()
    if imposed:
        audit.record(
            "duty.impose_many",
            subject=common["subject"],
            subject_id=common["subject_id"],
            by=by,
            now=now,
            facts={"rule": rule.id, "institutions": imposed, "due_at": common["due_at"]},
        )
    if imposed and rule.ended_by:
        ending.settle_by_standing_evidence(standing, now=now)
    return imposed


def _columns(
    rule: DutyRule,
    *,
    subject: str,
    subject_id: str,
    known_at: datetime,
    now: datetime,
    due_at: datetime | None,
    facts: Mapping[str, object],
    by: UUID | None,
) -> dict[str, Any]:
    """What a new duty says, whoever owes it."""
    missing = rules.missing_holes(datafile.holes_of(rule.title.ja), facts)
    if missing:
        require(Refused(DutyRefusal.HOLE_MISSING, {"rule": rule.id, "holes": ", ".join(missing)}))
    due = rules.due_moment(rule, known_at=known_at, given=due_at)
    schedule = rules.moments(rule, imposed_at=now, due_at=due)
    return {
        "rule": rule.id,
        "rule_edition": rule.edition,
        "subject": subject,
        "subject_id": subject_id,
        "facts": json.loads(json.dumps(dict(facts), cls=DjangoJSONEncoder)),
        "openness": rule.openness,
        "known_at": known_at,
        "due_at": due,
        "imposed_at": now,
        "imposed_by_id": by,
        "next_reminder_at": schedule[0].at if schedule else None,
    }
