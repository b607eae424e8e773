"""Which of two versions is the earlier, where that can be said.

Publishers of devices follow no scheme, so this order is Sonae's own, and partial: it answers None rather than guess.

- A version is read as numbers and words; "V", "Ver." and "R" before the first number say nothing.
- Numbers are compared as numbers, missing ones count as 0: 1.2 = 1.2.0 < 1.10.
- A single letter after a number counts on: 1.1 < 1.1a < 1.1e. Two different single letters follow the alphabet.
- Stages stand before their version: 2.0-alpha < 2.0-beta < 2.0-rc1 < 2.0.
- Repairs stand after it: 4.7 < 4.7 HF27 < 4.7 SP1. Between different sorts of repairs only that order is known.
- A build tells versions apart that are otherwise the same; without it none of them can be told: 5.3 ? 5.3 Build 150410.
- An x or a star at the end stands for whatever follows.
"""

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_PARTS = re.compile(r"([^0-9a-z*]*)(\d+|[a-z]+|\*)", re.ASCII)
_LEADING = re.compile(
    r"^(?:versions?|ver|v|release|rel|revision|rev|r|firmware|fw)(?=[\s._]*\d|[\s._]+)[\s._]*", re.IGNORECASE | re.ASCII
)
_WILD = frozenset({"x", "xx", "xxx", "xxxx", "*"})
_STAGES = {"dev": 0, "snapshot": 0, "pre": 1, "preview": 1, "alpha": 2, "beta": 3, "rc": 4}
_BUILDS = frozenset({"build", "b"})


class _Sort(IntEnum):
    HOT_FIX = 1
    SERVICE_PACK = 2


_REPAIRS = {
    "hf": _Sort.HOT_FIX,
    "hotfix": _Sort.HOT_FIX,
    "upd": _Sort.HOT_FIX,
    "update": _Sort.HOT_FIX,
    "patch": _Sort.HOT_FIX,
    "sp": _Sort.SERVICE_PACK,
    "servicepack": _Sort.SERVICE_PACK,
}
# Different words for the same repair.
_MOST_DIGITS = 60
_SAME = {"update": "upd", "hotfix": "hf", "servicepack": "sp"}


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    number: int | None
    joint: str
    is_wild: bool


@lru_cache(maxsize=65_536)
def _parts(text: str) -> tuple[_Part, ...]:
    folded = _LEADING.sub("", text.casefold().strip()).replace("service pack", "servicepack")
    found = _PARTS.findall(folded)
    # "x64" is no wildcard: nothing may be glued to one.
    glued = [not joint for joint, _ in found[1:]] + [False] * bool(found)
    return tuple(
        _Part(
            _SAME.get(word, word),
            int(word) if word.isdigit() and len(word) <= _MOST_DIGITS else None,
            joint.strip() or joint[:1],
            is_wild=word in _WILD and bool(joint) and not is_followed,
        )
        for (joint, word), is_followed in zip(found, glued, strict=True)
    )


def same(left: str, right: str) -> bool:
    """Whether two texts name the same version: 4.1 Patch 04 is v4.1 patch4."""
    return compared(left, right) == 0


def compared(left: str, right: str) -> int | None:
    """-1, 0 or 1 as the left version is earlier, the same or later; None where no order is known."""
    ours, theirs = _parts(left), _parts(right)
    if not ours or not theirs or _shape(ours) != _shape(theirs):
        return 0 if ours and ours == theirs else None
    for mine, yours in zip(ours, theirs, strict=False):
        answer = _between(mine, yours)
        if answer != 0:
            return answer
    common = min(len(ours), len(theirs))
    if len(ours) == len(theirs):
        return 0
    longer, sign = (ours, 1) if len(ours) > len(theirs) else (theirs, -1)
    rest = _beyond(longer[common:])
    return None if rest is None else sign * rest


def to_bound(version: str, bound: str) -> int | None:
    """How a device's version stands to a published one: the build that a device adds to it makes no other version."""
    answer = compared(version, bound)
    ours, theirs = _parts(version), _parts(bound)
    if answer is not None or not theirs or len(ours) <= len(theirs) or _shape(ours) != _shape(theirs):
        return answer
    alike = all(_between(mine, yours) == 0 for mine, yours in zip(ours, theirs, strict=False))
    return 0 if alike and ours[len(theirs)].text == "build" else None


def _shape(parts: tuple[_Part, ...]) -> str:
    """The letters before the first number: versions of two series (U61, L81) have no order between them."""
    first = parts[0]
    if first.number is not None:
        return ""
    return first.text if len(parts) > 1 else "letter" if len(first.text) == 1 else first.text


def _between(mine: _Part, yours: _Part) -> int | None:
    if mine.is_wild or yours.is_wild:
        return 0 if mine.is_wild and yours.is_wild else None
    if mine.number is not None and yours.number is not None:
        return _sign(mine.number - yours.number)
    if mine.number is not None or yours.number is not None:
        return _number_beside_word(mine, yours)
    if mine.text == yours.text:
        return 0
    for ranks in (_STAGES, _REPAIRS):
        if mine.text in ranks and yours.text in ranks:
            return _sign(ranks[mine.text] - ranks[yours.text]) or None
    if (mine.text in _STAGES and yours.text in _REPAIRS) or (mine.text in _REPAIRS and yours.text in _STAGES):
        return -1 if mine.text in _STAGES else 1
    if len(mine.text) == len(yours.text) == 1:
        return -1 if mine.text < yours.text else 1
    return None


def _number_beside_word(mine: _Part, yours: _Part) -> int | None:
    """2.0.1 is later than 2.0-rc1 and 4.7.1 than 4.7 HF2; beside other words nothing is known."""
    word, sign = (yours, 1) if mine.number is not None else (mine, -1)
    number = mine if mine.number is not None else yours
    if word.text in _STAGES:
        return sign
    return sign if word.text in _REPAIRS and number.number and number.joint == "." else None


def _beyond(rest: tuple[_Part, ...]) -> int | None:
    """How a version stands to the same version without this rest."""
    first = rest[0]
    if first.is_wild:
        return None
    if first.number is not None:
        if first.joint not in {".", ",", "-"} or (first.joint == "-" and len(rest) == 1):
            return None
        if all(part.number == 0 for part in rest):
            return 0
        return 1 if all(part.number is not None for part in rest) or first.number else None
    if first.text in _STAGES:
        return -1
    if first.text in _REPAIRS:
        return 1
    return 1 if len(first.text) == 1 and not first.joint and first.text not in _BUILDS else None


def _sign(difference: int) -> int:
    return (difference > 0) - (difference < 0)


def line_of(text: str) -> tuple[str, ...] | None:
    """The fixed parts of a version that ends in an x or a star ("14.1.x"); None where it is no such line."""
    parts = _parts(text)
    fixed = [part for part in parts if not part.is_wild]
    wild = parts[len(fixed) :]
    if not fixed or not wild or not all(part.is_wild for part in wild):
        return None
    return tuple(part.text for part in fixed)


def without_wildcards(text: str) -> str | None:
    """The line's own version ("14.1.x" → "14.1"), the text where it has no wildcard, None where one is inside."""
    parts = _parts(text)
    if not any(part.is_wild for part in parts):
        return text
    line = line_of(text)
    return None if line is None else ".".join(line)


def belongs(text: str, *, line: str) -> bool | None:
    """Whether a version is one of a line such as "14.1.x"; None where the version is too short to say."""
    fixed = line_of(line)
    assert fixed is not None, "asked only of a line"
    parts = _parts(text)
    for have, want in zip(parts, fixed, strict=False):
        if have.number is not None and want.isdigit():
            if have.number != int(want):
                return False
        elif have.text != want:
            return None
    return True if len(parts) >= len(fixed) else None
