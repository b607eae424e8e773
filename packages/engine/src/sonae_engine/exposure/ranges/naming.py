"""Texts that name models, editions or parts and no range: they are compared as a whole."""

import re

from sonae_engine.exposure.ranges import lexicon
from sonae_engine.exposure.ranges.vocabulary import Bound, Certainty, Model, Range, Reading

_PREFIX = re.compile(
    r"(?:(?:UDI/)?Model(?:/NDC)?|Product ID(?:/Reorder)?|Part|Catalog(?:ue)?|Reorder|Order)\s(?:numbers?|nos?\.?):?\s",
    re.IGNORECASE | re.ASCII,
)
_JOINT = re.compile(r"\s?\|\s?|,\s(?:and\s)?|;\s|\s/\s|\s(?:and|or)\s", re.IGNORECASE | re.ASCII)
_SIGN = re.compile(r"[<>=≤≥*:]|(?:^|\s)[-–~](?:\s|$)|[^\x00-\x7f]")
_MARKS = r"(?:\s(?:sp|r|hf|upd|update|patch|service pack)\s?\d+)*"
_SMALL = re.compile(rf"(?:\d{{1,3}}|{lexicon.YEAR.pattern}){_MARKS}", re.IGNORECASE | re.ASCII)
_STRONG_WORD = re.compile(
    r"(?:^|\s)(?:v\d|\S*\d[._]\w|\S*[A-Za-z][._]\d|\S*[._](?:x|\*)(?:\s|$)|\d+\(\w)", re.IGNORECASE | re.ASCII
)
# Words of ranges, conditions and sentences; a text with one of them is more than a name.
_SPOKEN = re.compile(
    r"\b(?:all|any|versions?|ver|v|releases?|rev|revisions?|firmware|fw|software|editions?|prior|before|earlier|below|above|later|"
    r"newer|older|up|through|to|from|between|since|until|including|excluding|except|fixed|affected|with|when|only|if|on|in|using|"
    r"running|the|is|are|not|see|build|serial|possibly|unknown|products?|others?|without|s/n|unaffected|vulnerable)\b",
    re.IGNORECASE | re.ASCII,
)
_MOST_WORDS = 9
_MOST_LETTERS = 80


def read(plain: str) -> Reading | None:
    """The names of a text that holds nothing else; None where there is more or other to it."""
    bare, prefixed = _PREFIX.subn("", plain, count=1)
    if _SIGN.search(bare) or _STRONG_WORD.search(bare) or _SPOKEN.search(bare) or lexicon.EDITION.search(bare):
        return None
    names = _split(bare)
    if all(lexicon.HASH.fullmatch(name) for name in names):
        return Reading("", Certainty.WHOLE, hashes=tuple(names))
    if not prefixed and all(_SMALL.fullmatch(name) for name in names):
        return Reading("", Certainty.WHOLE, ranges=tuple(_exact(name) for name in names))
    if not all(_is_name(name) for name in names) or any(lexicon.HASH.fullmatch(name) for name in names):
        return None
    return Reading("", Certainty.WHOLE, models=tuple(Model(name) for name in names))


def _split(bare: str) -> list[str]:
    """The names of a list; what stands within brackets is not a mark between them."""
    names: list[str] = []
    for part, joint in zip(_JOINT.split(bare), ["", *(match[0] for match in _JOINT.finditer(bare))], strict=True):
        if names and names[-1].count("(") > names[-1].count(")"):
            names[-1] += joint + part
        else:
            names.append(part)
    return [name.strip() for name in names]


def _exact(name: str) -> Range:
    return Range(Bound(name, inclusive=True), Bound(name, inclusive=True))


def _is_name(name: str) -> bool:
    words = name.casefold().split()
    if not words or len(words) > _MOST_WORDS or len(name) > _MOST_LETTERS:
        return False
    # A word that comes twice is a list whose marks are lost; a day without its year is no name.
    if len(set(words)) < len(words) or name.count("(") != name.count(")"):
        return False
    if any(pattern.search(name) for pattern in lexicon.DATES):
        return False
    return any(letter.isdigit() or letter.isupper() for letter in name)
