"""Releasing indicators to the sector, and taking them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import digest
from sonae.prevention.sharing import notes, rules, stix_objects, warning_lists
from sonae.prevention.sharing.models import Head, Indicator, Publication, StixVersion
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SharingRefusal, SourceKind
from sonae_wire import normalisation
from sonae_wire.vocabulary import IndicatorKind as WireKind

# Whoever may release a disclosure releases the indicators it carries; alone, indicators are an analyst's.
_PERMISSION = {
    SourceKind.DISCLOSURE: Permission.DISCLOSURE_RELEASE,
    SourceKind.ANALYST: Permission.INDICATOR_PUBLISH,
}


@dataclass(frozen=True, slots=True)
class _Release:
    """What all indicators of one release share."""

    report_id: UUID
    tlp: Tlp
    population: Population
    source: SourceKind
    by: UUID
    now: datetime


# The narrow kinds come first; a fingerprint of 32 letters is taken for a file's unless someone says otherwise.
_RECOGNISED = (
    IndicatorKind.URL, IndicatorKind.EMAIL, IndicatorKind.CIDR, IndicatorKind.IPV4, IndicatorKind.IPV6,
    IndicatorKind.SHA256, IndicatorKind.SHA1, IndicatorKind.MD5, IndicatorKind.DOMAIN,
)  # fmt: skip


def normalise(kind: IndicatorKind, text: str) -> str:
    """The value in the one spelling of its kind; raises NotAllowed with the value where it has none."""
    outcome = normalisation.normalise(WireKind(kind.value), text)
    if isinstance(outcome, normalisation.NotNormal):
        require(
            Refused(
                SharingRefusal.VALUE_NOT_NORMAL, {"indicator": text[:200], "kind": kind, "why": outcome.reason.value}
            )
        )
    assert isinstance(outcome, normalisation.Normal)
    return outcome.value


def recognise(text: str) -> tuple[IndicatorKind, str]:
    """The kind that a pasted text most probably is, and its value; raises NotAllowed for a text that is none."""
    for kind in _RECOGNISED:
        outcome = normalisation.normalise(WireKind(kind.value), text)
        if isinstance(outcome, normalisation.Normal):
            return kind, outcome.value
    require(Refused(SharingRefusal.NOT_AN_INDICATOR, {"indicator": text.strip()[:200]}))
    raise AssertionError("a refusal was raised")


@transaction.atomic
def publish_indicators(
    candidates: Iterable[Candidate],
    *,
    report_id: UUID,
    tlp: Tlp,
    population: Population,
    source: SourceKind,
    by: Viewer,
    now: datetime,
) -> list[Indicator]:
    """Lets the sector know all of these or none; what it already knew is confirmed. Publishing again changes nothing.

    The order in which they are numbered comes from their values: it tells nothing about how they were found.
    """
    require(access.may(by, _PERMISSION[source]))
    wanted = _normalised(candidates)
    if not wanted:
        require(Refused(SharingRefusal.NOTHING_TO_PUBLISH))
    for candidate in wanted:
        require(rules.may_publish(candidate, lists=warning_lists.shipped(), population=population))
        require(rules.may_last(candidate, valid_from=rules.coarse(now)))
    assert by.account_id is not None, "a release is the act of a person"
    head = _locked_head()
    release = _Release(report_id, tlp, population, source, by.account_id, now)
    published = [_publish(candidate, release, head) for candidate in wanted]
    head.save(update_fields=["last_sequence"])
    audit.record(
        "indicator.publish", subject="report", subject_id=report_id, by=by.account_id, now=now,
        facts={"indicators": len(published), "tlp": tlp, "source": source},
    )  # fmt: skip
    return published


@transaction.atomic
def revoke_indicator(indicator_id: UUID, *, by: Viewer, now: datetime) -> Indicator:
    """Takes an indicator back, whoever named it; collectors drop it with their next poll."""
    require(access.may(by, Permission.INDICATOR_PUBLISH))
    head = _locked_head()
    indicator = Indicator.objects.select_for_update().filter(pk=indicator_id).first()
    if indicator is None:
        raise Gone("indicator", indicator_id)
    require(rules.may_revoke(indicator.revoked_at))
    _revoke(indicator, by=by, now=now, head=head)
    head.save(update_fields=["last_sequence"])
    return indicator


@transaction.atomic
def withdraw_report(report_id: UUID, *, by: Viewer, now: datetime) -> int:
    """Takes back what only this report named; returns how many indicators that was."""
    require(access.may(by, Permission.DISCLOSURE_RELEASE))
    head = _locked_head()
    standing = Publication.objects.filter(withdrawn_at=None)
    mine = standing.filter(report_id=report_id)
    named = list(mine.values_list("indicator_id", flat=True))
    mine.update(withdrawn_at=now, withdrawn_by=by.account_id)
    named_elsewhere = standing.filter(indicator_id__in=named).values("indicator_id")
    alone = list(
        Indicator.objects.standing().filter(pk__in=named).exclude(pk__in=named_elsewhere).order_by("value_digest")
    )
    for indicator in alone:
        _revoke(indicator, by=by, now=now, head=head)
    head.save(update_fields=["last_sequence"])
    return len(alone)


def _normalised(candidates: Iterable[Candidate]) -> list[Candidate]:
    found: dict[tuple[IndicatorKind, str], Candidate] = {}
    for candidate in candidates:
        value = normalise(candidate.kind, candidate.value)
        note_ja, note_en = notes.usual(candidate.kind)
        found.setdefault(
            (candidate.kind, value),
            Candidate(
                candidate.kind, value, candidate.confidence, candidate.note_ja or note_ja, candidate.note_en or note_en,
                candidate.labels, candidate.valid_until,
            ),
        )  # fmt: skip
    return sorted(found.values(), key=lambda candidate: digest(candidate.value))


def _locked_head() -> Head:
    # Held until the caller commits: the next number is given only when this one can be read.
    return Head.objects.select_for_update().get_or_create(pk=1)[0]


def _publish(candidate: Candidate, release: _Release, head: Head) -> Indicator:
    is_synthetic = release.population is Population.SYNTHETIC
    known = (
        Indicator.objects.standing()
        .filter(kind=candidate.kind, value_digest=digest(candidate.value), is_synthetic=is_synthetic)
        .first()
    )
    indicator = _confirm(known, candidate, release, head) if known else _create(candidate, release, head)
    Publication.objects.get_or_create(indicator=indicator, report_id=release.report_id)
    return indicator


def _create(candidate: Candidate, release: _Release, head: Head) -> Indicator:
    valid_from = rules.coarse(release.now)
    indicator = Indicator(
        kind=candidate.kind,
        value=candidate.value,
        value_digest=digest(candidate.value),
        is_synthetic=release.population is Population.SYNTHETIC,
        tlp=release.tlp,
        confidence=candidate.confidence,
        labels=list(candidate.labels),
        valid_from=valid_from,
        valid_until=rules.believed_until(candidate, valid_from=valid_from),
        modified_at=valid_from,
        note_ja=candidate.note_ja,
        note_en=candidate.note_en,
        source=release.source,
        published_at=release.now,
        published_by_id=release.by,
        sequence=_next(head),
    )
    indicator.stix = stix_objects.indicator(indicator.released())
    indicator.save(force_insert=True)
    _store_stix(indicator, head)
    return indicator


def _confirm(known: Indicator, candidate: Candidate, release: _Release, head: Head) -> Indicator:
    believed_until = rules.believed_until(candidate, valid_from=rules.coarse(release.now))
    said = (known.tlp, known.confidence, known.valid_until)
    known.tlp = rules.widest(Tlp(known.tlp), release.tlp)
    known.confidence = max(known.confidence, candidate.confidence)
    known.valid_until = max(known.valid_until, believed_until)
    if (known.tlp, known.confidence, known.valid_until) != said:
        _write_version(known, now=release.now, head=head, fields=["tlp", "confidence", "valid_until"])
    return known


def _revoke(indicator: Indicator, *, by: Viewer, now: datetime, head: Head) -> None:
    indicator.revoked_at, indicator.revoked_by_id = now, by.account_id
    _write_version(indicator, now=now, head=head, fields=["revoked_at", "revoked_by"])
    audit.record("indicator.revoke", subject="indicator", subject_id=indicator.pk, by=by.account_id, now=now)


def _write_version(indicator: Indicator, *, now: datetime, head: Head, fields: list[str]) -> None:
    indicator.sequence = _next(head)
    indicator.modified_at = rules.later_version(indicator.modified_at, now=now)
    indicator.stix = stix_objects.indicator(indicator.released())
    indicator.save(update_fields=[*fields, "sequence", "modified_at", "stix"])
    _store_stix(indicator, head)


def _store_stix(indicator: Indicator, head: Head) -> None:
    released = indicator.released()
    observed = stix_objects.observable(released.kind, released.value, tlp=released.tlp)
    bodies = [(indicator.stix, released.modified)]
    if observed is not None:
        # An observable has no times of its own: its first version stands.
        bodies += [(observed, released.created), (stix_objects.based_on(released, observed), released.created)]
    for body, modified in bodies:
        known = StixVersion.objects.filter(stix_id=body["id"], is_synthetic=indicator.is_synthetic)
        if not known.filter(modified=modified).exists() and not (body is observed and known.exists()):
            StixVersion.objects.create(
                stix_id=body["id"], stix_type=body["type"], modified=modified, tlp=indicator.tlp,
                is_synthetic=indicator.is_synthetic, body=body, sequence=_next(head),
            )  # fmt: skip


def _next(head: Head) -> int:
    head.last_sequence += 1
    return head.last_sequence
