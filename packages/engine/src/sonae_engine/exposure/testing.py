"""Ledgers as hospitals keep them, of real product names: seeded, with the slips people make, the truth known."""

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sonae_engine.exposure.vocabulary import Answer, Component, Match, Product

type _Slip = Callable[[random.Random, str], str]

_KINDS: Final = ("", "", "", "機器 ", "装置 ", "端末 ")
_LEGAL: Final = ("{}", "{}", "{}", "{}株式会社", "株式会社{}", "(株){}", "{} Inc.", "{} Co., Ltd.")
_VERSIONS: Final = ("", "", "", " Ver.2.1", " 3.5.2", " v7.0.3")


@dataclass(frozen=True, slots=True)
class Entry:
    """A product as published, the names under which its maker stands in ledgers, and other names of the product."""

    vendor: str
    product: str
    makers: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rows were found rightly, wrongly, not at all, and how many were asked about."""

    right: int
    wrong: int
    rows: int
    asked: int
    asked_in_vain: int

    @property
    def precision(self) -> float:
        """Right among what was called the same."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Right among all rows; a question counts as not found."""
        return self.right / self.rows if self.rows else 1.0


def advisories(catalogue: Sequence[Entry]) -> list[Product]:
    """One product of an advisory for each entry; its key is its place."""
    return [Product(str(at), entry.vendor, entry.product) for at, entry in enumerate(catalogue)]


def ledger(catalogue: Sequence[Entry], rows: int, *, seed: int) -> list[Component]:
    """Rows whose truth is in the key: `place-number`, place being that of the entry."""
    chance = random.Random(seed)  # noqa: S311  a test's ledger, not a secret
    found = []
    for number in range(rows):
        at = chance.randrange(len(catalogue))
        found.append(typed(catalogue[at], f"{at}-{number}", chance))
    return found


def figures(matches: Sequence[Match], rows: int) -> Figures:
    """The figures of matches between `advisories` and `ledger` of one catalogue."""
    same = [match for match in matches if match.verdict.answer is Answer.SAME]
    unclear = [match for match in matches if match.verdict.answer is Answer.UNCLEAR]
    right = sum(_is_right(match) for match in same)
    needed = sum(_is_right(match) for match in unclear)
    return Figures(right, len(same) - right, rows, needed, len(unclear) - needed)


def _is_right(match: Match) -> bool:
    return match.component.split("-")[0] == match.product


def typed(entry: Entry, key: str, chance: random.Random) -> Component:
    """A row as a hospital may type it for this product."""
    maker = chance.choice((*entry.makers, entry.vendor)) if entry.makers else entry.vendor
    product = chance.choice((*entry.also, entry.product, entry.product))
    product = chance.choice(_KINDS) + product
    for slip in chance.sample(_SLIPS, k=chance.choice((0, 1, 1, 2))):
        product = slip(chance, product)
    if chance.random() < 0.15:
        maker = _one_letter(chance, maker)
    maker = chance.choice(_LEGAL).format(maker)
    if chance.random() < 0.25:
        maker = _wide(chance, maker)
    name, model = _parted(chance, product)
    return Component(key, maker, name, model + chance.choice(_VERSIONS))


def _parted(chance: random.Random, product: str) -> tuple[str, str]:
    """The last word in the column of the model, now and then."""
    head, _, last = product.rpartition(" ")
    return (head, last) if head and any(map(str.isdigit, last)) and chance.random() < 0.5 else (product, "")


def _wide(_chance: random.Random, text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else "　" if char == " " else char for char in text)


def _case(chance: random.Random, text: str) -> str:
    return chance.choice((str.upper, str.lower))(text)


def _blanks(_chance: random.Random, text: str) -> str:
    return text.replace(" ", "  ") + " "


def _hyphens(chance: random.Random, text: str) -> str:
    return text.replace("-", chance.choice((" ", "‐", "－", "−")))


def _narrow_kana(_chance: random.Random, text: str) -> str:
    """Katakana as older systems print it."""
    return "".join(_NARROW.get(char, char) for char in text)


_NARROW: Final = {
    unicodedata.normalize("NFKC", chr(code)): chr(code)
    for code in range(0xFF66, 0xFF9E)
    if unicodedata.normalize("NFKC", chr(code)) != "ー"
}


def _glued(_chance: random.Random, text: str) -> str:
    """The blank before a number left out."""
    words = text.split(" ")
    out = words[0]
    for before, word in pairwise(words):
        out += word if word[:1].isdigit() and before[-1:].isalpha() else " " + word
    return out


def _one_letter(chance: random.Random, text: str) -> str:
    """One letter of one long word lost, doubled or changed with its neighbour; numbers are typed with care."""
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if len(word) >= 6 and word.isascii() and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    words[at] = _slipped(chance, words[at])
    return " ".join(words)


def _slipped(chance: random.Random, word: str) -> str:
    place = chance.randrange(1, len(word) - 1)
    kind = chance.randrange(3)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


_SLIPS: Final[tuple[_Slip, ...]] = (_wide, _case, _blanks, _hyphens, _narrow_kana, _glued, _one_letter)
