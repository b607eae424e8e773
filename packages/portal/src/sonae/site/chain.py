"""Checking the audit chain and remembering what came of it, in the chain itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry, Head
from sonae.core.audit.rules import Break

VERB = "audit.verify"
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Verification:
    """What the last check found."""

    at: datetime
    entries: int
    breaks: int


def verify(
    *,
    by: UUID | None,
    now: datetime,
    kept: Mapping[int, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Break]:
    """Reads the whole chain, writes down that and with what result, and returns where it does not hold."""
    found = audit.verify(kept=kept, progress=progress)
    entries = Head.objects.get(pk=1).last_number
    audit.record(
        VERB,
        subject="chain",
        subject_id=entries,
        by=by,
        now=now,
        facts={
            "entries": entries,
            "breaks": len(found),
            "first": [{"number": one.number, "damage": one.damage} for one in found[:SHOWN]],
        },
    )
    return found


def last_verification() -> Verification | None:
    """What the newest check found; None where the chain was never checked."""
    entry = Entry.objects.filter(subject="chain", verb=VERB).first()
    if entry is None:
        return None
    return Verification(entry.at, int(entry.facts["entries"]), int(entry.facts["breaks"]))


@task
def verify_chain(by: str = "") -> int:
    """The check as a job; returns the number of breaks."""
    return len(verify(by=UUID(by) if by else None, now=timezone.now()))
