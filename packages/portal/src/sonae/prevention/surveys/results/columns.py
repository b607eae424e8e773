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
