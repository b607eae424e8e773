"""Killed behind every single step in turn: the windows that random moments seldom meet."""

from collections import Counter
from contextlib import contextmanager
from itertools import count

import pytest

from sonae_collector import hunting, portal, state


class Killed(BaseException):
    """As if the program had ended here."""


class Executioner:
    """Ends the program behind its n-th step, once."""

    def __init__(self):
        self.left = 0

    def step(self):
        self.left -= 1
        if self.left == 0:
            raise Killed


def condemned(monkeypatch):
    """Makes each commit, each file put in place and each request a step."""
    executioner = Executioner()
    change = state.State.change

    @contextmanager
    def watched_change(self):
        with change(self):
            yield
            executioner.step()
        executioner.step()

    def watched(owner, name):
        original = getattr(owner, name)

        def call(*given, **named):
            answer = original(*given, **named)
            executioner.step()
            return answer

        monkeypatch.setattr(owner, name, call)

    monkeypatch.setattr(state.State, "change", watched_change)
    watched(hunting.Store, "write")
    watched(hunting.Store, "merge")
    watched(hunting.Store, "sweep")
    watched(portal.Portal, "page")
    watched(portal.Portal, "deliver")
    watched(portal.Portal, "beat")
    monkeypatch.setattr("sonae_collector.cycle._MERGE_FILES", 2)
    monkeypatch.setattr("sonae_collector.reader.STEP_EVENTS", 4)
    return executioner


class Sensor:
    """Writes events, and knows how often each address was in them."""

    def __init__(self, eve, line):
        self.path = eve / "eve.json"
        self.line = line
        self.written = Counter()
        self.number = 0

    def write(self, *addresses):
        with self.path.open("ab") as out:
            for address in addresses:
                out.write(self.line(self.number, dst=address))
                self.written[address] += 1
                self.number += 1

    def rotate(self, number):
        self.path.rename(self.path.with_name(f"eve.json.{number}"))


def went_on(rounds, executioner, behind):
    """A round that ends behind a step, and one that goes on from there; answers whether it had so many steps."""
    executioner.left = behind
    try:
        rounds()
    except Killed:
        executioner.left = 0
        rounds()
        return True
    return False


@pytest.mark.slow
def test_killed_behind_any_step_every_event_counts_once(
    rounds, fake_portal, eve, line, an_indicator, counts, look, monkeypatch, tmp_path
):
    executioner = condemned(monkeypatch)
    sensor = Sensor(eve, line)
    known = {}
    for behind in count(1):
        address, earlier = f"192.0.2.{behind}", f"192.0.2.{behind - 1}"
        # Something for the past, something new, a rotation, and something grown.
        sensor.write(address, earlier, address, earlier, address, address, "192.0.2.250")
        executioner.left = 0
        rounds(portal=False)
        known[address] = an_indicator(address)
        fake_portal.publish(known[address])
        sensor.write(address, earlier, earlier)
        sensor.rotate(behind)
        sensor.write(address, earlier)
        if not went_on(rounds, executioner, behind):
            break
        expected = {known[each].id: found for each, found in sensor.written.items() if each in known}
        assert counts() == expected, f"killed behind step {behind}"
    assert behind > 20
    assert len(fake_portal.sightings) == len(known)
    assert look("SELECT count(*) FROM outbox") == [(0,)]
    events = tmp_path / "state" / "events"
    assert {(str(each.relative_to(events)),) for each in events.rglob("*.parquet")} == set(
        look("SELECT path FROM segment")
    )
    assert look("SELECT sum(events) FROM segment") == [(sensor.number,)]
