"""The audit log for programs of auditors: read page by page, and checked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ninja import Query, Router, Status

from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.audit.vocabulary import EntryKind
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, cursor_page, row_number
from sonae.site import chain
from sonae.site.pages import audit_shown

router = Router(tags=["audit"])


class EntryAnswer(Answer):
    """Who did what to which thing, when; sealed to the entry before.

    Where it is about an incident and the reader may not read incidents, `is_withheld` is true: the institution is
    absent, and the person is empty where that is one of an institution.
    """

    number: int
    id: int
    at: datetime
    kind: EntryKind
    verb: str
    by: str
    subject: str
    subject_id: str
    institution_id: int | None
    is_withheld: bool
    facts: dict[str, Any]
    digest: str
    seal_before: str
    seal: str


class EntryPage(Answer):
    items: list[EntryAnswer]
    next_cursor: str


class VerificationAnswer(Answer):
    """What the newest check of the chain found."""

    at: datetime
    entries: int
    breaks: int


class LastVerification(Answer):
    """The newest check; absent where the chain was never checked."""

    verification: VerificationAnswer | None


class Queued(Answer):
    """The job that will do it."""

    job_id: str


@router.get("/audit/entries", auth=Door(Permission.AUDIT_READ), response=EntryPage)
def list_audit_entries(
    request: SonaeRequest,
    verb: str = Query("", max_length=80, pattern="^[a-z0-9_.]*$", description="What the verb begins with"),
    kind: EntryKind | None = None,
    cursor: str = "",
    limit: Limit = 100,
) -> dict[str, object]:
    """The audit log in the order of its chain, once an entry has its place there. Each search is recorded."""
    conditions = {"verb": verb, "kind": kind or ""}
    audit.record_read(
        "audit.search",
        subject="chain",
        subject_id="",
        by=request.viewer.account_id,
        now=request.now,
        facts={name: said for name, said in conditions.items() if said},
    )
    rows = audit_shown.entries(request.viewer).filter(number__isnull=False, verb__startswith=verb)
    if kind is not None:
        rows = rows.filter(kind=kind)
    items, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, key="number", parse=row_number)
    _withhold(items)
    return {"items": items, "next_cursor": next_cursor}


def _withhold(items: Iterable[Any]) -> None:
    """Takes out of the answer, not out of the log, what would tell whose incident it was."""
    withheld = [one for one in items if one.is_withheld]
    insiders = audit_shown.insiders() if withheld else frozenset()
    for one in withheld:
        one.institution_id = None
        one.by = "" if one.by in insiders else one.by


@router.get("/audit/verification", auth=Door(Permission.AUDIT_READ), response=LastVerification)
def read_audit_verification(request: SonaeRequest) -> dict[str, object]:  # noqa: ARG001 - every operation gets its request
    """What the newest check of the chain found."""
    return {"verification": chain.last_verification()}


@router.post("/audit/verification", auth=Door(Permission.AUDIT_READ), response={202: Queued})
def verify_audit_chain(request: SonaeRequest) -> Status[dict[str, str]]:
    """Queues a check of the whole chain."""
    job = chain.verify_chain.enqueue(str(request.viewer.account_id))
    return Status(202, {"job_id": job.id})
