"""How fast events are hunted, beside what one would write first: `./sonae bench hunt [--quick]`.

Three ways to match new lines of EVE (Sonae's stream, plain Python with json and sets, plain DuckDB over the file), and
two ways to hunt in stored events (Sonae's plan over distinct values, the plain join of every event). Every way runs in
a process of its own on the same files, several times; the table shows medians, and all must give the same counts.
All data is made up here.
"""

import argparse
import gc
import ipaddress
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any, Final

import duckdb

from sonae_engine.hunt import reading, retro
from sonae_engine.hunt.events import address_key
from sonae_engine.hunt.files import Source
from sonae_engine.hunt.indicators import Indicator, IndicatorSet
from sonae_engine.hunt.store import Segment, Store
from sonae_engine.hunt.stream import Stream
from sonae_engine.hunt.vocabulary import Kind

EVENTS: Final = 1_000_000
INDICATORS: Final = 100_000
START: Final = datetime(2026, 11, 23, tzinfo=UTC)
SEED: Final = 20261123


# Made-up traffic


def write_indicators(path: Path, count: int) -> None:
    """Half addresses, a third domains, and some of every other kind; one in a hundred is a network."""
    chance = random.Random(SEED)
    with path.open("w") as out:
        for number in range(count):
            kind, value = _indicator(number, chance)
            out.write(json.dumps({"key": f"{number:07d}", "kind": kind, "value": value}) + "\n")


def _indicator(number: int, chance: random.Random) -> tuple[str, str]:
    match number % 100:
        case 0:
            first = chance.randrange(0x0100, 0xDF00) << 16
            prefix = chance.choice((20, 22, 24, 25, 28))
            return "cidr", str(ipaddress.ip_network((first & (-1 << (32 - prefix)), prefix)))
        case part if part < 50:
            return "ipv4", str(ipaddress.IPv4Address(chance.randrange(0x01000000, 0xDF000000)))
        case part if part < 84:
            return "domain", f"bad{number}.example"
        case part if part < 92:
            return "url", f"http://bad{number}.example/{number}"
        case _:
            return "sha256", f"{chance.getrandbits(256):064x}"


def write_events(path: Path, count: int, indicators: Path) -> None:
    """A hospital's day: few names and servers are met often, many seldom; one event in a thousand has an indicator."""
    chance = random.Random(SEED + 1)
    known = [json.loads(line) for line in indicators.open()]
    with path.open("w") as out:
        for number in range(count):
            wanted = chance.choice(known) if number % 1_000 == 0 else None
            out.write(json.dumps(_event(number, chance, wanted), separators=(",", ":")) + "\n")


def _event(number: int, chance: random.Random, wanted: dict[str, str] | None) -> dict[str, Any]:
    kind = ("dns", "dns", "tls", "http", "flow", "flow")[number % 6]
    event: dict[str, Any] = {
        "timestamp": (START + timedelta(milliseconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%f+0000"),
        "flow_id": chance.getrandbits(50),
        "in_iface": "made-up",
        "event_type": kind,
        "src_ip": f"10.{chance.randrange(4)}.{chance.randrange(16)}.{chance.randrange(256)}",
        "src_port": chance.randrange(1_024, 65_536),
        "dest_ip": str(ipaddress.IPv4Address(0x01000000 + 55_511 * int(60_000 * chance.random() ** 3))),
        "dest_port": 443,
        "proto": "TCP",
    }
    name = f"www{int(200_000 * chance.random() ** 4)}.fine.example"
    if kind == "dns":
        event["dns"] = {"version": 2, "type": "query", "id": number & 0xFFFF, "rrname": name, "rrtype": "A", "tx_id": 0}
    elif kind == "tls":
        event["tls"] = {"sni": name, "version": "TLS 1.3", "ja3": {"hash": "0" * 32, "string": "771,4865,0-23,29,0"}}
    elif kind == "http":
        event["http"] = {"hostname": name, "url": f"/page/{number}", "http_user_agent": "made-up", "status": 200}
    else:
        event["flow"] = {"pkts_toserver": 9, "pkts_toclient": 8, "bytes_toserver": 900, "bytes_toclient": 800, "age": 1}
    return _with_indicator(event, wanted) if wanted else event


def _with_indicator(event: dict[str, Any], wanted: dict[str, str]) -> dict[str, Any]:
    value = wanted["value"]
    match wanted["kind"]:
        case "ipv4":
            event["dest_ip"] = value
        case "cidr":
            event["dest_ip"] = str(ipaddress.ip_network(value)[3])
        case "domain":
            event["dns"] = {"type": "query", "rrname": f"x.{value}"}
        case "url":
            host, _, path = value.removeprefix("http://").partition("/")
            event["http"] = {"hostname": host, "url": f"/{path}"}
        case _:
            event["fileinfo"] = {"filename": "/x", "sha256": value}
    return event


# The ways: each answers a function to be timed, which answers how often each indicator was seen


def _wanted(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "indicators.json").open()]


def _chosen(folder: Path) -> IndicatorSet:
    return IndicatorSet.of(Indicator(each["key"], Kind(each["kind"]), each["value"]) for each in _wanted(folder))


def sonae_stream(folder: Path) -> Callable[[], dict[str, int]]:
    """Typed decoding, dictionaries, memory of distinct values."""
    chosen = _chosen(folder)

    def go() -> dict[str, int]:
        stream = Stream(chosen)
        with Source(folder / "eve.json").opened() as opened:
            for batch in reading.read(opened):
                stream.take(batch.events)
        return _sums((each.key, each.count) for each in stream.tallies.all())

    return go


def _values(event: dict[str, Any]) -> Iterator[str]:
    names = (event.get("dns", {}).get("rrname"), event.get("tls", {}).get("sni"), event.get("http", {}).get("hostname"))
    for name in names:
        labels = name.lower().split(".") if name else []
        yield from (".".join(labels[cut:]) for cut in range(len(labels)))
    if "http" in event:
        yield f"http://{event['http']['hostname']}{event['http']['url']}"
    if "fileinfo" in event:
        yield event["fileinfo"]["sha256"]


def python_stream(folder: Path) -> Callable[[], dict[str, int]]:
    """What one writes first: json, sets, and the ipaddress module for networks."""
    wanted = _wanted(folder)
    exact: dict[str, list[str]] = {}
    networks: dict[Any, list[str]] = {}
    for each in wanted:
        if each["kind"] == "cidr":
            networks.setdefault(ipaddress.ip_network(each["value"]), []).append(each["key"])
        else:
            exact.setdefault(each["value"], []).append(each["key"])
    prefixes = sorted({network.prefixlen for network in networks})

    def go() -> dict[str, int]:
        found: Counter[str] = Counter()
        with (folder / "eve.json").open() as lines:
            for line in lines:
                event = json.loads(line)
                keys = {key for value in _values(event) for key in exact.get(value, ())}
                for text in (event["src_ip"], event["dest_ip"]):
                    keys.update(exact.get(text, ()))
                    for prefix in prefixes:
                        keys.update(networks.get(ipaddress.ip_network((text, prefix), strict=False), ()))
                found.update(keys)
        return dict(found)

    return go


_FLAT: Final = """
CREATE OR REPLACE TEMP TABLE event AS
SELECT row_number() OVER () AS event, src_ip AS src, dest_ip AS dst, dns.rrname AS dns_query, tls.sni AS server_name,
    http.hostname AS http_host, http.hostname || http.url AS http_url, fileinfo.sha256 AS file_hash
FROM read_json('{file}', format = 'newline_delimited', columns = {{src_ip: 'VARCHAR', dest_ip: 'VARCHAR',
    dns: 'STRUCT(rrname VARCHAR)', tls: 'STRUCT(sni VARCHAR)', http: 'STRUCT(hostname VARCHAR, url VARCHAR)',
    fileinfo: 'STRUCT(sha256 VARCHAR)'}})
"""
_NUMBER: Final = (
    "(split_part({0}, '.', 1)::BIGINT * 16777216 + split_part({0}, '.', 2)::BIGINT * 65536"
    " + split_part({0}, '.', 3)::BIGINT * 256 + split_part({0}, '.', 4)::BIGINT)"
)
# Every event is joined with everything: exactly, by range, and by each of its names' endings.
_PLAIN: Final = """
SELECT key, count(DISTINCT event) FROM (
    SELECT key, event FROM event JOIN wanted ON wanted.kind = 'ipv4' AND value = src
    UNION ALL SELECT key, event FROM event JOIN wanted ON wanted.kind = 'ipv4' AND value = dst
    UNION ALL SELECT key, event FROM (SELECT event, {src} AS n FROM event) JOIN network ON n BETWEEN low AND high
    UNION ALL SELECT key, event FROM (SELECT event, {dst} AS n FROM event) JOIN network ON n BETWEEN low AND high
    UNION ALL SELECT key, event FROM (
        SELECT event, array_to_string(labels[-depth:], '.') AS ending
        FROM (
            SELECT event, string_split(name, '.') AS labels FROM (
                SELECT event, dns_query AS name FROM event WHERE dns_query IS NOT NULL
                UNION ALL SELECT event, server_name FROM event WHERE server_name IS NOT NULL
                UNION ALL SELECT event, http_host FROM event WHERE http_host IS NOT NULL
            )
        ), range(1, 8) AS depths(depth) WHERE depth <= len(labels)
    ) JOIN wanted ON wanted.kind = 'domain' AND value = ending
    UNION ALL SELECT key, event FROM event JOIN wanted ON wanted.kind = 'url' AND value = 'http://' || http_url
    UNION ALL SELECT key, event FROM event JOIN wanted ON wanted.kind = 'sha256' AND value = file_hash
) GROUP BY key
"""


def _duckdb(folder: Path, *, spelled: Callable[[str], str], bound: Callable[[str], str | int]) -> Any:
    """DuckDB with the indicators: addresses as the events spell them, networks as ranges of what is compared."""
    rows, ranges = [], []
    for each in _wanted(folder):
        if each["kind"] == "cidr":
            network = ipaddress.ip_network(each["value"])
            ranges.append({"key": each["key"], "low": bound(str(network[0])), "high": bound(str(network[-1]))})
        else:
            rows.append(each | {"value": spelled(each["value"])} if each["kind"] == "ipv4" else each)
    opened = duckdb.connect(":memory:")
    opened.execute("SET threads = 2")
    opened.execute("SET autoinstall_known_extensions = false")
    for name, lines in (("wanted", rows), ("network", ranges)):
        file = folder / f"{name}.json"
        file.write_text("".join(json.dumps(each) + "\n" for each in lines))
        opened.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM read_json('{file}', format = 'newline_delimited')")  # noqa: S608
    return opened


def duckdb_stream(folder: Path) -> Callable[[], dict[str, int]]:
    """The whole file read and joined by DuckDB, without thought."""
    opened = _duckdb(folder, spelled=str, bound=lambda text: int(ipaddress.IPv4Address(text)))

    def go() -> dict[str, int]:
        opened.execute(_FLAT.format(file=folder / "eve.json"))
        query = _PLAIN.format(src=_NUMBER.format("src"), dst=_NUMBER.format("dst"))
        return dict(opened.execute(query).fetchall())

    return go


def sonae_retro(folder: Path) -> Callable[[], dict[str, int]]:
    """The plan over distinct values, loading of the indicators included."""
    store, segments = _stored(folder)
    return lambda: _sums((each.key, each.count) for each in retro.hunt(store, segments, _chosen(folder)))


def duckdb_retro(folder: Path) -> Callable[[], dict[str, int]]:
    """Every stored event joined, without reducing it to distinct values first; loading of the indicators included."""
    store, segments = _stored(folder)
    query = _PLAIN.format(src="src", dst="dst")

    def go() -> dict[str, int]:
        # Stored addresses are hexadecimal keys, of which ranges compare as texts.
        opened = _duckdb(folder, spelled=address_key, bound=address_key)
        opened.execute(f"CREATE TEMP VIEW event AS SELECT * FROM {store.table(segments)}")  # noqa: S608
        return dict(opened.execute(query).fetchall())

    return go


def _stored(folder: Path) -> tuple[Store, list[Segment]]:
    listed = json.loads((folder / "segments.json").read_text())
    return Store(folder / "store", memory="4GB"), [Segment(path, START.date(), count) for path, count in listed]


def _sums(pairs: Iterator[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for key, count in pairs:
        found[key] += count
    return dict(found)


WAYS: Final[dict[str, Callable[[Path], Callable[[], dict[str, int]]]]] = {
    "sonae_stream": sonae_stream,
    "python_stream": python_stream,
    "duckdb_stream": duckdb_stream,
    "sonae_retro": sonae_retro,
    "duckdb_retro": duckdb_retro,
}


# Measuring


def fill_store(folder: Path) -> float:
    """Store the events as the collector does, in steps; answers events a second, reading included."""
    store = Store(folder / "store", memory="4GB")
    segments: list[Segment] = []
    begin = time.perf_counter()
    with Source(folder / "eve.json").opened() as opened:
        events = (event for batch in reading.read(opened) for event in batch.events)
        for number, step in enumerate(batched(events, 50_000)):
            segments += store.write(step, segment=number)
    taken = time.perf_counter() - begin
    (folder / "segments.json").write_text(json.dumps([(each.path, each.events) for each in segments]))
    return sum(each.events for each in segments) / taken


def measure(way: str, folder: Path, times: int) -> dict[str, Any]:
    """Run one way in a process of its own; seconds (median), peak memory, and the counts it found."""
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder), "--times", str(times)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peak_mb() -> int:
    """The most memory this process ever held; the system's `maxrss` would include what its parent held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1024


def run_way(way: str, folder: Path, times: int) -> None:
    """The other side of `measure`."""
    go = WAYS[way](folder)
    seconds, found = [], {}
    for _ in range(times):
        gc.collect()
        begin = time.perf_counter()
        found = go()
        seconds.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": statistics.median(seconds), "peak_mb": peak_mb(), "found": found}))


def compare(folder: Path, events: int, indicators: int, times: int) -> dict[str, Any]:
    """All ways on the same files; the figures, after all counts agreed."""
    write_indicators(folder / "indicators.json", indicators)
    write_events(folder / "eve.json", events, folder / "indicators.json")
    store_rate = fill_store(folder)
    answers = {way: measure(way, folder, 1 if way == "python_stream" else times) for way in WAYS}
    truth = answers["sonae_stream"]["found"]
    assert truth, "the made-up traffic holds indicators"
    for way, answer in answers.items():
        assert answer["found"] == truth, f"{way} disagrees"
    print(
        f"{events:,} events, {indicators:,} indicators, {sum(truth.values()):,} hits;"
        f" medians of {times} runs (python_stream: 1)\n"
    )
    print(f"{'way':<16}{'seconds':>10}{'events/s':>14}{'peak MB':>10}")
    for way, answer in answers.items():
        print(f"{way:<16}{answer['seconds']:>10.2f}{events / answer['seconds']:>14,.0f}{answer['peak_mb']:>10,}")
    print(f"{'storing':<16}{events / store_rate:>10.2f}{store_rate:>14,.0f}\n")
    stream, past = answers["sonae_stream"], answers["sonae_retro"]
    return {
        "events": events,
        "indicators": indicators,
        "stream_lines_per_s": round(events / stream["seconds"]),
        "stream_times_faster_than_python": round(answers["python_stream"]["seconds"] / stream["seconds"], 2),
        "stream_times_faster_than_duckdb": round(answers["duckdb_stream"]["seconds"] / stream["seconds"], 2),
        "stream_peak_mb": stream["peak_mb"],
        "store_events_per_s": round(store_rate),
        "retro_s": round(past["seconds"], 3),
        "retro_times_faster_than_plain_join": round(answers["duckdb_retro"]["seconds"] / past["seconds"], 2),
        "retro_peak_mb": past["peak_mb"],
        "retro_plain_join_peak_mb": answers["duckdb_retro"]["peak_mb"],
    }


def main() -> None:
    """Read the arguments and print the table, and the figures as the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--times", type=int, default=3, help="how often each way runs")
    asked = parser.parse_args()
    if asked.way:
        run_way(asked.way, asked.folder, asked.times)
        return
    size = 10 if asked.quick else 1
    with tempfile.TemporaryDirectory(prefix="sonae-bench-") as folder:
        figures = compare(Path(folder), EVENTS // size, INDICATORS // size, asked.times)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
