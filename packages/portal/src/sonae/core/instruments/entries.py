"""Answers as the fields of a form, and back: what a page shows of an answer, and what its form sends.

A question `q` is entered under the name `answer:q`; what belongs to its answer under `answer:q@checked`, `@target` and
`@unknown`. A cell of a table is `answer:q:row:column`, rows counted from 0. Whatever is typed is kept, right or wrong:
the re-check says what is wrong with it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from unicodedata import normalize

from sonae.core.instruments.answers import is_blank, unknown_as_of
from sonae.core.instruments.checks import ROW
from sonae.core.instruments.definition import Question
from sonae.core.instruments.expressions.values import date_in, number_text
from sonae.core.instruments.outline import Line
from sonae.core.instruments.vocabulary import AnswerKind
from sonae.kernel import calendar

# What a tick for "nobody knows yet" sends before the moment is known: the server's clock gives it.
NOW = "now"
# Blank rows under those of a table, for whoever adds some.
SPARE_ROWS = 1
MOST_ROWS_SENT = 1_000
_WHOLE = re.compile(r"[-+]?\d{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?\d{1,15}\.\d{1,15}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?", re.ASCII)
_SEVERAL = (AnswerKind.MULTIPLE, AnswerKind.RANKING)

type Entered = Mapping[str, Sequence[str]]


class Sent(Protocol):
    """The fields of a form as they came (a QueryDict)."""

    def getlist(self, key: str) -> Sequence[str]: ...
    def __contains__(self, key: object) -> bool: ...


class Filled:
    """Fields as a form would send them, made from answers."""

    def __init__(self, fields: Entered) -> None:
        self._fields = fields

    def getlist(self, key: str) -> Sequence[str]:
        return self._fields.get(key, ())

    def __contains__(self, key: object) -> bool:
        return key in self._fields


def name_of(question: str) -> str:
    return f"answer:{question}"


def cell_of(question: str, row: int, column: str) -> str:
    return f"{name_of(question)}:{row}:{column}"


def rows_of(question: str) -> str:
    """The field that says how many rows a form holds."""
    return f"rows:{question}"


# --- From an answer to the fields of a form ---


def entered(line: Line, value: object) -> dict[str, list[str]]:
    """The fields in which a page shows this answer."""
    item = line.item
    if not line.has_rows:
        assert isinstance(item, Question), "sections have rows or no answer"
        return _fields(item, value, name_of(item.id))
    rows = value if isinstance(value, list | tuple) else ()
    fields = {rows_of(item.id): [str(len(rows))]}
    for number, row in enumerate(rows):
        for column in line.columns:
            said = row.get(column.id) if isinstance(row, Mapping) else None
            fields |= _fields(column, said, cell_of(item.id, number, column.id))
    return fields


def _fields(question: Question, value: object, name: str) -> dict[str, list[str]]:
    if unknown_as_of(value) is not None:
        assert isinstance(value, Mapping), "only fields say that nobody knows"
        return {f"{name}@unknown": [str(value["unknown_as_of"])]}
    if is_blank(value):
        return {}
    if question.kind is AnswerKind.YES_NO:
        return _yes_no_fields(value, name)
    if question.kind in _SEVERAL:
        chosen = value.split() if isinstance(value, str) else value
        return {name: [str(one) for one in chosen]} if isinstance(chosen, list | tuple) else {name: [str(chosen)]}
    return {name: [_text(question, value)]}


def _yes_no_fields(value: object, name: str) -> dict[str, list[str]]:
    said: Mapping[object, object] = value if isinstance(value, Mapping) else {"answer": value}
    checks = said.get("checked_on")
    days = checks if isinstance(checks, list | tuple) else [checks]
    fields = {name: [said.get("answer")], f"{name}@checked": list(days), f"{name}@target": [said.get("target_on")]}
    return {key: kept for key, given in fields.items() if (kept := [str(one) for one in given if not is_blank(one)])}


def _text(question: Question, value: object) -> str:
    if question.kind is AnswerKind.NUMBER and isinstance(value, Mapping):
        value = value.get("number", "")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(float(value))
    if question.kind is AnswerKind.MOMENT and isinstance(value, str):
        moment = date_in(value)
        if isinstance(moment, datetime) and moment.tzinfo:
            return f"{moment.astimezone(calendar.JST):%Y-%m-%dT%H:%M}"
    if question.kind is AnswerKind.TICK:
        return "OK"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- From the fields of a form to an answer ---


def answer_in(line: Line, sent: Sent, *, stored: object, now: datetime) -> object:
    """The answer that these fields give, None for none; `stored` is the one that the page showed."""
    item = line.item
    if line.has_rows:
        return _rows_in(line, sent, stored=stored, now=now)
    assert isinstance(item, Question), "sections have rows or no answer"
    return _answer(item, sent, name_of(item.id), now=now)


def _answer(question: Question, sent: Sent, name: str, *, now: datetime) -> object:
    given = _given(question, sent, name)
    unknown = _first(sent, f"{name}@unknown")
    # A tick that stood there already gives way to an answer beside it; one that was set now does not.
    if unknown and (unknown == NOW or given is None):
        moment = now.astimezone(calendar.JST).replace(second=0, microsecond=0)
        return {"unknown_as_of": moment.isoformat() if unknown == NOW else unknown}
    return given


def _given(question: Question, sent: Sent, name: str) -> object:
    match question.kind:
        case AnswerKind.YES_NO:
            return _yes_no_in(question, sent, name)
        case AnswerKind.MULTIPLE | AnswerKind.RANKING:
            return [one for one in sent.getlist(name) if one] or None
    typed = _first(sent, name)
    if not typed:
        return None
    match question.kind:
        case AnswerKind.NUMBER:
            return _number_in(typed)
        case AnswerKind.MOMENT:
            return f"{typed}+09:00" if _LOCAL.fullmatch(typed) else typed
    return typed


def _yes_no_in(question: Question, sent: Sent, name: str) -> object:
    said = _first(sent, name)
    if question.dates is None:
        return said or None
    checked = [day.strip() for day in sent.getlist(f"{name}@checked") if day.strip()]
    fields = {"answer": said, "checked_on": checked, "target_on": _first(sent, f"{name}@target")}
    return {key: value for key, value in fields.items() if value} or None


def _number_in(typed: str) -> object:
    plain = normalize("NFKC", typed).replace(",", "").replace(" ", "")
    if _WHOLE.fullmatch(plain):
        return int(plain)
    return float(plain) if _DECIMAL.fullmatch(plain) else typed


def _first(sent: Sent, name: str) -> str:
    found = sent.getlist(name)
    return found[-1].replace("\r\n", "\n").strip() if found else ""


def _rows_in(line: Line, sent: Sent, *, stored: object, now: datetime) -> object:
    item = line.item
    count = _first(sent, rows_of(item.id))
    before = stored if isinstance(stored, list | tuple) else ()
    rows: list[dict[str, object]] = []
    for number in range(min(int(count), MOST_ROWS_SENT) if count.isascii() and count.isdigit() else 0):
        asked = {column.id for column in line.columns}
        old = before[number] if number < len(before) and isinstance(before[number], Mapping) else {}
        # What no column shows (a row's name, rows inside of it) stays as it was.
        row: dict[str, object] = {str(key): kept for key, kept in old.items() if key not in asked and key != ROW}
        for column in line.columns:
            said = _answer(column, sent, cell_of(item.id, number, column.id), now=now)
            if said is not None:
                row[column.id] = said
        rows.append(row)
    names = _row_names(item)
    if not any(rows):
        return None
    if names:
        return [{ROW: name, **row} for name, row in zip(names, rows, strict=False)]
    return [row for row in rows if row]


def _row_names(item: object) -> list[str]:
    return [row.value for row in item.table.rows] if isinstance(item, Question) and item.table else []


def rows_shown(line: Line, value: object) -> int:
    """How many rows a page draws: the named ones, or those there are and some to add."""
    names = _row_names(line.item)
    if names:
        return len(names)
    count = len(value) if isinstance(value, list | tuple) else 0
    most = line.item.table.most if isinstance(line.item, Question) and line.item.table else None
    return min(count + SPARE_ROWS, MOST_ROWS_SENT if most is None else max(most, count))


# --- What was seen, and what was changed ---


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page showed of a question: the revision of the response, and the answer as a fingerprint."""

    revision: int
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.revision}.{self.fingerprint}"


def seen(line: Line, value: object, *, revision: int, now: datetime) -> Seen:
    """What a page that shows this answer puts beside it."""
    return Seen(revision, fingerprint(as_entered(line, value, now=now)))


def as_entered(line: Line, value: object, *, now: datetime) -> object:
    """An answer as it comes back from a form in which nobody touched it."""
    return answer_in(line, Filled(_with_rows(line, value)), stored=value, now=now)


def _with_rows(line: Line, value: object) -> Entered:
    fields = entered(line, value)
    if line.has_rows:
        fields[rows_of(line.item.id)] = [str(rows_shown(line, value))]
    return fields


def seen_in(text: str) -> Seen | None:
    """What a form says that its page showed; None for what no page of ours wrote."""
    revision, _dot, found = text.partition(".")
    is_ours = revision.isascii() and revision.isdigit() and len(revision) < 10 and bool(found)
    return Seen(int(revision), found) if is_ours else None


def fingerprint(value: object) -> str:
    """The same for equal answers, and for others another."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def shown_in(sent: Sent, lines: Iterable[Line]) -> list[Line]:
    """The questions that the form held when it was sent."""
    return [line for line in lines if f"was:{line.item.id}" in sent and not line.is_only_shown]
