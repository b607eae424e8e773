"""The verbs of this room: holding ledgers against advisories, and going on with what is hit."""

from sonae.prevention.exposure.services.holding import hold, note_ledger
from sonae.prevention.exposure.services.naming import answer_question, decide_pair, reopen_pair
from sonae.prevention.exposure.services.stepping import take_step

__all__ = ["answer_question", "decide_pair", "hold", "note_ledger", "reopen_pair", "take_step"]
