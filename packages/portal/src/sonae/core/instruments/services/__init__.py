"""The verbs of instruments: publishing editions, answering them, and deciding about what was handed in."""

from sonae.core.instruments.services.answering import Kept, clear_unasked, hand_over, open_response, save_answers
from sonae.core.instruments.services.deciding import accept, return_for_correction, submit
from sonae.core.instruments.services.editions import load_shipped, publish
from sonae.core.instruments.services.workbooks import Taken, take_workbook

__all__ = [
    "Kept",
    "Taken",
    "accept",
    "clear_unasked",
    "hand_over",
    "load_shipped",
    "open_response",
    "publish",
    "return_for_correction",
    "save_answers",
    "submit",
    "take_workbook",
]
