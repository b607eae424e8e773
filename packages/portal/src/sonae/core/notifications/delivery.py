"""Emptying the outbox: claim one, send it, mark it. A crash in between means one repetition, never a loss.

Each channel is emptied by a run of its own: an endpoint that answers slowly must not keep a mail waiting.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from sonae.core.notifications import mail, services, webhooks
from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Channel, Outcome, OutcomeKind

type Clock = Callable[[], datetime]


class Route(Protocol):
    """The way out that a channel takes."""

    def send(self, message: Message) -> Outcome: ...


@dataclass(slots=True)
class Tally:
    """What one run did."""

    sent: int = 0
    failed: int = 0
    refused: int = 0

    @property
    def tried(self) -> int:
        return self.sent + self.failed + self.refused


def deliver_mails(*, clock: Clock, most: int, within: timedelta) -> Tally:
    """Sends the mails that are due, `most` at most and no longer than `within`; a server that is down is left alone."""
    with mail.Route() as route:
        return _deliver(Channel.MAIL, route, clock=clock, most=most, within=within)


def call_endpoints(*, clock: Clock, most: int, within: timedelta) -> Tally:
    """Makes the calls that are due; an endpoint that failed once is left alone for the rest of the run."""
    with webhooks.Route(clock=clock) as route:
        return _deliver(Channel.WEBHOOK, route, clock=clock, most=most, within=within)


def _deliver(channel: Channel, route: Route, *, clock: Clock, most: int, within: timedelta) -> Tally:
    tally, until = Tally(), clock() + within
    resting: set[UUID] = set()
    while tally.tried < most and clock() < until:
        message = services.claim_next(channel, without_endpoints=resting, now=clock())
        if message is None:
            break
        outcome = route.send(message)
        services.mark(message, outcome, now=clock(), spread=secrets.randbelow(1000) / 1000)
        match outcome.kind:
            case OutcomeKind.DELIVERED:
                tally.sent += 1
            case OutcomeKind.REFUSED:
                tally.refused += 1
            case OutcomeKind.FAILED:
                tally.failed += 1
                if message.endpoint_id is not None:
                    resting.add(message.endpoint_id)
            case OutcomeKind.ROUTE_DOWN:
                tally.failed += 1
                break
    return tally
