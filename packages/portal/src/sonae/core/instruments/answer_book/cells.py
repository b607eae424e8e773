"""One answer in a cell, and back. Pure: no file, no clock.

What a cell cannot be read as stays the text it is: the rules of the form say what is wrong with it, as they do for
whatever else was answered, and nothing that somebody typed is lost.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sonae.core.instruments.definition import Choice, Question
from sonae.core.instruments.vocabulary import AnswerKind, YesNo
from sonae.kernel import calendar

type Cell = str | bool | int | float | dt.datetime | dt.date | dt.time | None
_LISTS = frozenset({AnswerKind.MULTIPLE, AnswerKind.RANKING})
# Spreadsheets begin to count in 1900, with a day in it that there never was.
_FIRST_DAY = dt.date(1900, 3, 1)
_TICKED = frozenset({"ok", "true", "✓", "✔", "○", "はい", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be chosen: each value with the text by which it is shown, all of them different."""

    shown: tuple[tuple[str, str], ...]
    # Every way of saying it, in either language.
    meant: Mapping[str, str]

    def text_of(self, value: object) -> str:
        return dict(self.shown).get(str(value), str(value))

    def value_of(self, text: str) -> str:
        """The value that is meant; the text itself where nothing is."""
        return self.meant.get(_plain(text), text)


def offer_of(
    question: Question, choices: Sequence[Choice], *, yes_no: Mapping[YesNo, Sequence[str]], language: str
) -> Offer:
    """`yes_no` are the words for yes, no and out of scope, those of `language` first."""
    pairs = [(choice.value, choice.words.text(language) or choice.value) for choice in choices]
    said = {choice.value: [text for _, text in choice.words.by_language] for choice in choices}
    if question.kind is AnswerKind.YES_NO and not choices:
        offered = [YesNo.YES, YesNo.NO, *([YesNo.OUT_OF_SCOPE] if question.may_be_out_of_scope else [])]
        pairs = [(value.value, yes_no[value][0]) for value in offered]
        said = {value.value: list(yes_no[value]) for value in YesNo}
    texts = [text for _, text in pairs]
    shown = tuple((value, text if texts.count(text) == 1 else f"{text} ({value})") for value, text in pairs)
    meant: dict[str, str] = {}
    for value, words in said.items():
        for text in words:
            # A word that two choices share means neither.
            plain = _plain(text)
            meant[plain] = value if meant.get(plain, value) == value else text
    meant |= {_plain(value): value for value, _ in pairs} | {_plain(text): value for value, text in shown}
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
            if isinstance(number, int | float) and not isinstance(number, bool):
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
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case dt.datetime():
            is_day = cell.time() == dt.time()
            return cell.date().isoformat() if is_day else cell.isoformat(sep="T", timespec="minutes")
        case dt.date() | dt.time():
            return cell.isoformat()
    return str(cell).strip()


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
    """The choices of a cell: a line each, or between semicolons; a whole cell that is one choice is that choice."""
    if _plain(text) in offer.meant:
        return [text]
    parts = [part for line in text.splitlines() for part in line.replace("；", ";").split(";")]
    return [part.strip() for part in parts if part.strip()]


def digits(text: str) -> str:
    """A number as somebody typed it, without the commas and the wide digits of its own keyboard."""
    return unicodedata.normalize("NFKC", text).replace(",", "")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
