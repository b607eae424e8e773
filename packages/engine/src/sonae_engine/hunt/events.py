"""What a hunt knows of an event, and the keys by which addresses, names and URLs are compared."""

import ipaddress
from datetime import UTC, date, datetime, timedelta
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final
from urllib.parse import quote

import msgspec

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()
_DAY_US: Final = 86_400_000_000
# Days are Japanese days (UTC+9, no summer time), the days of every institution that runs a hunt.
_ZONE_US: Final = 9 * 3_600_000_000
# A memory of keys is forgotten as a whole when it has grown to this; a spoofed scan cannot fill the machine.
MEMORY: Final = 1 << 17
# The longest spelling of an address: eight groups, the last two of them written as an IPv4 address.
ADDRESS_LETTERS: Final = 45
# ::ffff:0:0/96, in which IPv4 is written as IPv6.
_MAPPED: Final = "0" * 20 + "ffff"


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One event of a sensor, reduced to what indicators are compared with.

    `seen_us` counts microseconds since 1970 (UTC). `src` is the end that asked, `dst` the one that was asked. Names are
    lower-case without their last dot; `http_url` is a `url_key`; addresses are as the sensor wrote them (see
    `address_key`).
    """

    seen_us: int
    kind: str
    src: str = ""
    dst: str = ""
    src_port: int = 0
    dst_port: int = 0
    dns_queries: tuple[str, ...] = ()
    server_name: str = ""
    certificate: str = ""
    client: str = ""
    http_host: str = ""
    http_url: str = ""
    user_agent: str = ""
    hashes: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    mail_sender: str = ""
    signature_id: int = 0
    signature: str = ""
    sensor: str = ""

    @property
    def seen_at(self) -> datetime:
        """The moment of the event."""
        return moment_of(self.seen_us)


def moment_of(seen_us: int) -> datetime:
    """The aware moment of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=seen_us)


def day_number(seen_us: int) -> int:
    """The Japanese day of a moment, as a number of days since 1970."""
    return (seen_us + _ZONE_US) // _DAY_US


def day_of(number: int) -> date:
    """The date of a day number."""
    return date.fromordinal(number + _EPOCH_ORDINAL)


_addresses: dict[str, str] = {}


def address_key(text: str) -> str:
    """The key of an address: family and hexadecimal digits, so that a network is a prefix; "" for no address.

    An IPv4 address written inside IPv6 (::ffff:192.0.2.1) has the key of the IPv4 address.
    """
    if len(text) > ADDRESS_LETTERS:
        return ""
    key = _addresses.get(text)
    if key is None:
        if len(_addresses) >= MEMORY:
            _addresses.clear()
        key = _addresses[text] = read_address(text)
    return key


def read_address(text: str) -> str:
    """The key of an address, without remembering it."""
    if len(text) > ADDRESS_LETTERS:
        return ""
    # The system reads an address ten times as fast as `ipaddress` does, and refuses the same spellings.
    try:
        if ":" not in text:
            return f"4{inet_pton(AF_INET, text).hex()}"
        digits = inet_pton(AF_INET6, text).hex()
    except (OSError, ValueError):
        return ""
    return f"4{digits[24:]}" if digits.startswith(_MAPPED) else f"6{digits}"


def network_keys(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> tuple[str, ...]:
    """The prefixes of address keys that together are the network: at most eight, since a digit holds four bits."""
    family, digits = ("4", 8) if network.version == 4 else ("6", 32)
    wanted = (network.prefixlen + 3) // 4
    first = int(network.network_address) >> (4 * (digits - wanted))
    count = 1 << (4 * wanted - network.prefixlen)
    return tuple(f"{family}{number:0{wanted}x}" if wanted else family for number in range(first, first + count))


def name_key(text: str) -> str:
    """A name as it is compared: lower-case, without its last dot."""
    return text.lower().rstrip(".")


def host_of(text: str) -> str:
    """The host of a Host header: lower-case, without port, brackets and last dot."""
    host = text.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    if colon and ":" not in name and port.isdigit():
        host = name
    return host.rstrip(".")


def url_key(text: str) -> str:
    """A URL as it is compared: host, port unless usual, path and query; "" when there is no host.

    The scheme is left out: a sensor reads HTTPS only where something else has opened it, and reports it as HTTP.
    """
    rest = text.partition("://")[2] if "://" in text[:16] else text
    rest = rest.partition("#")[0]
    place, slash, path = rest.partition("/")
    if "?" in place:
        place, _, query = place.partition("?")
        slash, path = "/", f"?{query}{slash}{path}"
    place = place.rpartition("@")[2].lower()
    host = host_of(place)
    if not host:
        return ""
    port = place.rpartition(":")[2] if not place.endswith("]") and ":" in place else ""
    usual = "" if port in ("", "80", "443", "21") or not port.isdigit() else f":{port}"
    bracketed = f"[{host}]" if ":" in host else host
    key = f"{bracketed}{usual}{slash or '/'}{path}"
    return key if key.isascii() else quote(key, safe="!\"#$%&'()*+,/:;<=>?@[\\]^_`{|}~", errors="replace")
