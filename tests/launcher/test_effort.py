"""The measure by which tests say that something takes too long."""

import pytest

from tools import effort


def _work(turns):
    return sum(number % 7 for number in range(turns))


def test_what_is_quick_passes_and_what_takes_too_long_fails():
    begun = effort.begun()
    _work(1_000)
    begun.at_most(0.5)
    _work(500_000)
    with pytest.raises(AssertionError, match=r"s of CPU, where 1e-05 s times"):
        begun.at_most(0.00001)


def test_the_limit_grows_with_how_slow_the_machine_is(monkeypatch):
    monkeypatch.setattr(effort, "_USUAL", 1e-9)
    begun = effort.begun()
    _work(500_000)
    begun.at_most(0.0001)


def test_a_fast_machine_has_no_less_than_the_limit(monkeypatch):
    monkeypatch.setattr(effort, "_USUAL", 1_000.0)
    assert effort.slower() == 1.0
