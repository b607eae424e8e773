"""What the pages of a result show."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from sonae.core.web import charts, words
from sonae.prevention.surveys.results import comparing, origin, rules, tables
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.tables import Names
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    FileForm,
    Margins,
    PublishDoubt,
    ResultStage,
)
from sonae.prevention.surveys.results.wording import (
    KEPT_BACK,
    of_denominator,
    option_names,
    question_name,
    version_notes,
    versions_line,
)
from sonae.prevention.surveys.vocabulary import Dimension

EVERY_BREAKDOWN = "all"


def breakdown_of(wanted: str) -> str:
    """The breakdown that was asked for; by licensed beds where nobody chose one that there is."""
    return wanted if wanted in {*Dimension, EVERY_BREAKDOWN} else Dimension.BAND.value


def option_of(margins: Margins, wanted: str) -> str:
    """The option that was asked for, else the first; nothing where the question has none."""
    options = margins.column.options
    return wanted if wanted in options else next(iter(options), "")


def place_of(margins: Margins, option: str) -> int:
    """Where the figure of an option stands; without one, that of those who answered."""
    return FIRST_OPTION + margins.column.options.index(option) if option else ANSWERED


def published_page(editions: Sequence[ResultEdition]) -> list[dict[str, Any]]:
    """Each survey of which something is out, with its editions in their order and the files of each."""
    found: list[dict[str, Any]] = []
    for edition in editions:
        if not found or found[-1]["campaign"].pk != edition.campaign_id:
            found.append({"campaign": edition.campaign, "editions": []})
        found[-1]["editions"].append((edition, heading_of(edition), list(FileForm)))
    return found


def result_page(sheet: Sheet, *, by: str) -> dict[str, Any]:
    """Every question of an edition by one breakdown, or by all (`by`); by licensed beds where nobody chose."""
    by, names = breakdown_of(by), Names()
    dimensions = tuple(Dimension) if by == EVERY_BREAKDOWN else (Dimension(by),)
    questions = []
    for position, margins in sheet.questions.items():
        name = question_name(sheet.plan, margins.column)
        drawn = [
            tables.cross_table(
                sheet,
                margins,
                dimension,
                names,
                label=_("%(question)s – %(breakdown)s") % {"question": name, "breakdown": words.of(dimension)},
            )
            for dimension in dimensions
        ]
        questions.append(
            {"position": position, "name": name, "total": total_of(sheet, margins), "tables": drawn}
            | {"bars": bars_of(sheet, margins), "notes": version_notes(sheet.plan, margins.column, sheet.since)}
        )
    title = _("Response rate")
    rates = [
        tables.rate_table(dict(sheet.rates), dimension, names, label=f"{title} – {words.of(dimension)}")
        for dimension in dimensions
    ]
    return _frame(sheet) | {"by": by, "breakdowns": _breakdowns(by), "questions": questions, "rate_tables": rates}


def question_page(sheet: Sheet, position: int, *, option: str) -> dict[str, Any]:
    """One question: all breakdowns, the map of one of its options, and the year before where that may be compared."""
    margins = sheet.questions[position]
    names, name = Names(), question_name(sheet.plan, margins.column)
    option = option_of(margins, option)
    place = place_of(margins, option)
    before = comparing.year_before(sheet, margins)
    return _frame(sheet) | {
        "position": position,
        "name": name,
        "notes": version_notes(sheet.plan, margins.column, sheet.since),
        "total": total_of(sheet, margins),
        "bars": bars_of(sheet, margins),
        "tables": [
            (words.of(dimension), tables.cross_table(sheet, margins, dimension, names, label=words.of(dimension)))
            for dimension in Dimension
        ],
        "cells": _cells(margins, place),
        "option": option,
        "options": list(zip(margins.column.options, option_names(sheet.plan, margins.column), strict=True)),
        "year_before": before,
        "heading_before": heading_of(before.edition) if before else "",
    }


def total_of(sheet: Sheet, margins: Margins) -> list[dict[str, Any]]:
    """The figures of everybody, each with its share of the denominator."""
    row = margins.rows.get(EVERYBODY)
    if row is None:
        return []
    places = tables.places_of(margins)
    heads = tables.headings(sheet, margins, places)
    return [
        {
            "name": head,
            "figure": _words(row[place]) if place == ASKED else of_denominator(row[place], row[ASKED]),
            "share": _per_cent(row[place], row[ASKED], place),
        }
        for head, place in zip(heads, places, strict=True)
    ]


def bars_of(sheet: Sheet, margins: Margins) -> list[charts.Bar]:
    """The shares of everybody's answers in per cent, each with its number and denominator; what is kept back has no
    bar."""
    row = margins.rows.get(EVERYBODY)
    if row is None or not row[ASKED]:
        return []
    places = list(range(FIRST_OPTION, margins.column.width)) or [ANSWERED]
    heads = tables.headings(sheet, margins, places)
    return [
        charts.Bar(f"{head} ({of_denominator(row[place], row[ASKED])})", round(100 * share, 1))
        for head, place in zip(heads, places, strict=True)
        if (share := rules.share(row[place], row[ASKED])) is not None
    ]


def before(edition: ResultEdition, editions: Sequence[ResultEdition]) -> ResultEdition | None:
    """The edition with figures that came before this one, out of those of its survey; none where one has no figures."""
    earlier = [one for one in editions if one.counted_at and one.number < edition.number]
    return max(earlier, key=lambda one: one.number, default=None) if edition.counted_at else None


def publishing_page(edition: ResultEdition, doubts: Sequence[PublishDoubt]) -> dict[str, Any]:
    """What is to be read before an edition is out for ever: which one it is, as of when, and how many answered."""
    return {
        "edition": edition,
        "campaign": edition.campaign,
        "heading": heading_of(edition),
        "doubts": doubts,
        "facts": [
            (_("Survey"), edition.campaign.title),
            (_("Edition"), heading_of(edition)),
            (_("As of"), edition.as_of),
            *origin.origin_of(edition).facts(),
        ],
    }


def drawn(template: str, page: Mapping[str, Any]) -> str:
    return render_to_string(template, dict(page))


def heading_of(edition: ResultEdition) -> str:
    """An edition by its stage and number; where its form was corrected meanwhile, with the versions answered."""
    named = {"stage": words.of(ResultStage(edition.stage)), "number": edition.number}
    if under := versions_line(edition.answered_under):
        return _("%(stage)s, edition %(number)s (%(under)s)") % {**named, "under": under}
    return _("%(stage)s, edition %(number)s") % named


def _frame(sheet: Sheet) -> dict[str, Any]:
    edition = sheet.edition
    return {
        "edition": edition,
        "campaign": edition.campaign,
        "heading": heading_of(edition),
        "sheet": sheet,
        "rate": sheet.rates.get(EVERYBODY),
        "rate_cells": _rate_cells(sheet),
        "kept_back": KEPT_BACK,
        "files": list(FileForm),
        "facts": [
            (_("What is counted"), _("Answers that had been submitted by then and were not returned for correction")),
            (_("As of"), edition.as_of),
            (
                _("Asked"),
                _("All institutions that the register had on the reference date under the rule of the survey"),
            ),
            *origin.origin_of(edition).facts(),
            (_("Denominator"), _("Of each question, those who were asked it on their way through the form")),
            *_versions_fact(edition),
        ],
    }


def _versions_fact(edition: ResultEdition) -> list[tuple[str, object]]:
    under = versions_line(edition.answered_under)
    return [(_("Versions of the form"), under)] if under else []


def _breakdowns(chosen: str) -> list[tuple[str, str, bool]]:
    found = [(dimension.value, words.of(dimension)) for dimension in Dimension]
    found.append((EVERY_BREAKDOWN, _("All breakdowns")))
    return [(value, name, value == chosen) for value, name in found]


def _cells(margins: Margins, place: int) -> dict[str, charts.Cell]:
    found = {}
    for (dimension, value), row in margins.rows.items():
        share = rules.share(row[place], row[ASKED])
        if dimension == Dimension.PREFECTURE and share is not None:
            found[value] = charts.Cell(round(100 * share, 1), note=of_denominator(row[place], row[ASKED]))
    return found


def _rate_cells(sheet: Sheet) -> dict[str, charts.Cell]:
    return {
        each[1]: charts.Cell(round(100 * rate.share, 1), note=of_denominator(rate.answered, rate.asked))
        for each, rate in sheet.rates.items()
        if each[0] == Dimension.PREFECTURE and rate.share is not None
    }


def _words(figure: int | None) -> str:
    return KEPT_BACK if figure is None else words.number(figure)


def _per_cent(figure: int | None, base: int | None, place: int) -> str:
    return "" if place == ASKED or figure is None or not base else words.share(figure, base)
