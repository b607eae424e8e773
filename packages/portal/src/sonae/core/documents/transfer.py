"""The answer that hands out a file, for pages and the API alike."""

from typing import BinaryIO

from django.http import FileResponse

from sonae.core.documents.models import Document


def download(document: Document, content: BinaryIO) -> FileResponse:
    """The bytes, always as a download: no browser runs what somebody else uploaded on our address."""
    response = FileResponse(content, as_attachment=True, filename=document.name, content_type=document.media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
