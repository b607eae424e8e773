"""How far a survey is, as a file: a line for each class of each breakdown, as whoever asks for it sees it."""

from collections.abc import Iterator

from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.web import listing, sheets, words
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.queries import Standing
from sonae.prevention.surveys.vocabulary import Band, Dimension, Progress

FORMS = frozenset({"csv", "xlsx"})


def file_of(campaign: Campaign, standing: Standing, form: str) -> HttpResponseBase:
    """The figures as CSV or as a workbook (`FORMS`); each line says as of when."""
    filename = listing.file_name("survey-progress", now=standing.as_of, is_filtered=False)
    if form == "csv":
        return sheets.csv_file(header(), rows_of(standing), filename=filename)
    conditions = (
        (_("Reference date"), words.jdate(campaign.reference_on)),
        (_("Response rate"), _("Submitted and accepted answers among those asked")),
    )
    about = sheets.About(campaign.title, standing.as_of, None, conditions)
    return sheets.xlsx_file(header(), rows_of(standing), filename=filename, about=about)


def header() -> list[str]:
    return [
        _("Breakdown"), _("Class"), _("Asked"), _("Opened the survey"), _("Being answered"),
        _("Returned for correction"), _("Submitted"), _("Accepted"), _("No answer is expected"),
        _("Response rate in per cent"), _("As of (Japan time)"),
    ]  # fmt: skip


def rows_of(standing: Standing) -> Iterator[list[sheets.Cell]]:
    """The whole first, then every class by band, prefecture and kind."""
    yield [_("Total"), "", *_figures(standing.whole), standing.as_of]
    for dimension, classes in standing.by.items():
        for value, progress in classes.items():
            yield [words.of(dimension), _name(dimension, value), *_figures(progress), standing.as_of]


def _figures(one: Progress) -> list[sheets.Cell]:
    rate = round(100 * one.answered / one.asked, 1) if one.asked else None
    return [one.asked, one.opened, one.draft, one.returned, one.submitted, one.accepted, one.excused, rate]


def _name(dimension: Dimension, value: str) -> str:
    match dimension:
        case Dimension.BAND:
            return words.of(Band(value))
        case Dimension.PREFECTURE:
            return prefecture_name(value)
    return words.of(InstitutionKind(value))
