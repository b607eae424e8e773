"""The classes of licensed beds that ship with this room, with their source."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sonae.core.assurance.vocabulary import Citation, InTwoLanguages
from sonae.prevention.surveys.vocabulary import Band, Interval

_FILE = Path(__file__).with_name("bands.toml")


@cache
def bands() -> Mapping[Band, Interval]:
    """Every band that a number of beds can lie in, the smallest first; together they hold every number once."""
    rows = _document()["band"]
    return MappingProxyType({Band(row["id"]): Interval(row["least"], row.get("below")) for row in rows})


@cache
def source() -> Citation:
    """Where the bands come from."""
    document = _document()
    title = InTwoLanguages(document["source"]["ja"], document["source"]["en"])
    return Citation(title, document["as_of"], document["url"], document["unverified"])


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))
