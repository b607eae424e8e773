"""A vocabulary that is asked for the words nearly like one, without comparing with every word."""

from collections import defaultdict
from itertools import combinations
from typing import Protocol

from sonae_engine.exposure.spelling import first_sounds, is_kana, nearly, sounds_like

_TWO_SLIPS_FROM = 9
_SHORTEST = 5


class Near(Protocol):
    """Whoever knows words and finds those nearly like one."""

    def near(self, word: str) -> set[str]:
        """The known words that are this word, a slip of it, or how it sounds in the other script."""
        ...


class Vocabulary:
    """Words, found again by what is left of them with a letter or two taken away, and by their first sound.

    Two words within k slips share what is left of both after at most k letters are taken, so no near word is lost.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._by_rest: dict[str, list[str]] = defaultdict(list)
        self._by_sound: dict[tuple[bool, str], list[str]] = defaultdict(list)

    def add(self, word: str) -> None:
        """Know a word."""
        if word in self._known or not word:
            return
        self._known.add(word)
        for rest in _rests(word):
            self._by_rest[rest].append(word)
        for sound in first_sounds(word):
            self._by_sound[is_kana(word), sound].append(word)

    def slips(self, word: str) -> set[str]:
        """The known words of which this one is a slip."""
        return {other for rest in _rests(word) for other in self._by_rest.get(rest, ()) if nearly(word, other)}

    def near(self, word: str) -> set[str]:
        """The known words that are this word, a slip of it, or how it sounds in the other script."""
        found = self.slips(word)
        if word in self._known:
            found.add(word)
        kana = is_kana(word)
        heard = (other for sound in first_sounds(word) for other in self._by_sound.get((not kana, sound), ()))
        for other in heard:
            if other.isascii() != word.isascii() and sounds_like(*((other, word) if kana else (word, other))):
                found.add(other)
        return found


def _rests(word: str) -> set[str]:
    if len(word) < _SHORTEST:
        return set()
    rests = {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}
    if len(word) >= _TWO_SLIPS_FROM:
        rests |= {word[:one] + word[one + 1 : two] + word[two + 1 :] for one, two in combinations(range(len(word)), 2)}
    return rests
