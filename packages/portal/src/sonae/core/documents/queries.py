from datetime import datetime

from django.conf import settings

from sonae.core.documents.models import Document
from sonae.core.documents.vocabulary import ScanState


def waits_for_scan(*, now: datetime) -> bool:
    """Whether a scanner is configured and some file stored by now was never seen by it."""
    if not settings.CLAMD_SOCKET:
        return False
    return Document.objects.filter(scan_state=ScanState.NOT_SCANNED, stored_at__lte=now).exists()
