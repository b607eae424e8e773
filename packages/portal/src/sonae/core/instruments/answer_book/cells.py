"""One answer in a cell, and back. Pure: no file, no clock.

What a cell cannot be read as stays the text it is: the rules of the form say what is wrong with it, as they do for
whatever else was answered.
"""

import datetime as dt
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sonae.core.instruments.answers import unknown_as_of
from sonae.core.instruments.definition import Choice, Question
from sonae.core.instruments.vocabulary import OTHER, AnswerKind, YesNo
from sonae.kernel import calendar

type Cell = str | bool | int | float | dt.datetime | dt.date | dt.time | None
_LISTS = frozenset({AnswerKind.MULTIPLE, AnswerKind.RANKING})
# A spreadsheet keeps no longer text, no character that controls, and fifteen digits.
LONGEST_CELL = 16_000
_NOT_IN_A_CELL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_LARGEST_NUMBER = 1e15
# Spreadsheets begin to count in 1900, with a day in it that there never was.
_FIRST_DAY = dt.date(1900, 3, 1)
_TICKED = frozenset({"ok", "true", "✓", "✔", "○", "はい", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be chosen: each value with the text by which it is shown, all of them different."""

    shown: Mapping[str, str]
    # Every way of saying it, in either language.
    meant: Mapping[str, str]

    def text_of(self, value: object) -> str:
        return self.shown.get(str(value), str(value))

    def value_of(self, text: str) -> str:
        """The value that is meant; the text itself where nothing is."""
        return self.meant.get(_plain(text), text)


def offer_of(
    question: Question, choices: Sequence[Choice], *, common: Mapping[str, Sequence[str]], language: str
) -> Offer:
    """`common` are the words for yes, no, out of scope and other, by their values, those of `language` first."""
    pairs = [(choice.value, choice.words.text(language) or choice.value) for choice in choices]
    said = {choice.value: [text for _, text in choice.words.by_language] for choice in choices}
    if question.kind is AnswerKind.YES_NO and not choices:
        offered = [YesNo.YES, YesNo.NO, *([YesNo.OUT_OF_SCOPE] if question.may_be_out_of_scope else [])]
        pairs = [(value.value, common[value][0]) for value in offered]
        said = {value.value: list(common[value]) for value in YesNo}
    if question.has_other:
        pairs.append((OTHER, common[OTHER][0]))
        said[OTHER] = list(common[OTHER])
    # Told apart as they are read back: choices that differ in width or case only show their values, too.
    pairs = [(value, " ".join(text.split())) for value, text in pairs]
    alike = Counter(_plain(text) for _, text in pairs)
    shown = {value: text if alike[_plain(text)] == 1 else f"{text} ({value})" for value, text in pairs}
    meant: dict[str, str] = {}
    shared: set[str] = set()
    for value, words in said.items():
        for plain in {_plain(text) for text in words}:
            if meant.setdefault(plain, value) != value:
                shared.add(plain)
    # A word that two choices share means neither; what is shown means what it is shown for.
    meant = {plain: value for plain, value in meant.items() if plain not in shared}
    for value, _text in pairs:
        meant.setdefault(_plain(value), value)
    meant |= {_plain(text): value for value, text in shown.items()}
    return Offer(shown, meant)


def cell_of(question: Question, value: object, offer: Offer) -> Cell:
    """What stands in the cell for this answer (of a row of the checklist, its yes or no); None for nothing."""
    if value is None or value == "":
        return None
    match question.kind:
        case AnswerKind.YES_NO | AnswerKind.SINGLE:
            return offer.text_of(value)
        case kind if kind in _LISTS:
            chosen = value.split() if isinstance(value, str) else value
            return "\n".join(offer.text_of(one) for one in chosen) if isinstance(chosen, list | tuple) else str(value)
        case AnswerKind.NUMBER:
            number = value.get("number") if isinstance(value, Mapping) else value
            if isinstance(number, int | float) and not isinstance(number, bool) and abs(number) < _LARGEST_NUMBER:
                return float(number)
            return str(number)
        case AnswerKind.DATE:
            return day_in(value)
        case AnswerKind.TICK:
            return "OK" if value in (True, "OK") else str(value)
    return value if isinstance(value, str) else str(value)


def answer_in(question: Question, cell: Cell, offer: Offer) -> object:
    """The answer that stands in a cell, as `sonae.core.instruments.answers` reads it; None for an empty one."""
    text = text_in(cell)
    if not text:
        return None
    match question.kind:
        case AnswerKind.YES_NO | AnswerKind.SINGLE:
            return offer.value_of(text)
        case kind if kind in _LISTS:
            return [offer.value_of(one) for one in _each(text, offer)]
        case AnswerKind.NUMBER:
            return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else digits(text)
        case AnswerKind.TICK:
            return True if cell is True or _plain(text) in _TICKED else text
        case AnswerKind.MOMENT:
            return moment_in(cell) or text
    return text


def text_in(cell: Cell) -> str:
    """What a person reads in the cell."""
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < _LARGEST_NUMBER:
            return str(int(cell))
        case dt.datetime():
            is_day = cell.time() == dt.time()
            return cell.date().isoformat() if is_day else cell.isoformat(sep="T", timespec="minutes")
        case dt.date() | dt.time():
            return cell.isoformat()
    return str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()


def kept(cell: Cell) -> str | float | None:
    """What is remembered of a cell that was written; None for an empty one."""
    match cell:
        case bool():
            return text_in(cell)
        case float():
            return cell
        # A file may hold more digits than a float: those are a text.
        case int() if abs(cell) < _LARGEST_NUMBER:
            return float(cell)
    return text_in(cell) or None


def is_as_before(cell: Cell, before: object) -> bool:
    """Whether a cell still says what was kept of it; a spreadsheet keeps fifteen digits of a number."""
    now = kept(cell)
    # What was kept comes back with the file, and says whatever somebody wrote into it.
    before = kept(before) if isinstance(before, int) else before
    if isinstance(now, float) and isinstance(before, int | float):
        return math.isclose(now, before, rel_tol=1e-14)
    if isinstance(now, float) or isinstance(before, int | float):
        return text_in(now) == text_in(before if isinstance(before, int | float | str) else None)
    return now == before


def day_in(value: object) -> dt.date | str | None:
    """The day an answer names, for a cell of its own; the text where it is none that a spreadsheet has."""
    if value is None or value == "":
        return None
    try:
        day = dt.date.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return day if day >= _FIRST_DAY and day.isoformat() == value else str(value)


def moment_in(cell: Cell) -> str | None:
    """The moment in a cell, Japanese time unless it says another; None where there is none."""
    if isinstance(cell, dt.datetime):
        found = cell
    else:
        try:
            found = dt.datetime.fromisoformat(text_in(cell).replace("/", "-"))
        except ValueError:
            return None
    return (found if found.tzinfo else found.replace(tzinfo=calendar.JST)).isoformat()


def _each(text: str, offer: Offer) -> Iterable[str]:
    """The choices of a cell: a line each; a line that is none of them may hold several between semicolons."""
    for line in text.splitlines():
        if _plain(line) in offer.meant:
            yield line.strip()
        else:
            yield from (part.strip() for part in line.replace("；", ";").split(";") if part.strip())


def fits(question: Question, answer: object) -> bool:
    """Whether the cells of a question can show this answer, and give it back as it was."""
    if unknown_as_of(answer) is not None:
        return question.may_be_unknown
    if question.kind is AnswerKind.YES_NO and isinstance(answer, Mapping):
        rounds = question.dates.rounds if question.dates else 0
        checks = answer.get("checked_on") or []
        days = checks if isinstance(checks, list) else [checks]
        parts = [answer.get("answer"), answer.get("target_on"), *days]
        has_room = len(days) <= rounds and (question.dates is not None or not days)
        return has_room and set(answer) <= {"answer", "checked_on", "target_on"} and all(map(_fits_a_cell, parts))
    return fits_one_cell(question, answer)


def fits_one_cell(question: Question, answer: object) -> bool:
    """The same for a question of which there is one cell."""
    if isinstance(answer, Mapping):
        is_number = question.kind is AnswerKind.NUMBER and set(answer) <= {"number", "unit"}
        return is_number and _fits_a_cell(answer.get("number"))
    if isinstance(answer, list):
        return question.kind in _LISTS and all(isinstance(one, str) and _fits_a_cell(one) for one in answer)
    return _fits_a_cell(answer)


def _fits_a_cell(value: object) -> bool:
    match value:
        case None | bool():
            return True
        case int() | float():
            return abs(value) < _LARGEST_NUMBER
        case str():
            return len(value) < LONGEST_CELL and not _NOT_IN_A_CELL.search(value)
    return False


def digits(text: str) -> str:
    """A number as somebody typed it, without the commas and the wide digits of its own keyboard."""
    return unicodedata.normalize("NFKC", text).replace(",", "")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
