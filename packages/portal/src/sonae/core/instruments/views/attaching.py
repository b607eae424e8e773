"""A file as the answer to a question, on a page of its own: the other answers are saved before it is opened."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import queries, services
from sonae.core.instruments.forms import AttachForm
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages import overview as pages
from sonae.core.instruments.pages import section
from sonae.core.instruments.pages.wording import label_of, say
from sonae.core.instruments.services import Kept
from sonae.core.instruments.views.fetching import fetched
from sonae.core.web import problems, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, revision_seen
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_READ)
def attach(request: SignedInRequest, response_id: UUID, question: str) -> HttpResponse:
    """The file that stands there, another one in its place, or none."""
    found = fetched(request, response_id)
    require(queries.may_attach(found, question, request.viewer))
    if request.method == "GET":
        return _page(request, found, question, AttachForm())
    if "remove" in request.POST:
        kept = services.detach(found.pk, question, seen=revision_seen(request), by=request.viewer, now=request.now)
        return _back(request, found, question, kept, _("The file is taken out of the response."))
    form = AttachForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            kept = services.attach(
                found.pk, question, file.chunks(), name=file.name, seen=revision_seen(request), by=request.viewer,
                now=request.now,
            )  # fmt: skip
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            return _back(request, found, question, kept, _("The file is attached."))
    return _page(request, found, question, form, status=422)


def _page(
    request: SignedInRequest, found: Response, question: str, form: AttachForm, *, status: int = 200
) -> HttpResponse:
    leaf, line = pages.place_of(found, question)
    page: dict[str, Any] = pages.head(found) | {
        "question": label_of(line.item),
        "hint": say(line.item.hint),
        "leaf_title": pages.leaf_title(leaf),
        "back": pages.page_of(found, leaf),
        "file": section.attached(found.answers.get(question)),
        "form": form,
    }
    return render(request, "instruments/file.html", page, status=status)


def _back(request: SignedInRequest, found: Response, question: str, kept: Kept, done: str) -> HttpResponse:
    """To the page on which the question stands, with what became of it."""
    if kept.refused:
        messages.warning(request, words.of(kept.refused[question]))
    else:
        messages.success(request, done)
    leaf, _line = pages.place_of(found, question)
    return redirect(pages.page_of(found, leaf))
