"""Reading the text of a regular expression into its pieces: the syntax that Java, JavaScript and Python share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sonae.core.instruments.vocabulary import ExpressionFault, Fault

MOST_REPETITIONS = 1_000
DEEPEST = 50
LONGEST = 4_096
type Takes = Callable[[str], bool]
type Holds = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    kind: Literal["letter", "holds", "ahead", "either", "repeat", "row"]
    parts: "tuple[Piece, ...]" = ()
    takes: Takes | None = None
    holds: Holds | None = None
    is_negative: bool = False
    least: int = 0
    most: int | None = None


class Refusal(Exception):
    """Ends the reading of a pattern; `pattern_of` answers with its fault."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


def _is_word(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter == "_")


def _is_digit(letter: str) -> bool:
    return "0" <= letter <= "9"


def _is_space(letter: str) -> bool:
    return letter in " \t\n\x0b\f\r"


# As in Java, \d, \w and \s mean ASCII.
_CLASSES: dict[str, Takes] = {
    "d": _is_digit,
    "w": _is_word,
    "s": _is_space,
    "D": lambda letter: not _is_digit(letter),
    "W": lambda letter: not _is_word(letter),
    "S": lambda letter: not _is_space(letter),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\x0b", "0": "\0"}
_PROPERTIES: dict[str, Takes] = {
    "L": str.isalpha,
    "IsAlphabetic": str.isalpha,
    "Lu": str.isupper,
    "Ll": str.islower,
    "Upper": lambda letter: letter.isascii() and letter.isupper(),
    "Lower": lambda letter: letter.isascii() and letter.islower(),
    "Alpha": lambda letter: letter.isascii() and letter.isalpha(),
    "Digit": _is_digit,
    "Alnum": lambda letter: letter.isascii() and letter.isalnum(),
    "N": str.isnumeric,
    "Nd": str.isdecimal,
    "IsHiragana": lambda letter: "\u3041" <= letter <= "\u309f",
    "IsKatakana": lambda letter: "\u30a0" <= letter <= "\u30ff" or "\uff66" <= letter <= "\uff9f",
    "IsHan": lambda letter: "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003134f" or letter == "々",
}
_BOUNDS = re.compile(r"\{(\d{1,6})(?:(,)(\d{1,6})?)?\}", re.ASCII)
_GROUP = re.compile(r"\?(?::|=|!|<[A-Za-z]\w*>|P<[A-Za-z]\w*>)", re.ASCII)


def _edge_of_word(text: str, place: int) -> bool:
    before = place > 0 and _is_word(text[place - 1])
    after = place < len(text) and _is_word(text[place])
    return before != after


class Reader:
    """Reads one pattern; every refusal names the column in it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._place = 0
        self._depth = 0

    def whole(self) -> Piece:
        if len(self._source) > LONGEST:
            raise Refusal(Fault(ExpressionFault.PATTERN_TOO_LARGE, 1, {"most": LONGEST}))
        piece = self._either()
        if self._place < len(self._source):
            raise self._malformed()
        return piece

    def _either(self) -> Piece:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refusal(Fault(ExpressionFault.PATTERN_TOO_LARGE, self._place + 1, {"most": DEEPEST}))
        rows = [self._row()]
        while self._next() == "|":
            self._place += 1
            rows.append(self._row())
        self._depth -= 1
        return rows[0] if len(rows) == 1 else Piece(kind="either", parts=tuple(rows))

    def _row(self) -> Piece:
        parts = []
        while self._next() not in ("", "|", ")"):
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else Piece(kind="row", parts=tuple(parts))

    def _next(self) -> str:
        return self._source[self._place : self._place + 1]

    def _take(self) -> str:
        letter = self._next()
        if not letter:
            raise self._malformed()
        self._place += 1
        return letter

    def _repeated(self, piece: Piece) -> Piece:
        bounds = self._bounds()
        while bounds is not None:
            if piece.kind in ("holds", "ahead"):
                # Between two letters, once or many times is the same; none at all is nothing.
                piece = piece if bounds[0] else Piece(kind="row")
            else:
                piece = Piece(kind="repeat", parts=(piece,), least=bounds[0], most=bounds[1])
            if self._next() in ("?", "+"):
                # Whether it would take few or many letters makes no difference to whether it fits; a possessive one
                # does.
                if self._next() == "+":
                    raise self._unsupported("possessive")
                self._place += 1
            bounds = self._bounds()
        return piece

    def _bounds(self) -> tuple[int, int | None] | None:
        simple = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._next())
        if simple is not None:
            self._place += 1
            return simple
        found = _BOUNDS.match(self._source, self._place)
        if found is None:
            return None
        least = int(found[1])
        most = least if found[2] is None else int(found[3]) if found[3] else None
        if max(least, most or 0) > MOST_REPETITIONS or (most is not None and most < least):
            raise self._malformed()
        self._place = found.end()
        return least, most

    def _one(self) -> Piece:
        letter = self._take()
        match letter:
            case "(":
                return self._group()
            case "[":
                return _letter(self._set())
            case ".":
                return _letter(lambda other: other not in "\n\r\u0085\u2028\u2029")
            case "^":
                return Piece(kind="holds", holds=lambda _text, place: place == 0)
            case "$":
                return Piece(kind="holds", holds=lambda text, place: place == len(text))
            case "\\":
                return self._escaped()
            case "*" | "+" | "?":
                self._place -= 1
                raise self._malformed()
            case _:
                return _letter(_same(letter))

    def _group(self) -> Piece:
        begun = self._place
        found = _GROUP.match(self._source, begun)
        if found is None and self._next() == "?":
            raise self._unsupported("group")
        if found is not None:
            self._place = found.end()
        inner = self._either()
        if self._next() != ")":
            self._place = begun - 1
            raise self._malformed()
        self._place += 1
        if found is not None and found[0] in ("?=", "?!"):
            return Piece(kind="ahead", parts=(inner,), is_negative=found[0] == "?!")
        return inner

    def _escaped(self) -> Piece:
        letter = self._next()
        if letter in ("b", "B"):
            self._place += 1
            if letter == "b":
                return Piece(kind="holds", holds=_edge_of_word)
            return Piece(kind="holds", holds=lambda text, place: not _edge_of_word(text, place))
        if letter in ("A", "z", "Z"):
            self._place += 1
            if letter == "A":
                return Piece(kind="holds", holds=lambda _text, place: place == 0)
            return Piece(kind="holds", holds=lambda text, place: place == len(text))
        return _letter(self._escaped_letter())

    def _escaped_letter(self) -> Takes:
        letter = self._take()
        if letter in _CLASSES:
            return _CLASSES[letter]
        if letter in "xu":
            return _same(self._by_number(2 if letter == "x" else 4))
        if letter in "pP":
            return self._property(is_negative=letter == "P")
        if letter in _CONTROLS:
            return _same(_CONTROLS[letter])
        if letter.isascii() and letter.isalnum():
            self._place -= 1
            raise self._unsupported(f"\\{letter}")
        return _same(letter)

    def _by_number(self, digits: int) -> str:
        number = self._source[self._place : self._place + digits]
        if len(number) < digits or not all(digit in "0123456789abcdefABCDEF" for digit in number):
            raise self._malformed()
        self._place += digits
        return chr(int(number, 16))

    def _property(self, *, is_negative: bool) -> Takes:
        found = re.compile(r"\{(\w+)\}", re.ASCII).match(self._source, self._place)
        takes = _PROPERTIES.get(found[1]) if found else None
        if found is None or takes is None:
            raise self._unsupported(found[0] if found else "\\p")
        self._place = found.end()
        return (lambda letter: not takes(letter)) if is_negative else takes

    def _set(self) -> Takes:
        begun = self._place
        is_negative = self._next() == "^"
        self._place += is_negative
        takers: list[Takes] = []
        is_first = True
        while self._next() != "]" or is_first:
            if not self._next():
                self._place = begun - 1
                raise self._malformed()
            takers.append(self._member())
            is_first = False
        self._place += 1
        among = tuple(takers)
        if is_negative:
            return lambda letter: not any(takes(letter) for takes in among)
        return lambda letter: any(takes(letter) for takes in among)

    def _member(self) -> Takes:
        low, takes = self._end_of_range()
        if low is None or self._next() != "-" or self._source[self._place + 1 : self._place + 2] in ("]", ""):
            return takes
        dash = self._place
        self._place += 1
        high, _ = self._end_of_range()
        if high is None or high < low:
            self._place = dash
            raise self._malformed()
        return _between(low, high)

    def _end_of_range(self) -> tuple[str | None, Takes]:
        """The letter that stands here in a set, if it is one, and what it takes."""
        letter = self._take()
        if letter == "[" and self._next() == ":":
            raise self._unsupported("[:")
        if letter == "&" and self._next() == "&":
            raise self._unsupported("&&")
        if letter != "\\":
            return letter, _same(letter)
        escape = self._next()
        if escape == "b":
            raise self._unsupported("[\\b")
        begun = self._place
        takes = self._escaped_letter()
        if escape in _CLASSES or escape in ("p", "P"):
            return None, takes
        if escape in ("x", "u"):
            return chr(int(self._source[begun + 1 : self._place], 16)), takes
        return _CONTROLS.get(escape, escape), takes

    def _malformed(self) -> Refusal:
        return Refusal(Fault(ExpressionFault.PATTERN_MALFORMED, min(self._place, len(self._source)) + 1))

    def _unsupported(self, found: str) -> Refusal:
        return Refusal(Fault(ExpressionFault.PATTERN_UNSUPPORTED, self._place + 1, {"found": found}))


def _letter(takes: Takes) -> Piece:
    return Piece(kind="letter", takes=takes)


def _same(letter: str) -> Takes:
    return lambda other: other == letter


def _between(low: str, high: str) -> Takes:
    return lambda letter: low <= letter <= high
