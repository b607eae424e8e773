from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import catalogue, pages, queries, rules, services
from sonae.core.assurance.forms import EvidenceForm, WithdrawalForm
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import KEPT_DAYS, SOURCES, ControlState, Finding, Standing, Strength
from sonae.core.documents import services as documents
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.core.institutions import rules as institutions
from sonae.core.institutions.models import Institution
from sonae.core.web import charts, listing, problems, reads, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import first_refusal
from sonae.kernel.errors import BadInput, Gone


class ControlColumn(listing.LinkColumn):
    """The title of a control in the language of the page."""

    def render(self, record: Evidence) -> str:
        return catalogue.title_of_said(record.control, record.edition, record.facts)

    def value(self, record: Evidence) -> str:
        return catalogue.title_of_said(record.control, record.edition, record.facts)


class SinceColumn(tables.Column):
    """The day that whoever speaks named for the thing itself; where none was named, since when it is said."""

    def render(self, value: datetime, record: Evidence) -> str:
        day = _named_day(record)
        return words.jdate(day) if day else words.jst(value)

    def value(self, value: datetime, record: Evidence) -> date | datetime:
        return _named_day(record) or value


def _named_day(record: Evidence) -> date | None:
    return record.stated().named_day if KEPT_DAYS in record.facts else None


class EvidenceTable(listing.Table):
    control = ControlColumn(
        "assurance:evidence",
        told_apart_by=("institution__name", "filed_at", "said_by__kind"),
        verbose_name=gettext_lazy("Control"),
    )
    institution = tables.Column(
        accessor="institution__name", order_by=("institution__name",), verbose_name=gettext_lazy("Institution")
    )
    finding = listing.EnumColumn(Finding, verbose_name=gettext_lazy("Finding"))
    strength = listing.EnumColumn(Strength, verbose_name=gettext_lazy("Strength"))
    source = listing.EnumColumn(SOURCES, verbose_name=gettext_lazy("Who says so"))
    since = SinceColumn(verbose_name=gettext_lazy("Since"))
    until = listing.DueColumn(verbose_name=gettext_lazy("Until"))
    filed_at = listing.MomentColumn(verbose_name=gettext_lazy("Filed"))
    withdrawn_at = listing.MomentColumn(verbose_name=pgettext_lazy("moment", "Withdrawn"))

    class Meta(listing.Table.Meta):
        model = Evidence
        fields = (
            "control", "institution", "finding", "strength", "source", "since", "until", "filed_at", "withdrawn_at",
        )  # fmt: skip
        order_by = "-filed_at"
        empty_text = gettext_lazy("No evidence has been filed yet.")


class EvidenceSearch(listing.SearchFilter):
    """Every word must occur in the title of the control or in the institution's name."""

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in institutions.search_words(value or ""):
            named = catalogue.controls_titled(word)
            queryset = queryset.filter(Q(control__in=named) | Q(institution__search_text__contains=word))
        return queryset


class EvidenceFilter(listing.FilterSet):
    q = EvidenceSearch(fields=())
    control = django_filters.ChoiceFilter(
        label=gettext_lazy("Control"),
        empty_label=gettext_lazy("All"),
        choices=lambda: [(name, catalogue.title_of(name)) for name in catalogue.controls()],
    )
    finding = listing.EnumFilter(Finding, label=gettext_lazy("Finding"))
    strength = listing.EnumFilter(Strength, label=gettext_lazy("Strength"))
    source = listing.EnumFilter(SOURCES, label=gettext_lazy("Who says so"))

    class Meta:
        model = Evidence
        fields = ()


@require_GET
@needs(Permission.EVIDENCE_READ)
def evidence_list(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=EvidenceTable,
        filterset=EvidenceFilter,
        template="assurance/evidence_list.html",
        filename="evidence",
        queryset=Evidence.objects.visible_to(request.viewer).select_related("institution"),
        context={"may_file": access.may(request.viewer, Permission.EVIDENCE_FILE)},
        note=reads.of_list("evidence.list", request=request, permission=Permission.EVIDENCE_READ, subject="evidence"),
    )


@require_GET
@needs(Permission.EVIDENCE_READ)
def controls(request: SignedInRequest) -> HttpResponseBase:
    """How every control stands: at one's own institutions, or over those one supervises."""
    own, supervises = list(_own(request)), _supervises(request)
    page = {
        "may_file": access.may(request.viewer, Permission.EVIDENCE_FILE),
        "synthetic": any(institution.is_synthetic for institution in own),
    }
    if supervises and (not own or request.GET.get("whose") == pages.SECTOR):
        supervised = queries.institutions_in_reach(request.viewer)
        return listing.respond(
            request,
            table=pages.SectorTable,
            filterset=pages.SectorFilterOfBoth if own else pages.SectorFilter,
            template="assurance/controls.html",
            filename="controls-of-the-sector",
            queryset=pages.sector_rows(supervised, now=request.now),
            context=page | {"institutions": supervised.count()},
        )
    return listing.respond(
        request,
        table=pages.StateTable,
        filterset=pages.StateFilterOfBoth if supervises else pages.StateFilter,
        template="assurance/controls.html",
        filename="controls",
        queryset=pages.state_rows(own, now=request.now),
        context=page,
    )


@require_GET
@needs(Permission.EVIDENCE_READ)
def control(request: SignedInRequest, control: str) -> HttpResponse:
    """One control: what it expects, how it stands, and everything that was said about it."""
    if control not in catalogue.controls():
        raise Gone("control", control)
    found = catalogue.control(control)
    page: dict[str, Any] = {
        "control": found,
        "title": catalogue.in_language(found.title),
        "expects": catalogue.in_language(found.expects),
        "source": catalogue.in_language(found.source.title),
        **told_about(request, control),
    }
    return render(request, "assurance/control.html", page)


def told_about(request: SignedInRequest, control: str) -> dict[str, Any]:
    """How a control stands by all that was said about it: at one's own institutions, and over those one supervises."""
    page: dict[str, Any] = {
        "as_of": request.now,
        "own": [
            {"institution": one, "row": _state_row(queries.state_of(control, one.pk, now=request.now))}
            for one in _own(request)
        ],
        "history": _history(request, control),
    }
    if _supervises(request) and control not in catalogue.kept_inside():
        by_prefecture = queries.standings_by_prefecture(
            control, queries.institutions_in_reach(request.viewer), now=request.now
        )
        page["cells"] = {
            code: charts.Cell(
                round(100 * count.by_standing[Standing.IN_PLACE] / count.institutions),
                note=f"{words.number(count.by_standing[Standing.IN_PLACE])} / {words.number(count.institutions)}",
            )
            for code, count in by_prefecture.items()
        }
        page["bars"] = [
            charts.Bar(words.of(standing), sum(count.by_standing[standing] for count in by_prefecture.values()))
            for standing in Standing
        ]
    return page


@require_GET
@needs(Permission.EVIDENCE_READ)
def evidence(request: SignedInRequest, evidence_id: UUID) -> HttpResponse:
    return _evidence_page(request, visible_or_404(Evidence.objects, request.viewer, pk=evidence_id), WithdrawalForm())


@require_POST
@needs(Permission.EVIDENCE_FILE)
def withdraw(request: SignedInRequest, evidence_id: UUID) -> HttpResponse:
    found = visible_or_404(Evidence.objects, request.viewer, pk=evidence_id)
    form = WithdrawalForm(request.POST)
    if not form.is_valid():
        return _evidence_page(request, found, form, status=422)
    services.withdraw_evidence(found.pk, why=form.cleaned_data["why"], by=request.viewer, now=request.now)
    messages.success(request, _("The evidence is withdrawn."))
    return redirect("assurance:evidence", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.EVIDENCE_FILE)
def file(request: SignedInRequest) -> HttpResponse:
    reach = access.reach(request.viewer, Permission.EVIDENCE_FILE)
    form = EvidenceForm(
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        initial={
            name: request.GET[asked]
            for name, asked in (("control", "control"), ("register_code", "institution"))
            if asked in request.GET
        },
        inside=Institution.objects.filter(pk__in=reach.institution_ids),
        institutions=Institution.objects.filter(
            Q(pk__in=reach.institution_ids) | Q(jurisdiction_id__in=reach.jurisdiction_ids)
        ),
        documents=Document.objects.visible_to(request.viewer),
        now=request.now,
    )
    if form.is_valid():
        try:
            filed = _filed(request, form)
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            messages.success(request, _("The evidence is filed."))
            return redirect("assurance:evidence", filed.pk)
    return render(request, "assurance/file.html", {"form": form}, status=422 if form.is_bound else 200)


def _filed(request: SignedInRequest, form: EvidenceForm) -> Evidence:
    said, upload = form.said(), form.cleaned_data["file"]
    if upload:
        document = documents.store(
            upload.chunks(),
            name=upload.name,
            purpose=Purpose.EVIDENCE,
            sensitivity=Sensitivity(form.cleaned_data["sensitivity"] or Sensitivity.SHAREABLE),
            institution_id=said.institution_id,
            by=request.viewer,
            now=request.now,
        )
        said = replace(said, document_id=document.pk)
    return services.file_evidence(said, by=request.viewer, now=request.now)


def _evidence_page(
    request: SignedInRequest, found: Evidence, form: WithdrawalForm, *, status: int = 200
) -> HttpResponse:
    may_file = access.may(
        request.viewer, Permission.EVIDENCE_FILE, at=places.place_of_institution(found.institution_id)
    )
    enough = "x" * rules.SHORTEST_REASON
    reads.record_one(
        "evidence.open", request=request, permission=Permission.EVIDENCE_READ, subject="evidence", subject_id=found.pk,
        institution_id=found.institution_id,
    )  # fmt: skip
    page = {
        "evidence": found,
        "title": catalogue.title_of_said(found.control, found.edition, found.facts),
        "control_page": _control_page(found.control),
        "finding": Finding(found.finding),
        "strength": Strength(found.strength),
        "source": SOURCES(found.source),
        # The day that was named, where `since` is only the moment in which it was said.
        "stated_on": found.stated().named_day if KEPT_DAYS in found.facts else None,
        "is_live": rules.is_live(found.evidence_facts(), now=request.now),
        "document": found.document_id
        and Document.objects.visible_to(request.viewer).filter(pk=found.document_id).first(),
        "is_replaced": found.superseded_at is not None,
        "withdrawal": form,
        "shows_withdrawal": may_file.ok,
        "may_withdraw": first_refusal(
            may_file,
            queries.may_take_back(found, request.viewer),
            rules.may_withdraw(is_withdrawn=found.withdrawn_at is not None, why=enough),
        ),
        "synthetic": found.institution.is_synthetic,
    }
    return render(request, "assurance/evidence.html", page, status=status)


def _history(request: SignedInRequest, control: str) -> list[Evidence]:
    """The newest evidence about one control that this person may read; a look at that of others is recorded."""
    rows = Evidence.objects.visible_to(request.viewer).filter(control=control).select_related("institution")
    found = list(rows[:50])
    reads.record_list(
        "evidence.list", request=request, permission=Permission.EVIDENCE_READ, subject="evidence", rows=len(found),
        conditions={"control": control},
    )  # fmt: skip
    return found


def _own(request: SignedInRequest) -> QuerySet[Institution]:
    return Institution.objects.filter(pk__in=access.reach(request.viewer, Permission.EVIDENCE_READ).institution_ids)


def _supervises(request: SignedInRequest) -> bool:
    reach = access.reach(request.viewer, Permission.EVIDENCE_READ)
    return reach.nation or bool(reach.jurisdiction_ids)


def _state_row(state: ControlState) -> dict[str, Any]:
    return {"state": state, "tone": pages.TONES[state.standing]}


def _control_page(control: str) -> str:
    """The way to the control that evidence is about; nothing where its version was taken back."""
    entry = queries.entry_at(control)
    if entry is not None:
        return reverse("assurance:catalogue-control", args=[entry.catalogue_id, entry.name])
    return reverse("assurance:control", args=[control]) if control in catalogue.controls() else ""
