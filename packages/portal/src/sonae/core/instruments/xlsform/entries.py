"""One row of a form, by what its columns mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sonae.core.instruments.definition import NO_WORDS, UNSAID, Pairs, Words
from sonae.core.instruments.xlsform.headers import Meaning
from sonae.core.instruments.xlsform.sheets import Row, Sheet

_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_SPACES = re.compile(" +")
_TRUTH = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "true()"), "true()"),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "false()"), "false()"),
}
OWN = "sonae_"


@dataclass(frozen=True)
class Entry:
    """The cells of a row by column and language."""

    sheet: Sheet
    row: Row
    meanings: Mapping[str, Meaning]
    default_language: str = ""
    keeps_spaces: bool = False

    @cached_property
    def _cells(self) -> tuple[tuple[str, Meaning, str], ...]:
        texts = ((header, text.translate(_QUOTES)) for header, text in self.row.cells.items())
        return tuple(
            (header, self.meanings[header], plain if self.keeps_spaces else _SPACES.sub(" ", plain.strip()))
            for header, plain in texts
        )

    @cached_property
    def _firsts(self) -> dict[str, str]:
        firsts: dict[str, str] = {}
        for _, meaning, text in self._cells:
            firsts.setdefault(meaning.name, text)
        return firsts

    def one(self, name: str) -> str:
        """The text of a column that has no languages; of one that has, the first."""
        return self._firsts.get(name, "")

    def rule(self, name: str) -> str:
        """An expression, yes and no in the way of expressions."""
        text = self.one(name)
        return _TRUTH.get(text, text)

    def says_yes(self, name: str) -> bool:
        return self.rule(name) == "true()"

    def words(self, name: str) -> Words:
        """The texts of a column in every language; a text without one is in the form's own."""
        said: dict[str, str] = {}
        unsaid = ""
        for _, meaning, text in self._cells:
            if meaning.name != name:
                continue
            if meaning.language == UNSAID:
                unsaid = unsaid or text
            else:
                said.setdefault(meaning.language, text)
        if unsaid:
            said.setdefault(self.default_language or UNSAID, unsaid)
        return Words.of(said) if said else NO_WORDS

    def titles(self) -> Words:
        """The title of a form in several languages."""
        begin = f"{OWN}title_"
        return Words.of(
            {
                meaning.name.removeprefix(begin): text
                for _, meaning, text in self._cells
                if meaning.name.startswith(begin)
            }
        )

    def has(self, *names: str) -> bool:
        return any(meaning.name in names for _, meaning, _ in self._cells)

    def media(self) -> tuple[tuple[str, Words], ...]:
        kinds = dict.fromkeys(meaning.name for _, meaning, _ in self._cells if meaning.name.startswith("media::"))
        return tuple(sorted((name.removeprefix("media::"), self.words(name)) for name in kinds))

    def header_of(self, name: str) -> str:
        """The header under which a column of this meaning stands; its usual name when there is none."""
        return next((header for header, meaning in self.meanings.items() if meaning.name == name), name)

    def others(self, known: frozenset[str]) -> Pairs:
        """What stands in columns of which this room makes nothing."""
        return tuple(
            (meaning.name if meaning.language == UNSAID else f"{meaning.name}::{meaning.language}", text)
            for _, meaning, text in self._cells
            if meaning.name not in known and not meaning.name.startswith((OWN, "media::"))
        )
