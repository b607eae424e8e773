"""Handing a response in, and what whoever asked does with it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Language, Viewer
from sonae.core.documents import services as documents
from sonae.core.instruments import checks, link_rules, queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.answers import documents_in
from sonae.core.instruments.checks import Findings, kept_of
from sonae.core.instruments.models import Response, Submission
from sonae.core.instruments.services.answering import (
    locked,
    locked_for_answers,
    note_turn,
    require_of_the_house,
    require_visible,
)
from sonae.core.instruments.services.declaring import declare, take_back
from sonae.core.instruments.services.linking import send_link
from sonae.core.instruments.vocabulary import (
    FilePurpose,
    ResponseAccepted,
    ResponseMoved,
    ResponseReturned,
    ResponseState,
    ResponseSubmitted,
)
from sonae.kernel.decision import Decision, first_refusal, require
from sonae.kernel.errors import Gone
from sonae.kernel.events import publish


@transaction.atomic
def submit(response_id: UUID, *, seen: int, by: Viewer, now: datetime) -> Response:
    """Submits a response. Every rule of its instrument is asked once more; refused while one of them is broken.

    `seen` is the revision that whoever submits looked at: what a colleague changed since is looked at first.
    """
    response = locked_for_answers(response_id, by=by)
    require_of_the_house(response, by=by)
    assert by.account_id is not None, "people hand in, by their role"
    return _submit(response, _Signed(by.account_id, is_proxied=queries.stands_in(response, by)), seen=seen, now=now)


@transaction.atomic
def submit_as_vendor(response_id: UUID, *, name: str, position: str, seen: int, by: Viewer, now: datetime) -> Response:
    """The same by a vendor that was let in by a link: whoever submits says their name and position."""
    response = locked_for_answers(response_id, by=by)
    if not queries.is_guest(response, by):
        raise Gone("response", response_id)
    require(link_rules.may_sign(name=name, position=position))
    return _submit(response, _Signed(None, name.strip(), position.strip()), seen=seen, now=now)


@dataclass(frozen=True, slots=True)
class _Signed:
    """Who hands in: somebody with an account, in place of the institution or of it, or somebody of a vendor."""

    by: UUID | None
    name: str = ""
    position: str = ""
    is_proxied: bool = False


def _submit(response: Response, signed: _Signed, *, seen: int, now: datetime) -> Response:
    require(rules.is_as_seen(response.revision, seen=seen, at=response.changed_at))
    findings = queries.findings_of(response, now=now)
    require(rules.may_submit(ResponseState(response.state), open_findings=len(findings.found)))
    response.state = ResponseState.SUBMITTED
    response.submitted_at, response.submitted_by_id, response.decided_at = now, signed.by, None
    response.save(update_fields=["state", "submitted_at", "submitted_by", "decided_at"])
    submission = _handed_in(response, findings, signed, now=now)
    note_turn(response, by=signed.by, now=now, submission=submission)
    documents.share(
        set(documents_in(submission.answers)), institution_id=response.institution_id, purpose=FilePurpose.ANSWER,
        by=signed.by, now=now,
    )  # fmt: skip
    # What an officer enters is no word of the institution: it counts once whoever asked has accepted it.
    if not submission.is_proxied:
        declare(response, submission, findings, now=now)
    _tell(ResponseSubmitted, response, submission, now=now)
    return response


def _handed_in(response: Response, findings: Findings, signed: _Signed, *, now: datetime) -> Submission:
    calculated = kept_of(findings)
    require(rules.may_grow(calculated))
    return Submission.objects.create(
        response=response, number=queries.times_handed_in(response) + 1, revision=response.revision,
        answers=response.answers, calculated=calculated, at=now, by_id=signed.by, signed_name=signed.name,
        signed_position=signed.position, is_proxied=signed.is_proxied,
    )  # fmt: skip


@transaction.atomic
def accept(response_id: UUID, *, seen: int, by: Viewer, now: datetime) -> Response:
    """Takes a response as it was submitted, in the revision that whoever accepts has `seen`; it never changes after."""
    response, submission = _decide(response_id, ResponseState.ACCEPTED, seen=seen, by=by, now=now)
    if submission.is_proxied:
        plan = queries.plan_of(response.edition)
        declare(response, submission, checks.check(plan, submission.answers, now=submission.at), now=now)
    _tell(ResponseAccepted, response, submission, now=now)
    return response


@transaction.atomic
def return_to_vendor(response_id: UUID, *, reason: str, seen: int, by: Viewer, now: datetime) -> Decision:
    """Gives back what a vendor handed in by its link, by the institution that it was about, with a written reason.

    A new link goes to whoever was asked last, where one may be sent; whether it was, and why not, is returned. What is
    returned stays so without.
    """
    require(rules.may_return(reason))
    response = locked(response_id)
    require_visible(response, by=by)
    require_of_the_house(response, by=by)
    submission, link = queries.handed_in(response), queries.last_link(response)
    is_signed = submission is not None and submission.by_id is None and link is not None
    require(
        first_refusal(
            link_rules.may_return_to_vendor(ResponseState(response.state), is_signed_by_vendor=is_signed),
            rules.is_as_seen(response.revision, seen=seen, at=response.changed_at),
        )
    )
    assert submission is not None and link is not None, "the rule has seen both"
    response.state, response.decided_at = ResponseState.RETURNED, now
    response.save(update_fields=["state", "decided_at"])
    note_turn(response, by=by.account_id, now=now, reason=reason.strip(), submission=submission)
    assert by.account_id is not None, "people of the institution return"
    take_back(submission, by=by.account_id, now=now)
    _tell(ResponseReturned, response, submission, now=now)
    sending = link_rules.may_send(queries.send_facts(response, now=now), name=link.name)
    if sending.ok:
        send_link(response.pk, name=link.name, address=link.address, language=Language(link.language), by=by, now=now)
    return sending


@transaction.atomic
def return_for_correction(response_id: UUID, *, reason: str, seen: int, by: Viewer, now: datetime) -> Response:
    """Gives a response back with a written reason; what was handed in stays in its history."""
    require(rules.may_return(reason))
    response, submission = _decide(
        response_id, ResponseState.RETURNED, seen=seen, by=by, now=now, reason=reason.strip()
    )
    assert by.account_id is not None, "people decide, by their role"
    take_back(submission, by=by.account_id, now=now)
    _tell(ResponseReturned, response, submission, now=now)
    return response


def _decide(
    response_id: UUID, state: ResponseState, *, seen: int, by: Viewer, now: datetime, reason: str = ""
) -> tuple[Response, Submission]:
    response = locked(response_id)
    require_visible(response, by=by)
    require(
        first_refusal(
            access.may(by, Permission.RESPONSE_DECIDE, at=queries.place_of(response)),
            rules.may_decide(ResponseState(response.state), by=by.account_id, submitted_by=response.submitted_by_id),
            rules.is_as_seen(response.revision, seen=seen, at=response.changed_at),
        )
    )
    response.state, response.decided_at = state, now
    response.save(update_fields=["state", "decided_at"])
    submission = queries.handed_in(response)
    assert submission is not None, "what was submitted was handed in"
    note_turn(response, by=by.account_id, now=now, reason=reason, submission=submission)
    return response, submission


def _tell(event: type[ResponseMoved], response: Response, submission: Submission, *, now: datetime) -> None:
    publish(
        event(
            response.pk, response.edition_id, response.institution_id, response.occasion, now, submission.pk,
            submission.by_id,
        )
    )  # fmt: skip
