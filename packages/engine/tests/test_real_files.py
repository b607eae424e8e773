"""Suricata's own output, as published; left out where the public data does not lie beside the clone."""

from pathlib import Path

import pytest

from sonae_engine.hunt import extract, reading, reference, retro
from sonae_engine.hunt.files import Source, sources
from sonae_engine.hunt.indicators import Indicator, IndicatorSet
from sonae_engine.hunt.store import Store
from sonae_engine.hunt.stream import Stream

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "ids" / "suricata-eve"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the public data does not lie in ../shared"),
]


@pytest.fixture(scope="module")
def events():
    found = []
    for source in sources(FOLDER):
        assert isinstance(source, Source)
        with source.opened() as opened:
            for batch in reading.read(opened):
                assert (batch.bad_lines, batch.unfinished) == (0, None)
                found += batch.events
    return found


def test_every_published_event_is_read(events):
    assert len(events) == 161 + 136
    assert {each.kind for each in events} == {"alert"}


def test_what_alerts_speak_of_is_found_again_three_ways(events, tmp_path):
    proposed = extract.candidates(events)
    assert len(proposed) > 150
    assert not any(each.value.startswith(("10.", "192.168.", "0.")) for each in proposed)
    indicators = [Indicator(f"{number:04d}", each.kind, each.value) for number, each in enumerate(proposed)]
    chosen = IndicatorSet.of(indicators)
    assert chosen.unusable == []
    stream = Stream(chosen)
    stream.take(events)
    store = Store(tmp_path)
    obvious = reference.hunt(events, indicators)
    assert stream.tallies.all() == obvious
    assert retro.hunt(store, store.write(events, segment=0), chosen) == obvious
    assert {each.key for each in obvious} == {each.key for each in indicators}
