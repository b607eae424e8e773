"""Long work that a person waits for: how far it is, and whether they still want it.

Whoever works reports between two pieces, outside any open transaction: what stands in one nobody else can see.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.web.models import Work
from sonae.core.web.vocabulary import WebRefusal, WorkState
from sonae.kernel.decision import ALLOWED, Decision, Refused, require
from sonae.kernel.errors import Gone

REPORT_EVERY = timedelta(seconds=0.5)
# Without a word for this long, whoever did the work is gone.
SILENT_AFTER = timedelta(minutes=30)


def may_cancel(state: WorkState) -> Decision:
    if state is not WorkState.RUNNING:
        return Refused(WebRefusal.WORK_IS_OVER, {"state": state})
    return ALLOWED


def start(
    title: dict[str, str],
    *,
    by: UUID | None,
    now: datetime,
    total: int | None = None,
    institution_id: int | None = None,
) -> Work:
    """A piece of work with its title in both languages; `total` is how many steps it has, if that is known."""
    assert title.keys() == {"ja", "en"}, "a title in both languages"
    return Work.objects.create(
        title=title, total=total, started_by_id=by, started_at=now, reported_at=now, institution_id=institution_id
    )


class Reporter:
    """How far a piece of work is, written down at most twice a second however often it is told."""

    def __init__(self, work_id: UUID) -> None:
        self._work_id = work_id
        self._written_at: datetime | None = None
        self.is_cancelled = False

    def reached(self, done: int, *, now: datetime, total: int | None = None) -> None:
        """`done` steps are done; afterwards `is_cancelled` tells whether anyone still wants the rest."""
        if self._written_at is not None and now - self._written_at < REPORT_EVERY:
            return
        self._written_at = now
        columns = {"done": done, "reported_at": now} | ({"total": total} if total is not None else {})
        rows = Work.objects.filter(pk=self._work_id, state=WorkState.RUNNING)
        rows.update(**columns)
        # A piece of work that is over, however it came to be, is not wanted any more.
        self.is_cancelled = not rows.filter(cancel_asked_at=None).exists()


def finish(work_id: UUID, *, now: datetime, result_url: str = "") -> None:
    """The work is done, and its result lies at `result_url`, an address of this portal."""
    assert not result_url or result_url.startswith("/"), "the result is a page of this portal"
    rows = Work.objects.filter(pk=work_id, state=WorkState.RUNNING)
    rows.update(state=WorkState.DONE, finished_at=now, result_url=result_url)


def stop(work_id: UUID, *, now: datetime) -> None:
    """The work ended early because somebody asked for it."""
    Work.objects.filter(pk=work_id, state=WorkState.RUNNING).update(state=WorkState.CANCELLED, finished_at=now)


def fail(work_id: UUID, *, reason: str, now: datetime) -> None:
    """The work failed; `reason` is a sentence for whoever waits."""
    rows = Work.objects.filter(pk=work_id, state=WorkState.RUNNING)
    rows.update(state=WorkState.FAILED, finished_at=now, failure=reason[:400])


@transaction.atomic
def ask_to_cancel(work_id: UUID, *, by: Viewer, now: datetime) -> Work:
    """Asks whoever works to stop after the piece at hand; only who started the work may ask."""
    work = Work.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=work_id).first()
    if work is None:
        raise Gone("work", work_id)
    require(may_cancel(WorkState(work.state)))
    if work.cancel_asked_at is None:
        work.cancel_asked_at, work.cancel_asked_by_id = now, by.account_id
        work.save(update_fields=["cancel_asked_at", "cancel_asked_by"])
        audit.record(
            "work.cancel",
            subject="work",
            subject_id=work.pk,
            by=by.account_id,
            now=now,
            institution_id=work.institution_id,
        )
    return work


def give_up_silent(*, now: datetime) -> int:
    """Marks work as lost of which nothing was heard for half an hour."""
    silent = Work.objects.filter(state=WorkState.RUNNING, reported_at__lt=now - SILENT_AFTER)
    return silent.update(state=WorkState.LOST, finished_at=now)
