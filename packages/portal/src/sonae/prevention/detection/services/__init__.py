"""The verbs of detection: collectors come and go, exchange messages, and people answer what was seen."""

from sonae.prevention.detection.services.answering import answer_alert, reopen_alert
from sonae.prevention.detection.services.collectors import (
    enrol_collector,
    impose_on_silence,
    record_heartbeat,
    retire_collector,
)
from sonae.prevention.detection.services.sightings import record_sightings

__all__ = [
    "answer_alert",
    "enrol_collector",
    "impose_on_silence",
    "record_heartbeat",
    "record_sightings",
    "reopen_alert",
    "retire_collector",
]
