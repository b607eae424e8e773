"""The parts of an expression that look around in the form: references, paths, and the functions that need a place."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sonae.core.instruments.expressions import syntax
from sonae.core.instruments.expressions.layout import Layout
from sonae.core.instruments.expressions.scope import Element, ElementKind, Frame, Place, Scope, World, nodes_at
from sonae.core.instruments.expressions.syntax import Axis, Expression, Operator, Step
from sonae.core.instruments.expressions.values import (
    Nodes,
    Single,
    Value,
    single,
    to_boolean,
    to_number,
    to_text,
)
from sonae.core.instruments.vocabulary import ExpressionFault, Fault

type Evaluate = Callable[[Scope], Value]
type Take = Callable[[list[Place], Scope], list[Place]]
_NAMED = re.compile(r"\$\{\s*([^{}\s]+)\s*\}")
_MOST_REPEATS = 7
# Going to a node takes the time of several parts of an expression.
_STEPS_A_NODE = 3


@dataclass(frozen=True, slots=True)
class _Predicate:
    """A condition in a path, and what it costs for each node that is looked at."""

    run: Evaluate
    price: int


@dataclass(slots=True, eq=False)
class Looking:
    """Makes the closures of one expression at one element of a form."""

    layout: Layout
    here: Element
    faults: list[Fault] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    make: Callable[[Expression], Evaluate] = field(init=False)
    _is_inside: bool = False

    def find(self, tree: Expression) -> Evaluate:
        match tree:
            case syntax.Reference():
                return self._reference(tree)
            case syntax.Path():
                return self._path(tree)
            case syntax.Filter():
                return self._filtered(tree)
        raise AssertionError(f"{type(tree).__name__} does not look around")

    def element(self, tree: syntax.Reference) -> Element | None:
        """The element of this name; none and several of them are faults."""
        found = self.layout.by_name.get(tree.name, [])
        if len(found) == 1:
            self.seen.add(found[0].id)
            return found[0]
        reason = ExpressionFault.AMBIGUOUS_NAME if found else ExpressionFault.UNKNOWN_NAME
        self.faults.append(Fault(reason, tree.column, {"name": tree.name}))
        return None

    def _reference(self, tree: syntax.Reference) -> Evaluate:
        name = tree.name
        element = self.element(tree)
        if tree.is_last_saved:
            return lambda scope: scope.world.last_saved.get(name, "")
        if element is None:
            return _nothing
        ups, repeats = self._way(element)
        if repeats or element.kind is ElementKind.REPEAT:
            within = _rows_of(element, ups, repeats)
            return lambda scope: nodes_at(within(scope))
        return _value_of(element.id, ups)

    def _way(self, element: Element) -> tuple[int, tuple[Element, ...]]:
        """How many rows to go up from here, and through which repeats then down, to reach the element."""
        shared = 0
        mine = self.here.repeats
        for one, other in zip(mine, element.repeats, strict=False):
            if one is not other:
                break
            shared += 1
        return len(mine) - shared, element.repeats[shared:]

    def places(self, tree: Expression) -> Callable[[Scope], list[Place]] | None:
        """What finds the places of a path or reference; None when the expression is neither."""
        match tree:
            case syntax.Reference(is_last_saved=False):
                element = self.element(tree)
                return _rows_of(element, *self._way(element)) if element else None
            case syntax.Path() | syntax.Filter() | syntax.Call() | syntax.Chain(operator=Operator.UNION):
                run = self.make(tree)
                return lambda scope: _places_in(run(scope))
        return None

    def _path(self, tree: syntax.Path) -> Evaluate:
        if [step.axis for step in tree.steps] == [Axis.SELF] and tree.base is None and not self._is_inside:
            return lambda scope: scope.value
        begin, steps = self._beginning(tree)
        taken = [self._step(step) for step in steps]

        def run(scope: Scope) -> Value:
            places = begin(scope)
            for take in taken:
                places = take(places, scope)
            return nodes_at(places)

        return run

    def value_at(self, tree: Expression, otherwise: Evaluate) -> Evaluate | None:
        """What finds the value at the end of a short path without making nodes, which takes most of the time where a
        rule compares all rows with all rows. `otherwise` is the usual way; None where there is no shorter one."""
        match tree:
            case syntax.Call(name="current", arguments=()):
                element: Element | None = self.here
            case syntax.Path(base=syntax.Call(name="current", arguments=()), steps=steps):
                element = _in_same_row(self.here, steps)
            case syntax.Path(base=None, is_absolute=False, steps=(Step(axis=Axis.CHILD, predicates=()) as step,)):
                return _field_of_place(step.name, otherwise) if self._is_inside and step.name != "*" else None
            case _:
                return None
        return _value_of(element.id, 0) if element and element.kind is ElementKind.FIELD else None

    def _beginning(self, tree: syntax.Path) -> tuple[Callable[[Scope], list[Place]], tuple[Step, ...]]:
        root, here, steps = self.layout.root, self.here, tree.steps
        if tree.base is not None:
            found = self.places(tree.base)
            return found or (lambda _scope: []), steps
        if tree.is_absolute:
            # The first name is the form's own, whatever it is called.
            self._look_along(root, steps[1:])
            return lambda scope: [Place(scope.world.root, root)], steps[1:]
        if self._is_inside:
            return lambda scope: [scope.place] if scope.place else [], steps
        self._look_along(here, steps)
        return lambda scope: [_here(scope, here)], steps

    def _look_along(self, element: Element | None, steps: tuple[Step, ...]) -> None:
        """Notes which elements a path without conditions leads to, and that it leads nowhere."""
        for step in steps:
            if element is None or step.name == "*" or step.axis is Axis.ATTRIBUTE:
                return
            if step.axis is Axis.PARENT:
                element = element.parent
            elif step.axis is Axis.CHILD:
                found = element.child(step.name)
                if found is None and not _is_of_the_form_itself(step.name):
                    self.faults.append(Fault(ExpressionFault.PATH_LEADS_NOWHERE, step.column, {"name": step.name}))
                element = found
        if element is not None and element.id:
            self.seen.add(element.id)

    def _step(self, step: Step) -> Take:
        predicates = [self._inside(predicate) for predicate in step.predicates]
        name = step.name
        match step.axis:
            case Axis.SELF:
                return lambda places, _scope: places
            case Axis.PARENT:
                return _above
            case Axis.ATTRIBUTE:
                return lambda _places, _scope: []

        def take(places: list[Place], scope: Scope) -> list[Place]:
            kept: list[Place] = []
            for place in places:
                below = list(place.below(name))
                scope.world.spend(_STEPS_A_NODE * len(below))
                for predicate in predicates:
                    below = _chosen(below, predicate, scope)
                kept += below
            return kept

        return take

    def _inside(self, tree: Expression) -> _Predicate:
        before, self._is_inside = self._is_inside, True
        run = self.make(tree)
        self._is_inside = before
        return _Predicate(run, syntax.price(tree))

    def _filtered(self, tree: syntax.Filter) -> Evaluate:
        found = self.places(tree.base)
        predicates = [self._inside(predicate) for predicate in tree.predicates]

        def run(scope: Scope) -> Value:
            places = found(scope) if found else []
            for predicate in predicates:
                places = _chosen(places, predicate, scope)
            return nodes_at(places)

        return run


def _in_same_row(element: Element, steps: tuple[Step, ...]) -> Element | None:
    """Where a path leads that neither leaves its row nor looks into others; None for every other path."""
    for step in steps:
        found = None
        if not step.predicates and step.axis is Axis.PARENT and element.kind is not ElementKind.REPEAT:
            found = element.parent
        elif not step.predicates and step.axis is Axis.CHILD:
            found = element.children.get(step.name)
            found = None if found and found.kind is ElementKind.REPEAT else found
        if found is None:
            return None
        element = found
    return element


def _field_of_place(name: str, otherwise: Evaluate) -> Evaluate:
    def run(scope: Scope) -> Value:
        place = scope.place
        child = None if place is None else place.element.child(name)
        if place is None or child is None or child.kind is not ElementKind.FIELD:
            return otherwise(scope)
        return place.frame.values.get(child.id, "")

    return run


def _nothing(_scope: Scope) -> Value:
    return ""


def _here(scope: Scope, element: Element) -> Place:
    """Where an expression stands. That of a repeat as a whole stands in no row of it, but in the one around it."""
    is_repeat = element.kind is ElementKind.REPEAT
    return Place(Frame({}, parent=scope.frame) if is_repeat else scope.frame, element)


def _is_of_the_form_itself(name: str) -> bool:
    """`meta` and what lies in it are added to every form."""
    return name in ("meta", "instanceID", "instanceName", "audit", "orx:meta")


def _value_of(id_: str, ups: int) -> Evaluate:
    if ups == 0:
        return lambda scope: scope.frame.values.get(id_, "")

    def run(scope: Scope) -> Value:
        return _up(scope.frame, ups).values.get(id_, "")

    return run


def _up(frame: Frame, ups: int) -> Frame:
    for _ in range(ups):
        assert frame.parent is not None, "an expression stands as deep as its element"
        frame = frame.parent
    return frame


def _rows_of(element: Element, ups: int, repeats: tuple[Element, ...]) -> Callable[[Scope], list[Place]]:
    through = [repeat.id for repeat in repeats]

    def find(scope: Scope) -> list[Place]:
        frames = [_up(scope.frame, ups)]
        for repeat in (*through, *((element.id,) if element.kind is ElementKind.REPEAT else ())):
            frames = [row for frame in frames for row in frame.rows.get(repeat, ())]
            scope.world.spend(_STEPS_A_NODE * len(frames))
        return [Place(frame, element) for frame in frames]

    return find


def _places_in(value: Value) -> list[Place]:
    return [place for place in value.places if isinstance(place, Place)] if isinstance(value, Nodes) else []


def _above(places: list[Place], scope: Scope) -> list[Place]:
    scope.world.spend(2 * _STEPS_A_NODE * len(places))
    found: dict[Place, None] = {}
    for place in places:
        above = place.parent
        if above is not None:
            found[above] = None
    return list(found)


def _chosen(places: list[Place], predicate: _Predicate, scope: Scope) -> list[Place]:
    """The places for which the predicate holds, or the one whose number it is."""
    inner = Scope(scope.world, scope.frame, scope.value, size=len(places))
    kept = []
    run = predicate.run
    scope.world.spend(predicate.price * len(places))
    for number, place in enumerate(places, 1):
        inner.place, inner.position = place, number
        value = run(inner)
        is_number = isinstance(value, float) and not isinstance(value, bool)
        if value == number if is_number else to_boolean(value):
            kept.append(place)
    return kept


# --- Functions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LookingFunction:
    least: int
    most: int
    make: Callable[[Looking, syntax.Call], Evaluate]


def _if(looking: Looking, call: syntax.Call) -> Evaluate:
    condition, then, otherwise = (looking.make(argument) for argument in call.arguments)
    return lambda scope: then(scope) if to_boolean(condition(scope)) else otherwise(scope)


def _coalesce(looking: Looking, call: syntax.Call) -> Evaluate:
    runs = [looking.make(argument) for argument in call.arguments]

    def run(scope: Scope) -> Value:
        for one in runs:
            value = single(one(scope))
            if value != "" and not (isinstance(value, float) and math.isnan(value)):
                return value
        return ""

    return run


def _once(looking: Looking, call: syntax.Call) -> Evaluate:
    run = looking.make(call.arguments[0])
    return lambda scope: scope.value if scope.value != "" else run(scope)


def _position(looking: Looking, call: syntax.Call) -> Evaluate:
    if not call.arguments:
        return lambda scope: float(scope.position or scope.frame.position)
    found = looking.places(call.arguments[0])

    def run(scope: Scope) -> Value:
        places = found(scope) if found else []
        if not places:
            return float("nan")
        return float(places[0].frame.position) if places[0].element.kind is ElementKind.REPEAT else 1.0

    return run


def _last(_looking: Looking, _call: syntax.Call) -> Evaluate:
    return lambda scope: float(scope.size)


def _current(looking: Looking, _call: syntax.Call) -> Evaluate:
    here = looking.here
    return lambda scope: nodes_at([_here(scope, here)])


def _instance(looking: Looking, call: syntax.Call) -> Evaluate:
    name = call.arguments[0]
    if not isinstance(name, syntax.Text):
        looking.faults.append(Fault(ExpressionFault.NAME_NOT_WRITTEN_OUT, name.column, {"name": call.name}))
        return _nothing
    id_ = name.value

    def run(scope: Scope) -> Value:
        found = scope.world.instances.get(id_)
        return nodes_at([found] if found else [])

    return run


def _indexed_repeat(looking: Looking, call: syntax.Call) -> Evaluate:
    """indexed-repeat(${question}, ${repeat}, number, …): the answer in the rows of these numbers."""
    target, *pairs = call.arguments
    if len(pairs) % 2:
        facts = {"name": call.name, "least": 3, "most": _MOST_REPEATS, "given": len(call.arguments)}
        looking.faults.append(Fault(ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, call.column, facts))
        return _nothing
    if not all(isinstance(part, syntax.Reference) for part in (target, *pairs[::2])):
        looking.faults.append(Fault(ExpressionFault.NAME_NOT_WRITTEN_OUT, call.column, {"name": call.name}))
        return _nothing
    element = looking.element(_as_reference(target))
    chosen = {}
    for repeat, number in zip(pairs[::2], pairs[1::2], strict=True):
        found = looking.element(_as_reference(repeat))
        if found is not None:
            chosen[found.id] = looking.make(number)
    if element is None:
        return _nothing
    return _answer_in_rows(element, chosen, len(looking.here.repeats))


def _as_reference(tree: Expression) -> syntax.Reference:
    assert isinstance(tree, syntax.Reference), "looked at before"
    return tree


def _answer_in_rows(element: Element, chosen: dict[str, Evaluate], depth: int) -> Evaluate:
    def run(scope: Scope) -> Value:
        mine = [scope.frame]
        for _ in range(depth):
            above = mine[0].parent
            assert above is not None, "an expression stands as deep as its element"
            mine.insert(0, above)
        frame = mine[0]
        for level, repeat in enumerate(element.repeats, 1):
            rows = frame.rows.get(repeat.id, [])
            if repeat.id in chosen:
                number = to_number(chosen[repeat.id](scope))
                if not 1 <= number <= len(rows):
                    return ""
                frame = rows[int(number) - 1]
            elif level < len(mine) and mine[level] in rows:
                frame = mine[level]
            elif rows:
                frame = rows[0]
            else:
                return ""
        return frame.values.get(element.id, "")

    return run


def _choice_name(looking: Looking, call: syntax.Call) -> Evaluate:
    """jr:choice-name(value, '${question}'): the words of a choice of that question."""
    value, source = call.arguments
    run = looking.make(value)
    named = _name_written_in(source)
    if named is None:
        looking.faults.append(Fault(ExpressionFault.NAME_NOT_WRITTEN_OUT, source.column, {"name": call.name}))
        return _nothing
    element = looking.element(syntax.Reference(named, column=source.column))
    if element is None:
        return _nothing
    id_ = element.id
    return lambda scope: scope.world.choice_name(id_, to_text(run(scope)))


def _name_written_in(tree: Expression) -> str | None:
    match tree:
        case syntax.Reference(name=name):
            return name
        case syntax.Text(value=value):
            found = _NAMED.fullmatch(value.strip())
            return found[1] if found else value.strip().rpartition("/")[2] or None
    return None


def _pulled(looking: Looking, call: syntax.Call) -> Evaluate:
    """pulldata('table', 'column', 'key column', key): the cell of the first row with this key."""
    table, column, key_column, key = (looking.make(argument) for argument in call.arguments)

    def run(scope: Scope) -> Value:
        found = scope.world.instances.get(to_text(table(scope)))
        wanted, by, named = to_text(key(scope)), to_text(key_column(scope)), to_text(column(scope))
        rows = _all_rows(found, scope.world) if found else []
        return next((row.get(named, "") for row in rows if to_text(row.get(by, "")) == wanted), "")

    return run


def _all_rows(instance: Place, world: World) -> list[dict[str, Single]]:
    rows = [row.frame.values for root in instance.below("root") for row in root.below("item")]
    world.spend(len(rows))
    return rows


def _itext(looking: Looking, call: syntax.Call) -> Evaluate:
    return looking.make(call.arguments[0])


LOOKING: dict[str, LookingFunction] = {
    "if": LookingFunction(3, 3, _if),
    "coalesce": LookingFunction(1, 50, _coalesce),
    "once": LookingFunction(1, 1, _once),
    "position": LookingFunction(0, 1, _position),
    "last": LookingFunction(0, 0, _last),
    "current": LookingFunction(0, 0, _current),
    "instance": LookingFunction(1, 1, _instance),
    "indexed-repeat": LookingFunction(3, _MOST_REPEATS, _indexed_repeat),
    "jr:choice-name": LookingFunction(2, 2, _choice_name),
    "jr:itext": LookingFunction(1, 1, _itext),
    "pulldata": LookingFunction(4, 4, _pulled),
}
