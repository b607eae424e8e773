"""Where in a sheet the form begins, and which column says what. Found by the words of the forms so far."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from unicodedata import normalize

from sonae.core.instruments.vocabulary import Target
from sonae.prevention.inspections.ministry_form.grid import Grid, Line

_ITEM = ("チェック項目", "確認項目")
_ANSWER = ("確認結果", "回答", "はい・いいえ", "はい/いいえ", "1回目")
_ROUND = re.compile(r"([123])回目")
_YEAR = re.compile(r"令和(\d{1,2}|元)年度")
_TARGETS = (
    ("医療情報システム全般", Target.ALL), ("サーバ", Target.SERVER), ("端末", Target.PC),
    ("ネットワーク機器", Target.NETWORK_DEVICE),
)  # fmt: skip


@dataclass(slots=True)
class Header:
    """The columns of a form, from 1; 0 where it has none. `last_line` is the row of the sheet where headers end."""

    item: int
    last_line: int
    number: int = 0
    target: int = 0
    answers: set[int] = field(default_factory=set)
    has_target_date: bool = False
    rounds: int = 1


def plain(text: str) -> str:
    """A text without blanks, full and half width made one: in what the ministry writes both occur."""
    return re.sub(r"\s+", "", normalize("NFKC", text))


def header_of(grid: Grid) -> Header | None:
    """The row of headers of a sheet, with those right below it that only divide its columns."""
    for place, line in enumerate(grid.lines):
        words = {column: plain(text) for column, text in line.cells.items()}
        item = next((column for column, text in words.items() if text.startswith(_ITEM)), 0)
        if item and any(_asks(text) for text in words.values()):
            header = Header(item, line.number)
            _take(header, words)
            for below in grid.lines[place + 1 : place + 3]:
                if not _only_divides(below):
                    break
                _take(header, {column: plain(text) for column, text in below.cells.items()})
                header.last_line = below.number
            return header
    return None


def years_in(lines: Iterable[Line]) -> set[int]:
    """The fiscal years that are named, as the year in which they begin."""
    texts = [plain(text) for line in lines for text in line.cells.values()]
    return {2018 + (1 if found == "元" else int(found)) for text in texts for found in _YEAR.findall(text)}


def targets_in(text: str) -> tuple[Target, ...]:
    """The classes of device that a text names; all of them is one of its own."""
    found = plain(text)
    if found in ("全", "全般", "全て", "すべて"):
        return (Target.ALL,)
    named = tuple(target for word, target in _TARGETS if word in found)
    return (Target.ALL,) if Target.ALL in named else named


def _asks(text: str) -> bool:
    return "確認日" in text or any(word in text for word in _ANSWER)


def _only_divides(line: Line) -> bool:
    """Whether a row says nothing but which column holds what."""
    texts = [plain(text) for text in line.cells.values()]
    return all(_asks(text) or "目標日" in text or _ROUND.fullmatch(text) or text == "対象" for text in texts)


def _take(header: Header, words: dict[int, str]) -> None:
    for column, text in words.items():
        if text.rstrip(".") in ("番号", "No", "NO", "項番"):
            header.number = column
        elif text.startswith("対象"):
            header.target = column
        if _asks(text):
            header.answers.add(column)
        header.has_target_date |= "目標日" in text
        header.rounds = max([header.rounds, *map(int, _ROUND.findall(text))])
