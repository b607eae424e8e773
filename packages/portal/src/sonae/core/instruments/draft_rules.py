"""What may be done with a form that was taken in."""

from sonae.core.instruments.vocabulary import DraftRefusal, DraftState
from sonae.kernel.decision import ALLOWED, Decision, Refused

LONGEST_NOTE = 500
_OVER = frozenset({DraftState.PUBLISHED, DraftState.WITHDRAWN})


def may_change(state: DraftState) -> Decision:
    """Whether its file may still be exchanged, or the form be taken back."""
    return Refused(DraftRefusal.OVER) if state in _OVER else ALLOWED


def may_publish(state: DraftState) -> Decision:
    """Whether it may be published: it is neither over, nor are there faults in its file."""
    if state in _OVER:
        return Refused(DraftRefusal.OVER)
    return Refused(DraftRefusal.FAULTY) if state is DraftState.FAULTY else ALLOWED


def is_as_seen(stands: str, *, seen: str) -> Decision:
    """Whether what stands is what was looked at before something is done with it (`drafts.seen_of`)."""
    return ALLOWED if stands == seen else Refused(DraftRefusal.CHANGED_MEANWHILE)


def may_note(note: str) -> Decision:
    """Whether a note for colleagues is kept; its length is counted in characters."""
    if len(note) > LONGEST_NOTE:
        return Refused(DraftRefusal.NOTE_TOO_LONG, {"length": len(note), "most": LONGEST_NOTE})
    return ALLOWED
