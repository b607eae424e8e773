"""The first steps, as shipped."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sonae.response.incidents.vocabulary import FirstStep

_FILE = Path(__file__).with_name("first_steps.toml")


@dataclass(frozen=True, slots=True)
class Edition:
    """The steps in their order, and where that order comes from."""

    as_of: dt.date
    source_ja: str
    source_en: str
    source_url: str
    steps: tuple[FirstStep, ...]

    def containment(self) -> frozenset[str]:
        """The steps without which nothing is contained."""
        return frozenset(step.id for step in self.steps if step.is_containment)


@cache
def shipped() -> Edition:
    """The edition of this release."""
    document = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    steps = tuple(FirstStep(**step) for step in document.pop("steps"))
    return Edition(**document, steps=steps)
