"""The pages about a whole response: where it stands, what is still open, what was answered, what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import catalogue as texts
from sonae.core.instruments import checks, comparisons, occasions, queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.answers import is_blank
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.definition import Instrument, Question
from sonae.core.instruments.forms import HandOverForm, LinkForm, ReturnForm
from sonae.core.instruments.models import Edition, Response, Submission, Turn
from sonae.core.instruments.outline import Leaf, Line, leaves
from sonae.core.instruments.pages.addresses import PORTAL, addresses, page_address
from sonae.core.instruments.pages.beside import NOTHING, beside, notes
from sonae.core.instruments.pages.section import Progress, attached, progress
from sonae.core.instruments.pages.vendor import vendor_link
from sonae.core.instruments.pages.wording import answer_in_full, finding_words, label_of, say, title_of
from sonae.core.instruments.vocabulary import AnswerKind, FindingReason, Respondent, ResponseState
from sonae.core.web import words
from sonae.core.web.components import Moment, Tone
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import first_refusal

_TONES = {
    ResponseState.DRAFT: Tone.NEUTRAL,
    ResponseState.SUBMITTED: Tone.INFO,
    ResponseState.RETURNED: Tone.WARNING,
    ResponseState.ACCEPTED: Tone.SUCCESS,
}


@dataclass(frozen=True, slots=True)
class Part:
    """A page of the response in its table of contents."""

    href: str
    label: str
    progress: Progress
    problems: int
    # The numbers of the pages whose open answers decide whether anything is asked here; none where that is decided.
    waits_for: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """One point that keeps the response from being submitted; what is only missing needs no sentence."""

    href: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the response as it is read: a heading, or a question with its answer, or with rows of answers."""

    label: str
    question: str = ""
    answer: str = ""
    is_heading: bool = False
    # Where a file that was attached is read.
    href: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()


def head(response: Response, *, door: str = PORTAL) -> dict[str, Any]:
    """What every page of a response says of it."""
    state = ResponseState(response.state)
    return {
        "response": response,
        "title": title_of(response.edition),
        "state": words.of(state),
        "tone": _TONES[state],
        "place": _place(response),
        "to": addresses(response, door=door),
    } | _source(response.edition)


def _source(edition: Edition) -> dict[str, Any]:
    source = queries.plan_of(edition).instrument.source
    return {"source": source, "source_title": texts.in_language(source.title) if source else ""}


def overview(
    response: Response,
    *,
    viewer: Viewer,
    now: datetime,
    hand_over: HandOverForm | None = None,
    returning: ReturnForm | None = None,
    link: LinkForm | None = None,
    vendor_returning: ReturnForm | None = None,
) -> dict[str, Any]:
    """The page of one response; a form that was refused comes back with what was typed."""
    place, state = queries.place_of(response), ResponseState(response.state)
    answers_here = queries.answers_here(response, viewer)
    is_open = rules.may_answer(state).ok
    is_of_the_house = access.may(viewer, Permission.RESPONSE_ANSWER, at=place).ok
    page = head(response) | {
        "answers_here": answers_here,
        "is_open": is_open,
        "history": history(response),
        "occasion": occasions.names_of([response.occasion])[response.occasion],
        "vendor_link": vendor_link(response, viewer=viewer, now=now, form=link, returning=vendor_returning),
        "shows_submission": is_open and queries.may_bind(response, viewer).ok,
        "shows_decision": state is ResponseState.SUBMITTED
        and access.may(viewer, Permission.RESPONSE_DECIDE, at=place).ok,
        "may_decide": rules.may_decide(state, by=viewer.account_id, submitted_by=response.submitted_by_id),
        # Who works at the institution is nothing for whoever stands in for it.
        "hand_over": (hand_over or HandOverForm(response=response, by=viewer, now=now))
        if is_open and is_of_the_house
        else None,
        "returning": returning or ReturnForm(),
        "handed_to": str(response.handed_to) if response.handed_to else "",
        "superseded": superseded(response.edition, on=jst_day(now)),
    }
    if not answers_here:
        return page
    findings = queries.findings_of(response, now=now)
    items = queries.plan_of(response.edition).items.values()
    return page | {
        "has_sources": any(isinstance(item, Question) and item.prefill for item in items),
        "parts": parts(response, findings),
        "open_points": open_points(response, findings),
        "not_asked": has_unasked(findings),
        **doubts(response, viewer=viewer, now=now),
        "may_submit": first_refusal(
            queries.may_bind(response, viewer),
            rules.may_submit(state, open_findings=len(findings.found)),
        ),
    }


def doubts(response: Response, *, viewer: Viewer, now: datetime, door: str = PORTAL) -> dict[str, list[Open]]:
    """What should be looked at before the response is submitted, though nothing forbids it: answers that nobody has
    looked at, and those against which the evidence speaks."""
    places = {id_: place for leaf in leaves_of(response) for id_, place in _places(response, leaf, door)}
    known = beside(response, response.answers, viewer=viewer, now=now)
    unlooked, doubtful = [], []
    for id_, (href, label, _question) in places.items():
        about = known.get(id_, NOTHING)
        if about.is_unlooked:
            unlooked.append(Open(href, label, ""))
        doubtful += [Open(href, label, sentence) for sentence in about.contradictions]
    return {"unlooked": unlooked, "doubtful": doubtful}


def has_unasked(findings: Findings) -> bool:
    """Whether something stands where nothing is asked any more."""
    return any(finding.reason is FindingReason.NOT_RELEVANT for finding in findings.found)


def leaves_of(response: Response) -> tuple[Leaf, ...]:
    return leaves(queries.plan_of(response.edition).instrument)


def place_of(response: Response, question: str) -> tuple[Leaf, Line]:
    """The page and the line on which a question of the form stands."""
    return next((leaf, line) for leaf in leaves_of(response) for line in leaf.lines if line.item.id == question)


def leaf_title(leaf: Leaf) -> str:
    text = say(leaf.words) or _("General")
    return f"{leaf.printed_number} {text}" if leaf.printed_number else text


def parts(response: Response, findings: Findings, *, door: str = PORTAL) -> list[Part]:
    """The pages of the response, each with how far it is."""
    found, waits = [], _Waits(response, findings)
    for leaf in leaves_of(response):
        ids = leaf.ids | {column.id for line in leaf.lines for column in line.columns}
        problems = sum(finding.question in ids for finding in findings.found)
        found.append(
            Part(
                page_of(response, leaf, door=door),
                leaf_title(leaf),
                progress(leaf, response.answers, findings),
                problems,
                waits.pages_for(leaf.ids),
            )
        )
    return found


class _Waits:
    """What has to be answered before it is known whether a question is asked."""

    def __init__(self, response: Response, findings: Findings) -> None:
        self._response, self._findings = response, findings
        self._steps = {step.element.id: step for step in queries.plan_of(response.edition).steps}
        self._pages = {
            id_: leaf.number
            for leaf in leaves_of(response)
            for line in leaf.lines
            for id_ in (line.item.id, *(column.id for column in line.columns))
        }

    def pages_for(self, questions: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the pages on which something is open that decides about these; none while one is asked."""
        waiting, seen, pages = list(questions), set[str](), set[int]()
        if any(map(self._findings.asks, waiting)):
            return ()
        while waiting:
            id_ = waiting.pop()
            seen.add(id_)
            for other in self._looked_at(id_) - seen:
                is_open = is_blank(self._response.answers.get(other))
                if is_open and self._findings.asks(other) and other in self._pages:
                    pages.add(self._pages[other])
                elif is_open:
                    waiting.append(other)
        return tuple(sorted(pages))

    def _looked_at(self, id_: str) -> set[str]:
        """What the conditions of a question and of the sections around it look at."""
        step, found = self._steps.get(id_), set[str]()
        while step is not None:
            found |= step.relevant.looks_at if step.relevant else frozenset()
            step = self._steps.get(step.parent)
        return found


def open_points(response: Response, findings: Findings, *, door: str = PORTAL) -> list[Open]:
    """Everything that is still missing or wrong, in the order of the pages, each with the way to its question."""
    places = {id_: place for leaf in leaves_of(response) for id_, place in _places(response, leaf, door)}
    order = {id_: number for number, id_ in enumerate(places)}
    found = []
    for finding in sorted(findings.found, key=lambda one: order.get(one.question, len(order))):
        href, label, question = places.get(finding.question, ("", title_of(response.edition), None))
        sentence = "" if finding.reason is FindingReason.MISSING else finding_words(finding, question)
        found.append(Open(href, label, sentence))
    return found


def page_of(response: Response, leaf: Leaf, *, door: str = PORTAL) -> str:
    return page_address(response, leaf.number, door=door)


def history(response: Response) -> list[Moment]:
    """What became of the response so far, the newest first."""
    turns = response.turns.select_related("by", "submission").order_by("-pk")
    return [
        Moment(
            turn.at,
            words.of(ResponseState(turn.state)),
            text=turn.reason,
            by=_who(turn),
            tone=_TONES[ResponseState(turn.state)],
        )
        for turn in turns
    ]


def _who(turn: Turn) -> str:
    """Who made a step: somebody with an account, or who signed for the vendor."""
    if turn.by is not None:
        return str(turn.by)
    signed = turn.submission
    if signed is None or turn.state != ResponseState.SUBMITTED:
        return ""
    return signer(signed)


def signer(submission: Submission) -> str:
    """Who handed in: somebody with an account, or who signed for the vendor."""
    if submission.by is not None:
        return str(submission.by)
    return _("%(name)s, %(position)s") % {"name": submission.signed_name, "position": submission.signed_position}


def sheet(response: Response, *, viewer: Viewer, now: datetime, door: str = PORTAL) -> dict[str, Any]:
    """The whole response to be read or printed, as far as this viewer may read it."""
    page = head(response, door=door) | {"history": history(response)}
    answers_here = queries.answers_here(response, viewer)
    if response.submitted_at is None and not answers_here:
        return page | {"read": []}
    plan = queries.plan_of(response.edition)
    answers = queries.answers_for(response, viewer)
    # What was worked out is shown as it was when it was handed in, not as it would be today.
    submission = None if answers_here else queries.handed_in(response)
    findings = checks.check(plan, answers, now=submission.at if submission else now)
    told = notes(response, viewer=viewer, now=now)
    return page | {"read": read_through(plan.instrument, answers, findings, notes=told)}


def read_through(
    instrument: Instrument, answers: Mapping[str, object], findings: Findings, *, notes: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, list[Said]]]:
    """Every question that is asked or answered, page by page, with its answer and the sentences beside it."""
    read = [
        (
            leaf_title(leaf),
            [
                replace(said, notes=notes.get(line.item.id, ()))
                for line in leaf.lines
                if (said := _said(line, answers, findings, instrument))
            ],
        )
        for leaf in leaves(instrument)
    ]
    return [(title, lines) for title, lines in read if lines]


def edition_page(edition: Edition) -> dict[str, Any]:
    """The page of one edition: what it is, where it comes from, what it asks."""
    return {
        "edition": edition,
        "title": title_of(edition),
        "respondent": words.of(Respondent(edition.respondent)),
        "outline": outline(edition),
        "earlier_editions": comparisons.earlier_editions(edition),
    } | _source(edition)


def superseded(edition: Edition, *, on: date) -> dict[str, str]:
    """A notice for an edition whose time is over: since when, and which one is in force; nothing while it lasts."""
    if not queries.is_over(edition, on=on):
        return {}
    assert edition.valid_until is not None, "asked above"
    told = {
        "title": _("Superseded: this form was in force until %(day)s.") % {"day": words.jdate(edition.valid_until)},
        "text": _("No edition that is in force today is here."),
    }
    later = queries.edition_in_force(edition.instrument, on=on)
    if later is None:
        return told
    source = queries.plan_of(later).instrument.source
    sentences = [_("In force today: %(title)s (%(edition)s).") % {"title": title_of(later), "edition": later.edition}]
    if source is not None and source.unverified:
        sentences.append(_("Its wording has not been checked against the official form yet (to be confirmed)."))
    sentences.append(_("What was answered in the superseded form stays readable."))
    return told | {
        "text": " ".join(sentences) if not words.is_japanese() else "".join(sentences),
        "href": reverse("instruments:edition", args=[later.pk]),
        "action": _("Go to the edition in force"),
    }


def outline(edition: Edition) -> list[tuple[str, list[str]]]:
    """What an edition asks, page by page."""
    found = leaves(queries.plan_of(edition).instrument)
    return [
        (leaf_title(leaf), [label_of(line.item) for line in leaf.lines if line.item.id in leaf.ids]) for leaf in found
    ]


def _places(response: Response, leaf: Leaf, door: str) -> Iterator[tuple[str, tuple[str, str, Question | None]]]:
    for number, line in enumerate(leaf.lines, 1):
        href = f"{page_of(response, leaf, door=door)}#q-{number}"
        item = line.item
        yield item.id, (href, label_of(item), item if isinstance(item, Question) else None)
        for column in line.columns:
            yield column.id, (href, f"{label_of(item)}: {label_of(column)}", column)


def _said(line: Line, answers: Mapping[str, object], findings: Findings, instrument: Instrument) -> Said | None:
    item = line.item
    if line.is_heading:
        return Said(label_of(item), is_heading=True)
    value = answers.get(item.id)
    if not findings.asks(item.id) and is_blank(value):
        return None
    if isinstance(item, Question) and not line.has_rows:
        if item.kind is AnswerKind.NOTE:
            return None
        shown = answer_in_full(item, findings.calculated.get((item.id, ()), value), instrument)
        return Said(label_of(item), item.id, shown, href=attached(value).href if line.takes_file else "")
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []
    named = item.table.rows if isinstance(item, Question) and item.table else ()
    names = {choice.value: say(choice.words) or choice.value for choice in named}
    return Said(
        label_of(item),
        item.id,
        columns=(*([_("Row")] if named else []), *map(label_of, line.columns)),
        rows=tuple(
            (
                *([names.get(str(row.get(checks.ROW)), "")] if named else []),
                *(answer_in_full(column, row.get(column.id), instrument) for column in line.columns),
            )
            for row in rows
        ),
    )


def _place(response: Response) -> str:
    if response.vendor is None:
        return str(response.institution)
    return _("%(vendor)s, about %(institution)s") % {"vendor": response.vendor, "institution": response.institution}
