"""Killed behind every single step in turn: the windows that random moments seldom meet."""

from collections import Counter
from contextlib import contextmanager

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


def test_killed_behind_any_step_every_event_counts_once(
    rounds, fake_portal, eve, line, an_indicator, counts, look, monkeypatch, tmp_path
):
    executioner = condemned(monkeypatch)
    path = eve / "eve.json"
    sent = Counter()
    number = 0

    def write(*addresses):
        nonlocal number
        for address in addresses:
            with path.open("ab") as out:
                out.write(line(number, dst=address))
            sent[address] += 1
            number += 1

    def go(behind):
        """A round that ends behind a step, and one that goes on from there; answers whether it was long enough."""
        executioner.left = behind
        try:
            rounds()
        except Killed:
            executioner.left = 0
            rounds()
            return True
        return False

    known = {}
    behind = 0
    while True:
        behind += 1
        address = f"192.0.2.{behind}"
        earlier = f"192.0.2.{behind - 1}"
        # Something for the past, something new, a rotation, and something grown.
        write(address, earlier, address, earlier, address, address, "192.0.2.250")
        executioner.left = 0
        rounds(portal=False)
        known[address] = an_indicator(address)
        fake_portal.publish(known[address])
        write(address, earlier, earlier)
        path.rename(eve / f"eve.json.{behind}")
        write(address, earlier)
        if not go(behind):
            break
        expected = {known[each].id: count for each, count in sent.items() if each in known}
        assert counts() == expected, f"killed behind step {behind}"
    assert behind > 20
    assert len(fake_portal.sightings) == len(known)
    assert look("SELECT count(*) FROM outbox") == [(0,)]
    stored = {
        str(each.relative_to(tmp_path / "state" / "events"))
        for each in (tmp_path / "state" / "events").rglob("*.parquet")
    }
    assert stored == {path for (path,) in look("SELECT path FROM segment")}
    assert look("SELECT sum(events) FROM segment") == [(number,)]
