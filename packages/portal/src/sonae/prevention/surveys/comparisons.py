"""What is known of the questions of each year's survey, and which of two years may be compared."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sonae.core.assurance.vocabulary import InTwoLanguages
from sonae.prevention.surveys.vocabulary import Comparison

_FILE = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True)
class Pair:
    """How a question of one edition stands to one of the next, and why."""

    earlier: str
    later: str
    question: str
    became: str
    comparison: Comparison
    why: InTwoLanguages


@cache
def instrument() -> str:
    """The instrument whose editions are compared."""
    return str(_document()["instrument"])


@cache
def confirmed() -> Mapping[str, Mapping[str, bool]]:
    """By edition and question: whether the question was read in the form or in the results (else 要確認)."""
    found = {
        row["id"]: MappingProxyType(
            {**dict.fromkeys(row["confirmed"], True), **dict.fromkeys(row["unconfirmed"], False)}
        )
        for row in _document()["edition"]
    }
    return MappingProxyType(found)


@cache
def pairs() -> tuple[Pair, ...]:
    """Every pair of questions of two editions that somebody might compare."""
    return tuple(
        Pair(
            row["earlier"], row["later"], row["question"], row["became"], Comparison(row["comparison"]),
            InTwoLanguages(**row["why"]),
        )
        for row in _document()["pair"]
    )  # fmt: skip


def comparison(earlier: str, question: str, later: str, became: str) -> Comparison | None:
    """How two questions of two editions compare; None where nobody has looked at them."""
    wanted = (earlier, question, later, became)
    found = (one for one in pairs() if (one.earlier, one.question, one.later, one.became) == wanted)
    return next((one.comparison for one in found), None)


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))
