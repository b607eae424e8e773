"""Where a table begins, and which of its columns says what: proposed from headers and contents, decided by a person."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from sonae.prevention.assets.intake import cells
from sonae.prevention.assets.intake.header_words import HEADERS, TOTALS
from sonae.prevention.assets.intake.vocabulary import LedgerField

# Titles, dates of printing and notes above a table seldom take more lines.
LOOKED_THROUGH = 30
# Of a hundred: below this two words have too little in common.
ALIKE = 86
# So many of the filled cells of a column have to look like an address, so that it is taken for one.
MOSTLY = 0.7
_SIGNS = re.compile(r"[\s_\-‐‑–—・･/\\:;,.()\[\]【】「」<>※*#'\"|]+")
_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]|【.*?】")
_DATA = re.compile(r"\d{4,}|\d+\.\d+|[0-9a-f]{2}[:-][0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: its number as the file counts, and the texts of its cells from the first column."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Header:
    """The headers of a table: in which line they stand, where its rows begin, and what each column is called."""

    line: int
    data_line: int
    names: tuple[str, ...]


def plain_header(text: str) -> str:
    """A header in one width, without case, blanks and signs."""
    return _SIGNS.sub("", cells.plain(text).casefold())


def _words_of(text: str) -> tuple[str, ...]:
    """What a header may be known by: as it stands, and without what it says in brackets."""
    bare = _IN_BRACKETS.sub("", cells.plain(text))
    return tuple(dict.fromkeys(word for word in (plain_header(text), plain_header(bare)) if word))


_FIELD_OF = {plain_header(word): field for field, words in HEADERS.items() for word in words}


def field_of(text: str) -> LedgerField | None:
    """The field that a header names by one of its known words."""
    return next((_FIELD_OF[word] for word in _words_of(text) if word in _FIELD_OF), None)


def find_header(lines: Sequence[Line]) -> Header | None:
    """The headers among the first lines of a table, of one line or of two; None where nothing looks like any."""
    best, most = None, 0
    for place, line in enumerate(lines[:LOOKED_THROUGH]):
        known = len({field for text in line.cells if text and (field := field_of(text))})
        if known > most:
            best, most = place, known
    if most < 2:
        best = _first_full_line(lines)
    if best is None:
        return None
    return _with_its_neighbour(lines, best)


def _with_its_neighbour(lines: Sequence[Line], place: int) -> Header:
    """The header with the line of groups above it, or the one below that divides it."""
    line = lines[place]
    below = lines[place + 1] if place + 1 < len(lines) else None
    if below is not None and below.number == line.number + 1 and _divides(line, below):
        return Header(line.number, below.number + 1, _joined(line.cells, below.cells))
    above = lines[place - 1] if place else None
    if above is not None and above.number == line.number - 1 and _divides(above, line):
        return Header(above.number, line.number + 1, _joined(above.cells, line.cells))
    return Header(line.number, line.number + 1, line.cells)


def _divides(upper: Line, lower: Line) -> bool:
    """Whether the lower line names parts of what the upper one names: where the upper is blank or a group, it says a
    known word, and nowhere anything that looks like contents."""
    texts = [text for text in lower.cells if text]
    upper_texts = [text for text in upper.cells if text]
    if not texts or len(upper_texts) < 2 or any(_DATA.search(cells.plain(text)) for text in texts):
        return False
    width = max(len(upper.cells), len(lower.cells))
    pairs = [(_at(upper.cells, column), _at(lower.cells, column)) for column in range(width)]
    under_gap = any(below and not above for above, below in pairs)
    # A cell that was merged over both lines is blank below; one over several columns is blank beside.
    has_whole = any(above and below in ("", above) for above, below in pairs)
    return under_gap and has_whole and any(field_of(text) for text in texts)


def _joined(upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    found, group = [], ""
    for column in range(max(len(upper), len(lower))):
        above, below = _at(upper, column), _at(lower, column)
        group = above or (group if below else "")
        found.append(f"{group} {below}".strip() if below and below != group else above)
    return tuple(found)


def _at(texts: Sequence[str], column: int) -> str:
    return texts[column] if column < len(texts) else ""


def _first_full_line(lines: Sequence[Line]) -> int | None:
    """The first line that is as wide as most: a title above a table fills one cell or two."""
    widths = [sum(bool(text) for text in line.cells) for line in lines[:LOOKED_THROUGH]]
    if not widths or max(widths) < 1:
        return None
    return next(place for place, width in enumerate(widths) if width >= 0.6 * max(widths))


def fingerprint(names: Iterable[str]) -> str:
    """By what a list is known again: its headers in their order, whatever their width, case and signs."""
    return hashlib.sha256("\n".join(plain_header(name) for name in names).encode()).hexdigest()


def propose(names: Sequence[str], samples: Sequence[Line]) -> tuple[str, ...]:
    """For each column the field that it seems to say, or an empty text. No field is proposed twice: a known word goes
    before one that is only like it, and that before what the contents look like."""
    width = max([len(names), *(len(line.cells) for line in samples)], default=0)
    found = [""] * width
    for judge in (_by_word, _by_last_word, _by_likeness):
        for column, name in enumerate(names):
            field = "" if found[column] or not name else judge(name)
            if field and field not in found:
                found[column] = field
    for column in range(width):
        field = "" if found[column] else _by_content([_at(line.cells, column) for line in samples])
        if field and field not in found:
            found[column] = field
    return tuple(found)


def _by_word(name: str) -> str:
    return field_of(name) or ""


def _by_last_word(name: str) -> str:
    """Of a header in two lines, what the lower one says."""
    return field_of(name.rpartition(" ")[2]) or ""


def _by_likeness(name: str) -> str:
    word = plain_header(name)
    # Of words of one or two letters every other one is alike.
    if len(word) < 3:
        return ""
    found = process.extractOne(word, _FIELD_OF.keys(), scorer=fuzz.ratio, score_cutoff=ALIKE)
    return _FIELD_OF[found[0]] if found else ""


_LOOKS: tuple[tuple[LedgerField, Callable[[str], object]], ...] = (
    (LedgerField.MAC_ADDRESS, cells.mac_of),
    (LedgerField.IP_ADDRESS, cells.ip_of),
)
_OS = re.compile(r"windows|linux|ubuntu|centos|red ?hat|macos|ios|android|vmware|esxi", re.IGNORECASE)


def _by_content(texts: Sequence[str]) -> str:
    filled = [cells.plain(text) for text in texts if text.strip()]
    if not filled:
        return ""
    for field, read in _LOOKS:
        if sum(_is_readable(read, text) for text in filled) >= MOSTLY * len(filled):
            return field
    if sum(bool(_OS.search(text)) for text in filled) >= MOSTLY * len(filled):
        return LedgerField.OS
    return ""


def _is_readable(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except cells.Unreadable:
        return False
    return True


def is_total(line: Line) -> bool:
    """Whether a row adds the others up."""
    first = next((text for text in line.cells if text), "")
    return plain_header(first).rstrip("0123456789台件") in TOTALS


def repeated(names: Iterable[str]) -> set[str]:
    """The fields to which more than one column goes."""
    return {field for field, count in Counter(name for name in names if name).items() if count > 1}
