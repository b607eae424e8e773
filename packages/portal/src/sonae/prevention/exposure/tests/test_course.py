"""Which step may follow which, with what it has to say, and when what was settled is asked anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.kernel.decision import ALLOWED, Refused
from sonae.prevention.exposure import course
from sonae.prevention.exposure.vocabulary import Course, CourseRefusal, Priority, Step

TODAY = date(2026, 11, 30)
LAST = TODAY + course.LONGEST_TERM
OURS, NOT_OURS = Step(Course.OURS), Step(Course.NOT_OURS, why="型番が違います")
FIXED = Step(Course.FIXED, done_on=TODAY, version="7.2.9")
MITIGATED = Step(Course.MITIGATED, why="管理画面を閉じました", until=TODAY)
ACCEPTED = Step(Course.ACCEPTED, why="更改まで使います", until=LAST)
WAITING = Step(Course.WAITING, until=LAST, vendor_id=1)
STEPS = [OURS, NOT_OURS, FIXED, MITIGATED, ACCEPTED, WAITING]

steps = st.builds(
    Step,
    to=st.sampled_from(sorted(set(Course) - {Course.UNANSWERED, Course.LIFTED})),
    why=st.sampled_from(["", " ", "理由", "長" * (course.LONGEST_WHY + 1)]),
    done_on=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    until=st.none() | st.dates(date(2026, 1, 1), date(2029, 12, 31)),
    vendor_id=st.none() | st.just(1),
)


def may(stands, step, *, priority=Priority.SCHEDULED, is_executive=False, is_still_hit=False):
    return course.may_step(
        stands, step, priority=priority, is_executive=is_executive, is_still_hit=is_still_hit, today=TODAY
    )


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.to)
def test_what_is_theirs_may_be_settled_in_every_way(step):
    stands = Course.UNANSWERED if step.to is Course.OURS else Course.OURS
    assert may(stands, step) is ALLOWED


@pytest.mark.parametrize(
    ("stands", "step", "reason"),
    [
        (Course.LIFTED, FIXED, CourseRefusal.LIFTED_ALREADY),
        (Course.OURS, OURS, CourseRefusal.STANDS_SO_ALREADY),
        (Course.NOT_OURS, NOT_OURS, CourseRefusal.STANDS_SO_ALREADY),
        (Course.UNANSWERED, WAITING, CourseRefusal.NOT_SAID_WHOSE),
        (Course.NOT_OURS, ACCEPTED, CourseRefusal.NOT_SAID_WHOSE),
        (Course.UNANSWERED, replace(NOT_OURS, why="　"), CourseRefusal.WHY_MISSING),
        (Course.OURS, replace(MITIGATED, why=""), CourseRefusal.WHY_MISSING),
        (Course.OURS, replace(FIXED, why="長" * (course.LONGEST_WHY + 1)), CourseRefusal.WHY_TOO_LONG),
        (Course.OURS, replace(FIXED, done_on=None), CourseRefusal.DONE_ON_MISSING),
        (Course.OURS, replace(FIXED, done_on=TODAY + timedelta(1)), CourseRefusal.DONE_IN_FUTURE),
        (Course.OURS, replace(MITIGATED, until=None), CourseRefusal.UNTIL_MISSING),
        (Course.OURS, replace(WAITING, until=TODAY - timedelta(1)), CourseRefusal.UNTIL_PASSED),
        (Course.OURS, replace(ACCEPTED, until=LAST + timedelta(1)), CourseRefusal.UNTIL_TOO_FAR),
        (Course.OURS, replace(WAITING, vendor_id=None), CourseRefusal.VENDOR_MISSING),
    ],
)
def test_what_a_step_lacks_is_named(stands, step, reason):
    found = may(stands, step)
    assert isinstance(found, Refused)
    assert found.reason is reason


def test_whoever_fixed_it_at_once_need_not_say_first_that_it_is_theirs():
    assert may(Course.UNANSWERED, FIXED) is ALLOWED


def test_a_version_that_the_advisory_names_is_no_fix():
    found = may(Course.OURS, FIXED, is_still_hit=True)
    assert isinstance(found, Refused)
    assert (found.reason, found.facts["version"]) == (CourseRefusal.VERSION_STILL_HIT, "7.2.9")


@pytest.mark.parametrize("priority", Priority)
def test_a_risk_that_is_attacked_is_taken_by_an_executive(priority):
    is_grave = priority in {Priority.IMMEDIATE, Priority.OUT_OF_CYCLE}
    assert may(Course.OURS, ACCEPTED, priority=priority).ok is not is_grave
    assert may(Course.OURS, ACCEPTED, priority=priority, is_executive=True) is ALLOWED


@given(st.sampled_from(Course), steps, st.sampled_from(Priority), st.booleans(), st.booleans())
def test_nothing_is_settled_without_what_belongs_to_it(stands, step, priority, is_executive, is_still_hit):
    if not may(stands, step, priority=priority, is_executive=is_executive, is_still_hit=is_still_hit).ok:
        return
    assert stands is not Course.LIFTED
    if step.to in {Course.NOT_OURS, Course.MITIGATED, Course.ACCEPTED}:
        assert step.why.strip()
    if step.to in {Course.MITIGATED, Course.ACCEPTED, Course.WAITING}:
        assert step.until is not None
        assert not course.is_over(step.to, until=step.until, today=TODAY)
        assert course.is_over(step.to, until=step.until, today=step.until + timedelta(1))
    if step.to is Course.FIXED:
        assert not is_still_hit
        assert step.done_on <= TODAY


@pytest.mark.parametrize("stands", sorted(set(Course) - {Course.LIFTED}))
def test_nobody_is_left_without_a_way_on(stands):
    assert any(may(stands, step).ok for step in STEPS)


@pytest.mark.parametrize("stands", Course)
def test_a_change_of_the_advisory_or_the_ledger_opens_and_lifts(stands):
    unhit, hit = course.opened_again(stands, is_hit=False), course.opened_again(stands, is_hit=True)
    assert not course.is_owed(unhit)
    # What was called fixed and is hit nevertheless is asked anew; whoever said that it is not theirs is left in peace.
    assert course.is_owed(hit) is (stands not in {Course.NOT_OURS, Course.MITIGATED, Course.ACCEPTED})
    assert course.opened_again(hit, is_hit=True) is hit
    assert course.opened_again(unhit, is_hit=False) is unhit
