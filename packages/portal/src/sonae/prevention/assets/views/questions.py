"""What imports leave to a person: the list of questions, and the page on which one is answered."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods
from django_tables2 import Column

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import require
from sonae.kernel.errors import NotAllowed
from sonae.prevention.assets import services
from sonae.prevention.assets.forms import AnswerForm
from sonae.prevention.assets.intake import presenting
from sonae.prevention.assets.intake.vocabulary import (
    IntakeRefusal,
    QuestionAnswer,
    QuestionKind,
    QuestionState,
    Verdict,
)
from sonae.prevention.assets.models import LedgerQuestion, PlannedRow


class QuestionTable(listing.Table):
    label = listing.LinkColumn(
        "assets:question", told_apart_by=("key", listing.ROW), verbose_name=gettext_lazy("Device")
    )
    kind = listing.EnumColumn(QuestionKind, verbose_name=pgettext_lazy("ledger", "Question"))
    run = Column(accessor="run__file_name", verbose_name=gettext_lazy("File"))
    institution = Column(verbose_name=gettext_lazy("Institution"))
    asked_at = listing.MomentColumn(verbose_name=pgettext_lazy("ledger", "Asked"))
    state = listing.EnumColumn(QuestionState, verbose_name=gettext_lazy("State"))
    answer = listing.EnumColumn(QuestionAnswer, verbose_name=gettext_lazy("Answer"))
    reason = Column(verbose_name=gettext_lazy("How you know"))
    answered_by = Column(verbose_name=gettext_lazy("By"))

    class Meta(listing.Table.Meta):
        model = LedgerQuestion
        fields = ("label", "kind", "run", "institution", "asked_at", "state", "answer", "reason", "answered_by")
        order_by = ("-state", "-asked_at")
        empty_text = gettext_lazy("No import has asked about a device.")


class QuestionFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("label", "key", "run__file_name", "reason"))
    state = listing.EnumFilter(QuestionState, label=gettext_lazy("State"))
    kind = listing.EnumFilter(QuestionKind, label=pgettext_lazy("ledger", "Question"))

    class Meta:
        model = LedgerQuestion
        fields = ()


@needs(Permission.ASSET_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Every question about a device, the open ones first."""
    return listing.respond(
        request,
        table=QuestionTable,
        filterset=QuestionFilter,
        queryset=LedgerQuestion.objects.visible_to(request.viewer).select_related("institution", "run", "answered_by"),
        template="assets/questions.html",
        filename="ledger-questions",
    )


@needs(Permission.ASSET_READ)
@require_http_methods(["GET", "POST"])
def question(request: SignedInRequest, question_id: UUID) -> HttpResponse:
    """One question with what was seen, and its answer."""
    rows = LedgerQuestion.objects.select_related("institution", "run", "asset", "answered_by")
    found = visible_or_404(rows, request.viewer, pk=question_id)
    form = AnswerForm(request.POST or None, kind=QuestionKind(found.kind))
    if request.method == "POST":
        require(access.may(request.viewer, Permission.ASSET_CHANGE))
        if form.is_valid():
            said = form.cleaned_data
            try:
                services.answer_question(
                    question_id, QuestionAnswer(said["answer"]), reason=said["reason"], place=said.get("place", ""),
                    by=request.viewer, now=request.now,
                )  # fmt: skip
            except NotAllowed as refused:
                beside = {IntakeRefusal.PLACE_MISSING: "place", IntakeRefusal.REASON_MISSING: "reason"}
                problems.put_beside(form, refused, beside)
            else:
                messages.success(request, _("The answer is kept, and the ledger follows it."))
                return redirect("assets:questions")
    page: dict[str, Any] = {
        "question": found,
        "form": form,
        "facts": _facts(found),
        "is_open": found.state == QuestionState.OPEN,
        "may_change": access.may(request.viewer, Permission.ASSET_CHANGE),
    }
    return render(request, "assets/question.html", page, status=422 if form.errors else 200)


def _facts(found: LedgerQuestion) -> list[tuple[Any, Any]]:
    facts: list[tuple[Any, Any]] = [
        (gettext_lazy("Institution"), found.institution.name),
        (gettext_lazy("File"), found.run.file_name),
        (pgettext_lazy("ledger", "Asked"), found.asked_at),
    ]
    if found.asset:
        facts.append((gettext_lazy("Place"), found.asset.place or None))
    if found.seen:
        seen = PlannedRow(verdict=Verdict.UNKNOWN, after=found.seen)
        facts.append((pgettext_lazy("ledger", "What was seen"), presenting.told(seen)))
    if found.answer:
        facts += [
            (gettext_lazy("Answer"), QuestionAnswer(found.answer)),
            (gettext_lazy("How you know"), found.reason),
            (gettext_lazy("Answered"), found.answered_at),
            (gettext_lazy("By"), str(found.answered_by)),
        ]
    return facts
