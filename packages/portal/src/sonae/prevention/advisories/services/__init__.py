"""The verbs of this room: reading documents in, stating what a version text means, keeping sources."""

from sonae.prevention.advisories.services.importing import (
    begin_import,
    cancel_import,
    carry_out,
    refuse_import,
)
from sonae.prevention.advisories.services.stating import preview, state_range
from sonae.prevention.advisories.services.sources import (
    add_source,
    note_failure,
    note_success,
    pause_source,
    resume_source,
)

__all__ = [
    "add_source",
    "begin_import",
    "cancel_import",
    "carry_out",
    "note_failure",
    "note_success",
    "pause_source",
    "preview",
    "refuse_import",
    "resume_source",
    "state_range",
]
