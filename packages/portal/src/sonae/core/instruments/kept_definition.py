"""An instrument as JSON, and back.

What was published is opened from here for ever, and not from its file: a loader may become stricter. What stands at its
default is left out, so that a field that is added later changes nothing of what was kept before. A field that goes, or
means something else, makes a new shape, and here a way from the old one.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sonae.core.instruments.definition import Instrument, Question, Section

SHAPE = 1
# In a list of items: what is no question.
_IS_SECTION = "is_section"


def to_json(instrument: Instrument) -> str:
    """The instrument as canonical JSON of the shape `SHAPE`: names in order, no blanks; equal ones give equal texts."""
    return json.dumps(plain(instrument), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def from_json(text: str, *, shape: int) -> Instrument:
    """The instrument that `to_json` wrote, of whatever shape it was then."""
    assert shape == SHAPE, f"a program that is newer than this one kept this instrument (shape {shape})"
    made = _made(Instrument, json.loads(text))
    assert isinstance(made, Instrument), "it was asked for one"
    return made


def plain(value: object) -> object:
    """A part of an instrument as JSON has it; what stands at its default is left out."""
    match value:
        case StrEnum():
            return value.value
        case date():
            return value.isoformat()
        case tuple():
            return [plain(part) for part in value]
        case _ if is_dataclass(value):
            return _told(value)
    return value


def _told(value: Any) -> dict[str, object]:
    kind: Any = type(value)
    defaults = _defaults(kind)
    kept = {name: getattr(value, name) for name in defaults}
    told = {name: plain(part) for name, part in kept.items() if part != defaults[name]}
    return {_IS_SECTION: True, **told} if isinstance(value, Section) else told


@cache
def _defaults(kind: Any) -> dict[str, object]:
    return {one.name: one.default for one in fields(kind)}


@cache
def _types(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _made(kind: Any, found: Any) -> object:
    """The value of this type that `found` stands for."""
    kind = getattr(kind, "__value__", kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is tuple:
        kinds = parts[:1] * len(found) if parts[-1] is Ellipsis else parts
        return tuple(_made(one, part) for one, part in zip(kinds, found, strict=True))
    if origin in (Union, UnionType):
        return None if found is None else _made(_one_of(parts, found), found)
    if kind is date:
        return date.fromisoformat(found)
    if issubclass(kind, StrEnum):
        return kind(found)
    return _filled(kind, found) if is_dataclass(kind) else found


def _filled(kind: Any, told: dict[str, Any]) -> object:
    types = _types(kind)
    return kind(**{name: _made(types[name], part) for name, part in told.items() if name != _IS_SECTION})


def _one_of(kinds: tuple[Any, ...], found: Any) -> Any:
    """Which of several types: an item of a form is a question or a section, everything else is there or not."""
    if set(kinds) == {Question, Section}:
        return Section if found.get(_IS_SECTION) else Question
    (kind,) = (one for one in kinds if one is not NoneType)
    return kind
