import gzip
import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from sonae_collector import hunting, sightings
from sonae_collector import portal as far_end
from sonae_collector.cycle import Settings
from sonae_collector.errors import PortalAway, RequestRefused, TokenRefused
from sonae_collector.hunting import StoreFailed
from sonae_engine.hunt import vocabulary as engine
from sonae_wire import vocabulary as wire
from sonae_wire.messages import IndicatorPage
from sonae_wire.vocabulary import Direction, IndicatorKind, SightingProblem, Where

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def test_what_is_seen_reaches_the_portal_and_nothing_else(rounds, fake_portal, eve, line, an_indicator):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "eve.json").write_bytes(line(0) + line(1, dst="192.0.2.9") + line(2) + b"{bad\n")
    outcome = rounds()
    assert (outcome.taken.events, outcome.taken.bad_lines, outcome.changed, outcome.delivered) == (3, 1, 1, 1)
    (sighting,) = fake_portal.sightings.values()
    assert (sighting.indicator_id, sighting.count, sighting.sensor) == (bad.id, 2, "正面")
    assert (sighting.where, sighting.direction) == ((Where.DESTINATION_ADDRESS,), Direction.OUTBOUND)
    assert sighting.first_seen_at == NOW
    assert sighting.last_seen_at == NOW + timedelta(milliseconds=2)
    ((batch, _),) = fake_portal.batches.values()
    assert "10.0.0.7" not in batch.model_dump_json()
    (heartbeat,) = fake_portal.heartbeats
    assert (heartbeat.events_read, heartbeat.bad_lines, heartbeat.indicators_held) == (3, 1, 1)
    assert heartbeat.newest_event_at == NOW + timedelta(milliseconds=2)
    assert heartbeat.sightings_waiting == 0


def test_a_second_round_sends_nothing_that_is_known(rounds, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator())
    (eve / "eve.json").write_bytes(line())
    rounds()
    outcome = rounds()
    assert (outcome.taken.events, outcome.changed, outcome.delivered) == (0, 0, 0)
    assert len(fake_portal.batches) == 1
    assert fake_portal.requests.count(("GET", "/api/v1/collector/indicators")) == 2


def test_more_of_the_same_day_is_the_same_sighting_grown(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "eve.json").write_bytes(line(0))
    rounds()
    with (eve / "eve.json").open("ab") as out:
        out.write(line(1) + line(2))
    rounds()
    assert len(fake_portal.sightings) == 1
    assert counts() == {bad.id: 3}


def test_a_new_indicator_is_found_in_the_stored_past(rounds, fake_portal, eve, line, an_indicator, counts):
    (eve / "eve.json").write_bytes(line(0) + line(1))
    rounds()
    (eve / "eve.json").unlink()
    bad = an_indicator()
    fake_portal.publish(bad)
    outcome = rounds()
    assert (outcome.found_in_past, outcome.delivered) == (1, 1)
    assert counts() == {bad.id: 2}
    assert rounds().found_in_past == 0


def test_past_and_present_are_counted_once_together(rounds, fake_portal, eve, line, an_indicator, counts):
    (eve / "eve.json").write_bytes(line(0) + line(1))
    rounds()
    bad = an_indicator()
    fake_portal.publish(bad)
    with (eve / "eve.json").open("ab") as out:
        out.write(line(2))
    rounds()
    assert counts() == {bad.id: 3}


def test_an_indicator_that_counts_again_is_not_counted_twice(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "eve.json").write_bytes(line(0))
    rounds()
    fake_portal.publish(an_indicator(revoked=True))
    with (eve / "eve.json").open("ab") as out:
        out.write(line(1))
    rounds()
    assert counts() == {bad.id: 1}
    fake_portal.publish(bad)
    rounds()
    assert counts() == {bad.id: 2}


def test_an_expired_indicator_is_not_hunted(rounds, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator(valid_until=NOW + timedelta(hours=1)))
    (eve / "eve.json").write_bytes(line())
    rounds(now=NOW + timedelta(hours=2))
    assert not fake_portal.sightings


def test_every_page_is_fetched(rounds, fake_portal, look, an_indicator):
    fake_portal.page_size = 3
    fake_portal.publish(*(an_indicator(f"192.0.2.{n}") for n in range(10)))
    assert rounds().changed == 10
    assert look("SELECT count(*) FROM indicator") == [(10,)]
    assert rounds().changed == 0


def test_a_forgotten_cursor_makes_the_collector_read_from_the_start(rounds, fake_portal, an_indicator):
    fake_portal.publish(an_indicator())
    rounds()
    fake_portal.forget_cursors()
    fake_portal.publish(an_indicator("192.0.2.2"))
    outcome = rounds()
    assert (outcome.trouble, outcome.changed) == (None, 2)


@pytest.mark.parametrize(
    "rotate",
    [
        lambda path: path.rename(path.parent / "eve.json.1"),
        lambda path: (path.rename(path.parent / "eve.json.1"), path.touch()),
        lambda path: (shutil.copy(path, path.parent / "eve.json.1"), os.truncate(path, 0)),
        lambda path: (
            (path.parent / "eve.json-20261123.gz").write_bytes(gzip.compress(path.read_bytes())),
            path.unlink(),
        ),
        lambda path: (path.parent / "eve.json-20261123.gz").write_bytes(gzip.compress(path.read_bytes())),
    ],
)
@pytest.mark.parametrize("unread", [0, 1])
def test_a_rotated_file_is_not_read_twice_and_nothing_of_it_is_lost(
    rounds, fake_portal, eve, line, an_indicator, counts, rotate, unread
):
    bad = an_indicator()
    fake_portal.publish(bad)
    path = eve / "eve.json"
    path.write_bytes(line(0) + line(1))
    rounds()
    if unread:
        with path.open("ab") as out:
            out.write(line(2))
    rotate(path)
    rounds()
    with path.open("ab") as out:
        out.write(line(3))
    rounds()
    assert counts() == {bad.id: 3 + unread}


def test_a_file_begun_anew_under_the_same_number_is_another_file(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    path = eve / "eve.json"
    path.write_bytes(line(0) + line(1))
    rounds()
    with path.open("r+b") as out:
        out.truncate(0)
        out.write(line(2) + line(3) + line(4))
    rounds()
    assert counts() == {bad.id: 5}


def test_a_torn_line_is_counted_when_its_end_comes(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    path = eve / "eve.json"
    path.write_bytes(line(0)[:40])
    assert rounds().taken.bad_lines == 0
    path.write_bytes(line(0))
    rounds()
    assert counts() == {bad.id: 1}


def test_without_a_portal_it_hunts_and_what_it_finds_waits(rounds, fake_portal, eve, line, an_indicator, look):
    fake_portal.publish(an_indicator())
    rounds()
    (eve / "eve.json").write_bytes(line())
    rounds(portal=False)
    assert look("SELECT count(*) FROM sighting WHERE version > sent") == [(1,)]
    assert not fake_portal.sightings
    assert rounds().delivered == 1


@pytest.mark.parametrize("status", [500, 503, 429, 302, 404])
def test_a_portal_out_of_order_loses_nothing(rounds, fake_portal, eve, line, an_indicator, counts, status):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "eve.json").write_bytes(line())
    fake_portal.fail_next(status)
    outcome = rounds()
    assert isinstance(outcome.trouble, PortalAway)
    assert outcome.taken.events == 1
    rounds()
    assert counts() == {bad.id: 1}


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    rounds()
    (eve / "eve.json").write_bytes(line())

    def lose_the_receipt(collector):
        collector.fetch = lambda portal: 0
        fake_portal.lose_answers(1)

    outcome = rounds(prepare=lose_the_receipt)
    assert isinstance(outcome.trouble, PortalAway)
    assert len(fake_portal.batches) == 1
    outcome = rounds()
    assert (outcome.trouble, outcome.delivered, len(fake_portal.batches)) == (None, 1, 1)
    assert counts() == {bad.id: 1}


def test_a_token_the_portal_does_not_know_loses_nothing(rounds, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator())
    (eve / "eve.json").write_bytes(line())
    good = fake_portal.token
    outcome = rounds(prepare=lambda collector: setattr(fake_portal, "token", "new"))
    assert isinstance(outcome.trouble, TokenRefused)
    assert outcome.taken.events == 1
    fake_portal.token = good
    assert rounds().delivered == 1


def test_what_the_portal_refuses_is_remembered_and_not_sent_again(rounds, fake_portal, eve, line, an_indicator, look):
    fake_portal.publish(an_indicator())
    rounds()
    fake_portal.indicators.clear()
    (eve / "eve.json").write_bytes(line())
    rounds(prepare=lambda collector: setattr(collector, "fetch", lambda portal: 0))
    assert look("SELECT refused, version - sent FROM sighting") == [("unknown_indicator", 0)]


def test_a_batch_that_can_not_be_taken_is_halved_down_to_the_culprit(
    rounds, fake_portal, eve, line, an_indicator, look
):
    fake_portal.publish(*(an_indicator(f"192.0.2.{n}") for n in range(8)))
    (eve / "eve.json").write_bytes(b"".join(line(n, dst=f"192.0.2.{n}") for n in range(8)))
    culprit = str(an_indicator("192.0.2.5").id)

    class Choosy:
        def __init__(self, portal):
            self.portal = portal

        def __getattr__(self, name):
            return getattr(self.portal, name)

        def deliver(self, batch_id, body):
            if culprit in body.decode():
                raise RequestRefused(422, "message_malformed")
            return self.portal.deliver(batch_id, body)

    def choosy(collector):
        deliver = collector.deliver
        collector.deliver = lambda portal, now: deliver(Choosy(portal), now=now)

    rounds(prepare=choosy)
    assert len(fake_portal.sightings) == 7
    ((body, reason),) = look("SELECT body, reason FROM undeliverable")
    assert [each["indicator_id"] for each in json.loads(body)["sightings"]] == [culprit]
    assert reason == "422 message_malformed"


def test_more_sightings_than_a_batch_holds_go_in_several(rounds, fake_portal, eve, line, an_indicator, monkeypatch):
    monkeypatch.setattr(sightings.paths, "BATCH_LIMIT", 3)
    fake_portal.publish(*(an_indicator(f"192.0.2.{n}") for n in range(8)))
    (eve / "eve.json").write_bytes(b"".join(line(n, dst=f"192.0.2.{n}") for n in range(8)))
    assert rounds().delivered == 8
    assert len(fake_portal.batches) == 3


def test_old_events_are_dropped_and_small_files_become_one(rounds, eve, line, look, tmp_path):
    for number in range(17):
        with (eve / "eve.json").open("ab") as out:
            out.write(line(number))
        rounds(now=NOW + timedelta(minutes=number))
    assert look("SELECT count(*), sum(events) FROM segment") == [(2, 17)]
    assert len(list((tmp_path / "state" / "events").rglob("*.parquet"))) == 2
    rounds(now=NOW + timedelta(days=91))
    assert look("SELECT count(*) FROM segment") == [(0,)]
    assert list((tmp_path / "state" / "events").iterdir()) == []


def test_a_spoilt_file_of_the_past_does_not_stop_the_hunt(
    rounds, fake_portal, eve, line, an_indicator, counts, look, tmp_path
):
    (eve / "eve.json").write_bytes(line(0))
    rounds()
    with (eve / "eve.json").open("ab") as out:
        out.write(line(1) + line(2))
    rounds()
    first = min((tmp_path / "state" / "events").rglob("*.parquet"))
    first.write_bytes(b"PAR1")
    bad = an_indicator()
    fake_portal.publish(bad)
    rounds()
    assert counts() == {bad.id: 2}
    assert look("SELECT reason FROM problem") == [("damaged",)]


def test_a_store_that_fails_as_a_whole_is_told(rounds, fake_portal, eve, line, an_indicator, monkeypatch):
    (eve / "eve.json").write_bytes(line(0))
    rounds()
    fake_portal.publish(an_indicator())

    def fail(*_):
        raise StoreFailed("no space")

    monkeypatch.setattr(hunting, "in_the_past", fail)
    with pytest.raises(StoreFailed, match="no space"):
        rounds()


def test_hostile_files_are_noted_once_and_the_others_are_read(
    rounds, fake_portal, eve, line, an_indicator, counts, look
):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "bomb.json.gz").write_bytes(gzip.compress(b"\0" * 50_000_000))
    os.mkfifo(eve / "pipe.json")
    (eve / "eve.json").write_bytes(line())
    for _ in range(3):
        rounds()
    assert counts() == {bad.id: 1}
    assert sorted(look("SELECT file, reason FROM problem")) == [
        (str(eve / "bomb.json.gz"), "expands_too_much"),
        (str(eve / "pipe.json"), "not_a_file"),
    ]


def test_many_bad_lines_are_all_counted_and_the_newest_are_kept(rounds, eve, line, look):
    (eve / "eve.json").write_bytes(line() + b"x\n" * 5_000)
    assert rounds().taken.bad_lines == 5_000
    assert 0 < look("SELECT count(*) FROM problem")[0][0] <= 1_000


def test_the_newest_hits_are_kept_for_the_institution(rounds, fake_portal, eve, line, an_indicator, look):
    fake_portal.publish(an_indicator())
    (eve / "eve.json").write_bytes(line(0))
    rounds()
    assert look("SELECT src, dst FROM spotted") == [("10.0.0.7", "192.0.2.1")]


def test_only_the_owner_may_look_into_the_state(rounds, eve, line, tmp_path):
    (eve / "eve.json").write_bytes(line())
    rounds()
    wide = [each for each in (tmp_path / "state").rglob("*") if each.stat().st_mode & 0o077]
    assert wide == []
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_stopped_collector_goes_on_where_it_was(rounds, fake_portal, eve, line, an_indicator, counts):
    bad = an_indicator()
    fake_portal.publish(bad)
    for number in range(3):
        (eve / f"{number}.json").write_bytes(line(number))
    asked = []

    def stop_after_a_few(collector):
        collector._stopped = lambda: asked.append(1) or len(asked) > 5

    rounds(prepare=stop_after_a_few)
    assert counts() == {}
    rounds()
    assert counts() == {bad.id: 3}


@pytest.mark.parametrize(
    ("ends", "direction"),
    [
        ({"src_ip": "198.51.100.7", "dest_ip": "10.0.0.80"}, Direction.INBOUND),
        ({"src_ip": "10.0.0.7", "dest_ip": "198.51.100.7"}, Direction.OUTBOUND),
        ({"src_ip": "10.0.0.7", "dest_ip": "10.0.0.53"}, Direction.OUTBOUND),
    ],
)
def test_a_request_to_a_server_inside_is_told_as_coming_in(
    rounds, fake_portal, eve, line, an_indicator, ends, direction
):
    fake_portal.publish(an_indicator("evil.example", IndicatorKind.DOMAIN))
    (eve / "eve.json").write_bytes(line(event_type="http", http={"hostname": "evil.example", "url": "/"}, **ends))
    rounds()
    (sighting,) = fake_portal.sightings.values()
    assert sighting.direction is direction


def test_what_came_in_and_was_called_on_one_day_went_both_ways(rounds, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator("198.51.100.7"))
    (eve / "eve.json").write_bytes(line(0, src_ip="198.51.100.7", dst="10.0.0.80"))
    rounds()
    (eve / "later.json").write_bytes(line(1, dst="198.51.100.7"))
    rounds()
    (sighting,) = fake_portal.sightings.values()
    assert (sighting.direction, sighting.count) == (Direction.BOTH, 2)


def test_what_was_refused_once_and_then_taken_is_refused_no_more(rounds, fake_portal, eve, line, an_indicator, look):
    bad = an_indicator()
    fake_portal.publish(bad)
    fake_portal.refuse_sightings_of(bad.id, SightingProblem.IN_THE_FUTURE)
    (eve / "eve.json").write_bytes(line(0))
    assert rounds().refused == {SightingProblem.IN_THE_FUTURE: 1}
    assert look("SELECT refused FROM sighting") == [("in_the_future",)]
    fake_portal.refuse_sightings_of(bad.id, None)
    (eve / "later.json").write_bytes(line(1))
    outcome = rounds()
    assert (outcome.delivered, outcome.refused) == (1, {})
    assert look("SELECT refused FROM sighting") == [("",)]


def test_after_a_failure_what_lies_on_the_spot_is_read_before_the_portal_is_asked(rounds, fake_portal, eve, line, look):
    (eve / "eve.json").write_bytes(line(0))
    read_before = []

    def two_rounds(collector):
        fetch = collector.fetch

        def fetched(portal):
            read_before.append(collector.state.number("events_read"))
            return fetch(portal)

        collector.fetch = fetched
        fake_portal.fail_next(503)
        with far_end.connected(fake_portal.url, token=fake_portal.token) as portal:
            collector.round(portal, now=NOW)
        (eve / "later.json").write_bytes(line(1))

    rounds(prepare=two_rounds)
    assert read_before == [0, 2]


def test_a_portal_that_never_comes_to_an_end_keeps_nobody_from_hunting(rounds, fake_portal, eve, line, monkeypatch):
    (eve / "eve.json").write_bytes(line())
    asked = []

    def endless(cursor, limit):
        asked.append(cursor)
        return IndicatorPage(indicators=(), cursor=f"s{len(asked)}", more=True, as_of=NOW)

    monkeypatch.setattr(fake_portal, "page", endless)
    monkeypatch.setattr("sonae_collector.cycle._PAGES", 5)
    assert rounds().taken.events == 1
    rounds()
    assert asked == ["", *(f"s{n}" for n in range(1, 10))]


def test_long_events_are_kept_before_they_fill_the_memory(rounds, eve, line, monkeypatch):
    monkeypatch.setattr("sonae_collector.reader.STEP_BYTES", 1 << 20)
    kept = []
    write = hunting.Store.write
    monkeypatch.setattr(
        hunting.Store,
        "write",
        lambda self, events, *, segment: kept.append(len(events)) or write(self, events, segment=segment),
    )
    (eve / "eve.json").write_bytes(b"".join(line(n, http={"url": "/" + "x" * 100_000}) for n in range(60)))
    assert rounds().taken.events == 60
    assert len(kept) > 2


def test_the_engine_and_the_wire_mean_the_same_words():
    assert [each.value for each in engine.Kind] == [each.value for each in IndicatorKind]
    assert [each.value for each in engine.Place] == [each.value for each in wire.Where]


def test_one_file_can_be_named_instead_of_a_folder(rounds, fake_portal, eve, line, an_indicator, counts):
    fake_portal.publish(an_indicator())
    (eve / "a.log").write_bytes(line())
    rounds(settings=Settings(eve / "a.log"))
    assert sum(counts().values()) == 1


def test_a_full_disk_is_told_and_loses_no_event(rounds, fake_portal, eve, line, an_indicator, counts, monkeypatch):
    bad = an_indicator()
    fake_portal.publish(bad)
    (eve / "a.json").write_bytes(line(0) + line(1))
    write = hunting.Store.write

    def full(self, events, *, segment):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(hunting.Store, "write", full)
    monkeypatch.setattr("sonae_collector.reader.STEP_EVENTS", 1)
    with pytest.raises(OSError, match="No space"):
        rounds()
    monkeypatch.setattr(hunting.Store, "write", write)
    rounds()
    assert counts() == {bad.id: 2}
