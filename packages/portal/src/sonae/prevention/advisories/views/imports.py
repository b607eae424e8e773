from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.prevention.advisories import queries, rules, services, tasks
from sonae.prevention.advisories.forms import UploadForm
from sonae.prevention.advisories.models import ImportedDocument, ImportRun
from sonae.prevention.advisories.tables import DocumentFilter, DocumentTable, RunFilter, RunTable
from sonae.prevention.advisories.vocabulary import RunStatus

TONES = {
    RunStatus.WAITING: "neutral",
    RunStatus.READING: "info",
    RunStatus.DONE: "success",
    RunStatus.REFUSED: "danger",
    RunStatus.CANCELLED: "warning",
}


@require_GET
@needs(Permission.ADVISORY_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every import, of files and of sources."""
    return listing.respond(
        request,
        table=RunTable,
        filterset=RunFilter,
        queryset=ImportRun.objects.visible_to(request.viewer),
        template="advisories/imports.html",
        filename="imports",
        context={"may_manage": access.may(request.viewer, Permission.FEED_MANAGE).ok},
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.FEED_MANAGE)
def upload(request: SignedInRequest) -> HttpResponse:
    """Takes a file and queues its import."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = tasks.queue_import(form.cleaned_data["file"], by=request.viewer)
        return redirect("advisories:import", run.pk)
    return render(request, "advisories/upload.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
@needs(Permission.ADVISORY_READ)
def detail(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """What came of one import, document by document."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=pk)
    return listing.respond(
        request,
        table=DocumentTable,
        filterset=DocumentFilter,
        queryset=ImportedDocument.objects.visible_to(request.viewer).filter(run=run),
        template="advisories/import.html",
        filename="documents",
        context=_progress(run, request) | {"facts": _facts(run)},
    )


@require_GET
@needs(Permission.ADVISORY_READ)
def progress(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """How far an import is; asks the page to load anew once it is over."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=pk)
    response = render(request, "advisories/import.html#progress", _progress(run, request))
    if run.status in rules.OVER:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@needs(Permission.FEED_MANAGE)
def cancel(request: SignedInRequest, pk: UUID) -> HttpResponse:
    run = visible_or_404(ImportRun.objects, request.viewer, pk=pk)
    services.cancel_import(run.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The import stops behind the documents it is reading. What it took in stays."))
    return redirect("advisories:import", run.pk)


def _progress(run: ImportRun, request: SignedInRequest) -> dict[str, Any]:
    return {
        "run": run,
        "counts": queries.figures(run),
        "is_over": run.status in rules.OVER,
        "tone": TONES[RunStatus(run.status)],
        "may_manage": access.may(request.viewer, Permission.FEED_MANAGE).ok,
        "may_cancel": rules.may_cancel(RunStatus(run.status)),
    }


def _facts(run: ImportRun) -> list[tuple[Any, Any]]:
    return [
        (_("File or source"), run.file_name),
        (_("Started"), run.started_at),
        (_("Ended"), run.finished_at),
        (_("Documents and records that are done"), run.position),
    ]
