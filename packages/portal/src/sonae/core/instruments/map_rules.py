"""What may be said about two questions of two editions."""

from collections.abc import Container

from sonae.core.instruments.vocabulary import Comparison, MapRefusal
from sonae.kernel.decision import ALLOWED, Decision, Refused

LONGEST_WHY = 500


def may_compare(
    *, became: str, question: str, comparison: Comparison, why: str, earlier: Container[str], later: Container[str]
) -> Decision:
    """Whether somebody may say so of a question: both exist, and whatever is not simply the same has its reason.

    `earlier` and `later` are the ids that the two forms ask; `question` may be empty only where nothing compares.
    """
    if became not in later:
        return Refused(MapRefusal.QUESTION_UNKNOWN, {"value": became[:80]})
    if question and question not in earlier:
        return Refused(MapRefusal.QUESTION_UNKNOWN, {"value": question[:80]})
    if not question and comparison is not Comparison.NOT_COMPARABLE:
        return Refused(MapRefusal.QUESTION_MISSING)
    if comparison is not Comparison.SAME and not why.strip():
        return Refused(MapRefusal.WHY_MISSING)
    if len(why) > LONGEST_WHY:
        return Refused(MapRefusal.WHY_TOO_LONG, {"length": len(why), "most": LONGEST_WHY})
    return ALLOWED


def is_as_seen(stands: str, *, seen: str) -> Decision:
    """Whether what stands about a question is what somebody saw who says something else of it (`Pair.seen`)."""
    return ALLOWED if stands == seen else Refused(MapRefusal.CHANGED_MEANWHILE)


def may_map(*, same_instrument: bool, earlier_rank: str, later_rank: str) -> Decision:
    """Whether two editions are compared: two of one instrument, the earlier one with the later."""
    if same_instrument and earlier_rank < later_rank:
        return ALLOWED
    return Refused(MapRefusal.NOT_EARLIER)
