"""Who reads the file of a picture that was taken on a visit: whoever may know of the picture."""

from sonae.core.documents.rooms import hand_out_through_rows
from sonae.prevention.inspections.visits.models import VisitPhoto
from sonae.prevention.inspections.visits.vocabulary import VisitPurpose


def hand_out() -> None:
    """The institution reads what was seen once the visit is over, not while it goes on."""
    hand_out_through_rows(VisitPurpose.PHOTO, lambda viewer: VisitPhoto.objects.visible_to(viewer).values("document"))
