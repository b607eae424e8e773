from datetime import datetime

from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import Channel, MessageState


def is_a_mail_due(*, now: datetime) -> bool:
    """Whether a worker would find a mail to send; one index look-up."""
    return Message.objects.due(now).filter(channel=Channel.MAIL).exists()


def is_a_call_due(*, now: datetime) -> bool:
    """Whether a worker would find an endpoint to call; one index look-up."""
    return Message.objects.due(now).filter(channel=Channel.WEBHOOK).exists()


def count_dead() -> int:
    """How many messages were given up and wait for a person."""
    return Message.objects.filter(state=MessageState.DEAD).count()
