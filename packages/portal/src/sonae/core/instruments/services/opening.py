"""Beginning a response."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Vendor, VendorLink
from sonae.core.instruments import queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.models import Edition, Response
from sonae.core.instruments.services.answering import note_turn, record
from sonae.core.instruments.services.filling import fill_in
from sonae.core.instruments.vocabulary import Respondent, ResponseState
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone


@transaction.atomic
def open_response(
    edition_id: UUID, *, institution_id: int, occasion: str, by: Viewer, now: datetime, vendor_id: int | None = None
) -> Response:
    """The response of an institution on an occasion, begun where there is none yet, with what is known
    already filled in. Its edition is frozen from then.

    What was begun under another version of the same edition goes on under that version.
    """
    edition = _settled(edition_id)
    require(access.may(by, Permission.RESPONSE_ANSWER, at=places.place_of_institution(institution_id)))
    return _begun_or_new(
        edition, institution_id=institution_id, vendor_id=vendor_id, occasion=occasion, by=by.account_id, now=now
    )


@transaction.atomic
def stand_in(
    edition_id: UUID, *, institution_id: int, occasion: str, needs: Permission, by: UUID, now: datetime
) -> Response:
    """The response of an institution on an occasion, which from now on an officer answers in its place.

    Another room's verb: it has asked its own permission, which the officer `needs` for as long as this goes on, and
    keeps why. What is entered so is marked as entered by proxy, and the institution may go on with it at any time.
    """
    edition = _settled(edition_id)
    response = _begun_or_new(
        edition, institution_id=institution_id, vendor_id=None, occasion=occasion, by=by, now=now
    )  # fmt: skip
    require(rules.may_answer(ResponseState(response.state)))
    if (response.stand_in_id, response.stand_in_needs) != (by, needs):
        response.stand_in_id, response.stand_in_needs = by, needs
        response.save(update_fields=["stand_in", "stand_in_needs"])
        record("response.stand-in", response, by=by, now=now, facts={"by": str(by)})
    return response


def end_stand_ins(*, occasion: str, institution_id: int | None = None) -> int:
    """Nobody answers in place of an institution on this occasion any more, or of this one; returns of how many.

    Another room's verb, which writes down why.
    """
    found = Response.objects.filter(occasion=occasion, stand_in__isnull=False)
    if institution_id is not None:
        found = found.filter(institution_id=institution_id)
    return found.update(stand_in=None, stand_in_needs="")


def _settled(edition_id: UUID) -> Edition:
    """The edition, of which nothing changes any more once it is frozen: a whole nation begins at the same one, and none
    waits for another. Until then it is locked, because a file may still take the place of its whole content."""
    edition = Edition.objects.filter(pk=edition_id).first()
    if edition is not None and edition.frozen_at is None:
        edition = Edition.objects.select_for_update(of=("self",)).filter(pk=edition_id).order_by("pk").first()
    if edition is None:
        raise Gone("edition", edition_id)
    return edition


def _begun_or_new(
    edition: Edition, *, institution_id: int, vendor_id: int | None, occasion: str, by: UUID | None, now: datetime
) -> Response:
    """The response begun under this edition, which is settled, or under another version of it; else a new one."""
    begun = queries.begun_on(occasion, edition, institution_id=institution_id, vendor_id=vendor_id)
    if begun is not None:
        return begun
    require(
        rules.may_open(
            respondent=Respondent(edition.respondent),
            is_vendor=vendor_id is not None,
            valid_from=edition.valid_from,
            is_replaced=edition.replaced_at is not None,
            today=jst_day(now),
        )
    )
    vendor = None if vendor_id is None else _vendor_of(institution_id, vendor_id)
    try:
        with transaction.atomic():
            response = Response.objects.create(
                institution_id=institution_id, vendor=vendor, occasion=occasion, edition=edition, opened_at=now,
                opened_by_id=by, changed_at=now, state=ResponseState.DRAFT,
            )  # fmt: skip
    except IntegrityError:
        begun = queries.begun_on(occasion, edition, institution_id=institution_id, vendor_id=vendor_id)
        assert begun is not None, "somebody began it since it was looked for, and the database lets no second one be"
        return begun
    if edition.frozen_at is None:
        edition.frozen_at = now
        edition.save(update_fields=["frozen_at"])
    note_turn(response, by=by, now=now)
    fill_in(response, now=now)
    return response


def _vendor_of(institution_id: int, vendor_id: int) -> Vendor:
    """The vendor, if it works for the institution."""
    if not VendorLink.objects.current().filter(institution_id=institution_id, vendor_id=vendor_id).exists():
        raise Gone("vendor", vendor_id)
    return Vendor.objects.get(pk=vendor_id)
