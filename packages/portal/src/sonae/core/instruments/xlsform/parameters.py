"""The column `parameters`: pairs of name and value, which ones a type takes, and what they may be."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from sonae.core.instruments.definition import ChoiceList
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.instruments.xlsform.names import is_name, is_reference

_TOKEN = re.compile(r"[^\s=,;]+|=")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+", re.ASCII)
_KEEP_CASE = ("label", "value")
# (problem, facts) of one pair
type Wrong = tuple[FormProblem, Mapping[str, object]]
type Fits = Callable[[str], bool]


def pairs_of(text: str) -> dict[str, str] | None:
    """`start=1 end=10` as pairs; None when it cannot be read."""
    tokens = _TOKEN.findall(text)
    pairs = [tokens[place : place + 3] for place in range(0, len(tokens), 3)]
    if any(len(pair) < 3 or pair[1] != "=" or "=" in (pair[0], pair[2]) for pair in pairs):
        return None
    return {name.lower(): value if name.lower() in _KEEP_CASE else value.lower() for name, _, value in pairs}


def _is_whole(value: str) -> bool:
    return re.fullmatch(r"[+-]?\d+", value.replace("_", "")) is not None


def is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _one_of(*values: str) -> Fits:
    return lambda value: value in values


def _anything(_value: str) -> bool:
    return True


_TRUTH = _one_of("true", "false")
_CHOICES: dict[str, Fits] = {"randomize": _TRUTH, "seed": lambda value: is_reference(value) or is_number(value)}
_GEO: dict[str, Fits] = {"allow-mock-accuracy": _TRUTH, "reference-geometry": _anything}
TAKEN: dict[str, dict[str, Fits]] = {
    "text": {"rows": _is_whole},
    "photo": {"app": _anything, "max-pixels": _is_whole},
    "audio": {"quality": _one_of("voice-only", "low", "normal", "external")},
    "background-audio": {"quality": _one_of("voice-only", "low", "normal")},
    "geopoint": {**_GEO, "capture-accuracy": is_number, "warning-accuracy": is_number},
    "geotrace": {**_GEO, "incremental": _one_of("true", "yes", "true()")},
    "geoshape": {**_GEO, "incremental": _one_of("true", "yes", "true()")},
    "select": _CHOICES,
    "select from file": {**_CHOICES, "label": is_name, "value": is_name},
    "range": dict.fromkeys(("start", "end", "step", "tick_interval", "placeholder", "tick_labelset"), _anything),
    "audit": {
        "identify-user": _TRUTH,
        "track-changes": _TRUTH,
        "track-changes-reasons": _one_of("on-form-edit"),
        "location-priority": _one_of("no-power", "low-power", "balanced", "high-accuracy"),
        "location-min-interval": lambda value: _is_whole(value) and int(value) >= 0,
        "location-max-age": lambda value: _is_whole(value) and int(value) >= 0,
    },
}


def wrong_pairs(type_: str, pairs: Mapping[str, str], *, appearance: str) -> list[Wrong]:
    """What is wrong with the parameters of a type; types that take none are not looked at."""
    taken = TAKEN.get(type_)
    if taken is None:
        return []
    wrong: list[Wrong] = []
    for name, value in pairs.items():
        if name not in taken:
            wrong.append((FormProblem.PARAMETER_UNKNOWN, {"name": name, "accepted": ", ".join(sorted(taken))}))
        elif not taken[name](value):
            wrong.append((FormProblem.PARAMETER_VALUE, {"name": name, "value": value}))
    if "seed" in pairs and "randomize" not in pairs:
        wrong.append((FormProblem.PARAMETER_MISSING, {"name": "randomize"}))
    if type_ == "photo" and "app" in pairs and appearance in ("", "annotate") and not _PACKAGE.fullmatch(pairs["app"]):
        wrong.append((FormProblem.PARAMETER_VALUE, {"name": "app", "value": pairs["app"]}))
    return wrong + (_wrong_audit(pairs) if type_ == "audit" else [])


def _wrong_audit(pairs: Mapping[str, str]) -> list[Wrong]:
    location = [name for name in TAKEN["audit"] if name.startswith("location")]
    given = [name for name in location if name in pairs]
    if given and len(given) < len(location):
        return [(FormProblem.PARAMETER_MISSING, {"name": name}) for name in location if name not in given]
    age, interval = pairs.get("location-max-age", ""), pairs.get("location-min-interval", "")
    if _is_whole(age) and _is_whole(interval) and int(age) < int(interval):
        return [(FormProblem.PARAMETER_VALUE, {"name": "location-max-age", "value": age})]
    return []


# --- Ranges -----------------------------------------------------------------------------------------------------------

_DEFAULTS = {"start": "1", "end": "10", "step": "1"}


def range_of(pairs: Mapping[str, str]) -> dict[str, Decimal] | None:
    """Start, end and step of a range; None when one of them is no number."""
    try:
        numbers = {name: Decimal(pairs.get(name, default)) for name, default in _DEFAULTS.items()}
    except InvalidOperation:
        return None
    return numbers if all(number.is_finite() for number in numbers.values()) else None


def wrong_range(pairs: Mapping[str, str], ticks: ChoiceList | None, *, appearance: str) -> list[Wrong]:
    """What is wrong with the numbers of a range and with its ticks."""
    numbers = range_of(pairs)
    names = [name for name in (*_DEFAULTS, "tick_interval", "placeholder") if name in pairs]
    bad = [name for name in names if _decimal(pairs[name]) is None]
    if bad or numbers is None:
        return [(FormProblem.PARAMETER_VALUE, {"name": name, "value": pairs[name]}) for name in bad]
    start, end, step = numbers["start"], numbers["end"], numbers["step"]
    low, high = min(start, end), max(start, end)
    wrong = [name for name in ("step", "tick_interval") if name in pairs and not _steps(pairs[name], high - low)]
    if step == 0 or step > high - low:
        wrong = wrong or ["step"]
        return [_value(pairs, name) for name in wrong]
    interval, placeholder = _decimal(pairs.get("tick_interval", "")), _decimal(pairs.get("placeholder", ""))
    if interval and interval % step:
        wrong.append("tick_interval")
    if placeholder is not None and ((placeholder - start) % step or not low <= placeholder <= high):
        wrong.append("placeholder")
    if _ticks_cannot_be_drawn(pairs, appearance):
        wrong.append(next(name for name in ("tick_interval", "placeholder", "tick_labelset") if name in pairs))
    if "tick_labelset" in pairs and not _ticks_fit(ticks, numbers, interval, appearance=appearance):
        wrong.append("tick_labelset")
    return [_value(pairs, name) for name in dict.fromkeys(wrong)]


def _value(pairs: Mapping[str, str], name: str) -> Wrong:
    return FormProblem.PARAMETER_VALUE, {"name": name, "value": pairs.get(name, _DEFAULTS.get(name, ""))}


def _decimal(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _steps(text: str, width: Decimal) -> bool:
    number = _decimal(text)
    return number is not None and number != 0 and number <= width


def _ticks_cannot_be_drawn(pairs: Mapping[str, str], appearance: str) -> bool:
    has_ticks = any(name in pairs for name in ("tick_interval", "placeholder", "tick_labelset"))
    return has_ticks and bool(appearance) and "vertical" not in appearance and "no-ticks" not in appearance


def _ticks_fit(
    ticks: ChoiceList | None, numbers: Mapping[str, Decimal], interval: Decimal | None, *, appearance: str
) -> bool:
    if ticks is None:
        return False
    start, end = numbers["start"], numbers["end"]
    every = interval or numbers["step"]
    values = [_decimal(choice.value) for choice in ticks.choices]
    if any(value is None or not min(start, end) <= value <= max(start, end) for value in values):
        return False
    if any(value is not None and (value - start) % every for value in values):
        return False
    return "no-ticks" not in appearance or set(values) == {start, end}
