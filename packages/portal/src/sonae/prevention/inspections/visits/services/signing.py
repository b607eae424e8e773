"""Signatures of both sides, and the pictures that belong to the rows."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import bare_pictures
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import PURPOSES, FileRefusal, Sensitivity
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Conflict, Gone, Problem
from sonae.prevention.inspections.visits import basis, rules
from sonae.prevention.inspections.visits.models import Visit, VisitPhoto, VisitSignature
from sonae.prevention.inspections.visits.services.records import locked_visit, moved_on, person, record
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
    """Keeps a signature under what the visit says at this revision; the same id again changes nothing while it is in
    force.

    Inspectors who sign anew take the place of their earlier signature. What the institution signed is void only after
    something else was recorded: nobody puts another name there meanwhile.
    """
    visit = locked_visit(visit_id, by=by)
    known = VisitSignature.objects.filter(pk=signature_id).first()
    if known is not None:
        if (known.visit_id, known.side, known.name) != (visit.pk, side, name.strip()):
            raise Conflict(VisitRefusal.ENTRY_ID_REUSED)
        if known.voided_at is not None:
            require(Refused(VisitRefusal.OTHER_REVISION_SIGNED))
        return known
    if visit.state not in rules.OPEN:
        raise Conflict(VisitRefusal.IS_CLOSED)
    require(
        rules.may_sign(VisitState(visit.state), name=name, strokes=strokes, seen=seen_revision, revision=visit.revision)
    )
    standing = visit.signatures.filter(side=side, voided_at=None)
    if side is Side.INSTITUTION and standing.exists():
        require(Refused(VisitRefusal.SIGNED_ALREADY))
    standing.update(voided_at=now)
    signature = VisitSignature.objects.create(
        id=signature_id, visit=visit, side=side, name=name.strip(), strokes=strokes, revision=visit.revision,
        signed_at=min(signed_at, now), kept_at=now, kept_by_id=person(by),
    )  # fmt: skip
    record("visit.sign", visit, by=by, now=now, side=side, revision=visit.revision)
    return signature


def add_photo(
    visit_id: UUID, photo_id: UUID, *, item: str, pieces: Iterable[bytes], by: Viewer, now: datetime
) -> VisitPhoto:
    """Keeps a picture of a row without what the camera wrote beside it (place, device, time); the same again changes
    nothing. Raises BadInput for what is no picture or too large, Conflict for another picture under a known id.

    The picture is read and scanned before the visit is locked, so that nobody waits for it. What is kept already, or
    is not taken any more, is answered before anything is drawn: a tablet sends again whatever it got no answer to.
    """
    visit = _visit_to_picture(visit_id, item, by=by)
    content = _all_of(pieces, most_bytes=PURPOSES[VisitPurpose.PHOTO].most_bytes)
    # The name that a camera gives may tell more than it should, and a tablet's may be none.
    name = f"{photo_id}.{bare_pictures.extension_of(content) or 'jpg'}"
    bare = bare_pictures.stripped(content, name=name)
    known = _kept_before(visit, photo_id, item=item, sha256=hashlib.sha256(bare).hexdigest())
    if known is not None:
        return known
    with documents.examined(
        [bare], by=by, name=name, purpose=VisitPurpose.PHOTO, sensitivity=Sensitivity.SHAREABLE,
        institution_id=visit.institution_id,
    ) as picture:  # fmt: skip
        # Drawn small once, and only now that it is known how large it is: reports show nothing else of it.
        small = documents.thumbnail(bare)
        return _keep_photo(visit_id, photo_id, picture, small, item=item, by=by, now=now)


@transaction.atomic
def _keep_photo(
    visit_id: UUID,
    photo_id: UUID,
    picture: documents.Examined,
    small: bytes | None,
    *,
    item: str,
    by: Viewer,
    now: datetime,
) -> VisitPhoto:
    visit = locked_visit(visit_id, by=by)
    known = _kept_before(visit, photo_id, item=item, sha256=picture.sha256)
    if known is not None:
        return known
    document = documents.keep(picture, now=now)
    documents.keep_thumbnail(document, small, now=now)
    photo = VisitPhoto.objects.create(
        id=photo_id, visit=visit, item=item, document=document, added_at=now, added_by_id=person(by)
    )
    moved_on(visit, 1, now=now)
    record("visit.photo", visit, by=by, now=now, item=item)
    return photo


def _kept_before(visit: Visit, photo_id: UUID, *, item: str, sha256: str) -> VisitPhoto | None:
    """The picture that is kept under this id by now; None where it may be kept. Raises as `add_photo`."""
    known = VisitPhoto.objects.select_related("document").filter(pk=photo_id).first()
    if known is not None:
        if (known.visit_id, known.item, known.document.sha256) != (visit.pk, item, sha256):
            raise Conflict(VisitRefusal.ENTRY_ID_REUSED)
        return known
    if visit.state != VisitState.UNDER_WAY:
        raise Conflict(VisitRefusal.IS_CLOSED if visit.state not in rules.OPEN else VisitRefusal.NOT_OPEN)
    if visit.photos.count() >= rules.MOST_PHOTOS:
        require(Refused(VisitRefusal.TOO_MANY_PHOTOS, {"most": rules.MOST_PHOTOS}))
    return None


def _visit_to_picture(visit_id: UUID, item: str, *, by: Viewer) -> Visit:
    """The visit, for whoever inspects there and names a row of it; read before anything is taken in."""
    visit = Visit.objects.visible_to(by).select_related("edition", "submission").filter(pk=visit_id).first()
    if visit is None:
        raise Gone("visit", visit_id)
    require(access.may(by, Permission.INSPECTION_CONDUCT, at=places.place_of_institution(visit.institution_id)))
    form = basis.form_of(visit)
    if form is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert form is not None, "refused above"
    if item not in form.questions:
        require(Refused(VisitRefusal.UNKNOWN_ITEM))
    return visit


def _all_of(pieces: Iterable[bytes], *, most_bytes: int) -> bytes:
    """The bytes of a picture, of which no more are held than are taken."""
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > most_bytes:
            raise BadInput([Problem(FileRefusal.TOO_LARGE, facts={"most": most_bytes // 1_000_000})])
    return bytes(found)
