"""The verbs of the national survey."""

from sonae.prevention.surveys.services.answering import (
    begin_response,
    note_opened,
    take_acceptance,
    take_return,
    take_submission,
)
from sonae.prevention.surveys.services.drafting import discard_campaign, draft_campaign, revise_campaign
from sonae.prevention.surveys.services.extending import (
    begin_extension,
    cancel_extension,
    extend_some,
    note_extending_job,
    plan_extension,
)
from sonae.prevention.surveys.services.following import excuse, expect_again, extend, note_call, stand_in
from sonae.prevention.surveys.services.inviting import invite_some, title_of
from sonae.prevention.surveys.services.opening import (
    begin_opening,
    cancel_opening,
    close_campaign,
    freeze_some,
    withdraw_campaign,
)
from sonae.prevention.surveys.services.reminding import add_reminder_date, drop_reminder_date, remind_some

__all__ = [
    "add_reminder_date",
    "begin_extension",
    "begin_opening",
    "begin_response",
    "cancel_extension",
    "cancel_opening",
    "close_campaign",
    "discard_campaign",
    "draft_campaign",
    "drop_reminder_date",
    "excuse",
    "expect_again",
    "extend",
    "extend_some",
    "freeze_some",
    "invite_some",
    "note_call",
    "note_extending_job",
    "note_opened",
    "plan_extension",
    "remind_some",
    "revise_campaign",
    "stand_in",
    "take_acceptance",
    "take_return",
    "take_submission",
    "title_of",
    "withdraw_campaign",
]
