"""The one spelling of an indicator's value: what cannot be spelled so is refused, as a value."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urlsplit

from sonae_wire.vocabulary import IndicatorKind, ValueProblem

VALUE_LENGTH: Final = 2_048

_DEFANGED: Final = (
    (re.compile(r"^h(?:xx|\*\*|XX)p(s?)", re.IGNORECASE), r"http\1"),
    (re.compile(r"^fxp(?=[:\[])", re.IGNORECASE), "ftp"),
    (re.compile(r"\[(?:://|:/{2})\]"), "://"),
    (re.compile(r"\[:\]"), ":"),
    (re.compile(r"[\[({](?:\.|dot)[\])}]", re.IGNORECASE), "."),
    (re.compile(r"[\[({](?:@|at)[\])}]", re.IGNORECASE), "@"),
)
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufeff]")
_LABEL: Final = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_LOCAL_PART: Final = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}$")
_HEXADECIMAL: Final = re.compile(r"^[0-9a-f]+$")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ftp": 21}
_WIDEST: Final = {4: 8, 6: 16}
_HASH_LENGTHS: Final = {
    IndicatorKind.MD5: 32,
    IndicatorKind.JA3: 32,
    IndicatorKind.SHA1: 40,
    IndicatorKind.SHA256: 64,
}


@dataclass(frozen=True, slots=True)
class Normal:
    """A value in the one spelling."""

    value: str


@dataclass(frozen=True, slots=True)
class NotNormal:
    """Why a text has no such spelling, and the facts a person needs to mend it."""

    reason: ValueProblem
    facts: Mapping[str, str | int] = field(default_factory=dict)


type Outcome = Normal | NotNormal


def refang(text: str) -> str:
    """The text with `hxxp`, `[.]` and their like read as what they stand for."""
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    return text


def normalise(kind: IndicatorKind, text: str) -> Outcome:
    """The value in the one spelling of its kind, or why it has none. Normalising twice changes nothing."""
    # Also the ideographic space, which a Japanese keyboard leaves at the ends of a pasted value.
    plain = refang(text.strip(" \t\r\n\u3000\ufeff"))
    if not plain:
        return NotNormal(ValueProblem.EMPTY)
    if len(plain) > VALUE_LENGTH:
        return NotNormal(ValueProblem.TOO_LONG, {"longest": VALUE_LENGTH, "length": len(plain)})
    if _CONTROL.search(plain):
        return NotNormal(ValueProblem.CONTROL_CHARACTER)
    return _NORMALISERS[kind](plain)


def _address(text: str, family: int) -> Outcome:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if "%" in bare:
        return NotNormal(ValueProblem.NOT_AN_ADDRESS)
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return NotNormal(ValueProblem.NOT_AN_ADDRESS)
    if address.version != family:
        return NotNormal(ValueProblem.WRONG_ADDRESS_FAMILY, {"family": address.version, "wanted": family})
    return Normal(address.compressed)


def _ipv4(text: str) -> Outcome:
    return _address(text, 4)


def _ipv6(text: str) -> Outcome:
    return _address(text, 6)


def _cidr(text: str) -> Outcome:
    if "/" not in text or "%" in text:
        return NotNormal(ValueProblem.NOT_A_NETWORK)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return NotNormal(ValueProblem.NOT_A_NETWORK)
    widest = _WIDEST[network.version]
    if network.prefixlen < widest:
        return NotNormal(ValueProblem.NETWORK_TOO_WIDE, {"prefix": network.prefixlen, "widest": widest})
    if ipaddress.ip_address(text.split("/", 1)[0]) != network.network_address:
        return NotNormal(ValueProblem.HOST_BITS_SET, {"network": network.compressed})
    return Normal(network.compressed)


def _host_name(text: str) -> str | None:
    """The name in lower-case ASCII without its last dot, or None where it is no name of the DNS."""
    name = text.removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    name = name.lower()
    if len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
        return None
    return name


def _domain(text: str) -> Outcome:
    name = _host_name(text.removeprefix("*."))
    # A name whose last label is a number is an address, well or badly written.
    if name is None or name.rsplit(".", 1)[-1].isdigit():
        return NotNormal(ValueProblem.NOT_A_DOMAIN)
    if "." not in name:
        return NotNormal(ValueProblem.SINGLE_LABEL)
    return Normal(name)


def _url_host(host: str) -> str | None:
    if ":" in host:
        address = _ipv6(host)
        return f"[{address.value}]" if isinstance(address, Normal) else None
    name = _host_name(host)
    if name is not None and name.rsplit(".", 1)[-1].isdigit():
        return name if isinstance(_ipv4(name), Normal) else None
    return name


def _url(text: str) -> Outcome:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return NotNormal(ValueProblem.NOT_A_URL)
    if not parts.scheme or not parts.netloc or not parts.hostname:
        return NotNormal(ValueProblem.NOT_A_URL)
    if parts.scheme not in _DEFAULT_PORTS:
        return NotNormal(ValueProblem.SCHEME_NOT_SUPPORTED, {"scheme": parts.scheme})
    if "@" in parts.netloc:
        return NotNormal(ValueProblem.CREDENTIALS_IN_URL)
    host = _url_host(parts.hostname)
    if host is None:
        return NotNormal(ValueProblem.NOT_A_URL)
    place = host if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{port}"
    query = f"?{_ascii(parts.query)}" if parts.query else ""
    value = f"{parts.scheme}://{place}{_ascii(parts.path) or '/'}{query}"
    if len(value) > VALUE_LENGTH:
        return NotNormal(ValueProblem.TOO_LONG, {"longest": VALUE_LENGTH, "length": len(value)})
    return Normal(value)


def _ascii(text: str) -> str:
    """The text with everything beyond ASCII percent-encoded; what is ASCII stays as a sensor would see it."""
    if text.isascii():
        return text
    return "".join(letter if letter.isascii() else quote(letter, safe="", errors="replace") for letter in text)


def _hash(kind: IndicatorKind) -> Callable[[str], Outcome]:
    length = _HASH_LENGTHS[kind]

    def normal_hash(text: str) -> Outcome:
        value = text.lower()
        if not _HEXADECIMAL.match(value):
            return NotNormal(ValueProblem.NOT_HEXADECIMAL)
        if len(value) != length:
            return NotNormal(ValueProblem.WRONG_LENGTH, {"length": len(value), "wanted": length})
        return Normal(value)

    return normal_hash


def _email(text: str) -> Outcome:
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    local, at, host = bare.rpartition("@")
    name = _domain(host) if at else NotNormal(ValueProblem.NOT_AN_EMAIL_ADDRESS)
    if isinstance(name, NotNormal) or not _LOCAL_PART.match(local):
        return NotNormal(ValueProblem.NOT_AN_EMAIL_ADDRESS)
    return Normal(f"{local.lower()}@{name.value}")


_NORMALISERS: Final[Mapping[IndicatorKind, Callable[[str], Outcome]]] = {
    IndicatorKind.IPV4: _ipv4,
    IndicatorKind.IPV6: _ipv6,
    IndicatorKind.CIDR: _cidr,
    IndicatorKind.DOMAIN: _domain,
    IndicatorKind.URL: _url,
    IndicatorKind.EMAIL: _email,
    **{kind: _hash(kind) for kind in _HASH_LENGTHS},
}
