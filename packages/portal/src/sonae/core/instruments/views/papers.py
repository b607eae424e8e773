"""What was handed in, to keep: as PDF, and as a workbook that takes nothing back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import paper, queries
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages.addresses import PORTAL
from sonae.core.instruments.views.fetching import fetched, note_read
from sonae.core.instruments.vocabulary import ResponseRefusal
from sonae.core.web import sheets, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest, SonaeRequest

PDF_TYPE = "application/pdf"


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def pdf(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """What was handed in last, as PDF for the archive."""
    return kept(request, fetched(request, response_id), hand_out_pdf, door=PORTAL)


@never_cache
@require_GET
@needs(Permission.REGISTER_READ)
def xlsx(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """The same as a workbook to keep."""
    return kept(request, fetched(request, response_id), hand_out_xlsx, door=PORTAL)


def kept(
    request: SonaeRequest, found: Response, hand_out: Callable[[SonaeRequest, Response], HttpResponse], *, door: str
) -> HttpResponse:
    """One of both files behind either door; to all answers where nothing was handed in yet."""
    if found.submitted_at is None:
        messages.info(request, words.of(ResponseRefusal.NOTHING_SUBMITTED))
        return redirect(f"{door}:sheet", found.pk)
    return hand_out(request, found)


def hand_out_pdf(request: SonaeRequest, found: Response) -> HttpResponse:
    """What was handed in last as PDF, whichever way somebody came."""
    submission = queries.last_submission(found, request.viewer)
    note_read(request, found)
    language = words.language()
    content = paper.pdf(found, submission, viewer=request.viewer, now=request.now, language=language)
    return _attached(content, f"{paper.name_of(found, submission)}.pdf", content_type=PDF_TYPE)


def hand_out_xlsx(request: SonaeRequest, found: Response) -> HttpResponse:
    """What was handed in last as a workbook, whichever way somebody came."""
    submission = queries.last_submission(found, request.viewer)
    note_read(request, found)
    language = words.language()
    content = paper.xlsx(found, submission, viewer=request.viewer, now=request.now, language=language)
    return _attached(content, f"{paper.name_of(found, submission)}.xlsx", content_type=sheets.XLSX_TYPE)


def _attached(content: bytes, name: str, *, content_type: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
