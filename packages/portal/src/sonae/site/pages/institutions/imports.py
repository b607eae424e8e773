from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions import queries, services
from sonae.core.institutions.models import ImportProblem, ImportRun
from sonae.core.institutions.vocabulary import ImportKind, ImportStatus, RegisterRefusal
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import ALLOWED, Refused
from sonae.kernel.errors import BadInput
from sonae.site.pages.institutions.forms import UploadForm
from sonae.site.pages.institutions.tables import ImportFilter, ImportTable, ProblemFilter, ProblemTable, reasons
from sonae.site.pages.institutions.tasks import cancel_import, percent_of, queue_import

TONES = {
    ImportStatus.WAITING: "neutral",
    ImportStatus.READING: "info",
    ImportStatus.WRITING: "info",
    ImportStatus.DONE: "success",
    ImportStatus.REFUSED: "danger",
    ImportStatus.CANCELLED: "warning",
}


@needs(Permission.REGISTER_IMPORT)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every reading of a published list."""
    return listing.respond(
        request,
        table=ImportTable,
        filterset=ImportFilter,
        queryset=ImportRun.objects.visible_to(request.viewer),
        template="site/institutions/imports.html",
        filename="imports",
    )


@needs(Permission.REGISTER_IMPORT)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Takes a file, looks at it from outside, and queues its import."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            run = queue_import(
                ImportKind(entered["kind"]),
                entered["file"],
                as_of=entered["as_of"],
                may_vanish=entered["may_vanish"],
                by=request.viewer.account_id,
                now=request.now,
            )
        except BadInput as refusal:
            # Shown at the field, so that the person can choose another file at once.
            problems.put_at(form, "file", refusal)
        else:
            return redirect("institutions:import", run.pk)
    return render(request, "site/institutions/upload.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.REGISTER_IMPORT)
@require_GET
def detail(request: SignedInRequest, run_id: UUID) -> HttpResponseBase:
    """What came of one import, with its problem list."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    return listing.respond(
        request,
        table=ProblemTable,
        filterset=ProblemFilter,
        queryset=ImportProblem.objects.visible_to(request.viewer).filter(run=run),
        template="site/institutions/import.html",
        filename=f"problems-{run.kind}",
        context=_progress(run) | {"facts": _facts(run), "counts": _counts(run), "reasons": _reasons(run)},
    )


@needs(Permission.REGISTER_IMPORT)
@require_GET
def progress(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    """How far an import is, for the page that shows it; asks the page to load anew once it is over."""
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    response = render(request, "site/institutions/import.html#progress", _progress(run))
    if run.status in services.OVER:
        response.headers["HX-Refresh"] = "true"
    return response


@needs(Permission.REGISTER_IMPORT)
@require_POST
def cancel(request: SignedInRequest, run_id: UUID) -> HttpResponse:
    run = visible_or_404(ImportRun.objects, request.viewer, pk=run_id)
    cancel_import(run, by=request.viewer.account_id, now=request.now)
    messages.success(request, _("The import will stop as soon as it can. Nothing of it stays in the register."))
    return redirect("institutions:import", run.pk)


def _progress(run: ImportRun) -> dict[str, Any]:
    over = run.status in services.OVER
    return {
        "run": run,
        "percent": percent_of(run),
        "is_over": over,
        "tone": TONES[ImportStatus(run.status)],
        "may_cancel": Refused(RegisterRefusal.IMPORT_OVER) if over else ALLOWED,
    }


def _reasons(run: ImportRun) -> list[tuple[str, str, int]]:
    meant = dict(reasons())
    return [(code, meant[code], count) for code, count in queries.problem_counts(run.pk).items()]


def _counts(run: ImportRun) -> list[tuple[Any, int]]:
    return [
        (gettext_lazy("Rows read"), run.rows_read),
        (gettext_lazy("Added"), run.rows_added),
        (gettext_lazy("Changed"), run.rows_changed),
        (gettext_lazy("Unchanged"), run.rows_unchanged),
        (gettext_lazy("No longer in the list"), run.rows_vanished),
        (gettext_lazy("Set aside (kept in the problem list)"), run.rows_set_aside),
        (gettext_lazy("Codes linked to an institution"), run.rows_linked),
        (gettext_lazy("Problems"), run.problem_count),
    ]


def _facts(run: ImportRun) -> list[tuple[Any, Any]]:
    return [
        (gettext_lazy("List"), ImportKind(run.kind)),
        (gettext_lazy("As of"), run.as_of),
        (gettext_lazy("Started"), run.started_at),
        (gettext_lazy("Ended"), run.finished_at),
        (gettext_lazy("SHA-256 of the file"), run.file_sha256 or None),
    ]
