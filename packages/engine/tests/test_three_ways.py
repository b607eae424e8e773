"""The same events, hunted three ways: as they come, in the stored past, and obviously."""

import ipaddress
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae_engine.hunt import eve, reference, retro
from sonae_engine.hunt import events as events_module
from sonae_engine.hunt import stream as stream_module
from sonae_engine.hunt.events import Event, address_key, day_number, url_key
from sonae_engine.hunt.indicators import Indicator, IndicatorSet
from sonae_engine.hunt.store import Store
from sonae_engine.hunt.stream import Stream
from sonae_engine.hunt.vocabulary import PLACE_BIT, WAY_BIT, Kind, Place, Way

MIDNIGHT_US = int(datetime(2026, 11, 22, 15, tzinfo=UTC).timestamp()) * 1_000_000

ADDRESSES = [
    "192.0.2.1", "192.0.2.2", "192.0.3.1", "198.51.100.255", "32.1.13.184", "2001:db8::1", "2001:0db8:0000::0001",
    "2001:db8:ffff::1", "::ffff:192.0.2.1", "10.0.0.1", "", "no address", "fe80::1%eth0", "192.0.2.01",
]  # fmt: skip
NETWORKS = [
    "192.0.2.0/24",
    "192.0.2.0/31",
    "192.0.0.0/22",
    "192.0.2.0/25",
    "2001:db8::/32",
    "2001:db8::/47",
    "32.0.0.0/8",
]
NAMES = [
    "evil.example",
    "a.evil.example",
    "b.a.evil.example",
    "notevil.example",
    "example.org",
    "evil.example.org",
    "x",
    "",
]
DOMAINS = ["evil.example", "a.evil.example", "example.org", "example"]
URLS = ["http://evil.example/", "https://evil.example:8443/a?b=c", "http://192.0.2.1/x", "http://[2001:db8::1]/x"]
HASHES = ["a" * 32, "b" * 40, "c" * 64]

EVENTS = st.builds(
    Event,
    seen_us=st.sampled_from([-1, 0, 1, 86_400_000_000]).map(lambda n: MIDNIGHT_US + n),
    kind=st.sampled_from(["alert", "dns", "Odd Kind!"]),
    src=st.sampled_from(ADDRESSES),
    dst=st.sampled_from(ADDRESSES),
    dns_queries=st.lists(st.sampled_from(NAMES[:-1]), max_size=3, unique=True).map(tuple),
    server_name=st.sampled_from(NAMES),
    certificate=st.sampled_from(["", HASHES[1]]),
    client=st.sampled_from(["", HASHES[0]]),
    http_host=st.sampled_from([*NAMES, "192.0.2.1", "2001:db8::1"]),
    http_url=st.sampled_from(["", *map(url_key, URLS)]),
    hashes=st.lists(st.sampled_from(HASHES), max_size=3, unique=True).map(tuple),
    mail_sender=st.sampled_from(["", "a@evil.example"]),
    signature=st.sampled_from(["", "ET \x00 'quoted' 備え"]),
)
INDICATORS = st.lists(
    st.one_of(
        st.tuples(st.just(Kind.IPV4), st.sampled_from(["192.0.2.1", "198.51.100.255", "32.1.13.184"])),
        st.tuples(st.just(Kind.IPV6), st.sampled_from(["2001:db8::1", "::1"])),
        st.tuples(st.just(Kind.CIDR), st.sampled_from(NETWORKS)),
        st.tuples(st.just(Kind.DOMAIN), st.sampled_from(DOMAINS)),
        st.tuples(st.just(Kind.URL), st.sampled_from(URLS)),
        st.tuples(st.just(Kind.MD5), st.just(HASHES[0])),
        st.tuples(st.just(Kind.SHA1), st.just(HASHES[1])),
        st.tuples(st.just(Kind.SHA256), st.just(HASHES[2])),
        st.tuples(st.just(Kind.JA3), st.just(HASHES[0])),
        st.tuples(st.just(Kind.EMAIL), st.just("a@evil.example")),
    ),
    max_size=12,
).map(lambda pairs: [Indicator(f"{number:02d}", kind, value) for number, (kind, value) in enumerate(pairs)])


@settings(max_examples=60, deadline=None)
@given(events=st.lists(EVENTS, max_size=12), indicators=INDICATORS, cut=st.integers(0, 12))
def test_the_stream_the_past_and_the_obvious_answer_alike(events, indicators, cut):
    obvious = reference.hunt(events, indicators)
    chosen = IndicatorSet.of(indicators)

    stream = Stream(chosen)
    stream.take(events[:cut])
    stream.take(events[cut:])
    assert stream.tallies.all() == obvious

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        segments = [*store.write(events[:cut], segment=0), *store.write(events[cut:], segment=1)]
        assert retro.hunt(store, segments, chosen) == obvious
        assert sum(each.events for each in segments) == len(events)


@settings(max_examples=150, deadline=None)
@given(events=st.lists(EVENTS, max_size=12), indicators=INDICATORS)
def test_the_stream_answers_what_is_obvious(events, indicators):
    stream = Stream(IndicatorSet.of(indicators))
    stream.take(events)
    assert stream.tallies.all() == reference.hunt(events, indicators)


def test_the_bits_of_the_places_are_those_of_the_plan():
    assert [PLACE_BIT[place] for place in Place] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert [WAY_BIT[way] for way in (Way.IN, Way.OUT)] == [1024, 2048]


@pytest.mark.parametrize(
    ("kind", "value", "event", "hit"),
    [
        (Kind.DOMAIN, "evil.example", {"dns_queries": ("x.evil.example",)}, True),
        (Kind.DOMAIN, "evil.example", {"dns_queries": ("notevil.example",)}, False),
        (Kind.DOMAIN, "evil.example", {"dns_queries": ("evil.example.org",)}, False),
        (Kind.CIDR, "192.0.0.0/22", {"dst": "192.0.3.255"}, True),
        (Kind.CIDR, "192.0.0.0/22", {"dst": "192.0.4.0"}, False),
        (Kind.CIDR, "32.1.0.0/16", {"dst": "2001::1"}, False),
        (Kind.IPV6, "2001:db8::1", {"src": "2001:0DB8:0000:0000:0000:0000:0000:0001"}, True),
        (Kind.IPV4, "192.0.2.1", {"http_host": "192.0.2.1"}, True),
        (Kind.URL, "https://evil.example/a", {"http_url": "evil.example/a"}, True),
        (Kind.URL, "https://evil.example/a", {"http_url": "evil.example/a/b"}, False),
        (Kind.URL, "https://evil.example/a", {"http_host": "evil.example"}, False),
        (Kind.JA3, "a" * 32, {"hashes": ("a" * 32,)}, False),
    ],
)
def test_what_is_and_what_is_not_a_hit(kind, value, event, hit):
    events, indicators = [Event(MIDNIGHT_US, "alert", **event)], [Indicator("k", kind, value)]
    stream = Stream(IndicatorSet.of(indicators))
    stream.take(events)
    assert bool(stream.tallies.all()) is hit
    assert bool(reference.hunt(events, indicators)) is hit


@pytest.mark.parametrize(
    ("event", "ways"),
    [
        ({"src": "198.51.100.7", "dst": "10.0.0.80", "http_host": "evil.example"}, (Way.IN,)),
        ({"src": "10.0.0.7", "dst": "198.51.100.7", "http_host": "evil.example"}, (Way.OUT,)),
        ({"src": "fd00::7", "dst": "2001:db8::1", "server_name": "evil.example"}, (Way.OUT,)),
        # Through a proxy or a name server of the institution: both ends are inside, and the name was asked for.
        ({"src": "10.0.0.7", "dst": "10.0.0.53", "dns_queries": ("evil.example",)}, (Way.OUT,)),
        ({"src": "203.0.113.1", "dst": "198.51.100.7", "http_host": "evil.example"}, (Way.OUT,)),
        ({"http_host": "evil.example"}, (Way.OUT,)),
    ],
)
def test_the_way_is_told_by_the_side_on_which_the_asking_end_lies(event, ways, tmp_path):
    events, indicators = [Event(MIDNIGHT_US, "http", **event)], [Indicator("k", Kind.DOMAIN, "evil.example")]
    stream, store = Stream(IndicatorSet.of(indicators)), Store(tmp_path)
    stream.take(events)
    obvious = reference.hunt(events, indicators)
    assert [each.ways for each in obvious] == [ways]
    assert stream.tallies.all() == obvious
    assert retro.hunt(store, store.write(events, segment=0), IndicatorSet.of(indicators)) == obvious


class Counting(dict):
    """Counts how often it is looked into."""

    looks = 0

    def get(self, *given):
        self.looks += 1
        return super().get(*given)


def test_a_name_of_nothing_but_dots_costs_no_more_than_another():
    chosen = IndicatorSet.of([Indicator("k", Kind.DOMAIN, "evil.example")])
    chosen.domains = Counting(chosen.domains)
    stream = Stream(chosen)
    stream.take([Event(MIDNIGHT_US, "tls", server_name="a." * 100_000)])
    assert chosen.domains.looks < 20
    stream.take([Event(MIDNIGHT_US, "tls", server_name="a." * 100_000 + "evil.example")])
    assert [each.count for each in stream.tallies.all()] == [1]


def test_names_and_addresses_too_long_to_be_any_fill_no_memory():
    stream = Stream(IndicatorSet.of([Indicator("k", Kind.DOMAIN, "evil.example")]))
    long = "1" * 8_000
    stream.take([Event(MIDNIGHT_US, "http", long, long, http_host=f"{long}.evil.example")])
    assert stream._names == {}
    assert stream._addresses == {}
    assert address_key(long) == ""
    assert long not in events_module._addresses
    assert [each.count for each in stream.tallies.all()] == [1]


def test_a_day_begins_at_midnight_in_japan():
    assert day_number(MIDNIGHT_US) == day_number(MIDNIGHT_US - 1) + 1
    stream = Stream(IndicatorSet.of([Indicator("k", Kind.IPV4, "192.0.2.1")]))
    stream.take([Event(MIDNIGHT_US - 1, "flow", "192.0.2.1"), Event(MIDNIGHT_US, "flow", "192.0.2.1")])
    assert [(each.day, each.count) for each in stream.tallies.all()] == [
        (date(2026, 11, 22), 1),
        (date(2026, 11, 23), 1),
    ]


def test_values_that_cannot_be_compared_are_named(tmp_path):
    odd = [
        (Kind.IPV4, "x"),
        (Kind.CIDR, "x/y"),
        (Kind.MD5, "a"),
        (Kind.SHA1, "z" * 40),
        (Kind.URL, "http://"),
        (Kind.DOMAIN, "."),
    ]
    chosen = IndicatorSet.of(Indicator(kind, kind, value) for kind, value in odd)
    assert chosen.unusable == [kind for kind, _ in odd]
    assert len(chosen) == 0


def test_only_the_newest_hits_are_kept_for_the_institution():
    stream = Stream(IndicatorSet.of([Indicator("k", Kind.IPV4, "192.0.2.1")]), kept_hits=2)
    stream.take([Event(MIDNIGHT_US + n, "flow", "10.0.0.1", "192.0.2.1") for n in range(9)])
    assert len(stream.hits) < 4
    assert stream.hits[-1].event.seen_us == MIDNIGHT_US + 8
    assert stream.hits[-1].places == (Place.DESTINATION_ADDRESS,)


@given(
    st.one_of(st.ip_addresses().map(str), st.ip_addresses(v=6).map(lambda each: each.exploded), st.text(max_size=20))
)
def test_the_key_of_an_address_is_its_family_and_its_digits(text):
    key = address_key(text)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        assert key == ""
        return
    if "%" in text:
        assert key == ""
    elif getattr(address, "ipv4_mapped", None):
        assert key == address_key(str(address.ipv4_mapped))
    else:
        assert (key[0], int(key[1:], 16)) == (str(address.version), int(address))
        assert len(key) == 1 + address.max_prefixlen // 4


def test_what_is_remembered_is_forgotten_before_it_fills_the_machine(monkeypatch):
    for module in (stream_module, events_module, eve):
        monkeypatch.setattr(module, "MEMORY", 3)
    events = [
        eve.read_line(
            f'{{"timestamp":"2026-11-23T06:00:{n:02d}.000000+0900","event_type":"dns","src_ip":"192.0.2.{n}",'
            f'"dns":{{"rrname":"a{n}.evil.example"}}}}'.encode()
        )
        for n in range(60)
    ]
    indicators = [Indicator("n", Kind.CIDR, "192.0.2.0/26"), Indicator("d", Kind.DOMAIN, "evil.example")]
    stream = Stream(IndicatorSet.of(indicators))
    stream.take(events)
    assert stream.tallies.all() == reference.hunt(events, indicators)
    assert [each.count for each in stream.tallies.all()] == [60, 60]
    assert len({address_key(f"198.51.100.{n}") for n in range(9)}) == 9
    assert max(len(stream._addresses), len(stream._names)) <= 3
