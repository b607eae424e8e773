from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.models import Institution
from sonae.core.web import components, listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import first_refusal
from sonae.prevention.detection import commands, queries, rules, services
from sonae.prevention.detection.forms import AnswerForm, EnrolForm
from sonae.prevention.detection.labels import range_in_words
from sonae.prevention.detection.models import Alert, Collector, Sighting
from sonae.prevention.detection.vocabulary import CollectorState, Direction, Finding, Where
from sonae.prevention.sharing import notes
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import IndicatorKind


class AlertTable(listing.Table):
    indicator = listing.LinkColumn(
        "detection:sighting",
        accessor="indicator__value",
        told_apart_by=("institution__name",),
        verbose_name=gettext_lazy("What was seen"),
        attrs={"td": {"class": "mono"}},
    )
    kind = listing.EnumColumn(IndicatorKind, accessor="indicator__kind", verbose_name=gettext_lazy("Kind of value"))
    first_seen_at = listing.MomentColumn(verbose_name=gettext_lazy("First seen"))
    last_seen_at = listing.MomentColumn(verbose_name=gettext_lazy("Last seen"))
    count = listing.NumberColumn(verbose_name=gettext_lazy("Events"))
    finding = listing.EnumColumn(Finding, verbose_name=gettext_lazy("What was found"), empty_values=(None, ""))
    answered_at = listing.MomentColumn(verbose_name=gettext_lazy("Answered"))

    class Meta(listing.Table.Meta):
        model = Alert
        fields = ("indicator", "kind", "first_seen_at", "last_seen_at", "count", "finding", "answered_at")
        sequence = fields
        order_by = "-last_seen_at"


class AlertFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("indicator__value", "note"))
    kind = listing.EnumFilter(IndicatorKind, field_name="indicator__kind", label=gettext_lazy("Kind of value"))
    finding = listing.EnumFilter(Finding, label=gettext_lazy("What was found"))

    class Meta:
        model = Alert
        fields: tuple[str, ...] = ()


class SectorTable(listing.Table):
    """How widely each indicator is seen. The number itself is never shown, ordered by or exported: only its range."""

    value = tables.Column(verbose_name=gettext_lazy("What was seen"), attrs={"td": {"class": "mono"}})
    kind = listing.EnumColumn(IndicatorKind, verbose_name=gettext_lazy("Kind of value"))
    valid_from = listing.DateColumn(verbose_name=gettext_lazy("Shared since"))
    seen_by = tables.Column(verbose_name=gettext_lazy("Institutions that have seen it"), orderable=False)

    class Meta(listing.Table.Meta):
        model = Indicator
        fields = ("value", "kind", "valid_from", "seen_by")
        sequence = fields
        order_by = "-valid_from"

    def render_seen_by(self, value: int) -> str:
        return range_in_words(rules.told_as(value, k=settings.DISCLOSURE_K))

    def value_seen_by(self, value: int) -> str:
        return self.render_seen_by(value)


class SectorFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("value",))
    kind = listing.EnumFilter(IndicatorKind, label=gettext_lazy("Kind of value"))

    class Meta:
        model = Indicator
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.SIGHTING_READ)
def sightings(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=AlertTable,
        filterset=AlertFilter,
        queryset=Alert.objects.visible_to(request.viewer).select_related("indicator", "institution"),
        template="detection/sightings.html",
        filename="sightings",
    )


@require_GET
@needs(Permission.SIGHTING_COUNT)
def sector(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=SectorTable,
        filterset=SectorFilter,
        queryset=queries.seen_indicators(request.viewer),
        template="detection/sector.html",
        filename="seen-in-the-sector",
        context={"k": settings.DISCLOSURE_K},
    )


@require_GET
@needs(Permission.SIGHTING_READ)
def sighting(request: SignedInRequest, pk: UUID) -> HttpResponse:
    alert = visible_or_404(Alert.objects.select_related("indicator", "answered_by"), request.viewer, pk=pk)
    return _sighting_page(request, alert, AnswerForm())


@require_POST
@needs(Permission.DUTY_FULFIL)
def answer(request: SignedInRequest, pk: UUID) -> HttpResponse:
    alert = visible_or_404(Alert.objects.select_related("indicator", "answered_by"), request.viewer, pk=pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _sighting_page(request, alert, form, status=422)
    services.answer_alert(
        alert.pk, finding=Finding(form.cleaned_data["finding"]), note=form.cleaned_data["note"], by=request.viewer,
        now=request.now,
    )  # fmt: skip
    messages.success(request, _("Your answer was recorded, and the duty is done."))
    return HttpResponseRedirect(reverse("detection:sighting", args=[alert.pk]))


@require_GET
@needs(Permission.COLLECTOR_MANAGE)
def collectors(request: SignedInRequest) -> HttpResponse:
    found = Collector.objects.visible_to(request.viewer).select_related("institution")
    rows = [(collector, state := collector.state(now=request.now), _TONES[state]) for collector in found]
    page = {
        "collectors": rows,
        "form": EnrolForm(institutions=_institutions(request)),
        "status_command": commands.STATUS,
        "may_retire": {collector.pk: rules.may_retire(collector.retired_at) for collector in found},
    }
    return render(request, "detection/collectors.html", page)


@never_cache
@require_http_methods(["POST"])
@needs(Permission.COLLECTOR_MANAGE)
def enrol(request: SignedInRequest) -> HttpResponse:
    form = EnrolForm(request.POST, institutions=_institutions(request))
    if not form.is_valid():
        return render(request, "detection/enrol.html", {"form": form}, status=422)
    collector, secret = services.enrol_collector(
        form.cleaned_data["name"],
        institution_id=form.cleaned_data["institution"].pk,
        by=request.viewer,
        now=request.now,
    )
    # Shown in this answer and never again: there is no page to come back to.
    page = {"collector": collector, "secret": secret, "commands": commands.commands(settings.BASE_URL.rstrip("/"))}
    return render(request, "detection/enrolled.html", page)


@require_POST
@needs(Permission.COLLECTOR_MANAGE)
def retire(request: SignedInRequest, pk: UUID) -> HttpResponse:
    collector = visible_or_404(Collector.objects, request.viewer, pk=pk)
    services.retire_collector(collector.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The collector was retired. Its token opens nothing any more."))
    return HttpResponseRedirect(reverse("detection:collectors"))


_TONES = {
    CollectorState.NEVER_HEARD: components.Tone.NEUTRAL,
    CollectorState.RUNNING: components.Tone.SUCCESS,
    CollectorState.SILENT: components.Tone.DANGER,
    CollectorState.RETIRED: components.Tone.NEUTRAL,
}


def _institutions(request: SignedInRequest) -> QuerySet[Institution]:
    reach = access.reach(request.viewer, Permission.COLLECTOR_MANAGE)
    return Institution.objects.filter(pk__in=reach.institution_ids)


def _sighting_page(request: SignedInRequest, alert: Alert, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    indicator = alert.indicator
    at = places.place_of_institution(alert.institution_id)
    found = list(queries.sightings_of(alert))
    came_in = {row.direction for row in found} == {Direction.INBOUND}
    page = {
        "alert": alert,
        "finding": Finding(alert.finding) if alert.finding else None,
        "came_in": came_in,
        "note": _note(indicator, came_in=came_in),
        "facts": _facts(alert),
        "sightings": [_row(row) for row in found],
        "form": form,
        "status_command": commands.STATUS,
        # The note is judged when it is there; the button shows what stands in the way before.
        "may_answer": first_refusal(
            access.may(request.viewer, Permission.DUTY_FULFIL, at=at),
            rules.may_answer(alert.answered_at, note="-" * rules.SHORTEST_NOTE),
        ),
    }
    return render(request, "detection/sighting.html", page, status=status)


def _note(indicator: Indicator, *, came_in: bool) -> str:
    """What its publisher advises; the usual words look for a device that called out, and help nobody who was called."""
    ja, en = notes.usual(IndicatorKind(indicator.kind))
    said, usual = (indicator.note_ja, ja) if words.is_japanese() else (indicator.note_en, en)
    return "" if came_in and said == usual else said


def _facts(alert: Alert) -> list[tuple[str, Any]]:
    return [
        (_("Kind of value"), IndicatorKind(alert.indicator.kind)),
        (_("First seen"), alert.first_seen_at),
        (_("Last seen"), alert.last_seen_at),
        (_("Events"), alert.count),
        (_("Confidence (%)"), alert.indicator.confidence),
    ]


def _row(row: Sighting) -> dict[str, Any]:
    return {
        "first_seen_at": row.first_seen_at,
        "last_seen_at": row.last_seen_at,
        "count": row.count,
        "direction": Direction(row.direction),
        "where": [Where(place) for place in row.where],
        "sensor": row.sensor or row.sensor_kind,
        "collector": row.collector.name,
    }
