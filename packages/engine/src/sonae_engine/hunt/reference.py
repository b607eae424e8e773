"""The slow and obvious hunt: every indicator against every event. What the fast ways answer is proved against it."""

import ipaddress
from collections.abc import Iterable, Sequence

from sonae_engine.hunt.events import Event, url_key
from sonae_engine.hunt.indicators import Indicator
from sonae_engine.hunt.sides import INNER_NETWORKS
from sonae_engine.hunt.tally import Tallies, Tally
from sonae_engine.hunt.vocabulary import PLACE_BIT, WAY_BIT, Kind, Place, Way, places_of


def hunt(events: Iterable[Event], indicators: Sequence[Indicator]) -> list[Tally]:
    """How often each indicator was seen on each day."""
    tallies = Tallies()
    for event in events:
        for indicator in indicators:
            places = 0
            for place, value in observables(event):
                if matches(indicator, place, value):
                    places |= PLACE_BIT[place]
            if places:
                tallies.add(indicator.key, event.seen_us, places | _way(event, places))
    return tallies.all()


def observables(event: Event) -> list[tuple[Place, str]]:
    """Everything of an event that can be compared, and where it stands."""
    found = [
        (Place.SOURCE_ADDRESS, event.src),
        (Place.DESTINATION_ADDRESS, event.dst),
        (Place.TLS_SERVER_NAME, event.server_name),
        (Place.TLS_CERTIFICATE, event.certificate),
        (Place.TLS_CLIENT, event.client),
        (Place.HTTP_HOST, event.http_host),
        (Place.HTTP_URL, event.http_url),
        (Place.MAIL_SENDER, event.mail_sender),
    ]
    found += [(Place.DNS_QUERY, query) for query in event.dns_queries]
    found += [(Place.FILE_HASH, each) for each in event.hashes]
    return [(place, value) for place, value in found if value]


def matches(indicator: Indicator, place: Place, value: str) -> bool:
    """Whether the value, at that place of an event, is what the indicator tells of."""
    wanted = indicator.value
    match indicator.kind:
        case Kind.IPV4 | Kind.IPV6:
            return place in _ADDRESSES and _address(value) is not None and _address(value) == _address(wanted)
        case Kind.CIDR:
            return place in _ADDRESSES and _within(value, wanted)
        case Kind.DOMAIN:
            return place in _NAMES and (value == wanted or value.endswith("." + wanted))
        case Kind.URL:
            return place is Place.HTTP_URL and value == url_key(wanted)
        case Kind.MD5 | Kind.SHA1 | Kind.SHA256:
            return place in (Place.FILE_HASH, Place.TLS_CERTIFICATE) and value == wanted
        case Kind.JA3:
            return place is Place.TLS_CLIENT and value == wanted
        case Kind.EMAIL:
            return place is Place.MAIL_SENDER and value == wanted


def _way(event: Event, places: int) -> int:
    src, dst = _address(event.src), _address(event.dst)
    if src is not None and dst is not None and _is_inner(src) is not _is_inner(dst):
        return WAY_BIT[Way.OUT if _is_inner(src) else Way.IN]
    told = places_of(places)
    came = any(place in (Place.SOURCE_ADDRESS, Place.MAIL_SENDER) for place in told)
    went = any(place not in (Place.SOURCE_ADDRESS, Place.MAIL_SENDER, Place.FILE_HASH) for place in told)
    return WAY_BIT[Way.IN] * came + WAY_BIT[Way.OUT] * went


def _is_inner(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in INNER_NETWORKS)


_ADDRESSES = (Place.SOURCE_ADDRESS, Place.DESTINATION_ADDRESS, Place.HTTP_HOST)
_NAMES = (Place.DNS_QUERY, Place.TLS_SERVER_NAME, Place.HTTP_HOST)


def _within(text: str, network: str) -> bool:
    address = _address(text)
    return address is not None and address in ipaddress.ip_network(network, strict=False)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    # An address with a zone means something on one machine only.
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
