"""How values of the four types are read as one another and compared: XPath 1.0, with the dates of ODK's forms.

Sources: XPath 1.0 §3.4 (comparison), §3.5 (numbers) and §4; ODK XForms specification, "XPath data types". Choices where
they are silent or readers of forms differ:

- An empty answer is the empty text. As a number it is no number (NaN): every comparison with it is false but `!=`.
- A date is a number of days since 1970-01-01 of the Japanese calendar day, a moment has a fraction. Where one side of a
  comparison is a date or a moment, a text on the other side that is written as a date is read as one.
- Of several nodes (the rows of a repeat) a comparison is true if it is true of one; read as one value they
  are the first.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Protocol

from sonae.kernel import calendar

type Single = str | float | bool | date | datetime
type Value = Single | Nodes

EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"\s*(-?(?:\d+(?:\.\d*)?|\.\d+))\s*", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}(:?\d{2})?)?", re.ASCII)
_LONGEST_NUMBER = 400
# Two texts that may be dates are read as such, which takes the time of several nodes.
_STEPS_A_PAIR = 2
NAN = float("nan")


class Purse(Protocol):
    """What comparing costs is paid from: raises where there is too little left."""

    def spend(self, steps: int) -> None: ...


# Not frozen, for the same reason as places.
@dataclass(slots=True)
class Nodes:
    """Places found by a path, in the order of the form, and what stands at each."""

    places: tuple[object, ...]
    values: tuple[Single, ...]

    @property
    def first(self) -> Single:
        return self.values[0] if self.values else ""


def single(value: Value) -> Single:
    return value.first if isinstance(value, Nodes) else value


def to_text(value: Value) -> str:
    """The value as it would stand in a submission."""
    if isinstance(value, str):
        return value
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case Nodes():
            return to_text(value.first)
        case _:
            return number_text(value)


def number_text(number: float) -> str:
    """A number without exponent and without needless zeros (XPath 1.0 §4.2)."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(float(number))), "f")


def to_number(value: Value) -> float:
    """The value as a number; NaN when it is none."""
    match value:
        case float():
            return value
        case str():
            return _number_in(value)
        case bool():
            return float(value)
        case datetime():
            return days_of_moment(value)
        case date():
            return float(value.toordinal() - EPOCH)
        case Nodes():
            return to_number(value.first)


def _number_in(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        return NAN
    found = _NUMBER.fullmatch(text)
    return float(found[1]) if found else NAN


def days_of_moment(moment: datetime) -> float:
    """Days since 1970-01-01 on the clock of Japan."""
    local = moment.astimezone(calendar.JST) if moment.tzinfo else moment
    seconds = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    return local.toordinal() - EPOCH + seconds / 86_400


def to_boolean(value: Value) -> bool:
    """False is: false, zero, NaN, the empty text, no nodes. Note that the text "false" is true."""
    if isinstance(value, bool):
        return value
    match value:
        case str():
            return value != ""
        case Nodes():
            return to_boolean(value.first)
        case date():
            return True
        case _:
            return value != 0 and not math.isnan(value)


def to_date(value: Value) -> date | datetime | None:
    """The date or moment that a value is, or is written as, or counts the days to; None when there is none."""
    value = single(value)
    match value:
        case date():
            return value
        case str():
            return date_in(value)
        case bool():
            return None
        case _:
            return _date_after(value)


def date_in(text: str) -> date | datetime | None:
    """The date or the moment a text is written as (ISO 8601); a moment without an offset is Japanese time."""
    # The first and the last year leave no room for an offset.
    if text.startswith(("0000", "0001", "9999")):
        return None
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=calendar.JST)
    except ValueError:
        return None
    return None


def _date_after(days: float) -> date | datetime | None:
    if not math.isfinite(days) or not 366 <= days + EPOCH < date.max.toordinal() - 366:
        return None
    day = date.fromordinal(math.floor(days) + EPOCH)
    if days == math.floor(days):
        return day
    seconds = min(86_399, round((days - math.floor(days)) * 86_400))
    return datetime.combine(day, time(seconds // 3600, seconds // 60 % 60, seconds % 60), tzinfo=calendar.JST)


def equal(left: Value, right: Value, purse: Purse) -> bool:
    if isinstance(left, Nodes) or isinstance(right, Nodes):
        return _any_pair(equal_singles, left, right, purse)
    return equal_singles(left, right)


def unequal(left: Value, right: Value, purse: Purse) -> bool:
    """Not the opposite of `equal` where there are several nodes (XPath 1.0 §3.4)."""
    if isinstance(left, Nodes) or isinstance(right, Nodes):
        return _any_pair(lambda one, other: not equal_singles(one, other), left, right, purse)
    return not equal_singles(left, right)


def equal_singles(left: Single, right: Single) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return to_boolean(left) == to_boolean(right)
    if isinstance(left, date) or isinstance(right, date):
        return _days(left) == _days(right)
    return to_number(left) == to_number(right)


def compare(ordered: Callable[[float, float], bool], left: Value, right: Value, purse: Purse) -> bool:
    """Whether both sides stand in this order as numbers; dates count as days."""
    if isinstance(left, float) and isinstance(right, float):
        return ordered(left, right)
    if isinstance(left, Nodes) or isinstance(right, Nodes):
        return _any_pair(lambda one, other: _ordered(ordered, one, other), left, right, purse)
    return _ordered(ordered, left, right)


def _ordered(ordered: Callable[[float, float], bool], left: Single, right: Single) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        days_left, days_right = date_in(left), date_in(right)
        if days_left is not None and days_right is not None:
            return ordered(to_number(days_left), to_number(days_right))
    if isinstance(left, date) or isinstance(right, date):
        return ordered(_days(left), _days(right))
    return ordered(to_number(left), to_number(right))


def _days(value: Single) -> float:
    """A value beside a date: a text is read as a date if it is written as one."""
    if isinstance(value, str):
        moment = date_in(value)
        return to_number(value if moment is None else moment)
    return to_number(value)


def _any_pair(holds: Callable[[Single, Single], bool], left: Value, right: Value, purse: Purse) -> bool:
    """Whether one pair does. The pairs of each node on the left are paid for before they are looked at."""
    others = _each(right)
    for one in _each(left):
        purse.spend(_STEPS_A_PAIR * len(others))
        if any(holds(one, other) for other in others):
            return True
    return False


def _each(value: Value) -> Sequence[Single]:
    return value.values if isinstance(value, Nodes) else (value,)


def divided(left: float, right: float) -> float:
    """IEEE 754 division: by zero it is infinite, zero by zero is no number."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return NAN
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """The rest of the division that cuts towards zero: it has the sign of `left` (XPath 1.0 §3.5)."""
    if math.isinf(left) or right == 0 or math.isnan(left) or math.isnan(right):
        return NAN
    return math.fmod(left, right)


def rounded(number: float) -> float:
    """The nearest whole number; a half goes up (XPath 1.0 §4.4)."""
    if not math.isfinite(number):
        return number
    whole = math.floor(number)
    up = number - whole >= 0.5
    return math.copysign(float(whole + up), number) if whole + up == 0 else float(whole + up)
