"""The lists of visits: whom the plan proposes, visits, and corrections to follow up."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import InstitutionKind
from sonae.core.web import listing, words
from sonae.core.web.listing import tables
from sonae.kernel.calendar import jst_day
from sonae.prevention.inspections.visits import plans
from sonae.prevention.inspections.visits.models import Correction, Visit
from sonae.prevention.inspections.visits.vocabulary import CorrectionState, OnPlan, PlanReason, VisitState
from sonae.prevention.inspections.visits.wording import year_words


class ReasonsColumn(tables.Column):
    """Why an institution stands where it does, each reason with its points."""

    def _said(self, record: Any) -> list[str]:
        return [f"{words.of(reason)} (+{points})" for reason, points in plans.priority_of(record).reasons]

    def render(self, record: Any) -> str:
        items = format_html_join("", "<li>{}</li>", ((one,) for one in self._said(record)))
        return format_html('<ul class="plain">{}</ul>', items) if items else "–"

    def value(self, record: Any) -> str:
        return "; ".join(self._said(record))


class OnPlanColumn(tables.Column):
    """Whether it is on the plan, and the way to its visit."""

    def render(self, record: Any) -> str:
        said = words.of(plans.on_plan(record.visit_state))
        if record.visit_id is None:
            return said
        address = reverse("visits:detail", args=[record.visit_id])
        return format_html('<a href="{}">{}<span class="visually-hidden"> – {}</span></a>', address, said, record.name)

    def value(self, record: Any) -> str:
        return words.of(plans.on_plan(record.visit_state))


class PlanTable(listing.Table):
    name = listing.LinkColumn(
        "visits:candidate", args=("year", "pk"), told_apart_by=("register_code",), verbose_name=_("Institution")
    )
    kind = listing.EnumColumn(InstitutionKind, verbose_name=_("Kind"), attrs=listing.WIDE_ONLY)
    licensed_beds = listing.NumberColumn(verbose_name=_("Licensed beds"), attrs=listing.WIDE_ONLY_NUMBER)
    last_visit_on = listing.DateColumn(verbose_name=_("Last visit"), attrs=listing.WIDE_ONLY)
    points = listing.NumberColumn(verbose_name=_("Points"))
    reasons = ReasonsColumn(accessor="pk", orderable=False, verbose_name=_("Why"))
    visit_state = OnPlanColumn(accessor="pk", order_by=("visit_state",), verbose_name=_("Plan"))
    visit_on = listing.DateColumn(verbose_name=_("Day of the visit"))

    class Meta(listing.Table.Meta):
        model = Institution
        fields = (
            "name", "kind", "licensed_beds", "last_visit_on", "points", "reasons", "visit_state", "visit_on",
        )  # fmt: skip
        sequence = fields
        order_by = ("-points", "name")
        empty_text = _("No institution lies in your jurisdiction.")


class PlanFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "name_kana", "register_code", "address"))
    year = listing.django_filters.ChoiceFilter(
        label=_("Fiscal year"), empty_label=None, method="with_year",
        choices=lambda: [(str(one), year_words(one)) for one in plans.years(today=jst_day(timezone.now()))],
    )  # fmt: skip
    kind = listing.EnumFilter(InstitutionKind, label=_("Kind"))
    on_plan = listing.EnumFilter(OnPlan, label=_("Plan"), method="with_place")
    reason = listing.EnumFilter(PlanReason, label=_("Why"), method="with_reason")

    class Meta:
        model = Institution
        fields: tuple[str, ...] = ()

    def with_place(self, rows: QuerySet[Institution], _name: str, value: str) -> Any:
        return rows.filter(plans.on_plan_condition(OnPlan(value)))

    def with_reason(self, rows: QuerySet[Institution], _name: str, value: str) -> Any:
        return rows.filter(plans.conditions(self._year())[PlanReason(value)])

    def with_year(self, rows: QuerySet[Institution], _name: str, _value: str) -> Any:
        return rows  # what is known of them was counted for this year already

    def _year(self) -> int:
        return plans.year_asked(self.data.get("year", ""), today=jst_day(self.request.now))


class VisitTable(listing.Table):
    institution = listing.LinkColumn(
        "visits:detail", accessor="institution__name", order_by=("institution__name",),
        told_apart_by=("fiscal_year", "on", "institution__register_code"), verbose_name=_("Institution"),
    )  # fmt: skip
    fiscal_year = tables.Column(verbose_name=_("Fiscal year"), attrs=listing.SHORT)
    state = listing.EnumColumn(VisitState, verbose_name=_("State"))
    on = listing.DateColumn(verbose_name=_("Day of the visit"))
    open_corrections = listing.NumberColumn(verbose_name=_("Open corrections"), attrs=listing.WIDE_ONLY_NUMBER)

    class Meta(listing.Table.Meta):
        model = Visit
        fields = ("institution", "fiscal_year", "state", "on", "open_corrections")
        sequence = fields
        order_by = ("-fiscal_year", "on")
        empty_text = _("There is no visit yet.")


class VisitFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("institution__name", "institution__name_kana", "institution__register_code"))
    state = listing.EnumFilter(VisitState, label=_("State"))
    fiscal_year = listing.django_filters.NumberFilter(label=_("Fiscal year"), max_value=9999)

    class Meta:
        model = Visit
        fields: tuple[str, ...] = ()


class CorrectionTable(listing.Table):
    finding = listing.LinkColumn(
        "visits:correction", accessor="entry__finding", order_by=("entry__finding",),
        told_apart_by=("visit__institution__name", "due_on", listing.ROW),
        verbose_name=pgettext_lazy("inspection", "Finding"),
    )  # fmt: skip
    institution = tables.Column(
        accessor="visit__institution__name", order_by=("visit__institution__name",), verbose_name=_("Institution")
    )
    state = listing.EnumColumn(CorrectionState, verbose_name=_("State"))
    due_on = listing.DateColumn(verbose_name=_("To be mended by"))
    visited = listing.DateColumn(accessor="visit__on", order_by=("visit__on",), verbose_name=_("Day of the visit"))
    rounds = listing.NumberColumn(verbose_name=_("Times sent back"), attrs=listing.WIDE_ONLY_NUMBER)

    class Meta(listing.Table.Meta):
        model = Correction
        fields = ("finding", "institution", "state", "due_on", "visited", "rounds")
        sequence = fields
        order_by = ("due_on",)
        empty_text = _("Nothing is to be followed up.")


class CorrectionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("entry__finding", "visit__institution__name", "visit__institution__register_code"))
    state = listing.EnumFilter(CorrectionState, label=_("State"))
    outstanding = listing.YesNoFilter(label=_("Corrections still open"), method="with_debt")

    class Meta:
        model = Correction
        fields: tuple[str, ...] = ()

    def with_debt(self, rows: QuerySet[Correction], _name: str, value: bool) -> Any:  # noqa: FBT001
        done = rows.filter(state=CorrectionState.ACCEPTED)
        return rows.exclude(state=CorrectionState.ACCEPTED) if value else done
