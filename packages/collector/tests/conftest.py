"""A portal, a folder of events and a state for each test."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest

from sonae_collector import portal as far_end
from sonae_collector import state
from sonae_collector.cycle import Collector, Settings
from sonae_collector.testing import FakePortal
from sonae_wire.messages import Indicator
from sonae_wire.vocabulary import IndicatorKind, Tlp

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def fake_portal():
    with FakePortal() as running:
        yield running


@pytest.fixture
def token_file(tmp_path, fake_portal):
    path = tmp_path / "token"
    path.touch(mode=0o600)
    path.write_text(fake_portal.token + "\n")
    return path


@pytest.fixture
def eve(tmp_path):
    folder = tmp_path / "eve"
    folder.mkdir()
    return folder


@pytest.fixture
def arguments(tmp_path, fake_portal, token_file, eve):
    return ["run", "--portal", fake_portal.url, "--token-file", token_file, "--eve", eve, "--state", tmp_path / "state"]


@pytest.fixture
def an_indicator():
    """Makes an indicator; the same value makes the same one."""

    def make(value="192.0.2.1", kind=IndicatorKind.IPV4, **changes):
        return Indicator(
            **{
                "id": uuid5(UUID(int=0), f"{kind}{value}"),
                "kind": kind,
                "value": value,
                "tlp": Tlp.GREEN,
                "confidence": 90,
                "valid_from": NOW - timedelta(days=1),
                **changes,
            }
        )

    return make


@pytest.fixture
def line():
    """Makes a line of EVE; the number makes it another moment."""

    def make(number=0, dst="192.0.2.1", **more):
        moment = NOW + timedelta(milliseconds=number)
        event = {
            "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
            "flow_id": 10_000_000 + number,
            "event_type": "flow",
            "src_ip": "10.0.0.7",
            "dest_ip": dst,
            **more,
        }
        return json.dumps(event).encode() + b"\n"

    return make


@pytest.fixture
def rounds(tmp_path, eve, fake_portal):
    """Runs one round as a program of its own would: it opens the state, and closes it again."""

    def run(*, now=NOW, portal=True, settings=None, prepare=lambda collector: None):
        with (
            state.opened(tmp_path / "state") as held,
            far_end.connected(fake_portal.url, token=fake_portal.token) as connected,
        ):
            collector = Collector(held, settings or Settings(eve, sensor="正面"))
            prepare(collector)
            return collector.round(connected if portal else None, now=now)

    return run


@pytest.fixture
def look(tmp_path):
    """Looks at the state from outside."""

    def read(question, *values):
        with state.looked_at(tmp_path / "state") as held:
            return held.sql.execute(question, values).fetchall()

    return read


@pytest.fixture
def counts(fake_portal):
    """How often the portal knows each indicator to have been seen."""

    def read():
        found = {}
        for each in fake_portal.sightings.values():
            found[each.indicator_id] = found.get(each.indicator_id, 0) + each.count
        return found

    return read
