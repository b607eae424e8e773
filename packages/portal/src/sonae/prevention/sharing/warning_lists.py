"""The shipped warning lists, read once."""

import ipaddress
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from sonae.prevention.sharing.rules import WarningLists
from sonae.prevention.sharing.vocabulary import WarningList

_FILE = Path(__file__).with_name("warning_lists.toml")


@cache
def shipped() -> WarningLists:
    """The lists of this release."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return WarningLists(
        networks=tuple(
            (ipaddress.ip_network(text), WarningList(name))
            for name, texts in document["networks"].items()
            for text in texts
        ),
        names=_by_value(document["names"]),
        name_endings=_by_value(document["name_endings"]),
        hashes=_by_value(document["hashes"]),
    )


def _by_value(lists: dict[str, Any]) -> dict[str, WarningList]:
    return {value: WarningList(name) for name, values in lists.items() for value in values}
