from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed, TryLater
from sonae.site.jobs import rules
from sonae.site.jobs.vocabulary import JobFacts, JobRefusal, JobState

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("error", "attempts", "at"),
    [
        (None, 1, NOW),
        (None, 3, None),
        (OSError(), 1, NOW + timedelta(seconds=20)),
        (OSError(), 2, NOW + timedelta(seconds=60)),
        (OSError(), 3, None),
        (TryLater(LATER), 1, LATER),
        (TryLater(LATER), 3, None),
        (NotAllowed(Refused(JobRefusal.ONLY_FAILED_AGAIN)), 1, None),
    ],
)
def test_when_a_job_is_tried_again(error: Exception | None, attempts: int, at: datetime | None) -> None:
    assert rules.next_attempt(error, attempts=attempts, now=NOW) == at


@given(st.timedeltas(timedelta(0), timedelta(days=400)), st.timedeltas(timedelta(seconds=1), timedelta(days=1)))
def test_the_next_tick_lies_ahead_within_one_period_and_in_the_rhythm(late: timedelta, every: timedelta) -> None:
    tick = rules.next_tick(NOW, every=every, now=NOW + late)
    assert NOW + late < tick <= NOW + late + every
    assert (tick - NOW) % every == timedelta(0)


@pytest.mark.parametrize("state", list(JobState))
def test_what_an_operator_may_do_with_a_job(state: JobState) -> None:
    job = JobFacts(state, attempts=1)
    assert rules.may_run_again(job).ok is (state is JobState.FAILED)
    assert rules.may_cancel(job).ok is (state is JobState.READY)
