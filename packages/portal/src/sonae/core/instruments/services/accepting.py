"""Accepting many responses at once: those that somebody saw in a list, each by the verb and rules of one alone."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import override

from sonae.core.access import queries as people
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.models import Acceptance, AcceptanceRun
from sonae.core.instruments.services.deciding import accept
from sonae.core.instruments.vocabulary import AcceptanceOutcome
from sonae.core.web import words
from sonae.core.web.given_up import is_given_up
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict, Gone, NotAllowed

# In one transaction: about a second, after which cancelling is heard.
ACCEPTED_AT_ONCE = 20


@transaction.atomic
def begin_accepting(seen: Iterable[tuple[UUID, int]], *, by: Viewer, now: datetime) -> AcceptanceRun:
    """Writes down which responses are to be accepted, each in the revision that was `seen`; whoever calls this queues
    the task that does it (`accept_some`)."""
    require(access.may(by, Permission.RESPONSE_DECIDE))
    assert by.account_id is not None, "people decide, by their role"
    chosen = list(seen)
    require(rules.may_accept_many(len(chosen)))
    run = AcceptanceRun.objects.create(begun_at=now, begun_by_id=by.account_id, expected_count=len(chosen))
    Acceptance.objects.bulk_create(
        (Acceptance(run=run, response_id=response_id, revision=revision) for response_id, revision in chosen),
        batch_size=1_000,
    )
    _record("response.accept-many", run, by=by.account_id, now=now, expected=len(chosen))
    return run


@transaction.atomic
def accept_some(run_id: UUID, *, now: datetime, limit: int = ACCEPTED_AT_ONCE) -> bool:
    """Accepts the next responses, by whoever asked for it and with what they may do now; tells whether there is more.

    What a rule refuses is left as it is, and says why. Responses and how far it is are one transaction: killed in
    between, it is as if the piece had not begun.
    """
    run = AcceptanceRun.objects.select_for_update(of=("self",)).running().filter(pk=run_id).first()
    if run is None:
        return False
    waiting = run.acceptances.filter(outcome=AcceptanceOutcome.WAITING).order_by("pk")
    batch = list(waiting[:limit])
    if not batch:
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        return False
    by = people.viewer_of_orderer(run.begun_by, now=now)
    for one in batch:
        _accept(one, by=by, now=now)
    run.done_count += len(batch)
    run.accepted_count += sum(one.outcome == AcceptanceOutcome.ACCEPTED for one in batch)
    run.save(update_fields=["done_count", "accepted_count"])
    return True


@transaction.atomic
def cancel_accepting(run_id: UUID, *, by: Viewer, now: datetime) -> AcceptanceRun:
    """Gives up what has not been accepted yet; what has been stays so."""
    run = AcceptanceRun.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=run_id).first()
    if run is None:
        raise Gone("acceptances", run_id)
    require(access.may(by, Permission.RESPONSE_DECIDE))
    require(rules.may_cancel_accepting(is_running=run.is_running))
    run.cancelled_at, run.cancelled_by_id = now, by.account_id
    run.save(update_fields=["cancelled_at", "cancelled_by"])
    _record("response.accept-many-cancel", run, by=by.account_id, now=now, accepted=run.accepted_count)
    return run


@transaction.atomic
def begin_accepting_again(run_id: UUID, *, by: Viewer, now: datetime) -> AcceptanceRun:
    """Goes on with a run whose job gave up; whoever calls this queues the task. What was accepted is not done twice."""
    run = AcceptanceRun.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=run_id).first()
    if run is None:
        raise Gone("acceptances", run_id)
    require(access.may(by, Permission.RESPONSE_DECIDE))
    require(rules.may_accept_again(is_running=run.is_running, is_given_up=is_given_up(run.job)))
    _record("response.accept-many-again", run, by=by.account_id, now=now, done=run.done_count)
    return run


def note_accepting_job(run_id: UUID, job_id: str) -> None:
    """Remembers which job goes on with a run, so that its page can tell whether anybody does."""
    AcceptanceRun.objects.filter(pk=run_id).update(job=job_id)


def _accept(one: Acceptance, *, by: Viewer, now: datetime) -> None:
    try:
        with transaction.atomic():
            accept(one.response_id, seen=one.revision, by=by, now=now)
    except NotAllowed as refused:
        _keep_refusal(one, refused.refusal)
    except Conflict as conflict:
        _keep_refusal(one, Refused(conflict.reason, conflict.facts))
    except Gone:
        one.outcome = AcceptanceOutcome.REFUSED
    else:
        one.outcome = AcceptanceOutcome.ACCEPTED
    one.save(update_fields=["outcome", "why_ja", "why_en"])


def _keep_refusal(one: Acceptance, refused: Refused) -> None:
    one.outcome = AcceptanceOutcome.REFUSED
    for language in ("ja", "en"):
        with override(language):
            setattr(one, f"why_{language}", str(words.of(refused))[:400])


def _record(verb: str, run: AcceptanceRun, *, by: UUID | None, now: datetime, **facts: object) -> None:
    audit.record(verb, subject="acceptances", subject_id=run.pk, by=by, now=now, facts=facts)
