"""The re-check of a response: every rule of its instrument, on the server, whatever the program that showed the form
did.

Pure: it is told the answers and the moment, and never raises for what was sent.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sonae.core.instruments.answers import is_blank, unknown_as_of
from sonae.core.instruments.definition import ChoiceList, Item, Question, Section
from sonae.core.instruments.expressions.compiled import Compiled
from sonae.core.instruments.expressions.scope import Element, Exhausted, Frame, Place, Scope, World
from sonae.core.instruments.expressions.values import Nodes, Single, Value, single, to_number, to_text
from sonae.core.instruments.plan import MOST_ROWS, Plan, Step
from sonae.core.instruments.response_rules import LARGEST_NUMBER, UNKEPT
from sonae.core.instruments.vocabulary import AnswerKind, Fault, FindingReason
from sonae.kernel import calendar

ROW = "row"
_NO_ROWS: tuple[int, ...] = ()
_MOST_FINDINGS = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with one answer; `rows` are the numbers of the rows it stands in, the outermost first, from 1."""

    question: str
    reason: FindingReason
    rows: tuple[int, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that was found, which questions were not to be asked, and what the calculations came to.

    `not_asked` and `calculated` know a question by its id and the rows it stands in.
    """

    found: tuple[Finding, ...]
    not_asked: frozenset[tuple[str, tuple[int, ...]]]
    calculated: Mapping[tuple[str, tuple[int, ...]], Single]
    # What a filter leaves of the choices of a question that is asked; a question without a filter is not here.
    offered: Mapping[tuple[str, tuple[int, ...]], frozenset[str]] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return not self.found

    def asks(self, question: str, *rows: int) -> bool:
        """Whether the question was to be asked after the other answers."""
        return (question, rows) not in self.not_asked


def kept_of(findings: Findings) -> list[dict[str, object]]:
    """What the calculations came to, as it is kept with what was handed in: question, rows and value, as JSON has them.

    Dates are texts, and so are numbers that are none (NaN, Infinity), which no database keeps.
    """
    return [
        {"question": question, "rows": list(rows), "value": _as_json(value)}
        for (question, rows), value in findings.calculated.items()
    ]


def _as_json(value: Single) -> str | float:
    if isinstance(value, float) and math.isfinite(value) and abs(value) <= LARGEST_NUMBER:
        return value
    return UNKEPT.sub("\ufffd", to_text(value))


def check(
    plan: Plan,
    answers: object,
    *,
    now: datetime,
    last_saved: Mapping[str, Single] | None = None,
    chance: Callable[[], float] | None = None,
) -> Findings:
    """Every rule of the instrument against these answers.

    `answers` are fields: the answer of each question by its id, of a repeat or table a list of such fields; sections
    that do not repeat have no level of their own. `chance` gives numbers from 0 up to 1 to uuid() and random().
    """
    checking = _Checking(plan, now, last_saved or {}, chance)
    if not isinstance(answers, Mapping):
        return Findings((Finding("", FindingReason.NOT_FIELDS),), frozenset(), {})
    return checking.run(answers)


def not_asked(plan: Plan, answers: object, *, now: datetime) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Which questions these answers leave unasked: what `check` says of them, without judging any answer."""
    if not isinstance(answers, Mapping):
        return frozenset()
    return _Checking(plan, now, {}, None).unasked(answers)


@dataclass(slots=True, eq=False)
class _Row:
    """A frame, the fields that were sent for it, and the rows it stands in."""

    frame: Frame
    sent: Mapping[object, object]
    rows: tuple[int, ...] = _NO_ROWS
    # Its rows of each repeat and table that stands in it.
    below: dict[str, list["_Row"]] = field(default_factory=dict)


class _Checking:
    def __init__(
        self, plan: Plan, now: datetime, last_saved: Mapping[str, Single], chance: Callable[[], float] | None
    ) -> None:
        self._plan = plan
        self._today = calendar.jst_day(now)
        self._found: list[Finding] = []
        self._not_asked: list[tuple[str, tuple[int, ...]]] = []
        self._calculated: dict[tuple[str, tuple[int, ...]], Single] = {}
        self._offered: dict[tuple[str, tuple[int, ...]], frozenset[str]] = {}
        # The rows of every repeat by its id; those of the response itself stand under "".
        self._rows: dict[str, list[_Row]] = {}
        root = Frame({})
        self._world = World(
            now, root, last_saved, _Lists(plan), self._choice_name, chance or _no_chance, plan.instrument.edition
        )
        self._scope = Scope(self._world, root)

    def run(self, answers: Mapping[object, object]) -> Findings:
        try:
            self._decide_all(answers)
            for step in self._plan.asked:
                self._judge(step)
        except Exhausted:
            self._found.insert(0, Finding("", FindingReason.TOO_MUCH_TO_CHECK))
        return Findings(
            tuple(self._found[:_MOST_FINDINGS]), frozenset(self._not_asked), self._calculated, self._offered
        )

    def unasked(self, answers: Mapping[object, object]) -> frozenset[tuple[str, tuple[int, ...]]]:
        root = self._begin(answers).frame
        with contextlib.suppress(Exhausted):
            for step in self._plan.deciding:
                self._decide(step)
        for parent, ids in self._plan.following.items():
            if parent in root.hidden:
                self._not_asked += [(id_, _NO_ROWS) for id_ in ids]
        return frozenset(self._not_asked)

    def _begin(self, answers: Mapping[object, object]) -> _Row:
        top = _Row(self._world.root, answers)
        self._rows[""] = [top]
        return top

    def _decide_all(self, answers: Mapping[object, object]) -> None:
        self._look_for_unknown(self._begin(answers), "")
        for step in self._plan.steps:
            self._decide(step)

    def _choice_name(self, element: str, value: str) -> str:
        return self._plan.choice_words.get(element, {}).get(value, "")

    def _note(
        self, id_: str, reason: FindingReason, rows: tuple[int, ...], facts: Mapping[str, object] | None = None
    ) -> None:
        if len(self._found) < _MOST_FINDINGS:
            self._found.append(Finding(id_, reason, rows, facts or {}))

    # --- First: what is asked, what was answered, what it comes to; each element after those it looks at ---

    def _decide(self, step: Step) -> None:
        element, item = step.element, step.item
        id_ = element.id
        scope = self._scope
        rows = self._rows.get(_around(element), ())
        self._world.begin(2 * len(rows))
        for row in rows:
            frame = row.frame
            scope.frame = frame
            hidden = step.parent in frame.hidden
            if not hidden and step.relevant is not None:
                scope.value = ""
                hidden = not self._holds(step.relevant, id_, row)
            if hidden:
                self._hide(step, row)
            elif isinstance(item, Section):
                if item.is_repeat:
                    self._open_rows(step, row)
            elif item.table is not None:
                self._open_rows(step, row)
            elif step.calculation is not None:
                self._calculate(step, row)
            else:
                self._read(step, row)

    def _hide(self, step: Step, row: _Row) -> None:
        id_ = step.element.id
        row.frame.hidden.add(id_)
        item = step.item
        if isinstance(item, Section) and not item.is_repeat:
            return
        self._not_asked.append((id_, row.rows))
        is_calculated = step.calculation is not None
        if not is_calculated and id_ in row.sent and not is_blank(row.sent[id_]):
            self._note(id_, FindingReason.NOT_RELEVANT, row.rows)

    def _calculate(self, step: Step, row: _Row) -> None:
        id_ = step.element.id
        assert step.calculation is not None, "only calculations are calculated"
        # What `once(…)` keeps: the value that was sent, if it is one.
        self._scope.value = _as_sent(row.sent.get(id_))
        value = step.calculation.evaluate(self._scope)
        if isinstance(value, Fault):
            self._note(id_, FindingReason.NOT_DECIDED, row.rows)
            return
        kept = _kept(value)
        row.frame.values[id_] = kept
        self._calculated[id_, row.rows] = kept

    def _read(self, step: Step, row: _Row) -> None:
        id_ = step.element.id
        raw = row.sent.get(id_)
        if is_blank(raw):
            return
        moment = unknown_as_of(raw)
        if moment is not None:
            self._judge_unknown(step.item, moment, row)
            return
        assert step.read is not None, "every question can be read"
        value, wrong = step.read(raw, self._today)
        row.frame.values[id_] = value
        for one in wrong:
            self._note(id_, one.reason, row.rows, one.facts)

    def _judge_unknown(self, item: Item, moment: datetime, row: _Row) -> None:
        if not (isinstance(item, Question) and item.may_be_unknown):
            self._note(item.id, FindingReason.UNKNOWN_NOT_POSSIBLE, row.rows)
        elif moment > self._world.now:
            self._note(item.id, FindingReason.UNKNOWN_IN_FUTURE, row.rows, {"value": moment})

    def _open_rows(self, step: Step, around: _Row) -> None:
        """Makes the rows of a repeat or table in one row of what is around it."""
        id_ = step.element.id
        sent = around.sent.get(id_)
        opened = self._rows.setdefault(id_, [])
        if sent is None:
            return
        if not isinstance(sent, list | tuple):
            self._note(id_, FindingReason.NOT_A_LIST, around.rows)
            return
        if len(sent) + len(opened) > MOST_ROWS:
            self._note(id_, FindingReason.TOO_MANY_ROWS, around.rows, {"most": MOST_ROWS})
            return
        frames = around.frame.rows.setdefault(id_, [])
        for number, fields in enumerate(sent, 1):
            row = _Row(Frame({}, around.frame, number), fields, (*around.rows, number))
            if not isinstance(fields, Mapping):
                self._note(id_, FindingReason.NOT_FIELDS, row.rows)
                row.sent = {}
            frames.append(row.frame)
            opened.append(row)
            around.below.setdefault(id_, []).append(row)
            self._look_for_unknown(row, id_)

    def _look_for_unknown(self, row: _Row, repeat: str) -> None:
        """Reports fields that no question of this level has."""
        known = self._plan.names_in.get(repeat, frozenset())
        for name in row.sent:
            if name not in known and not (name == ROW and repeat):
                self._note(repeat, FindingReason.QUESTION_UNKNOWN, row.rows, {"name": str(name)[:80]})

    # --- Then: what is missing or breaks a rule, now that every value stands ---

    def _judge(self, step: Step) -> None:
        rows = self._rows.get(_around(step.element), ())
        self._world.begin(2 * len(rows))
        for row in rows:
            if step.element.id in row.frame.hidden:
                continue
            self._scope.frame = row.frame
            if isinstance(step.item, Section) or step.item.table is not None:
                self._judge_rows(step, row)
            else:
                self._judge_answer(step, step.item, row)

    def _judge_answer(self, step: Step, item: Question, row: _Row) -> None:
        id_ = step.element.id
        value = row.frame.values.get(id_, "")
        self._scope.value = value
        if step.offered is not None:
            self._work_out_offered(step.offered, id_, row)
        if value == "":
            is_answered = not is_blank(row.sent.get(id_))
            if not is_answered and self._is_required(step, row):
                self._note(id_, FindingReason.MISSING, row.rows)
            return
        if step.constraint is not None and not self._holds(step.constraint, id_, row):
            self._note(id_, FindingReason.CONSTRAINT_BROKEN, row.rows)
        if step.offered is not None and (id_, row.rows) in self._offered:
            self._judge_offered(self._offered[id_, row.rows], id_, item, row)

    def _is_required(self, step: Step, row: _Row) -> bool:
        if step.required is None:
            return step.is_always_required
        return self._holds(step.required, step.element.id, row)

    def _work_out_offered(self, offered: Compiled, id_: str, row: _Row) -> None:
        found = offered.evaluate(self._scope)
        if isinstance(found, Fault):
            self._note(id_, FindingReason.NOT_DECIDED, row.rows)
            return
        values = found.values if isinstance(found, Nodes) else ()
        self._offered[id_, row.rows] = frozenset(map(to_text, values))

    def _judge_offered(self, left: frozenset[str], id_: str, item: Question, row: _Row) -> None:
        value = to_text(self._scope.value)
        chosen = [value] if item.kind is AnswerKind.SINGLE else value.split()
        for one in chosen:
            if one not in left:
                self._note(id_, FindingReason.CHOICE_NOT_OFFERED, row.rows, {"value": one[:80]})

    def _judge_rows(self, step: Step, row: _Row) -> None:
        id_ = step.element.id
        frames = row.frame.rows.get(id_, [])
        least, most = self._wanted_rows(step, row)
        if len(frames) < least:
            self._note(id_, FindingReason.TOO_FEW_ROWS, row.rows, {"least": least})
        if most is not None and len(frames) > most:
            self._note(id_, FindingReason.TOO_MANY_ROWS, row.rows, {"most": most})
        item = step.item
        if isinstance(item, Question) and item.table is not None and item.table.rows:
            self._judge_named_rows(id_, frozenset(choice.value for choice in item.table.rows), row)

    def _wanted_rows(self, step: Step, row: _Row) -> tuple[int, int | None]:
        item = step.item
        if isinstance(item, Question):
            assert item.table is not None, "only tables and repeats have rows"
            least = max(item.table.least, 1 if self._is_required(step, row) else 0)
            named = len(item.table.rows)
            return max(least, named), named or item.table.most
        if step.count is None:
            return 0, None
        wanted = step.count.evaluate(self._scope)
        if isinstance(wanted, Fault):
            self._note(step.element.id, FindingReason.NOT_DECIDED, row.rows)
            return 0, None
        number = to_number(wanted)
        count = int(number) if 0 <= number <= MOST_ROWS else 0
        return count, count

    def _judge_named_rows(self, id_: str, names: frozenset[str], around: _Row) -> None:
        seen: set[object] = set()
        for row in around.below.get(id_, ()):
            name = str(row.sent.get(ROW, ""))
            if name not in names:
                self._note(id_, FindingReason.ROW_UNKNOWN, row.rows, {"value": name[:80]})
            elif name in seen:
                self._note(id_, FindingReason.ROW_TWICE, row.rows, {"value": name})
            seen.add(name)

    def _holds(self, rule: Compiled, id_: str, row: _Row) -> bool:
        found = rule.holds(self._scope)
        if isinstance(found, Fault):
            self._note(id_, FindingReason.NOT_DECIDED, row.rows)
            return True
        return found


def _no_chance() -> float:
    return 0.5


def _around(element: Element) -> str:
    return element.repeats[-1].id if element.repeats else ""


def _as_sent(raw: object) -> Single:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e300:
        return float(raw)
    return raw if isinstance(raw, str) else ""


def _kept(value: Value) -> Single:
    """A calculated value as it stands in a submission: a boolean becomes its word."""
    kept = single(value)
    return ("true" if kept else "false") if isinstance(kept, bool) else kept


class _Lists(Mapping[str, Place]):
    """The lists of choices as `instance('…')` finds them, made when they are first asked for."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made: dict[str, Place] = {}

    def __getitem__(self, name: str) -> Place:
        found = self._made.get(name)
        if found is None:
            found = self._made[name] = self._place(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._plan.layout.instances)

    def __len__(self) -> int:
        return len(self._plan.layout.instances)

    def _place(self, name: str) -> Place:
        element = self._plan.layout.instances[name]
        choices = next(found for found in self._plan.instrument.choice_lists if found.name == name)
        return Place(_frame_of(choices, self._plan.instrument.default_language or "ja"), element)


def _frame_of(choices: ChoiceList, language: str) -> Frame:
    frame = Frame({})
    for number, choice in enumerate(choices.choices, 1):
        words: dict[str, Single] = {f"label::{code}": text for code, text in choice.words.by_language}
        words |= {"name": choice.value, "label": choice.words.text(language), **dict(choice.columns)}
        frame.rows.setdefault("item", []).append(Frame(words, frame, number))
    return frame
