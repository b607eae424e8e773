"""Entries for tests."""

from datetime import datetime
from typing import Any

from sonae.core.audit import rules
from sonae.core.audit.models import Entry
from sonae.core.audit.vocabulary import EntryKind


def an_entry_that_waits(subject_id: str, *, now: datetime, facts: dict[str, Any] | None = None) -> Entry:
    """An entry whose process was killed after its commit and before it was linked."""
    entry = Entry(at=now, kind=EntryKind.CHANGE, verb="x", subject="s", subject_id=subject_id, facts=facts or {})
    entry.digest = rules.digest(entry.content())
    entry.save(force_insert=True)
    return entry
