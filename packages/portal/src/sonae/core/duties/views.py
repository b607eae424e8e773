from typing import Any
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue as texts
from sonae.core.duties import catalogue, pages, queries, rules, services
from sonae.core.duties.forms import FulfilmentForm, RedatingForm, WaiverForm
from sonae.core.duties.models import Duty
from sonae.core.duties.vocabulary import Circle, DutyState, Timing
from sonae.core.institutions import rules as institutions
from sonae.core.institutions.models import Institution, Jurisdiction
from sonae.core.web import charts, listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel import calendar


class TitleColumn(listing.LinkColumn):
    """The title of a duty in the language of the page."""

    def render(self, record: Duty) -> str:
        return pages.title_of(record)

    def value(self, record: Duty) -> str:
        return pages.title_of(record)


class DutyTable(listing.Table):
    title = TitleColumn(
        "duties:detail", accessor="rule", told_apart_by=("institution__name",), verbose_name=gettext_lazy("Duty")
    )
    due_at = listing.DueColumn(verbose_name=gettext_lazy("Due"))
    state = listing.EnumColumn(DutyState, verbose_name=gettext_lazy("State"))
    institution = tables.Column(
        accessor="institution__name", order_by=("institution__name",), verbose_name=gettext_lazy("Institution")
    )
    known_at = listing.MomentColumn(verbose_name=gettext_lazy("Known since"))

    class Meta(listing.Table.Meta):
        model = Duty
        fields = ("title", "due_at", "state", "institution", "known_at")
        order_by = "due_at"
        empty_text = gettext_lazy("You have no open duties.")


class DutySearch(listing.SearchFilter):
    """Every word must occur in the title of the duty or in the institution's name."""

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in institutions.search_words(value or ""):
            anywhere = Q(rule__in=catalogue.rules_titled(word)) | Q(institution__search_text__contains=word)
            queryset = queryset.filter(anywhere)
        return queryset


class DutyFilter(listing.FilterSet):
    q = DutySearch(fields=())
    state = listing.EnumFilter(DutyState, label=gettext_lazy("State"))
    timing = listing.EnumFilter(Timing, label=gettext_lazy("Due"), method="in_time")
    rule = django_filters.ChoiceFilter(
        label=gettext_lazy("Kind of duty"),
        empty_label=gettext_lazy("All"),
        choices=lambda: [(rule.id, texts.in_language(rule.short)) for rule in catalogue.duty_rules().values()],
    )
    circle = django_filters.ChoiceFilter(
        label=gettext_lazy("Whose"),
        empty_label=None,
        method="in_circle",
        choices=lambda: [(circle.value, words.of(circle)) for circle in Circle],
    )

    class Meta:
        model = Duty
        fields = ()

    def __init__(self, data: QueryDict, *args: Any, **kwargs: Any) -> None:
        # Who asks for nothing in particular sees what they owe; an empty choice in the address still means "all".
        chosen = data.copy()
        chosen.setdefault("state", DutyState.OPEN)
        chosen.setdefault("circle", Circle.MINE)
        super().__init__(chosen, *args, **kwargs)

    def in_circle(self, queryset: QuerySet[Duty], _name: str, value: str) -> QuerySet[Duty]:
        if value == Circle.ALL:
            return queryset
        return queryset.filter(recipient__in=sorted(rules.addresses_of(self.request.viewer)))

    def in_time(self, queryset: QuerySet[Duty], _name: str, value: str) -> QuerySet[Duty]:
        now, week = self.request.now, self.request.now + rules.WEEK
        return queryset.filter(
            {
                Timing.OVERDUE: Q(due_at__lte=now),
                Timing.THIS_WEEK: Q(due_at__gt=now, due_at__lte=week),
                Timing.LATER: Q(due_at__gt=week),
            }[Timing(value)]
        )


@require_GET
@needs(Permission.DUTY_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=DutyTable,
        filterset=DutyFilter,
        template="duties/index.html",
        filename="duties",
        queryset=Duty.objects.visible_to(request.viewer).select_related("institution", "vendor"),
        context={"summary": queries.summary(request.viewer, now=request.now)},
    )


@require_GET
@needs(Permission.DUTY_READ)
def detail(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    duty = visible_or_404(Duty.objects, request.viewer, pk=duty_id)
    return _page(request, duty)


@require_POST
@needs(Permission.DUTY_READ)
def fulfil(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    duty = visible_or_404(Duty.objects, request.viewer, pk=duty_id)
    form = FulfilmentForm(request.POST)
    if not form.is_valid():
        return _page(request, duty, fulfilment=form)
    services.fulfil(duty.pk, note=form.cleaned_data["note"], by=request.viewer, now=request.now)
    messages.success(request, _("The duty is fulfilled."))
    return redirect("duties:detail", duty.pk)


@require_POST
@needs(Permission.DUTY_WAIVE)
def waive(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    duty = visible_or_404(Duty.objects, request.viewer, pk=duty_id)
    form = WaiverForm(request.POST)
    if not form.is_valid():
        return _page(request, duty, waiver=form)
    services.waive(duty.pk, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
    messages.success(request, _("The duty is waived."))
    return redirect("duties:detail", duty.pk)


@require_POST
@needs(Permission.DUTY_REDATE)
def redate(request: SignedInRequest, duty_id: UUID) -> HttpResponse:
    duty = visible_or_404(Duty.objects, request.viewer, pk=duty_id)
    form = RedatingForm(request.POST)
    if not form.is_valid():
        return _page(request, duty, redating=form)
    due_at = calendar.end_of(form.cleaned_data["due_on"])
    services.redate(duty.pk, due_at=due_at, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
    messages.success(request, _("The due moment was moved. Whoever owes the duty is told."))
    return redirect("duties:detail", duty.pk)


class OverdueTable(listing.Table):
    name = tables.Column(verbose_name=gettext_lazy("Institution"))
    jurisdiction = tables.Column(order_by=("jurisdiction__code",), verbose_name=gettext_lazy("Jurisdiction"))
    overdue = listing.NumberColumn(verbose_name=gettext_lazy("Overdue duties"))
    oldest_due_at = listing.DueColumn(verbose_name=gettext_lazy("Oldest was due"))

    class Meta(listing.Table.Meta):
        model = Institution
        fields = ("name", "jurisdiction", "overdue", "oldest_due_at")
        order_by = "oldest_due_at"
        empty_text = gettext_lazy("No institution has an overdue duty.")

    def render_jurisdiction(self, value: Jurisdiction) -> str:
        return value.name_ja if words.is_japanese() else value.name_en

    def value_jurisdiction(self, value: Jurisdiction) -> str:
        return self.render_jurisdiction(value)

    def render_name(self, value: str) -> str:
        query = urlencode({"circle": Circle.ALL, "timing": Timing.OVERDUE, "q": value})
        return format_html('<a href="{}?{}">{}</a>', reverse("duties:list"), query, value)

    def value_name(self, value: str) -> str:
        return value


class OverdueFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("search_text",))

    class Meta:
        model = Institution
        fields = ()


@require_GET
@needs(Permission.SECTOR_SEE)
def overview(request: SignedInRequest) -> HttpResponseBase:
    viewer, now = request.viewer, request.now
    by_prefecture = queries.overdue_by_prefecture(viewer, now=now)
    by_rule = queries.overdue_by_rule(viewer, now=now)
    return listing.respond(
        request,
        table=OverdueTable,
        filterset=OverdueFilter,
        template="duties/overview.html",
        filename="overdue",
        queryset=queries.overdue_institutions(viewer, now=now).select_related("jurisdiction"),
        context={
            "overdue": sum(by_prefecture.values()),
            "as_of": now,
            "cells": {code: charts.Cell(count) for code, count in by_prefecture.items()},
            "bars": [
                charts.Bar(
                    texts.in_language(catalogue.rule(name).short),
                    count,
                    f"{reverse('duties:list')}?circle=all&timing=overdue&rule={name}",
                )
                for name, count in by_rule.items()
                if name in catalogue.duty_rules()
            ],
        },
    )


def _page(request: SignedInRequest, duty: Duty, **refused: Any) -> HttpResponse:
    page = pages.detail(duty, viewer=request.viewer, now=request.now, **refused)
    return render(request, "duties/detail.html", page, status=422 if refused else 200)
