import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web import words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.oscal import compose
from sonae.prevention.inspections.oscal.self_assessment import may_be_planned
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


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def results(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What was handed in, as OSCAL assessment results."""
    found = queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    return _oscal(compose.assessment_results(found), f"assessment-results-{fiscal_year}-{found.institution.code}")


@require_GET
@needs(Permission.INSPECTION_PREPARE)
def plan(request: SignedInRequest, institution_id: int, fiscal_year: int) -> HttpResponse:
    """What is still to be done after what was handed in, as an OSCAL plan of action and milestones."""
    found = queries.self_assessment(institution_id, fiscal_year, request.viewer, now=request.now)
    require(may_be_planned(found))
    return _oscal(compose.plan_of_action(found), f"plan-of-action-{fiscal_year}-{found.institution.code}")


def _oscal(document: dict[str, Any], name: str) -> HttpResponse:
    answer = HttpResponse(json.dumps(document, ensure_ascii=False, indent=2), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
