"""The page of a piece of long work: how far it is, and a button to stop it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from sonae.core.web import work
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import signed_in
from sonae.core.web.http import SignedInRequest
from sonae.core.web.models import Work
from sonae.core.web.vocabulary import WorkState


@signed_in
@require_GET
@never_cache
@vary_on_headers("HX-Request")
def show(request: SignedInRequest, work_id: UUID) -> HttpResponse:
    """How far the work is. The part that moves is fetched every second; without a script, a link asks again."""
    found = visible_or_404(Work.objects, request.viewer, pk=work_id)
    state = WorkState(found.state)
    page = {
        "work": found,
        "title": found.title.get(get_language() or "ja", found.title["ja"]),
        "state": state,
        "is_running": state is WorkState.RUNNING,
        "cancel": work.may_cancel(state),
    }
    return render(request, "web/work.html#progress" if request.htmx else "web/work.html", page)


@signed_in
@require_POST
def cancel(request: SignedInRequest, work_id: UUID) -> HttpResponse:
    work.ask_to_cancel(work_id, by=request.viewer, now=request.now)
    return redirect("web:work", work_id)
