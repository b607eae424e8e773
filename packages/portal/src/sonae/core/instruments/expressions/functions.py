"""The functions that look only at their arguments. Those that look around in the form are in `looking`.

Source: ODK XForms specification, "XPath functions"; XPath 1.0 §4. Numbers and dates that do not exist are NaN or the
empty text, never an error. Empty answers are left out of sum, min and max.
"""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sonae.core.instruments.expressions import coding, geography, moments
from sonae.core.instruments.expressions.patterns import MOST_STATES, Pattern, pattern_of
from sonae.core.instruments.expressions.scope import Spent, World
from sonae.core.instruments.expressions.values import (
    NAN,
    Nodes,
    Single,
    Value,
    rounded,
    to_boolean,
    to_number,
    to_text,
)

MANY = 200
LONGEST_TEXT = 100_000
_MOST_PLACES = 15
_STEPS_A_STATE = 15


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes, and what it answers."""

    least: int
    most: int
    answer: Callable[..., Value]
    # Whether `answer` wants the world first: the clock, chance, or the count of steps.
    asks_world: bool = False
    # How many letters of a text it reads in the time of one step.
    letters_a_step: int = 32


def singles(values: tuple[Value, ...]) -> Iterator[Single]:
    """Every value, those of nodes one by one."""
    for value in values:
        if isinstance(value, Nodes):
            yield from value.values
        else:
            yield value


def _chosen(value: Value) -> list[str]:
    return to_text(value).split()


def _selected(chosen: Value, choice: Value) -> bool:
    return to_text(choice).strip() in _chosen(chosen)


def _selected_at(chosen: Value, index: Value) -> str:
    place, all_ = to_number(index), _chosen(chosen)
    return all_[int(place)] if 0 <= place < len(all_) else ""


def _count(nodes: Value) -> float:
    return float(len(nodes.values)) if isinstance(nodes, Nodes) else float(nodes != "")


def _count_filled(*values: Value) -> float:
    return float(sum(1 for value in singles(values) if value != ""))


def _filled_numbers(values: tuple[Value, ...]) -> list[float]:
    return [to_number(value) for value in singles(values) if value != ""]


def _sum(*values: Value) -> float:
    numbers = _filled_numbers(values)
    return _calculated(math.fsum, numbers) if all(map(math.isfinite, numbers)) else float(sum(numbers))


def _extreme(choose: Callable[[list[float]], float]) -> Callable[..., float]:
    def answer(*values: Value) -> float:
        numbers = _filled_numbers(values)
        return NAN if not numbers or any(map(math.isnan, numbers)) else choose(numbers)

    return answer


def _made(world: World, text: str) -> str:
    """A text that was put together: its length is paid for, so that texts cannot double without end."""
    world.spend(len(text) // 8)
    if len(text) > LONGEST_TEXT:
        raise Spent
    return text


def _concat(world: World, *values: Value) -> str:
    return _made(world, "".join(to_text(value) for value in singles(values)))


def _join(world: World, between: Value, *values: Value) -> str:
    return _made(world, to_text(between).join(to_text(value) for value in singles(values)))


def _substr(text: Value, start: Value, end: Value = math.inf) -> str:
    """Letters from `start` up to `end`, counted from 0; negative ones from the end of the text."""
    letters = to_text(text)
    places = [to_number(start), to_number(end)]
    if any(map(math.isnan, places)):
        return ""
    first, last = (_within(place, len(letters)) for place in places)
    return letters[first:last]


def _within(place: float, length: int) -> int:
    return int(max(0, min(length, place + length if place < 0 else place)))


def _substring(text: Value, start: Value, length: Value = math.inf) -> str:
    """As in XPath 1.0 §4.2: letters counted from 1, halves rounded."""
    first = rounded(to_number(start))
    last = first + rounded(to_number(length))
    return "".join(letter for place, letter in enumerate(to_text(text), 1) if first <= place < last)


def _before(text: Value, mark: Value) -> str:
    before, found, _ = to_text(text).partition(to_text(mark) or "\0")
    return before if found else ""


def _after(text: Value, mark: Value) -> str:
    if not to_text(mark):
        return to_text(text)
    return to_text(text).partition(to_text(mark))[2]


def _translate(text: Value, old: Value, new: Value) -> str:
    table: dict[int, str | None] = {}
    replacing = to_text(new)
    for place, letter in enumerate(to_text(old)):
        table.setdefault(ord(letter), replacing[place] if place < len(replacing) else None)
    return to_text(text).translate(table)


def _regex(world: World, text: Value, source: Value) -> bool:
    written = to_text(source)
    pattern = pattern_of(written)
    # A pattern that was put together is made anew for each answer; those written out are made with the form.
    states = pattern.size if isinstance(pattern, Pattern) else MOST_STATES
    world.spend(_STEPS_A_STATE * states)
    return isinstance(pattern, Pattern) and pattern.fits(to_text(text), spend=world.spend)


def _int(value: Value) -> float:
    number = to_number(value)
    return float(math.trunc(number)) if math.isfinite(number) else number


def _round(value: Value, places: Value = 0.0) -> float:
    number, digits = to_number(value), to_number(places)
    if not math.isfinite(number) or math.isnan(digits):
        return number if math.isnan(digits) is False else NAN
    digits = max(-_MOST_PLACES, min(_MOST_PLACES, math.trunc(digits)))
    scale = 10.0 ** abs(digits)
    return rounded(number * scale) / scale if digits >= 0 else rounded(number / scale) * scale


def _of_number(run: Callable[[float], float]) -> Callable[[Value], float]:
    def answer(value: Value) -> float:
        return _calculated(run, to_number(value))

    return answer


def _calculated(run: Callable[..., float], *numbers: object) -> float:
    try:
        return float(run(*numbers))
    except ValueError:
        return NAN
    except OverflowError:
        return math.inf


def _power(base: Value, exponent: Value) -> float:
    return _calculated(math.pow, to_number(base), to_number(exponent))


def _boolean_from_text(value: Value) -> bool:
    return to_text(value).strip().lower() in ("true", "1")


def _checklist(least: Value, most: Value, *answers: Value) -> bool:
    """Whether at least and at most so many answers hold; -1 means no limit."""
    return _within_limits(least, most, float(sum(map(to_boolean, singles(answers)))))


def _weighted(least: Value, most: Value, *pairs: Value) -> bool:
    values = list(singles(pairs))
    total = sum(
        to_number(weight) for answer, weight in zip(values[::2], values[1::2], strict=False) if to_boolean(answer)
    )
    return _within_limits(least, most, total)


def _within_limits(least: Value, most: Value, count: float) -> bool:
    low, high = to_number(least), to_number(most)
    return (low < 0 or count >= low) and (high < 0 or count <= high)


def _uuid(world: World) -> str:
    digits = "".join(f"{int(world.chance() * 65_536) & 0xFFFF:04x}" for _ in range(8))
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _randomized(world: World, nodes: Value, seed: Value = "") -> Value:
    """The same nodes in an order that depends on the seed only; without nodes, the value itself."""
    if not isinstance(nodes, Nodes):
        return nodes
    world.spend(len(nodes.places))
    # Not for secrets: an order of choices that shall be the same for the same seed.
    order = list(range(len(nodes.places)))
    random.Random(to_text(seed) or str(world.chance())).shuffle(order)  # noqa: S311
    return Nodes(tuple(nodes.places[place] for place in order), tuple(nodes.values[place] for place in order))


FUNCTIONS: dict[str, Function] = {
    # Choices
    "selected": Function(2, 2, _selected),
    "selected-at": Function(2, 2, _selected_at),
    "count-selected": Function(1, 1, lambda chosen: float(len(_chosen(chosen)))),
    "checklist": Function(3, MANY, _checklist),
    "weighted-checklist": Function(4, MANY, _weighted),
    # Repeats
    "count": Function(1, 1, _count),
    "count-non-empty": Function(1, MANY, _count_filled),
    "sum": Function(1, MANY, _sum),
    "min": Function(1, MANY, _extreme(min)),
    "max": Function(1, MANY, _extreme(max)),
    "randomize": Function(1, 2, _randomized, asks_world=True),
    # Text
    "string": Function(1, 1, to_text),
    "concat": Function(0, MANY, _concat, asks_world=True),
    "join": Function(1, MANY, _join, asks_world=True),
    "string-length": Function(1, 1, lambda text: float(len(to_text(text)))),
    "normalize-space": Function(1, 1, lambda text: " ".join(to_text(text).split())),
    "contains": Function(2, 2, lambda text, part: to_text(part) in to_text(text)),
    "starts-with": Function(2, 2, lambda text, part: to_text(text).startswith(to_text(part))),
    "ends-with": Function(2, 2, lambda text, part: to_text(text).endswith(to_text(part))),
    "substr": Function(2, 3, _substr),
    "substring": Function(2, 3, _substring, letters_a_step=1),
    "substring-before": Function(2, 2, _before),
    "substring-after": Function(2, 2, _after),
    "translate": Function(3, 3, _translate),
    "upper-case": Function(1, 1, lambda text: to_text(text).upper()),
    "lower-case": Function(1, 1, lambda text: to_text(text).lower()),
    "regex": Function(2, 2, _regex, asks_world=True),
    "uuid": Function(0, 0, _uuid, asks_world=True),
    "digest": Function(2, 3, coding.digest),
    "base64-encode": Function(1, 1, coding.base64_encode),
    "base64-decode": Function(1, 1, coding.base64_decode),
    # Truth
    "not": Function(1, 1, lambda value: not to_boolean(value)),
    "boolean": Function(1, 1, to_boolean),
    "boolean-from-string": Function(1, 1, _boolean_from_text),
    "true": Function(0, 0, lambda: True),
    "false": Function(0, 0, lambda: False),
    # Numbers
    "number": Function(1, 1, to_number),
    "int": Function(1, 1, _int),
    "round": Function(1, 2, _round),
    "floor": Function(1, 1, _of_number(lambda number: math.floor(number) if math.isfinite(number) else number)),
    "ceiling": Function(1, 1, _of_number(lambda number: math.ceil(number) if math.isfinite(number) else number)),
    "abs": Function(1, 1, _of_number(abs)),
    "pow": Function(2, 2, _power),
    "sqrt": Function(1, 1, _of_number(math.sqrt)),
    "exp": Function(1, 1, _of_number(math.exp)),
    "exp10": Function(1, 1, _of_number(lambda number: math.pow(10.0, number))),
    "log": Function(1, 1, _of_number(lambda number: -math.inf if number == 0 else math.log(number))),
    "log10": Function(1, 1, _of_number(lambda number: -math.inf if number == 0 else math.log10(number))),
    "sin": Function(1, 1, _of_number(math.sin)),
    "cos": Function(1, 1, _of_number(math.cos)),
    "tan": Function(1, 1, _of_number(math.tan)),
    "asin": Function(1, 1, _of_number(math.asin)),
    "acos": Function(1, 1, _of_number(math.acos)),
    "atan": Function(1, 1, _of_number(math.atan)),
    "atan2": Function(2, 2, lambda y, x: _calculated(math.atan2, to_number(y), to_number(x))),
    "pi": Function(0, 0, lambda: math.pi),
    "random": Function(0, 0, lambda world: world.chance(), asks_world=True),
    # Dates
    "today": Function(0, 0, moments.today, asks_world=True),
    "now": Function(0, 0, lambda world: world.now, asks_world=True),
    "date": Function(1, 1, moments.date_of),
    "date-time": Function(1, 1, moments.moment_of),
    "decimal-date-time": Function(1, 1, moments.decimal_date_time),
    "decimal-date": Function(1, 1, moments.decimal_date_time),
    "decimal-time": Function(1, 1, moments.decimal_time),
    "format-date": Function(2, 2, moments.format_moment),
    "format-date-time": Function(2, 2, moments.format_moment),
    # Places on the earth
    "area": Function(1, 1, geography.area, letters_a_step=1),
    "enclosed-area": Function(1, 1, geography.area, letters_a_step=1),
    "distance": Function(1, MANY, geography.distance, letters_a_step=1),
    # The device and the form
    "version": Function(0, 0, lambda world: world.version, asks_world=True),
    "property": Function(1, 1, lambda _name: ""),
}
