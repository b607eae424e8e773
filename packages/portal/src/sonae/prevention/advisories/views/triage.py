from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed
from sonae.prevention.advisories import queries, services
from sonae.prevention.advisories.forms import RangeForm
from sonae.prevention.advisories.models import VersionText
from sonae.prevention.advisories.tables import AffectedTable, TriageFilter, TriageTable
from sonae.prevention.advisories.vocabulary import AdvisoryRefusal, Covered, Unread

_FIELDS = {
    AdvisoryRefusal.RANGE_NOT_READ: "said",
    AdvisoryRefusal.RANGE_SAYS_NOTHING: "said",
    AdvisoryRefusal.REASON_TOO_SHORT: "why",
}
_TONES = {Covered.YES: "danger", Covered.NO: "success", Covered.UNKNOWN: "warning"}


@require_GET
@needs(Permission.ADVISORY_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Version texts that nobody could read yet, those first that most statements have."""
    return listing.respond(
        request,
        table=TriageTable,
        filterset=TriageFilter,
        queryset=queries.texts_to_read(request.viewer),
        template="advisories/triage.html",
        filename="version-texts",
    )


@require_GET
@needs(Permission.ADVISORY_READ)
def detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """One text: why it is not read, whom it is about, what was said of it."""
    return _page(request, _text(request, pk), RangeForm())


@require_http_methods(["POST"])
@needs(Permission.ADVISORY_STATE)
def state(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Shows how a range would be read, or keeps it for every statement with this text."""
    text = _text(request, pk)
    form = RangeForm(request.POST)
    if not form.is_valid():
        return _page(request, text, form, status=422)
    entered = form.cleaned_data
    if request.POST.get("step") == "preview":
        found = services.preview(entered["said"], versions=form.tried(), why=entered["why"])
        return _page(request, text, form, preview=found)
    try:
        services.state_range(text.pk, said=entered["said"], why=entered["why"], by=request.viewer, now=request.now)
    except NotAllowed as refused:
        problems.put_beside(form, refused, _FIELDS)
        return _page(request, text, form, status=422)
    messages.success(request, _("The range now counts for every statement with this text."))
    return redirect("advisories:version_text", text.pk)


def _text(request: SignedInRequest, pk: int) -> VersionText:
    return visible_or_404(VersionText.objects.select_related("stated"), request.viewer, pk=pk)


def _page(
    request: SignedInRequest, text: VersionText, form: RangeForm, *, preview: services.Preview | None = None,
    status: int = 200,
) -> HttpResponseBase:  # fmt: skip
    context: dict[str, Any] = {
        "text": text,
        "unread": Unread(text.unread) if text.unread else None,
        "form": form,
        "preview": preview,
        "tried": [(version, answer, _TONES[answer]) for version, answer in preview.tried] if preview else [],
        "history": list(queries.history_of(text)),
        "may_state": access.may(request.viewer, Permission.ADVISORY_STATE).ok,
        "total": queries.statements_with(text).count(),
    }
    response = listing.respond(
        request,
        table=AffectedTable,
        queryset=queries.statements_with(text),
        template="advisories/version_text.html",
        filename="statements",
        context=context,
    )
    if isinstance(response, HttpResponse):
        response.status_code = status
    return response
