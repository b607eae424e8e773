"""One form out of the versions of it that were answered in one campaign: what is counted, and what it is called. Pure.

A form that is corrected while it is asked is answered in its newest version by whoever begins later. Questions are told
apart by their id and options by their value; both stand in the order of the newest version that has them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from sonae.core.instruments.definition import Choice, ChoiceList, Item, Question
from sonae.core.instruments.plan import Plan, Step
from sonae.prevention.surveys.results.columns import columns_of, gates_of
from sonae.prevention.surveys.results.vocabulary import FIRST_OPTION, Column, Counts, Cube, Margins, Shape

_WIDER = (Shape.NONE, Shape.ONE, Shape.MANY)


@dataclass(frozen=True, slots=True)
class Since:
    """What only some of the versions ask: of each question which, and of each of its options."""

    questions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, tuple[int, ...]]] = field(default_factory=dict)


def columns_over(plans: Sequence[Plan]) -> tuple[Column, ...]:
    """The columns of all versions, the newest first: each question once, with the options of all of them."""
    found = [{column.question: column for column in columns_of(plan)} for plan in plans]
    return tuple(
        _united([columns[question] for columns in found if question in columns]) for question in _in_order(found)
    )


def gates_over(plans: Sequence[Plan]) -> dict[str, frozenset[str]]:
    """For each question those whose answers decide in any version whether it is asked."""
    found: dict[str, frozenset[str]] = {}
    for plan in plans:
        for question, gates in gates_of(plan).items():
            found[question] = found.get(question, frozenset()) | gates
    return found


def combined(plans: Sequence[Plan]) -> Plan:
    """The form for whoever reads its figures: the newest version, with what only earlier ones asked, in their words.

    Nothing is answered by it: each answer is checked by the version under which it was given.
    """
    newest = plans[0]
    if len(plans) == 1:
        return newest
    items = {id_: _with_choices(plans, id_) for plan in reversed(plans) for id_ in plan.items}
    lists = tuple(ChoiceList(id_, _choices(plans, id_)) for id_, item in items.items() if isinstance(item, Question))
    return replace(
        newest,
        instrument=replace(newest.instrument, choice_lists=lists),
        steps=_steps([plan.steps for plan in plans], items),
        asked=_steps([plan.asked for plan in plans], items),
        items=items,
    )


def since(plans: Mapping[int, Plan]) -> Since:
    """Which questions and options only some versions have; `plans` by the number of the version."""
    asked = {number: {one.question: one for one in columns_of(plan)} for number, plan in sorted(plans.items())}
    questions: dict[str, tuple[int, ...]] = {}
    options: dict[str, Mapping[str, tuple[int, ...]]] = {}
    for column in columns_over([plans[number] for number in sorted(plans, reverse=True)]):
        having = tuple(number for number, columns in asked.items() if column.question in columns)
        if len(having) < len(asked):
            questions[column.question] = having
        offered = {
            value: tuple(number for number in having if value in asked[number][column.question].options)
            for value in column.options
        }
        if some := {value: numbers for value, numbers in offered.items() if numbers != having}:
            options[column.question] = some
    return Since(questions, options)


def aligned(before: Margins, column: Column) -> Margins | None:
    """The figures of an earlier edition in the places of this column; None where it counts what this one does not.

    An option that nobody was offered then was chosen by nobody.
    """
    places = _places_before(before.column, column)
    if places is None:
        return None
    return Margins(column, {each: _moved(row, places) for each, row in before.rows.items()})


def rows_aligned(before: Cube, column: Column) -> tuple[Counts, ...] | None:
    """The figures of the strata of an earlier edition in the places of this column, as `aligned`."""
    places = _places_before(before.column, column)
    if places is None:
        return None
    return tuple(
        (*row[:FIRST_OPTION], *(0 if place is None else row[place] for place in places)) for row in before.counts
    )


def _places_before(before: Column, column: Column) -> list[int | None] | None:
    """Where each option stood in an earlier edition, None of one that was not offered; None where options are gone."""
    at = {value: place for place, value in enumerate(before.options, FIRST_OPTION)}
    return [at.get(value) for value in column.options] if set(at) <= set(column.options) else None


def _moved(row: Sequence[int | None], places: Sequence[int | None]) -> tuple[int | None, ...]:
    return (*row[:FIRST_OPTION], *(0 if place is None else row[place] for place in places))


def _united(columns: Sequence[Column]) -> Column:
    shape = max((one.shape for one in columns), key=_WIDER.index)
    options = dict.fromkeys(value for one in columns for value in one.options)
    return Column(columns[0].question, shape, tuple(options))


def _in_order(found: Sequence[Iterable[str]]) -> list[str]:
    """Everything that stands in any, in the order of the first; what only a later one has, after what precedes it."""
    return reduce(_woven, map(list, found))


def _woven(first: list[str], other: list[str]) -> list[str]:
    woven, known = list(first), set(first)
    for at, name in enumerate(other):
        if name not in known:
            woven.insert(woven.index(other[at - 1]) + 1 if at else 0, name)
            known.add(name)
    return woven


def _steps(found: Sequence[Sequence[Step]], items: Mapping[str, Item]) -> tuple[Step, ...]:
    steps = {step.element.id: step for some in reversed(found) for step in some}
    order = _in_order([[step.element.id for step in some] for some in found])
    return tuple(replace(steps[id_], item=items[id_]) for id_ in order)


def _with_choices(plans: Sequence[Plan], id_: str) -> Item:
    item = next(plan.items[id_] for plan in plans if id_ in plan.items)
    return replace(item, choices=id_) if isinstance(item, Question) and _choices(plans, id_) else item


def _choices(plans: Sequence[Plan], id_: str) -> tuple[Choice, ...]:
    found: dict[str, Choice] = {}
    for plan in plans:
        item = plan.items.get(id_)
        if isinstance(item, Question):
            for choice in plan.instrument.choices_of(item):
                found.setdefault(choice.value, choice)
    return tuple(found.values())
