"""Which questions of an instrument a result has, and what their options are."""

from sonae.core.instruments.definition import Question
from sonae.core.instruments.plan import Plan, Step, is_from_elsewhere
from sonae.core.instruments.vocabulary import OTHER, AnswerKind, YesNo
from sonae.prevention.surveys.results.vocabulary import Column, Shape

_SHAPES = {
    AnswerKind.YES_NO: Shape.ONE,
    AnswerKind.SINGLE: Shape.ONE,
    AnswerKind.MULTIPLE: Shape.MANY,
    # How often something was put in order at all; the places are not counted.
    AnswerKind.RANKING: Shape.MANY,
}


def columns_of(plan: Plan) -> tuple[Column, ...]:
    """The questions that are answered once, in the order of the form, each with its options.

    A table or section that repeats is one column: whether it was filled in. What stands in its rows is not counted, as
    an institution has many of them. Numbers, dates and texts are counted as answered or not.
    """
    return tuple(_column(plan, step) for step in plan.asked if not step.element.repeats)


def gates_of(plan: Plan) -> dict[str, frozenset[str]]:
    """For each question that is counted those whose answers decide whether it is asked, also through others, a
    calculation, or the section in which it stands."""
    counted = {column.question for column in columns_of(plan)}
    around = {step.element.id: [one.id for one in step.element.repeats] for step in plan.steps}
    found: dict[str, frozenset[str]] = {}
    for step in plan.steps:
        names = {step.parent} if step.parent else set[str]()
        for rule in (step.relevant, step.calculation, step.count):
            names |= {*rule.looks_at} if rule is not None else set()
        through = {one for name in names for one in (name, *around.get(name, ()))}
        found[step.element.id] = frozenset((through & counted).union(*(found.get(name, ()) for name in through)))
    return {question: found[question] - {question} for question in counted}


def _column(plan: Plan, step: Step) -> Column:
    item = step.item
    shape = _SHAPES.get(item.kind, Shape.NONE) if isinstance(item, Question) else Shape.NONE
    if not isinstance(item, Question) or shape is Shape.NONE or is_from_elsewhere(item):
        return Column(step.element.id, Shape.NONE)
    values = [choice.value for choice in plan.instrument.choices_of(item)]
    if item.kind is AnswerKind.YES_NO and not values:
        values = [YesNo.YES, YesNo.NO]
    if item.has_other:
        values.append(OTHER)
    # `out_of_scope` is a standing of every question that takes it.
    offered = [str(value) for value in dict.fromkeys(values) if value != YesNo.OUT_OF_SCOPE]
    return Column(step.element.id, shape, tuple(offered))
