"""Answering: one page of questions, the whole to read, and the workbook."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import queries, services
from sonae.core.instruments.forms import SentPage, WorkbookForm, sent_page
from sonae.core.instruments.models import Response
from sonae.core.instruments.outline import Leaf
from sonae.core.instruments.pages import beside, section
from sonae.core.instruments.pages import overview as pages
from sonae.core.instruments.pages import workbook as sent_back
from sonae.core.instruments.pages.addresses import PORTAL
from sonae.core.instruments.pages.section import NOTHING_TYPED, Typed
from sonae.core.instruments.views.fetching import fetched, note_read
from sonae.core.instruments.vocabulary import ResponseRefusal
from sonae.core.web import problems, sheets, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, SonaeRequest, revision_seen
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Gone, NotAllowed


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_READ)
def page(request: SignedInRequest, response_id: UUID, number: int) -> HttpResponse:
    """One page of questions; every answer is saved as soon as it is sent, right or wrong."""
    return answer_page(request, fetched(request, response_id), number, door=PORTAL)


def answer_page(request: SonaeRequest, found: Response, number: int, *, door: str) -> HttpResponse:
    """One page of questions behind either door."""
    leaf = next((leaf for leaf in pages.leaves_of(found) if leaf.number == number), None)
    if leaf is None:
        raise Gone("page", number)
    if request.method == "GET":
        may_answer = queries.may_answer(found, request.viewer).ok
        return _leaf_page(request, found, leaf, door=door) if may_answer else redirect(f"{door}:sheet", found.pk)
    sent = sent_page(request.POST, leaf.lines, found.answers, now=request.now)
    outcome = _saved(request, found, sent)
    if request.htmx:
        return _leaf_parts(request, found, leaf, sent, outcome, door=door)
    if outcome.typed.refused or outcome.typed.conflicts or outcome.refused:
        status = 409 if outcome.typed.conflicts else 422
        return _leaf_page(request, found, leaf, outcome=outcome, status=status, door=door)
    messages.success(request, _("Your answers are saved."))
    return redirect(_where_next(request, found, leaf, door=door))


@require_POST
@needs(Permission.REGISTER_READ)
def clear(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Takes away the answers to questions that are not asked any more."""
    return clear_answers(request, fetched(request, response_id), door=PORTAL)


def clear_answers(request: SonaeRequest, found: Response, *, door: str) -> HttpResponse:
    """The same behind either door."""
    kept = services.clear_unasked(found.pk, seen=revision_seen(request), by=request.viewer, now=request.now)
    if kept.refused:
        messages.warning(request, words.of(next(iter(kept.refused.values()))))
    else:
        messages.success(request, _("The answers that are not asked for any more were taken away."))
    return redirect(f"{door}:response", found.pk)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def sheet(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """The whole response to be read or printed."""
    return read_sheet(request, fetched(request, response_id), door=PORTAL)


def read_sheet(request: SonaeRequest, found: Response, *, door: str) -> HttpResponse:
    """The same behind either door."""
    note_read(request, found)
    page = pages.sheet(found, viewer=request.viewer, now=request.now, door=door)
    return render(request, "instruments/sheet.html", page)


@never_cache
@require_http_methods(["GET", "POST"])
@needs(Permission.REGISTER_READ)
def workbook(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Answering in a spreadsheet: the file to download, and the file to send back."""
    return send_workbook(request, fetched(request, response_id), door=PORTAL)


def send_workbook(request: SonaeRequest, found: Response, *, door: str) -> HttpResponse:
    """The same behind either door."""
    may_answer = queries.may_answer(found, request.viewer)
    if request.method == "GET" and isinstance(may_answer, Refused):
        return redirect(f"{door}:sheet", found.pk)
    require(may_answer)
    form = WorkbookForm(request.POST, request.FILES) if request.method == "POST" else WorkbookForm()
    page = pages.head(found, door=door)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            taken = services.take_workbook(
                found.pk, file.read(), file_name=file.name, by=request.viewer, now=request.now
            )  # fmt: skip
        except BadInput as refused:
            problems.put_at(form, "file", refused)
        else:
            page |= sent_back.outcome(taken) | {"taken": True}
            form = WorkbookForm()
    status = 422 if form.errors else 200
    return render(request, "instruments/workbook.html", page | {"form": form}, status=status)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def workbook_file(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """The file to fill in; whoever only reads has the sheet, which says what was submitted."""
    return hand_out_workbook(request, fetched(request, response_id))


def hand_out_workbook(request: SonaeRequest, found: Response) -> HttpResponse:
    """The same behind either door."""
    require(queries.may_answer(found, request.viewer))
    note_read(request, found)
    language = words.language()

    def notes() -> dict[str, tuple[str, ...]]:
        return beside.notes(found, viewer=request.viewer, now=request.now)

    content = queries.workbook_of(found, request.viewer, now=request.now, language=language, notes=notes)
    name = f"{found.edition.instrument}-{found.edition.edition}-{found.institution_id}.xlsx"
    return HttpResponse(
        content, content_type=sheets.XLSX_TYPE,
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)},
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a page that was sent."""

    typed: Typed = NOTHING_TYPED
    saved: frozenset[str] = frozenset()
    # Why nothing at all was taken.
    refused: Refused | None = None


def _saved(request: SonaeRequest, found: Response, sent: SentPage) -> Outcome:
    """Saves what was changed; what was refused, and what somebody else changed meanwhile, comes back as it was typed.

    The verb is asked also where nothing was changed: whoever may not answer hears of it.
    """
    refused: dict[str, Refused] = {}
    for seen, answers in (sent.changed or {found.revision: {}}).items():
        try:
            kept = services.save_answers(found.pk, answers, seen=seen, by=request.viewer, now=request.now)
        except NotAllowed as whole:
            if not isinstance(whole.refusal.reason, ResponseRefusal) or not sent.changed:
                raise
            return Outcome(Typed(sent.typed), refused=whole.refusal)
        refused |= kept.refused
    services.look_at(found.pk, sent.looked, by=request.viewer, now=request.now)
    found.refresh_from_db(fields=["answers", "marks", "revision", "state", "changed_at"])
    overtaken = {id_ for id_, why in refused.items() if why.reason is ResponseRefusal.CHANGED_MEANWHILE}
    conflicts = frozenset(overtaken | sent.unchosen)
    typed = {id_: sent.typed[id_] for id_ in conflicts | refused.keys()}
    others = {id_: why for id_, why in refused.items() if id_ not in overtaken}
    saved = frozenset(id_ for answers in sent.changed.values() for id_ in answers if id_ not in refused)
    return Outcome(Typed(typed, others, conflicts), saved)


def _where_next(request: SonaeRequest, found: Response, leaf: Leaf, *, door: str) -> str:
    """To the next page, to the whole, or to the same page again."""
    if request.POST.get("then") == "stay":
        return pages.page_of(found, leaf, door=door)
    kind, _colon, question = request.POST.get("then", "").partition(":")
    asks_for_file = kind == "file" and any(line.takes_file and line.item.id == question for line in leaf.lines)
    if asks_for_file and door == PORTAL:
        return reverse(f"{door}:file", args=[found.pk, question])
    following = next((one for one in pages.leaves_of(found) if one.number > leaf.number), None)
    if request.POST.get("then") == "next" and following is not None:
        return pages.page_of(found, following, door=door)
    return reverse(f"{door}:response", args=[found.pk])


def _leaf_page(
    request: SonaeRequest,
    found: Response,
    leaf: Leaf,
    *,
    door: str,
    outcome: Outcome | None = None,
    status: int = 200,
) -> HttpResponse:
    outcome = outcome or Outcome()
    page = pages.head(found, door=door) | _leaf_facts(request, found, leaf, outcome, door=door)
    page |= {"refused": outcome.refused}
    return render(request, "instruments/page.html", page, status=status)


def _leaf_parts(
    request: SonaeRequest, found: Response, leaf: Leaf, sent: SentPage, outcome: Outcome, *, door: str
) -> HttpResponse:
    """What of the page on the screen is no longer so: its notes, and questions that came, went or are in dispute."""
    renewed = outcome.saved | outcome.typed.conflicts | sent.given_up
    showed = {id_: seen for id_, seen in sent.showed.items() if id_ not in renewed}
    facts = _leaf_facts(request, found, leaf, outcome, door=door, page_showed=showed)
    disputed = outcome.typed.conflicts | sent.disputed
    again = [
        block for block in facts["blocks"]
        if block.question in disputed
        or block.takes_answer is not (block.question in sent.typed)
        # What it offers may have changed with another answer.
        or block.file is not None
        or (block.is_filtered and bool(outcome.saved - {block.question}))
    ]  # fmt: skip
    noted = [block for block in facts["blocks"] if block.takes_answer and block not in again]
    more = {"again": again, "noted": noted, "refused": outcome.refused, "conflicts": len(outcome.typed.conflicts)}
    return render(request, "instruments/saved.html", facts | more)


def _leaf_facts(
    request: SonaeRequest, found: Response, leaf: Leaf, outcome: Outcome, *, door: str, **showed: Any
) -> dict[str, Any]:
    findings = queries.findings_of(found, now=request.now)
    parts = pages.parts(found, findings, door=door)
    known = beside.beside(found, found.answers, viewer=request.viewer, now=request.now)
    return {
        "response": found,
        "leaf": leaf,
        "leaf_title": pages.leaf_title(leaf),
        "blocks": section.blocks(
            found, leaf, findings=findings, now=request.now, typed=outcome.typed, known=known, **showed
        ),
        "progress": section.progress(leaf, found.answers, findings),
        "parts": parts,
        "is_last": leaf.number == len(parts),
        "takes_files": door == PORTAL,
    }
