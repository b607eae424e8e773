"""Reading the ministry's workbook of the checklist, looking through the draft, and publishing it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments.definition import Section
from sonae.core.web import problems, sheets, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.inspections.forms import MinistryForm
from sonae.prevention.inspections.ministry_form import drafts
from sonae.prevention.inspections.ministry_form.reading import Draft
from sonae.prevention.inspections.pages import year_form


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Permission.INSTRUMENT_PUBLISH)
def read_form(request: SignedInRequest) -> HttpResponse:
    """Reads the workbook and shows the draft, or every row that cannot be read. Nothing is published by it."""
    form = MinistryForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if form.is_valid():
        file = form.cleaned_data["file"]
        content: bytes = file.read()
        try:
            draft = drafts.draft_of(content, name=file.name, now=request.now)
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            return render(request, "inspections/draft.html", _page(draft, file.name, drafts.sealed(content)))
    page = {"form": form, "year_form": year_form.to_officer(today=jst_day(request.now))}
    return render(request, "inspections/read_form.html", page, status=422 if form.is_bound else 200)


@require_POST
@needs(Permission.INSTRUMENT_PUBLISH)
def take_draft(request: SignedInRequest) -> HttpResponse:
    """Publishes the draft that was shown, or hands it out as a workbook."""
    content = drafts.unsealed(request.POST.get("draft", ""))
    if content is None:
        messages.warning(request, _("The draft was shown too long ago. Please choose the file again."))
        return redirect("inspections:read-form")
    draft = drafts.draft_of(content, name=request.POST.get("name", "")[:200] or "checklist.xlsx", now=request.now)
    if request.POST.get("do") == "download":
        answer = HttpResponse(drafts.workbook_of(draft), content_type=sheets.XLSX_TYPE)
        name = f"{draft.instrument.id}-{draft.instrument.edition}.xlsx"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    edition = drafts.publish(draft, by=request.viewer, now=request.now)
    messages.success(request, _("The form is published. It can be answered from now on."))
    return redirect("instruments:edition", edition.pk)


def _page(draft: Draft, name: str, sealed: str) -> dict[str, Any]:
    instrument = draft.instrument
    rows = [
        {
            "section": item.words.text("ja"),
            "number": question.number,
            "text": question.words.text("ja"),
            "targets": "、".join(words.of(target) for target in question.targets),
            "is_new": question.id in draft.new_rows,
        }
        for item in instrument.items
        if isinstance(item, Section)
        for question in item.items
        if not isinstance(question, Section)
    ]
    left_out = [
        problems.problem_sentence(
            Problem(one.reason, line=one.row, field=f"{one.sheet} {one.column}", value=one.value, facts=one.facts)
        )
        for one in draft.left_out
    ]
    return {
        "instrument": instrument,
        "title": instrument.title.text("ja"),
        "gate": next((item.words.text("ja") for item in instrument.items if not isinstance(item, Section)), ""),
        "rows": rows,
        "new": len(draft.new_rows),
        "left_out": left_out,
        "draft": sealed,
        "name": name,
    }
