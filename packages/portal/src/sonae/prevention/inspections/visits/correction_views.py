"""The pages of corrections: what is to be followed up, what the institution did, and what the inspector says to it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Sensitivity
from sonae.core.web import listing, reads, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.problems import put_at
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.prevention.inspections.visits import detail_page, services
from sonae.prevention.inspections.visits.forms import AnswerForm, SendBackForm
from sonae.prevention.inspections.visits.models import Correction
from sonae.prevention.inspections.visits.tables import CorrectionFilter, CorrectionTable
from sonae.prevention.inspections.visits.vocabulary import VisitPurpose


@needs(Permission.INSPECTION_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Everything that visits found and asked to be mended, the soonest first."""
    rows = Correction.objects.visible_to(request.viewer).select_related("visit__institution", "entry")
    return listing.respond(
        request,
        table=CorrectionTable,
        filterset=CorrectionFilter,
        queryset=rows,
        template="inspections/visits/corrections.html",
        filename="inspection-corrections",
        note=reads.of_list(
            "visit.corrections", request=request, permission=Permission.INSPECTION_READ, subject="correction"
        ),
    )


@needs(Permission.INSPECTION_READ)
@require_GET
def detail(request: SignedInRequest, correction_id: UUID) -> HttpResponse:
    """One correction with its history, and what may be done next."""
    correction = _correction(request, correction_id)
    reads.record_one(
        "correction.read", request=request, permission=Permission.INSPECTION_READ, subject="correction",
        subject_id=correction.pk, institution_id=correction.visit.institution_id,
    )  # fmt: skip
    return _page(request, correction)


@needs(Permission.INSPECTION_CORRECT)
@require_POST
def answer(request: SignedInRequest, correction_id: UUID) -> HttpResponse:
    """Takes in what the institution did, with the paper that shows it: both, or neither."""
    correction = _correction(request, correction_id)
    form = AnswerForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            _take_answer(request, correction, form)
        except BadInput as refused:
            put_at(form, "file", refused)
        except NotAllowed as refused:
            form.add_error("text", words.of(refused.refusal))
        else:
            messages.success(request, _("Your answer is with the inspectors now."))
            return redirect("visits:correction", correction_id)
    return _page(request, correction, answer_form=form)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def accept(request: SignedInRequest, correction_id: UUID) -> HttpResponse:
    _correction(request, correction_id)
    services.accept_correction(correction_id, by=request.viewer, now=request.now)
    messages.success(request, _("The correction is done."))
    return redirect("visits:correction", correction_id)


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
def send_back(request: SignedInRequest, correction_id: UUID) -> HttpResponse:
    correction = _correction(request, correction_id)
    form = SendBackForm(request.POST)
    if form.is_valid():
        try:
            services.send_back_correction(correction_id, by=request.viewer, now=request.now, **form.cleaned_data)
        except NotAllowed as refused:
            form.add_error("due_on", words.of(refused.refusal))
        else:
            messages.success(request, _("The answer is back with the institution, with your reason."))
            return redirect("visits:correction", correction_id)
    return _page(request, correction, back_form=form)


def _take_answer(request: SignedInRequest, correction: Correction, form: AnswerForm) -> None:
    file = form.cleaned_data["file"]
    place = places.place_of_institution(correction.visit.institution_id)
    if file is None or not access.may(request.viewer, Permission.INSPECTION_CORRECT, at=place).ok:
        _answer(request, correction, form)
        return
    # Looked into and scanned before anything is locked.
    with documents.examined(
        file.chunks(), name=file.name, purpose=VisitPurpose.CORRECTION, sensitivity=Sensitivity.SHAREABLE,
        institution_id=correction.visit.institution_id, by=request.viewer,
    ) as paper:  # fmt: skip
        _answer(request, correction, form, paper=paper)


@transaction.atomic
def _answer(
    request: SignedInRequest, correction: Correction, form: AnswerForm, *, paper: documents.Examined | None = None
) -> None:
    services.answer_correction(
        correction.pk, text=form.cleaned_data["text"],
        document_id=None if paper is None else documents.keep(paper, now=request.now).pk, by=request.viewer,
        now=request.now,
    )  # fmt: skip


def _correction(request: SignedInRequest, correction_id: UUID) -> Correction:
    rows = Correction.objects.select_related(
        "visit__institution", "visit__edition", "visit__submission", "entry__recorded_by"
    )
    return visible_or_404(rows, request.viewer, pk=correction_id)


def _page(request: SignedInRequest, correction: Correction, **typed: Any) -> HttpResponse:
    page = detail_page.correction_page(correction, request.viewer, now=request.now, **typed)
    return render(request, "inspections/visits/correction.html", page, status=422 if typed else 200)
