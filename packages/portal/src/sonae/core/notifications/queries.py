from datetime import datetime

from sonae.core.notifications.models import Message
from sonae.core.notifications.vocabulary import MessageState


def is_anything_due(*, now: datetime) -> bool:
    """Whether a worker would find something to send; one index look-up."""
    return Message.objects.due(now).exists()


def count_dead() -> int:
    """How many messages were given up and wait for a person."""
    return Message.objects.filter(state=MessageState.DEAD).count()
