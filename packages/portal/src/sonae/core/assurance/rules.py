"""Which evidence stands. Pure: the queries that count the sector in SQL are tested against these lines."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sonae.core.assurance.vocabulary import (
    AssuranceRefusal,
    ControlState,
    EvidenceFacts,
    Finding,
    Source,
    SourceKind,
    Standing,
    Strength,
)
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal

SOON = timedelta(days=30)
SHORTEST_REASON = 5

# The strongest word each source can give: a survey answer stays a declaration, however it is worded.
STRONGEST: dict[SourceKind, Strength] = {
    SourceKind.PERSON: Strength.DECLARED,
    SourceKind.SURVEY: Strength.DECLARED,
    SourceKind.CHECKLIST: Strength.DECLARED,
    SourceKind.DUTY: Strength.DECLARED,
    SourceKind.DOCUMENT: Strength.REVIEWED,
    SourceKind.LEDGER: Strength.DOCUMENTED,
    SourceKind.TRAINING: Strength.DOCUMENTED,
    SourceKind.VENDOR: Strength.DOCUMENTED,
    SourceKind.ADVISORY: Strength.MEASURED,
    SourceKind.SENSOR: Strength.MEASURED,
    SourceKind.INSPECTION: Strength.INSPECTED,
    SourceKind.DRILL: Strength.PROVEN,
    SourceKind.INCIDENT: Strength.PROVEN,
}
# Evidence that comes into being only where something was seen: whoever watches the sector would read who was hit.
KEPT_INSIDE = frozenset({"detection.sighting-handled"})
# Words that only somebody outside the institution can say about it.
_FROM_OUTSIDE = frozenset({SourceKind.INSPECTION})

STANDING_OF: dict[Finding, Standing] = {
    Finding.IN_PLACE: Standing.IN_PLACE,
    Finding.PARTLY: Standing.PARTLY,
    Finding.ABSENT: Standing.ABSENT,
}


def may_file(
    source: Source, strength: Strength, *, since: datetime, until: datetime | None, from_inside: bool, now: datetime
) -> Decision:
    """Whether this source may say this, this strongly, about this time; `from_inside`: an institution about itself."""
    return first_refusal(
        _fits_source(source.kind, strength),
        Refused(AssuranceRefusal.INSPECTED_BY_ITSELF)
        if from_inside and says_it_from_outside(source.kind, strength)
        else ALLOWED,
        Refused(AssuranceRefusal.BEGINS_IN_FUTURE, {"since": since}) if since > now else ALLOWED,
        Refused(AssuranceRefusal.ENDS_BEFORE_IT_BEGINS) if until is not None and until <= since else ALLOWED,
    )


def says_it_from_outside(kind: SourceKind, strength: Strength) -> bool:
    """Whether only somebody outside the institution can say this about it."""
    return kind in _FROM_OUTSIDE or strength is Strength.REVIEWED


def may_withdraw(*, is_withdrawn: bool, why: str) -> Decision:
    """Whether evidence may be withdrawn: once, and with a reason in writing."""
    if is_withdrawn:
        return Refused(AssuranceRefusal.ALREADY_WITHDRAWN)
    if len(why.strip()) < SHORTEST_REASON:
        return Refused(AssuranceRefusal.WHY_MISSING, {"characters": SHORTEST_REASON})
    return ALLOWED


def is_live(evidence: EvidenceFacts, *, now: datetime) -> bool:
    """Whether the evidence holds at this moment."""
    return not evidence.is_withdrawn and evidence.since <= now and (evidence.until is None or now < evidence.until)


def has_expired(evidence: EvidenceFacts, *, now: datetime) -> bool:
    """Whether the evidence once held and holds no more."""
    return not evidence.is_withdrawn and evidence.until is not None and evidence.until <= now


def voices(evidence: Iterable[EvidenceFacts], *, now: datetime) -> list[EvidenceFacts]:
    """The newest live word of each speaker, strongest first; among equals the later one."""
    newest: dict[tuple[SourceKind, str], EvidenceFacts] = {}
    for one in evidence:
        if not is_live(one, now=now):
            continue
        speaker = (one.source.kind, one.source.speaker)
        if speaker not in newest or _age_order(one) > _age_order(newest[speaker]):
            newest[speaker] = one
    return sorted(newest.values(), key=lambda one: (one.strength.value, *_age_order(one)), reverse=True)


def state_of(evidence: Iterable[EvidenceFacts], *, now: datetime) -> ControlState:
    """How a control stands by all the evidence about it at one institution."""
    everything = list(evidence)
    speaking = voices(everything, now=now)
    if not speaking:
        expired = [one for one in everything if has_expired(one, now=now)]
        if not expired:
            return ControlState(Standing.NO_EVIDENCE)
        return ControlState(Standing.EXPIRED, max(expired, key=lambda one: (one.until or one.since, *_age_order(one))))
    leading = speaking[0]
    return ControlState(
        STANDING_OF[leading.finding],
        leading,
        tuple(one for one in speaking[1:] if one.finding is not leading.finding),
        expires_soon=leading.until is not None and leading.until <= now + SOON,
    )


def _fits_source(kind: SourceKind, strength: Strength) -> Decision:
    if strength.value > STRONGEST[kind].value:
        return Refused(
            AssuranceRefusal.TOO_STRONG_FOR_SOURCE, {"source": kind, "strength": strength, "strongest": STRONGEST[kind]}
        )
    return ALLOWED


def _age_order(one: EvidenceFacts) -> tuple[datetime, datetime, str]:
    return one.since, one.filed_at, str(one.id)
