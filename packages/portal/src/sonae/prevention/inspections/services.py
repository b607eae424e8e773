"""What an institution does to have its papers together: asking its vendors for their forms, reminding those that did
not answer, and keeping its contact diagram."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sonae.core.accounts.vocabulary import Language, Viewer
from sonae.core.documents import services as documents
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import Purpose, Sensitivity
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.kernel.errors import Gone, NotAllowed
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.queries import VendorSheet


@dataclass(frozen=True, slots=True)
class Reminded:
    """To how many vendors a new link went, and whom none could be sent, with the refusal."""

    sent: tuple[str, ...]
    refused: tuple[tuple[str, NotAllowed], ...]


@transaction.atomic
def ask_vendor(
    institution_id: int,
    fiscal_year: int,
    vendor_id: int,
    *,
    name: str,
    address: str,
    by: Viewer,
    now: datetime,
    language: Language = Language.JAPANESE,
) -> Response:
    """Begins the form of a vendor, where there is none yet, and mails its link to somebody there: both or neither.

    Raises Gone for an institution of somebody else, a vendor that does not work there, and a year without a form.
    """
    institution = queries.institutions_of(by).filter(pk=institution_id).first()
    if institution is None:
        raise Gone("institution", institution_id)
    edition = queries.vendor_form(fiscal_year)
    sheet = _sheet_of(queries.vendors(institution, fiscal_year, by, now=now), vendor_id)
    if edition is None or sheet is None:
        raise Gone("vendor", vendor_id)
    response = sheet.response or instruments.open_response(
        edition.pk, institution_id=institution_id, vendor_id=vendor_id, occasion=str(fiscal_year), by=by, now=now
    )
    instruments.send_link(response.pk, name=name, address=address, by=by, now=now, language=language)
    return response


def remind_vendors(institution_id: int, fiscal_year: int, *, by: Viewer, now: datetime) -> Reminded:
    """Sends a new link to whoever was asked last at each vendor that has not handed in its form.

    A vendor that cannot be reminded (too many links today, an end of its work) keeps none of the others from it.
    """
    found = queries.preparation(institution_id, fiscal_year, by, now=now)
    sent, refused = [], []
    for sheet in found.vendors:
        if not sheet.may_be_reminded:
            continue
        assert sheet.response is not None, "only who was asked has a link"
        try:
            instruments.remind(sheet.response.pk, by=by, now=now)
        except NotAllowed as why:
            refused.append((sheet.vendor.name, why))
        else:
            sent.append(sheet.vendor.name)
    return Reminded(tuple(sent), tuple(refused))


def keep_contact_diagram(
    institution_id: int, pieces: Iterable[bytes], *, name: str, by: Viewer, now: datetime
) -> Document:
    """Keeps a file (`upload.chunks()`) as the contact diagram of an institution from now on; older ones stay.

    Raises Gone for an institution of somebody else, and BadInput for a file that is not accepted.
    """
    if not queries.institutions_of(by).filter(pk=institution_id).exists():
        raise Gone("institution", institution_id)
    return documents.store(
        pieces, name=name, purpose=Purpose.CONTACT_DIAGRAM, sensitivity=Sensitivity.SHAREABLE,
        institution_id=institution_id, by=by, now=now,
    )  # fmt: skip


def _sheet_of(sheets: Iterable[VendorSheet], vendor_id: int) -> VendorSheet | None:
    return next((sheet for sheet in sheets if sheet.vendor.pk == vendor_id), None)
