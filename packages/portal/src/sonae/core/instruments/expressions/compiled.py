"""An expression made ready once, and then evaluated for thousands of responses: a tree of small functions.

Nothing is written as Python and compiled by Python: every part of the tree becomes a closure over the closures of its
parts.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce

from sonae.core.instruments.expressions import syntax, values
from sonae.core.instruments.expressions.functions import FUNCTIONS, Function
from sonae.core.instruments.expressions.layout import Layout
from sonae.core.instruments.expressions.limits import LIMITS, Limits
from sonae.core.instruments.expressions.looking import LOOKING, Looking
from sonae.core.instruments.expressions.parsing import parse
from sonae.core.instruments.expressions.patterns import MOST_STATES, MOST_STATES_IN_ALL, Pattern, pattern_of
from sonae.core.instruments.expressions.scope import Element, Scope, Spent, World
from sonae.core.instruments.expressions.syntax import Expression, Operator
from sonae.core.instruments.expressions.values import Nodes, Value, to_boolean, to_number, to_text
from sonae.core.instruments.vocabulary import ExpressionFault, Fault

type Evaluate = Callable[[Scope], Value]

# Texts of so many letters are read for nothing: the price of an expression covers them.
_SHORT = 64
_ORDERED = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
}
_ARITHMETIC: dict[Operator, Callable[[float, float], float]] = {
    Operator.PLUS: operator.add,
    Operator.MINUS: operator.sub,
    Operator.TIMES: operator.mul,
    Operator.DIVIDE: values.divided,
    Operator.MODULO: values.modulo,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression bound to the form and the element it stands at."""

    tree: Expression
    run: Evaluate
    # The elements whose answers it looks at.
    looks_at: frozenset[str]
    price: int = 1

    def evaluate(self, scope: Scope) -> Value | Fault:
        """Its value; a fault when it would cost more than it may. Raises Exhausted when all rules together do."""
        scope.world.begin(self.price)
        try:
            return self.run(scope)
        except Spent:
            return Fault(ExpressionFault.TOO_COSTLY)

    def holds(self, scope: Scope) -> bool | Fault:
        """Its value as a boolean; a fault when it would cost more than it may. Raises Exhausted as `evaluate` does."""
        scope.world.begin(self.price)
        try:
            return to_boolean(self.run(scope))
        except Spent:
            return Fault(ExpressionFault.TOO_COSTLY)


def compile_expression(
    text: str, *, layout: Layout, here: Element, limits: Limits = LIMITS
) -> Compiled | tuple[Fault, ...]:
    """The expression ready to be evaluated at `here`, or every fault it has."""
    tree = parse(text, limits=limits)
    if isinstance(tree, Fault):
        return (tree,)
    maker = _Maker(Looking(layout, here))
    run = maker.make(tree)
    found = (*maker.looking.faults, *maker.faults)
    if found:
        return tuple(sorted(found, key=lambda fault: fault.column))
    return Compiled(tree, run, frozenset(maker.looking.seen), syntax.price(tree))


class _Maker:
    """Makes the closures of one expression, and collects what is wrong with it."""

    def __init__(self, looking: Looking) -> None:
        self.looking = looking
        self.faults: list[Fault] = []
        looking.make = self.make

    def make(self, tree: Expression) -> Evaluate:
        match tree:
            case syntax.Text(value=value) | syntax.Number(value=value):
                return _constant(value)
            case syntax.Negative(operand=operand):
                inner = self.make(operand)
                return lambda scope: -to_number(inner(scope))
            case syntax.Comparison():
                return self._comparison(tree)
            case syntax.Chain(operator=sign, links=links):
                return _chained(sign, [self.make(link) for link in links])
            case syntax.Call():
                return self._call(tree)
            case _:
                return self.looking.find(tree)

    def _comparison(self, tree: syntax.Comparison) -> Evaluate:
        left, right = self._compared(tree.left), self._compared(tree.right)
        match tree.operator:
            case Operator.EQUAL:
                return lambda scope: values.equal(left(scope), right(scope), scope.world)
            case Operator.UNEQUAL:
                return lambda scope: values.unequal(left(scope), right(scope), scope.world)
            case _:
                ordered = partial(values.compare, _ORDERED[tree.operator])
                return lambda scope: ordered(left(scope), right(scope), scope.world)

    def _compared(self, tree: Expression) -> Evaluate:
        """One side of a comparison, where a value does as well as the one node that holds it."""
        run = self.make(tree)
        return self.looking.value_at(tree, run) or run

    def _call(self, tree: syntax.Call) -> Evaluate:
        looking = LOOKING.get(tree.name)
        function = FUNCTIONS.get(tree.name)
        known = looking or function
        if known is None:
            self.faults.append(Fault(ExpressionFault.UNKNOWN_FUNCTION, tree.column, {"name": tree.name}))
        elif not known.least <= len(tree.arguments) <= known.most:
            facts = {"name": tree.name, "least": known.least, "most": known.most, "given": len(tree.arguments)}
            self.faults.append(Fault(ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, tree.column, facts))
        elif looking is not None:
            return looking.make(self.looking, tree)
        elif tree.name == "regex" and isinstance(tree.arguments[1], syntax.Text):
            return self._fitting(tree.arguments[0], tree.arguments[1])
        arguments = [self.make(argument) for argument in tree.arguments]
        return _applied(function, arguments) if function else lambda _scope: ""

    def _fitting(self, text: Expression, source: syntax.Text) -> Evaluate:
        """A call of regex whose pattern is written out, as most are: it is made once."""
        run, layout = self.make(text), self.looking.layout
        if layout.pattern_states > MOST_STATES_IN_ALL:
            self.faults.append(Fault(ExpressionFault.PATTERNS_TOO_LARGE, source.column, {"most": MOST_STATES_IN_ALL}))
            return lambda _scope: False
        pattern = pattern_of(source.value)
        # One that was given up cost as much as the largest.
        layout.pattern_states += pattern.size_in_all if isinstance(pattern, Pattern) else MOST_STATES
        if isinstance(pattern, Fault):
            self.faults.append(Fault(pattern.reason, source.column + pattern.column, pattern.facts))
            return lambda _scope: False
        return lambda scope: pattern.fits(to_text(run(scope)), spend=scope.world.spend)


def _chained(sign: Operator, runs: list[Evaluate]) -> Evaluate:
    """The parts of a chain from left to right, no further than needed; the usual two without a loop."""
    first, second = runs[:2]
    is_pair = len(runs) == 2
    match sign:
        case Operator.AND if is_pair:
            return lambda scope: to_boolean(first(scope)) and to_boolean(second(scope))
        case Operator.OR if is_pair:
            return lambda scope: to_boolean(first(scope)) or to_boolean(second(scope))
        case Operator.AND:
            return lambda scope: all(to_boolean(run(scope)) for run in runs)
        case Operator.OR:
            return lambda scope: any(to_boolean(run(scope)) for run in runs)
        case Operator.UNION:
            return lambda scope: reduce(partial(_union, scope.world), [run(scope) for run in runs])
    count = _ARITHMETIC[sign]
    if is_pair:
        return lambda scope: count(to_number(first(scope)), to_number(second(scope)))
    return lambda scope: reduce(count, [to_number(run(scope)) for run in runs])


def _constant(value: Value) -> Evaluate:
    return lambda _scope: value


def _applied(function: Function, arguments: list[Evaluate]) -> Evaluate:
    """A call as one closure; one for each of the usual numbers of arguments, which saves making a list."""
    answer, letters = function.answer, function.letters_a_step
    if function.asks_world:
        return lambda scope: answer(scope.world, *[_paid(argument(scope), letters, scope) for argument in arguments])
    match arguments:
        case []:
            return lambda _scope: answer()
        case [one]:
            return lambda scope: answer(_paid(one(scope), letters, scope))
        case [one, other]:
            return lambda scope: answer(_paid(one(scope), letters, scope), _paid(other(scope), letters, scope))
        case _:
            return lambda scope: answer(*[_paid(argument(scope), letters, scope) for argument in arguments])


def _paid(value: Value, letters: int, scope: Scope) -> Value:
    """The value, once its reading by a function was paid for; short texts and numbers cost nothing."""
    if isinstance(value, str):
        if len(value) > _SHORT:
            scope.world.spend(len(value) // letters)
    elif isinstance(value, Nodes):
        scope.world.spend(len(value.values) + sum(len(one) // letters for one in value.values if isinstance(one, str)))
    return value


def _union(world: World, left: Value, right: Value) -> Value:
    """The nodes of both sides, each once; what is no node counts as one."""
    places: dict[object, values.Single] = {}
    for value in (left, right):
        if isinstance(value, Nodes):
            world.spend(4 * len(value.places))
            # A place is made anew at each look: it is the same one if its row and its element are.
            places.update(zip(value.places, value.values, strict=True))
        else:
            places[to_text(value)] = value
    return Nodes(tuple(places), tuple(places.values()))
