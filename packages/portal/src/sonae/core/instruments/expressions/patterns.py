"""Regular expressions of forms, decided in a time that is bounded by the text: no pattern makes the reader try again.

A pattern becomes a small program whose states are walked side by side (Thompson, 1968), so that each letter of the text
is looked at once. Look-aheads are programs of their own. What cannot be decided this way, back references and
look-behinds, is a fault of the form. As in ODK, the whole text must fit (`regex('ab', 'a')` is false).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from sonae.core.instruments.expressions.pattern_reading import Piece, Reader, Refusal
from sonae.core.instruments.vocabulary import ExpressionFault, Fault

MOST_STATES = 4_000
# Of all patterns that a form writes out: a few letters make the largest one, and each takes some milliseconds. The
# public forms that we know have 40 at most.
MOST_STATES_IN_ALL = 100_000
# What a pattern remembers of its way stays under a megabyte.
_MOST_REMEMBERED = 500
_LARGEST_REMEMBERED = 50


@dataclass(slots=True)
class _State:
    """One place of the program. `goes` leads on for nothing; `takes` leads to `then` for one letter it accepts."""

    takes: Callable[[str], bool] | None = None
    then: int = -1
    goes: tuple[int, ...] = ()
    # Holds between two letters: (text, place) -> bool.
    holds: Callable[[str, int], bool] | None = None
    ahead: "Pattern | None" = None
    is_negative: bool = False


def _for_nothing(_steps: int) -> None:
    """While a pattern is made, nobody waits for an answer."""


class Pattern:
    """A pattern ready to be asked; asking it costs `states` times the length of the text at the very most."""

    def __init__(self, states: list[_State], start: int, end: int) -> None:
        self._states = states
        self._start = start
        self._end = end
        self._is_plain = all(state.holds is None and state.ahead is None for state in states)
        self._known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._first = self._reached({start}, "", 0, _for_nothing) if self._is_plain else frozenset[int]()

    @property
    def size(self) -> int:
        """Of how many states it was made, without those of its look-aheads."""
        return len(self._states)

    @property
    def size_in_all(self) -> int:
        """Of how many states it was made, its look-aheads included."""
        return len(self._states) + sum(state.ahead.size_in_all for state in self._states if state.ahead is not None)

    def fits(self, text: str, *, spend: Callable[[int], None]) -> bool:
        """Whether the whole of `text` fits; `spend` is told each step and may raise to end the matter."""
        if self._is_plain:
            return self._fits_plainly(text, spend)
        return self._fits_from(text, 0, spend, whole=True)

    def begins_at(self, text: str, place: int, *, spend: Callable[[int], None]) -> bool:
        """Whether some text from `place` on fits."""
        return self._fits_from(text, place, spend, whole=False)

    def _fits_plainly(self, text: str, spend: Callable[[int], None]) -> bool:
        known, now = self._known, self._first
        spend(len(text))
        for letter in text:
            following = known.get((now, letter))
            if following is None:
                spend(len(now))
                following = self._reached(self._taken(now, letter), text, 0, spend)
                if len(known) < _MOST_REMEMBERED and len(following) < _LARGEST_REMEMBERED:
                    known[now, letter] = following
            if not following:
                return False
            now = following
        return self._end in now

    def _fits_from(self, text: str, place: int, spend: Callable[[int], None], *, whole: bool) -> bool:
        now = self._reached({self._start}, text, place, spend)
        while True:
            if self._end in now and (not whole or place == len(text)):
                return True
            if place == len(text) or not now:
                return False
            spend(len(now))
            now = self._reached(self._taken(now, text[place]), text, place + 1, spend)
            place += 1

    def _taken(self, now: frozenset[int], letter: str) -> set[int]:
        states = self._states
        return {state.then for number in now if (state := states[number]).takes is not None and state.takes(letter)}

    def _reached(self, begun: set[int], text: str, place: int, spend: Callable[[int], None]) -> frozenset[int]:
        """Every state that is reached without a letter."""
        reached, waiting = set(begun), list(begun)
        while waiting:
            state = self._states[waiting.pop()]
            if state.holds is not None and not state.holds(text, place):
                continue
            if state.ahead is not None:
                spend(1)
                if state.ahead.begins_at(text, place, spend=spend) is state.is_negative:
                    continue
            fresh = [number for number in state.goes if number not in reached]
            reached.update(fresh)
            waiting.extend(fresh)
        return frozenset(reached)


@lru_cache(maxsize=128)
def pattern_of(source: str) -> Pattern | Fault:
    """The pattern written in `source`, or why it cannot be one; the fault's column counts in `source`."""
    reader = Reader(source)
    try:
        piece = reader.whole()
        return _program(piece, [])
    except Refusal as refused:
        return refused.fault


@dataclass(slots=True)
class _Builder:
    # Pieces laid down so far, those of look-aheads and empty ones too: `(((){900}){900}){900}` must not be walked
    # through.
    laid: list[None]
    states: list[_State] = field(default_factory=list)

    def add(self, state: _State) -> int:
        self.states.append(state)
        return len(self.states) - 1

    def build(self, piece: Piece, onward: int) -> int:
        """Adds the piece so that it leads to `onward`; the state at which it begins."""
        self.laid.append(None)
        if len(self.laid) > MOST_STATES:
            raise Refusal(Fault(ExpressionFault.PATTERN_TOO_LARGE, 1, {"most": MOST_STATES}))
        match piece.kind:
            case "letter":
                return self.add(_State(takes=piece.takes, then=onward))
            case "holds":
                return self.add(_State(holds=piece.holds, goes=(onward,)))
            case "ahead":
                (inner,) = piece.parts
                return self.add(_State(ahead=_program(inner, self.laid), is_negative=piece.is_negative, goes=(onward,)))
            case "either":
                return self.add(_State(goes=tuple(self.build(part, onward) for part in piece.parts)))
            case "repeat":
                return self._repeat(piece, onward)
            case _:
                for part in reversed(piece.parts):
                    onward = self.build(part, onward)
                return onward

    def _repeat(self, piece: Piece, onward: int) -> int:
        (inner,) = piece.parts
        if piece.most is None:
            again = self.add(_State())
            self.states[again].goes = (self.build(inner, again), onward)
            start = again
        else:
            start = onward
            for _ in range(piece.most - piece.least):
                start = self.add(_State(goes=(self.build(inner, start), onward)))
        for _ in range(piece.least):
            start = self.build(inner, start)
        return start


def _program(piece: Piece, laid: list[None]) -> Pattern:
    builder = _Builder(laid)
    end = builder.add(_State())
    start = builder.build(piece, end)
    return Pattern(builder.states, start, end)
