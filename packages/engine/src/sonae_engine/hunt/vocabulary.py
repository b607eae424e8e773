"""The closed lists of the hunt: kinds of indicator, places of an event, and why a line or a file is not read."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What an indicator's value is, and so how it is compared."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"
    CIDR = "cidr"
    DOMAIN = "domain"
    URL = "url"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    JA3 = "ja3"
    EMAIL = "email"


class Place(StrEnum):
    """The part of an event in which an indicator was found."""

    SOURCE_ADDRESS = "source_address"
    DESTINATION_ADDRESS = "destination_address"
    DNS_QUERY = "dns_query"
    TLS_SERVER_NAME = "tls_server_name"
    TLS_CERTIFICATE = "tls_certificate"
    TLS_CLIENT = "tls_client"
    HTTP_HOST = "http_host"
    HTTP_URL = "http_url"
    FILE_HASH = "file_hash"
    MAIL_SENDER = "mail_sender"


class Way(StrEnum):
    """The way an indicator went, seen from the institution."""

    IN = "in"
    OUT = "out"


class LineProblem(StrEnum):
    """Why one line of a file is not an event; the lines around it are read all the same."""

    NOT_JSON = "not_json"
    TORN = "torn"
    TOO_LONG = "too_long"
    TOO_DEEP = "too_deep"
    WRONG_ENCODING = "wrong_encoding"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    BAD_TIMESTAMP = "bad_timestamp"


class FileProblem(StrEnum):
    """Why a whole file is refused."""

    UNREADABLE = "unreadable"
    NOT_A_FILE = "not_a_file"
    WRONG_ENCODING = "wrong_encoding"
    UNSUPPORTED_COMPRESSION = "unsupported_compression"
    DAMAGED_COMPRESSION = "damaged_compression"
    ENCRYPTED = "encrypted"
    EXPANDS_TOO_MUCH = "expands_too_much"
    TOO_LARGE = "too_large"
    TOO_MANY_MEMBERS = "too_many_members"
    TOO_DEEP = "too_deep"
    NOT_EVENTS = "not_events"


# Places travel through the engines as the bits of one number.
PLACE_BIT: Final = {place: 1 << number for number, place in enumerate(Place)}
# The ways travel in the same number, behind the places.
WAY_BIT: Final = {way: 1 << number for number, way in enumerate(Way, len(Place))}


def places_of(bits: int) -> tuple[Place, ...]:
    """The places whose bits are set, sorted."""
    return tuple(sorted(place for place, bit in PLACE_BIT.items() if bits & bit))


def ways_of(bits: int) -> tuple[Way, ...]:
    """The ways whose bits are set, sorted."""
    return tuple(way for way, bit in WAY_BIT.items() if bits & bit)
