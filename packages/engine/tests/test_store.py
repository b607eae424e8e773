import pytest

from sonae_engine.hunt import duck, retro
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.indicators import Indicator, IndicatorSet
from sonae_engine.hunt.store import Store
from sonae_engine.hunt.vocabulary import Kind

NOON = 1_795_402_800_000_000
DAY = 86_400_000_000
WANTED = IndicatorSet.of([Indicator("k", Kind.IPV4, "192.0.2.1")])


def some_events(count, *, day=0):
    return [Event(NOON + day * DAY + n, "flow", "10.0.0.1", "192.0.2.1") for n in range(count)]


def test_events_lie_by_day_and_kind_and_only_for_their_owner(tmp_path):
    store = Store(tmp_path / "store")
    events = [*some_events(2), *some_events(1, day=1), Event(NOON, "dns", dns_queries=("x.example",))]
    segments = store.write(events, segment=7)
    assert [(each.path, each.events) for each in segments] == [
        ("day=2026-11-23/kind=dns/7.parquet", 1),
        ("day=2026-11-23/kind=flow/7.parquet", 2),
        ("day=2026-11-24/kind=flow/7.parquet", 1),
    ]
    assert {(store.folder / each.path).stat().st_mode & 0o777 for each in segments} == {0o600}
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert not list(store.folder.glob(".scratch*"))


def test_nothing_written_leaves_nothing(tmp_path):
    store = Store(tmp_path)
    assert store.write([], segment=0) == []
    assert retro.hunt(store, [], WANTED) == []


def test_merged_files_answer_what_the_many_did(tmp_path):
    store = Store(tmp_path)
    many = [each for n in range(4) for each in store.write(some_events(3), segment=n)]
    before = retro.hunt(store, many, WANTED)
    (one,) = store.merge(many, segment=4)
    assert one.events == 12
    assert retro.hunt(store, [one], WANTED) == before
    assert store.sweep([one]) == 4
    assert retro.hunt(store, [one], WANTED) == before


def test_what_a_killed_write_left_is_swept_away(tmp_path):
    store = Store(tmp_path)
    kept = store.write(some_events(1), segment=0)
    store.write(some_events(1, day=1), segment=1)
    stray = tmp_path / ".scratch-1"
    stray.mkdir()
    (stray / "rows.json").write_text("{}")
    assert store.sweep(kept) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["day=2026-11-23"]


def test_the_database_reaches_nothing_but_the_store(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    inside = tmp_path / "it's inside"
    inside.mkdir()
    for attempt in (
        f"FROM {duck.quoted(str(secret))}",
        f"COPY (SELECT 1) TO {duck.quoted(str(tmp_path / 'out.csv'))}",
        "INSTALL httpfs",
        "SET enable_external_access = true",
    ):
        with pytest.raises(duck.StoreFailed), duck.connection(folders=[inside], scratch=inside) as opened:
            opened.execute(attempt).fetchall()


def test_damaged_files_are_named(tmp_path):
    store = Store(tmp_path)
    good, cut, gone = (store.write(some_events(3), segment=n)[0] for n in range(3))
    (tmp_path / cut.path).write_bytes(b"PAR1")
    (tmp_path / gone.path).unlink()
    with pytest.raises(duck.StoreFailed):
        retro.hunt(store, [good, cut], WANTED)
    assert store.damaged([good, cut, gone]) == [cut, gone]


def test_invented_days_do_not_make_a_file_each(tmp_path):
    store = Store(tmp_path)
    events = [Event(NOON - n * DAY, f"kind{n}", "10.0.0.1", "192.0.2.1") for n in range(500)]
    (one,) = store.write(events, segment=0)
    assert one.path == "day=2026-11-23/kind=mixed/0.parquet"
    assert len(retro.hunt(store, [one], WANTED)) == 500
