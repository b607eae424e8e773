"""The verbs of duties: imposing them, ending them, reminding people of them."""

from sonae.core.duties.services.changing import move_due, redate, reopen_by_withdrawal
from sonae.core.duties.services.ending import fulfil, settle, settle_by_evidence, supersede, waive
from sonae.core.duties.services.imposing import impose, impose_each, impose_many
from sonae.core.duties.services.reminding import note_passed_moments, send_due_reminders, write_mails
from sonae.core.duties.services.second_factors import review_second_factors

__all__ = [
    "fulfil",
    "impose",
    "impose_each",
    "impose_many",
    "move_due",
    "note_passed_moments",
    "redate",
    "reopen_by_withdrawal",
    "review_second_factors",
    "send_due_reminders",
    "settle",
    "settle_by_evidence",
    "supersede",
    "waive",
    "write_mails",
]
