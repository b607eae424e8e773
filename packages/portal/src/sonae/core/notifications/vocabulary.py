from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sonae.kernel.open_enum import OpenEnum


class Channel(StrEnum):
    """The way a message takes."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class MessageState(StrEnum):
    """Where a message stands. One that a worker is sending at this moment is still waiting."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


class OutcomeKind(StrEnum):
    """What came of one attempt to send."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    # Our own mail server or network is the trouble: trying the next message at once would fail the same way.
    ROUTE_DOWN = "route_down"


class HookEvent(StrEnum):
    """What a webhook is called about, as far as the ground floor knows; other rooms bring their own to `EVENTS`."""

    TRIAL = "trial"


class NotificationRefusal(StrEnum):
    NOT_DEAD = "not_dead"
    ADDRESS_NOT_HTTPS = "address_not_https"
    ADDRESS_MALFORMED = "address_malformed"
    ADDRESS_IS_PRIVATE = "address_is_private"
    ENDPOINT_CLOSED = "endpoint_closed"
    ENDPOINT_EXISTS = "endpoint_exists"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt: how it ended, in the recipient system's own code, and when it asks us to come back."""

    kind: OutcomeKind
    code: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What becomes of a message after an attempt."""

    state: MessageState
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageFacts:
    state: MessageState
    attempts: int


# Every event that webhooks are called about, so that their owners read it in words.
EVENTS: OpenEnum[None] = OpenEnum("event of a webhook")
