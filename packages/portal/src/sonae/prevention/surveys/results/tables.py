"""Cross-tables as HTML. They hold tens of thousands of figures, which a template would draw one by one in a second."""

from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sonae.core.web import words
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.vocabulary import (
    ANSWERED,
    ASKED,
    EVERYBODY,
    FIRST_OPTION,
    PLACES,
    Class,
    Margins,
    Rate,
    Shape,
    Standing,
)
from sonae.prevention.surveys.results.wording import KEPT_BACK, ORDER, class_name, option_names
from sonae.prevention.surveys.vocabulary import Dimension

_BESIDE = (Standing.NOT_ANSWERED, Standing.UNKNOWN, Standing.OUT_OF_SCOPE)


def classes_in(margins: Margins, dimension: Dimension) -> list[Class]:
    """Everybody, and the classes of a breakdown that have figures, in their order."""
    along = ((dimension.value, value) for value in ORDER[dimension])
    return [EVERYBODY, *(each for each in along if each in margins.rows)]


def places_of(margins: Margins) -> list[int]:
    """Which figures of a question stand in its tables: the denominator, the options (else the answered), and what else
    there is of it somewhere."""
    options = list(range(FIRST_OPTION, margins.column.width)) or [ANSWERED]
    if margins.column.shape is Shape.MANY:
        options.insert(0, ANSWERED)
    # Something, or something that is kept back.
    beside = [PLACES[one] for one in _BESIDE if any(row[PLACES[one]] != 0 for row in margins.rows.values())]
    return [ASKED, *options, *beside]


def headings(sheet: Sheet, margins: Margins, places: Sequence[int]) -> list[str]:
    """The heading of each figure."""
    names = {place: words.of(standing) for standing, place in PLACES.items()}
    names[ASKED] = _("Asked (denominator)")
    names |= dict(enumerate(option_names(sheet.plan, margins.column), FIRST_OPTION))
    return [names[place] for place in places]


def cross_table(sheet: Sheet, margins: Margins, dimension: Dimension, names: "Names", *, label: str) -> SafeString:
    """One question by one breakdown: figures with their share of the denominator beside them."""
    places = places_of(margins)
    head = "".join(f'<th scope="col" class="numeric">{escape(one)}</th>' for one in headings(sheet, margins, places))
    body = "".join(
        f'<tr><th scope="row">{names[each]}</th>{_cells(margins.rows[each], places)}</tr>'
        for each in classes_in(margins, dimension)
        if each in margins.rows
    )
    return _table(label, escape(words.of(dimension)), head, body)


def rate_table(rates: "dict[Class, Rate]", dimension: Dimension, names: "Names", *, label: str) -> SafeString:
    """How many of those asked handed in, by one breakdown."""
    along = ((dimension.value, value) for value in ORDER[dimension])
    body = "".join(
        f'<tr><th scope="row">{names[each]}</th><td class="numeric">{rates[each].asked:,}</td>'
        f"{_share(rates[each].answered, rates[each].asked)}</tr>"
        for each in (EVERYBODY, *along)
        if each in rates
    )
    columns = (_("Institutions asked"), _("Handed in"))
    head = "".join(f'<th scope="col" class="numeric">{escape(one)}</th>' for one in columns)
    return _table(label, escape(words.of(dimension)), head, body)


class Names(dict[Class, str]):
    """What classes are called, escaped, each worked out once for a page."""

    def __missing__(self, each: Class) -> str:
        name = self[each] = str(escape(class_name(each)))
        return name


def _table(label: str, heading: str, head: str, body: str) -> SafeString:
    region = escape(label)
    return mark_safe(  # noqa: S308  (every text was escaped above; the rest are numbers)
        f'<div class="table-wrap" tabindex="0" role="region" aria-label="{region}"><table>'
        f'<caption class="visually-hidden">{region}</caption>'
        f'<thead><tr><th scope="col">{heading}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cells(row: Sequence[int | None], places: Iterable[int]) -> str:
    base = row[ASKED]
    return "".join(
        _share(row[place], base) if place != ASKED else f'<td class="numeric">{_number(base)}</td>' for place in places
    )


def _share(figure: int | None, base: int | None) -> str:
    if figure is None or base is None:
        return f'<td class="numeric">{_number(figure)}</td>'
    per_cent = f"{100 * figure / base:.1f}%" if base else "–"
    return f'<td class="numeric">{figure:,} <small>{per_cent}</small></td>'


def _number(figure: int | None) -> str:
    return KEPT_BACK if figure is None else f"{figure:,}"
