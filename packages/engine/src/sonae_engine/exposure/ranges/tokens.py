"""Tokens of a text about versions, what ends its reading, and the plain form of texts and versions."""

import re
import unicodedata
from dataclasses import dataclass

from sonae_engine.exposure.ranges.vocabulary import Fault

SIGNS = frozenset({"AT_MOST", "AT_LEAST", "LESS", "MORE", "EQUAL", "OTHER_THAN"})
ASKS_VERSION_AFTER = SIGNS | {
    "BEFORE", "UP_TO", "FROM_UP", "ABOVE", "TO", "BETWEEN", "FROM", "FIXED", "VERSION_WORD", "EXCEPT", "SERIAL",
}  # fmt: skip
_PREFIX = re.compile(r"^(?:versions?|ver\.?|v\.?)(?=[\s_]*\d)[\s_]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """`name` is a terminal of the grammar; `text` what stands there, `value` what it means if that differs."""

    name: str
    text: str
    value: str = ""


class Stopped(Exception):
    """Ends a reading where it is not understood; caught by `reading.read` alone."""

    def __init__(self, part: str, fault: Fault) -> None:
        super().__init__(fault)
        self.part = part
        self.fault = fault


def folded(text: str) -> str:
    """Full-width signs and digits as ASCII, blanks as one; brackets around the whole are taken off."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).strip()
    if plain.startswith("(") and closing(plain, 0) == len(plain) - 1:
        plain = plain[1:-1].strip()
    return plain.removesuffix(".").strip() if not plain.endswith("..") else plain


def closing(text: str, place: int) -> int | None:
    """Where the bracket closes that opens at `place`."""
    depth = 0
    for at in range(place, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    return None


def bare(text: str) -> str:
    """A version without the "V" or "Ver." before it."""
    return _PREFIX.sub("", text.strip()).rstrip("_")


def joined(run: list[Token]) -> str:
    """The words of tokens as they stood, Japanese ones without blanks."""
    text = ""
    for token in run:
        glued = text and not (text[-1].isascii() or token.text[0].isascii())
        text += token.text if glued or not text else f" {token.text}"
    return text
