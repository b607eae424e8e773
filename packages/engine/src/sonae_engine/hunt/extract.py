"""Proposes indicators from alerts: what an attack left in the telemetry, without what belongs to the institution."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sonae_engine.hunt.events import Event, moment_of
from sonae_engine.hunt.vocabulary import Kind

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses that mean something only inside one network. The ranges kept for documentation are not among them: they are
# nobody's, and examples are written with them.
_LOCAL_NETWORKS: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3", "::/127", "64:ff9b:1::/48", "100::/64", "fc00::/7",
        "fe80::/9", "ff00::/8",
    )
)  # fmt: skip
_LOCAL_ENDINGS: Final = (
    ".arpa", ".local", ".localdomain", ".localhost", ".lan", ".home", ".internal", ".intranet", ".corp", ".private",
)  # fmt: skip
_HASH_KINDS: Final = {32: Kind.MD5, 40: Kind.SHA1, 64: Kind.SHA256}
_HEXADECIMAL: Final = frozenset("0123456789abcdef")
_NAME_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that alerts speak of, how often and when, and the alerts that do."""

    kind: Kind
    value: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    signatures: tuple[str, ...]


@dataclass(slots=True)
class _Sum:
    count: int
    first_us: int
    last_us: int
    signatures: set[str]


def candidates(events: Iterable[Event], *, own: Sequence[Network] = ()) -> list[Candidate]:
    """What the alerts among the events speak of, the most frequent first.

    Private, reserved and multicast addresses and local names are left out, as are addresses in the `own` networks.
    """
    sums: dict[tuple[Kind, str], _Sum] = {}
    for event in events:
        if event.kind != "alert":
            continue
        for observable in set(_observables(event, own)):
            known = sums.setdefault(observable, _Sum(0, event.seen_us, event.seen_us, set()))
            known.count += 1
            known.first_us = min(known.first_us, event.seen_us)
            known.last_us = max(known.last_us, event.seen_us)
            known.signatures.add(event.signature)
    found = [
        Candidate(kind, value, each.count, moment_of(each.first_us), moment_of(each.last_us), _named(each.signatures))
        for (kind, value), each in sums.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.kind, each.value))


def _named(signatures: set[str]) -> tuple[str, ...]:
    return tuple(sorted(signatures - {""}))


def _observables(event: Event, own: Sequence[Network]) -> Iterator[tuple[Kind, str]]:
    for text in (event.src, event.dst):
        yield from _address(text, own)
    for name in (*event.dns_queries, event.server_name, event.http_host):
        yield from _host(name, own)
    if event.http_url and any(True for _ in _host(event.http_host, own)):
        yield Kind.URL, f"http://{event.http_url}"
    for value in (*event.hashes, event.certificate):
        kind = _HASH_KINDS.get(len(value))
        if kind is not None and _HEXADECIMAL.issuperset(value):
            yield kind, value
    if len(event.client) == 32 and _HEXADECIMAL.issuperset(event.client):
        yield Kind.JA3, event.client


def _host(name: str, own: Sequence[Network]) -> Iterator[tuple[Kind, str]]:
    if not name or name.rpartition(".")[2].isdigit() or ":" in name:
        yield from _address(name, own)
    elif is_public_name(name):
        yield Kind.DOMAIN, name


def is_public_name(name: str) -> bool:
    """Whether a name means the same everywhere: of two labels or more, and of no local domain."""
    labels = name.split(".")
    if len(labels) < 2 or not all(0 < len(each) <= 63 for each in labels) or len(name) > 253:
        return False
    return _NAME_LETTERS.issuperset(name) and not name.endswith(_LOCAL_ENDINGS)


def _address(text: str, own: Sequence[Network]) -> Iterator[tuple[Kind, str]]:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return
    inner = getattr(address, "ipv4_mapped", None)
    address = inner or address
    if not any(address in network for network in (*_LOCAL_NETWORKS, *own)):
        yield (Kind.IPV4 if address.version == 4 else Kind.IPV6), address.compressed
