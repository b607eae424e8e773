"""Answering: saving answers one by one, handing a response to a colleague."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from sonae.core.access import queries as grants
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.instruments import queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.answers import bare_names_in, documents_in, with_names
from sonae.core.instruments.models import Response, Submission, Turn
from sonae.core.instruments.response_rules import Mark
from sonae.core.instruments.services.filling import fill_in_opened
from sonae.core.instruments.vocabulary import Origin, ResponseRefusal
from sonae.kernel.decision import ALLOWED, Decision, Refused, require
from sonae.kernel.errors import Gone, NotAllowed


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of answers that were sent: the response as it stands now, and why some were not taken.

    `refused` knows them by question id. An answer that somebody else changed meanwhile is refused with
    CHANGED_MEANWHILE, and theirs stands.
    """

    response: Response
    saved: frozenset[str] = frozenset()
    refused: Mapping[str, Refused] = field(default_factory=dict)


@transaction.atomic
def save_answers(
    response_id: UUID,
    answers: Mapping[str, object],
    *,
    seen: int,
    by: Viewer,
    now: datetime,
    origin: Origin = Origin.TYPED,
    source: str = "",
) -> Kept:
    """Saves answers, right or wrong: what a rule says against them is shown beside them and asked again on submission.

    `seen` is the revision of the response that whoever answers last saw; what somebody else changed since then is not
    written over. Saying what stands there already changes nothing.
    """
    response = locked_for_answers(response_id, by=by)
    plan = queries.plan_of(response.edition)
    takes, files = queries.takes_answers(plan), queries.file_questions(plan)
    refused: dict[str, Refused] = {}
    changed: dict[str, object] = {}
    for question, value in answers.items():
        title = queries.title_when_read(plan, question)
        decision = rules.may_hold(question, value, known=plan.names, takes=takes, title=title)
        before, said = response.answers.get(question), value
        if decision.ok:
            decision, said = _with_files(response, question, value, title=title, files=files, by=by)
        if decision.ok and not rules.is_same(before, said):
            decision = rules.may_replace(response.mark(question), seen=min(seen, response.revision))
            if decision.ok:
                changed[question] = said
        if isinstance(decision, Refused):
            refused[question] = decision
    if changed:
        before_them = queries.findings_of(response, now=now)
        _put(response, changed, _mark(response, by=by, now=now, origin=origin, source=source), by=by)
        fill_in_opened(response, before_them, now=now)
    return Kept(response, frozenset(changed), refused)


def _with_files(
    response: Response, question: str, value: object, *, title: object, files: Collection[str], by: Viewer
) -> tuple[Decision, object]:
    """Whether the files that an answer names may stand there, and the answer with each by the name it was kept under.

    A name without a document is no file here: only what stands there already, from another program, stays.
    """
    before = response.answers.get(question)
    names = queries.file_names(value, before=before, response=response, viewer=by)
    bare = set(bare_names_in(question, value, files=files)) - set(bare_names_in(question, before, files=files))
    if bare or any(id_ not in names for id_ in documents_in(value)):
        return Refused(ResponseRefusal.FILE_NOT_ON_RECORD, {"question": question, "title": title}), value
    return ALLOWED, with_names(value, names) if names else value


@transaction.atomic
def clear_unasked(response_id: UUID, *, seen: int, by: Viewer, now: datetime) -> Kept:
    """Empties the answers to questions that are not asked any more after the other answers, in rows of tables too.

    What somebody else changed after `seen` stands, and is refused with CHANGED_MEANWHILE. `saved` names the questions
    whose answers were emptied; of a table, the table.
    """
    response = locked_for_answers(response_id, by=by)
    wanted = rules.without(response.answers, queries.unasked(response, now=now))
    changed: dict[str, object] = {}
    refused: dict[str, Refused] = {}
    for question, value in wanted.items():
        decision = rules.may_replace(response.mark(question), seen=min(seen, response.revision))
        if isinstance(decision, Refused):
            refused[question] = decision
        else:
            changed[question] = value
    if changed:
        _put(response, changed, _mark(response, by=by, now=now), by=by)
    return Kept(response, frozenset(changed), refused)


@transaction.atomic
def hand_over(response_id: UUID, *, to: UUID, by: Viewer, now: datetime) -> Response:
    """Asks a colleague of the institution to go on with the answers; submitting stays with those who may by role."""
    response = locked_for_answers(response_id, by=by)
    require(access.may(by, Permission.RESPONSE_ANSWER, at=queries.place_of(response)))
    if response.institution_id not in grants.viewer_of(to, now=now).institution_ids:
        raise NotAllowed(Refused(ResponseRefusal.COLLEAGUE_MAY_NOT_ANSWER))
    response.handed_to_id = to
    response.save(update_fields=["handed_to"])
    record("response.hand-over", response, by=by.account_id, now=now, facts={"to": str(to)})
    return response


def locked_for_answers(response_id: UUID, *, by: Viewer) -> Response:
    """The response, locked, if this viewer may answer it now; raises Gone where they may not know of it."""
    response = locked(response_id)
    if not queries.answers_here(response, by):
        require_visible(response, by=by)
    require(queries.may_answer(response, by))
    return response


def require_of_the_house(response: Response, *, by: Viewer) -> None:
    """Refuses whoever answers only because it was handed to them: what binds the institution is not theirs to do."""
    require(queries.may_bind(response, by))


def require_visible(response: Response, *, by: Viewer) -> None:
    """Raises Gone for whoever may not know of the response."""
    if not Response.objects.visible_to(by).filter(pk=response.pk).exists():
        raise Gone("response", response.pk)


def locked(response_id: UUID) -> Response:
    """The response with its edition and institution, locked until the end of the transaction."""
    rows = Response.objects.select_for_update(of=("self",)).select_related("edition", "institution")
    response = rows.filter(pk=response_id).order_by("pk").first()
    if response is None:
        raise Gone("response", response_id)
    return response


def note_turn(
    response: Response, *, by: UUID | None, now: datetime, reason: str = "", submission: Submission | None = None
) -> None:
    """Writes down that the response came to the state in which it is; `submission` is what the step is about.

    Without `by` it was a vendor, by its link.
    """
    Turn.objects.create(
        response=response, state=response.state, at=now, by_id=by, reason=reason, revision=response.revision,
        submission=submission,
    )  # fmt: skip
    record(f"response.{response.state}", response, by=by, now=now, facts={"revision": response.revision})


def _mark(response: Response, *, by: Viewer, now: datetime, origin: Origin = Origin.TYPED, source: str = "") -> Mark:
    """The next word on a response; of a vendor that came by a link it says which vendor it was.

    Of an officer who stands in for the institution it says that it was entered by proxy.
    """
    if queries.stands_in(response, by):
        origin = Origin.PROXY
    if queries.is_guest(response, by):
        origin, source = Origin.VENDOR, " / ".join(filter(None, (str(response.vendor), source)))
    return Mark(response.revision + 1, now, by.account_id, origin, source[: rules.LONGEST_SOURCE])


def confirmed(source: str, response: Response, *, by: Viewer) -> str:
    """What the source of an answer is called after somebody let it stand: with who it was, if not of the house."""
    who: object = ""
    if queries.stands_in(response, by):
        who = response.stand_in
    if queries.is_guest(response, by):
        who = response.vendor
    if not who:
        return source
    # Who confirmed is never what is cut off.
    name = str(who)[: rules.LONGEST_SOURCE // 2]
    return " / ".join(filter(None, (source[: rules.LONGEST_SOURCE - len(name) - 3], name)))


def _put(response: Response, answers: Mapping[str, object], mark: Mark, *, by: Viewer) -> None:
    for question, value in answers.items():
        before = response.mark(question)
        # Which rows of a table were taken over is told by their content: those that stay say it still.
        response.put(question, value, replace(mark, rows=before.rows) if before and before.rows else mark)
    require(rules.may_grow(response.answers))
    save_said(response, by=by, now=mark.at)


def save_said(response: Response, *, by: Viewer, now: datetime) -> None:
    """Saves what somebody said to the questions; where it was the institution itself, nobody stands in for it now."""
    if response.stand_in_id is not None and not queries.stands_in(response, by):
        response.stand_in, response.stand_in_needs = None, ""
    response.changed_at = now
    response.save(update_fields=["answers", "marks", "revision", "changed_at", "stand_in", "stand_in_needs"])


def record(verb: str, response: Response, *, by: UUID | None, now: datetime, facts: Mapping[str, object]) -> None:
    """Writes a step of a response into the audit log."""
    # Who changed which answer stands beside the answer; the chain keeps the steps, and never what was answered.
    audit.record(
        verb, subject="response", subject_id=response.pk, by=by, now=now, institution_id=response.institution_id,
        facts=facts,
    )  # fmt: skip
