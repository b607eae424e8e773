"""Which side of an event is the institution's own network, and so which way an indicator went."""

import ipaddress
from typing import Final

from sonae_engine.hunt.events import Event, address_key, network_keys
from sonae_engine.hunt.vocabulary import PLACE_BIT, WAY_BIT, Place, Way

# Addresses of machines inside. Multicast and reserved ranges are neither inside nor outside.
INNER_NETWORKS: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "::1/128",
        "fc00::/7", "fe80::/10",
    )
)  # fmt: skip
# The same as the beginnings of address keys.
INNER_KEYS: Final = tuple(sorted(key for network in INNER_NETWORKS for key in network_keys(network)))

_CAME: Final = PLACE_BIT[Place.SOURCE_ADDRESS] | PLACE_BIT[Place.MAIL_SENDER]
_TELLS_NO_WAY: Final = PLACE_BIT[Place.FILE_HASH]
_IN: Final = WAY_BIT[Way.IN]
_OUT: Final = WAY_BIT[Way.OUT]


def is_inner(text: str) -> bool:
    """Whether an address belongs to a network that exists only inside institutions."""
    return address_key(text).startswith(INNER_KEYS)


def way_of(event: Event, places: int) -> int:
    """The bits of the ways an indicator went: from inside out, from outside in; told by the places where both ends of
    an event lie on one side."""
    src, dst = address_key(event.src), address_key(event.dst)
    if src and dst and src.startswith(INNER_KEYS) != dst.startswith(INNER_KEYS):
        return _OUT if src.startswith(INNER_KEYS) else _IN
    came = _IN if places & _CAME else 0
    return came | (_OUT if places & ~(_CAME | _TELLS_NO_WAY) else 0)
