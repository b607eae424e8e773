"""Model numbers in a text: `EC 40`, lists (`FM20/FM30`, `M8001A/2A`), spans (`MP20-MP90`), wildcards (`HX2XXX`)."""

import re
from dataclasses import dataclass
from typing import Final

from sonae_engine.exposure.spelling import tokens

_CLUMP: Final = re.compile(r"[a-z0-9@]+(?:[-/][a-z0-9@]+)*|[ァ-ヺー]+|[一-鿿々]+|[ぁ-ゖ]+|\+")
_DIGIT: Final = re.compile(r"\d")
_LONG_HEAD: Final = re.compile(r"([a-z]{4,})[-/]?(.*\d.*)")
_LONG_WORD: Final = re.compile(r"[a-z]{4,}")
_SPAN: Final = re.compile(r"([a-z]+)(\d+)([a-z]*)-\1(\d+)\3")
_SHARED_ENDS: Final = re.compile(r"([a-z]+)-?(\d+(?:/\d+)+)([a-z]*)")
_TAIL: Final = re.compile(r"[a-z]\d?|[a-z]{2}")


@dataclass(frozen=True, slots=True)
class Unit:
    """One model number: letters before the first digit, and the rest; `until` ends a span of numbers."""

    prefix: str
    core: str
    until: int | None = None

    @property
    def whole(self) -> str:
        """The number as one word."""
        return self.prefix + self.core


@dataclass(frozen=True, slots=True)
class Slot:
    """Model numbers of which one is meant."""

    units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """What a text holds: words, words of which a slash makes alternatives, and numbers."""

    words: tuple[str, ...]
    loose: tuple[str, ...]
    slots: tuple[Slot, ...]


def read_models(plain: str, kinds: frozenset[str]) -> Models:
    """Words and model numbers of a normal text without versions."""
    words: list[str] = []
    loose: list[str] = []
    slots: list[Slot] = []
    for clump in _clumps(plain, kinds):
        if not _DIGIT.search(clump):
            _take_words(clump, words, loose)
            continue
        head, rest = _headed(_without_long_words(clump, loose))
        words.extend(head)
        slots.append(_slot(rest))
    return Models(tuple(words), tuple(loose), tuple(slots))


def _clumps(plain: str, kinds: frozenset[str]) -> list[str]:
    """Words between blanks; a short tail after a number (`CT750 HD`) is part of the number."""
    found: list[str] = []
    last_end = -2
    for match in _CLUMP.finditer(plain):
        text = match.group()
        follows = bool(found) and match.start() - last_end == 1 and plain[last_end] == " "
        if follows and _DIGIT.search(found[-1]) and _TAIL.fullmatch(text) and text not in kinds:
            found[-1] += text
        else:
            found.append(text)
        last_end = match.end()
    return found


def _take_words(clump: str, words: list[str], loose: list[str]) -> None:
    if "/" in clump:
        loose.extend(tokens(clump))
        return
    parts = clump.split("-")
    if len(parts) > 1 and min(map(len, parts)) == 1:
        words.append("".join(parts))  # H-Scribe is one word
        return
    words.extend(tokens(clump))


def _without_long_words(clump: str, loose: list[str]) -> str:
    """`JP1/VERITAS` is a number and a word."""
    parts = clump.split("/")
    loose.extend(part for part in parts[1:] if _LONG_WORD.fullmatch(part))
    return "/".join(part for at, part in enumerate(parts) if not at or not _LONG_WORD.fullmatch(part))


def _headed(clump: str) -> tuple[list[str], str]:
    match = _LONG_HEAD.fullmatch(clump)
    if match is None or _SPAN.fullmatch(clump):
        return [], clump
    return [match[1]], match[2]


def _slot(clump: str) -> Slot:
    if span := _SPAN.fullmatch(clump):
        return Slot((Unit(span[1], span[2] + span[3], int(span[4])),))
    if ends := _SHARED_ENDS.fullmatch(clump):
        # `R04/08/120CPU` shortens both the beginning and the end.
        return Slot(tuple(Unit(ends[1], number + ends[3]) for number in ends[2].split("/")))
    parts = [part.replace("-", "") for part in clump.split("/")]
    if len(parts) == 1 or not all(_alike(parts[0], part) for part in parts[1:]):
        return Slot((_unit("".join(parts)),))
    return Slot(tuple(_unit(_filled(parts[0], part)) for part in parts))


def _shape(part: str) -> str:
    return re.sub(r"\d+", "9", re.sub("[a-z]+", "a", part))


def _alike(first: str, part: str) -> bool:
    one, two = _shape(first), _shape(part)
    return "9" in one and "9" in two and (one.endswith(two) or two.endswith(one))


def _filled(first: str, part: str) -> str:
    """`2A` after `M8001A` is `M8002A`."""
    if len(part) >= len(first) or _shape(part) == _shape(first):
        return part
    return first[: -len(part)] + part


def _unit(text: str) -> Unit:
    at = _DIGIT.search(text)
    assert at is not None, "a model number holds a digit"
    return Unit(text[: at.start()], text[at.start() :])


def core_of(whole: str) -> str:
    """What of a number, written as one word, begins with its first digit."""
    at = _DIGIT.search(whole)
    return whole[at.start() :] if at else ""


def is_code(unit: Unit) -> bool:
    """Whether a number in a remark is an order code, and not a voltage or a year."""
    return len(unit.whole) >= 6 and re.search("[a-z]", unit.whole) is not None


def is_long_code(unit: Unit) -> bool:
    """Whether a number is so long that another one beside it is another thing."""
    return len(unit.whole) >= 10 and is_code(unit)


def same_unit(asked: Unit, has: Unit, around: frozenset[str], *, series: bool) -> bool:
    """Whether a number on the ledger is the advisory's number, or one that its span, wildcard or series holds."""
    if asked.until is not None:
        return asked.prefix == has.prefix and _in_span(asked, has.core)
    if not _prefixes_agree(asked.prefix, has.prefix, around):
        return False
    if asked.core == has.core:
        return True
    if "x" in asked.core[1:] and len(asked.core) == len(has.core):
        return re.fullmatch(re.sub("x", r"\\w", asked.core), has.core) is not None and asked.core.count("x") > 1
    return series and asked.prefix == has.prefix and _in_series(asked.core, has.core)


def _prefixes_agree(asked: str, has: str, around: frozenset[str]) -> bool:
    if asked == has or not asked or not has:
        return True
    longer, shorter = (asked, has) if len(asked) > len(has) else (has, asked)
    return longer.endswith(shorter) and longer[: -len(shorter)] in around


def _in_span(asked: Unit, core: str) -> bool:
    start, has = re.match(r"(\d+)(.*)", asked.core), re.match(r"(\d+)(.*)", core)
    if start is None or has is None or start[2] != has[2] or asked.until is None:
        return False
    return int(start[1]) <= int(has[1]) <= asked.until


def _in_series(asked: str, has: str) -> bool:
    """A series ends in zeros that stand for any digit: MF750C holds MF755Cdw."""
    match = re.fullmatch(r"(\d+?)(0+)([a-z]*)", asked)
    if match is None:
        return False
    pattern = f"{match[1]}\\d{{{len(match[2])}}}{match[3]}[a-z]*"
    return re.fullmatch(pattern, has) is not None
