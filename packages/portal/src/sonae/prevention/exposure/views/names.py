"""Whether two names mean one product: the questions to an institution, and what counts for everybody."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed
from sonae.prevention.exposure import queries, services
from sonae.prevention.exposure.forms import AnswerForm, DecisionForm
from sonae.prevention.exposure.models import NamePair, Question
from sonae.prevention.exposure.tables import PairFilter, PairTable, QuestionFilter, QuestionTable
from sonae.prevention.exposure.vocabulary import Asking, NameRefusal, PairState, Saying

_FIELDS = {
    NameRefusal.REASON_TOO_SHORT: "why",
    NameRefusal.DECIDED_SO_ALREADY: "decision",
    NameRefusal.NOT_DECIDED: "decision",
}


@require_GET
@needs(Permission.EXPOSURE_ANSWER)
def questions(request: SignedInRequest) -> HttpResponseBase:
    """Every question to the viewer's institutions, the open ones first."""
    return listing.respond(
        request,
        table=QuestionTable,
        filterset=QuestionFilter,
        queryset=queries.open_questions(request.viewer),
        template="exposure/questions.html",
        filename="product-questions",
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.EXPOSURE_ANSWER)
def question(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """One question, and its answer."""
    rows = Question.objects.select_related("institution", "pair", "answered_by")
    found = visible_or_404(rows, request.viewer, pk=question_id)
    form = AnswerForm(request.POST or None, initial={"answer": found.answer})
    if request.method == "POST" and form.is_valid():
        services.answer_question(question_id, Saying(form.cleaned_data["answer"]), by=request.viewer, now=request.now)
        messages.success(request, _("Your answer was recorded. Your list follows it."))
        return redirect("exposure:questions")
    page = {
        "question": found,
        "form": form,
        "ask": Asking(found.ask),
        "facts": [
            (_("In the ledger"), f"{found.pair.maker} {found.pair.typed}".strip()),
            (_("In the advisory"), f"{found.pair.vendor} {found.pair.product}".strip()),
            (_("Institution"), found.institution.name),
            (_("For everybody"), PairState(found.pair.state)),
            (_("Answer"), found.saying()),
            (_("Answered"), found.answered_at),
        ],
    }
    return render(request, "exposure/question.html", page, status=422 if form.errors else 200)


@require_GET
@needs(Permission.ADVISORY_STATE)
def pairs(request: SignedInRequest) -> HttpResponseBase:
    """The pairs of names about which institutions were asked, those first that wait for an analyst."""
    return listing.respond(
        request,
        table=PairTable,
        filterset=PairFilter,
        queryset=NamePair.objects.visible_to(request.viewer),
        template="exposure/pairs.html",
        filename="product-names",
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.ADVISORY_STATE)
def pair(request: SignedInRequest, pair_id: UUID) -> HttpResponse:
    """One pair, and what is decided of it for everybody."""
    found = visible_or_404(NamePair.objects.select_related("decided_by"), request.viewer, pk=pair_id)
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            if said["decision"] == "reopen":
                services.reopen_pair(pair_id, why=said["why"], by=request.viewer, now=request.now)
            else:
                services.decide_pair(
                    pair_id, is_same=said["decision"] == "same", why=said["why"], by=request.viewer, now=request.now
                )
        except NotAllowed as refused:
            problems.put_beside(form, refused, _FIELDS)
        else:
            messages.success(
                request, _("The decision was recorded. The lists of all institutions follow within minutes.")
            )
            return redirect("exposure:pair", pair_id)
    page = {
        "pair": found,
        "form": form,
        "facts": [
            (_("In the advisory"), f"{found.vendor} {found.product}".strip()),
            (_("In a ledger"), f"{found.maker} {found.typed}".strip()),
            (_("State"), PairState(found.state)),
            (_("Waits for an analyst"), found.is_for_triage),
            (_("How this is known"), found.why or None),
            (_("Decided"), found.decided_at),
            (_("By"), found.decided_by.name if found.decided_by else None),
        ],
    }
    return render(request, "exposure/pair.html", page, status=422 if form.errors else 200)
