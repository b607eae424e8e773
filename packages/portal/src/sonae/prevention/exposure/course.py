"""Which step may follow which: read, ours or not, settled, and opened again when what settled it no longer holds."""

from datetime import date, timedelta
from typing import Final

from sonae.kernel.decision import ALLOWED, Decision, Refused, first_refusal
from sonae.prevention.exposure.vocabulary import Course, CourseRefusal, Priority, Step

# For no longer than this a measure, a risk or a wait is taken as settled before somebody looks again. Sonae's own value
# (to be confirmed); an inspection comes once a year.
LONGEST_TERM: Final = timedelta(days=366)
LONGEST_WHY: Final = 1_000

SETTLED: Final = frozenset({Course.NOT_OURS, Course.FIXED, Course.MITIGATED, Course.ACCEPTED, Course.LIFTED})
# What is settled for a term only.
_FOR_A_TERM: Final = frozenset({Course.MITIGATED, Course.ACCEPTED, Course.WAITING})
_WITH_A_REASON: Final = frozenset({Course.NOT_OURS, Course.MITIGATED, Course.ACCEPTED})
# What somebody can say of it; the rest follows from the advisory and the ledger.
STEPS: Final = (Course.OURS, Course.NOT_OURS, Course.FIXED, Course.MITIGATED, Course.ACCEPTED, Course.WAITING)
# A risk that is attacked at the moment is taken by whoever answers for the institution.
_TAKEN_BY_AN_EXECUTIVE: Final = frozenset({Priority.IMMEDIATE, Priority.OUT_OF_CYCLE})


def may_step(
    stands: Course, step: Step, *, priority: Priority, is_executive: bool, is_still_hit: bool, today: date
) -> Decision:
    """Whether somebody may say this of it now.

    `is_still_hit` tells whether the advisory names the version that the step claims.
    """
    return first_refusal(
        _may_follow(stands, step),
        _has_reason(step),
        _is_done(step, is_still_hit=is_still_hit, today=today),
        _has_term(step, today=today),
        _may_be_taken_by(step, priority=priority, is_executive=is_executive),
    )


def is_owed(stands: Course) -> bool:
    """Whether somebody still has to do something."""
    return stands not in SETTLED


def is_over(stands: Course, *, until: date | None, today: date) -> bool:
    """Whether the term has passed for which it was settled: then it is the institution's again."""
    return stands in _FOR_A_TERM and until is not None and until < today


def opened_again(stands: Course, *, is_hit: bool) -> Course:
    """Where it stands after the advisory or the ledger changed.

    What is hit no longer is lifted. What is hit again, or still although it was called fixed, is asked anew; what an
    institution said of its devices for other reasons stays as it said.
    """
    if not is_hit:
        return stands if stands in {Course.NOT_OURS, Course.FIXED} else Course.LIFTED
    return Course.UNANSWERED if stands in {Course.LIFTED, Course.FIXED} else stands


def _may_follow(stands: Course, step: Step) -> Decision:
    assert step.to in STEPS, "nobody says that it is unanswered, or lifted"
    if stands is Course.LIFTED:
        return Refused(CourseRefusal.LIFTED_ALREADY)
    if stands is step.to and step.to in {Course.OURS, Course.NOT_OURS}:
        return Refused(CourseRefusal.STANDS_SO_ALREADY)
    is_answered = stands not in {Course.UNANSWERED, Course.NOT_OURS} or step.to in {Course.OURS, Course.NOT_OURS}
    # Whoever has fixed it says with that that it was theirs.
    return ALLOWED if is_answered or step.to is Course.FIXED else Refused(CourseRefusal.NOT_SAID_WHOSE)


def _has_reason(step: Step) -> Decision:
    if step.to in _WITH_A_REASON and not step.why.strip():
        return Refused(CourseRefusal.WHY_MISSING)
    return ALLOWED if len(step.why) <= LONGEST_WHY else Refused(CourseRefusal.WHY_TOO_LONG, {"most": LONGEST_WHY})


def _is_done(step: Step, *, is_still_hit: bool, today: date) -> Decision:
    if step.to is not Course.FIXED:
        return ALLOWED
    if step.done_on is None:
        return Refused(CourseRefusal.DONE_ON_MISSING)
    if step.done_on > today:
        return Refused(CourseRefusal.DONE_IN_FUTURE)
    return Refused(CourseRefusal.VERSION_STILL_HIT, {"version": step.version}) if is_still_hit else ALLOWED


def _has_term(step: Step, *, today: date) -> Decision:
    if step.to not in _FOR_A_TERM:
        return ALLOWED
    if step.until is None:
        return Refused(CourseRefusal.UNTIL_MISSING)
    if step.until < today:
        return Refused(CourseRefusal.UNTIL_PASSED)
    last = today + LONGEST_TERM
    if step.until > last:
        return Refused(CourseRefusal.UNTIL_TOO_FAR, {"last": last})
    is_asked = step.to is not Course.WAITING or step.vendor_id is not None
    return ALLOWED if is_asked else Refused(CourseRefusal.VENDOR_MISSING)


def _may_be_taken_by(step: Step, *, priority: Priority, is_executive: bool) -> Decision:
    if step.to is Course.ACCEPTED and priority in _TAKEN_BY_AN_EXECUTIVE and not is_executive:
        return Refused(CourseRefusal.NEEDS_AN_EXECUTIVE)
    return ALLOWED
