"""Dates and moments in expressions, on the clock of Japan."""

from collections.abc import Callable
from datetime import date, datetime, time

from sonae.core.instruments.expressions.scope import World
from sonae.core.instruments.expressions.values import NAN, Value, days_of_moment, single, to_date, to_number, to_text
from sonae.kernel import calendar

_LONGEST_FORMAT = 200
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
# Source: ODK XForms specification, format-date and format-date-time.
_PARTS: dict[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04d}",
    "y": lambda moment: f"{moment.year % 100:02d}",
    "m": lambda moment: f"{moment.month:02d}",
    "n": lambda moment: str(moment.month),
    "b": lambda moment: _MONTHS[moment.month - 1],
    "d": lambda moment: f"{moment.day:02d}",
    "e": lambda moment: str(moment.day),
    "a": lambda moment: _DAYS[moment.weekday()],
    "H": lambda moment: f"{moment.hour:02d}",
    "h": lambda moment: str(moment.hour),
    "M": lambda moment: f"{moment.minute:02d}",
    "S": lambda moment: f"{moment.second:02d}",
    "3": lambda moment: f"{moment.microsecond // 1000:03d}",
    "%": lambda _moment: "%",
}


def today(world: World) -> date:
    return calendar.jst_day(world.now)


def date_of(value: Value) -> Value:
    """The day of a date, a moment, a text written as one, or a number of days; else the empty text."""
    found = to_date(value)
    return "" if found is None else calendar.jst_day(found) if isinstance(found, datetime) else found


def moment_of(value: Value) -> Value:
    """The moment of a value; a day begins at midnight."""
    found = to_date(value)
    return "" if found is None else _moment(found)


def _moment(day: date | datetime) -> datetime:
    return day if isinstance(day, datetime) else datetime.combine(day, time.min, tzinfo=calendar.JST)


def decimal_date_time(value: Value) -> float:
    """Days since 1970-01-01, with the time of day as a fraction."""
    found = to_date(value)
    return NAN if found is None else to_number(found)


def decimal_time(value: Value) -> float:
    """The time of day as a part of the day, of a moment or of a text such as 13:30 or 13:30:00.000+09:00."""
    found = to_date(value)
    if isinstance(found, datetime):
        return days_of_moment(found) % 1
    try:
        clock = time.fromisoformat(to_text(single(value))[:8].rstrip("+Z-"))
    except ValueError:
        return NAN
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) / 86_400


def format_moment(value: Value, pattern: Value) -> str:
    """A date or moment as the pattern says: %Y-%m-%d; an unknown sign stays as it is."""
    found = to_date(value)
    letters = to_text(pattern)[:_LONGEST_FORMAT]
    if found is None:
        return ""
    moment = _moment(found).astimezone(calendar.JST)
    pieces, place = [], 0
    while place < len(letters):
        part = _PARTS.get(letters[place + 1 : place + 2]) if letters[place] == "%" else None
        pieces.append(part(moment) if part else letters[place])
        place += 2 if part else 1
    return "".join(pieces)
