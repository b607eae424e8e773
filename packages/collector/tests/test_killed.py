"""Killed at any moment: nothing is lost, nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

PROGRAM = [sys.executable, "-m", "sonae_collector"]
KILLS = 10


class Sensor:
    """Writes events as a sensor does, rotates its file, and knows how often each address was in them."""

    def __init__(self, folder, line, chance):
        self.folder = folder
        self.path = folder / "eve.json"
        self.line = line
        self.chance = chance
        self.number = 0
        self.rotations = 0
        self.written = Counter()
        self.torn = b""

    def write(self, events):
        text = self.torn
        for _ in range(events):
            address = f"192.0.2.{self.chance.randrange(40)}"
            self.written[address] += 1
            text += self.line(self.number, dst=address)
            self.number += 1
        # The last line is cut anywhere; its end comes with the next writing.
        cut = self.chance.randrange(1, 80)
        self.torn = text[-cut:]
        with self.path.open("ab") as out:
            out.write(text[:-cut])
        if self.chance.random() < 0.15:
            self.rotate()

    def rotate(self):
        self.finish()
        self.rotations += 1
        self.path.rename(self.folder / f"eve.json.{self.rotations}")

    def finish(self):
        with self.path.open("ab") as out:
            out.write(self.torn)
        self.torn = b""


@pytest.mark.slow
def test_killed_at_random_moments_no_sighting_is_lost_or_doubled(fake_portal, arguments, eve, line, an_indicator):
    chance = random.Random(20261123)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    sensor = Sensor(eve, line, chance)
    known = [an_indicator(f"192.0.2.{n}") for n in range(30)]
    published = 0
    killed_at_work = 0

    for kill in range(KILLS):
        if published < len(known):
            fake_portal.publish(*known[published : published + 3])
            published += 3
        if kill % 4 == 1:
            fake_portal.lose_answers(1)
        if kill % 5 == 2:
            fake_portal.fail_next(503)
        program = subprocess.Popen(
            [*PROGRAM, *map(str, arguments), "--interval", "0.05"], env=environment, stderr=subprocess.DEVNULL
        )
        started, before = time.monotonic(), len(fake_portal.requests)
        # Some die while they start, most at work.
        patience = chance.uniform(0.05, 0.5) if kill % 6 == 5 else 20.0
        while len(fake_portal.requests) == before and time.monotonic() - started < patience:
            time.sleep(0.005)
        killed_at_work += len(fake_portal.requests) > before
        until = time.monotonic() + chance.uniform(0.0, 0.5)
        while time.monotonic() < until:
            sensor.write(chance.randrange(1, 60))
            time.sleep(chance.uniform(0.0, 0.05))
        program.send_signal(signal.SIGKILL)
        assert program.wait() == -signal.SIGKILL

    sensor.finish()
    for _ in range(2):
        subprocess.run([*PROGRAM, *map(str, arguments), "--once"], env=environment, check=True, capture_output=True)

    assert killed_at_work >= KILLS * 3 // 4
    assert sensor.rotations > 2
    found = Counter()
    by_id = {each.id: each.value for each in known}
    for each in fake_portal.sightings.values():
        found[by_id[each.indicator_id]] += each.count
    assert found == {address: count for address, count in sensor.written.items() if address in by_id.values()}
    days = {(each.indicator_id, each.first_seen_at.date()) for each in fake_portal.sightings.values()}
    assert len(days) == len(fake_portal.sightings)
    assert fake_portal.heartbeats[-1].events_read == sensor.number
    assert all(each.sent_at <= datetime.now(UTC) for each in fake_portal.heartbeats)
