from dataclasses import dataclass
from typing import Any
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import queries, services
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.forms import BeginForm, HandOverForm, ReturnForm, SentPage, WorkbookForm, sent_page
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.outline import Leaf
from sonae.core.instruments.pages import overview as pages
from sonae.core.instruments.pages import section
from sonae.core.instruments.pages import workbook as sent_back
from sonae.core.instruments.pages.section import NOTHING_TYPED, Typed
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.vocabulary import Respondent, ResponseRefusal, ResponseState
from sonae.core.web import listing, problems, reads, sheets, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Gone, NotAllowed


class TitleColumn(listing.LinkColumn):
    """The title of an instrument in the language of the page."""

    def render(self, record: Response | Edition) -> str:
        return title_of(record.edition if isinstance(record, Response) else record)

    def value(self, record: Response | Edition) -> str:
        return self.render(record)


class ResponseTable(listing.Table):
    title = TitleColumn(
        "instruments:response",
        accessor="edition__title_ja",
        order_by=("edition__title_ja",),
        told_apart_by=("institution__name", "vendor__name", "occasion"),
        verbose_name=gettext_lazy("Survey or checklist"),
    )
    institution = tables.Column(
        accessor="institution__name", order_by=("institution__name",), verbose_name=gettext_lazy("Institution")
    )
    vendor = tables.Column(
        accessor="vendor__name", order_by=("vendor__name",), verbose_name=gettext_lazy("Vendor"),
        attrs=listing.WIDE_ONLY,
    )  # fmt: skip
    occasion = tables.Column(verbose_name=gettext_lazy("Occasion"), attrs=listing.WIDE_ONLY)
    state = listing.EnumColumn(ResponseState, verbose_name=gettext_lazy("State"), attrs=listing.SHORT)
    changed_at = listing.MomentColumn(verbose_name=gettext_lazy("Last changed"), attrs=listing.WIDE_ONLY)
    submitted_at = listing.MomentColumn(verbose_name=gettext_lazy("Submitted at"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = Response
        fields = ("title", "institution", "vendor", "occasion", "state", "changed_at", "submitted_at")
        sequence = fields
        order_by = "-changed_at"
        empty_text = gettext_lazy("There is no response that you may read.")


class ResponseFilter(listing.FilterSet):
    q = listing.SearchFilter(
        fields=("edition__title_ja", "edition__title_en", "institution__name", "vendor__name", "occasion")
    )
    state = listing.EnumFilter(ResponseState, label=gettext_lazy("State"))
    fiscal_year = django_filters.NumberFilter(
        field_name="edition__fiscal_year", label=gettext_lazy("Fiscal year"), max_value=9999
    )

    class Meta:
        model = Response
        fields: tuple[str, ...] = ()


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

    class Meta(listing.Table.Meta):
        model = Edition
        fields = ("title", "edition", "fiscal_year", "respondent", "valid_from")
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
        context={"may_begin": access.may(request.viewer, Permission.RESPONSE_ANSWER)},
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
    response = services.open_response(
        found.pk, institution_id=institution_id, vendor_id=vendor_id, occasion=pages.occasion_of(found),
        by=request.viewer, now=request.now,
    )  # fmt: skip
    if response.opened_at != request.now:
        messages.info(request, _("This response was begun before. You can go on with it."))
    return redirect("instruments:response", response.pk)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def response(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = _fetched(request, response_id)
    _note_read(request, found)
    return _overview_page(request, found)


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_READ)
def page(request: SignedInRequest, response_id: UUID, number: int) -> HttpResponse:
    """One page of questions; every answer is saved as soon as it is sent, right or wrong."""
    found = _fetched(request, response_id)
    leaf = next((leaf for leaf in pages.leaves_of(found) if leaf.number == number), None)
    if leaf is None:
        raise Gone("page", number)
    if request.method == "GET":
        may_answer = queries.may_answer(found, request.viewer).ok
        return _leaf_page(request, found, leaf) if may_answer else redirect("instruments:sheet", found.pk)
    sent = sent_page(request.POST, leaf.lines, found.answers, now=request.now)
    outcome = _saved(request, found, sent)
    if request.htmx:
        return _leaf_parts(request, found, leaf, sent, outcome)
    if outcome.typed.refused or outcome.typed.conflicts or outcome.refused:
        status = 409 if outcome.typed.conflicts else 422
        return _leaf_page(request, found, leaf, outcome=outcome, status=status)
    messages.success(request, _("Your answers are saved."))
    return redirect(_where_next(request, found, leaf))


@require_POST
@needs(Permission.REGISTER_READ)
def clear(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Takes away the answers to questions that are not asked any more."""
    found = _fetched(request, response_id)
    kept = services.clear_unasked(found.pk, seen=_seen(request), by=request.viewer, now=request.now)
    if kept.refused:
        messages.warning(request, words.of(next(iter(kept.refused.values()))))
    else:
        messages.success(request, _("The answers that are not asked for any more were taken away."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def hand_over(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = _fetched(request, response_id)
    form = HandOverForm(request.POST, response=found, now=request.now)
    if not form.is_valid():
        return _overview_page(request, found, hand_over=form)
    colleague = form.cleaned_data["colleague"]
    services.hand_over(found.pk, to=colleague.pk, by=request.viewer, now=request.now)
    messages.success(request, _("%(name)s can now go on with the answers.") % {"name": colleague})
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def submit(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = _fetched(request, response_id)
    services.submit(found.pk, seen=_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The response is submitted. Thank you."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def accept(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = _fetched(request, response_id)
    services.accept(found.pk, seen=_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The response is accepted."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_DECIDE)
def send_back(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    found = _fetched(request, response_id)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _overview_page(request, found, returning=form)
    reason = form.cleaned_data["reason"]
    services.return_for_correction(found.pk, reason=reason, seen=_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The response is returned. The institution can correct it now."))
    return redirect("instruments:response", found.pk)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def sheet(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """The whole response to be read or printed."""
    found = _fetched(request, response_id)
    _note_read(request, found)
    return render(request, "instruments/sheet.html", pages.sheet(found, viewer=request.viewer, now=request.now))


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_READ)
def workbook(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Answering in a spreadsheet: the file to download, and the file to send back."""
    found = _fetched(request, response_id)
    may_answer = queries.may_answer(found, request.viewer)
    if request.method == "GET" and isinstance(may_answer, Refused):
        return redirect("instruments:sheet", found.pk)
    require(may_answer)
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    page = pages.head(found)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            taken = services.take_workbook(
                found.pk, file.read(), file_name=file.name, by=request.viewer, now=request.now
            )  # fmt: skip
        except BadInput as refused:
            for problem in refused.problems:
                form.add_error("file", problems.problem_sentence(problem))
        else:
            page |= sent_back.outcome(taken) | {"taken": True}
            form = WorkbookForm()
    status = 422 if form.errors else 200
    return render(request, "instruments/workbook.html", page | {"form": form}, status=status)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def workbook_file(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """The file to fill in; whoever only reads has the sheet, which says what was submitted."""
    found = _fetched(request, response_id)
    require(queries.may_answer(found, request.viewer))
    _note_read(request, found)
    language = "ja" if words.is_japanese() else "en"
    content = queries.workbook_of(found, request.viewer, now=request.now, language=language)
    name = f"{found.edition.instrument}-{found.edition.edition}-{found.institution_id}.xlsx"
    return HttpResponse(
        content, content_type=sheets.XLSX_TYPE,
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page that was sent."""

    typed: Typed = NOTHING_TYPED
    saved: frozenset[str] = frozenset()
    # Why nothing at all was taken.
    refused: Refused | None = None


def _saved(request: SignedInRequest, found: Response, sent: SentPage) -> Outcome:
    """Saves what was changed; what was refused, and what somebody else changed meanwhile, comes back as it was typed.

    The verb is asked also where nothing was changed: whoever may not answer hears of it.
    """
    refused: dict[str, Refused] = {}
    for seen, answers in (sent.changed or {found.revision: {}}).items():
        try:
            kept = services.save_answers(found.pk, answers, seen=seen, by=request.viewer, now=request.now)
        except NotAllowed as whole:
            if not isinstance(whole.refusal.reason, ResponseRefusal) or not sent.changed:
                raise
            return Outcome(Typed(sent.typed), refused=whole.refusal)
        refused |= kept.refused
    found.refresh_from_db(fields=["answers", "marks", "revision", "state", "changed_at"])
    overtaken = {id_ for id_, why in refused.items() if why.reason is ResponseRefusal.CHANGED_MEANWHILE}
    conflicts = frozenset(overtaken | sent.unchosen)
    typed = {id_: sent.typed[id_] for id_ in conflicts | refused.keys()}
    others = {id_: why for id_, why in refused.items() if id_ not in overtaken}
    saved = frozenset(id_ for answers in sent.changed.values() for id_ in answers if id_ not in refused)
    return Outcome(Typed(typed, others, conflicts), saved)


def _fetched(request: SignedInRequest, response_id: UUID) -> Response:
    rows = Response.objects.select_related("edition", "institution", "vendor", "handed_to")
    return visible_or_404(rows, request.viewer, pk=response_id)


def _note_read(request: SignedInRequest, found: Response) -> None:
    reads.record_one(
        "response.open", request=request, permission=Permission.RESPONSE_READ, subject="response",
        subject_id=found.pk, institution_id=found.institution_id,
    )  # fmt: skip


def _seen(request: SignedInRequest) -> int:
    """The revision that the page showed; what no page of ours sent is none that there ever was."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _where_next(request: SignedInRequest, found: Response, leaf: Leaf) -> str:
    """To the next page, to the whole, or to the same page again."""
    if request.POST.get("then") == "stay":
        return pages.page_of(found, leaf)
    following = next((one for one in pages.leaves_of(found) if one.number > leaf.number), None)
    if request.POST.get("then") == "next" and following is not None:
        return pages.page_of(found, following)
    return reverse("instruments:response", args=[found.pk])


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
        "may_begin": may_begin,
        "shows_begin": access.may(request.viewer, Permission.RESPONSE_ANSWER).ok,
    }
    return render(request, "instruments/edition.html", page, status=status)


def _overview_page(request: SignedInRequest, found: Response, **refused: Any) -> HttpResponse:
    page = pages.overview(found, viewer=request.viewer, now=request.now, **refused)
    return render(request, "instruments/response.html", page, status=422 if refused else 200)


def _leaf_page(
    request: SignedInRequest, found: Response, leaf: Leaf, *, outcome: Outcome | None = None, status: int = 200
) -> HttpResponse:
    outcome = outcome or Outcome()
    page = pages.head(found) | _leaf_facts(request, found, leaf, outcome) | {"refused": outcome.refused}
    return render(request, "instruments/page.html", page, status=status)


def _leaf_parts(
    request: SignedInRequest, found: Response, leaf: Leaf, sent: SentPage, outcome: Outcome
) -> HttpResponse:
    """What of the page on the screen is no longer so: its notes, and questions that came, went or are in dispute."""
    renewed = outcome.saved | outcome.typed.conflicts | sent.given_up
    showed = {id_: seen for id_, seen in sent.showed.items() if id_ not in renewed}
    facts = _leaf_facts(request, found, leaf, outcome, page_showed=showed)
    disputed = outcome.typed.conflicts | sent.disputed
    again = [
        block for block in facts["blocks"]
        if block.question in disputed or block.takes_answer is not (block.question in sent.typed)
    ]  # fmt: skip
    noted = [block for block in facts["blocks"] if block.takes_answer and block not in again]
    more = {"again": again, "noted": noted, "refused": outcome.refused, "conflicts": len(outcome.typed.conflicts)}
    return render(request, "instruments/saved.html", facts | more)


def _leaf_facts(
    request: SignedInRequest, found: Response, leaf: Leaf, outcome: Outcome, **showed: Any
) -> dict[str, Any]:
    findings = queries.findings_of(found, now=request.now)
    parts = pages.parts(found, findings)
    return {
        "response": found,
        "leaf": leaf,
        "leaf_title": pages.leaf_title(leaf),
        "blocks": section.blocks(found, leaf, findings=findings, now=request.now, typed=outcome.typed, **showed),
        "progress": section.progress(leaf, found.answers, findings),
        "parts": parts,
        "is_last": leaf.number == len(parts),
    }
