"""Releasing indicators to the sector, and taking them back."""

from collections.abc import Iterable, Iterator
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
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, Released, SharingRefusal, SourceKind
from sonae_wire import normalisation
from sonae_wire.vocabulary import IndicatorKind as WireKind

# Whoever may release a disclosure releases the indicators it carries; alone, indicators are an analyst's.
_PERMISSION = {
    SourceKind.DISCLOSURE: Permission.DISCLOSURE_RELEASE,
    SourceKind.ANALYST: Permission.INDICATOR_PUBLISH,
}
_CHANGEABLE = [
    "tlp", "confidence", "valid_until", "revoked_at", "revoked_by", "modified_at", "sequence", "stix",
]  # fmt: skip


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
    release = _Release(report_id, tlp, population, source, by.account_id, now)
    # Written before the lock: STIX takes longer than all that is done under it.
    known = _standing(wanted, population)
    drafts = {_key_of(one): _draft(one, release) for one in wanted if _key_of(one) not in known}
    act = _Act(now=now)
    known = _standing(wanted, population)
    published = [
        act.confirm(known[_key_of(one)], one, release)
        if _key_of(one) in known
        else act.create(drafts.get(_key_of(one)) or _draft(one, release))
        for one in wanted
    ]
    act.write()
    Publication.objects.bulk_create(
        [Publication(indicator=indicator, report_id=report_id) for indicator in published], ignore_conflicts=True
    )
    audit.record(
        "indicator.publish", subject="report", subject_id=report_id, by=by.account_id, now=now,
        facts={"indicators": len(published), "tlp": tlp, "source": source},
    )  # fmt: skip
    return published


@transaction.atomic
def revoke_indicator(indicator_id: UUID, *, by: Viewer, now: datetime) -> Indicator:
    """Takes an indicator back, whoever named it; collectors drop it with their next poll."""
    require(access.may(by, Permission.INDICATOR_PUBLISH))
    act = _Act(now=now)
    indicator = Indicator.objects.select_for_update().filter(pk=indicator_id).first()
    if indicator is None:
        raise Gone("indicator", indicator_id)
    require(rules.may_revoke(indicator.revoked_at))
    act.revoke(indicator, by=by)
    act.write()
    return indicator


@transaction.atomic
def withdraw_report(report_id: UUID, *, by: Viewer, now: datetime) -> int:
    """Takes back what only this report named; returns how many indicators that was."""
    require(access.may(by, Permission.DISCLOSURE_RELEASE))
    act = _Act(now=now)
    standing = Publication.objects.filter(withdrawn_at=None)
    mine = standing.filter(report_id=report_id)
    named = list(mine.values_list("indicator_id", flat=True))
    mine.update(withdrawn_at=now, withdrawn_by=by.account_id)
    named_elsewhere = standing.filter(indicator_id__in=named).values("indicator_id")
    alone = list(
        Indicator.objects.standing().filter(pk__in=named).exclude(pk__in=named_elsewhere).order_by("value_digest")
    )
    for indicator in alone:
        act.revoke(indicator, by=by)
    act.write()
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


type _Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Change:
    """An indicator as it will be; the observable and the relationship where they are to be written with it."""

    indicator: Indicator
    is_new: bool
    observed: stix_objects.StixObject | None = None
    related: stix_objects.StixObject | None = None


class _Act:
    """What one act changes of what is shared, numbered in one block and written at once.

    The head is locked until the caller commits: the next number is given only when all of this can be read. So every
    reader waits for no more than a few queries, however much is released.
    """

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._head = Head.objects.select_for_update().get_or_create(pk=1)[0]
        self._changes: list[_Change] = []

    def create(self, draft: _Change) -> Indicator:
        self._changes.append(draft)
        return draft.indicator

    def confirm(self, known: Indicator, candidate: Candidate, release: _Release) -> Indicator:
        """What is said again: the widest circle, the greatest confidence and the latest end hold."""
        told_to, said = known.tlp, (known.tlp, known.confidence, known.valid_until)
        known.tlp = rules.widest(Tlp(known.tlp), release.tlp)
        known.confidence = max(known.confidence, candidate.confidence)
        known.valid_until = max(
            known.valid_until, rules.believed_until(candidate, valid_from=rules.coarse(release.now))
        )
        if (known.tlp, known.confidence, known.valid_until) != said:
            self._rewrite(known, is_widened=known.tlp != told_to)
        return known

    def revoke(self, indicator: Indicator, *, by: Viewer) -> None:
        indicator.revoked_at, indicator.revoked_by_id = self._now, by.account_id
        self._rewrite(indicator, is_widened=False)
        audit.record("indicator.revoke", subject="indicator", subject_id=indicator.pk, by=by.account_id, now=self._now)

    def write(self) -> None:
        """Gives every change its number and stores them all."""
        stored = self._stored_observables()
        versions: list[StixVersion] = []
        for change in self._changes:
            change.indicator.sequence = self._next()
            versions += self._versions(change, stored)
        Indicator.objects.bulk_create([change.indicator for change in self._changes if change.is_new])
        changed = [change.indicator for change in self._changes if not change.is_new]
        if changed:
            # All are stored already: each meets itself.
            Indicator.objects.bulk_create(
                changed, update_conflicts=True, unique_fields=["id"], update_fields=_CHANGEABLE
            )
        StixVersion.objects.bulk_create(versions)
        self._head.save(update_fields=["last_sequence"])

    def _rewrite(self, indicator: Indicator, *, is_widened: bool) -> None:
        indicator.modified_at = rules.later_version(indicator.modified_at, now=self._now)
        released = indicator.released()
        indicator.stix = stix_objects.indicator(released)
        # The marking stands on each object: whoever may see the indicator may see what it rests on.
        observed, related = _beneath(released) if is_widened else (None, None)
        self._changes.append(_Change(indicator, False, observed, related))

    def _versions(self, change: _Change, stored: dict[str, tuple[datetime, Tlp]]) -> Iterator[StixVersion]:
        indicator, tlp = change.indicator, Tlp(change.indicator.tlp)
        yield self._version(indicator.stix, indicator, modified=indicator.modified_at)
        if change.observed is not None:
            modified, told_to = stored.get(change.observed["id"], (None, tlp))
            # An observable has no times of its own, and many may rest on it: its first version stands until it may be
            # told to more.
            if modified is None or rules.widest(told_to, tlp) != told_to:
                written_at = rules.later_version(modified, now=self._now) if modified else indicator.valid_from
                stored[change.observed["id"]] = (written_at, tlp)
                yield self._version(change.observed, indicator, modified=written_at)
        if change.related is not None:
            yield self._version(change.related, indicator, modified=indicator.modified_at)

    def _version(self, body: stix_objects.StixObject, indicator: Indicator, *, modified: datetime) -> StixVersion:
        return StixVersion(
            stix_id=body["id"], stix_type=body["type"], modified=modified, tlp=indicator.tlp,
            is_synthetic=indicator.is_synthetic, body=body, sequence=self._next(),
        )  # fmt: skip

    def _stored_observables(self) -> dict[str, tuple[datetime, Tlp]]:
        """The newest stored version of each observable that is to be written: when, and to whom it may be told."""
        wanted = {change.observed["id"] for change in self._changes if change.observed is not None}
        populations = {change.indicator.is_synthetic for change in self._changes}
        rows = StixVersion.objects.filter(stix_id__in=wanted, is_synthetic__in=populations).order_by("modified")
        return {
            stix_id: (modified, Tlp(tlp)) for stix_id, modified, tlp in rows.values_list("stix_id", "modified", "tlp")
        }

    def _next(self) -> int:
        self._head.last_sequence += 1
        return self._head.last_sequence


def _key_of(row: Candidate | Indicator) -> _Key:
    return (str(row.kind), row.value)


def _standing(candidates: Iterable[Candidate], population: Population) -> dict[_Key, Indicator]:
    """What the sector knows already of these."""
    found = Indicator.objects.standing().filter(
        value_digest__in=[digest(candidate.value) for candidate in candidates],
        is_synthetic=population is Population.SYNTHETIC,
    )
    return {_key_of(row): row for row in found}


def _draft(candidate: Candidate, release: _Release) -> _Change:
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
    )
    released = indicator.released()
    indicator.stix = stix_objects.indicator(released)
    return _Change(indicator, True, *_beneath(released))


def _beneath(released: Released) -> tuple[stix_objects.StixObject | None, stix_objects.StixObject | None]:
    """The observable that the indicator rests on, and that it does; None where STIX has no type for it."""
    observed = stix_objects.observable(released.kind, released.value, tlp=released.tlp)
    return observed, None if observed is None else stix_objects.based_on(released, observed)
