"""What can go wrong, by what is to be done about it.

CollectorError
├── NotConfigured(reason)      a person changes how the program is started
├── StateUnusable(reason)      a person looks at the state folder
└── PortalTrouble
    ├── PortalAway(retry_after_s)  try later; nothing is lost
    ├── TokenRefused           a person brings a new token; nothing is lost
    └── RequestRefused(...)    sending the same again would not help
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why the program cannot work as it was started."""

    ADDRESS_NOT_UNDERSTOOD = "address_not_understood"
    HTTP_NOT_ALLOWED = "http_not_allowed"
    TOKEN_FILE_UNREADABLE = "token_file_unreadable"  # noqa: S105 - the name of a reason
    TOKEN_FILE_NOT_A_FILE = "token_file_not_a_file"  # noqa: S105 - the name of a reason
    TOKEN_FILE_OPEN = "token_file_open"  # noqa: S105 - the name of a reason
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - the name of a reason
    EVE_FOLDER_MISSING = "eve_folder_missing"
    SENSOR_NAME_REFUSED = "sensor_name_refused"
    INDICATOR_FILE_UNREADABLE = "indicator_file_unreadable"
    STATE_ABSENT = "state_absent"
    STATE_IN_USE = "state_in_use"
    STATE_NEWER = "state_newer"
    STATE_DAMAGED = "state_damaged"


class CollectorError(Exception):
    """Anything the program foresees."""


class NotConfigured(CollectorError):
    """The program was started in a way it refuses."""

    def __init__(self, reason: Reason, **facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class StateUnusable(CollectorError):
    """The state folder cannot be used."""

    def __init__(self, reason: Reason, **facts: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class PortalTrouble(CollectorError):
    """The portal did not do what it was asked."""


class PortalAway(PortalTrouble):
    """The portal cannot be reached, is overloaded, or something else answers in its place."""

    def __init__(self, cause: str, *, retry_after_s: float = 0.0) -> None:
        super().__init__(cause)
        self.cause = cause
        self.retry_after_s = retry_after_s


class TokenRefused(PortalTrouble):
    """The portal does not take the token."""


class RequestRefused(PortalTrouble):
    """The portal understood the request and refuses it for good."""

    def __init__(self, status: int, reason: str, sentence: str = "") -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
        self.sentence = sentence
