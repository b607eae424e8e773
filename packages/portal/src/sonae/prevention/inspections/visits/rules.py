"""What may be done with a visit and with a correction, and how what several people wrote about one row is merged."""

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime

from sonae.core.instruments.vocabulary import YesNo
from sonae.kernel import calendar
from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal
from sonae.prevention.inspections.visits.vocabulary import (
    ClosingFacts,
    CorrectionState,
    Entry,
    EntryOutcome,
    EntryRefused,
    Head,
    Observation,
    RowStands,
    Side,
    VisitFacts,
    VisitRefusal,
    VisitState,
    Written,
)

AHEAD = frozenset({VisitState.PLANNED, VisitState.ANNOUNCED})
OPEN = AHEAD | {VisitState.UNDER_WAY}
# What says nothing about the institution counts as decided only with a reason: a gate that does not apply takes the
# rows behind it along.
NEEDS_REASON: dict[str, VisitRefusal] = {
    Observation.NOT_SEEN: VisitRefusal.WHY_NOT_SEEN_MISSING,
    Observation.NOT_APPLICABLE: VisitRefusal.WHY_NOT_APPLICABLE_MISSING,
}
# What was seen to be lacking becomes a finding with advice, or the note says why not: the institution reads both in
# the report, and nothing that was seen ends with the visit unsaid.
UNMET = frozenset({Observation.PARTLY, Observation.ABSENT})
# What was seen that says something else than the self-check does; that nobody looked says nothing.
_SEEN_AGAINST: dict[YesNo, frozenset[Observation]] = {
    YesNo.YES: frozenset({Observation.PARTLY, Observation.ABSENT, Observation.NOT_APPLICABLE}),
    YesNo.NO: frozenset({Observation.IN_PLACE}),
    YesNo.OUT_OF_SCOPE: frozenset({Observation.IN_PLACE, Observation.PARTLY, Observation.ABSENT}),
}

SHORTEST_REASON, LONGEST_REASON = 5, 1_000
LONGEST_TEXT = 4_000
LONGEST_NAME = 120
MOST_ENTRIES = 500
MOST_PHOTOS = 300
MOST_STROKES, MOST_POINTS, SIDE_OF_CANVAS = 500, 20_000, 1_000
LONGEST_PLAN_YEARS = 1
# Control and format characters, line and paragraph ends, halves of pairs: a name with them reads as another one.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


# --- the plan ------------------------------------------------------------------------------------------------------


def may_plan(fiscal_year: int, *, has_open_visit: bool, has_form: bool, today: date) -> Decision:
    """Whether an institution may be put on the plan of a fiscal year: this one or the next, once at a time."""
    this = calendar.fiscal_year(today)
    if not this <= fiscal_year <= this + LONGEST_PLAN_YEARS:
        return Refused(VisitRefusal.YEAR_OUTSIDE, {"first": str(this), "last": str(this + LONGEST_PLAN_YEARS)})
    if has_open_visit:
        return Refused(VisitRefusal.ON_THE_PLAN_ALREADY)
    return ALLOWED if has_form else Refused(VisitRefusal.NO_FORM)


def may_arrange(visit: VisitFacts, *, on: date, has_team: bool, today: date) -> Decision:
    """Whether date and team may be set; a date that was announced is moved instead, with a reason."""
    if visit.state is not VisitState.PLANNED:
        return Refused(VisitRefusal.NOT_AHEAD)
    return first_refusal(_fits(visit, on, today=today), ALLOWED if has_team else Refused(VisitRefusal.TEAM_MISSING))


def may_announce(visit: VisitFacts, *, people_to_tell: int, today: date) -> Decision:
    """Whether the institution may be told: date and team are set, and somebody there reads it."""
    if visit.state is not VisitState.PLANNED:
        return Refused(VisitRefusal.NOT_AHEAD)
    if visit.on is None:
        return Refused(VisitRefusal.DATE_MISSING)
    if not visit.has_team:
        return Refused(VisitRefusal.TEAM_MISSING)
    return first_refusal(
        _fits(visit, visit.on, today=today), ALLOWED if people_to_tell else Refused(VisitRefusal.NOBODY_TO_TELL)
    )


def may_move(visit: VisitFacts, *, on: date, why: str, today: date) -> Decision:
    """Whether an announced visit may be on another day."""
    if visit.state is not VisitState.ANNOUNCED:
        return Refused(VisitRefusal.NOT_AHEAD)
    if on == visit.on:
        return Refused(VisitRefusal.SAME_DATE)
    return first_refusal(_fits(visit, on, today=today), has_reason(why))


def may_cancel(visit: VisitFacts, *, why: str) -> Decision:
    """Whether a visit may be taken off the plan."""
    return first_refusal(may_be_cancelled(visit), has_reason(why))


def may_be_cancelled(visit: VisitFacts) -> Decision:
    """Whether it can come off the plan still: ahead, or begun by mistake, so that nothing is recorded of it."""
    is_empty = visit.state is VisitState.UNDER_WAY and not visit.has_records
    return ALLOWED if visit.state in AHEAD or is_empty else Refused(VisitRefusal.NOT_AHEAD)


def may_start(visit: VisitFacts, *, today: date) -> Decision:
    """Whether the visit may begin today. Without an announcement too: an inspection may come unannounced."""
    if visit.state not in AHEAD:
        return Refused(VisitRefusal.NOT_AHEAD)
    return first_refusal(may_begin_on(visit, today), ALLOWED if visit.has_team else Refused(VisitRefusal.TEAM_MISSING))


def may_begin_on(visit: VisitFacts, day: date) -> Decision:
    """Whether a visit that is still ahead may begin on this day: one of the fiscal year of its plan."""
    first, last = calendar.fiscal_year_days(visit.fiscal_year)
    if visit.state not in AHEAD or first <= day <= last:
        return ALLOWED
    reason = VisitRefusal.YEAR_NOT_BEGUN if day < first else VisitRefusal.YEAR_OVER
    return Refused(reason, {"first": first, "last": last})


def has_reason(why: str) -> Decision:
    """Whether a reason was written that somebody else can follow."""
    enough = SHORTEST_REASON <= len(why.strip()) <= LONGEST_REASON
    return ALLOWED if enough else Refused(VisitRefusal.REASON_MISSING, {"fewest": SHORTEST_REASON})


def _fits(visit: VisitFacts, on: date, *, today: date) -> Decision:
    first, last = calendar.fiscal_year_days(visit.fiscal_year)
    if not first <= on <= last:
        return Refused(VisitRefusal.DATE_OUTSIDE_YEAR, {"first": first, "last": last})
    return Refused(VisitRefusal.DATE_PAST) if on < today else ALLOWED


# --- recording -----------------------------------------------------------------------------------------------------


def judge(entry: Entry, *, items: Iterable[str], head: Head) -> EntryRefused | None:
    """Why one entry cannot be taken, whatever else was written; nothing where it can."""
    written = entry.written
    if entry.item not in items:
        return EntryRefused(entry.id, entry.item, VisitRefusal.UNKNOWN_ITEM)
    if written.value and written.value not in frozenset(Observation):
        return EntryRefused(entry.id, entry.item, VisitRefusal.UNKNOWN_VALUE, {"value": written.value[:40]})
    if max(len(written.note), len(written.finding), len(written.advice)) > LONGEST_TEXT:
        return EntryRefused(entry.id, entry.item, VisitRefusal.TEXT_TOO_LONG, {"most": LONGEST_TEXT})
    if written.due_on is not None and not calendar.may_be_entered(written.due_on):
        return EntryRefused(entry.id, entry.item, VisitRefusal.DUE_UNREADABLE)
    if entry.seen_revision > head.revision:
        return EntryRefused(entry.id, entry.item, VisitRefusal.REVISION_UNKNOWN, {"revision": head.revision})
    return None


def merge(entry: Entry, head: Head) -> EntryOutcome:
    """What becomes of an entry: it counts where its writer saw what stands there, or wrote alone since.

    A device that was without network sends several entries about one row that all saw the same revision; they follow
    one another and are no conflict, as long as nobody else wrote in between.
    """
    if entry.written == head.written:
        return EntryOutcome.SAME
    return EntryOutcome.KEPT if entry.seen_revision >= head.alone_since else EntryOutcome.CONFLICT


def speaks_against(answer: YesNo, seen: Observation) -> bool:
    """Whether what was seen on site says something else than the institution had answered."""
    return seen in _SEEN_AGAINST[answer]


def recorded_at(entry: Entry, *, now: datetime) -> datetime:
    """When it was written; the clock of a tablet may be wrong, but nothing was written after it arrived."""
    return min(entry.recorded_at, now)


# --- closing -------------------------------------------------------------------------------------------------------


def may_close(visit: ClosingFacts) -> tuple[Refused, ...]:
    """Everything that still stands between a visit and its end, at once; empty: it may be closed."""
    if visit.state is not VisitState.UNDER_WAY:
        return (Refused(VisitRefusal.NOT_OPEN),)
    found = [one for row in visit.rows for one in _lacks(row, on=visit.on, today=visit.today)]
    if visit.open_conflicts:
        found.append(Refused(VisitRefusal.CONFLICT_OPEN, {"count": visit.open_conflicts}))
    found += [Refused(VisitRefusal.SIGNATURE_MISSING, {"side": side}) for side in Side if side not in visit.signed]
    return tuple(found)


def _lacks(row: RowStands, *, on: date | None, today: date) -> Iterable[Refused]:
    said = row.written
    if not row.is_asked:
        # It would stand in no report, and nobody would be asked to mend it.
        if said.finding.strip() or said.due_on is not None:
            yield Refused(VisitRefusal.FOUND_WHERE_NOT_ASKED, {"row": row.label, "item": row.item})
        return
    if not said.value:
        yield Refused(VisitRefusal.ROW_NOT_OBSERVED, {"row": row.label, "item": row.item})
    if (lacking := NEEDS_REASON.get(said.value)) and not said.note.strip():
        yield Refused(lacking, {"row": row.label, "item": row.item})
    if row.is_measure and (unsaid := unsaid_of(said)) is not None:
        yield Refused(unsaid, {"row": row.label, "item": row.item})
    if said.due_on is not None and not said.finding.strip():
        yield Refused(VisitRefusal.FINDING_MISSING, {"row": row.label, "item": row.item})
    if said.due_on is not None:
        yield from _is_too_early(said.due_on, row, on=on, today=today)


def unsaid_of(said: Written) -> VisitRefusal | None:
    """What is still to be said of a row that was seen to be lacking; nothing where the note gives a reason."""
    if said.value not in UNMET or said.note.strip() or (said.finding.strip() and said.advice.strip()):
        return None
    if not said.finding.strip():
        # A day without a finding is refused in its own words.
        return None if said.due_on is not None else VisitRefusal.UNMET_WITHOUT_FINDING
    return VisitRefusal.UNMET_WITHOUT_ADVICE


def _is_too_early(due_on: date, row: RowStands, *, on: date | None, today: date) -> Iterable[Refused]:
    if on is not None and due_on <= on:
        yield Refused(VisitRefusal.DUE_NOT_AFTER_VISIT, {"row": row.label, "item": row.item, "on": on})
    elif due_on <= today:
        # The duty begins with the closing: it would be overdue, or all but, when it is imposed.
        yield Refused(VisitRefusal.DUE_PAST_AT_CLOSING, {"row": row.label, "item": row.item})


def may_sign(state: VisitState, *, name: str, strokes: object, seen: int, revision: int) -> Decision:
    """Whether this is a signature under what the visit says now."""
    if state is not VisitState.UNDER_WAY:
        return Refused(VisitRefusal.NOT_OPEN)
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        return Refused(VisitRefusal.NAME_MISSING)
    if any(unicodedata.category(one) in _UNSEEN for one in name.strip()):
        return Refused(VisitRefusal.NAME_UNSOUND)
    if not are_strokes(strokes):
        return Refused(VisitRefusal.STROKES_UNREADABLE)
    return ALLOWED if seen == revision else Refused(VisitRefusal.OTHER_REVISION_SIGNED)


def are_strokes(strokes: object) -> bool:
    """Whether this is a drawing: lists of points from 0 to 1000, bounded in number; a typed name alone has none."""
    if not isinstance(strokes, list) or len(strokes) > MOST_STROKES:
        return False
    if not all(isinstance(stroke, list) for stroke in strokes) or sum(map(len, strokes)) > MOST_POINTS:
        return False
    return all(_is_point(point) for stroke in strokes for point in stroke)


def _is_point(point: object) -> bool:
    return (
        isinstance(point, list)
        and len(point) == 2
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in point)
        and all(0 <= one <= SIDE_OF_CANVAS for one in point)
    )


# --- corrections ---------------------------------------------------------------------------------------------------


def may_answer(state: CorrectionState, *, text: str) -> Decision:
    """Whether the institution may say what it did."""
    if state not in (CorrectionState.OPEN, CorrectionState.SENT_BACK):
        return Refused(VisitRefusal.NOT_WITH_INSTITUTION)
    enough = SHORTEST_REASON <= len(text.strip()) <= LONGEST_TEXT
    return ALLOWED if enough else Refused(VisitRefusal.ANSWER_MISSING, {"fewest": SHORTEST_REASON})


def may_accept(state: CorrectionState) -> Decision:
    """Whether the inspector may take the answer as enough."""
    return ALLOWED if state is CorrectionState.ANSWERED else Refused(VisitRefusal.NOT_WITH_INSPECTOR)


def may_send_back(state: CorrectionState, *, why: str, due_on: date, today: date) -> Decision:
    """Whether the answer may go back, with a reason and with time to mend it."""
    return first_refusal(
        may_accept(state),
        has_reason(why),
        ALLOWED if due_on > today else Refused(VisitRefusal.DUE_PAST),
    )


def asks_for_correction(written: Written) -> bool:
    """Whether a row becomes something that the institution mends: a finding with a day."""
    return written.due_on is not None and bool(written.finding.strip())
