"""What an institution does to get the forms of its vendors: asking each, and reminding those that did not answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sonae.core.accounts.vocabulary import Language, Viewer
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


def _sheet_of(sheets: Iterable[VendorSheet], vendor_id: int) -> VendorSheet | None:
    return next((sheet for sheet in sheets if sheet.vendor.pk == vendor_id), None)
