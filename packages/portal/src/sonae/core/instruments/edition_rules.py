"""Which edition comes after which, and which is in force on a day."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sonae.kernel import calendar

_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Term:
    """From when until when an edition is in force, both days included; open where its file does not say."""

    rank: str
    fiscal_year: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def begins_on(self) -> date:
        """Its first day: the one it names, else that of its fiscal year; an edition with neither was always there."""
        if self.valid_from is not None:
            return self.valid_from
        return date.min if self.fiscal_year is None else calendar.fiscal_year_days(self.fiscal_year)[0]


def rank(edition: str) -> str:
    """A text that sorts as people count: numbers by their size (R9, R10), full-width letters as the others.

    Each number is written behind the count of its digits, so that a longer one is the larger one.
    """
    plain = unicodedata.normalize("NFKC", edition).upper()
    return _NUMBER.sub(lambda found: _counted(found[0].lstrip("0")), plain)[:80]


def _counted(digits: str) -> str:
    return f"{len(digits):02d}{digits}"


def in_force[T](terms: Iterable[tuple[Term, T]], *, on: date) -> T | None:
    """What is in force on a day: of the editions that have begun and not ended, the one that began last."""
    begun = [
        (term, found)
        for term, found in terms
        if term.begins_on <= on and (term.valid_until is None or on <= term.valid_until)
    ]
    if not begun:
        return None
    return max(begun, key=lambda pair: (pair[0].begins_on, pair[0].fiscal_year or 0, pair[0].rank))[1]
