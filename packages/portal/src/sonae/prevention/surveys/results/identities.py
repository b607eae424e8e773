"""Which figures of two questions are one figure, as whoever has the form can tell: as many were asked a question as
gave certain answers to the one that decides it. Pure.

Found by trying the answers to the deciding questions on the form itself, and told of nothing that was handed in.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from math import prod

from sonae.core.instruments import checks
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import YesNo
from sonae.prevention.surveys.results import rules
from sonae.prevention.surveys.results.columns import columns_of, gates_of
from sonae.prevention.surveys.results.versions import columns_over
from sonae.prevention.surveys.results.vocabulary import FIRST_OPTION, PLACES, Column, Shape, Standing

# The place of those who were not asked, which no table prints: who handed in less who was asked.
NOT_ASKED = -1
# More combinations of answers are not tried: then nothing is known of that question.
_MOST_TRIED = 512
# What a form asks does not hang on the day; a form that does is tried as of this one.
_TRIED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_NOT_KNOWN = {"unknown_as_of": _TRIED_AT.isoformat()}


@dataclass(frozen=True, slots=True)
class Identity:
    """As many were asked `question` as stand in these places of `gate` together; without a gate everybody is asked."""

    question: str
    gate: str = ""
    places: tuple[int, ...] = ()


# What one trial showed: where whoever answers so stands in each question that was tried, and what was not asked.
type _Trial = tuple[dict[str, frozenset[int]], frozenset[str]]


def identities_of(plan: Plan) -> tuple[Identity, ...]:
    """For each question behind others the one that alone decides it, with the places that lead to it."""
    columns = {column.question: column for column in columns_of(plan)}
    together: dict[frozenset[str], list[str]] = defaultdict(list)
    for question, gates in gates_of(plan).items():
        if gates and all(columns[gate].shape is not Shape.NONE for gate in gates):
            together[gates].append(question)
    found = [Identity(question) for question, gates in gates_of(plan).items() if not gates]
    for gates, questions in together.items():
        offered = {gate: _answers(columns[gate]) for gate in sorted(gates)}
        if prod(len(one) for one in offered.values()) <= _MOST_TRIED:
            trials = list(_trials(plan, columns, offered))
            found += (one for question in questions for one in _found(question, columns, sorted(gates), trials))
    return tuple(found)


def identities_over(plans: Sequence[Plan]) -> tuple[Identity, ...]:
    """Those that hold in every version of a form that was answered, the newest first, in the places of the columns over
    all versions. What a version did not offer was chosen there by nobody."""
    if len(plans) == 1:
        return identities_of(plans[0])
    over = {column.question: column for column in columns_over(plans)}
    known = [{one.question: one for one in identities_of(plan)} for plan in plans]
    own = [{column.question: column for column in columns_of(plan)} for plan in plans]
    return tuple(
        united
        for question in known[0]
        if all(question in one for one in known)
        if (united := _united([one[question] for one in known], own, over)) is not None
    )


def _united(
    found: Sequence[Identity], own: Sequence[Mapping[str, Column]], over: Mapping[str, Column]
) -> Identity | None:
    question, gate = found[0].question, found[0].gate
    if any(one.gate != gate for one in found):
        return None
    if not gate:
        return Identity(question)
    columns = [one[gate] for one in own]
    said = [frozenset(_mark(column, place) for place in one.places) for one, column in zip(found, columns, strict=True)]
    whole = frozenset[int | str]().union(*said)
    # Of several options that one person may choose the figures do not add up.
    is_one = all(column.shape is Shape.ONE for column in columns)
    offered = [whole - (set(over[gate].options) - set(column.options)) for column in columns]
    if said != (offered if is_one else [whole] * len(said)):
        return None
    places = (mark if isinstance(mark, int) else FIRST_OPTION + over[gate].options.index(mark) for mark in whole)
    return Identity(question, gate, tuple(sorted(places)))


def _mark(column: Column, place: int) -> int | str:
    """What a place stands for in any version: a standing, or an option by its value."""
    return place if place < FIRST_OPTION else column.options[place - FIRST_OPTION]


def _answers(column: Column) -> list[object]:
    """What can be answered to a question: of many options nothing, each alone, all but each, and all."""
    said: list[object] = [None, _NOT_KNOWN, YesNo.OUT_OF_SCOPE.value, *column.options]
    if column.shape is Shape.ONE:
        return said
    alone = [[one] for one in column.options]
    but = [[one for one in column.options if one != left_out] for left_out in column.options]
    many = [list(column.options), *alone, *but]
    return [None, _NOT_KNOWN, *(one for at, one in enumerate(many) if one not in many[:at])]


def _trials(plan: Plan, columns: Mapping[str, Column], offered: Mapping[str, Sequence[object]]) -> Iterator[_Trial]:
    for chosen in product(*offered.values()):
        answers = {gate: answer for gate, answer in zip(offered, chosen, strict=True) if answer is not None}
        unasked = checks.not_asked(plan, answers, now=_TRIED_AT)
        not_asked = frozenset(question for question, rows in unasked if not rows)
        yield (
            {
                gate: frozenset((NOT_ASKED,)) if gate in not_asked else _places(columns[gate], answers.get(gate))
                for gate in offered
            },
            not_asked,
        )


def _places(column: Column, raw: object) -> frozenset[int]:
    standing = rules.standing_of(raw, is_asked=True)
    options = rules.chosen(column, raw) if standing is Standing.ANSWERED else frozenset()
    return frozenset((PLACES[standing], *(FIRST_OPTION + column.options.index(value) for value in options)))


def _found(
    question: str, columns: Mapping[str, Column], gates: Sequence[str], trials: Sequence[_Trial]
) -> Iterator[Identity]:
    for gate in gates:
        places = _deciding(question, columns[gate], [(where[gate], not_asked) for where, not_asked in trials])
        if places:
            yield Identity(question, gate, places)
            return


def _deciding(
    question: str, column: Column, trials: Sequence[tuple[frozenset[int], frozenset[str]]]
) -> tuple[int, ...]:
    """The places of a gate in which exactly those stand who are asked; none where the gate alone does not decide."""
    if column.shape is Shape.MANY:
        whole = range(FIRST_OPTION, column.width)
        for place in (PLACES[Standing.ANSWERED], *whole):
            if all((place in where) == (question not in not_asked) for where, not_asked in trials):
                return (place,)
        return ()
    asked: dict[int, set[bool]] = defaultdict(set)
    for where, not_asked in trials:
        # Of one option and that it was answered at all, the option.
        asked[max(where)].add(question not in not_asked)
    if any(len(told) > 1 for told in asked.values()):
        return ()
    return tuple(sorted(place for place, told in asked.items() if True in told))
