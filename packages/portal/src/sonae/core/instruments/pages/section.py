"""One page of a response: its questions as fields, what is wrong with each answer, and who gave it when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.accounts.models import Account
from sonae.core.instruments import entries, queries
from sonae.core.instruments.answers import document_in, is_blank
from sonae.core.instruments.checks import Finding, Findings
from sonae.core.instruments.definition import Instrument, Question
from sonae.core.instruments.entries import Seen
from sonae.core.instruments.models import Response
from sonae.core.instruments.outline import Leaf, Line
from sonae.core.instruments.pages import controls
from sonae.core.instruments.pages.beside import NOTHING, Beside, origin_words, row_origins
from sonae.core.instruments.pages.controls import Control
from sonae.core.instruments.pages.wording import answer_words, finding_words, label_of, say
from sonae.core.instruments.plan import is_plain
from sonae.core.instruments.response_rules import Mark
from sonae.core.instruments.vocabulary import AnswerKind, FindingReason
from sonae.core.web import words
from sonae.kernel.decision import Refused

_NOTHING: Mapping[str, Any] = {}
# Fields of the tables of one page: a form that is sent as a whole has 2,000 (DATA_UPLOAD_MAX_NUMBER_FIELDS), among them
# those of its other questions.
MOST_FIELDS = 1_500


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed that was not taken as it is: by question, with why, or until they choose."""

    answers: Mapping[str, object] = field(default_factory=dict)
    refused: Mapping[str, Refused] = field(default_factory=dict)
    conflicts: frozenset[str] = frozenset()


NOTHING_TYPED = Typed()


@dataclass(frozen=True, slots=True)
class Note:
    """What stands below a question: what is wrong, who answered when, and what somebody else said meanwhile."""

    problems: tuple[str, ...] = ()
    is_missing: bool = False
    said_by: str = ""
    origin: str = ""
    meanwhile: str = ""
    beside: Beside = NOTHING


@dataclass(frozen=True, slots=True)
class Attached:
    """The file of a question that asks for one: its name, and where it is read; both empty where there is none."""

    name: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One line of a page."""

    id: str
    question: str
    line: Line
    label: str
    hint: str
    guidance: str
    targets: tuple[str, ...]
    is_shown: bool
    is_required: bool
    control: Control | None
    grid: controls.Grid | None
    shown: str
    note: Note
    seen: Seen | None
    # Somebody else's answer beside one's own, until one of them is chosen.
    theirs: str = ""
    # A table with more rows than a page can send: it is shown, and answered by workbook.
    is_for_workbook: bool = False
    # A question that asks for a file, with the one that stands there.
    file: Attached | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether what is offered follows from other answers."""
        asked = (self.line.item, *self.line.columns)
        return any(isinstance(item, Question) and bool(item.choice_filter) for item in asked)

    @property
    def takes_answer(self) -> bool:
        return self.control is not None or self.grid is not None

    @property
    def is_in_conflict(self) -> bool:
        return bool(self.theirs)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the questions that are asked have an answer that stands as it is."""

    answered: int
    asked: int

    @property
    def is_done(self) -> bool:
        return self.answered == self.asked


def progress(leaf: Leaf, answers: Mapping[str, object], findings: Findings) -> Progress:
    asked = [id_ for id_ in leaf.ids if findings.asks(id_)]
    # What is refused on submission is still open, in a row of a table too.
    found = {finding.question for finding in findings.found}
    wrong = {line.item.id for line in leaf.lines if found & {line.item.id, *(column.id for column in line.columns)}}
    return Progress(sum(not is_blank(answers.get(id_)) and id_ not in wrong for id_ in asked), len(asked))


def blocks(
    response: Response,
    leaf: Leaf,
    *,
    findings: Findings,
    now: datetime,
    typed: Typed = NOTHING_TYPED,
    page_showed: Mapping[str, Seen] = _NOTHING,
    known: Mapping[str, Beside] = _NOTHING,
) -> list[Block]:
    """The lines of a page. `page_showed` is what a page that stays on the screen shows of each question, `known` what
    stands beside the answers."""
    drawing = _Drawing(response, findings, now, typed, page_showed)
    drawing.known = known
    drawing.names = names_of(_marks(response, leaf.ids))
    return [drawing.block(number, line) for number, line in enumerate(leaf.lines, 1)]


def attached(answer: object) -> Attached:
    """What stands where a file is asked for; a mere name came from another program, and is read there."""
    if is_blank(answer):
        return Attached()
    found = document_in(answer)
    if found is None:
        names = answer if isinstance(answer, list | tuple) else [answer]
        return Attached(" ".join(map(str, names)))
    return Attached(found[1], reverse("documents:detail", args=[found[0]]))


def names_of(marks: Iterable[Mark]) -> dict[UUID, str]:
    """What the people are called who gave these answers."""
    who = {mark.by for mark in marks if mark.by}
    return {account.pk: str(account) for account in Account.objects.filter(pk__in=who)} if who else {}


def _marks(response: Response, ids: Collection[str]) -> list[Mark]:
    return [mark for id_ in ids if (mark := response.mark(id_))]


class _Drawing:
    def __init__(
        self, response: Response, findings: Findings, now: datetime, typed: Typed, page_showed: Mapping[str, Seen]
    ) -> None:
        self.response, self.findings, self.now = response, findings, now
        self.typed, self.page_showed = typed, page_showed
        self.instrument: Instrument = queries.plan_of(response.edition).instrument
        self.names: Mapping[UUID, str] = {}
        self.known: Mapping[str, Beside] = {}
        self._fields_left = MOST_FIELDS
        self._found: dict[str, list[Finding]] = {}
        for finding in findings.found:
            self._found.setdefault(finding.question, []).append(finding)

    def block(self, number: int, line: Line) -> Block:
        item, id_ = line.item, f"q-{number}"
        question = item if isinstance(item, Question) else None
        stored = self.response.answers.get(item.id)
        is_shown = self._is_shown(line, stored)
        is_for_workbook = line.has_rows and is_shown and not self._has_room(line, stored)
        answers = not line.is_only_shown and is_shown and not is_for_workbook
        value = self.typed.answers.get(item.id, stored) if answers else stored
        return Block(
            id=id_,
            question=item.id,
            line=line,
            label=label_of(item),
            hint=say(item.hint),
            guidance=say(question.guidance) if question else "",
            targets=tuple(words.of(target) for target in question.targets) if question else (),
            is_shown=is_shown,
            is_required=_is_required(question),
            control=self._control(id_, line, value) if answers and not line.has_rows else None,
            grid=self._grid(id_, line, value) if answers and line.has_rows else None,
            shown=self._shown(line, stored, is_for_workbook=is_for_workbook),
            is_for_workbook=is_for_workbook,
            note=self._note(line, stored) if answers or line.takes_file else Note(),
            seen=self._seen(line, stored) if answers else None,
            theirs=self._answer_words(line, stored) if item.id in self.typed.conflicts else "",
            file=attached(stored) if line.takes_file and is_shown else None,
        )

    def _seen(self, line: Line, stored: object) -> Seen:
        showed = self.page_showed.get(line.item.id)
        return showed or entries.seen(line, stored, revision=self.response.revision, now=self.now)

    def _is_shown(self, line: Line, stored: object) -> bool:
        """What is asked; and what is not, while an answer stands there that has to be taken away."""
        if line.is_heading:
            return True
        return self.findings.asks(line.item.id) or not (line.is_only_shown or is_blank(stored))

    def _control(self, id_: str, line: Line, value: object) -> Control:
        assert isinstance(line.item, Question), "sections have rows"
        name = entries.name_of(line.item.id)
        offered = self.findings.offered.get((line.item.id, ()))
        fields = entries.entered(line, value)
        return controls.control(line.item, self.instrument, fields, name=name, id_=id_, offered=offered)

    def _grid(self, id_: str, line: Line, value: object) -> controls.Grid:
        origins = row_origins(self.response.mark(line.item.id), value)
        return controls.grid(line, self.instrument, value, id_=id_, findings=self.findings, origins=origins)

    def _has_room(self, line: Line, stored: object) -> bool:
        """Whether the fields of this table can be sent together with those of the tables before it."""
        fields = entries.rows_shown(line, stored) * sum(map(_fields_of, line.columns))
        if fields > self._fields_left:
            return False
        self._fields_left -= fields
        return True

    def _shown(self, line: Line, stored: object, *, is_for_workbook: bool) -> str:
        if is_for_workbook:
            return self._answer_words(line, stored)
        question = line.item if isinstance(line.item, Question) else None
        return self._worked_out(question, stored) if question and line.is_only_shown else ""

    def _worked_out(self, question: Question, stored: object) -> str:
        if question.kind is AnswerKind.NOTE:
            return ""
        found = self.findings.calculated.get((question.id, ()), stored)
        return answer_words(question, found, self.instrument)

    def _note(self, line: Line, stored: object) -> Note:
        id_ = line.item.id
        problems = list(self._problems(line))
        refused = self.typed.refused.get(id_)
        if refused is not None and id_ not in self.typed.conflicts:
            problems.insert(0, words.of(refused))
        mark = self.response.mark(id_)
        is_missing = any(finding.reason is FindingReason.MISSING for finding in self._found.get(id_, ()))
        return Note(
            problems=tuple(problems),
            is_missing=is_missing,
            said_by=self._said_by(mark) if mark else "",
            origin=origin_words(mark) if mark else "",
            meanwhile=self._meanwhile(line, stored),
            beside=self.known.get(id_, NOTHING),
        )

    def _problems(self, line: Line) -> Iterable[str]:
        item = line.item
        question = item if isinstance(item, Question) else None
        for finding in self._found.get(item.id, ()):
            if finding.reason is not FindingReason.MISSING:
                yield _in_row(finding, finding_words(finding, question), "")
        for column in line.columns:
            for finding in self._found.get(column.id, ()):
                yield _in_row(finding, finding_words(finding, column), label_of(column))

    def _said_by(self, mark: Mark) -> str:
        facts = {"name": self.names.get(mark.by, "") if mark.by else "", "moment": words.jst(mark.at)}
        return _("%(name)s, %(moment)s") % facts if facts["name"] else facts["moment"]

    def _meanwhile(self, line: Line, stored: object) -> str:
        """What stands there now, where the page on the screen shows something else."""
        showed = self.page_showed.get(line.item.id)
        if showed is None or line.item.id in self.typed.conflicts:
            return ""
        now = entries.seen(line, stored, revision=0, now=self.now)
        return self._answer_words(line, stored) if now.fingerprint != showed.fingerprint else ""

    def _answer_words(self, line: Line, value: object) -> str:
        if isinstance(line.item, Question):
            return answer_words(line.item, value, self.instrument)
        count = len(value) if isinstance(value, list | tuple) else 0
        return _("%(count)s rows") % {"count": words.number(count)}


def _fields_of(column: Question) -> int:
    """How many fields a cell of this column has at most."""
    dates = column.dates.rounds + 1 if column.dates else 0
    return 1 + dates + column.may_be_unknown


def _is_required(question: Question | None) -> bool:
    return question is not None and bool(question.required) and is_plain(question.required)


def _in_row(finding: Finding, sentence: str, column: str) -> str:
    if not finding.rows:
        return sentence
    facts = {"row": finding.rows[-1], "column": column, "sentence": sentence}
    if not column:
        return _("Row %(row)s: %(sentence)s") % facts
    return _("Row %(row)s, “%(column)s”: %(sentence)s") % facts
