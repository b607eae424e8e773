"""How an edition compares with an earlier one: seen by everybody, established by the ministry."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import comparisons, map_file, services
from sonae.core.instruments.comparisons import YearMap
from sonae.core.instruments.forms import MapFileForm, PairForm
from sonae.core.instruments.models import Edition
from sonae.core.instruments.pages import year_map as pages
from sonae.core.instruments.pages.wording import label_of
from sonae.core.instruments.services import Said
from sonae.core.instruments.vocabulary import MapRefusal
from sonae.core.web import problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import BadInput, Gone, NotAllowed

_FIELDS = {
    MapRefusal.QUESTION_MISSING: "question",
    MapRefusal.WHY_MISSING: "why_ja",
    MapRefusal.WHY_TOO_LONG: "why_ja",
}


@require_GET
@needs(Permission.REGISTER_READ)
def year_map(request: SignedInRequest, edition_id: UUID, earlier_id: UUID) -> HttpResponse:
    """Every question of an edition beside the one before, with who established it and what is only proposed."""
    return _page(request, fetched(request.viewer, edition_id, earlier_id))


@require_POST
@needs(Permission.INSTRUMENT_PUBLISH)
def confirm_same(request: SignedInRequest, edition_id: UUID, earlier_id: UUID) -> HttpResponse:
    """Confirms every question that stayed word for word."""
    found = fetched(request.viewer, edition_id, earlier_id)
    count = services.confirm_same(found.earlier, found.later, by=request.viewer, now=request.now)
    told = ngettext("%(count)d question is confirmed.", "%(count)d questions are confirmed.", count)
    messages.success(request, told % {"count": count})
    return redirect("instruments:map", edition_id, earlier_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INSTRUMENT_PUBLISH)
def pair(request: SignedInRequest, edition_id: UUID, earlier_id: UUID, question: str) -> HttpResponse:
    """Establishes how one question compares, or puts it right."""
    found = fetched(request.viewer, edition_id, earlier_id)
    if question not in found.after:
        raise Gone("question", question)
    form = PairForm(*((request.POST,) if request.method == "POST" else ()), year_map=found, became=question)
    if form.is_valid():
        try:
            services.confirm_pair(
                found.earlier, found.later, Said(question, **form.cleaned_data), by=request.viewer, now=request.now
            )
        except NotAllowed as refused:
            problems.put_beside(form, refused, _FIELDS)
        else:
            messages.success(request, _("This is established now, with your name."))
            return redirect("instruments:map", edition_id, earlier_id)
    page = {"map": found, "form": form, "question": label_of(found.after[question])}
    return render(request, "instruments/pair.html", page, status=422 if form.is_bound else 200)


@require_GET
@needs(Permission.REGISTER_READ)
def table(request: SignedInRequest, edition_id: UUID, earlier_id: UUID) -> HttpResponse:
    """The map as a table to fill in."""
    found = fetched(request.viewer, edition_id, earlier_id)
    return hand_out(found)


@require_POST
@needs(Permission.INSTRUMENT_PUBLISH)
def take_table(request: SignedInRequest, edition_id: UUID, earlier_id: UUID) -> HttpResponse:
    """Takes a table back: everything that it establishes, or nothing and every problem with its line."""
    found = fetched(request.viewer, edition_id, earlier_id)
    form = MapFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            count = services.take_map(
                found.earlier, found.later, file.read(), file_name=file.name, by=request.viewer, now=request.now
            )
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            told = ngettext("%(count)d question is confirmed.", "%(count)d questions are confirmed.", count)
            messages.success(request, told % {"count": count})
            return redirect("instruments:map", edition_id, earlier_id)
    return _page(request, found, form=form, status=422)


def hand_out(found: YearMap) -> HttpResponse:
    """The table of a map as a file."""
    name = f"{found.later.instrument}-{found.earlier.edition}-{found.later.edition}.csv"
    told = content_disposition_header(as_attachment=True, filename=name)
    content = map_file.write(pages.table(found))
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": told})


def fetched(viewer: Viewer, edition_id: UUID, earlier_id: UUID) -> YearMap:
    """The map of two editions; what is not earlier, or of another instrument, has none."""
    later = visible_or_404(Edition.objects, viewer, pk=edition_id)
    earlier = visible_or_404(Edition.objects, viewer, pk=earlier_id, instrument=later.instrument)
    if earlier.rank >= later.rank:
        raise Gone("edition", earlier_id)
    return comparisons.map_of(earlier, later)


def _page(
    request: SignedInRequest, found: YearMap, *, form: MapFileForm | None = None, status: int = 200
) -> HttpResponse:
    may_confirm = access.may(request.viewer, Permission.INSTRUMENT_PUBLISH, at=NATIONWIDE).ok
    page = pages.page(found) | {"may_confirm": may_confirm, "form": form or MapFileForm()}
    return render(request, "instruments/year_map.html", page, status=status)
