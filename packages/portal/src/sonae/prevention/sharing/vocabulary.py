from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sonae.core.web.vocabulary import Tlp


class IndicatorKind(StrEnum):
    """What an indicator's value is. The same words as on the wire; a test holds them equal."""

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


class SourceKind(StrEnum):
    """Where an indicator comes from. Never whose."""

    DISCLOSURE = "disclosure"
    ANALYST = "analyst"


class WarningList(StrEnum):
    """Lists of values that would set off alarms in every hospital without an attack."""

    NOT_PUBLIC = "not_public"
    DOCUMENTATION = "documentation"
    PUBLIC_RESOLVER = "public_resolver"
    WELL_KNOWN = "well_known"
    PUBLIC_SUFFIX = "public_suffix"
    RESERVED_NAME = "reserved_name"
    PUBLIC_BODY = "public_body"
    EMPTY_FILE = "empty_file"


class SharingRefusal(StrEnum):
    ON_WARNING_LIST = "on_warning_list"
    VALUE_NOT_NORMAL = "value_not_normal"
    NOT_AN_INDICATOR = "not_an_indicator"
    NOTHING_TO_PUBLISH = "nothing_to_publish"
    CONFIDENCE_OUT_OF_RANGE = "confidence_out_of_range"
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    ALREADY_REVOKED = "already_revoked"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may become an indicator: what it is, how sure its publisher is, what to do when it is seen."""

    kind: IndicatorKind
    value: str
    confidence: int = 70
    note_ja: str = ""
    note_en: str = ""
    labels: tuple[str, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Released:
    """What an indicator says to the sector."""

    id: UUID
    kind: IndicatorKind
    value: str
    tlp: Tlp
    confidence: int
    valid_from: datetime
    valid_until: datetime
    created: datetime
    modified: datetime
    note_ja: str
    note_en: str
    labels: tuple[str, ...] = ()
    revoked: bool = False
