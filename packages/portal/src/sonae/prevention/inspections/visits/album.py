"""The pictures of a visit for its report: of which row, when, by whom, and small."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import services as documents
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.inspections.visits.models import VisitPhoto
from sonae.prevention.inspections.visits.queries import Sheet, SheetRow

# A report is read on a screen and sent by mail: so many small pictures make some megabytes. Every further picture is
# named in the report, and stands with the visit.
MOST_DRAWN = 60


def pictures_of(sheet: Sheet) -> Iterator[tuple[SheetRow, VisitPhoto]]:
    """Every picture with its row, in the order of the form and of time."""
    return ((row, photo) for row in sheet.rows for photo in row.photos)


def thumbnails_of(sheet: Sheet, *, viewer: Viewer, now: datetime) -> dict[UUID, bytes]:
    """The first pictures as small PNGs, as far as this viewer may read their files; each look is recorded."""
    found = {}
    for _row, photo in list(pictures_of(sheet))[:MOST_DRAWN]:
        small = _small(photo, viewer=viewer, now=now)
        if small is not None:
            found[photo.pk] = small
    return found


def svg_of_thumbnail(photo: VisitPhoto, thumbnails: Mapping[UUID, bytes]) -> str:
    """The small picture in the form in which a paper takes it from data; empty where there is none."""
    small = thumbnails.get(photo.pk)
    if small is None:
        return ""
    packed = b64encode(small).decode()
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 45">'
        f'<image width="60" height="45" href="data:image/png;base64,{packed}"/></svg>'
    )


def _small(photo: VisitPhoto, *, viewer: Viewer, now: datetime) -> bytes | None:
    try:
        return documents.open_thumbnail(photo.document_id, by=viewer, now=now)
    except (NotAllowed, Gone):
        return None
