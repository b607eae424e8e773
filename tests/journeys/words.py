"""Whether a page speaks one language: what every catalogue of the repository calls things, and how English looks."""

import re
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parents[2] / "packages" / "portal" / "src" / "sonae"
# Three words of English in a row are a sentence that nobody has translated; names of standards are shorter.
ENGLISH = re.compile(r"\b[A-Za-z][a-z'’]+(?:[ ,]+[A-Za-z][a-z'’]*){2,}")
# Names of the made-up sector are rows, and one stands in the style guide as well.
MADE_UP = re.compile(r"架空第\d+(病院|診療所|歯科|薬局)")
JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")


HOLE = re.compile(r"%\\\((\w+)\\\)[sd]")


class Phrases:
    """Sentences of a catalogue, with or without holes."""

    def __init__(self) -> None:
        self._whole: set[str] = set()
        self._holed: list[re.Pattern[str]] = []
        # Pages share most of what they say, and thousands of sentences have holes.
        self._answered: dict[str, bool] = {}

    def add(self, sentence: str) -> None:
        text = " ".join(sentence.split())
        pattern = HOLE.sub(".+?", re.escape(text))
        if pattern == re.escape(text):
            self._whole.add(text)
        elif len(re.sub(r"[\W\d_]", "", HOLE.sub("", re.escape(text)))) > 6:
            self._holed.append(re.compile(pattern))

    def say(self, text: str) -> bool:
        if text not in self._answered:
            self._answered[text] = text in self._whole or any(pattern.fullmatch(text) for pattern in self._holed)
        return self._answered[text]


@cache
def _catalogue() -> tuple[Phrases, Phrases]:
    """The words of the code that have other words in Japanese, and those Japanese words."""
    english, japanese = Phrases(), Phrases()
    for path in PACKAGE.rglob("locale/ja/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            entries = [entry for entry in read_po(file) if entry.id and entry.string and entry.id != entry.string]
        for entry in entries:
            for phrases, sentences in ((english, entry.id), (japanese, entry.string)):
                for sentence in [sentences] if isinstance(sentences, str) else sentences:
                    phrases.add(sentence)
    return english, japanese


def left_in_english(spoken: list[str]) -> list[str]:
    """Pieces of a Japanese page that are the English of the code, or look like an English sentence."""
    english, _japanese = _catalogue()
    without_japanese = {text for text in spoken if not JAPANESE.search(text)}
    return sorted(text for text in without_japanese if english.say(text) or ENGLISH.search(text))


def left_in_japanese(spoken: list[str]) -> list[str]:
    """Pieces of an English page that are Japanese words of the catalogues."""
    _english, japanese = _catalogue()
    japanese_ones = {text for text in spoken if JAPANESE.search(text) and not MADE_UP.fullmatch(text)}
    return sorted(text for text in japanese_ones if japanese.say(text))
