"""The verbs of this room: reading documents in, stating what a version text means, keeping sources."""

from sonae.prevention.advisories.services.importing import (
    begin_import,
    cancel_import,
    carry_on,
    carry_out,
    close_abandoned,
    documents_of,
    finish_import,
)
from sonae.prevention.advisories.services.sources import (
    add_source,
    claim_due,
    keep_state,
    note_failure,
    note_success,
    note_tried,
    order_pull,
    pause_source,
    resume_source,
)
from sonae.prevention.advisories.services.stating import Preview, preview, state_range

__all__ = [
    "Preview",
    "add_source",
    "begin_import",
    "cancel_import",
    "carry_on",
    "carry_out",
    "claim_due",
    "close_abandoned",
    "documents_of",
    "finish_import",
    "keep_state",
    "note_failure",
    "note_success",
    "note_tried",
    "order_pull",
    "pause_source",
    "preview",
    "resume_source",
    "state_range",
]
