from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web import words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.pages import folder as folders
from sonae.prevention.inspections.pages import preparation as pages


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def preparations(request: SignedInRequest) -> HttpResponse:
    """The institutions and years to choose from; straight to the newest where there is one institution only."""
    today = jst_day(request.now)
    institutions, years = list(queries.institutions_of(request.viewer)), queries.years(today=today)
    if len(institutions) == 1 and years:
        return redirect("inspections:preparation", institutions[0].pk, years[0])
    page = {"places": pages.choices(institutions, today=today)}
    return render(request, "inspections/preparations.html", page)


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def preparation(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What is ready for the inspection of a fiscal year, what is missing, and what already covers a row."""
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    page = pages.preparation_page(found, viewer=request.viewer, today=jst_day(request.now))
    return render(request, "inspections/preparation.html", page)


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def folder(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """All papers for the inspector in one file."""
    found = queries.preparation(institution_id, fiscal_year, request.viewer, now=request.now)
    language = "ja" if words.is_japanese() else "en"
    content = folders.folder_of(found, viewer=request.viewer, now=request.now, language=language)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{folders.name_of(found)}.zip"'
    return answer
