"""The lists of controls: how each stands at one's own institutions, and over those one supervises."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from sonae.core.assurance import catalogue, queries
from sonae.core.assurance.vocabulary import ControlState, Family, SectorCount, Standing, Strength
from sonae.core.institutions.models import Institution
from sonae.core.web import listing, words
from sonae.core.web.components import Tone
from sonae.core.web.rows import RowEnumFilter, RowFilterSet, Rows, RowSearchFilter

TONES: dict[Standing, Tone] = {
    Standing.IN_PLACE: Tone.SUCCESS,
    Standing.PARTLY: Tone.WARNING,
    Standing.ABSENT: Tone.DANGER,
    Standing.EXPIRED: Tone.WARNING,
    Standing.NO_EVIDENCE: Tone.NEUTRAL,
}
OWN, SECTOR = "own", "sector"


@dataclass(frozen=True, slots=True)
class StateRow:
    """One control at one institution."""

    control: str
    title: str
    family: Family
    institution: str
    state: ControlState

    @property
    def standing(self) -> Standing:
        return self.state.standing

    @property
    def place(self) -> int:
        """Where the standing comes in the order of its vocabulary, which is not that of its letters."""
        return list(Standing).index(self.state.standing)

    @property
    def strength(self) -> Strength | None:
        return self.state.leading.strength if self.state.leading else None

    @property
    def until(self) -> datetime | None:
        return self.state.leading.until if self.state.leading else None

    @property
    def tone(self) -> Tone:
        return TONES[self.state.standing]


@dataclass(frozen=True, slots=True)
class SectorRow:
    """One control over many institutions."""

    control: str
    title: str
    family: Family
    count: SectorCount

    @property
    def by_standing(self) -> Mapping[str, int]:
        return {standing.value: count for standing, count in self.count.by_standing.items()}


def state_rows(institutions: Iterable[Institution], *, now: datetime) -> Rows[StateRow]:
    """Every control of the catalogue at each of these institutions: one query for each of them."""
    return Rows(
        StateRow(name, catalogue.title_of(name), catalogue.control(name).family, institution.name, state)
        for institution in institutions
        for name, state in queries.states_of(institution.pk, now=now).items()
    )


def sector_rows(institutions: QuerySet[Institution], *, now: datetime) -> Rows[SectorRow]:
    """Every control that may be counted, over these institutions."""
    return Rows(
        SectorRow(name, catalogue.title_of(name), catalogue.control(name).family, count)
        for name, count in queries.states_for_sector(institutions, now=now).items()
    )


class StandingColumn(listing.EnumColumn):
    """How a control stands, with what is doubtful about it; exports the standing in words."""

    def render(self, record: StateRow) -> str:  # type: ignore[override]  # tables ask by the parameter's name
        return render_to_string("assurance/standing.html", {"row": record})


class StateTable(listing.Table):
    title = listing.LinkColumn(
        "assurance:control", args=("control",), told_apart_by=("institution",), verbose_name=gettext_lazy("Control")
    )
    institution = tables.Column(verbose_name=gettext_lazy("Institution"))
    family = listing.EnumColumn(Family, verbose_name=gettext_lazy("Part of the catalogue"))
    standing = StandingColumn(Standing, order_by=("place",), verbose_name=gettext_lazy("How it stands"))
    strength = listing.EnumColumn(Strength, verbose_name=gettext_lazy("Strength"))
    until = listing.MomentColumn(verbose_name=gettext_lazy("Until"))


def _counting(standing: Standing) -> listing.NumberColumn:
    return listing.NumberColumn(accessor=f"by_standing__{standing.value}", verbose_name=lazy(words.of, str)(standing))


class SectorTable(listing.Table):
    title = listing.LinkColumn("assurance:control", args=("control",), verbose_name=gettext_lazy("Control"))
    family = listing.EnumColumn(Family, verbose_name=gettext_lazy("Part of the catalogue"))
    in_place = _counting(Standing.IN_PLACE)
    partly = _counting(Standing.PARTLY)
    absent = _counting(Standing.ABSENT)
    expired = _counting(Standing.EXPIRED)
    no_evidence = _counting(Standing.NO_EVIDENCE)
    contradicted = listing.NumberColumn(accessor="count__contradicted", verbose_name=gettext_lazy("Contradicted"))


class StateFilter(RowFilterSet):
    q = RowSearchFilter(fields=("title", "institution"))
    standing = RowEnumFilter(Standing, label=gettext_lazy("How it stands"))
    family = RowEnumFilter(Family, label=gettext_lazy("Part of the catalogue"))


class SectorFilter(RowFilterSet):
    q = RowSearchFilter(fields=("title",))
    family = RowEnumFilter(Family, label=gettext_lazy("Part of the catalogue"))


class _Whose(RowFilterSet):
    """Asked of those who have institutions of their own and supervise others: of which the list tells."""

    whose = django_filters.ChoiceFilter(
        label=gettext_lazy("Whose"),
        empty_label=None,
        choices=[(OWN, gettext_lazy("Your institutions")), (SECTOR, gettext_lazy("Institutions you supervise"))],
        method="as_it_is",
    )

    def as_it_is(self, rows: Rows[Any], _name: str, _value: str) -> Rows[Any]:
        return rows


class StateFilterOfBoth(_Whose, StateFilter):
    pass


class SectorFilterOfBoth(_Whose, SectorFilter):
    pass
