"""Reads of instruments: an edition made ready, what a response still lacks, and what it looked like when handed in."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.functional import lazy

from sonae.core.access import queries as grants
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents.models import Document
from sonae.core.institutions.models import VendorLink
from sonae.core.instruments import checks, link_rules, response_rules
from sonae.core.instruments.answer_book import writer
from sonae.core.instruments.answers import documents_in
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.definition import Question
from sonae.core.instruments.edition_rules import Term, in_force
from sonae.core.instruments.kept_definition import from_json
from sonae.core.instruments.link_rules import SendFacts
from sonae.core.instruments.models import AnswerLink, Edition, EditionFile, Response, Submission
from sonae.core.instruments.plan import Plan, reopened
from sonae.core.instruments.response_rules import Way
from sonae.core.instruments.vocabulary import AnswerKind, FilePurpose, FindingReason, ResponseRefusal, ResponseState
from sonae.core.web import words
from sonae.kernel.calendar import fiscal_year
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.kernel.errors import Conflict, NotAllowed
from sonae.kernel.ids import digest

# A plan of a large form holds a few megabytes; a ministry runs a handful of instruments at a time.
_PLANS_KEPT = 32
_plans: dict[tuple[str, str], Plan] = {}
_keeping = threading.Lock()


def edition_in_force(instrument: str, *, on: date) -> Edition | None:
    """The edition of an instrument in force on a day, in its newest version: the one that began last and has not ended.

    A day before the first edition has none.
    """
    terms = [
        (Term(found.rank, found.fiscal_year, found.valid_from, found.valid_until), found)
        for found in Edition.objects.current().filter(instrument=instrument)
    ]
    return in_force(terms, on=on)


def is_over(edition: Edition, *, on: date) -> bool:
    """Whether the time of an edition has ended, by the day that its file names."""
    return edition.valid_until is not None and edition.valid_until < on


def plan_of(edition: Edition) -> Plan:
    """The edition made ready for answers: once for each content in each process, and only then is more of it read.

    It opens for ever: from the instrument as it was read when it was published, whatever loaders refuse today.
    """
    known = _plans.get(_key(edition))
    if known is not None:
        return known
    file = _file_of(edition)
    plan = reopened(from_json(file.definition, shape=file.shape))
    keep_plan(edition, plan)
    return plan


def keep_plan(edition: Edition, plan: Plan) -> None:
    """Remembers the plan of an edition for as long as this process runs, or until newer ones take its place."""
    with _keeping:
        _plans[_key(edition)] = plan
        while len(_plans) > _PLANS_KEPT:
            del _plans[next(iter(_plans))]


def _key(edition: Edition) -> tuple[str, str]:
    # A file that does not give its instrument an id takes the one of its name.
    return edition.digest, edition.instrument


def definition_of(edition: Edition) -> str:
    """The instrument as JSON, as it was read when it was published (see `kept_definition`)."""
    return _file_of(edition).definition


def content_of(edition: Edition) -> bytes:
    """The file of an edition as it was published; raises Conflict where another has taken its place meanwhile."""
    return bytes(_file_of(edition).content)


def _file_of(edition: Edition) -> EditionFile:
    file = EditionFile.objects.filter(edition=edition, edition__digest=edition.digest).first()
    if file is None:
        raise Conflict(ResponseRefusal.EDITION_REPLACED)
    return file


def occasion_of(edition: Edition, *, on: date) -> str:
    """The occasion on which an institution answers of its own accord on a day: the fiscal year (April to March), else
    the edition itself. What is answered yearly is answered for the year of that day, however long its edition lasts."""
    if plan_of(edition).instrument.is_yearly:
        return str(fiscal_year(on))
    return str(edition.fiscal_year) if edition.fiscal_year else edition.edition


def begun_on(occasion: str, edition: Edition, *, institution_id: int, vendor_id: int | None = None) -> Response | None:
    """What an institution, or this vendor of it, has begun on an occasion under any version of the edition."""
    vendor = {"vendor": None} if vendor_id is None else {"vendor_id": vendor_id}
    return Response.objects.filter(
        edition__instrument=edition.instrument, edition__edition=edition.edition, institution_id=institution_id,
        occasion=occasion, **vendor,
    ).order_by("pk").first()  # fmt: skip


def said_by(response: Response) -> frozenset[UUID]:
    """Who had the last word on any answer of a response; sources and vendors, which have no account, are left out."""
    marks = (response.mark(question) for question in response.marks)
    return frozenset(mark.by for mark in marks if mark is not None and mark.by is not None)


def findings_of(response: Response, *, now: datetime) -> Findings:
    """What every rule of the instrument says about the answers as they stand."""
    return checks.check(plan_of(response.edition), response.answers, now=now)


def unasked(response: Response, *, now: datetime) -> tuple[Way, ...]:
    """Where in the answers something stands though it is not asked after the others: the repeats and tables with the
    numbers of their rows, the outermost first, then the question."""
    plan = plan_of(response.edition)
    return tuple(
        Way(plan.repeats_around(finding.question), finding.rows, finding.question)
        for finding in findings_of(response, now=now).found
        if finding.reason is FindingReason.NOT_RELEVANT
    )


def answers_for(response: Response, viewer: Viewer) -> Mapping[str, object]:
    """The answers that this viewer may read: whoever answers, as they stand; everybody else, as they were handed in.

    Nothing for whoever may not know of the response.
    """
    if answers_here(response, viewer):
        return response.answers
    submission = Submission.objects.visible_to(viewer).filter(response=response).order_by("-number").first()
    return {} if submission is None else submission.answers


def times_handed_in(response: Response) -> int:
    """The number of what was handed in last; 0 before the first time."""
    # Without reading the answers, of which there are many.
    numbers = response.submissions.order_by("-number").values_list("number", flat=True)
    return next(iter(numbers[:1]), 0)


def handed_in(response: Response) -> Submission | None:
    """What was handed in last; nothing before the first time."""
    return response.submissions.order_by("-number").first()


def last_submission(response: Response, viewer: Viewer) -> Submission:
    """What this viewer reads of what was handed in last; raises NotAllowed where nothing was handed in."""
    rows = Submission.objects.visible_to(viewer).filter(response=response).select_related("by")
    found = rows.order_by("-number").first()
    if found is None:
        raise NotAllowed(Refused(ResponseRefusal.NOTHING_SUBMITTED))
    return found


def answers_here(response: Response, viewer: Viewer) -> bool:
    """Whether this viewer answers: a person of the institution, the colleague it was handed to, the vendor by link."""
    if is_guest(response, viewer):
        return True
    if access.may(viewer, Permission.RESPONSE_ANSWER, at=place_of(response)).ok:
        return True
    if stands_in(response, viewer):
        return True
    # Handed over in person: not to a token of theirs, and only while they have a role at the institution.
    is_here = viewer.scopes is None and response.institution_id in viewer.institution_ids
    return is_here and response.handed_to_id is not None and response.handed_to_id == viewer.account_id


def is_guest(response: Response, viewer: Viewer) -> bool:
    """Whether this viewer is the vendor that was let in to this response by a link."""
    return viewer.admitted_to is not None and viewer.admitted_to == response.pk


def link_of_session(response_id: UUID, session: str) -> AnswerLink | None:
    """The link to this response whose session has this secret, whether it still lets anybody in or not."""
    links = AnswerLink.objects.select_related("response__institution", "sent_by")
    return links.filter(response_id=response_id, session_digest=digest(session)).first()


def link_holds(link: AnswerLink, *, now: datetime) -> Decision:
    """Whether a link still rests on what it was sent on (see `link_rules.holds`)."""
    sender = grants.viewer_of(link.sent_by_id, now=now)
    return link_rules.holds(
        works_here=vendor_works_here(link.response),
        sender_answers=link.sent_by.is_active and may_bind(link.response, sender).ok,
    )


def send_facts(response: Response, *, now: datetime) -> SendFacts:
    """What decides whether one more link may be sent for this response."""
    lately = AnswerLink.objects.filter(sent_at__gt=now - link_rules.LINKS_COUNT_FOR)
    return SendFacts(
        is_of_vendor=response.vendor_id is not None,
        works_here=vendor_works_here(response),
        for_response=lately.filter(response=response).count(),
        by_institution=lately.filter(response__institution_id=response.institution_id).count(),
    )


def vendor_works_here(response: Response) -> bool:
    """Whether the vendor of a response works for its institution now, by the register."""
    if response.vendor_id is None:
        return False
    links = VendorLink.objects.current().filter(institution_id=response.institution_id, vendor_id=response.vendor_id)
    return links.exists()


def last_link(response: Response) -> AnswerLink | None:
    """The link that was sent last for this response."""
    return response.links.order_by("-sent_at", "-pk").first()


def stands_in(response: Response, viewer: Viewer) -> bool:
    """Whether this viewer, in person, answers in place of the institution, and may still do there what allowed it."""
    if response.stand_in_id is None or response.stand_in_id != viewer.account_id or viewer.scopes is not None:
        return False
    return access.may(viewer, Permission(response.stand_in_needs), at=place_of(response)).ok


def may_bind(response: Response, viewer: Viewer) -> Decision:
    """Whether what this viewer hands in counts as handed in by the institution; not what a colleague only answers."""
    if stands_in(response, viewer):
        return ALLOWED
    return access.may(viewer, Permission.RESPONSE_ANSWER, at=place_of(response))


def title_of(plan: Plan, question: str) -> str:
    """What people call a question, in the language of whoever reads it: the number it has in the form, and its label.

    Its id where it has neither.
    """
    item = plan.items.get(question)
    if item is None:
        return question
    language = words.language()
    return " ".join(part for part in (item.number, item.words.text(language)) if part) or question


# The same, said when it is read: a refusal is told in both languages.
title_when_read = lazy(title_of, str)


def may_answer(response: Response, viewer: Viewer) -> Decision:
    """Whether this viewer may change answers of the response now."""
    if not answers_here(response, viewer):
        return access.may(viewer, Permission.RESPONSE_ANSWER, at=place_of(response))
    return response_rules.may_answer(ResponseState(response.state))


def may_attach(response: Response, question: str, viewer: Viewer) -> Decision:
    """Whether this viewer may attach a file as the answer to a question now."""
    decision = may_answer(response, viewer)
    if isinstance(decision, Refused):
        return decision
    plan = plan_of(response.edition)
    item = plan.items.get(question)
    asks = isinstance(item, Question) and item.kind is AnswerKind.FILE and question in takes_answers(plan)
    is_by_link = viewer.admitted_to is not None
    title = title_when_read(plan, question[: response_rules.LONGEST_ID])
    return response_rules.may_attach(is_file_question=asks, is_by_link=is_by_link, title=title)


def file_names(answer: object, *, before: object, response: Response, viewer: Viewer) -> dict[UUID, str]:
    """What the documents are called that an answer may name: those of the institution that were attached to a question
    and that this viewer may see or stored, and those that stand there already (`before`)."""
    named = set(documents_in(answer))
    if not named:
        return {}
    rows = Document.objects.filter(pk__in=named, institution_id=response.institution_id, purpose=FilePurpose.ANSWER)
    visible = Document.objects.visible_to(viewer).filter(pk__in=named)
    own = rows.filter(stored_by_id=viewer.account_id) if viewer.account_id else rows.none()
    in_sight = {*documents_in(before), *visible.values_list("pk", flat=True), *own.values_list("pk", flat=True)}
    return {pk: name for pk, name in rows.values_list("pk", "name") if pk in in_sight}


def file_questions(plan: Plan) -> frozenset[str]:
    """The ids of the questions that ask for a file, also in rows."""
    return frozenset(
        id_ for id_, item in plan.items.items() if isinstance(item, Question) and item.kind is AnswerKind.FILE
    )


def workbook_of(
    response: Response,
    viewer: Viewer,
    *,
    now: datetime,
    language: str,
    notes: Callable[[], Mapping[str, Sequence[str]]] = dict,
) -> bytes:
    """A response as a spreadsheet to fill in, with the answers that this viewer may read, and `notes` beside them."""
    edition = response.edition
    facts = writer.Facts(response.pk, edition.digest, response.revision, response.institution.name, written_at=now)
    return writer.write(plan_of(edition), answers_for(response, viewer), facts, language=language, notes=notes)


def takes_answers(plan: Plan) -> frozenset[str]:
    """The ids that an answer of a response may stand under: questions, tables, and sections that repeat.

    What stands inside a table or a repeat is answered in the rows of the outermost one.
    """
    return frozenset(step.element.id for step in plan.asked if not step.element.repeats)


def place_of(response: Response) -> Place:
    """Where the response is given: its institution, with the jurisdiction that inspects it."""
    return Place(institution_id=response.institution_id, jurisdiction_id=response.institution.jurisdiction_id)
