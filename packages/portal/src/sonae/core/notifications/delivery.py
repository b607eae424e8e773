"""Emptying the outbox: claim one, send it, mark it. A crash in between means one repetition, never a loss."""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

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


def deliver_due(*, clock: Clock, most: int, within: timedelta) -> Tally:
    """Sends what is due, `most` messages at most and no longer than `within`; a channel that is down is left alone."""
    tally, open_channels, until = Tally(), set(Channel), clock() + within
    with ExitStack() as stack:
        routes: dict[Channel, Route] = {
            Channel.MAIL: stack.enter_context(mail.Route()),
            Channel.WEBHOOK: stack.enter_context(webhooks.Route(clock=clock)),
        }
        while open_channels and tally.tried < most and clock() < until:
            message = services.claim_next(channels=open_channels, now=clock())
            if message is None:
                break
            outcome = routes[message.message_channel].send(message)
            services.mark(message, outcome, now=clock(), spread=secrets.randbelow(1000) / 1000)
            match outcome.kind:
                case OutcomeKind.DELIVERED:
                    tally.sent += 1
                case OutcomeKind.REFUSED:
                    tally.refused += 1
                case OutcomeKind.FAILED:
                    tally.failed += 1
                case OutcomeKind.ROUTE_DOWN:
                    tally.failed += 1
                    open_channels.discard(message.message_channel)
    return tally
