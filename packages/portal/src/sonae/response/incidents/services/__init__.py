"""The verbs of incidents."""

from sonae.response.incidents.services.changing import (
    answer_step,
    close_incident,
    correct_time,
    move_incident,
    note,
    state,
)
from sonae.response.incidents.services.indicators import attach_indicators, remove_indicator
from sonae.response.incidents.services.reporting import discard_draft, report_drill, report_incident, save_draft

__all__ = [
    "answer_step",
    "attach_indicators",
    "close_incident",
    "correct_time",
    "discard_draft",
    "move_incident",
    "note",
    "remove_indicator",
    "report_drill",
    "report_incident",
    "save_draft",
    "state",
]
