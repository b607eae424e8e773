"""How the facts of a message are kept as JSON and given back to its template."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

_MOMENT, _DAY = "$moment", "$day"


def packed(value: Any) -> Any:
    """`value` as plain JSON; moments and days stay recognisable."""
    match value:
        case datetime():
            return {_MOMENT: value.isoformat()}
        case date():
            return {_DAY: value.isoformat()}
        case StrEnum() | UUID():
            return str(value)
        case Mapping():
            return {str(key): packed(inner) for key, inner in value.items()}
        case list() | tuple():
            return [packed(inner) for inner in value]
        case str() | int() | float() | bool() | None:
            return value
    return str(value)


def unpacked(value: Any, *, language: str) -> Any:
    """What was packed; a pair of texts in both languages becomes the one in `language`."""
    match value:
        case {"$moment": moment}:
            return datetime.fromisoformat(moment)
        case {"$day": day}:
            return date.fromisoformat(day)
        case {"ja": str(), "en": str()} if len(value) == 2:
            return value[language]
        case dict():
            return {key: unpacked(inner, language=language) for key, inner in value.items()}
        case list():
            return [unpacked(inner, language=language) for inner in value]
    return value


def plain(value: Any) -> Any:
    """`value` as plain JSON for other programs: moments and days in ISO 8601."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
    return packed(value)
