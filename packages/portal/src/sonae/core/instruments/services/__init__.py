"""The verbs of instruments: publishing editions, answering them, and deciding about what was handed in."""

from sonae.core.instruments.services.accepting import (
    accept_some,
    begin_accepting,
    begin_accepting_again,
    cancel_accepting,
    note_accepting_job,
)
from sonae.core.instruments.services.answering import Kept, clear_unasked, hand_over, save_answers
from sonae.core.instruments.services.attaching import attach, detach
from sonae.core.instruments.services.comparing import Said, confirm_pair, confirm_same, take_map
from sonae.core.instruments.services.deciding import (
    accept,
    return_for_correction,
    return_to_vendor,
    submit,
    submit_as_vendor,
)
from sonae.core.instruments.services.drafting import exchange_file, publish_draft, take_in, withdraw_draft
from sonae.core.instruments.services.editions import load_shipped, publish
from sonae.core.instruments.services.linking import admitted, found_link, open_link, remind, revoke_links, send_link
from sonae.core.instruments.services.opening import end_stand_ins, open_response, stand_in
from sonae.core.instruments.services.prefilling import look_at, prefill
from sonae.core.instruments.services.workbooks import Taken, take_workbook

__all__ = [
    "Kept",
    "Said",
    "Taken",
    "accept",
    "accept_some",
    "admitted",
    "attach",
    "begin_accepting",
    "begin_accepting_again",
    "cancel_accepting",
    "clear_unasked",
    "confirm_pair",
    "confirm_same",
    "detach",
    "end_stand_ins",
    "exchange_file",
    "found_link",
    "hand_over",
    "load_shipped",
    "look_at",
    "note_accepting_job",
    "open_link",
    "open_response",
    "prefill",
    "publish",
    "publish_draft",
    "remind",
    "return_for_correction",
    "return_to_vendor",
    "revoke_links",
    "save_answers",
    "send_link",
    "stand_in",
    "submit",
    "submit_as_vendor",
    "take_in",
    "take_map",
    "take_workbook",
    "withdraw_draft",
]
