from dataclasses import dataclass

import pytest

from sonae.kernel import events
from sonae.kernel.events import Event, publish, subscribe


@dataclass(frozen=True, slots=True)
class Rang(Event):
    times: int


@dataclass(frozen=True, slots=True)
class Called(Event):
    name: str


@pytest.fixture(autouse=True)
def no_other_handlers(monkeypatch):
    monkeypatch.setattr(events, "_handlers", events.defaultdict(list))


def test_handlers_run_in_order_of_subscription():
    heard = []
    subscribe(Rang, lambda event: heard.append(("first", event.times)))
    subscribe(Rang, lambda event: heard.append(("second", event.times)))
    publish(Rang(2))
    assert heard == [("first", 2), ("second", 2)]


def test_a_handler_subscribed_twice_runs_once():
    heard = []
    subscribe(Rang, heard.append)
    subscribe(Rang, heard.append)
    publish(Rang(1))
    assert heard == [Rang(1)]


def test_an_error_reaches_the_publisher():
    def fail(event: Rang) -> None:
        raise KeyError("no")

    subscribe(Rang, fail)
    with pytest.raises(KeyError):
        publish(Rang(1))


def test_an_event_nobody_listens_to_reaches_nobody_and_is_fine():
    heard: list[object] = []
    subscribe(Called, heard.append)
    publish(Rang(1))
    assert heard == []
