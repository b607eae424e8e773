"""Filing and withdrawing evidence. Nothing else writes it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue, rules
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    EvidenceFiled,
    EvidenceWithdrawn,
    Finding,
    Source,
    Strength,
)
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Conflict, Gone
from sonae.kernel.events import publish
from sonae.kernel.ids import digest


@transaction.atomic
def file_evidence(
    control: str,
    *,
    institution_id: int,
    source: Source,
    strength: Strength,
    since: datetime,
    until: datetime | None,
    by: Viewer,
    now: datetime,
    finding: Finding = Finding.IN_PLACE,
    document_id: UUID | None = None,
    facts: Mapping[str, object] | None = None,
    key: str = "",
) -> Evidence:
    """Files what someone says about a control, if they may file evidence there; the same again changes nothing."""
    require(access.may(by, Permission.EVIDENCE_FILE, at=places.place_of_institution(institution_id)))
    from_inside = institution_id in access.reach(by, Permission.EVIDENCE_FILE).institution_ids
    require(rules.may_file(source, strength, since=since, until=until, from_inside=from_inside, now=now))
    return _file(
        control,
        institution_id=institution_id,
        source=source,
        strength=strength,
        finding=finding,
        since=since,
        until=until,
        by=by.account_id,
        now=now,
        document_id=document_id,
        facts=facts or {},
        key=key,
    )


@transaction.atomic
def record_evidence(
    control: str,
    *,
    institution_id: int,
    source: Source,
    strength: Strength,
    since: datetime,
    until: datetime | None,
    by: UUID | None,
    now: datetime,
    finding: Finding = Finding.IN_PLACE,
    document_id: UUID | None = None,
    facts: Mapping[str, object] | None = None,
    key: str = "",
) -> Evidence:
    """Files what another room's verb has shown, which has asked its own permission; the same again changes nothing."""
    require(rules.may_file(source, strength, since=since, until=until, from_inside=False, now=now))
    return _file(
        control,
        institution_id=institution_id,
        source=source,
        strength=strength,
        finding=finding,
        since=since,
        until=until,
        by=by,
        now=now,
        document_id=document_id,
        facts=facts or {},
        key=key,
    )


@transaction.atomic
def withdraw_evidence(evidence_id: UUID, *, why: str, by: Viewer, now: datetime) -> Evidence:
    """Takes a piece of evidence out of account from now on; it stays on record with the reason."""
    evidence = Evidence.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=evidence_id).first()
    if evidence is None:
        raise Gone("evidence", evidence_id)
    require(access.may(by, Permission.EVIDENCE_FILE, at=places.place_of_institution(evidence.institution_id)))
    require(rules.may_withdraw(is_withdrawn=evidence.withdrawn_at is not None, why=why))
    evidence.withdrawn_at, evidence.withdrawn_by_id, evidence.withdrawn_why = now, by.account_id, why.strip()
    evidence.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    audit.record(
        "evidence.withdraw",
        subject="evidence",
        subject_id=evidence.pk,
        by=by.account_id,
        now=now,
        institution_id=evidence.institution_id,
        facts={"control": evidence.control, "why": evidence.withdrawn_why},
    )
    publish(
        EvidenceWithdrawn(
            evidence_id=evidence.pk,
            control=evidence.control,
            institution_id=evidence.institution_id,
            source=evidence.said_by(),
            reference=evidence.reference,
            by=by.account_id,
            now=now,
        )
    )
    return evidence


def _file(
    control: str,
    *,
    institution_id: int,
    source: Source,
    strength: Strength,
    finding: Finding,
    since: datetime,
    until: datetime | None,
    by: UUID | None,
    now: datetime,
    document_id: UUID | None,
    facts: Mapping[str, object],
    key: str,
) -> Evidence:
    catalogue.control(control)
    values = {
        "control": control,
        "institution_id": institution_id,
        "source": source.kind,
        "reference": source.reference,
        "speaker": source.speaker,
        "strength": strength,
        "finding": finding,
        "since": since,
        "until": until,
        "document_id": document_id,
    }
    key = key or digest("\n".join(f"{name}={value}" for name, value in values.items()))
    try:
        with transaction.atomic():
            evidence = Evidence(key=key, facts=dict(facts), filed_at=now, filed_by_id=by, **values)
            evidence.save(force_insert=True)
    except IntegrityError:
        filed = Evidence.objects.filter(key=key).first()
        if filed is None:
            raise
        if any(getattr(filed, name) != value for name, value in values.items()):
            raise Conflict(AssuranceRefusal.KEY_REUSED) from None
        return filed
    _make_known(evidence, source=source, by=by, now=now)
    return evidence


def _make_known(evidence: Evidence, *, source: Source, by: UUID | None, now: datetime) -> None:
    """Writes new evidence into the audit log and tells the rooms that wait for it."""
    strength, finding = Strength(evidence.strength), Finding(evidence.finding)
    audit.record(
        "evidence.file",
        subject="evidence",
        subject_id=evidence.pk,
        by=by,
        now=now,
        institution_id=evidence.institution_id,
        facts={"control": evidence.control, "strength": strength, "finding": finding, "source": source.kind},
    )
    publish(
        EvidenceFiled(
            evidence_id=evidence.pk,
            control=evidence.control,
            institution_id=evidence.institution_id,
            source=source,
            strength=strength,
            finding=finding,
            since=evidence.since,
            until=evidence.until,
            by=by,
            now=now,
        )
    )
