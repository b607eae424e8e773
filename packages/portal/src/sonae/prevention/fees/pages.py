"""The lists of what the standards ask, and of what changes between two situations."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sonae.core.assurance import catalogue as controls
from sonae.core.assurance.vocabulary import ControlState, Standing
from sonae.core.web import listing, words
from sonae.core.web.rows import RowEnumFilter, Rows, RowSearchFilter
from sonae.kernel import calendar
from sonae.prevention.fees import rules
from sonae.prevention.fees.catalogue import standards
from sonae.prevention.fees.filters import BedsFilter, DayFilter, OfASituation
from sonae.prevention.fees.vocabulary import Applies, Change, Standard, Turn, Weight


@dataclass(frozen=True, slots=True)
class OwnHospital:
    """A hospital of the viewer: its beds in the register today, how its measures stand, and the way to its report."""

    name: str
    beds: int | None
    states: Mapping[str, ControlState]
    report: str = ""
    report_href: str = ""
    is_synthetic: bool = False

    def standing_of(self, standard: Standard) -> Standing | None:
        state = self.states.get(standard.control)
        return state.standing if state else None

    def holds_until(self, standard: Standard) -> dt.date | None:
        """The last day on which the evidence holds by which the measure stands."""
        leading = state.leading if (state := self.states.get(standard.control)) else None
        return calendar.last_day_before(leading.until) if leading and leading.until else None


@dataclass(frozen=True, slots=True)
class StandardRow:
    """One demand, whether it applies in the situation asked about, and how its measure stands at one's institution."""

    standard: Standard
    applies: Applies = Applies.YES
    own: OwnHospital | None = None

    @property
    def hospital(self) -> str:
        return self.own.name if self.own else ""

    @property
    def demand(self) -> str:
        return controls.in_language(self.standard.demand)

    @property
    def fee(self) -> str:
        return " ".join((controls.in_language(self.standard.fee), controls.in_language(self.standard.tiers)))

    @property
    def weight(self) -> Weight:
        return self.standard.weight

    @property
    def beds(self) -> str:
        return words_for_beds(self.standard)

    @property
    def since(self) -> dt.date:
        return self.standard.since

    @property
    def period(self) -> str:
        first, last = (day and words.jdate(day) for day in (self.standard.since, self.standard.until))
        return f"{first} – {last or ''}".strip()

    @property
    def standing(self) -> Standing | None:
        return self.own.standing_of(self.standard) if self.own else None

    @property
    def source(self) -> str:
        return words_for_source(self.standard)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What becomes of one demand, and what the evidence of one's own hospital says of its measure today."""

    change: Change
    own: OwnHospital | None = None

    @property
    def hospital(self) -> str:
        return self.own.name if self.own else ""

    @property
    def standing(self) -> Standing | None:
        return self.own.standing_of(self.change.standard) if self.own else None

    @property
    def until(self) -> dt.date | None:
        return self.own.holds_until(self.change.standard) if self.own else None

    @property
    def report(self) -> str:
        return self.own.report if self.own else ""

    @property
    def turn(self) -> Turn:
        return self.change.turn

    @property
    def demand(self) -> str:
        return controls.in_language(self.change.standard.demand)

    @property
    def before(self) -> str:
        return _weight_with_fee(self.change.before)

    @property
    def after(self) -> str:
        return _weight_with_fee(self.change.after)

    @property
    def source(self) -> str:
        return words_for_source(self.change.standard)


def _control_of(record: StandardRow | ChangeRow) -> str:
    standard = record.standard if isinstance(record, StandardRow) else record.change.standard
    return reverse("assurance:control", args=[standard.control])


def _report_of(record: ChangeRow) -> str | None:
    return record.own.report_href or None if record.own else None


class StandardTable(listing.Table):
    demand = tables.Column(linkify=_control_of, verbose_name=gettext_lazy("Demand"))
    weight = listing.EnumColumn(Weight, verbose_name=gettext_lazy("How much"))
    applies = listing.EnumColumn(Applies, verbose_name=gettext_lazy("For this number of beds"))
    fee = tables.Column(verbose_name=gettext_lazy("Fee"))
    beds = tables.Column(verbose_name=gettext_lazy("Licensed beds"), orderable=False)
    period = tables.Column(verbose_name=gettext_lazy("In force"), order_by=("since",))
    standing = listing.EnumColumn(Standing, verbose_name=gettext_lazy("How it stands"))
    source = tables.Column(verbose_name=gettext_lazy("Source"), orderable=False)

    class Meta(listing.Table.Meta):
        fields: tuple[str, ...] = ("demand", "weight", "applies", "fee", "beds", "period", "standing", "source")
        empty_text = gettext_lazy("No known standard asks anything on this day for this number of beds.")


class ChangeTable(listing.Table):
    turn = listing.EnumColumn(Turn, verbose_name=gettext_lazy("What changes"))
    demand = tables.Column(linkify=_control_of, verbose_name=gettext_lazy("Demand"))
    before = tables.Column(verbose_name=gettext_lazy("Before"))
    after = tables.Column(verbose_name=gettext_lazy("After"))
    standing = listing.EnumColumn(Standing, verbose_name=gettext_lazy("How it stands"))
    until = listing.DateColumn(verbose_name=gettext_lazy("Evidence holds until"))
    report = tables.Column(linkify=_report_of, verbose_name=gettext_lazy("Report of this year"), orderable=False)
    source = tables.Column(verbose_name=gettext_lazy("Source"), orderable=False)

    class Meta(listing.Table.Meta):
        fields: tuple[str, ...] = ("turn", "demand", "before", "after", "standing", "until", "report", "source")
        empty_text = gettext_lazy("No known standard asks anything in either situation.")


class StandardTableOfSeveral(StandardTable):
    """The same for whoever works at several hospitals, which have different beds."""

    hospital = tables.Column(verbose_name=gettext_lazy("Hospital"))

    class Meta(StandardTable.Meta):
        fields = ("hospital", *StandardTable.Meta.fields)
        sequence = fields


class ChangeTableOfSeveral(ChangeTable):
    """The same for whoever works at several hospitals, which have different beds."""

    hospital = tables.Column(verbose_name=gettext_lazy("Hospital"))

    class Meta(ChangeTable.Meta):
        fields = ("hospital", *ChangeTable.Meta.fields)
        sequence = fields


class StandardFilter(OfASituation):
    q = RowSearchFilter(fields=("demand", "fee", "source"))
    on = DayFilter(label=gettext_lazy("On this day"))
    beds = BedsFilter(label=gettext_lazy("Licensed beds"))
    weight = RowEnumFilter(Weight, label=gettext_lazy("How much"))

    def filter_queryset(self, queryset: Rows[StandardRow]) -> Rows[StandardRow]:
        asked = [
            replace(row, applies=rules.applies(row.standard, self.situation(row.own, day="on", beds="beds")))
            for row in queryset
        ]
        return super().filter_queryset(Rows(row for row in asked if row.applies is not Applies.NO))


class ChangeFilter(OfASituation):
    q = RowSearchFilter(fields=("demand", "before", "after", "source"))
    on = DayFilter(label=gettext_lazy("Before: on this day"))
    beds = BedsFilter(label=gettext_lazy("Before: licensed beds"))
    then_on = DayFilter(label=gettext_lazy("After: on this day"))
    then_beds = BedsFilter(label=gettext_lazy("After: licensed beds"))
    turn = RowEnumFilter(Turn, label=gettext_lazy("What changes"))

    def filter_queryset(self, queryset: Rows[Any]) -> Rows[Any]:
        # Worked out for each hospital that is given, not chosen from rows.
        return super().filter_queryset(Rows(row for own in queryset for row in self._changes(own)))

    def _changes(self, own: OwnHospital | None) -> Iterator[ChangeRow]:
        before = self.situation(own, day="on", beds="beds")
        after = self.situation(own, day="then_on", beds="then_beds")
        if self.form.cleaned_data["then_beds"] is None:
            after = replace(after, beds=before.beds)
        return (ChangeRow(one, own) for one in rules.changes(before, after, list(standards().values())))


def rows(hospitals: Sequence[OwnHospital | None]) -> Rows[StandardRow]:
    """Every standard at each hospital, with how its measure stands there; None where no hospital is looked at."""
    return Rows(StandardRow(standard, own=own) for own in hospitals for standard in standards().values())


def words_for_beds(standard: Standard) -> str:
    """For how many licensed beds, as the clause is written."""
    if standard.quotation:
        return f"「{standard.quotation}」"
    if not standard.draws_a_line:
        return _("Any number")
    if standard.below is None:
        return _("%(beds)s or more") % {"beds": words.number(standard.at_least)}
    bounds = {"least": words.number(standard.at_least), "below": words.number(standard.below)}
    return _("%(least)s or more, fewer than %(below)s") % bounds


def words_for_source(standard: Standard) -> str:
    """The source with its date, and whether anybody has confirmed it."""
    source = standard.source
    said = _("%(source)s (as of %(day)s)") % {
        "source": controls.in_language(source.title),
        "day": words.jdate(source.as_of),
    }
    return f"{said} {_('To be confirmed')}" if source.unverified else said


def _weight_with_fee(standard: Standard | None) -> str:
    if standard is None:
        return _("Not asked for")
    named: Iterable[str] = (controls.in_language(standard.fee), controls.in_language(standard.tiers))
    return f"{words.of(standard.weight)} – {' '.join(named)}"
