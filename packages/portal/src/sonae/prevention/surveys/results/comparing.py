"""One edition beside another: what changed between two of a survey, and the year before where it may be compared."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from sonae.core.instruments.vocabulary import Comparison
from sonae.core.web import words
from sonae.prevention.surveys.results import queries
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.vocabulary import ASKED, EVERYBODY, FIRST_OPTION, Class, Margins
from sonae.prevention.surveys.results.wording import of_denominator, option_names

# Class, place of the figure, what it was, what it is.
type Change = tuple[Class, int, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Years:
    """An option that both years have: number and denominator, and the share in per cent, then and now."""

    name: str
    then: tuple[str, str]
    now: tuple[str, str]


@dataclass(frozen=True, slots=True)
class YearBefore:
    """A question of the year before, and whether its shares may stand beside those of this year."""

    edition: ResultEdition
    comparison: Comparison | None
    why: str
    rows: tuple["Years", ...] = ()


def changes(before: Margins | None, after: Margins) -> list[Change]:
    """Every figure that is another one, or that only one of the two shows. Options are told apart by their value."""
    if before is None or before.column.shape is not after.column.shape:
        return [(each, place, None, figure) for each, row in after.rows.items() for place, figure in enumerate(row)]
    was_at = {value: at for at, value in enumerate(before.column.options, FIRST_OPTION)}
    places = [*range(FIRST_OPTION), *(was_at.get(value) for value in after.column.options)]
    found: list[Change] = []
    for each, row in after.rows.items():
        then = before.rows.get(each, (0,) * before.column.width)
        for place, (figure, at) in enumerate(zip(row, places, strict=True)):
            was = None if at is None else then[at]
            if was != figure:
                found.append((each, place, was, figure))
    return found


def year_before(sheet: Sheet, margins: Margins) -> YearBefore | None:
    """The same question a year before as it was published: nothing where no earlier edition is; no shares where the
    table of questions does not say that they compare."""
    before = queries.edition_before(sheet.edition)
    if before is None:
        return None
    pair = queries.pair_of(before, sheet.edition, margins.column.question)
    if pair is None:
        return YearBefore(before, None, _("Nobody has established that the two years may be compared."))
    why = pair.why.ja if words.is_japanese() else pair.why.en
    if pair.comparison is Comparison.NOT_COMPARABLE:
        return YearBefore(before, pair.comparison, why)
    row = before.questions.as_shown().filter(question=pair.question).first()
    if row is None:
        return YearBefore(before, None, why)
    return YearBefore(before, pair.comparison, why, _shares(sheet, row.as_shown(), margins))


def _shares(sheet: Sheet, then: Margins, now: Margins) -> tuple[Years, ...]:
    names = dict(zip(now.column.options, option_names(sheet.plan, now.column), strict=True))
    both = [value for value in now.column.options if value in then.column.options]
    return tuple(Years(names[value], _share(then, value), _share(now, value)) for value in both)


def _share(margins: Margins, value: str) -> tuple[str, str]:
    row = margins.rows[EVERYBODY]
    figure, asked = row[FIRST_OPTION + margins.column.options.index(value)], row[ASKED]
    share = "–" if figure is None or not asked else words.share(figure, asked)
    return of_denominator(figure, asked), share
