"""Who listens to what: the one file in which an earlier room causes something in a later one."""

from sonae.core.assurance.vocabulary import EvidenceFiled
from sonae.core.bulletins import tasks as bulletin_tasks
from sonae.core.bulletins.vocabulary import BulletinIssued
from sonae.core.duties import services as duties
from sonae.kernel.events import subscribe


def connect() -> None:
    """Subscribes every handler; called once when the site is ready."""
    subscribe(EvidenceFiled, _settle_duties)
    subscribe(BulletinIssued, _tell_recipients)


def _tell_recipients(event: BulletinIssued) -> None:
    # Queued in the transaction that issues: either both stand or neither.
    bulletin_tasks.tell_recipients.enqueue(str(event.bulletin_id))


def _settle_duties(event: EvidenceFiled) -> None:
    duties.settle_by_evidence(event)
