"""Who listens to what: the one file in which an earlier room causes something in a later one."""

from datetime import datetime

from allauth.mfa import signals as mfa
from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance.vocabulary import EvidenceFiled, EvidenceWithdrawn
from sonae.core.bulletins import tasks as bulletin_tasks
from sonae.core.bulletins.vocabulary import BulletinIssued
from sonae.core.duties import asides
from sonae.core.duties import services as duties
from sonae.core.duties.vocabulary import DutyReopened
from sonae.core.instruments import occasions
from sonae.core.instruments.vocabulary import ResponseAccepted, ResponseReturned, ResponseSubmitted
from sonae.core.web import second_factor, words
from sonae.kernel.events import subscribe
from sonae.prevention.assets import asides as asset_asides
from sonae.prevention.assets.vocabulary import LedgerChanged
from sonae.prevention.detection import services as detection
from sonae.prevention.exposure import pages as exposure_pages
from sonae.prevention.exposure import services as exposures
from sonae.prevention.fees import yearly as reports
from sonae.prevention.inspections import yearly as checklists
from sonae.prevention.surveys import queries as survey_queries
from sonae.prevention.surveys import services as surveys
from sonae.prevention.surveys import tasks as survey_tasks
from sonae.prevention.surveys.vocabulary import OCCASION as SURVEY_OCCASION
from sonae.prevention.surveys.vocabulary import CampaignExtending, CampaignOpened, CampaignOpening
from sonae.response.disclosure.models import Disclosure
from sonae.response.disclosure.vocabulary import DisclosureState
from sonae.response.incidents import onward
from sonae.response.incidents import pages as incident_pages
from sonae.response.incidents.models import Incident
from sonae.response.incidents.onward import Onward
from sonae.response.incidents.vocabulary import IncidentMoved, IncidentReported
from sonae.site import obligations


def connect() -> None:
    """Subscribes every handler; called once when the site is ready."""
    subscribe(EvidenceFiled, _settle_duties)
    subscribe(EvidenceWithdrawn, _reopen_duties)
    subscribe(DutyReopened, _reopen_alert)
    subscribe(IncidentReported, obligations.impose)
    subscribe(IncidentMoved, obligations.lift)
    subscribe(LedgerChanged, _note_ledger)
    subscribe(BulletinIssued, _tell_recipients)
    subscribe(CampaignOpening, _freeze)
    subscribe(CampaignOpened, _invite)
    subscribe(CampaignExtending, _extend)
    occasions.offer_names(SURVEY_OCCASION, survey_queries.names_of_occasions)
    subscribe(ResponseSubmitted, _take_submission)
    subscribe(ResponseReturned, _take_return)
    subscribe(ResponseAccepted, _take_acceptance)
    onward.offer(_disclosures_of)
    asides.offer("incident", incident_pages.beside_duty)
    asset_asides.offer(exposure_pages.beside_asset)
    mfa.authenticator_added.connect(second_factor.note_added)
    mfa.authenticator_removed.connect(second_factor.note_removed)


def _note_ledger(event: LedgerChanged) -> None:
    exposures.note_ledger(event.institution_id)


def _tell_recipients(event: BulletinIssued) -> None:
    # Queued in the transaction that issues: either both stand or neither.
    bulletin_tasks.tell_recipients.enqueue(str(event.bulletin_id))


def _freeze(event: CampaignOpening) -> None:
    survey_tasks.freeze.enqueue(str(event.campaign_id))


def _invite(event: CampaignOpened) -> None:
    survey_tasks.invite.enqueue(str(event.campaign_id))


def _extend(event: CampaignExtending) -> None:
    survey_tasks.queue_extending(event.extension_id)


def _take_submission(event: ResponseSubmitted) -> None:
    surveys.take_submission(event)
    checklists.DUTY.take_submission(event)
    reports.DUTY.take_submission(event)


def _take_return(event: ResponseReturned) -> None:
    surveys.take_return(event)
    checklists.DUTY.take_return(event)
    reports.DUTY.take_return(event)


def _take_acceptance(event: ResponseAccepted) -> None:
    surveys.take_acceptance(event)


def _settle_duties(event: EvidenceFiled) -> None:
    duties.settle_by_evidence(event)


def _reopen_duties(event: EvidenceWithdrawn) -> None:
    duties.reopen_by_withdrawal(event)


def _reopen_alert(event: DutyReopened) -> None:
    detection.reopen_alert(event)


def _disclosures_of(incident: Incident, viewer: Viewer, _now: datetime) -> list[Onward]:
    """From an incident to what the sector learns of it, for whoever may read disclosures at all."""
    if not access.may(viewer, Permission.DISCLOSURE_READ).ok:
        return []
    drafting = Onward(
        _("Draft what the sector may know"),
        reverse("disclosure:draft", args=[incident.pk]),
        allowed=access.may(viewer, Permission.DISCLOSURE_DRAFT),
        is_main=True,
    )
    written = [
        Onward(
            _("Disclosure %(number)s (%(state)s)")
            % {"number": disclosure.number, "state": words.of(DisclosureState(disclosure.state))},
            reverse("disclosure:detail", args=[disclosure.pk]),
        )
        for disclosure in Disclosure.objects.visible_to(viewer).filter(incident=incident)
    ]
    return [drafting, *written]
