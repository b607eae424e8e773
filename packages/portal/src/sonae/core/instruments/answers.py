"""Reading one answer as it was sent: into the value that expressions see, or what is wrong with it.

An answer comes as JSON has it: text, number, boolean, list, or fields. Fields are used where an answer has more than a
value:

    {"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2026-09-30"}   a row of the checklist
    {"number": 3, "unit": "台"}                                                   a number with its unit
    {"unknown_as_of": "2026-11-23T06:00:00+09:00"}                                nobody knows yet, as of a moment
    {"document": "0197…", "name": "BCP.pdf"}                                      a file that was attached
"""

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import partial
from uuid import UUID

from sonae.core.instruments.definition import Bounds, CheckDates, Choice, Question
from sonae.core.instruments.expressions.values import Single, date_in, number_text, to_number
from sonae.core.instruments.vocabulary import OTHER, AnswerKind, FindingReason, YesNo
from sonae.kernel import calendar

LONGEST_TEXT = 10_000
MOST_CHOSEN = 500
_TIME = re.compile(r"\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_SHOWN = 80
_LONGEST_FILE_NAME = 200
_PLAIN_TYPES = frozenset({str, int, float, bool, list, type(None)})


@dataclass(frozen=True, slots=True)
class Wrong:
    reason: FindingReason
    facts: Mapping[str, object] = field(default_factory=dict)


type Reading = tuple[Single, tuple[Wrong, ...]]
# (the answer as sent, the Japanese day of today) -> its value, and what is wrong with it
type Read = Callable[[object, date], Reading]


def is_blank(raw: object) -> bool:
    """Whether nothing was answered."""
    if isinstance(raw, str):
        return not raw or raw.isspace()
    return raw is None or (isinstance(raw, list | tuple | dict) and not raw)


def unknown_as_of(raw: object) -> datetime | None:
    """The moment as of which the answer says that nobody knows yet; None when it says something else."""
    # Asked of every answer: most are told by their type alone.
    if raw.__class__ in _PLAIN_TYPES or not isinstance(raw, Mapping) or set(raw) != {"unknown_as_of"}:
        return None
    said = raw["unknown_as_of"]
    moment = date_in(said) if isinstance(said, str) else None
    return moment if isinstance(moment, datetime) else None


def reader_of(question: Question, choices: Sequence[Choice], *, fiscal_year: int | None) -> Read:
    """What reads the answers to this question."""
    values = frozenset(choice.value for choice in choices) | ({OTHER} if question.has_other else frozenset())
    match question.kind:
        case AnswerKind.YES_NO:
            return partial(_yes_no, _answers_of_row(question, values), question.dates, fiscal_year)
        case AnswerKind.SINGLE:
            return partial(_single, values)
        case AnswerKind.MULTIPLE | AnswerKind.RANKING:
            return partial(_multiple, values)
        case AnswerKind.NUMBER:
            return partial(_number, question.bounds or Bounds())
        case kind:
            return _PLAIN.get(kind, _text)


def _answers_of_row(question: Question, values: frozenset[str]) -> frozenset[str]:
    """What a row of the checklist may be answered with; `values` are the choices of its own list, if it has one."""
    known = values or frozenset({YesNo.YES, YesNo.NO})
    return known | {YesNo.OUT_OF_SCOPE} if question.may_be_out_of_scope else known


def _wrong(reason: FindingReason, **facts: object) -> Reading:
    return "", (Wrong(reason, facts),)


def _shown(raw: object) -> str:
    return (raw if isinstance(raw, str) else repr(raw))[:_SHOWN]


def _text(raw: object, _today: date) -> Reading:
    if not isinstance(raw, str):
        return _wrong(FindingReason.NOT_TEXT)
    if len(raw) > LONGEST_TEXT:
        return _wrong(FindingReason.TEXT_TOO_LONG, most=LONGEST_TEXT)
    return raw, ()


def _single(values: frozenset[str], raw: object, _today: date) -> Reading:
    if not isinstance(raw, str):
        return _wrong(FindingReason.NOT_TEXT)
    if values and raw not in values:
        return _wrong(FindingReason.CHOICE_UNKNOWN, value=_shown(raw))
    return raw[:LONGEST_TEXT], ()


def _multiple(values: frozenset[str], raw: object, _today: date) -> Reading:
    chosen = raw.split() if isinstance(raw, str) else raw
    if not isinstance(chosen, list | tuple) or len(chosen) > MOST_CHOSEN:
        return _wrong(FindingReason.NOT_A_LIST)
    seen: dict[str, None] = {}
    wrong: list[Wrong] = []
    for value in chosen:
        if not isinstance(value, str) or (values and value not in values):
            wrong.append(Wrong(FindingReason.CHOICE_UNKNOWN, {"value": _shown(value)}))
        elif value in seen:
            wrong.append(Wrong(FindingReason.CHOICE_TWICE, {"value": _shown(value)}))
        else:
            seen[value] = None
    return " ".join(seen), tuple(wrong)


def _number(bounds: Bounds, raw: object, _today: date) -> Reading:
    wrong: tuple[Wrong, ...] = ()
    if isinstance(raw, Mapping):
        wrong = _wrong_unit(bounds, raw.get("unit"))
        raw = raw.get("number")
    number = _number_in(raw)
    if number is None:
        return "", (Wrong(FindingReason.NOT_A_NUMBER, {"value": _shown(raw)}), *wrong)
    if bounds.is_whole and number != math.floor(number):
        wrong = (Wrong(FindingReason.NOT_WHOLE, {"value": number_text(number)}), *wrong)
    if bounds.least is not None and number < bounds.least:
        wrong = (Wrong(FindingReason.TOO_SMALL, {"least": number_text(bounds.least)}), *wrong)
    if bounds.most is not None and number > bounds.most:
        wrong = (Wrong(FindingReason.TOO_LARGE, {"most": number_text(bounds.most)}), *wrong)
    return number, wrong


def _number_in(raw: object) -> float | None:
    if isinstance(raw, str):
        number = to_number(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool) and abs(raw) < 1e300:
        number = float(raw)
    else:
        return None
    return number if math.isfinite(number) else None


def _wrong_unit(bounds: Bounds, unit: object) -> tuple[Wrong, ...]:
    known = [text for _, text in bounds.unit.by_language]
    if unit is None or unit in known:
        return ()
    return (Wrong(FindingReason.UNIT_IS_OTHER, {"unit": known[0] if known else "", "value": _shown(unit)}),)


def _as_date(raw: object) -> date | None:
    if isinstance(raw, datetime):
        return calendar.jst_day(raw) if raw.tzinfo else raw.date()
    if isinstance(raw, date):
        return raw
    found = date_in(raw) if isinstance(raw, str) else None
    return None if isinstance(found, datetime) else found


def _date(raw: object, _today: date) -> Reading:
    found = _as_date(raw)
    return (found, ()) if found else _wrong(FindingReason.NOT_A_DATE, value=_shown(raw))


def _time(raw: object, _today: date) -> Reading:
    if isinstance(raw, time):
        return raw.isoformat(), ()
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        return _wrong(FindingReason.NOT_A_TIME, value=_shown(raw))
    try:
        time.fromisoformat(raw)
    except ValueError:
        return _wrong(FindingReason.NOT_A_TIME, value=_shown(raw))
    return raw, ()


def _moment(raw: object, _today: date) -> Reading:
    found = raw if isinstance(raw, datetime) else date_in(raw) if isinstance(raw, str) else None
    if not isinstance(found, datetime):
        return _wrong(FindingReason.NOT_A_MOMENT, value=_shown(raw))
    return found if found.tzinfo else found.replace(tzinfo=calendar.JST), ()


def _tick(raw: object, _today: date) -> Reading:
    return ("OK", ()) if raw is True or raw == "OK" else _wrong(FindingReason.NOT_A_TICK)


def _location(raw: object, today: date) -> Reading:
    if not isinstance(raw, str) or len(raw) > LONGEST_TEXT:
        return _wrong(FindingReason.NOT_A_LOCATION, value=_shown(raw))
    for point in raw.split(";"):
        numbers = [to_number(part) for part in point.split()]
        is_point = 2 <= len(numbers) <= 4 and abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180
        if point.strip() and not (is_point and all(map(math.isfinite, numbers))):
            return _wrong(FindingReason.NOT_A_LOCATION, value=_shown(raw))
    return _text(raw, today)


def document_in(raw: object) -> tuple[UUID, str] | None:
    """The document that was attached as an answer, `{"document": id, "name": …}`; None for another answer.

    The name stands in the answer because it is kept for ever; whether somebody may read the file is asked of the file.
    """
    if not isinstance(raw, Mapping) or set(raw) != {"document", "name"}:
        return None
    id_, name = raw["document"], raw["name"]
    if not (isinstance(id_, str) and _is_file_name(name)):
        return None
    try:
        return UUID(id_), name
    except ValueError:
        return None


def documents_in(answer: object) -> Iterator[UUID]:
    """The documents that an answer names, also in the rows of a table or a repeat."""
    found = document_in(answer)
    if found is not None:
        yield found[0]
    elif isinstance(answer, Mapping | list | tuple):
        for part in answer.values() if isinstance(answer, Mapping) else answer:
            yield from documents_in(part)


def bare_names_in(question: str, answer: object, *, files: Collection[str]) -> Iterator[str]:
    """Names of files without a document in an answer, also in the rows of it; `files` are the questions that ask for
    one."""
    if question in files:
        names = [answer] if isinstance(answer, str) else answer if isinstance(answer, list | tuple) else ()
        yield from (name for name in names if isinstance(name, str) and name.strip())
    elif isinstance(answer, list | tuple):
        for row in answer:
            for id_, value in row.items() if isinstance(row, Mapping) else ():
                yield from bare_names_in(id_, value, files=files)


def with_names(answer: object, names: Mapping[UUID, str]) -> object:
    """The answer with each document under the name that it has where it is kept."""
    found = document_in(answer)
    if found is not None:
        return {"document": str(found[0]), "name": names[found[0]]}
    if isinstance(answer, Mapping):
        return {id_: with_names(value, names) for id_, value in answer.items()}
    return [with_names(part, names) for part in answer] if isinstance(answer, list | tuple) else answer


def _is_file_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_FILE_NAME


def _file(raw: object, _today: date) -> Reading:
    """A file by its name, as other programs that fill in forms send it, or a document that was attached."""
    attached = document_in(raw)
    if attached is not None:
        return attached[1], ()
    names = [raw] if isinstance(raw, str) else raw
    if not isinstance(names, list | tuple) or not all(map(_is_file_name, names)):
        return _wrong(FindingReason.NOT_A_FILE)
    return " ".join(names), ()


def _yes_no(
    values: frozenset[str], dates: CheckDates | None, fiscal_year: int | None, raw: object, today: date
) -> Reading:
    fields: Mapping[object, object] = raw if isinstance(raw, Mapping) else {"answer": raw}
    said = fields.get("answer")
    if is_blank(said):
        # A date alone is no answer.
        return _wrong(FindingReason.MISSING)
    if not isinstance(said, str) or said not in values:
        if said == YesNo.OUT_OF_SCOPE:
            return _wrong(FindingReason.OUT_OF_SCOPE_NOT_POSSIBLE)
        return _wrong(FindingReason.CHOICE_UNKNOWN, value=_shown(said))
    if dates is None:
        return said, ()
    wrong = list(_wrong_checks(dates, fields.get("checked_on"), fiscal_year, today=today))
    if said == YesNo.NO and dates.needs_target:
        wrong += _wrong_target(fields.get("target_on"), fiscal_year)
    return said, tuple(wrong)


def _wrong_checks(dates: CheckDates, raw: object, fiscal_year: int | None, *, today: date) -> list[Wrong]:
    if is_blank(raw):
        return [Wrong(FindingReason.CHECK_DATE_MISSING)]
    checks = raw if isinstance(raw, list | tuple) else [raw]
    if len(checks) > dates.rounds:
        return [Wrong(FindingReason.TOO_MANY_CHECK_DATES, {"most": dates.rounds})]
    wrong = []
    for check in checks:
        day = _as_date(check)
        if day is None:
            wrong.append(Wrong(FindingReason.NOT_A_DATE, {"value": _shown(check)}))
        elif day > today:
            wrong.append(Wrong(FindingReason.CHECK_DATE_IN_FUTURE, {"value": day}))
        elif outside := _outside(fiscal_year, day):
            wrong.append(Wrong(FindingReason.CHECK_DATE_OUTSIDE_YEAR, {"value": day, **outside}))
    return wrong


def _outside(fiscal_year: int | None, day: date) -> dict[str, date]:
    """The first and the last day of the fiscal year where the day lies outside it; an instrument may have no year."""
    if fiscal_year is None:
        return {}
    first, last = calendar.fiscal_year_days(fiscal_year)
    return {} if first <= day <= last else {"first": first, "last": last}


def _wrong_target(raw: object, fiscal_year: int | None) -> list[Wrong]:
    if is_blank(raw):
        return [Wrong(FindingReason.TARGET_DATE_MISSING)]
    day = _as_date(raw)
    if day is None:
        return [Wrong(FindingReason.NOT_A_DATE, {"value": _shown(raw)})]
    outside = _outside(fiscal_year, day)
    return [Wrong(FindingReason.TARGET_DATE_OUTSIDE_YEAR, outside)] if outside else []


_PLAIN: dict[AnswerKind, Read] = {
    AnswerKind.DATE: _date,
    AnswerKind.TIME: _time,
    AnswerKind.MOMENT: _moment,
    AnswerKind.TICK: _tick,
    AnswerKind.LOCATION: _location,
    AnswerKind.FILE: _file,
}
