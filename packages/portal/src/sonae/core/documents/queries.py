from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q

from sonae.core.access import rules as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import rules
from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import ScanState, Unseen
from sonae.kernel.decision import Decision

MOST_LOST_NAMED = 20


def waits_for_scan(*, now: datetime) -> bool:
    """Whether a scanner is configured and some file is to be tried by now."""
    if not settings.CLAMD_SOCKET:
        return False
    return Document.objects.filter(stored_at__lte=now).to_scan(now).exists()


def may_hand_out(document: Document, viewer: Viewer, *, is_confirmed: bool = False) -> Decision:
    """Whether this person gets the bytes of a file they may see."""
    return rules.may_hand_out(
        document.scan,
        has_scanner=bool(settings.CLAMD_SOCKET),
        is_own=_is_own(document, viewer),
        is_confirmed=is_confirmed,
    )


def unseen() -> Unseen:
    """The files that the configured scanner has not judged; nothing without a scanner."""
    if not settings.CLAMD_SOCKET:
        return Unseen()
    counted = Document.objects.aggregate(
        waiting=Count("pk", filter=Q(scan_state=ScanState.NOT_SCANNED)),
        since=Min("stored_at", filter=Q(scan_state=ScanState.NOT_SCANNED)),
        too_large=Count("pk", filter=Q(scan_state=ScanState.TOO_LARGE)),
    )
    lost = Document.objects.filter(scan_state=ScanState.LOST).order_by("sha256").values_list("sha256", flat=True)
    return Unseen(counted["waiting"], counted["since"], counted["too_large"], tuple(lost.distinct()[:MOST_LOST_NAMED]))


def _is_own(document: Document, viewer: Viewer) -> bool:
    """Stored by this very person, or for their institution by somebody who works there."""
    if viewer.account_id is not None and viewer.account_id == document.stored_by_id:
        return True
    own = access.reach(viewer, Permission.DOCUMENT_READ).institution_ids
    if document.institution_id is None or document.institution_id not in own:
        return False
    stored_here = Grant.objects.filter(institution_id=document.institution_id)
    return document.stored_by_id is not None and stored_here.filter(account_id=document.stored_by_id).exists()
