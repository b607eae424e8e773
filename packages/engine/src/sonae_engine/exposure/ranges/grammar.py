"""The order in which the words about versions may stand, as a grammar made into tables once (LALR: no backtracking)."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, cast

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken
from lark.lexer import Lexer
from lark.visitors import v_args

from sonae_engine.exposure.ranges import tokens
from sonae_engine.exposure.ranges.vocabulary import Bound, Fault, Range

_TERMINALS = (
    "AT_MOST AT_LEAST LESS MORE EQUAL OTHER_THAN BAR COMMA COLON TO INCLUDED NOT_INCLUDED SERIAL AND_BELOW AND_ABOVE "
    "BEFORE UP_TO FROM_UP ABOVE BETWEEN FROM EXCEPT FIXED AFFECTED SERIES ALL ALL_OF AND SLASH UNDER OVER UNTIL "
    "EXCEPT_BEFORE FIXED_AFTER LINE VERSION DATE HASH SUBJECT QUALIFIER"
)
_GRAMMAR = f"""
start: item (_sep item)* -> listed
_sep: joint
!joint: COMMA | COMMA AND | BAR | AND | SLASH | AFFECTED
item: [SUBJECT] [SERIAL] meaning QUALIFIER*
?meaning: ranged | every
?ranged: sign end -> one_sign
    | sign end sign end -> two_signs
    | end -> exact
    | end [marks] TO end [marks] -> span
    | end TO end UNTIL -> span_until
    | end TO end UNDER -> span_under
    | end TO end AND_BELOW -> span_until
    | FROM end [marks] TO end [marks] -> from_span
    | FROM end TO end UNDER -> from_span_under
    | FROM end [AND_ABOVE] -> from_on
    | BETWEEN end [marks] (AND | TO) end [marks] -> between
    | BEFORE end -> under_first
    | UP_TO end -> up_to
    | TO end [marks] -> through
    | FROM_UP end -> from_on
    | ABOVE end -> over_first
    | end AND_BELOW -> and_below
    | end UNTIL -> and_below
    | end AND_ABOVE -> and_above
    | end UNDER -> under
    | end OVER -> over
    | end AND_ABOVE end AND_BELOW -> closed
    | end AND_ABOVE end UNDER -> half_open
    | end LINE -> line
    | end ALL -> line
    | end COLON ALL -> line
    | end within_mark ranged -> within
    | end COLON ALL ranged -> within_all
    | end LESS end -> below_of_line
    | end BEFORE end -> below_of_line
    | end LINE end UNDER -> below_of_line
    | end LINE end AND_BELOW -> up_to_of_line
    | end AT_MOST end -> up_to_of_line
    | FIXED [SUBJECT] end -> fixed
    | end FIXED_AFTER -> fixed_after
    | HASH -> commit
    | ranged EXCEPT end -> excepting
within_mark: COLON | SERIES
every: ALL -> all
    | ALL ranged -> all_ranged
    | ALL_OF SUBJECT -> all_of
    | ALL_OF SUBJECT ranged -> all_of_ranged
    | ALL EXCEPT end -> all_but
    | end EXCEPT_BEFORE ALL -> all_but_before
!sign: AT_MOST | AT_LEAST | LESS | MORE | EQUAL | OTHER_THAN
!marks: INCLUDED | NOT_INCLUDED
end: VERSION | DATE
%declare {_TERMINALS}
"""


@dataclass(frozen=True, slots=True)
class End:
    text: str
    is_day: bool


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one item of a list says; `joint` is what stands before it, and `line` whether it must lie within a line."""

    ranges: tuple[Range, ...] = ()
    is_day: bool = False
    is_serial: bool = False
    is_span: bool = False
    line: str | None = None
    fixed: str | None = None
    excluded: tuple[Range, ...] = ()
    commit: str | None = None
    subject: str | None = None
    qualifiers: tuple[str, ...] = ()
    joint: str = ""
    takes_away: bool = field(default=False)


def parse(found: list[tokens.Token]) -> list[Meaning]:
    """The items of a text in their order; raises `Stopped` at the first token that may not stand where it stands."""
    try:
        # The transformer below answers with these lists, which the library cannot know.
        return cast(list[Meaning], _parser().parse(found))
    except UnexpectedToken as unexpected:
        place = unexpected.token.start_pos or 0
        rest = found[place:] if unexpected.token.type != "$END" else found[-1:]
        part = " ".join(token.text for token in rest[:8]).strip()
        raise tokens.Stopped(part, Fault.ORDER_UNKNOWN) from None
    except UnexpectedInput:
        raise tokens.Stopped(" ".join(token.text for token in found[:8]), Fault.ORDER_UNKNOWN) from None


class _Given(Lexer):
    """Hands the parser tokens that are there already."""

    def __init__(self, _settings: Any) -> None:
        pass

    def lex(self, lexer_state: Any, _parser_state: Any = None) -> Iterator[Token]:
        for place, token in enumerate(lexer_state):
            yield Token(token.name, token.value or token.text, start_pos=place)


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer=_Given, transformer=_Builder(), maybe_placeholders=True)


def _range(low: End | None, high: End | None, *, low_in: bool = True, high_in: bool = True) -> Range:
    return Range(
        None if low is None else Bound(low.text, low_in),
        None if high is None else Bound(high.text, high_in),
    )


def _meaning(*ends: End, of: Range, is_span: bool = False) -> Meaning:
    if len({end.is_day for end in ends}) > 1:
        raise tokens.Stopped(" ".join(end.text for end in ends), Fault.MIXED_KINDS)
    return Meaning((of,), is_day=ends[0].is_day, is_span=is_span)


def _signed(sign: str, end: End) -> Meaning:
    if sign == "OTHER_THAN":
        return Meaning(excluded=(_range(end, end),), is_day=end.is_day)
    low = end if sign in {"AT_LEAST", "MORE", "EQUAL"} else None
    high = end if sign in {"AT_MOST", "LESS", "EQUAL"} else None
    return _meaning(end, of=_range(low, high, low_in=sign != "MORE", high_in=sign != "LESS"))


def _included(marks: str | None) -> bool:
    return marks != "NOT_INCLUDED"


@v_args(inline=True)
class _Builder(Transformer[Token, Any]):
    """Says what each rule of the grammar means."""

    def listed(self, first: Meaning, *rest: Any) -> list[Meaning]:
        items = [first]
        for joint, item in zip(rest[::2], rest[1::2], strict=True):
            items.append(replace(item, joint=joint))
        return items

    def joint(self, *found: Token | None) -> str:
        return next(token.type for token in found if token is not None)

    def item(self, subject: Token | None, serial: Token | None, *rest: Any) -> Meaning:
        said = next(part for part in rest if isinstance(part, Meaning))
        qualifiers = tuple(str(part) for part in rest if isinstance(part, Token) and part.type == "QUALIFIER")
        return replace(
            said,
            is_serial=serial is not None,
            subject=str(subject) if subject is not None else said.subject,
            qualifiers=said.qualifiers + qualifiers,
        )

    def end(self, token: Token) -> End:
        return End(str(token), token.type == "DATE")

    def sign(self, token: Token) -> str:
        return token.type

    def marks(self, token: Token) -> str:
        return token.type

    def within_mark(self, _token: Token) -> None:
        return None

    def one_sign(self, sign: str, end: End) -> Meaning:
        return _signed(sign, end)

    def two_signs(self, first: str, low: End, second: str, high: End) -> Meaning:
        if first not in {"AT_LEAST", "MORE"} or second not in {"AT_MOST", "LESS"}:
            raise tokens.Stopped(f"{low.text} {high.text}", Fault.ENDS_CONTRADICT)
        return _meaning(
            low, high, of=_range(low, high, low_in=first == "AT_LEAST", high_in=second == "AT_MOST"), is_span=True
        )

    def exact(self, end: End) -> Meaning:
        return _meaning(end, of=_range(end, end))

    def span(self, low: End, low_marks: str | None, _to: Token, high: End, high_marks: str | None) -> Meaning:
        of = _range(low, high, low_in=_included(low_marks), high_in=_included(high_marks))
        return _meaning(low, high, of=of, is_span=True)

    def span_until(self, low: End, _to: Token, high: End, _until: Token) -> Meaning:
        return _meaning(low, high, of=_range(low, high), is_span=True)

    def span_under(self, low: End, _to: Token, high: End, _under: Token) -> Meaning:
        return _meaning(low, high, of=_range(low, high, high_in=False), is_span=True)

    def from_span(self, _from: Token, *rest: Any) -> Meaning:
        return self.span(*rest)

    def from_span_under(self, _from: Token, low: End, _to: Token, high: End, _under: Token) -> Meaning:
        return _meaning(low, high, of=_range(low, high, high_in=False), is_span=True)

    def between(
        self, _between: Token, low: End, low_marks: str | None, _and: Token, high: End, high_marks: str | None
    ) -> Meaning:
        of = _range(low, high, low_in=_included(low_marks), high_in=_included(high_marks))
        return _meaning(low, high, of=of, is_span=True)

    def from_on(self, _from: Token, end: End, *_more: Any) -> Meaning:
        return _meaning(end, of=_range(end, None))

    def under_first(self, _word: Token, end: End) -> Meaning:
        return _meaning(end, of=_range(None, end, high_in=False))

    def over_first(self, _word: Token, end: End) -> Meaning:
        return _meaning(end, of=_range(end, None, low_in=False))

    def up_to(self, _word: Token, end: End) -> Meaning:
        return _meaning(end, of=_range(None, end))

    def through(self, _word: Token, end: End, marks: str | None) -> Meaning:
        return _meaning(end, of=_range(None, end, high_in=_included(marks)))

    def and_below(self, end: End, _word: Token) -> Meaning:
        return _meaning(end, of=_range(None, end))

    def and_above(self, end: End, _word: Token) -> Meaning:
        return _meaning(end, of=_range(end, None))

    def under(self, end: End, _word: Token) -> Meaning:
        return _meaning(end, of=_range(None, end, high_in=False))

    def over(self, end: End, _word: Token) -> Meaning:
        return _meaning(end, of=_range(end, None, low_in=False))

    def closed(self, low: End, _from: Token, high: End, _to: Token) -> Meaning:
        return _meaning(low, high, of=_range(low, high), is_span=True)

    def half_open(self, low: End, _from: Token, high: End, _under: Token) -> Meaning:
        return _meaning(low, high, of=_range(low, high, high_in=False), is_span=True)

    def line(self, end: End, *_words: Token) -> Meaning:
        whole = end if end.is_day or end.text.casefold().endswith(("x", "*")) else End(f"{end.text}.x", is_day=False)
        return _meaning(end, of=_range(whole, whole))

    def within(self, line: End, _mark: None, said: Meaning) -> Meaning:
        return replace(said, line=line.text)

    def within_all(self, line: End, _colon: Token, _all: Token, said: Meaning) -> Meaning:
        return replace(said, line=line.text)

    def below_of_line(self, line: End, _sign: Token, high: End, *_more: Token) -> Meaning:
        """ "9.1 < 9.1.14-h4": the end must be of the line, or the reading stops ("A10 < A11")."""
        return replace(_meaning(line, high, of=_range(None, high, high_in=False)), line=line.text)

    def up_to_of_line(self, line: End, _sign: Token, high: End, *_more: Token) -> Meaning:
        return replace(_meaning(line, high, of=_range(None, high)), line=line.text)

    def fixed(self, _word: Token, subject: Token | None, end: End) -> Meaning:
        return Meaning(fixed=end.text, subject=None if subject is None else str(subject))

    def fixed_after(self, end: End, _word: Token) -> Meaning:
        return Meaning(fixed=end.text)

    def commit(self, token: Token) -> Meaning:
        return Meaning(commit=str(token))

    def excepting(self, said: Meaning, _word: Token, end: End) -> Meaning:
        if any(of.is_exact for of in said.ranges):
            # "2.0 excluding 2.0.5" speaks of a line and says it of a version.
            raise tokens.Stopped(f"{said.ranges[0]} {end.text}", Fault.ENDS_CONTRADICT)
        return replace(said, excluded=(_range(end, end),), takes_away=True)

    def all(self, _word: Token) -> Meaning:
        return Meaning((Range(None, None),))

    def all_ranged(self, _word: Token, said: Meaning) -> Meaning:
        return said

    def all_of(self, _word: Token, subject: Token) -> Meaning:
        return Meaning((Range(None, None),), subject=str(subject))

    def all_of_ranged(self, _word: Token, subject: Token, said: Meaning) -> Meaning:
        return replace(said, subject=str(subject))

    def all_but(self, _all: Token, _word: Token, end: End) -> Meaning:
        return Meaning((Range(None, None),), excluded=(_range(end, end),), takes_away=True)

    def all_but_before(self, end: End, _word: Token, _all: Token) -> Meaning:
        return Meaning((Range(None, None),), excluded=(_range(end, end),), takes_away=True)
