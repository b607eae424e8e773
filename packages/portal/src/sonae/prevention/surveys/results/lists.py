"""The lists of this room: figures that are other ones, and how often an edition was counted again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.instruments.plan import Plan
from sonae.core.web import listing, rows, words
from sonae.core.web.listing import tables
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.results import comparing, recounting
from sonae.prevention.surveys.results.models import Recount
from sonae.prevention.surveys.results.queries import Sheet
from sonae.prevention.surveys.results.vocabulary import (
    ASKED_FIGURE,
    OPTION_FIGURE,
    Column,
    Difference,
    Layer,
    RecountState,
    Shape,
    Standing,
    Stratum,
    WhyOtherwise,
    figure_at,
)
from sonae.prevention.surveys.results.wording import KEPT_BACK, option_names, question_name
from sonae.prevention.surveys.vocabulary import Band, Dimension


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure that is another one, as a person reads it."""

    position: int
    question: str
    layer: Layer
    breakdown: str
    band: str
    prefecture: str
    kind: str
    figure: str
    before: int | str
    after: int | str
    why: WhyOtherwise | None = None


class FigureColumn(listing.NumberColumn):
    """A figure, or the mark that stands for one that is kept back or not there."""

    def render(self, value: float | str) -> str:
        return value if isinstance(value, str) else words.number(value)

    def value(self, value: float | str) -> float | str:  # type: ignore[override]
        return value


class ChangeTable(listing.Table):
    question = tables.Column(
        verbose_name=gettext_lazy("Question"), order_by=("position",), attrs={"th": {"scope": "col"}}
    )
    layer = listing.EnumColumn(Layer, verbose_name=gettext_lazy("Table"), attrs=listing.WIDE_ONLY)
    breakdown = tables.Column(verbose_name=gettext_lazy("Breakdown"), attrs=listing.WIDE_ONLY)
    band = tables.Column(verbose_name=gettext_lazy("Licensed beds"))
    prefecture = tables.Column(verbose_name=gettext_lazy("Prefecture"))
    kind = tables.Column(verbose_name=gettext_lazy("Kind of institution"), attrs=listing.WIDE_ONLY)
    figure = tables.Column(verbose_name=gettext_lazy("Figure"))
    before = FigureColumn(verbose_name=gettext_lazy("Before"))
    after = FigureColumn(verbose_name=gettext_lazy("Now"))

    class Meta(listing.Table.Meta):
        fields: tuple[str, ...] = (
            "question", "layer", "breakdown", "band", "prefecture", "kind", "figure", "before", "after",
        )  # fmt: skip
        sequence = fields
        empty_text = gettext_lazy("No figure changed.")


class DifferenceTable(ChangeTable):
    before = FigureColumn(verbose_name=gettext_lazy("As it is kept"))
    after = FigureColumn(verbose_name=gettext_lazy("Counted again"))
    why = listing.EnumColumn(WhyOtherwise, verbose_name=gettext_lazy("Why it differs"))

    class Meta(ChangeTable.Meta):
        fields = (*ChangeTable.Meta.fields, "why")
        sequence = fields
        empty_text = gettext_lazy("No figure differs.")


class ChangeFilter(rows.RowFilterSet):
    q = rows.RowSearchFilter(fields=("question", "band", "prefecture", "kind", "figure"))
    breakdown = listing.django_filters.ChoiceFilter(
        label=gettext_lazy("Breakdown"), empty_label=gettext_lazy("All"),
        choices=lambda: [(one.value, words.of(one)) for one in Dimension], method="along",
    )  # fmt: skip

    def along(self, found: "rows.Rows[FigureRow]", _name: str, value: str) -> "rows.Rows[FigureRow]":
        return rows.Rows(row for row in found if row.breakdown == words.of(Dimension(value)))


class DifferenceFilter(ChangeFilter):
    layer = rows.RowEnumFilter(Layer, label=gettext_lazy("Table"), field_name="layer")
    why = rows.RowEnumFilter(WhyOtherwise, label=gettext_lazy("Why it differs"), field_name="why")


class RecountTable(listing.Table):
    begun_at = listing.LinkColumn(
        "results:recounted", told_apart_by=(listing.ROW,), verbose_name=gettext_lazy("Counted again on")
    )
    begun_by = tables.Column(
        accessor="begun_by__name", order_by=("begun_by__name",), verbose_name=gettext_lazy("Asked for by")
    )
    state = listing.EnumColumn(RecountState, verbose_name=gettext_lazy("State"))
    difference_count = listing.NumberColumn(verbose_name=gettext_lazy("Figures that differ"))

    class Meta(listing.Table.Meta):
        model = Recount
        fields = ("begun_at", "begun_by", "state", "difference_count")
        sequence = fields
        order_by = "-begun_at"
        empty_text = gettext_lazy("This edition has not been counted again yet.")

    def render_begun_at(self, value: object) -> str:
        return words.readable(value)

    def value_begun_at(self, value: object) -> object:
        return value


class RecountFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("begun_by__name",))
    state = listing.EnumFilter(RecountState, label=gettext_lazy("State"))

    class Meta:
        model = Recount
        fields: tuple[str, ...] = ()


def rows_of_changes(before: Sheet, after: Sheet) -> "rows.Rows[FigureRow]":
    """Every figure that is another one in the later edition, in the order of the form."""
    earlier = {margins.column.question: margins for margins in before.questions.values()}
    found: rows.Rows[FigureRow] = rows.Rows()
    for position, margins in after.questions.items():
        naming = _Naming(after.plan, margins.column, position)
        for each, place, was, became in comparing.changes(earlier.get(margins.column.question), margins):
            where, figure = recounting.place_of(each), figure_at(margins.column, place)
            # Why a figure moved between two editions is no mistake to be explained: others had handed in.
            one = Difference(
                margins.column.question, Layer.BREAKDOWN, where, figure, was, became, WhyOtherwise.OTHERS_READ
            )
            found.append(naming.row(one, why=None))
    return found


def rows_of_recount(recount: Recount, sheet: Sheet) -> "rows.Rows[FigureRow]":
    """The differences that a recount kept."""
    known = {
        margins.column.question: _Naming(sheet.plan, margins.column, position)
        for position, margins in sheet.questions.items()
    }
    # What the edition keeps no row of any more, the counting found all the same.
    found = recount.found()
    for question in dict.fromkeys(one.question for one in found if one.question not in known):
        known[question] = _Naming(sheet.plan, Column(question, Shape.NONE, ()), max(sheet.questions, default=0) + 1)
    return rows.Rows(_told(known, found))


def _told(known: "Mapping[str, _Naming]", found: tuple[Difference, ...]) -> Iterator[FigureRow]:
    for one in found:
        yield known[one.question].row(one, why=one.why)


class _Naming:
    """What the figures of one question are called."""

    def __init__(self, plan: Plan, column: Column, position: int) -> None:
        self._position = position
        self._question = question_name(plan, column)
        options = zip(column.options, option_names(plan, column), strict=True)
        self._figures = {standing.value: words.of(standing) for standing in Standing}
        self._figures |= {ASKED_FIGURE: _("Asked (denominator)")}
        self._figures |= {OPTION_FIGURE + value: name for value, name in options}
        self._places = cache(_places)

    def row(self, one: Difference, *, why: WhyOtherwise | None) -> FigureRow:
        mark = KEPT_BACK if one.layer is Layer.SHOWN else "–"
        before, after = (mark if figure is None else figure for figure in (one.before, one.after))
        return FigureRow(
            self._position, self._question, one.layer, *self._places(one.where),
            self._figures.get(one.figure, one.figure), before, after, why,
        )  # fmt: skip


def _places(where: Stratum) -> tuple[str, str, str, str]:
    """The breakdown of a class, and what its band, prefecture and kind are called."""
    along = [dimension for dimension in Dimension if where.along(dimension)]
    breakdown = words.of(along[0]) if len(along) == 1 else _("All") if not along else _("Single classes")
    return (
        breakdown,
        words.of(Band(where.band)) if where.band else _("All"),
        prefecture_name(where.prefecture) if where.prefecture else _("All"),
        words.of(InstitutionKind(where.kind)) if where.kind else _("All"),
    )
