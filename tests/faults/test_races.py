"""Different verbs at the same moment, each on its own connection: both are carried out, neither waits for ever.

The same verb against itself is raced where it lives; here one verb meets another that locks other rows first.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from sonae.core.audit import services as audit
from sonae.core.duties import services as duties
from sonae.prevention.detection import services as detection
from sonae.prevention.detection.testing import a_batch, a_collector, a_sighting, an_alert, program_of
from sonae.prevention.detection.vocabulary import Finding
from sonae.prevention.sharing.testing import an_indicator
from sonae.testing.cast import Person
from sonae_wire.messages import Heartbeat

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

ROUNDS = 12


def _race(came_of: Counter[str], **verbs: Callable[[], object]) -> None:
    gate = threading.Barrier(len(verbs))

    def run(name: str, verb: Callable[[], object]) -> None:
        gate.wait(timeout=30)
        try:
            verb()
            came_of[name] += 1
        except Exception as error:  # noqa: BLE001 - what went wrong is what the test is about
            came_of[f"{name}: {type(error).__name__}: {error}"] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in verbs.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "two verbs wait for each other"


def test_an_alert_is_answered_while_more_sightings_of_it_come(hospital, manager: Person, analyst: Person, now) -> None:
    came_of: Counter[str] = Counter()
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    program, viewer = program_of(secret, now=now), manager.viewer
    for number in range(ROUNDS):
        old, new = (an_indicator(f"45.83.{number}.{last}", by=analyst.viewer, now=now) for last in (1, 2))
        alert = an_alert(old.pk, program=program, now=now)
        batch = a_batch(a_sighting(new.pk, now=now), a_sighting(old.pk, now=now, salt="b"), now=now)
        _race(
            came_of,
            answer=lambda alert=alert: detection.answer_alert(
                alert.pk, finding=Finding.BLOCKED, note="The firewall had stopped it.", by=viewer, now=now
            ),
            sightings=lambda batch=batch: detection.record_sightings(batch, by=program, now=now),
        )
    assert came_of == {"answer": ROUNDS, "sightings": ROUNDS}
    assert audit.verify() == []


def test_two_collectors_of_one_hospital_wake_at_the_same_moment(hospital, manager: Person, now) -> None:
    came_of: Counter[str] = Counter()
    secrets = [a_collector(hospital.pk, by=manager.viewer, now=now, name=name)[1] for name in ("one", "other")]
    programs = [program_of(secret, now=now) for secret in secrets]
    for number in range(ROUNDS):
        at = now + timedelta(days=2 * number)
        for program in programs:
            detection.record_heartbeat(_heartbeat(at), by=program, now=at)
        at += timedelta(days=1)
        detection.impose_on_silence(now=at)
        one, other = (
            lambda program=program, at=at: detection.record_heartbeat(_heartbeat(at), by=program, now=at)
            for program in programs
        )
        _race(came_of, one=one, other=other)
    assert came_of == {"one": ROUNDS, "other": ROUNDS}
    assert audit.verify() == []


def test_a_duty_is_fulfilled_while_sightings_impose_others(hospital, manager: Person, analyst: Person, now) -> None:
    came_of: Counter[str] = Counter()
    _, secret = a_collector(hospital.pk, by=manager.viewer, now=now)
    program, viewer = program_of(secret, now=now), manager.viewer
    for number in range(ROUNDS):
        seen = an_indicator(f"45.84.{number}.1", by=analyst.viewer, now=now)
        duty = duties.impose(
            "incident.first-report", institution_id=hospital.pk, subject="incident", subject_id=f"{number}",
            known_at=now, now=now, facts={"number": f"{number}"},
        )  # fmt: skip
        batch = a_batch(a_sighting(seen.pk, now=now), now=now)
        _race(
            came_of,
            fulfil=lambda duty=duty: duties.fulfil(duty.pk, note="Told by telephone.", by=viewer, now=now),
            sightings=lambda batch=batch: detection.record_sightings(batch, by=program, now=now),
        )
    assert came_of == {"fulfil": ROUNDS, "sightings": ROUNDS}
    assert audit.verify() == []


def _heartbeat(at):
    return Heartbeat(
        collector_version="0.1.0", sent_at=at, events_read=10, bad_lines=0, indicators_held=1, sightings_waiting=0,
        cursor="1",
    )  # fmt: skip
