"""Sources: added, paused, asked again; what came of asking them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.notifications import rules as addresses
from sonae.kernel.decision import ALLOWED, Refused, require
from sonae.kernel.errors import Gone
from sonae.prevention.advisories import rules
from sonae.prevention.advisories.models import Source
from sonae.prevention.advisories.vocabulary import AdvisoryRefusal, SourceKind, Trouble


@transaction.atomic
def add_source(name: str, *, kind: SourceKind, address: str, by: Viewer | None, now: datetime) -> Source:
    """A source that is asked from now on; one of files has no address and is only told what was imported."""
    if by is not None:
        require(access.may(by, Permission.FEED_MANAGE))
    if Source.objects.filter(name=name).exists():
        require(Refused(AdvisoryRefusal.NAME_TAKEN, {"name": name}))
    if kind is SourceKind.FILES:
        require(ALLOWED if not address else Refused(AdvisoryRefusal.ADDRESS_REFUSED))
    else:
        allowed = addresses.may_register(address, private_allowed=settings.WEBHOOK_ALLOW_PRIVATE)
        require(ALLOWED if allowed.ok else Refused(AdvisoryRefusal.ADDRESS_REFUSED))
    source = Source.objects.create(
        name=name, kind=kind, address=address, created_at=now, created_by_id=by.account_id if by else None
    )
    _record("advisory.add_source", source, by=by, now=now, facts={"name": name, "kind": kind.value})
    return source


@transaction.atomic
def pause_source(source_id: UUID, *, by: Viewer, now: datetime) -> Source:
    """The schedule leaves a source alone until somebody resumes it."""
    source = _locked(source_id)
    require(access.may(by, Permission.FEED_MANAGE))
    require(Refused(AdvisoryRefusal.SOURCE_PAUSED) if source.paused_at else ALLOWED)
    source.paused_at, source.paused_by_id = now, by.account_id
    source.save(update_fields=["paused_at", "paused_by"])
    _record("advisory.pause_source", source, by=by, now=now, facts={"name": source.name})
    return source


@transaction.atomic
def resume_source(source_id: UUID, *, by: Viewer, now: datetime) -> Source:
    """A paused source is asked again, from where it was; its failures are forgotten."""
    source = _locked(source_id)
    require(access.may(by, Permission.FEED_MANAGE))
    require(ALLOWED if source.paused_at else Refused(AdvisoryRefusal.SOURCE_NOT_PAUSED))
    source.paused_at = source.paused_by = source.retry_at = None
    source.failures = 0
    source.save(update_fields=["paused_at", "paused_by", "retry_at", "failures"])
    _record("advisory.resume_source", source, by=by, now=now, facts={"name": source.name})
    return source


def order_pull(source: Source, *, by: Viewer, now: datetime) -> None:
    """Somebody wants a source asked now; the job that does it comes next."""
    require(access.may(by, Permission.FEED_MANAGE))
    require(
        rules.may_pull(has_address=bool(source.address), is_paused=source.paused_at is not None, retry_at=None, now=now)
    )
    _record("advisory.pull_source", source, by=by, now=now, facts={"name": source.name})


# A job that asks a source is expected to begin within this time; then the source is due again.
_CLAIMED_FOR = timedelta(hours=1)


def claim_due(*, now: datetime) -> list[UUID]:
    """The sources whose time has come, each of them once: whoever looks next does not find them."""
    due = Source.objects.due(now=now).values_list("pk", "retry_at")
    return [
        pk for pk, retry_at in due
        if Source.objects.filter(pk=pk, retry_at=retry_at).update(retry_at=now + _CLAIMED_FOR)
    ]  # fmt: skip


def note_tried(source: Source, *, now: datetime) -> None:
    """Somebody asks the source now."""
    source.tried_at = now
    source.save(update_fields=["tried_at"])


def keep_state(source: Source, state: dict[str, Any]) -> None:
    """What came so far is taken in: whoever goes on begins here."""
    source.state = state
    source.save(update_fields=["state"])


def note_success(source: Source, *, now: datetime) -> None:
    """All that the source had is taken in."""
    source.succeeded_at, source.trouble, source.trouble_facts = now, "", {}
    source.failures, source.retry_at = 0, now + rules.rhythm(SourceKind(source.kind))
    source.save(update_fields=["succeeded_at", "trouble", "trouble_facts", "failures", "retry_at"])


def note_failure(
    source: Source, trouble: Trouble, *, facts: dict[str, Any], now: datetime, asked_for: timedelta | None = None
) -> None:  # fmt: skip
    """The source could not be fetched, or not to its end; it is asked again later, and later still."""
    source.trouble, source.trouble_facts = trouble, facts
    source.failures += 1
    source.retry_at = rules.next_try(source.failures, now=now, asked_for=asked_for)
    source.save(update_fields=["trouble", "trouble_facts", "failures", "retry_at"])


def _locked(source_id: UUID) -> Source:
    source = Source.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise Gone("source", source_id)
    return source


def _record(verb: str, source: Source, *, by: Viewer | None, now: datetime, facts: dict[str, Any]) -> None:
    audit.record(
        verb, subject="source", subject_id=source.pk, by=by.account_id if by else None, now=now, facts=facts
    )  # fmt: skip
