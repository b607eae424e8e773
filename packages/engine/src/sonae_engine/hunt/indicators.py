"""Indicators laid out for matching: every comparison is one look into a dictionary."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from sonae_engine.hunt.events import address_key, name_key, network_keys, url_key
from sonae_engine.hunt.vocabulary import Kind

_HEXADECIMAL: Final = frozenset("0123456789abcdef")
_HASH_LENGTHS: Final = {Kind.MD5: 32, Kind.SHA1: 40, Kind.SHA256: 64, Kind.JA3: 32}


@dataclass(frozen=True, slots=True)
class Indicator:
    """Something to look for; `key` is how its owner knows it."""

    key: str
    kind: Kind
    value: str


type _Lookup = dict[str, tuple[int, ...]]


@dataclass(slots=True)
class IndicatorSet:
    """All indicators of a hunt, by what they are compared with; numbers stand for the indicators' keys."""

    keys: list[str] = field(default_factory=list)
    addresses: _Lookup = field(default_factory=dict)
    networks: _Lookup = field(default_factory=dict)
    network_lengths: tuple[int, ...] = ()
    domains: _Lookup = field(default_factory=dict)
    longest_domain: int = 0
    urls: _Lookup = field(default_factory=dict)
    hashes: _Lookup = field(default_factory=dict)
    clients: _Lookup = field(default_factory=dict)
    senders: _Lookup = field(default_factory=dict)
    # Values that cannot be compared with anything; their owner should have refused them.
    unusable: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, indicators: Iterable[Indicator]) -> "IndicatorSet":
        """The set of these indicators."""
        chosen = cls()
        for indicator in indicators:
            chosen._add(indicator)
        chosen.network_lengths = tuple(sorted({len(prefix) for prefix in chosen.networks}))
        chosen.longest_domain = max(map(len, chosen.domains), default=0)
        return chosen

    def __len__(self) -> int:
        return len(self.keys)

    def _add(self, indicator: Indicator) -> None:
        lookup, values = self._place(indicator.kind, indicator.value)
        if not values or "" in values:
            self.unusable.append(indicator.key)
            return
        number = len(self.keys)
        self.keys.append(indicator.key)
        for value in values:
            lookup[value] = (*lookup.get(value, ()), number)

    def _place(self, kind: Kind, value: str) -> tuple[_Lookup, tuple[str, ...]]:
        match kind:
            case Kind.IPV4 | Kind.IPV6:
                return self.addresses, (address_key(value),)
            case Kind.CIDR:
                return self.networks, _prefixes(value)
            case Kind.DOMAIN:
                return self.domains, (name_key(value),)
            case Kind.URL:
                return self.urls, (url_key(value),)
            case Kind.EMAIL:
                return self.senders, (value.lower(),)
            case _:
                return (self.clients if kind is Kind.JA3 else self.hashes), (_hash(kind, value),)


def _prefixes(value: str) -> tuple[str, ...]:
    try:
        return network_keys(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return ()


def _hash(kind: Kind, value: str) -> str:
    text = value.lower()
    return text if len(text) == _HASH_LENGTHS[kind] and _HEXADECIMAL.issuperset(text) else ""
