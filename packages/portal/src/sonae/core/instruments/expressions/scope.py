"""What an expression looks at: the form as a tree of elements, one response as frames of values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sonae.core.instruments.expressions.limits import LIMITS
from sonae.core.instruments.expressions.values import Nodes, Single


class ElementKind(StrEnum):
    GROUP = "group"
    REPEAT = "repeat"
    FIELD = "field"


@dataclass(slots=True, eq=False)
class Element:
    """One node of a form, or of a list of choices. An open element has whatever children a row has."""

    id: str
    name: str
    kind: ElementKind
    parent: "Element | None" = None
    is_open: bool = False
    children: "dict[str, Element]" = field(default_factory=dict)
    # The repeats around it, the outermost first, without itself.
    repeats: "tuple[Element, ...]" = ()

    def add(self, id_: str, name: str, kind: ElementKind, *, is_open: bool = False) -> "Element":
        """A new child; of two children of one name paths find the first."""
        around = (*self.repeats, self) if self.kind is ElementKind.REPEAT else self.repeats
        child = Element(id_, name, kind, self, is_open, repeats=around)
        self.children.setdefault(name, child)
        return child

    def child(self, name: str) -> "Element | None":
        found = self.children.get(name)
        if found is None and self.is_open:
            return Element(name, name, ElementKind.FIELD, self, repeats=(*self.repeats, self))
        return found


@dataclass(slots=True, eq=False)
class Frame:
    """The values of one row of a repeat, or of the response itself, by the ids of their elements."""

    values: dict[str, Single]
    parent: "Frame | None" = None
    position: int = 1
    rows: "dict[str, list[Frame]]" = field(default_factory=dict)
    # The elements that are not asked here, because a condition is not met.
    hidden: set[str] = field(default_factory=set)


# Not frozen, though nobody changes one: rules over many rows make them by the hundred thousand.
@dataclass(slots=True, unsafe_hash=True)
class Place:
    """One node: an element, in one row."""

    frame: Frame
    element: Element

    @property
    def value(self) -> Single:
        return self.frame.values.get(self.element.id, "") if self.element.kind is ElementKind.FIELD else ""

    @property
    def parent(self) -> "Place | None":
        above = self.element.parent
        if above is None:
            return None
        frame = self.frame.parent if self.element.kind is ElementKind.REPEAT else self.frame
        return None if frame is None else Place(frame, above)

    def below(self, name: str) -> "Iterator[Place]":
        """Its children of this name, or all of them for `*`; of a repeat one for every row."""
        found = self.element.children.values() if name == "*" else [self.element.child(name)]
        for child in found:
            if child is None:
                continue
            if child.kind is ElementKind.REPEAT:
                yield from (Place(row, child) for row in self.frame.rows.get(child.id, ()))
            else:
                yield Place(self.frame, child)


def nodes_at(places: "list[Place]") -> Nodes:
    return Nodes(tuple(places), tuple(place.value for place in places))


class Spent(Exception):
    """An evaluation came to the end of what it may cost; `Compiled.evaluate` answers with a fault."""


class Exhausted(Exception):
    """All evaluations together came to the end of what they may cost: nothing more is worked out."""


def _no_chance() -> float:
    return 0.5


@dataclass(slots=True, eq=False)
class World:
    """What does not change while one response is looked at."""

    now: datetime
    root: Frame
    # Answers of the response saved last, by name; the roots of lists of choices and tables, by their names.
    last_saved: Mapping[str, Single] = field(default_factory=dict)
    instances: Mapping[str, Place] = field(default_factory=dict)
    # The words of a choice: (id of the element, its value) -> words.
    choice_name: Callable[[str, str], str] = lambda _element, value: value
    # A number from 0 up to 1 for random() and uuid().
    chance: Callable[[], float] = _no_chance
    version: str = ""
    # Steps left of the rule that is being worked out, how many it was given, and what is left of all.
    steps_left: int = LIMITS.steps
    _given: int = LIMITS.steps
    _in_all: int = LIMITS.steps_in_all

    def begin(self, price: int) -> None:
        """A rule begins, whose steps are counted anew; `price` is what it costs whatever it meets. Raises Exhausted."""
        left = self._in_all - (self._given - self.steps_left) - price
        if left < 0:
            raise Exhausted
        self._in_all = left
        self._given = self.steps_left = min(LIMITS.steps, left)

    def spend(self, steps: int) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise Spent


@dataclass(slots=True, eq=False)
class Scope:
    """Where in the response an expression stands. One scope may be led from question to question."""

    world: World
    frame: Frame
    # The answer that `.` means.
    value: Single = ""
    # Inside a predicate: the node that is looked at, its number and how many there are.
    place: Place | None = None
    position: int = 0
    size: int = 0
