"""Imposing duties.

What is owed is named by rule, recipient and subject. It is imposed once per occasion (a year, an id; by default there
is only one), however often it is asked for, also after it ended; and it is never owed twice at the same time: while an
earlier occurrence is open, another occasion gives that one.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Max

from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import datafile
from sonae.core.audit import services as audit
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty
from sonae.core.duties.services import ending
from sonae.core.duties.vocabulary import DutyRefusal, DutyRule, Matter, RecipientKind
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict

CHUNK = 1_000
# Each try is lost only to somebody who imposed or ended the same duty at the same instant.
MOST_TRIES = 5


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
    vendor_id: int | None = None,
    due_at: datetime | None = None,
    facts: Mapping[str, object] | None = None,
    by: UUID | None = None,
    occasion: str = "",
    hangs_on: tuple[str, object] | None = None,
) -> Duty:
    """The duty of exactly one recipient about this subject; imposing it again gives the one that stands.

    `hangs_on` names what is not finished while the duty is open (kind and id), where that is not the subject itself.
    """
    recipient = rules.recipient_key(
        account_id=account_id, institution_id=institution_id, jurisdiction_id=jurisdiction_id, role=role,
        vendor_id=vendor_id,
    )  # fmt: skip
    found = catalogue.rule(rule)
    assert role is None or role in found.roles, f"{rule} is not a duty of this role"
    assert recipient.partition(":")[0] == found.recipient, f"{rule} is owed by another kind of recipient"
    columns = _columns(
        found, subject=subject, subject_id=str(subject_id), known_at=known_at, now=now, due_at=due_at,
        facts=facts or {}, by=by, occasion=occasion, hangs_on=hangs_on,
    )  # fmt: skip
    duty = Duty(
        recipient=recipient,
        account_id=account_id,
        institution_id=institution_id,
        jurisdiction_id=jurisdiction_id,
        vendor_id=vendor_id,
        role=role or "",
        **columns,
    )
    return _stand(duty, by=by, now=now)


def _stand(duty: Duty, *, by: UUID | None, now: datetime) -> Duty:
    """Writes the duty down, unless the same one stands already; gives the one that stands."""
    same = Duty.objects.filter(
        rule=duty.rule, recipient=duty.recipient, subject=duty.subject, subject_id=duty.subject_id
    ).order_by()
    for _attempt in range(MOST_TRIES):
        stands = same.filter(occasion=duty.occasion).first() or same.open().first()
        if stands is not None:
            return stands
        duty.occurrence = 1 + (same.aggregate(latest=Max("occurrence"))["latest"] or 0)
        # A lost race shows as a row that is not there, not as an error in the caller's transaction.
        Duty.objects.bulk_create([duty], ignore_conflicts=True)
        if Duty.objects.filter(pk=duty.pk).exists():
            break
    else:
        raise Conflict(DutyRefusal.IMPOSED_TOO_OFTEN_AT_ONCE)
    audit.record(
        "duty.impose",
        subject="duty",
        subject_id=duty.pk,
        by=by,
        now=now,
        institution_id=duty.institution_id,
        facts={"rule": duty.rule, "about": duty.subject, "about_id": duty.subject_id, "due_at": duty.due_at},
    )
    ending.settle_by_standing_evidence([duty], now=now)
    duty.refresh_from_db()
    return duty


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
    occasion: str = "",
    hangs_on: tuple[str, object] | None = None,
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
        occasion=occasion,
        hangs_on=hangs_on,
    )
    return sum(_impose_chunk(found, chunk, common, by=by, now=now) for chunk in batched(institution_ids, CHUNK))


@transaction.atomic
def impose_each(
    rule: str, *, institution_id: int, subject: str, matters: Collection[Matter], now: datetime, by: UUID | None = None
) -> int:
    """One duty of an institution for each of these subjects; returns how many it did not have yet.

    However many they are, they cost the same few queries, unless evidence that is already on file may end them.
    """
    found = catalogue.rule(rule)
    assert found.recipient is RecipientKind.INSTITUTION, f"{rule} is owed by another kind of recipient"
    recipient = rules.recipient_key(institution_id=institution_id)
    same = Duty.objects.filter(
        rule=found.id, recipient=recipient, subject=subject, subject_id__in=[one.subject_id for one in matters]
    )
    earlier = dict(same.order_by().values_list("subject_id").annotate(latest=Max("occurrence")))
    duties = [
        Duty(
            recipient=recipient, institution_id=institution_id, occurrence=earlier.get(one.subject_id, 0) + 1,
            **_columns(
                found, subject=subject, subject_id=one.subject_id, known_at=one.known_at, now=now, due_at=None,
                facts=one.facts, by=by, occasion="", hangs_on=None,
            ),
        )
        for one in matters
    ]  # fmt: skip
    Duty.objects.bulk_create(duties, ignore_conflicts=True)
    imposed = list(Duty.objects.filter(pk__in=[duty.pk for duty in duties]))
    if imposed:
        audit.record(
            "duty.impose_each",
            subject="institution",
            subject_id=institution_id,
            by=by,
            now=now,
            institution_id=institution_id,
            facts={"rule": found.id, "about": subject, "duties": len(imposed)},
        )
    if found.ended_by:
        for duty in imposed:
            ending.settle_by_standing_evidence([duty], now=now)
    return len(imposed)


@transaction.atomic
def _impose_chunk(
    rule: DutyRule, institution_ids: Iterable[int], common: Mapping[str, Any], *, by: UUID | None, now: datetime
) -> int:
    earlier = _occurrences(common, institution_ids)
    duties = [
        Duty(
            recipient=rules.recipient_key(institution_id=one), institution_id=one, occurrence=earlier.get(one, 0) + 1,
            **common,
        )
        for one in institution_ids
    ]  # fmt: skip
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


def _occurrences(common: Mapping[str, Any], institution_ids: Iterable[int]) -> dict[int, int]:
    """How often each of these institutions owed the same before."""
    recipients = [rules.recipient_key(institution_id=one) for one in institution_ids]
    same = Duty.objects.filter(
        rule=common["rule"], recipient__in=recipients, subject=common["subject"], subject_id=common["subject_id"]
    )
    counted = same.order_by().values("institution_id").annotate(latest=Max("occurrence"))
    return {row["institution_id"]: row["latest"] for row in counted}


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
    occasion: str,
    hangs_on: tuple[str, object] | None,
) -> dict[str, Any]:
    """What a new duty says, whoever owes it."""
    missing = rules.missing_holes(datafile.holes_of(rule.title.ja), facts)
    if missing:
        require(Refused(DutyRefusal.HOLE_MISSING, {"rule": rule.id, "holes": ", ".join(missing)}))
    due = rules.due_moment(rule, known_at=known_at, given=due_at)
    schedule = rules.moments(rule, imposed_at=now, due_at=due)
    matter, matter_id = hangs_on or (subject, subject_id)
    return {
        "rule": rule.id,
        "rule_edition": rule.edition,
        "subject": subject,
        "subject_id": subject_id,
        "occasion": occasion,
        "hangs_on": matter,
        "hangs_on_id": str(matter_id),
        "facts": json.loads(json.dumps(dict(facts), cls=DjangoJSONEncoder)),
        "openness": rule.openness,
        "known_at": known_at,
        "due_at": due,
        "first_due_at": due,
        "imposed_at": now,
        "imposed_by_id": by,
        "next_reminder_at": schedule[0].at if schedule else None,
    }
