"""An instrument made ready for answers: its expressions compiled, its questions in the order in which they can be
decided."""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from sonae.core.instruments import known
from sonae.core.instruments.answers import Read, reader_of
from sonae.core.instruments.definition import Instrument, Item, Question, Section, questions, sections
from sonae.core.instruments.expressions import syntax
from sonae.core.instruments.expressions.compiled import Compiled, compile_expression
from sonae.core.instruments.expressions.layout import Layout, empty_layout
from sonae.core.instruments.expressions.scope import Element, ElementKind, Scope, Spent
from sonae.core.instruments.expressions.values import Value
from sonae.core.instruments.vocabulary import OTHER, AnswerKind, DefinitionProblem, Fault

MOST_ROWS = 1_000
MOST_QUESTIONS = 10_000
# All expressions together: reading them costs about a second for 50,000.
MOST_LETTERS = 100_000
INSTANCE_ID = "instanceID"
# The variant of a choice out of the sheet `external_choices` of an XLSForm.
EXTERNAL = "external"
_NEVER_UNKNOWN = frozenset({AnswerKind.NOTE, AnswerKind.CALCULATE, AnswerKind.AUTOMATIC, AnswerKind.TABLE})


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an instrument: where (id and part of a question or section), and what."""

    reason: DefinitionProblem
    id: str
    part: str = ""
    fault: Fault | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One element of the form, ready to be looked at in every row in which it stands."""

    element: Element
    parent: str
    item: Item
    relevant: Compiled | None = None
    calculation: Compiled | None = None
    constraint: Compiled | None = None
    required: Compiled | None = None
    count: Compiled | None = None
    # The values that the filter of the choices leaves.
    offered: Compiled | None = None
    read: Read | None = None
    is_always_required: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """An instrument ready for answers."""

    instrument: Instrument
    layout: Layout
    # Every element after those it looks at.
    steps: tuple[Step, ...]
    # The same without groups and calculations, in the order of the form: what may be missing or break its constraint.
    asked: tuple[Step, ...]
    names: frozenset[str]
    # What each id stands for; columns of tables too.
    items: Mapping[str, Item]
    # What may stand in the response itself, under "", and in a row of each repeat and table, by its id.
    names_in: Mapping[str, frozenset[str]]
    choice_words: Mapping[str, Mapping[str, str]]
    # The steps without which it cannot be said what is asked; of all others, by the group in which they stand, the ids:
    # they are asked where it is.
    deciding: tuple[Step, ...]
    following: Mapping[str, tuple[str, ...]]

    def repeats_around(self, id_: str) -> tuple[str, ...]:
        """The ids of the repeats and tables in which an element stands, the outermost first."""
        element = next(step.element for step in self.steps if step.element.id == id_)
        return tuple(around.id for around in element.repeats)


def prepare(instrument: Instrument, *, controls: Container[str] | None = None) -> Plan | tuple[Flaw, ...]:
    """The instrument ready for answers, or everything that is wrong with it.

    `controls` are the ids that `Question.controls` may name; without them the ids are not looked at.
    """
    if _is_too_large(instrument):
        facts = {"questions": MOST_QUESTIONS, "letters": MOST_LETTERS}
        return (Flaw(DefinitionProblem.TOO_LARGE, "", facts=facts),)
    plan, flaws = _plan_and_flaws(instrument)
    return (*flaws, *_wrong_facts(instrument, controls)) or plan


def reopened(instrument: Instrument) -> Plan:
    """The plan of an instrument that was accepted once, whatever would be a flaw of it today.

    A rule that can no longer be read is one that cannot be decided: the response says so, and opens.
    """
    return _plan_and_flaws(instrument)[0]


def _plan_and_flaws(instrument: Instrument) -> tuple[Plan, list[Flaw]]:
    making = _Making(instrument, empty_layout())
    making.lay(instrument.items, making.layout.root)
    steps = [making.step(element, item) for element, item in making.laid]
    ordered, cycles = _in_order(steps)
    asked = tuple(step for step in steps if _is_asked(step.item))
    items = {step.element.id: step.item for step in steps}
    words = _choice_words(instrument, making.laid)
    deciding, following = _divided(ordered)
    plan = Plan(
        instrument, making.layout, tuple(ordered), asked, frozenset(items), items, _names_in(steps), words, deciding,
        following,
    )  # fmt: skip
    return plan, [*making.flaws, *cycles]


def _divided(ordered: list[Step]) -> tuple[tuple[Step, ...], dict[str, tuple[str, ...]]]:
    """The steps that decide what is asked, and those that only follow the group in which they stand: plain questions
    without a condition, which no condition looks at."""
    if any(_looks_anywhere(rule) for step in ordered for rule in _rules_of(step)):
        return tuple(ordered), {}
    looked_at = {id_ for step in ordered for id_ in _waits_for(step)}

    def follows(step: Step) -> bool:
        # What looks at a group may look at all that is in it; every step waits for the group around it.
        is_plain = step.relevant is None and not step.element.repeats and not isinstance(step.item, Section)
        return is_plain and step.element.id not in looked_at and not _groups_around(step.element) & watched

    watched = {id_ for step in ordered for rule in _rules_of(step) for id_ in rule.looks_at}
    following: dict[str, list[str]] = {}
    for step in ordered:
        if follows(step):
            following.setdefault(step.parent, []).append(step.element.id)
    deciding = tuple(step for step in ordered if not follows(step))
    return deciding, {parent: tuple(ids) for parent, ids in following.items()}


def _looks_anywhere(rule: Compiled) -> bool:
    """Whether a rule has a path that may lead to answers that it does not name."""
    paths = [part for part in syntax.walk(rule.tree) if isinstance(part, syntax.Path | syntax.Filter)]
    return any(
        isinstance(part, syntax.Filter) or any(step.name == "*" or step.predicates for step in part.steps)
        for part in paths
    )


def _groups_around(element: Element) -> set[str]:
    found = set()
    while element.parent is not None:
        element = element.parent
        found.add(element.id)
    return found


def _rules_of(step: Step) -> tuple[Compiled, ...]:
    return tuple(rule for rule in (step.relevant, step.calculation, step.count) if rule is not None)


def _names_in(steps: list[Step]) -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {"": set()}
    for step in steps:
        # A section that does not repeat has no level of its own: what it holds stands beside it.
        if not isinstance(step.item, Section) or step.item.is_repeat:
            around = step.element.repeats[-1].id if step.element.repeats else ""
            names.setdefault(around, set()).add(step.element.id)
    return {around: frozenset(found) for around, found in names.items()}


def _is_too_large(instrument: Instrument) -> bool:
    count, rules = 0, set()
    for question in questions(instrument.items):
        count += 1
        rules |= {question.relevant, question.constraint, question.required}
        rules |= {question.calculation, question.choice_filter}
    for section in sections(instrument.items):
        count += 1
        rules |= {section.relevant, section.count}
    # A rule that stands twice is read once.
    return count > MOST_QUESTIONS or sum(map(len, rules)) > MOST_LETTERS


def _is_asked(item: Item) -> bool:
    if isinstance(item, Section):
        return item.is_repeat
    return item.kind not in (AnswerKind.NOTE, AnswerKind.CALCULATE, AnswerKind.AUTOMATIC) and not item.calculation


@dataclass(slots=True)
class _Making:
    instrument: Instrument
    layout: Layout
    laid: list[tuple[Element, Item]] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for choice_list in self.instrument.choice_lists:
            self.layout.add_instance(choice_list.name)
        # Every form of ODK has an id of the response, which its rules may look at.
        meta = self.layout.root.add("", "meta", ElementKind.GROUP)
        self.layout.add(meta, INSTANCE_ID, INSTANCE_ID, ElementKind.FIELD)

    def lay(self, items: tuple[Item, ...], parent: Element) -> None:
        """Gives every item its element."""
        for item in items:
            if isinstance(item, Section):
                kind = ElementKind.REPEAT if item.is_repeat else ElementKind.GROUP
                self.lay(item.items, self._element(item, parent, kind))
            elif item.table is not None:
                self.lay(item.table.columns, self._element(item, parent, ElementKind.REPEAT))
            else:
                self._element(item, parent, ElementKind.FIELD)
                if item.has_other:
                    self._element(other_of(item), parent, ElementKind.FIELD)

    def _element(self, item: Item, parent: Element, kind: ElementKind) -> Element:
        if item.id in self._seen:
            self.flaws.append(Flaw(DefinitionProblem.ID_TWICE, item.id, "id", facts={"value": item.id}))
        self._seen.add(item.id)
        element = self.layout.add(parent, item.id, item.name, kind)
        self.laid.append((element, item))
        return element

    def step(self, element: Element, item: Item) -> Step:
        parent = element.parent.id if element.parent else ""
        relevant = self._compiled(element, "relevant", item.relevant)
        if isinstance(item, Section):
            return Step(element, parent, item, relevant, count=self._compiled(element, "count", item.count))
        return Step(
            element,
            parent,
            item,
            relevant,
            calculation=self._compiled(element, "calculation", item.calculation),
            constraint=self._compiled(element, "constraint", item.constraint),
            required=None if is_plain(item.required) else self._compiled(element, "required", item.required),
            offered=self._offered(element, item),
            read=reader_of(item, self.instrument.choices_of(item), fiscal_year=self.instrument.fiscal_year),
            is_always_required=item.required.strip().lower() in _YES,
        )

    def _offered(self, element: Element, item: Question) -> Compiled | None:
        """The filter as a condition on the rows of the list: it sees their columns by name."""
        if not item.choice_filter or not any(item.choices == one.name for one in self.instrument.choice_lists):
            return None
        before = f"instance('{item.choices}')/root/item["
        return self._compiled(element, "choice_filter", item.choice_filter, before=before, after="]/name")

    def _compiled(
        self, element: Element, name: str, text: str, *, before: str = "", after: str = ""
    ) -> Compiled | None:
        if not text.strip():
            return None
        found = compile_expression(f"{before}{text}{after}", layout=self.layout, here=element)
        if isinstance(found, Compiled):
            return found
        for fault in found:
            column = max(1, min(fault.column - len(before), len(text) + 1))
            moved = Fault(fault.reason, column, fault.facts)
            self.flaws.append(Flaw(DefinitionProblem.EXPRESSION, element.id, name, moved))
        return UNDECIDABLE


def _give_up(_scope: Scope) -> Value:
    raise Spent


# Stands for a rule that cannot be read.
UNDECIDABLE = Compiled(syntax.Text("", column=1), _give_up, frozenset())
_YES = frozenset({"true()", "yes", "true"})
_NO = frozenset({"", "false()", "no", "false"})


def is_plain(required: str) -> bool:
    """Whether `required` says yes or no without a condition."""
    return required.strip().lower() in _YES | _NO


def other_of(question: Question) -> Question:
    """The question for the words of an answer that was not among the choices (`or_other`)."""
    return Question(
        id=f"{question.id}_other",
        name=f"{question.name}_other",
        kind=AnswerKind.TEXT,
        relevant=f"selected(../{question.name}, '{OTHER}')",
    )


def _in_order(steps: list[Step]) -> tuple[list[Step], list[Flaw]]:
    """The steps, each after those it looks at; and every ring of questions that wait for each other."""
    by_id = {step.element.id: step for step in steps}
    graph = {step.element.id: {name for name in _waits_for(step) if name in by_id} for step in steps}
    flaws: list[Flaw] = []
    while True:
        try:
            # A sorter cannot be asked again after it found a ring.
            return [by_id[id_] for id_ in TopologicalSorter(graph).static_order()], flaws
        except CycleError as found:
            ring: list[str] = found.args[1][:-1]
            names = " → ".join([*reversed(ring), ring[-1]])
            flaws.append(Flaw(DefinitionProblem.CYCLE, ring[-1], _field_of(by_id[ring[-1]]), facts={"names": names}))
            for id_ in ring:
                graph[id_] -= set(ring)


def _field_of(step: Step) -> str:
    return "calculation" if step.calculation is not None else "relevant"


def _waits_for(step: Step) -> Iterator[str]:
    if step.parent:
        yield step.parent
    for compiled in _rules_of(step):
        # A row may look at the row before it in the same column.
        looks_back = step.element.repeats and any(
            isinstance(part, syntax.Call) and part.name == "indexed-repeat" for part in syntax.walk(compiled.tree)
        )
        yield from compiled.looks_at - ({step.element.id} if looks_back else set())


def _wrong_facts(instrument: Instrument, controls: Container[str] | None) -> Iterator[Flaw]:
    """What is wrong with an instrument besides its expressions."""
    first, last = instrument.valid_from, instrument.valid_until
    if first and last and last < first:
        yield Flaw(DefinitionProblem.ENDS_BEFORE_IT_BEGINS, "", "valid_until")
    lists = {found.name for found in instrument.choice_lists}
    for question in questions(instrument.items):
        bounds = question.bounds
        if bounds and bounds.least is not None and bounds.most is not None and bounds.least > bounds.most:
            yield Flaw(DefinitionProblem.BOUNDS_CROSSED, question.id, "bounds")
        if question.choices and not is_from_elsewhere(question) and question.choices not in lists:
            facts = {"value": question.choices}
            yield Flaw(DefinitionProblem.CHOICES_MISSING, question.id, "choices", facts=facts)
        if question.may_be_unknown and (question.kind in _NEVER_UNKNOWN or question.calculation):
            yield Flaw(DefinitionProblem.NEVER_UNKNOWN, question.id, "may_be_unknown")
        if question.may_be_out_of_scope and question.kind is not AnswerKind.YES_NO:
            yield Flaw(DefinitionProblem.NEVER_OUT_OF_SCOPE, question.id, "may_be_out_of_scope")
        yield from _wrong_source(question, controls)
        for name in question.controls:
            if controls is not None and name not in controls:
                yield Flaw(DefinitionProblem.CONTROL_UNKNOWN, question.id, "controls", facts={"value": name})


def _wrong_source(question: Question, controls: Container[str] | None) -> Iterator[Flaw]:
    if not question.prefill:
        return
    # A table is filled in row by row, and only from an earlier response: no other source knows rows.
    is_table = question.kind is AnswerKind.TABLE and known.names(question.prefill) == (known.EARLIER,)
    never = question.kind in _NEVER_UNKNOWN or question.kind is AnswerKind.FILE or bool(question.calculation)
    if never and not is_table:
        yield Flaw(DefinitionProblem.NEVER_PREFILLED, question.id, "prefill")
    elif strange := [name for name in known.names(question.prefill) if not known.is_source(name, controls=controls)]:
        facts = {"value": strange[0], "known": ", ".join((*known.sources(), f"{known.EVIDENCE}…"))}
        yield Flaw(DefinitionProblem.PREFILL_UNKNOWN, question.id, "prefill", facts=facts)


def is_from_elsewhere(question: Question) -> bool:
    """Whether the choices come from a file or sheet beside the lists of the form, or from the rows of a repeat."""
    choices = question.choices
    is_file = choices.endswith((".csv", ".xml", ".geojson"))
    return is_file or choices.startswith("${") or question.variant == EXTERNAL


def _choice_words(instrument: Instrument, laid: list[tuple[Element, Item]]) -> dict[str, dict[str, str]]:
    language = instrument.default_language or "ja"
    return {
        element.id: {choice.value: choice.words.text(language) for choice in instrument.choices_of(item)}
        for element, item in laid
        if isinstance(item, Question) and item.choices
    }
