"""Lists of editions and responses, beginning one, and the steps of a whole response."""

from typing import Any
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.institutions.vocabulary import PREFECTURES, InstitutionKind
from sonae.core.instruments import occasions, queries, services
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.forms import BeginForm, HandOverForm, ReturnForm
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.pages import overview as pages
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.views.fetching import fetched, note_read
from sonae.core.instruments.vocabulary import Respondent, ResponseState
from sonae.core.web import listing, reads, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, revision_seen
from sonae.kernel.calendar import jst_day


class TitleColumn(listing.LinkColumn):
    """The title of an instrument in the language of the page."""

    def render(self, record: Response | Edition) -> str:
        return title_of(record.edition if isinstance(record, Response) else record)

    def value(self, record: Response | Edition) -> str:
        return self.render(record)


class OccasionColumn(tables.Column):
    """What asked for a response, by the name that the room gives which asked."""

    def render(self, value: str, table: tables.Table) -> str:
        if value not in table.occasion_names:
            # The rows of one page, or of a file: of whatever asked for them, each once.
            rows = table.page.object_list if getattr(table, "page", None) else table.rows
            table.occasion_names |= occasions.names_of({row.record.occasion for row in rows} | {value})
        return str(table.occasion_names[value])

    def value(self, value: str, table: tables.Table) -> str:
        return self.render(value, table)


class ResponseTable(listing.Table):
    title = TitleColumn(
        "instruments:response",
        accessor="edition__title_ja",
        order_by=("edition__title_ja",),
        told_apart_by=("institution__name", "vendor__name", listing.ROW),
        verbose_name=gettext_lazy("Survey or checklist"),
    )
    institution = tables.Column(
        accessor="institution__name", order_by=("institution__name",), verbose_name=gettext_lazy("Institution")
    )
    vendor = tables.Column(
        accessor="vendor__name", order_by=("vendor__name",), verbose_name=gettext_lazy("Vendor"),
        attrs=listing.WIDE_ONLY,
    )  # fmt: skip
    occasion = OccasionColumn(verbose_name=gettext_lazy("Occasion"), attrs=listing.WIDE_ONLY)
    state = listing.EnumColumn(ResponseState, verbose_name=gettext_lazy("State"), attrs=listing.SHORT)
    changed_at = listing.MomentColumn(verbose_name=gettext_lazy("Last changed"), attrs=listing.WIDE_ONLY)
    submitted_at = listing.MomentColumn(verbose_name=gettext_lazy("Submitted at"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = Response
        fields = ("title", "institution", "vendor", "occasion", "state", "changed_at", "submitted_at")
        sequence = fields
        order_by = "-changed_at"
        empty_text = gettext_lazy("There is no response that you may read.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.occasion_names: dict[str, str] = {}
        super().__init__(*args, **kwargs)


def _prefectures() -> list[tuple[str, str]]:
    is_japanese = words.is_japanese()
    return [(code.value, facts.name_ja if is_japanese else facts.name_en) for code, facts in PREFECTURES.items()]


def _editions() -> list[tuple[str, str]]:
    return [(str(row.pk), f"{title_of(row)} ({row.edition})") for row in Edition.objects.current()]


class ResponseFilter(listing.FilterSet):
    q = listing.SearchFilter(
        fields=("edition__title_ja", "edition__title_en", "institution__name", "vendor__name", "occasion")
    )
    state = listing.EnumFilter(ResponseState, label=gettext_lazy("State"))
    edition = django_filters.ChoiceFilter(
        label=gettext_lazy("Edition"), empty_label=gettext_lazy("All"), choices=_editions, method="in_edition"
    )
    prefecture = django_filters.ChoiceFilter(
        label=gettext_lazy("Prefecture"), empty_label=gettext_lazy("All"), field_name="institution__prefecture",
        choices=_prefectures,
    )  # fmt: skip
    kind = listing.EnumFilter(
        InstitutionKind, label=gettext_lazy("Kind of institution"), field_name="institution__kind"
    )
    fiscal_year = django_filters.NumberFilter(
        field_name="edition__fiscal_year", label=gettext_lazy("Fiscal year"), max_value=9999
    )

    class Meta:
        model = Response
        fields: tuple[str, ...] = ()

    def in_edition(self, rows: QuerySet[Response], _name: str, value: str) -> QuerySet[Response]:
        """The responses to an edition, whichever version of it was answered."""
        chosen = Edition.objects.get(pk=value)
        return rows.filter(edition__instrument=chosen.instrument, edition__edition=chosen.edition)


class EditionTable(listing.Table):
    title = TitleColumn(
        "instruments:edition",
        accessor="title_ja",
        told_apart_by=("edition",),
        verbose_name=gettext_lazy("Survey or checklist"),
    )
    edition = tables.Column(verbose_name=gettext_lazy("Edition"), attrs=listing.SHORT)
    fiscal_year = tables.Column(verbose_name=gettext_lazy("Fiscal year"), attrs=listing.SHORT)
    respondent = listing.EnumColumn(Respondent, verbose_name=gettext_lazy("Filled in by"), attrs=listing.WIDE_ONLY)
    valid_from = listing.DateColumn(verbose_name=gettext_lazy("In force from"), attrs=listing.WIDE_ONLY)
    valid_until = listing.DateColumn(verbose_name=gettext_lazy("In force until"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = Edition
        fields = ("title", "edition", "fiscal_year", "respondent", "valid_from", "valid_until")
        sequence = fields
        order_by = ("-fiscal_year", "title")
        empty_text = gettext_lazy("No survey or checklist has been published.")


class EditionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("title_ja", "title_en", "instrument", "edition"))
    respondent = listing.EnumFilter(Respondent, label=gettext_lazy("Filled in by"))

    class Meta:
        model = Edition
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.REGISTER_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    rows = Response.objects.visible_to(request.viewer).select_related("edition", "institution", "vendor")
    return listing.respond(
        request,
        table=ResponseTable,
        filterset=ResponseFilter,
        queryset=rows,
        template="instruments/index.html",
        filename="responses",
        context={
            "may_begin": access.may(request.viewer, Permission.RESPONSE_ANSWER),
            "listing_tools": "instruments/accept_all.html"
            if access.may(request.viewer, Permission.RESPONSE_DECIDE).ok
            else "",
        },
        note=reads.of_list("response.list", request=request, permission=Permission.RESPONSE_READ, subject="response"),
    )


@require_GET
@needs(Permission.REGISTER_READ)
def editions(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=EditionTable,
        filterset=EditionFilter,
        queryset=Edition.objects.visible_to(request.viewer).current(),
        template="instruments/editions.html",
        filename="instruments",
    )


@require_GET
@needs(Permission.REGISTER_READ)
def edition(request: SignedInRequest, edition_id: UUID) -> HttpResponse:
    found = visible_or_404(Edition.objects, request.viewer, pk=edition_id)
    return _edition_page(request, found)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def begin(request: SignedInRequest, edition_id: UUID) -> HttpResponse:
    found = visible_or_404(Edition.objects, request.viewer, pk=edition_id)
    form = BeginForm(request.POST, viewer=request.viewer, respondent=Respondent(found.respondent))
    if not form.is_valid():
        return _edition_page(request, found, form=form, status=422)
    institution_id, vendor_id = form.whose
    occasion = queries.occasion_of(found, on=jst_day(request.now))
    response = services.open_response(
        found.pk, institution_id=institution_id, vendor_id=vendor_id, occasion=occasion, by=request.viewer,
        now=request.now,
    )  # fmt: skip
    if response.opened_at != request.now:
        messages.info(request, _("This response was begun before. You can go on with it."))
    return redirect("instruments:response", response.pk)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def response(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = fetched(request, response_id)
    note_read(request, found)
    return _overview_page(request, found)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def hand_over(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = fetched(request, response_id)
    form = HandOverForm(request.POST, response=found, by=request.viewer, now=request.now)
    if not form.is_valid():
        return _overview_page(request, found, hand_over=form)
    colleague = form.cleaned_data["colleague"]
    services.hand_over(found.pk, to=colleague.pk, by=request.viewer, now=request.now)
    messages.success(request, _("%(name)s can now go on with the answers.") % {"name": colleague})
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def prefill(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Asks the sources again; what somebody answered stays."""
    found = fetched(request, response_id)
    changed = services.prefill(found.pk, by=request.viewer, now=request.now)
    if changed:
        messages.success(request, _("What is known is filled in. Please look at each of these answers."))
    else:
        messages.info(request, _("Nothing more is known."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.REGISTER_READ)
def submit(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = fetched(request, response_id)
    services.submit(found.pk, seen=revision_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The response is submitted. Thank you."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def accept(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = fetched(request, response_id)
    services.accept(found.pk, seen=revision_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The response is accepted."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def send_back(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = fetched(request, response_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _overview_page(request, found, returning=form)
    reason = form.cleaned_data["reason"]
    services.return_for_correction(
        found.pk, reason=reason, seen=revision_seen(request), by=request.viewer, now=request.now
    )
    messages.success(request, _("The response is returned. The institution can correct it now."))
    return redirect("instruments:response", found.pk)


def _edition_page(
    request: SignedInRequest, found: Edition, *, form: BeginForm | None = None, status: int = 200
) -> HttpResponse:
    asked = Respondent(found.respondent)
    form = form or BeginForm(viewer=request.viewer, respondent=asked)
    may_begin = rules.may_open(
        respondent=asked, is_vendor=asked is Respondent.VENDOR, valid_from=found.valid_from,
        is_replaced=found.replaced_at is not None, today=jst_day(request.now),
    )  # fmt: skip
    page = pages.edition_page(found) | {
        "form": form,
        "superseded": pages.superseded(found, on=jst_day(request.now)),
        "may_begin": may_begin,
        "shows_begin": access.may(request.viewer, Permission.RESPONSE_ANSWER).ok,
    }
    return render(request, "instruments/edition.html", page, status=status)


def _overview_page(request: SignedInRequest, found: Response, **refused: Any) -> HttpResponse:
    page = pages.overview(found, viewer=request.viewer, now=request.now, **refused)
    return render(request, "instruments/response.html", page, status=422 if refused else 200)
