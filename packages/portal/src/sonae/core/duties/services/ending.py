"""Ending duties: by whoever owes them, by an officer, by the work itself, by evidence."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import NATIONWIDE, AccessRefusal, Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import services as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import EvidenceFiled, Finding, Said, Source, SourceKind, Strength
from sonae.core.audit import services as audit
from sonae.core.duties import catalogue, rules
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyRule, DutyState, EndingEvidence, Freshness
from sonae.kernel.decision import Decision, Refused, require
from sonae.kernel.errors import Gone

_END_FIELDS = [
    "state", "ended_at", "ended_by", "ended_note", "evidence", "next_reminder_at", "claim", "claimed_until",
]  # fmt: skip


@transaction.atomic
def fulfil(duty_id: UUID, *, note: str, by: Viewer, now: datetime) -> Duty:
    """Declares a duty fulfilled with a note, which becomes evidence where the rule names a control."""
    duty = locked(duty_id, by=by)
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    require(may_declare(duty, by))
    require(rules.may_fulfil(duty.duty_facts(), rule, is_own=duty.recipient in rules.addresses_of(by), note=note))
    end(duty, DutyState.FULFILLED, by=by.account_id, now=now, note=note.strip())
    if rule.ended_by and duty.institution_id is not None:
        duty.evidence = _declare(duty, rule.ended_by[0], note=note.strip(), by=by.account_id, now=now)
        duty.save(update_fields=["evidence"])
    return duty


@transaction.atomic
def waive(duty_id: UUID, *, why: str, by: Viewer, now: datetime) -> Duty:
    """Lifts a duty, with the reason in writing."""
    duty = locked(duty_id, by=by)
    require(may_lift(duty, by))
    require(rules.may_waive(duty.duty_facts(), catalogue.rule_of(duty.rule, duty.rule_edition), why=why))
    end(duty, DutyState.WAIVED, by=by.account_id, now=now, note=why.strip())
    return duty


@transaction.atomic
def settle(
    rule: str,
    *,
    subject: str,
    subject_id: object,
    now: datetime,
    by: UUID | None = None,
    institution_id: int | None = None,
    account_id: UUID | None = None,
    evidence_id: UUID | None = None,
) -> int:
    """Ends the open duties of a rule about a subject: the work was done elsewhere. Returns how many."""
    duties = _about(rule, subject, subject_id)
    if institution_id is not None:
        duties = duties.filter(institution_id=institution_id)
    if account_id is not None:
        duties = duties.filter(account_id=account_id)
    return _end_all(duties, DutyState.FULFILLED, by=by, now=now, evidence_id=evidence_id)


@transaction.atomic
def supersede(
    rule: str,
    *,
    subject: str,
    subject_id: object,
    now: datetime,
    by: UUID | None = None,
    institution_id: int | None = None,
) -> int:
    """Ends the open duties of a rule about a subject because their reason went away; returns how many."""
    duties = _about(rule, subject, subject_id)
    if institution_id is not None:
        duties = duties.filter(institution_id=institution_id)
    return _end_all(duties, DutyState.SUPERSEDED, by=by, now=now, evidence_id=None)


@transaction.atomic
def settle_by_evidence(event: EvidenceFiled) -> int:
    """Ends the open duties that this evidence shows to be done; returns how many. Subscribed to EvidenceFiled."""
    named = {
        rule.id for rule in catalogue.editions().values() if any(one.control == event.control for one in rule.ended_by)
    }
    if not named:
        return 0
    open_duties = Duty.objects.select_for_update().open().filter(institution_id=event.institution_id, rule__in=named)
    done = [
        duty
        for duty in open_duties.order_by("pk")
        if rules.ends(event, duty.duty_facts(), catalogue.rule_of(duty.rule, duty.rule_edition))
    ]
    for duty in done:
        end(duty, DutyState.FULFILLED, by=event.by, now=event.now, evidence_id=event.evidence_id)
    return len(done)


def settle_by_standing_evidence(duties: Iterable[Duty], *, now: datetime) -> int:
    """Ends those of these duties of one rule whose evidence is already on file: nobody is asked twice."""
    waiting = {duty.institution_id: duty for duty in duties if duty.state == DutyState.OPEN and duty.institution_id}
    if not waiting:
        return 0
    one_of_them = next(iter(waiting.values()))
    rule: DutyRule = catalogue.rule_of(one_of_them.rule, one_of_them.rule_edition)
    done = 0
    for one in rule.ended_by:
        for evidence in _standing(one, waiting, now=now):
            duty = waiting.get(evidence.institution_id)
            if duty and rules.ends(_as_filed(evidence, now=now), duty.duty_facts(), rule):
                end(duty, DutyState.FULFILLED, by=None, now=now, evidence_id=evidence.pk)
                done += 1
                del waiting[evidence.institution_id]
    return done


def may_declare(duty: Duty, viewer: Viewer) -> Decision:
    """Whether the viewer's roles let them declare duties of this recipient fulfilled."""
    if duty.institution_id is not None:
        return access.may(viewer, Permission.DUTY_FULFIL, at=places.place_of_institution(duty.institution_id))
    if viewer.scopes is not None and Permission.DUTY_FULFIL not in viewer.scopes:
        return Refused(AccessRefusal.TOKEN_LACKS_SCOPE, {"scope": Permission.DUTY_FULFIL})
    return access.may(viewer, Permission.DUTY_READ)


def may_lift(duty: Duty, viewer: Viewer) -> Decision:
    """Whether the viewer's roles let them waive duties of this recipient."""
    at = NATIONWIDE
    if duty.institution_id is not None:
        at = places.place_of_institution(duty.institution_id)
    elif duty.jurisdiction_id is not None:
        at = Place(jurisdiction_id=duty.jurisdiction_id)
    return access.may(viewer, Permission.DUTY_WAIVE, at=at)


def locked(duty_id: UUID, *, by: Viewer) -> Duty:
    """The duty, locked, if this viewer may know of it."""
    duty = Duty.objects.visible_to(by).filter(pk=duty_id).first()
    if duty is None:
        raise Gone("duty", duty_id)
    return Duty.objects.select_for_update().get(pk=duty.pk)


def _about(rule: str, subject: str, subject_id: object) -> QuerySet[Duty]:
    return Duty.objects.open().filter(rule=catalogue.rule(rule).id, subject=subject, subject_id=str(subject_id))


def _end_all(
    duties: QuerySet[Duty], state: DutyState, *, by: UUID | None, now: datetime, evidence_id: UUID | None
) -> int:
    first_two = list(duties.select_for_update(of=("self",)).order_by("pk")[:2])
    if not first_two:
        return 0
    first = first_two[0]
    if len(first_two) == 1:
        end(first, state, by=by, now=now, evidence_id=evidence_id)
        return 1
    # By the same question, inside the database: a bulletin to the whole sector is owed by tens of thousands.
    ended = duties.order_by().update(
        state=state,
        ended_at=now,
        ended_by_id=by,
        evidence_id=evidence_id,
        next_reminder_at=None,
        claim=None,
        claimed_until=None,
    )
    audit.record(
        "duty.end_many",
        subject=first.subject,
        subject_id=first.subject_id,
        by=by,
        now=now,
        facts={"rule": first.rule, "state": state, "duties": ended},
    )
    return ended


def end(
    duty: Duty,
    state: DutyState,
    *,
    by: UUID | None,
    now: datetime,
    note: str = "",
    evidence_id: UUID | None = None,
) -> None:
    """Writes down that a locked duty ended, and how."""
    duty.state, duty.ended_at, duty.ended_by_id, duty.ended_note = state, now, by, note
    duty.evidence_id = evidence_id
    duty.next_reminder_at = duty.claim = duty.claimed_until = None
    duty.save(update_fields=_END_FIELDS)
    audit.record(
        f"duty.{_VERB[state]}",
        subject="duty",
        subject_id=duty.pk,
        by=by,
        now=now,
        institution_id=duty.institution_id,
        facts={"rule": duty.rule, "evidence": str(evidence_id or "")},
    )


_VERB = {DutyState.FULFILLED: "fulfil", DutyState.WAIVED: "waive", DutyState.SUPERSEDED: "supersede"}


def _declare(duty: Duty, wanted: EndingEvidence, *, note: str, by: UUID | None, now: datetime) -> Evidence:
    assert duty.institution_id is not None, "only institutions have controls"
    return assurance.record_evidence(
        Said(
            control=wanted.control,
            institution_id=duty.institution_id,
            source=Source(SourceKind.DUTY, duty.subject_id, speaker=duty.rule),
            strength=Strength.DECLARED,
            since=now,
            facts={"note": note, "duty": str(duty.pk)},
            # A duty that opened again is declared done again.
            key=f"duty:{duty.pk}:{now.isoformat()}",
        ),
        by=by,
        now=now,
    )


def _standing(wanted: EndingEvidence, waiting: dict[int, Duty], *, now: datetime) -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(
        control=wanted.control,
        institution_id__in=list(waiting),
        finding=Finding.IN_PLACE,
        strength__gte=wanted.strength,
        withdrawn_at=None,
        since__lte=now,
    )
    if wanted.freshness is Freshness.SAME_SUBJECT:
        rows = rows.filter(reference__in={duty.subject_id for duty in waiting.values()})
    return rows.order_by("-strength", "-since", "pk")


def _as_filed(evidence: Evidence, *, now: datetime) -> EvidenceFiled:
    facts = evidence.evidence_facts()
    return EvidenceFiled(
        evidence_id=facts.id,
        control=evidence.control,
        institution_id=evidence.institution_id,
        source=facts.source,
        strength=facts.strength,
        finding=facts.finding,
        since=facts.since,
        until=facts.until,
        by=None,
        now=now,
    )
