from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Router
from pydantic import Field

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.core.duties import catalogue, services
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import DutyState
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Limit, Moment, Strict, cursor_page

router = Router(tags=["duties"])

RuleName = Annotated[str, Field(pattern="^[a-z0-9.-]*$", max_length=80)]
Text = Annotated[str, Field(max_length=1000)]


class Words(Answer):
    ja: str
    en: str


class DutyRow(Answer):
    """A duty: who owes what by which rule, until when, and what became of it."""

    id: UUID
    rule: str
    title: Words
    recipient: str
    institution_id: int | None
    subject: str
    subject_id: str
    known_at: datetime
    due_at: datetime
    first_due_at: datetime
    state: DutyState
    ended_at: datetime | None
    ended_note: str
    evidence_id: UUID | None


class DutyDetail(DutyRow):
    """A duty with its reason and source."""

    why: Words
    source: Words
    source_url: str
    source_is_unverified: bool


class DutyPage(Answer):
    items: list[DutyRow]
    next_cursor: str


class Fulfilment(Strict):
    """What was done."""

    note: Text


class Waiver(Strict):
    """Why the duty is lifted."""

    why: Text


class Redating(Strict):
    """Until when instead, and why."""

    due_at: Moment
    why: Text


@router.get("/duties", auth=Door(Permission.DUTY_READ), response=DutyPage)
def list_duties(
    request: SonaeRequest, state: DutyState | None = None, rule: RuleName = "", cursor: str = "", limit: Limit = 100
) -> DutyPage:
    """The duties the caller may see, in the order in which they were imposed."""
    rows = Duty.objects.visible_to(request.viewer)
    if state is not None:
        rows = rows.filter(state=state)
    if rule:
        rows = rows.filter(rule=rule)
    found, next_cursor = cursor_page(rows, cursor=cursor, limit=limit, parse=UUID)
    return DutyPage(items=[_row(duty) for duty in found], next_cursor=next_cursor)


@router.get("/duties/{uuid:duty_id}", auth=Door(Permission.DUTY_READ), response=DutyDetail)
def read_duty(request: SonaeRequest, duty_id: UUID) -> DutyDetail:
    """One duty with its reason and its source."""
    return _detail(visible_or_404(Duty.objects, request.viewer, pk=duty_id))


@router.post(
    "/duties/{uuid:duty_id}/fulfilment",
    auth=Door(Permission.DUTY_READ),
    response=DutyDetail,
)
def fulfil_duty(request: SonaeRequest, duty_id: UUID, body: Fulfilment) -> DutyDetail:
    """Declares a duty fulfilled."""
    return _detail(services.fulfil(duty_id, note=body.note, by=request.viewer, now=request.now))


@router.post("/duties/{uuid:duty_id}/waiver", auth=Door(Permission.DUTY_WAIVE), response=DutyDetail)
def waive_duty(request: SonaeRequest, duty_id: UUID, body: Waiver) -> DutyDetail:
    """Lifts a duty."""
    return _detail(services.waive(duty_id, why=body.why, by=request.viewer, now=request.now))


@router.post("/duties/{uuid:duty_id}/due-moment", auth=Door(Permission.DUTY_REDATE), response=DutyDetail)
def redate_duty(request: SonaeRequest, duty_id: UUID, body: Redating) -> DutyDetail:
    """Moves the due moment of a duty; the first one stays on record."""
    return _detail(services.redate(duty_id, due_at=body.due_at, why=body.why, by=request.viewer, now=request.now))


def _columns(duty: Duty) -> dict[str, object]:
    return {
        "id": duty.pk,
        "rule": duty.rule,
        "title": _words(catalogue.titles_of(duty.rule, duty.rule_edition, duty.facts)),
        "recipient": duty.recipient,
        "institution_id": duty.institution_id,
        "subject": duty.subject,
        "subject_id": duty.subject_id,
        "known_at": duty.known_at,
        "due_at": duty.due_at,
        "first_due_at": duty.first_due_at,
        "state": duty.state,
        "ended_at": duty.ended_at,
        "ended_note": duty.ended_note,
        "evidence_id": duty.evidence_id,
    }


def _row(duty: Duty) -> DutyRow:
    return DutyRow.model_validate(_columns(duty))


def _detail(duty: Duty) -> DutyDetail:
    rule = catalogue.rule_of(duty.rule, duty.rule_edition)
    return DutyDetail.model_validate(
        _columns(duty)
        | {
            "why": _words(rule.why),
            "source": _words(rule.source.title),
            "source_url": rule.source.url,
            "source_is_unverified": rule.source.unverified,
        }
    )


def _words(text: InTwoLanguages) -> Words:
    return Words(ja=text.ja, en=text.en)
