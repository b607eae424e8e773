from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sonae.kernel.errors import Problem
from sonae.kernel.events import Event
from sonae.prevention.sharing.vocabulary import IndicatorKind


class Direction(StrEnum):
    """Which way the traffic went. The same words as on the wire; a test holds them equal."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    BOTH = "both"
    UNKNOWN = "unknown"


class Where(StrEnum):
    """The part of an event in which an indicator was found. The same words as on the wire."""

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


class Finding(StrEnum):
    """What a person found when they followed up a sighting."""

    HARMLESS = "harmless"
    BLOCKED = "blocked"
    CONTAINED = "contained"
    INTRUSION = "intrusion"
    NOT_CLEAR = "not_clear"


class HookEvent(StrEnum):
    """What the webhooks of an institution are called about by this room."""

    SIGHTING_RECORDED = "sighting.recorded"


class AlertState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class CollectorState(StrEnum):
    NEVER_HEARD = "never_heard"
    RUNNING = "running"
    SILENT = "silent"
    RETIRED = "retired"


class SightingRefusal(StrEnum):
    """Why a sighting is not taken; sending it again would not help. The same words as on the wire."""

    UNKNOWN_INDICATOR = "unknown_indicator"
    REVOKED_INDICATOR = "revoked_indicator"
    IN_THE_FUTURE = "in_the_future"
    TOO_OLD = "too_old"


class DetectionRefusal(StrEnum):
    MESSAGE_MALFORMED = "message_malformed"
    KEY_IS_NOT_THE_BATCH = "idempotency_key_mismatch"
    ALREADY_ANSWERED = "already_answered"
    NOTE_MISSING = "note_missing"
    ALREADY_RETIRED = "already_retired"
    NAME_MISSING = "name_missing"


class EventFileProblem(StrEnum):
    """Why a file of events, or a line of it, is not read. The words of the engine; a test holds them equal."""

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
    NOT_JSON = "not_json"
    TORN = "torn"
    TOO_LONG = "too_long"
    WRONG_TYPE = "wrong_type"
    MISSING_FIELD = "missing_field"
    OUT_OF_RANGE = "out_of_range"
    BAD_TIMESTAMP = "bad_timestamp"


@dataclass(frozen=True, slots=True)
class CollectorFacts:
    """A collector as the rules see it."""

    enrolled_at: datetime
    last_heard_at: datetime | None
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Range:
    """A number told coarsely: at least `fewest`, at most `most` (None: open at the top)."""

    fewest: int
    most: int | None


@dataclass(frozen=True, slots=True)
class SectorSummary:
    """What the sector's collectors saw of late, so coarse that it tells nobody's name."""

    indicators_seen: int
    institutions: Range
    collectors: Range
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A value that the alerts of a file speak of: a candidate, until a person confirms it."""

    kind: IndicatorKind
    value: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was found in a file of events, and which of its lines were not read.

    `unusable` counts values of which no indicator can be made; `is_whole` is false where the file holds more than was
    read or is shown.
    """

    found: tuple[Found, ...]
    events_read: int
    bad_lines: int
    unusable: int = 0
    is_whole: bool = True
    problems: tuple[Problem, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class SightingAnswered(Event):
    """An institution has said what a sighting was."""

    alert_id: UUID
    institution_id: int
    indicator_id: UUID
    finding: Finding
