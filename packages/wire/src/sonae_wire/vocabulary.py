"""The closed lists of the wire: kinds of indicator, TLP 2.0, where something was seen, why something is refused."""

from enum import StrEnum


class IndicatorKind(StrEnum):
    """What an indicator's value is, and so how it is compared with an event."""

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


class Tlp(StrEnum):
    """The five labels of the Traffic Light Protocol 2.0."""

    RED = "TLP:RED"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    AMBER = "TLP:AMBER"
    GREEN = "TLP:GREEN"
    CLEAR = "TLP:CLEAR"


class Where(StrEnum):
    """The place of an event in which an indicator was found."""

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


class Direction(StrEnum):
    """Whether the indicator came to the institution, was called from it, or both."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"
    UNKNOWN = "unknown"


class SensorKind(StrEnum):
    """The kind of program that wrote the events."""

    SURICATA = "suricata"


class ValueProblem(StrEnum):
    """Why a text is not the value of an indicator of its kind."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    NOT_AN_ADDRESS = "not_an_address"
    WRONG_ADDRESS_FAMILY = "wrong_address_family"
    NOT_A_NETWORK = "not_a_network"
    HOST_BITS_SET = "host_bits_set"
    NETWORK_TOO_WIDE = "network_too_wide"
    NOT_A_DOMAIN = "not_a_domain"
    SINGLE_LABEL = "single_label"
    NOT_A_URL = "not_a_url"
    SCHEME_NOT_SUPPORTED = "scheme_not_supported"
    CREDENTIALS_IN_URL = "credentials_in_url"
    NOT_HEXADECIMAL = "not_hexadecimal"
    WRONG_LENGTH = "wrong_length"
    NOT_AN_EMAIL_ADDRESS = "not_an_email_address"


class SightingProblem(StrEnum):
    """Why the portal did not take a sighting; sending the same sighting again would not help."""

    UNKNOWN_INDICATOR = "unknown_indicator"
    REVOKED_INDICATOR = "revoked_indicator"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"


class ProblemReason(StrEnum):
    """Why the portal refused a whole request."""

    TOKEN_MISSING = "token_missing"
    TOKEN_REFUSED = "token_refused"
    NOT_ALLOWED = "not_allowed"
    MESSAGE_MALFORMED = "message_malformed"
    MESSAGE_TOO_LARGE = "message_too_large"
    CURSOR_UNKNOWN = "cursor_unknown"
    IDEMPOTENCY_KEY_MISMATCH = "idempotency_key_mismatch"
    TOO_MANY_REQUESTS = "too_many_requests"
    UNAVAILABLE = "unavailable"
