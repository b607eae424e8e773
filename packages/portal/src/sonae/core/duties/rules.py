"""When duties are due, when people are told, and what ends a duty. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from uuid import UUID

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.assurance.vocabulary import EvidenceFiled, Finding
from sonae.core.duties.vocabulary import (
    NO_STEP,
    DutyFacts,
    DutyRefusal,
    DutyRule,
    DutyState,
    Ending,
    EndingEvidence,
    Freshness,
    RecipientKind,
    ReminderKind,
    ReminderMoment,
    ScheduleStep,
    Timing,
    Waiving,
    When,
)
from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal

# Day-based reminders arrive when offices open, not at midnight.
MORNING = time(9, 0, tzinfo=calendar.JST)
SHORTEST_REASON = 10
SHORTEST_NOTE = 5
WEEK = timedelta(days=7)
SHORTEST_LOOK = timedelta(hours=1)
LONGEST_LOOK = timedelta(days=1)

# Who acts for a place: they own its duties and see them.
ACTS_FOR: dict[RecipientKind, frozenset[Role]] = {
    RecipientKind.INSTITUTION: frozenset({Role.INSTITUTION_MANAGER, Role.EXECUTIVE}),
    RecipientKind.JURISDICTION: frozenset({Role.INSPECTOR}),
    RecipientKind.NATION: frozenset({Role.MINISTRY_OFFICER, Role.SHARING_ANALYST, Role.RESPONDER, Role.OPERATOR}),
    RecipientKind.VENDOR: frozenset({Role.VENDOR}),
}

# Who sees the supervised duties of a jurisdiction's institutions. A prefecture's officer moves and ends none of them.
OVERSEES = frozenset({Role.INSPECTOR, Role.PREFECTURE_OFFICER})


# --- recipients ------------------------------------------------------------------------------------------------------


def recipient_key(
    *,
    account_id: UUID | None = None,
    institution_id: int | None = None,
    jurisdiction_id: int | None = None,
    role: Role | None = None,
    vendor_id: int | None = None,
) -> str:
    """The one text that names who owes a duty: exactly one of the arguments is given."""
    named = [
        f"{kind}:{value}"
        for kind, value in (
            (RecipientKind.ACCOUNT, account_id),
            (RecipientKind.INSTITUTION, institution_id),
            (RecipientKind.JURISDICTION, jurisdiction_id),
            (RecipientKind.NATION, role),
            (RecipientKind.VENDOR, vendor_id),
        )
        if value is not None
    ]
    assert len(named) == 1, "a duty has exactly one recipient"
    return named[0]


def addresses_of(viewer: Viewer) -> frozenset[str]:
    """The recipients this viewer is or acts for: the keys of the duties that are theirs."""
    own = {recipient_key(account_id=viewer.account_id)} if viewer.account_id else set()
    for role, kind, place_id in viewer.grants:
        if kind == RecipientKind.INSTITUTION and role in ACTS_FOR[RecipientKind.INSTITUTION]:
            own.add(recipient_key(institution_id=place_id))
        elif kind == RecipientKind.JURISDICTION and role in ACTS_FOR[RecipientKind.JURISDICTION]:
            own.add(recipient_key(jurisdiction_id=place_id))
        elif kind == RecipientKind.NATION and role in ACTS_FOR[RecipientKind.NATION]:
            own.add(recipient_key(role=role))
        elif kind == RecipientKind.VENDOR and role in ACTS_FOR[RecipientKind.VENDOR]:
            own.add(recipient_key(vendor_id=place_id))
    return frozenset(own)


def oversees_nation(viewer: Viewer) -> bool:
    """Whether the supervised duties of every institution are this viewer's to see."""
    return any(role == Role.MINISTRY_OFFICER for role, _, _ in viewer.grants)


def overseen_jurisdictions(viewer: Viewer) -> list[int]:
    """The jurisdictions whose institutions this viewer inspects or follows up, in ascending order."""
    over = {place for role, kind, place in viewer.grants if role in OVERSEES and kind == PlaceKind.JURISDICTION}
    return sorted(place for place in over if place is not None)


# --- time ------------------------------------------------------------------------------------------------------------


def due_moment(rule: DutyRule, *, known_at: datetime, given: datetime | None) -> datetime:
    """When the duty is due: by the rule's period, or as given with the duty where the rule leaves it open."""
    if rule.deadline is None:
        assert given is not None, f"{rule.id} is due at a moment that is given with the duty"
        return given
    assert given is None, f"the due moment of {rule.id} follows from its rule"
    return calendar.due_moment(known_at, rule.deadline)


def moments(
    rule: DutyRule, *, imposed_at: datetime, due_at: datetime, rescheduled_at: datetime | None = None
) -> tuple[ReminderMoment, ...]:
    """Every moment at which someone is told, in order; what would lie before the duty existed is left out.

    From `rescheduled_at` on (it opened again, or its due moment moved) everything is counted anew: its owner is told
    at once, nothing from before is told a second time, and a due moment that has passed by then counts as just passing.
    """
    begins = rescheduled_at or imposed_at
    found = {ReminderMoment(begins, ReminderKind.REMINDER, NO_STEP)} if rescheduled_at else set()
    for number, step in enumerate(rule.schedule):
        at = _moment_of(step, imposed_at=imposed_at, due_at=max(due_at, begins) if rescheduled_at else due_at)
        if at > begins or (at == begins and not rescheduled_at):
            found.add(ReminderMoment(at, ReminderKind.ESCALATION if step.role else ReminderKind.REMINDER, number))
    return tuple(sorted(found))


def passed(schedule: Iterable[ReminderMoment], *, since: datetime, now: datetime) -> tuple[ReminderMoment, ...]:
    """The moments from `since` to `now`, both included: late ones too, however long nobody looked."""
    return tuple(moment for moment in schedule if since <= moment.at <= now)


def next_moment(schedule: Iterable[ReminderMoment], *, now: datetime) -> datetime | None:
    """The first moment after `now`, if one is left."""
    return min((moment.at for moment in schedule if moment.at > now), default=None)


def timing(due_at: datetime, *, now: datetime) -> Timing:
    """How a duty lies in time as seen from now."""
    if calendar.is_past(due_at, now=now):
        return Timing.OVERDUE
    return Timing.THIS_WEEK if due_at <= now + WEEK else Timing.LATER


def stand_ins(rule: DutyRule, moment: ReminderMoment) -> tuple[int, ...]:
    """The steps of the schedule whose people hear of a moment in place of those who are not there, in their order.

    Only whom the rule itself names: of a duty that only its owner sees, nobody outside hears this way either.
    """
    above = [number for number, step in enumerate(rule.schedule) if step.role]
    if moment.kind is ReminderKind.ESCALATION:
        return tuple(number for number in above if number > moment.step)
    return tuple(above)


def look_again_at(untold_since: datetime, *, now: datetime) -> datetime:
    """When a moment is tried again that found nobody: later each time, an hour at the least and a day at the most."""
    return now + min(max(now - untold_since, SHORTEST_LOOK), LONGEST_LOOK)


# --- ends ------------------------------------------------------------------------------------------------------------


def may_fulfil(duty: DutyFacts, rule: DutyRule, *, is_own: bool, note: str) -> Decision:
    """Whether a person may declare the duty fulfilled: theirs, open, ended by hand, and with a note of the work."""
    return first_refusal(
        _is_open(duty),
        ALLOWED if is_own else Refused(DutyRefusal.NOT_YOURS),
        ALLOWED if rule.ending is Ending.BY_HAND else Refused(DutyRefusal.ENDS_BY_ITSELF),
        _long_enough(note, SHORTEST_NOTE, DutyRefusal.NOTE_MISSING),
    )


def may_waive(duty: DutyFacts, rule: DutyRule, *, why: str) -> Decision:
    """Whether an officer may lift the duty: open, not laid down by law, and with a reason in writing."""
    return first_refusal(
        _is_open(duty),
        ALLOWED if rule.waiving is Waiving.POSSIBLE else Refused(DutyRefusal.STATUTORY_CANNOT_BE_WAIVED),
        _long_enough(why, SHORTEST_REASON, DutyRefusal.WHY_MISSING),
    )


def may_redate(
    duty: DutyFacts, rule: DutyRule, *, is_supervised: bool, due_at: datetime, why: str, now: datetime
) -> Decision:
    """Whether a person may move the due moment: of an open duty they supervise, not fixed by law, to a time to come."""
    return first_refusal(
        _is_open(duty),
        ALLOWED if is_supervised else Refused(DutyRefusal.NOT_SUPERVISED),
        ALLOWED if rule.waiving is Waiving.POSSIBLE else Refused(DutyRefusal.STATUTORY_CANNOT_BE_REDATED),
        Refused(DutyRefusal.DUE_IN_PAST) if due_at <= now else ALLOWED,
        Refused(DutyRefusal.DUE_UNCHANGED) if due_at == duty.due_at else ALLOWED,
        _long_enough(why, SHORTEST_REASON, DutyRefusal.WHY_MISSING),
    )


def ends(evidence: EvidenceFiled, duty: DutyFacts, rule: DutyRule) -> bool:
    """Whether this evidence shows that this duty is done."""
    return (
        duty.state is DutyState.OPEN
        and duty.institution_id == evidence.institution_id
        and evidence.finding is Finding.IN_PLACE
        and (evidence.until is None or evidence.now < evidence.until)
        and any(_is_enough(evidence, wanted, duty) for wanted in rule.ended_by)
    )


def missing_holes(holes: Iterable[str], facts: Mapping[str, object]) -> tuple[str, ...]:
    """The holes of a title that these facts leave open."""
    return tuple(sorted(set(holes) - set(facts)))


def _is_enough(evidence: EvidenceFiled, wanted: EndingEvidence, duty: DutyFacts) -> bool:
    if evidence.control != wanted.control or evidence.strength.value < wanted.strength.value:
        return False
    match wanted.freshness:
        case Freshness.SAME_SUBJECT:
            # Owed again, it asks for a new word: the one that ended it the last time is still on file.
            is_fresh = duty.occurrence == 1 or evidence.since >= duty.known_at
            return is_fresh and evidence.source.reference == duty.subject_id
        case Freshness.SINCE_KNOWN:
            return evidence.since >= duty.known_at
    return True


def _is_open(duty: DutyFacts) -> Decision:
    return ALLOWED if duty.state is DutyState.OPEN else Refused(DutyRefusal.ALREADY_ENDED, {"state": duty.state})


def _long_enough(text: str, fewest: int, reason: DutyRefusal) -> Decision:
    return ALLOWED if len(text.strip()) >= fewest else Refused(reason, {"characters": fewest})


def _moment_of(step: ScheduleStep, *, imposed_at: datetime, due_at: datetime) -> datetime:
    match step.when:
        case When.AT_ONCE:
            return imposed_at
        case When.HOURS_BEFORE_DUE:
            return due_at - timedelta(hours=step.count)
        case When.HOURS_AFTER_DUE:
            return due_at + timedelta(hours=step.count)
        case When.DAYS_BEFORE_DUE:
            return _morning(due_at, -step.count)
        case When.DAYS_AFTER_DUE:
            return _morning(due_at, step.count)


def _morning(due_at: datetime, days: int) -> datetime:
    """The morning so many days from the last day on which the work is on time."""
    return datetime.combine(calendar.last_day_before(due_at) + timedelta(days=days), MORNING)
