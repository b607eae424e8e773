"""The ministry's forms: every version that was published, and those that were taken in and wait to be."""

from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import draft_rules as rules
from sonae.core.instruments import drafts, services
from sonae.core.instruments.forms import FormFile, NewForm
from sonae.core.instruments.models import Edition, FormDraft
from sonae.core.instruments.pages import preview as pages
from sonae.core.instruments.pages import publication
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.views.responses import EditionFilter, TitleColumn
from sonae.core.instruments.vocabulary import DraftState, FileForm, Respondent
from sonae.core.web import listing, problems, sheets, words
from sonae.core.web.components import Tone
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import BadInput, Problem

_TONES = {
    DraftState.FAULTY: Tone.DANGER,
    DraftState.WAITING: Tone.INFO,
    DraftState.PUBLISHED: Tone.SUCCESS,
    DraftState.WITHDRAWN: Tone.NEUTRAL,
}
_TYPES = {FileForm.XLSFORM: sheets.XLSX_TYPE, FileForm.YAML: "application/yaml; charset=utf-8"}


class VersionTable(listing.Table):
    title = TitleColumn(
        "instruments:edition",
        accessor="title_ja",
        told_apart_by=("edition", "version"),
        verbose_name=gettext_lazy("Survey or checklist"),
    )
    edition = tables.Column(verbose_name=gettext_lazy("Edition"), attrs=listing.SHORT)
    version = listing.NumberColumn(verbose_name=gettext_lazy("Corrected version"))
    fiscal_year = tables.Column(verbose_name=gettext_lazy("Fiscal year"), attrs=listing.WIDE_ONLY)
    respondent = listing.EnumColumn(Respondent, verbose_name=gettext_lazy("Filled in by"), attrs=listing.WIDE_ONLY)
    published_at = listing.MomentColumn(verbose_name=gettext_lazy("Published at"), attrs=listing.WIDE_ONLY)
    frozen_at = listing.MomentColumn(verbose_name=gettext_lazy("First answered at"), attrs=listing.WIDE_ONLY)
    replaced_at = listing.MomentColumn(verbose_name=gettext_lazy("Replaced at"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = Edition
        fields = (
            "title", "edition", "version", "fiscal_year", "respondent", "published_at", "frozen_at", "replaced_at",
        )  # fmt: skip
        sequence = fields
        order_by = "-published_at"
        empty_text = gettext_lazy("No survey or checklist has been published.")


class DraftTable(listing.Table):
    file_name = listing.LinkColumn(
        "instruments:draft", told_apart_by=(listing.ROW,), verbose_name=gettext_lazy("File")
    )  # fmt: skip
    title = tables.Column(accessor="title_ja", verbose_name=gettext_lazy("Survey or checklist"))
    edition_name = tables.Column(verbose_name=gettext_lazy("Edition"), attrs=listing.SHORT)
    state = listing.EnumColumn(DraftState, verbose_name=gettext_lazy("State"), attrs=listing.SHORT)
    faults = listing.NumberColumn(verbose_name=gettext_lazy("Faults"))
    kept_at = listing.MomentColumn(verbose_name=gettext_lazy("Taken in at"), attrs=listing.WIDE_ONLY)
    kept_by = tables.Column(
        verbose_name=gettext_lazy("Taken in by"), order_by=("kept_by__name",), attrs=listing.WIDE_ONLY
    )
    note = tables.Column(verbose_name=gettext_lazy("Note"), attrs=listing.WIDE_ONLY)

    class Meta(listing.Table.Meta):
        model = FormDraft
        fields = ("file_name", "title", "edition_name", "state", "faults", "kept_at", "kept_by", "note")
        sequence = fields
        order_by = "-kept_at"
        empty_text = gettext_lazy("No form has been taken in.")

    def render_title(self, record: FormDraft) -> str:
        return _title(record)

    def value_title(self, record: FormDraft) -> str:
        return _title(record)


class DraftFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("file_name", "title_ja", "title_en", "instrument", "edition_name", "note"))
    state = listing.EnumFilter(DraftState, label=gettext_lazy("State"))

    class Meta:
        model = FormDraft
        fields: tuple[str, ...] = ()


@require_GET
@needs(Permission.INSTRUMENT_PUBLISH)
def versions(request: SignedInRequest) -> HttpResponseBase:
    """Every version of every edition, the newest first."""
    return listing.respond(
        request,
        table=VersionTable,
        filterset=EditionFilter,
        queryset=Edition.objects.visible_to(request.viewer),
        template="instruments/versions.html",
        filename="forms",
    )


@require_GET
@needs(Permission.INSTRUMENT_PUBLISH)
def index(request: SignedInRequest) -> HttpResponseBase:
    """The forms that were taken in, whatever became of them."""
    return listing.respond(
        request,
        table=DraftTable,
        filterset=DraftFilter,
        queryset=FormDraft.objects.visible_to(request.viewer).select_related("kept_by").defer(*drafts.LARGE),
        template="instruments/drafts.html",
        filename="form-drafts",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INSTRUMENT_PUBLISH)
def take_in(request: SignedInRequest) -> HttpResponse:
    """Takes a form in, to be looked through; a file that cannot be opened comes back with why, and the note with it."""
    form = NewForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            draft = services.take_in(
                file.read(), file_name=file.name, note=form.cleaned_data["note"], by=request.viewer, now=request.now
            )
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            return redirect("instruments:draft", draft.pk)
    return render(request, "instruments/take_in.html", {"form": form}, status=422 if form.is_bound else 200)


@require_GET
@needs(Permission.INSTRUMENT_PUBLISH)
def draft(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """One form: every fault of its file, or how it differs from the form before and what publishing it would do."""
    return _page(request, _fetched(request, draft_id), form=FormFile())


@require_GET
@needs(Permission.INSTRUMENT_PUBLISH)
def preview(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """The whole form as whoever answers sees it."""
    found = _fetched(request, draft_id)
    looked = drafts.look_at(found, today=jst_day(request.now))
    if looked.plan is None:
        return redirect("instruments:draft", found.pk)
    return render(request, "instruments/preview.html", {"draft": found} | pages.page_of(looked.plan.instrument))


@require_POST
@needs(Permission.INSTRUMENT_PUBLISH)
def exchange(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """Puts a corrected file in the place of the one that was taken in."""
    found = _fetched(request, draft_id)
    form = FormFile(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            services.exchange_file(
                found.pk, file.read(), file_name=file.name, seen=_seen(request), by=request.viewer, now=request.now
            )
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            messages.success(request, _("The file is exchanged."))
            return redirect("instruments:draft", found.pk)
    return _page(request, found, form=form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INSTRUMENT_PUBLISH)
def publish(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """Says what publishing the form would do, and publishes it as it was shown."""
    found = _fetched(request, draft_id)
    if request.method == "GET":
        looked = drafts.look_at(found, today=jst_day(request.now))
        if looked.plan is None or not rules.may_publish(DraftState(found.state)).ok:
            return redirect("instruments:draft", found.pk)
        page = {"draft": found, "title": _title(found) or found.file_name} | publication.page_of(looked, looked.plan)
        return render(request, "instruments/publish.html", page)
    edition = services.publish_draft(found.pk, seen=_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The form is published. It can be answered from now on."))
    return redirect("instruments:edition", edition.pk)


@require_POST
@needs(Permission.INSTRUMENT_PUBLISH)
def withdraw(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """Takes a form back that shall not be published."""
    found = _fetched(request, draft_id)
    services.withdraw_draft(found.pk, seen=_seen(request), by=request.viewer, now=request.now)
    messages.success(request, _("The form is taken back. It stays on record here."))
    return redirect("instruments:drafts")


@require_GET
@needs(Permission.INSTRUMENT_PUBLISH)
def draft_file(request: SignedInRequest, draft_id: UUID) -> HttpResponse:
    """The file of a form as it was taken in, faults and all."""
    found = _fetched(request, draft_id)
    is_workbook = found.file_name.lower().endswith(".xlsx")
    return _file(bytes(found.content), found.file_name, FileForm.XLSFORM if is_workbook else FileForm.YAML)


@require_GET
@needs(Permission.REGISTER_READ)
def edition_file(request: SignedInRequest, edition_id: UUID, form: FileForm) -> HttpResponse:
    """A version of a form as a workbook in the manner of XLSForm, or as YAML: to be read, edited and taken in again."""
    found = visible_or_404(Edition.objects, request.viewer, pk=edition_id)
    return hand_out(found, form)


def hand_out(edition: Edition, form: FileForm) -> HttpResponse:
    """The file of an edition; raises NotAllowed where it cannot be written so."""
    return _file(drafts.written(edition, form), drafts.name_of(edition, form), form)


def _file(content: bytes, name: str, form: FileForm) -> HttpResponse:
    told = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=_TYPES[form], headers={"Content-Disposition": told})


def _seen(request: SignedInRequest) -> str:
    """What the page showed from which something is done with a form."""
    return request.POST.get("seen", "")


def _fetched(request: SignedInRequest, draft_id: UUID) -> FormDraft:
    rows = FormDraft.objects.select_related("kept_by", "published_by", "withdrawn_by", "compared_with")
    return visible_or_404(rows, request.viewer, pk=draft_id)


def _page(request: SignedInRequest, found: FormDraft, *, form: FormFile, status: int = 200) -> HttpResponse:
    looked = drafts.look_at(found, today=jst_day(request.now))
    state = DraftState(found.state)
    page: dict[str, Any] = {
        "draft": found,
        "seen": looked.seen,
        "title": _title(found) or found.file_name,
        "state": words.of(state),
        "tone": _TONES[state],
        "form": form,
        "problems": [_problem(one) for one in looked.problems],
        "may_change": rules.may_change(state),
        "may_publish": rules.may_publish(state),
        "is_open": rules.may_change(state).ok,
        "is_sound": looked.plan is not None,
        "consequence": words.of(looked.consequence),
        "before": looked.before,
        "before_title": title_of(looked.before) if looked.before else "",
        "counts": pages.counted(looked.differences),
        "differences": pages.told(looked.differences),
    }
    return render(request, "instruments/draft.html", page, status=status)


def _problem(one: Problem) -> dict[str, object]:
    """One fault with its place: sheet, column and word at its top; row; what stands there; what is wrong."""
    why = problems.problem_sentence(Problem(one.reason, value=one.value, facts=one.facts))
    return {"where": one.field, "line": one.line, "value": one.value, "why": why}


def _title(found: FormDraft) -> str:
    return found.title_ja if words.is_japanese() else found.title_en or found.title_ja
