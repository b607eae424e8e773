"""The verbs of visits: the plan, what is recorded on site, signatures and pictures."""

from sonae.prevention.inspections.visits.services.planning import announce, arrange, cancel, may_join, move, plan
from sonae.prevention.inspections.visits.services.recording import Recorded, decide, note_entries, start
from sonae.prevention.inspections.visits.services.signing import add_photo, sign

__all__ = [
    "Recorded",
    "add_photo",
    "announce",
    "arrange",
    "cancel",
    "decide",
    "may_join",
    "move",
    "note_entries",
    "plan",
    "sign",
    "start",
]
