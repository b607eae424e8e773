from enum import StrEnum

import pytest

from sonae.kernel.decision import ALLOWED, Allowed, Refused, first_refusal, require
from sonae.kernel.errors import BadInput, NotAllowed, Problem


class WhyNot(StrEnum):
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


def test_the_first_refusal_wins():
    assert first_refusal(ALLOWED, Refused(WhyNot.TOO_LATE), Refused(WhyNot.TOO_EARLY)) == Refused(WhyNot.TOO_LATE)


def test_without_a_refusal_it_is_allowed():
    assert first_refusal() == ALLOWED == first_refusal(Allowed(), Allowed())
    assert ALLOWED.ok


def test_a_required_refusal_is_raised_with_its_facts():
    with pytest.raises(NotAllowed) as raised:
        require(Refused(WhyNot.TOO_EARLY, {"opens_at": 3}))
    assert raised.value.refusal.facts["opens_at"] == 3
    assert not raised.value.refusal.ok


def test_permission_is_silent():
    assert require(ALLOWED) is None


def test_bad_input_names_file_line_and_field():
    error = BadInput([Problem(WhyNot.TOO_LATE, file="a.csv", line=3, field="ID"), Problem(WhyNot.TOO_EARLY)])
    assert str(error) == "a.csv:3:ID: too_late; too_early"


def test_bad_input_without_a_problem_is_impossible():
    with pytest.raises(AssertionError):
        BadInput([])
