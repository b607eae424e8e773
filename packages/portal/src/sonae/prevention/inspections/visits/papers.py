"""The report of a closed visit as a file, for the page and for programs."""

from datetime import datetime

from django.http import HttpResponse

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents.vocabulary import MEDIA_TYPES, Kind
from sonae.core.web import words
from sonae.prevention.inspections.visits import album, queries, report
from sonae.prevention.inspections.visits.models import Visit


def report_of(visit: Visit, kind: Kind, *, viewer: Viewer, now: datetime) -> HttpResponse:
    """The report as PDF or Word document, in the language of the moment, with the pictures small."""
    sheet = queries.sheet(visit, viewer=viewer, now=now)
    assert sheet is not None, "a closed visit has a form"
    small = album.thumbnails_of(sheet, viewer=viewer, now=now)
    write = report.pdf if kind is Kind.PDF else report.docx
    content = write(sheet, language=words.language(), now=now, thumbnails=small)
    answer = HttpResponse(content, content_type=MEDIA_TYPES[kind])
    answer["Content-Disposition"] = f'attachment; filename="{report.name_of(visit)}.{kind}"'
    return answer
