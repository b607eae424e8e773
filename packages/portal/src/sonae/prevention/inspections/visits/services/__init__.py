"""The verbs of visits: the plan, what is recorded on site, signatures and pictures, the end, and what follows it."""

from sonae.prevention.inspections.visits.services.closing import close
from sonae.prevention.inspections.visits.services.following import (
    accept_correction,
    answer_correction,
    send_back_correction,
)
from sonae.prevention.inspections.visits.services.planning import (
    announce,
    arrange,
    cancel,
    count_to_tell,
    may_join,
    move,
    plan,
)
from sonae.prevention.inspections.visits.services.recording import Recorded, decide, note_entries, start
from sonae.prevention.inspections.visits.services.signing import add_photo, sign

__all__ = [
    "Recorded",
    "accept_correction",
    "add_photo",
    "announce",
    "answer_correction",
    "arrange",
    "cancel",
    "close",
    "count_to_tell",
    "decide",
    "may_join",
    "move",
    "note_entries",
    "plan",
    "send_back_correction",
    "sign",
    "start",
]
