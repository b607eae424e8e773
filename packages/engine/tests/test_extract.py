import ipaddress

import pytest

from sonae_engine.hunt import extract
from sonae_engine.hunt.events import Event
from sonae_engine.hunt.vocabulary import Kind


def found(*events, **how):
    return [(each.kind, each.value) for each in extract.candidates(events, **how)]


def an_alert(**parts):
    return Event(1_795_381_200_000_000, "alert", signature="ET MALWARE", **parts)


def test_what_an_attack_left_is_proposed_with_its_alerts():
    (address, domain, url) = extract.candidates(
        [
            an_alert(src="10.0.0.1", dst="198.51.100.7", http_host="evil.example", http_url="evil.example/a"),
            Event(1_795_381_200_000_001, "alert", dst="198.51.100.7", signature="ET CNC"),
        ]
    )
    assert (address.kind, address.value, address.count) == (Kind.IPV4, "198.51.100.7", 2)
    assert address.signatures == ("ET CNC", "ET MALWARE")
    assert address.first_seen_at < address.last_seen_at
    assert (domain.kind, domain.value) == (Kind.DOMAIN, "evil.example")
    assert (url.kind, url.value) == (Kind.URL, "http://evil.example/a")


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "172.31.0.1", "192.168.0.1", "127.0.0.1", "0.0.0.1", "100.64.0.1", "169.254.0.1", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "",
    ],
)  # fmt: skip
def test_an_address_that_means_something_only_here_is_left_out(address):
    assert found(an_alert(src=address, dst=address, http_host=address, http_url=f"{address}/a")) == []


@pytest.mark.parametrize(
    "name",
    ["nurse-pc-7", "server.local", "db.lan", "1.0.0.10.in-addr.arpa", "x.corp", "a..example", "bad name.example"],
)
def test_a_name_that_means_something_only_here_is_left_out(name):
    assert found(an_alert(dns_queries=(name,), server_name=name, http_host=name, http_url=f"{name}/a")) == []


def test_the_own_public_addresses_are_left_out():
    own = [ipaddress.ip_network("203.0.113.0/24")]
    assert found(an_alert(src="203.0.113.9", dst="198.51.100.7"), own=own) == [(Kind.IPV4, "198.51.100.7")]


def test_what_someone_outside_asked_a_server_inside_for_is_the_institutions_own():
    parts = {
        "http_host": "www.hospital.example",
        "http_url": "www.hospital.example/login",
        "certificate": "c" * 40,
        "server_name": "www.hospital.example",
        "hashes": ("a" * 32,),
        "client": "d" * 32,
    }
    kept = [(Kind.IPV4, "198.51.100.7"), (Kind.JA3, "d" * 32), (Kind.MD5, "a" * 32)]
    assert found(an_alert(src="198.51.100.7", dst="10.0.0.80", **parts)) == kept
    own = [ipaddress.ip_network("203.0.113.0/24")]
    assert found(an_alert(src="198.51.100.7", dst="203.0.113.80", **parts), own=own) == kept


@pytest.mark.parametrize(("src", "dst"), [("10.0.0.1", "198.51.100.7"), ("10.0.0.1", "10.0.0.3"), ("", "")])
def test_what_was_asked_for_from_inside_is_proposed_also_through_a_proxy(src, dst):
    values = found(an_alert(src=src, dst=dst, http_host="evil.example", http_url="evil.example/a"))
    assert {(Kind.DOMAIN, "evil.example"), (Kind.URL, "http://evil.example/a")} <= set(values)


@pytest.mark.parametrize("url", ["10.0.0.5/a", "intranet/a", "[fd00::5]:8080/a", "db.lan:8080/a"])
def test_a_url_of_a_machine_inside_is_left_out_whatever_the_header_says(url):
    assert found(an_alert(http_host="evil.example", http_url=url)) == [(Kind.DOMAIN, "evil.example")]


def test_of_many_signatures_a_few_are_kept():
    alerts = [Event(n, "alert", dst="198.51.100.7", signature=f"{n:05d}" + "x" * 5_000) for n in range(500)]
    (address,) = extract.candidates(alerts)
    assert address.count == 500
    assert len(address.signatures) == extract.MOST_SIGNATURES
    assert sum(map(len, address.signatures)) < 10_000


def test_each_address_is_judged_once(monkeypatch):
    judged = []
    read = extract._read
    monkeypatch.setattr(extract, "_read", lambda text: judged.append(text) or read(text))
    extract.candidates(an_alert(src="10.0.0.1", dst="198.51.100.7") for _ in range(1_000))
    assert len(judged) < 10


def test_only_alerts_are_asked():
    assert found(Event(0, "flow", dst="198.51.100.7")) == []


def test_hashes_are_known_by_their_length_and_letters():
    event = an_alert(hashes=("a" * 32, "b" * 64, "z" * 32, "a" * 31), certificate="c" * 40, client="d" * 32)
    assert found(event) == [(Kind.JA3, "d" * 32), (Kind.MD5, "a" * 32), (Kind.SHA1, "c" * 40), (Kind.SHA256, "b" * 64)]
