"""The tree of an expression. Places (`column`, from 1) and depths do not count when two trees are compared."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Operator(StrEnum):
    OR = "or"
    AND = "and"
    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    DIVIDE = "div"
    MODULO = "mod"
    UNION = "|"


COMPARING = frozenset(
    {Operator.EQUAL, Operator.UNEQUAL, Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST}
)


class Axis(StrEnum):
    """The ways a step of a path goes; the others of XPath are not known to forms."""

    CHILD = "child"
    SELF = "self"
    PARENT = "parent"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all parts of a tree have: where they begin, and how deep the tree below them is."""

    column: int = field(default=1, compare=False, repr=False)
    depth: int = field(default=1, compare=False, repr=False)

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return ()


@dataclass(frozen=True, slots=True)
class Text(Node):
    value: str


@dataclass(frozen=True, slots=True)
class Number(Node):
    value: float


@dataclass(frozen=True, slots=True)
class Reference(Node):
    """`${name}`, or `${last-saved#name}`: the answer in the response that was saved last."""

    name: str
    is_last_saved: bool = False


@dataclass(frozen=True, slots=True)
class Step(Node):
    """One step of a path; the name `*` takes every child."""

    axis: Axis
    name: str = ""
    predicates: "tuple[Expression, ...]" = ()

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return self.predicates


@dataclass(frozen=True, slots=True)
class Path(Node):
    """Steps from the root (`/data/a`), from what `base` finds (`${repeat}/a`), or from here (`../a`, `.`)."""

    steps: tuple[Step, ...]
    is_absolute: bool = False
    base: "Expression | None" = None

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return (*((self.base,) if self.base else ()), *(part for step in self.steps for part in step.parts))


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`base[predicate]`."""

    base: "Expression"
    predicates: "tuple[Expression, ...]"

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return (self.base, *self.predicates)


@dataclass(frozen=True, slots=True)
class Call(Node):
    name: str
    arguments: "tuple[Expression, ...]" = ()

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return self.arguments


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: "Expression"

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return (self.operand,)


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: Operator
    left: "Expression"
    right: "Expression"

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Parts between one operator, from left to right: `a or b or c` is one chain of three, however long it gets."""

    operator: Operator
    links: "tuple[Expression, ...]"

    @property
    def parts(self) -> "tuple[Expression, ...]":
        return self.links


type Expression = Text | Number | Reference | Path | Filter | Call | Negative | Comparison | Chain


def price(tree: Expression) -> int:
    """What one evaluation costs for its parts alone, in the steps of `limits`."""
    return sum(_steps_of(part) for part in walk(tree))


def _steps_of(part: Expression) -> int:
    """A path goes to nodes, which takes longer; one of a single step is the name of a column."""
    if not isinstance(part, Path):
        return 1
    return 2 if len(part.steps) == 1 else 1 + 3 * len(part.steps)


def walk(tree: Expression) -> Iterator[Expression]:
    """Every part of the tree, itself first, from left to right."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(part.parts))
