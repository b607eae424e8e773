"""The page on which two editions stand side by side, question by question."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from sonae.core.assurance import catalogue as texts
from sonae.core.instruments import comparisons
from sonae.core.instruments.comparisons import YearMap
from sonae.core.instruments.definition import Question
from sonae.core.instruments.pages.wording import label_of, title_of
from sonae.core.instruments.vocabulary import Basis
from sonae.core.instruments.year_maps import Pair
from sonae.core.web import words
from sonae.core.web.components import Tone

_TONES = {Basis.CONFIRMED: Tone.SUCCESS, Basis.SHIPPED: Tone.INFO, Basis.PROPOSED: Tone.WARNING}


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the later edition, and what stands before it."""

    id: str
    now: str
    before: str
    comparison: str
    basis: str
    tone: Tone
    why: str
    who: str
    at: datetime | None
    is_confirmed: bool
    # Somebody confirmed it, and a question was changed since.
    is_outdated: bool
    # Its text was put together from reports (要確認).
    is_to_be_read: bool


def rows(year_map: YearMap) -> list[Row]:
    """Every question of the later edition in the order of its form."""
    names = comparisons.names_of(year_map)
    return [_row(question, year_map, names) for question in year_map.after.values()]


def _row(question: Question, year_map: YearMap, names: Any) -> Row:
    pair = year_map.pairs.get(question.id)
    basis = pair.basis if pair else Basis.PROPOSED
    return Row(
        id=question.id,
        now=label_of(question),
        before=_before(pair, year_map),
        comparison=str(words.of(pair.comparison)) if pair else "",
        basis=gettext("To be confirmed anew") if pair and pair.is_outdated else str(words.of(basis)),
        tone=_TONES[basis],
        why=texts.in_language(pair.why) if pair and pair.why.ja else "",
        who=names.get(pair.confirmed_by, "") if pair else "",
        at=pair.confirmed_at if pair else None,
        is_confirmed=basis is Basis.CONFIRMED and not (pair and pair.is_outdated),
        is_outdated=bool(pair and pair.is_outdated),
        is_to_be_read=year_map.is_to_be_read(question.id),
    )


def _before(pair: Pair | None, year_map: YearMap) -> str:
    found = year_map.before.get(pair.question) if pair else None
    return label_of(found) if found else ""


def page(year_map: YearMap) -> dict[str, Any]:
    """What the page of a map says."""
    return {
        "map": year_map,
        "title": title_of(year_map.later),
        "rows": rows(year_map),
        "gone": [label_of(one) for one in year_map.gone],
        "same": len(year_map.word_for_word),
        "to_confirm": len(year_map.after) - sum(one.is_established for one in year_map.pairs.values()),
    }


def table(year_map: YearMap) -> list[tuple[str, ...]]:
    """The same as lines of the table that is downloaded (`map_file`)."""
    return [_line(question, year_map) for question in year_map.after.values()]


def _line(question: Question, year_map: YearMap) -> tuple[str, ...]:
    pair = year_map.pairs.get(question.id)
    # Only what is established stands in the columns that are read back: a proposal is no word of anybody.
    said = pair if pair and pair.is_established else None
    told = (said.question, said.comparison.value, said.why.ja, said.why.en) if said else ("", "", "", "")
    named = pair.question if pair else ""
    basis = pair.basis.value if pair else ""
    proposed = f"{basis}: {pair.comparison}" if pair and said is None else basis
    for_people = label_of(question), _before(pair, year_map), proposed
    return (question.id, told[0] or named, *told[1:], *for_people, year_map.seen(question.id))
