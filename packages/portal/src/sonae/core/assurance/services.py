"""Filing and withdrawing evidence. Nothing else writes it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue, queries, rules
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    DAYS,
    KEPT_DAYS,
    SOURCES,
    AssuranceRefusal,
    EvidenceFiled,
    EvidenceWithdrawn,
    Finding,
    Said,
    Strength,
)
from sonae.core.audit import services as audit
from sonae.core.documents.models import Document, DocumentQuerySet
from sonae.core.documents.vocabulary import ScanState
from sonae.kernel.decision import ALLOWED, Decision, require
from sonae.kernel.errors import Conflict, Gone
from sonae.kernel.events import publish
from sonae.kernel.ids import digest

# Two who file for one speaker at once find out by the constraint that one word stands; the later one looks again.
_ATTEMPTS = 5


@transaction.atomic
def file_evidence(said: Said, *, by: Viewer, now: datetime) -> Evidence:
    """Files what someone says by hand, if they may file evidence there; the same again changes nothing."""
    require(access.may(by, Permission.EVIDENCE_FILE, at=places.place_of_institution(said.institution_id)))
    require(rules.may_file(said, teller=queries.teller_about(said.institution_id, by), now=now))
    require(_may_rest_on_document(said, readable=Document.objects.visible_to(by)))
    return _file(said, by=by.account_id, now=now)


@transaction.atomic
def record_evidence(said: Said, *, by: UUID | None, now: datetime) -> Evidence:
    """Files what another room's verb has shown, which has asked its own permission; the same again changes nothing."""
    require(rules.may_record(said, strongest=SOURCES[said.source.kind], now=now))
    require(_may_rest_on_document(said, readable=Document.objects.all()))
    return _file(said, by=by, now=now)


@transaction.atomic
def renew_evidence(said: Said, *, by: UUID | None, now: datetime) -> Evidence:
    """Records what a room shows again and again: the word that stands holds longer; whatever differs is filed anew."""
    require(rules.may_record(said, strongest=SOURCES[said.source.kind], now=now))
    standing = _standing(said)
    if (
        standing is None
        or standing.edition != queries.subject(said.control).edition
        or not rules.may_renew(standing.evidence_facts(), said, now=now)
    ):
        return record_evidence(said, by=by, now=now)
    until = rules.later_of(standing.until, said.until)
    if until == standing.until:
        return standing
    standing.until, standing.renewed_at = until, now
    standing.save(update_fields=["until", "renewed_at"])
    _make_known("evidence.renew", standing, since=said.since, by=by, now=now)
    return standing


@transaction.atomic
def withdraw_evidence(evidence_id: UUID, *, why: str, by: Viewer, now: datetime) -> Evidence:
    """Takes a piece of evidence out of account from now on, by the side that said it; it stays on record with the
    reason."""
    evidence = Evidence.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=evidence_id).first()
    if evidence is None:
        raise Gone("evidence", evidence_id)
    require(access.may(by, Permission.EVIDENCE_FILE, at=places.place_of_institution(evidence.institution_id)))
    require(queries.may_take_back(evidence, by))
    require(rules.may_withdraw(is_withdrawn=evidence.withdrawn_at is not None, why=why))
    assert by.account_id is not None, "people withdraw by hand"
    _withdraw(evidence, why=why, by=by.account_id, now=now)
    return evidence


@transaction.atomic
def withdraw_recorded(kind: StrEnum, reference: str, *, why: str, by: UUID, now: datetime) -> int:
    """Takes what another room recorded under this reference out of account, when what it rested on is taken back.

    The room has asked its own permission; returns how many pieces of evidence that were.
    """
    rows = Evidence.objects.select_for_update(of=("self",)).filter(source=kind, reference=reference, withdrawn_at=None)
    # What was replaced goes first: once the word that stands is taken back, nothing under this reference stands again.
    found = list(rows.order_by(F("superseded_at").asc(nulls_last=True), "pk"))
    for evidence in found:
        require(rules.may_withdraw(is_withdrawn=False, why=why))
        _withdraw(evidence, why=why, by=by, now=now)
    return len(found)


def _withdraw(evidence: Evidence, *, why: str, by: UUID, now: datetime) -> None:
    evidence.withdrawn_at, evidence.withdrawn_by_id, evidence.withdrawn_why = now, by, why.strip()
    evidence.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
    if evidence.superseded_at is None:
        _let_the_one_before_stand(evidence)
    audit.record(
        "evidence.withdraw",
        subject="evidence",
        subject_id=evidence.pk,
        by=by,
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
            by=by,
            now=now,
        )
    )


def _file(said: Said, *, by: UUID | None, now: datetime) -> Evidence:
    values = {
        "control": said.control,
        "institution_id": said.institution_id,
        "source": said.source.kind,
        "reference": said.source.reference,
        "speaker": said.source.speaker,
        "strength": said.strength,
        "finding": said.finding,
        "since": said.since,
        "document_id": said.document_id,
    }
    key = said.key or digest("\n".join(f"{name}={value}" for name, value in [*values.items(), ("until", said.until)]))
    about = queries.subject(said.control)
    facts = dict(said.facts) | ({catalogue.KEPT_WORDS: dict(about.words)} if about.words else {})
    if said.stated is not None:
        facts[KEPT_DAYS] = {name: day.isoformat() for name in DAYS if (day := getattr(said.stated, name))}
    for _attempt in range(_ATTEMPTS):
        filed = Evidence.objects.filter(key=key).first()
        if filed is not None:
            if not _is_the_same(filed, values, until=said.until):
                raise Conflict(AssuranceRefusal.KEY_REUSED)
            return filed
        evidence = Evidence(
            key=key, edition=about.edition, until=said.until, facts=facts, filed_at=now, filed_by_id=by, **values
        )
        try:
            with transaction.atomic():
                _take_its_place(evidence, standing=_standing(said), now=now)
        except IntegrityError:
            continue
        _make_known("evidence.file", evidence, since=evidence.since, by=by, now=now)
        return evidence
    raise Conflict(AssuranceRefusal.SPOKEN_AT_ONCE)


def _is_the_same(filed: Evidence, values: Mapping[str, object], *, until: datetime | None) -> bool:
    # A word that was renewed ends later than it was first filed.
    has_same_end = filed.until == until or filed.renewed_at is not None
    return has_same_end and all(getattr(filed, name) == value for name, value in values.items())


def _standing(said: Said) -> Evidence | None:
    """The word of this speaker that stands, locked."""
    rows = Evidence.objects.select_for_update(of=("self",)).standing()
    return rows.of_speaker(said.control, said.institution_id, said.source).first()


def _take_its_place(evidence: Evidence, *, standing: Evidence | None, now: datetime) -> None:
    """Writes a new word: it replaces the one that stands, or is itself replaced when it tells of an earlier time."""
    if standing is not None:
        is_older = rules.age_order(evidence.evidence_facts()) < rules.age_order(standing.evidence_facts())
        replaced = evidence if is_older else standing
        replaced.superseded_at = now
        if replaced is standing:
            standing.save(update_fields=["superseded_at"])
    evidence.save(force_insert=True)


def _let_the_one_before_stand(withdrawn: Evidence) -> None:
    said_before = Evidence.objects.of_speaker(withdrawn.control, withdrawn.institution_id, withdrawn.said_by())
    newest = said_before.filter(withdrawn_at=None).order_by("-since", "-filed_at", "-id").first()
    if newest is not None:
        newest.superseded_at = None
        newest.save(update_fields=["superseded_at"])


def _may_rest_on_document(said: Said, *, readable: DocumentQuerySet) -> Decision:
    if said.document_id is None:
        return ALLOWED
    document = readable.filter(pk=said.document_id).first()
    return rules.may_rest_on(
        None if document is None else document.institution_id,
        said=said,
        is_visible=document is not None,
        is_infected=document is not None and document.scan is ScanState.INFECTED,
    )


def _make_known(verb: str, evidence: Evidence, *, since: datetime, by: UUID | None, now: datetime) -> None:
    """Writes a word into the audit log and tells the rooms that wait; `since`: since when it is shown this time."""
    strength, finding, source = Strength(evidence.strength), Finding(evidence.finding), evidence.said_by()
    audit.record(
        verb,
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
            since=since,
            until=evidence.until,
            by=by,
            now=now,
        )
    )
