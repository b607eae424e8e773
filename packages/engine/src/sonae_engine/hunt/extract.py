"""Proposes indicators from alerts: what an attack left in the telemetry, without what belongs to the institution."""

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sonae_engine.hunt.events import ADDRESS_LETTERS, MEMORY, Event, host_of, moment_of
from sonae_engine.hunt.sides import is_inner
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
# Enough to know an attack by. A file may name another signature in every line.
MOST_SIGNATURES: Final = 20
_SIGNATURE_LETTERS: Final = 300


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


def weight_of(event: Event) -> int:
    """How many values an event speaks of at most: one line may hold thousands."""
    return 6 + len(event.dns_queries) + len(event.hashes)


def candidates(events: Iterable[Event], *, own: Sequence[Network] = ()) -> list[Candidate]:
    """What the alerts among the events speak of, the most frequent first.

    Private, reserved and multicast addresses and local names are left out, as are addresses in the `own` networks, and
    what someone outside asked a server inside for: those names are the institution's own.
    """
    sums: dict[tuple[Kind, str], _Sum] = {}
    alert = _Alerts(own)
    for event in events:
        if event.kind != "alert":
            continue
        for observable in set(alert.observables(event)):
            known = sums.setdefault(observable, _Sum(0, event.seen_us, event.seen_us, set()))
            known.count += 1
            known.first_us = min(known.first_us, event.seen_us)
            known.last_us = max(known.last_us, event.seen_us)
            if event.signature and len(known.signatures) < MOST_SIGNATURES:
                known.signatures.add(event.signature[:_SIGNATURE_LETTERS])
    found = [
        Candidate(
            kind, value, each.count, moment_of(each.first_us), moment_of(each.last_us), tuple(sorted(each.signatures))
        )
        for (kind, value), each in sums.items()
    ]
    return sorted(found, key=lambda each: (-each.count, each.kind, each.value))


class _Alerts:
    """What alerts speak of, with a memory of the addresses that were judged."""

    def __init__(self, own: Sequence[Network]) -> None:
        self._own = own
        self._addresses: dict[str, tuple[tuple[Kind, str], ...]] = {}

    def observables(self, event: Event) -> Iterator[tuple[Kind, str]]:
        yield from self._address(event.src)
        yield from self._address(event.dst)
        if not self._asks_inside(event):
            yield from self._names(event)
        for value in event.hashes:
            yield from _hash(value)
        if len(event.client) == 32 and _HEXADECIMAL.issuperset(event.client):
            yield Kind.JA3, event.client

    def _asks_inside(self, event: Event) -> bool:
        """Whether someone outside asked a server inside; its names, addresses of pages and certificate are its own."""
        return bool(self._address(event.src)) and self._is_own(event.dst)

    def _names(self, event: Event) -> Iterator[tuple[Kind, str]]:
        for name in (*event.dns_queries, event.server_name):
            yield from self._host(name)
        yield from self._host(event.http_host)
        # Not the host of the header: a request to a proxy names another, which may be one of the institution's own.
        if any(self._host(host_of(event.http_url.partition("/")[0]))):
            yield Kind.URL, f"http://{event.http_url}"
        yield from _hash(event.certificate)

    def _host(self, name: str) -> Iterator[tuple[Kind, str]]:
        if not name or name.rpartition(".")[2].isdigit() or ":" in name:
            yield from self._address(name)
        elif is_public_name(name):
            yield Kind.DOMAIN, name

    def _is_own(self, text: str) -> bool:
        if is_inner(text):
            return True
        address = _read(text)
        return address is not None and any(address in network for network in self._own)

    def _address(self, text: str) -> tuple[tuple[Kind, str], ...]:
        if len(text) > ADDRESS_LETTERS:
            return ()
        known = self._addresses.get(text)
        if known is None:
            if len(self._addresses) >= MEMORY:
                self._addresses.clear()
            known = self._addresses[text] = self._judged(text)
        return known

    def _judged(self, text: str) -> tuple[tuple[Kind, str], ...]:
        address = _read(text)
        if address is None or any(address in network for network in (*_LOCAL_NETWORKS, *self._own)):
            return ()
        return ((Kind.IPV4 if address.version == 4 else Kind.IPV6, address.compressed),)


def _hash(value: str) -> Iterator[tuple[Kind, str]]:
    kind = _HASH_KINDS.get(len(value))
    if kind is not None and _HEXADECIMAL.issuperset(value):
        yield kind, value


def is_public_name(name: str) -> bool:
    """Whether a name means the same everywhere: of two labels or more, and of no local domain."""
    if len(name) > 253:
        return False
    labels = name.split(".")
    if len(labels) < 2 or not all(0 < len(each) <= 63 for each in labels):
        return False
    return _NAME_LETTERS.issuperset(name) and not name.endswith(_LOCAL_ENDINGS)


def _read(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
