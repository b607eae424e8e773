"""Reading an expression of a form: the part of XPath 1.0 that XLSForm uses, by a grammar made into tables once.

Sources: the XPath functions and syntax of the ODK XForms specification; XPath 1.0 §3.7 for how its names and operators
are told apart. Nothing of an expression is ever run as code of another language.
"""

import re
from functools import cache, lru_cache
from typing import cast

from lark import Lark, Token
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.visitors import Transformer, v_args

from sonae.core.instruments.expressions import syntax
from sonae.core.instruments.expressions.limits import LIMITS, Limits
from sonae.core.instruments.expressions.syntax import Axis, Expression, Operator, Step
from sonae.core.instruments.vocabulary import ExpressionFault, Fault

# An operator's word ends where a name could not go on; the parser's state decides whether a name or an operator may
# stand here, so `div` can be both.
_GRAMMAR = r"""
?start: disjunction
?disjunction: conjunction | disjunction OR conjunction -> binary
?conjunction: equality | conjunction AND equality -> binary
?equality: relation | equality (EQUAL | UNEQUAL) relation -> binary
?relation: sum | relation (LESS | AT_MOST | MORE | AT_LEAST) sum -> binary
?sum: product | sum (PLUS | MINUS) product -> binary
?product: signed | product (STAR | DIV | MOD) signed -> binary
?signed: union | MINUS signed -> negative
?union: located | union PIPE located -> binary
?located: filtered | filtered SLASH steps -> from_base | steps -> relative | SLASH steps -> absolute
?filtered: primary | primary predicate+ -> filtered
?primary: TEXT -> text | NUMBER -> number | REFERENCE -> reference | "(" disjunction ")" | call
call: NAME "(" [arguments] ")"
arguments: disjunction ("," disjunction)*
steps: step (SLASH step)*
step: NAME predicate* -> named | STAR predicate* -> every | DOT -> here | DOTS -> above | AT NAME -> attribute
predicate: "[" disjunction "]"
OR.2: /or(?![\w.\-])/
AND.2: /and(?![\w.\-])/
DIV.2: /div(?![\w.\-])/
MOD.2: /mod(?![\w.\-])/
EQUAL: "="
UNEQUAL: "!="
AT_MOST: "<="
LESS: "<"
AT_LEAST: ">="
MORE: ">"
PLUS: "+"
MINUS: "-"
STAR: "*"
PIPE: "|"
SLASH: "/"
DOTS.3: ".."
DOT: "."
AT: "@"
TEXT: /"[^"]*"|'[^']*'/
NUMBER.2: /[0-9]+(\.[0-9]*)?|\.[0-9]+/
REFERENCE: /\$\{[^{}]*\}/
NAME: /[^\W\d][\w.\-]*(::?[^\W\d][\w.\-]*)?/
%ignore /\s+/
"""
_REFERENCE = re.compile(r"\$\{(?:(last-saved)#)?([^\W\d][\w.\-]*(?::[^\W\d][\w.\-]*)?)\}")
_LETTERS_SHOWN = 40


@lru_cache(maxsize=256)
def parse(text: str, *, limits: Limits = LIMITS) -> Expression | Fault:
    """The tree of an expression, or the first fault with its column; costs at most what `limits` allow."""
    if not text.strip():
        return Fault(ExpressionFault.EMPTY)
    if len(text) > limits.length:
        return Fault(ExpressionFault.TOO_LONG, 1, {"most": limits.length, "length": len(text)})
    try:
        # The transformer of this module answers with expressions, which the library cannot know.
        tree = cast(Expression, _parser().parse(text))
    except UnexpectedInput as unexpected:
        return _fault(text, unexpected)
    except _Refused as refused:
        return refused.fault
    if tree.depth > limits.depth:
        return Fault(ExpressionFault.TOO_DEEP, tree.column, {"most": limits.depth})
    if len(list(syntax.walk(tree))) > limits.nodes:
        return Fault(ExpressionFault.TOO_MANY_PARTS, 1, {"most": limits.nodes})
    return tree


def _fault(text: str, unexpected: UnexpectedInput) -> Fault:
    at_end = isinstance(unexpected, UnexpectedToken) and unexpected.token.type == "$END"
    place = len(text) if at_end else cast(int, unexpected.pos_in_stream)
    if place >= len(text):
        return Fault(ExpressionFault.ENDS_EARLY, len(text) + 1)
    found = text[place:]
    if found[0] in "\"'":
        closed = found.find(found[0], 1) > 0
        if not closed:
            return Fault(ExpressionFault.TEXT_NOT_CLOSED, place + 1)
    if found.startswith("${") and not _REFERENCE.match(found):
        return _malformed(found.partition("}")[0], place + 1)
    return Fault(ExpressionFault.UNEXPECTED, place + 1, {"found": found[:_LETTERS_SHOWN]})


def _malformed(reference: str, column: int) -> Fault:
    return Fault(ExpressionFault.REFERENCE_MALFORMED, column, {"found": reference[:_LETTERS_SHOWN]})


class _Refused(Exception):
    """Ends the reading of an expression from within the grammar's actions; never leaves this module."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@cache
def _parser() -> "Lark":
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=False)


def _above(*parts: Expression | Step) -> int:
    return 1 + max((part.depth for part in parts), default=0)


def _chained(left: Expression, right: Expression, *, is_longer: bool) -> int:
    """How deep a chain is: it does not get deeper with each part, because it is worked out in a loop."""
    return max(left.depth, _above(right)) if is_longer else _above(left, right)


@v_args(inline=True)
class _Builder(Transformer[Token, Expression]):
    """Makes the tree from the bottom up while the text is read, so that no depth of it is walked by calls."""

    def text(self, token: Token) -> Expression:
        return syntax.Text(token[1:-1], column=_column(token))

    def number(self, token: Token) -> Expression:
        return syntax.Number(float(token), column=_column(token))

    def reference(self, token: Token) -> Expression:
        found = _REFERENCE.fullmatch(token)
        if found is None:
            raise _Refused(_malformed(str(token), _column(token)))
        return syntax.Reference(found[2], found[1] is not None, column=_column(token))

    def binary(self, left: Expression, operator: Token, right: Expression) -> Expression:
        sign = Operator(operator.strip())
        if sign in syntax.COMPARING:
            return syntax.Comparison(sign, left, right, column=left.column, depth=_above(left, right))
        links = left.links if isinstance(left, syntax.Chain) and left.operator is sign else (left,)
        return syntax.Chain(
            sign, (*links, right), column=left.column, depth=_chained(left, right, is_longer=len(links) > 1)
        )

    def negative(self, sign: Token, operand: Expression) -> Expression:
        return syntax.Negative(operand, column=_column(sign), depth=_above(operand))

    def arguments(self, *parts: Expression) -> tuple[Expression, ...]:
        return parts

    def call(self, name: Token, *arguments: object) -> Expression:
        parts = next((part for part in arguments if isinstance(part, tuple)), ())
        return syntax.Call(str(name), parts, column=_column(name), depth=_above(*parts))

    def predicate(self, tree: Expression) -> Expression:
        return tree

    def filtered(self, base: Expression, *predicates: Expression) -> Expression:
        return syntax.Filter(base, predicates, column=base.column, depth=_above(base, *predicates))

    def named(self, name: Token, *predicates: Expression) -> Step:
        # Filters of real forms write the header of a column (`label::English`) where XPath has an axis before the
        # marks.
        return Step(
            Axis.CHILD, name.removeprefix("child::"), predicates, column=_column(name), depth=_above(*predicates)
        )

    def every(self, star: Token, *predicates: Expression) -> Step:
        return Step(Axis.CHILD, "*", predicates, column=_column(star), depth=_above(*predicates))

    def here(self, dot: Token) -> Step:
        return Step(Axis.SELF, column=_column(dot))

    def above(self, dots: Token) -> Step:
        return Step(Axis.PARENT, column=_column(dots))

    def attribute(self, at: Token, name: Token) -> Step:
        return Step(Axis.ATTRIBUTE, str(name), column=_column(at))

    def steps(self, *parts: Step | Token) -> tuple[Step, ...]:
        return tuple(part for part in parts if isinstance(part, Step))

    def relative(self, steps: tuple[Step, ...]) -> Expression:
        return syntax.Path(steps, column=steps[0].column, depth=_above(*steps))

    def absolute(self, slash: Token, steps: tuple[Step, ...]) -> Expression:
        return syntax.Path(steps, is_absolute=True, column=_column(slash), depth=_above(*steps))

    def from_base(self, base: Expression, _slash: Token, steps: tuple[Step, ...]) -> Expression:
        return syntax.Path(steps, base=base, column=base.column, depth=_above(base, *steps))


def _column(token: Token) -> int:
    assert token.start_pos is not None, "tokens of a text know where they begin"
    return token.start_pos + 1
