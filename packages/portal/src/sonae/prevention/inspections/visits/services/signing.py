"""Signatures of both sides, and the pictures that belong to the rows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import bare_pictures
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Sensitivity
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict
from sonae.prevention.inspections.visits import basis, rules
from sonae.prevention.inspections.visits.models import VisitPhoto, VisitSignature
from sonae.prevention.inspections.visits.services.records import locked_visit, person, record
from sonae.prevention.inspections.visits.vocabulary import Side, VisitPurpose, VisitRefusal, VisitState


@transaction.atomic
def sign(
    visit_id: UUID,
    signature_id: UUID,
    *,
    side: Side,
    name: str,
    strokes: Any,
    signed_at: datetime,
    seen_revision: int,
    by: Viewer,
    now: datetime,
) -> VisitSignature:
    """Keeps a signature under what the visit says at this revision; the same id again changes nothing.

    A side that signs anew takes the place of its earlier signature.
    """
    visit = locked_visit(visit_id, by=by)
    known = VisitSignature.objects.filter(pk=signature_id).first()
    if known is not None:
        if (known.visit_id, known.side, known.name) != (visit.pk, side, name.strip()):
            raise Conflict(VisitRefusal.ENTRY_ID_REUSED)
        return known
    if visit.state not in rules.OPEN:
        raise Conflict(VisitRefusal.IS_CLOSED)
    require(
        rules.may_sign(VisitState(visit.state), name=name, strokes=strokes, seen=seen_revision, revision=visit.revision)
    )
    visit.signatures.filter(side=side, voided_at=None).update(voided_at=now)
    signature = VisitSignature.objects.create(
        id=signature_id, visit=visit, side=side, name=name.strip(), strokes=strokes, revision=visit.revision,
        signed_at=min(signed_at, now), kept_at=now, kept_by_id=person(by),
    )  # fmt: skip
    record("visit.sign", visit, by=by, now=now, side=side, revision=visit.revision)
    return signature


@transaction.atomic
def add_photo(visit_id: UUID, photo_id: UUID, *, item: str, content: bytes, by: Viewer, now: datetime) -> VisitPhoto:
    """Keeps a picture of a row without what the camera wrote beside it (place, device, time); the same id again
    changes nothing. Raises BadInput for what is no picture."""
    visit = locked_visit(visit_id, by=by)
    known = VisitPhoto.objects.filter(pk=photo_id).first()
    if known is not None:
        if (known.visit_id, known.item) != (visit.pk, item):
            raise Conflict(VisitRefusal.ENTRY_ID_REUSED)
        return known
    if visit.state != VisitState.UNDER_WAY:
        raise Conflict(VisitRefusal.IS_CLOSED if visit.state not in rules.OPEN else VisitRefusal.NOT_OPEN)
    form = basis.form_of(visit)
    assert form is not None, "a visit that began has a form"
    if item not in form.questions:
        require(Refused(VisitRefusal.UNKNOWN_ITEM))
    if visit.photos.count() >= rules.MOST_PHOTOS:
        require(Refused(VisitRefusal.TOO_MANY_PHOTOS, {"most": rules.MOST_PHOTOS}))
    # The name that a camera gives may tell more than it should, and a tablet's may be none.
    name = f"{photo_id}.{bare_pictures.extension_of(content) or 'jpg'}"
    document = documents.store(
        [bare_pictures.stripped(content, name=name)], by=by, now=now, name=name, purpose=VisitPurpose.PHOTO,
        sensitivity=Sensitivity.SHAREABLE, institution_id=visit.institution_id,
    )  # fmt: skip
    photo = VisitPhoto.objects.create(
        id=photo_id, visit=visit, item=item, document=document, added_at=now, added_by_id=person(by)
    )
    record("visit.photo", visit, by=by, now=now, item=item)
    return photo
