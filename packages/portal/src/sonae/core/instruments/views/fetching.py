"""The response that a request is about, and what its page had shown of it."""

from uuid import UUID

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments.models import Response
from sonae.core.web import reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest


def fetched(request: SonaeRequest, response_id: UUID) -> Response:
    rows = Response.objects.select_related("edition", "institution", "vendor", "handed_to")
    return visible_or_404(rows, request.viewer, pk=response_id)


def note_read(request: SonaeRequest, found: Response) -> None:
    reads.record_one(
        "response.open", request=request, permission=Permission.RESPONSE_READ, subject="response",
        subject_id=found.pk, institution_id=found.institution_id,
    )  # fmt: skip
