"""How an incident comes in, moves and closes. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal
from sonae.response.incidents.vocabulary import (
    AffectedSystem,
    CareImpact,
    Field,
    IncidentFacts,
    IncidentRefusal,
    Leak,
    Phase,
    Report,
    Severity,
    Transition,
)

P = Phase

# The machine of the main phase. Every phase leads back to ACTIVE: re-infection is common. Each such step says why.
TRANSITIONS: tuple[Transition, ...] = (
    Transition(P.SUSPECTED, P.ACTIVE),
    Transition(P.SUSPECTED, P.NOT_INCIDENT, needs_reason=True),
    Transition(P.SUSPECTED, P.DUPLICATE, needs_reason=True),
    Transition(P.ACTIVE, P.CONTAINED),
    Transition(P.ACTIVE, P.NOT_INCIDENT, needs_reason=True),
    Transition(P.ACTIVE, P.DUPLICATE, needs_reason=True),
    Transition(P.CONTAINED, P.RECOVERING),
    Transition(P.CONTAINED, P.ACTIVE, needs_reason=True),
    Transition(P.RECOVERING, P.RESTORED),
    Transition(P.RECOVERING, P.ACTIVE, needs_reason=True),
    Transition(P.RESTORED, P.REVIEW),
    Transition(P.RESTORED, P.ACTIVE, needs_reason=True),
    Transition(P.REVIEW, P.CLOSED),
    Transition(P.REVIEW, P.ACTIVE, needs_reason=True),
    Transition(P.CLOSED, P.ACTIVE, needs_reason=True),
    Transition(P.NOT_INCIDENT, P.ACTIVE, needs_reason=True),
    Transition(P.DUPLICATE, P.ACTIVE, needs_reason=True),
)
_BY_STEP: Mapping[tuple[Phase, Phase], Transition] = {(step.before, step.after): step for step in TRANSITIONS}

# In these nothing is added any more; whoever must, reopens with a reason.
ENDED = frozenset({P.CLOSED, P.NOT_INCIDENT, P.DUPLICATE})
# What was no incident of this institution is owed by nobody.
FREED = frozenset({P.NOT_INCIDENT, P.DUPLICATE})

SHORTEST_REASON = 5
# The clock of a phone and the clock of the portal may differ.
CLOCK_TOLERANCE = timedelta(minutes=5)
# Our own choice: intruders were found years after they came, never a decade; an earlier year is a slip of the keyboard.
YEARS_BACK = 10
REACHES_BACK = timedelta(days=366 * YEARS_BACK)

SEVERITY: Mapping[CareImpact, Severity] = {
    CareImpact.UNKNOWN: Severity.OPEN,
    CareImpact.NONE: Severity.LOW,
    CareImpact.DELAYED: Severity.SERIOUS,
    CareImpact.LIMITED: Severity.SERIOUS,
    CareImpact.EMERGENCY_CLOSED: Severity.GRAVE,
    CareImpact.STOPPED: Severity.GRAVE,
}

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: nothing that sounds or looks like something else


def may_report(report: Report, *, now: datetime) -> Decision:
    """Whether the six fields are enough: what is seen and a number to call back; a moment that can be meant."""
    if not report.seen.strip():
        return Refused(IncidentRefusal.SEEN_MISSING)
    if not any(letter.isdigit() for letter in report.phone):
        return Refused(IncidentRefusal.PHONE_MISSING)
    return may_have_been(report.noticed_at, now=now)


def may_have_been(at: datetime | None, *, now: datetime) -> Decision:
    """Whether something that still concerns us can have happened at this moment; None: nobody knows when."""
    if at is None:
        return ALLOWED
    if at > now + CLOCK_TOLERANCE:
        return Refused(IncidentRefusal.NOTICED_IN_FUTURE, {"noticed_at": at})
    if at < now - REACHES_BACK:
        return Refused(IncidentRefusal.NOTICED_TOO_LONG_AGO, {"noticed_at": at, "years": YEARS_BACK})
    return ALLOWED


def may_move(incident: IncidentFacts, to: Phase, *, reason: str, has_kept_case: bool = False) -> Decision:
    """Whether an incident may enter this phase now."""
    step = _BY_STEP.get((incident.phase, to))
    if step is None:
        return Refused(IncidentRefusal.NO_SUCH_TRANSITION, {"before": incident.phase, "after": to})
    guards = {
        P.CONTAINED: may_call_contained,
        P.CLOSED: may_close,
    }
    return first_refusal(
        guards[to](incident) if to in guards else ALLOWED,
        ALLOWED if to is not P.DUPLICATE or has_kept_case else Refused(IncidentRefusal.KEPT_CASE_MISSING),
        _may_give(reason) if step.needs_reason else ALLOWED,
    )


def may_call_contained(incident: IncidentFacts) -> Decision:
    """Whether the containment steps of the ministry's template are answered, be it with "not possible"."""
    if incident.unanswered_steps:
        return Refused(IncidentRefusal.STEPS_UNANSWERED, {"count": incident.unanswered_steps})
    return ALLOWED


def may_close(incident: IncidentFacts) -> Decision:
    """Whether nothing hangs on the incident any more."""
    if incident.open_duties:
        return Refused(IncidentRefusal.DUTY_OPEN, {"count": incident.open_duties})
    if incident.leak is Leak.UNKNOWN:
        return Refused(IncidentRefusal.LEAK_UNKNOWN)
    return ALLOWED


def may_add(phase: Phase) -> Decision:
    """Whether something can still be added to an incident in this phase."""
    return Refused(IncidentRefusal.INCIDENT_ENDED, {"phase": phase}) if phase in ENDED else ALLOWED


def may_state(field: Field, value: object) -> Decision:
    """Whether this can be said under this heading."""
    return ALLOWED if _fits(field, value) else Refused(IncidentRefusal.VALUE_NOT_FITTING, {"field": field})


def next_phases(phase: Phase) -> tuple[Phase, ...]:
    """Where a phase can lead, in the order of the machine."""
    return tuple(step.after for step in TRANSITIONS if step.before is phase)


def needs_reason(before: Phase, after: Phase) -> bool:
    """Whether this step is only taken with its reason in writing."""
    return (before, after) in _BY_STEP and _BY_STEP[before, after].needs_reason


def known_at(report: Report, *, now: datetime) -> datetime:
    """When the institution counts as knowing: when the first of its staff noticed; unknown, when it is told here.

    The commission's reading for public bodies: a department knows as soon as any of its staff does.
    """
    return min(report.noticed_at, now) if report.noticed_at is not None else now


def number_of(identity: UUID) -> str:
    """The eight letters that name an incident on the telephone; random, so that nobody can count incidents."""
    bits = identity.int & (1 << 40) - 1
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def _fits(field: Field, value: object) -> bool:
    match field:
        case Field.SYSTEMS:
            return isinstance(value, list) and set(value) <= {system.value for system in AffectedSystem}
        case Field.CARE:
            return value in {care.value for care in CareImpact}
        case Field.LEAK:
            return value in {leak.value for leak in Leak}
        case Field.PHONE:
            return isinstance(value, str) and any(letter.isdigit() for letter in value)
    return isinstance(value, str) and bool(value.strip())


def _may_give(reason: str) -> Decision:
    if len(reason.strip()) < SHORTEST_REASON:
        return Refused(IncidentRefusal.REASON_MISSING, {"shortest": SHORTEST_REASON})
    return ALLOWED
