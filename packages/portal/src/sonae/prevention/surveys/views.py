from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest


@needs(Permission.SURVEY_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponse:
    return render(request, "surveys/index.html", {})


@needs(Permission.SURVEY_READ)
@require_GET
def mine(request: SignedInRequest) -> HttpResponse:
    return render(request, "surveys/mine.html", {})


@needs(Permission.SURVEY_READ)
@require_GET
def own(request: SignedInRequest, campaign_id: UUID) -> HttpResponse:
    return render(request, "surveys/own.html", {})
