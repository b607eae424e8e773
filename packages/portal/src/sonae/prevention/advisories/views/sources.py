from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.web import listing, problems, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.core.web.rows import Rows
from sonae.kernel.decision import ALLOWED, Refused
from sonae.kernel.errors import NotAllowed
from sonae.prevention.advisories import queries, rules, services, tasks
from sonae.prevention.advisories.forms import SourceForm
from sonae.prevention.advisories.models import ImportRun, Source
from sonae.prevention.advisories.tables import RunFilter, RunTable, SourceFilter, SourceRow, SourceTable
from sonae.prevention.advisories.vocabulary import AdvisoryRefusal, SourceKind, Trouble

_FIELDS = {AdvisoryRefusal.NAME_TAKEN: "name", AdvisoryRefusal.ADDRESS_REFUSED: "address"}


@require_GET
@needs(Permission.ADVISORY_READ)
def index(request: SignedInRequest) -> HttpResponseBase:
    """Where advisories come from, how old what is known from there is, and how complete."""
    found = [_row(source, run, request) for source, run in queries.sources_with_counts(request.viewer)]
    return listing.respond(
        request,
        table=SourceTable,
        filterset=SourceFilter,
        queryset=Rows(found),
        template="advisories/sources.html",
        filename="sources",
        context={"may_manage": access.may(request.viewer, Permission.FEED_MANAGE).ok},
    )


@require_GET
@needs(Permission.ADVISORY_READ)
def detail(request: SignedInRequest, pk: UUID) -> HttpResponseBase:
    """One source with all its imports."""
    source = visible_or_404(Source.objects, request.viewer, pk=pk)
    trouble = words.of(Refused(Trouble(source.trouble), source.trouble_facts)) if source.trouble else ""
    is_paused = source.paused_at is not None
    page = {
        "source": source,
        "facts": _facts(source),
        "trouble": trouble,
        "is_old": source.is_old(now=request.now),
        "may_manage": access.may(request.viewer, Permission.FEED_MANAGE).ok,
        "may_pull": rules.may_pull(
            has_address=bool(source.address), is_paused=is_paused, retry_at=None, now=request.now
        ),
        "may_pause": Refused(AdvisoryRefusal.SOURCE_PAUSED) if is_paused else ALLOWED,
        "may_resume": ALLOWED if is_paused else Refused(AdvisoryRefusal.SOURCE_NOT_PAUSED),
    }
    return listing.respond(
        request,
        table=RunTable,
        filterset=RunFilter,
        queryset=ImportRun.objects.visible_to(request.viewer).filter(source=source),
        template="advisories/source.html",
        filename=f"imports-{source.name}",
        context=page,
    )


@require_http_methods(["GET", "POST"])
@needs(Permission.FEED_MANAGE)
def add(request: SignedInRequest) -> HttpResponse:
    """A new source."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            source = services.add_source(
                entered["name"], kind=SourceKind(entered["kind"]), address=entered["address"], by=request.viewer,
                now=request.now,
            )  # fmt: skip
        except NotAllowed as refused:
            problems.put_beside(form, refused, _FIELDS)
        else:
            messages.success(request, _("The source was added. It is asked within a few minutes."))
            return redirect("advisories:source", source.pk)
    return render(request, "advisories/add_source.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@needs(Permission.FEED_MANAGE)
def pull(request: SignedInRequest, pk: UUID) -> HttpResponse:
    source = visible_or_404(Source.objects, request.viewer, pk=pk)
    tasks.queue_pull(source, by=request.viewer, now=request.now)
    messages.success(request, _("The source is asked now. This page shows what came of it."))
    return redirect("advisories:source", source.pk)


@require_POST
@needs(Permission.FEED_MANAGE)
def pause(request: SignedInRequest, pk: UUID) -> HttpResponse:
    source = visible_or_404(Source.objects, request.viewer, pk=pk)
    services.pause_source(source.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The source is paused. Nothing is fetched from it until somebody resumes it."))
    return redirect("advisories:source", source.pk)


@require_POST
@needs(Permission.FEED_MANAGE)
def resume(request: SignedInRequest, pk: UUID) -> HttpResponse:
    source = visible_or_404(Source.objects, request.viewer, pk=pk)
    services.resume_source(source.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The source is resumed. It is asked within a few minutes."))
    return redirect("advisories:source", source.pk)


def _row(source: Source, run: ImportRun | None, request: SignedInRequest) -> SourceRow:
    return SourceRow(
        pk=source.pk, name=source.name, kind=source.kind, state=_state(source, request),
        succeeded_at=source.succeeded_at,
        read=run.read if run else None, faulty=run.faulty if run else None, refused=run.refused if run else None,
        unread=run.unread if run else None,
    )  # fmt: skip


def _state(source: Source, request: SignedInRequest) -> str:
    if source.paused_at:
        return _("Paused")
    if source.trouble:
        return words.of(Refused(Trouble(source.trouble), source.trouble_facts))
    if source.is_old(now=request.now):
        return _("Nothing came for a long time")
    return _("In order") if source.succeeded_at else pgettext("source", "Not asked yet")


def _facts(source: Source) -> list[tuple[Any, Any]]:
    return [
        (_("How it is asked"), SourceKind(source.kind)),
        (_("Address of the source"), source.address or None),
        (_("Last fetched"), source.succeeded_at),
        (_("Last tried"), source.tried_at),
        (_("Failures in a row"), source.failures),
        (_("Asked again"), None if source.paused_at else source.retry_at),
        (_("Paused since"), source.paused_at),
    ]
