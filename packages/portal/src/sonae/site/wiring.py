"""Who listens to what: the one file in which an earlier room causes something in a later one."""

from sonae.core.assurance.vocabulary import EvidenceFiled, EvidenceWithdrawn
from sonae.core.bulletins import tasks as bulletin_tasks
from sonae.core.bulletins.vocabulary import BulletinIssued
from sonae.core.duties import services as duties
from sonae.core.duties.vocabulary import DutyReopened
from sonae.kernel.events import subscribe
from sonae.prevention.detection import services as detection


def connect() -> None:
    """Subscribes every handler; called once when the site is ready."""
    subscribe(EvidenceFiled, _settle_duties)
    subscribe(EvidenceWithdrawn, _reopen_duties)
    subscribe(DutyReopened, _reopen_alert)
    subscribe(BulletinIssued, _tell_recipients)


def _tell_recipients(event: BulletinIssued) -> None:
    # Queued in the transaction that issues: either both stand or neither.
    bulletin_tasks.tell_recipients.enqueue(str(event.bulletin_id))


def _settle_duties(event: EvidenceFiled) -> None:
    duties.settle_by_evidence(event)


def _reopen_duties(event: EvidenceWithdrawn) -> None:
    duties.reopen_by_withdrawal(event)


def _reopen_alert(event: DutyReopened) -> None:
    detection.reopen_alert(event)
