"""Bringing a file to the ledger: upload, columns, plan, and what was done with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems, sheets
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput
from sonae.prevention.assets import queries, services, tasks
from sonae.prevention.assets.forms import MappingForm, UploadForm
from sonae.prevention.assets.intake import presenting, rules
from sonae.prevention.assets.intake.vocabulary import (
    AT_WORK,
    OPEN_STATES,
    FileFormat,
    ImportState,
    Verdict,
)
from sonae.prevention.assets.models import Asset, LedgerImport, LedgerQuestion, PlannedRow

TONES = {
    ImportState.APPLIED: "success", ImportState.REFUSED: "danger", ImportState.UNDONE: "warning",
    ImportState.PLANNED: "info", ImportState.MAPPING: "info",
}  # fmt: skip


class ImportTable(listing.Table):
    begun_at = listing.MomentColumn(verbose_name=gettext_lazy("Uploaded"))
    file_name = listing.LinkColumn("assets:import", told_apart_by=("begun_at",), verbose_name=gettext_lazy("File"))
    institution = Column(verbose_name=gettext_lazy("Institution"))
    format = listing.EnumColumn(FileFormat, verbose_name=gettext_lazy("Kind of file"))
    state = listing.EnumColumn(ImportState, verbose_name=gettext_lazy("State"))
    rows_added = listing.NumberColumn(verbose_name=pgettext_lazy("row of a list", "New"))
    rows_changed = listing.NumberColumn(verbose_name=pgettext_lazy("row of a list", "Changed"))
    rows_not_understood = listing.NumberColumn(verbose_name=pgettext_lazy("row of a list", "Not understood"))
    begun_by = Column(verbose_name=gettext_lazy("By"))

    class Meta(listing.Table.Meta):
        model = LedgerImport
        fields = (
            "begun_at", "file_name", "institution", "format", "state", "rows_added", "rows_changed",
            "rows_not_understood", "begun_by",
        )  # fmt: skip
        order_by = "-begun_at"
        empty_text = gettext_lazy("No file has been brought to the ledger yet.")


class ImportFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("file_name", "source", "institution__name"))
    state = listing.EnumFilter(ImportState, label=gettext_lazy("State"))
    format = listing.EnumFilter(FileFormat, label=gettext_lazy("Kind of file"))

    class Meta:
        model = LedgerImport
        fields = ()


class PlannedTable(listing.Table):
    line = listing.NumberColumn(verbose_name=gettext_lazy("Line"))
    verdict = listing.EnumColumn(Verdict, verbose_name=gettext_lazy("What happens"))
    label = Column(verbose_name=gettext_lazy("Device or component"))
    after = Column(verbose_name=gettext_lazy("What is written"), orderable=False, empty_values=())
    problems = Column(verbose_name=gettext_lazy("What is not understood"), orderable=False, empty_values=())

    class Meta(listing.Table.Meta):
        model = PlannedRow
        fields = ("line", "verdict", "label", "after", "problems")
        order_by = "line"
        empty_text = gettext_lazy("The file has no row for the ledger.")

    def render_after(self, record: PlannedRow) -> str:
        return presenting.told(record)

    def value_after(self, record: PlannedRow) -> str:
        return presenting.told(record)

    def render_problems(self, record: PlannedRow) -> str:
        return " ".join(sentence for _field, _value, sentence in presenting.problems_of(record))

    def value_problems(self, record: PlannedRow) -> str:
        return self.render_problems(record)


class PlannedFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("label", "key"))
    verdict = listing.EnumFilter(Verdict, label=gettext_lazy("What happens"))

    class Meta:
        model = PlannedRow
        fields = ()


@needs(Permission.ASSET_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every file that was brought to the ledgers of which one reads."""
    return listing.respond(
        request,
        table=ImportTable,
        filterset=ImportFilter,
        queryset=LedgerImport.objects.visible_to(request.viewer).select_related("institution", "begun_by"),
        template="assets/imports.html",
        filename="ledger-imports",
        context={"may_change": access.may(request.viewer, Permission.ASSET_CHANGE)},
    )


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    """Takes a file, says what it is, and asks for its columns or shows its plan."""
    form = UploadForm(
        request.POST or None, request.FILES or None, institutions=queries.kept_by(request.viewer),
        assets=Asset.objects.visible_to(request.viewer).in_use(), initial=_asset_asked_for(request),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        file, asset = form.cleaned_data["file"], form.cleaned_data["asset"]
        institution_id = asset.institution_id if asset else form.cleaned_data["institution"].pk
        try:
            # In one transaction: an import that waits for its plan never stands without its job.
            with transaction.atomic():
                run = services.begin_import(
                    file.chunks(), institution_id=institution_id, name=file.name or "", by=request.viewer,
                    now=request.now, asset_id=asset.pk if asset else None,
                )  # fmt: skip
                if run.state == ImportState.PLANNING:
                    tasks.plan_import.enqueue(str(run.pk))
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            is_table = run.state == ImportState.MAPPING
            return redirect("assets:import-mapping" if is_table else "assets:import", run.pk)
    asset = _asset_of(request, form)
    page = {"form": form, "asset": asset}
    return render(request, "assets/import_upload.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_CHANGE)
@require_http_methods(["GET", "POST"])
def mapping(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponse:
    """Where the columns of a table go: proposed, or as the last time; decided here."""
    run = visible_or_404(LedgerImport.objects, request.viewer, pk=ledger_import_id)
    require(rules.may_step(ImportState(run.state), needs=OPEN_STATES))
    draft = presenting.draft_of(run, sheet=_text(request, "sheet"))
    form = MappingForm(request.POST or None, draft=draft)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                services.map_import(
                    ledger_import_id,
                    form.mapping(),
                    source=form.cleaned_data["source"],
                    by=request.viewer,
                    now=request.now,
                )
                tasks.plan_import.enqueue(str(ledger_import_id))
        except BadInput as refused:
            for problem in refused.problems:
                form.add_error(None, problems.problem_sentence(problem))
        else:
            return redirect("assets:import", ledger_import_id)
    page = {"run": run, "form": form, "draft": draft}
    return render(request, "assets/import_mapping.html", page, status=422 if form.errors else 200)


@needs(Permission.ASSET_READ)
@require_GET
def detail(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponseBase:
    """The plan of a file row by row, how far its job is, and the next step."""
    run = visible_or_404(
        LedgerImport.objects.select_related("institution", "asset"), request.viewer, pk=ledger_import_id
    )
    return _page(request, run)


def _page(request: SignedInRequest, run: LedgerImport, faults: list[str] | None = None) -> HttpResponseBase:
    state = ImportState(run.state)
    rows = run.rows_added + run.rows_changed + run.rows_vanished + run.rows_unknown
    context = _progress(run) | {
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
        "counts": _counts(run),
        "facts": _facts(run),
        "faults": faults or presenting.refusals_of(run),
        "may_apply": rules.may_apply(
            state, rows=rows, expires_at=run.expires_at, changed_since=queries.is_stale(run), now=request.now
        ),
        "may_undo": rules.may_step(state, needs=[ImportState.APPLIED]),
        "may_map": state in OPEN_STATES and run.format in (FileFormat.TABLE_CSV, FileFormat.TABLE_XLSX),
        "may_give_up": state in OPEN_STATES,
        "open_questions": LedgerQuestion.objects.open().filter(run=run).count(),
    }
    answer = listing.respond(
        request,
        table=PlannedTable,
        filterset=PlannedFilter,
        queryset=PlannedRow.objects.filter(run=run),
        template="assets/import.html",
        filename="ledger-plan",
        context=context,
    )
    if faults:
        answer.status_code = 422
    return answer


@needs(Permission.ASSET_READ)
@require_GET
def progress(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponse:
    """How far a job is, for the page that shows it; asks the page to load anew once it is over."""
    run = visible_or_404(LedgerImport.objects, request.viewer, pk=ledger_import_id)
    page = _progress(run) | {"may_change": access.may(request.viewer, Permission.ASSET_CHANGE)}
    response = render(request, "assets/import.html#progress", page)
    if run.state not in AT_WORK:
        response.headers["HX-Refresh"] = "true"
    return response


@needs(Permission.ASSET_READ)
@require_GET
def problem_list(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponseBase:
    """What of a file is not understood, as CSV: file, line, field, what stands there, what to do."""
    run = visible_or_404(LedgerImport.objects, request.viewer, pk=ledger_import_id)
    header = [
        str(_("File")),
        str(_("Line")),
        str(_("Field")),
        str(pgettext_lazy("problem list", "What stands there")),
        str(_("What to do")),
    ]
    return sheets.csv_file(header, _problem_rows(run), filename=f"ledger-problems-{run.pk}")


def _problem_rows(run: LedgerImport) -> list[list[sheets.Cell]]:
    rows = PlannedRow.objects.filter(run=run).exclude(problems=[]).order_by("line", "pk")
    # Composed before it is streamed: the words are those of this request's language.
    return [
        [run.file_name, row.line, field, value, sentence]
        for row in rows.iterator(2_000)
        for field, value, sentence in presenting.problems_of(row)
    ]


@needs(Permission.ASSET_CHANGE)
@require_POST
def apply(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponseBase:
    with transaction.atomic():
        services.order_apply(ledger_import_id, by=request.viewer, now=request.now)
        tasks.apply_import.enqueue(str(ledger_import_id))
    messages.success(request, _("The plan is being applied. This page shows how far it is."))
    return redirect("assets:import", ledger_import_id)


@needs(Permission.ASSET_CHANGE)
@require_POST
def read_again(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponseBase:
    """Makes the plan anew, from the same file and the same columns, against the ledger as it is now."""
    with transaction.atomic():
        services.plan_again(ledger_import_id, by=request.viewer, now=request.now)
        tasks.plan_import.enqueue(str(ledger_import_id))
    return redirect("assets:import", ledger_import_id)


@needs(Permission.ASSET_CHANGE)
@require_POST
def undo(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponseBase:
    run = visible_or_404(
        LedgerImport.objects.select_related("institution", "asset"), request.viewer, pk=ledger_import_id
    )
    try:
        with transaction.atomic():
            services.order_undo(ledger_import_id, by=request.viewer, now=request.now)
            tasks.undo_import.enqueue(str(ledger_import_id))
    except BadInput as refused:
        return _page(request, run, [problems.problem_sentence(one) for one in refused.problems])
    messages.success(request, _("The import is being taken back. This page shows how far it is."))
    return redirect("assets:import", ledger_import_id)


@needs(Permission.ASSET_CHANGE)
@require_POST
def cancel(request: SignedInRequest, ledger_import_id: UUID) -> HttpResponse:
    services.cancel_import(ledger_import_id, by=request.viewer, now=request.now)
    messages.success(request, _("It stops as soon as it can. The ledger stays as it was."))
    return redirect("assets:import", ledger_import_id)


def _progress(run: LedgerImport) -> dict[str, Any]:
    state = ImportState(run.state)
    return {
        "run": run, "percent": presenting.percent_of(run), "is_at_work": state in AT_WORK,
        "tone": TONES.get(state, "neutral"), "state": state,
    }  # fmt: skip


def _counts(run: LedgerImport) -> list[tuple[Any, int]]:
    return [
        (pgettext_lazy("row of a list", "New"), run.rows_added),
        (pgettext_lazy("row of a list", "Changed"), run.rows_changed),
        (pgettext_lazy("row of a list", "As before"), run.rows_unchanged),
        (pgettext_lazy("row of a list", "Vanished"), run.rows_vanished),
        (pgettext_lazy("row of a list", "Not in the ledger"), run.rows_unknown),
        (pgettext_lazy("row of a list", "Not understood"), run.rows_not_understood),
    ]


def _facts(run: LedgerImport) -> list[tuple[Any, Any]]:
    return [
        (gettext_lazy("Institution"), run.institution.name),
        (gettext_lazy("Kind of file"), FileFormat(run.format)),
        (gettext_lazy("Asset"), run.asset.name if run.asset else None),
        (gettext_lazy("What this list is called"), run.source or None),
        (gettext_lazy("Rows read"), run.rows_read),
        (gettext_lazy("Uploaded"), run.begun_at),
        (gettext_lazy("Applied"), run.applied_at),
        (gettext_lazy("Taken back"), run.undone_at),
        (gettext_lazy("The plan is kept until"), run.expires_at if run.state in OPEN_STATES else None),
        (gettext_lazy("SHA-256 of the file"), run.file_sha256),
    ]


def _text(request: HttpRequest, name: str) -> str | None:
    given = request.POST.get(name) if request.method == "POST" else request.GET.get(name)
    return given or None


def _asset_asked_for(request: SignedInRequest) -> dict[str, Any]:
    asked = request.GET.get("asset", "")
    try:
        return {"asset": UUID(asked)}
    except ValueError:
        return {}


def _asset_of(request: SignedInRequest, form: UploadForm) -> Asset | None:
    value = form["asset"].value()
    try:
        key = value if isinstance(value, UUID) else UUID(str(value or ""))
    except ValueError:
        return None
    return Asset.objects.visible_to(request.viewer).in_use().filter(pk=key).first()
