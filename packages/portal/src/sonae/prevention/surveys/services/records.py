"""What every verb of a campaign begins and ends with."""

from datetime import datetime
from uuid import UUID

from sonae.core.access import rules as access
from sonae.core.access import services as places
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import require
from sonae.kernel.errors import Gone
from sonae.prevention.surveys.models import AskedInstitution, Campaign

DUTY = "survey.answer"
SUBJECT = "survey"


def locked_campaign(campaign_id: UUID, *, by: Viewer) -> Campaign:
    """The campaign, locked, for whoever conducts surveys; raises Gone for one this viewer may not know of."""
    rows = Campaign.objects.select_for_update(of=("self",)).select_related("edition").visible_to(by)
    campaign = rows.filter(pk=campaign_id).first()
    if campaign is None:
        raise Gone("campaign", campaign_id)
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    return campaign


def locked_asked(asked_id: int, permission: Permission, *, by: Viewer) -> AskedInstitution:
    """One asked institution, locked, for whoever may do this where it lies."""
    rows = AskedInstitution.objects.select_for_update(of=("self",)).visible_to(by)
    asked = rows.select_related("campaign", "institution", "response").filter(pk=asked_id).first()
    if asked is None:
        raise Gone("asked", asked_id)
    require(access.may(by, permission, at=places.place_of_institution(asked.institution_id)))
    return asked


def record(verb: str, campaign: Campaign, *, by: UUID | None, now: datetime, **facts: object) -> None:
    audit.record(verb, subject=SUBJECT, subject_id=campaign.pk, by=by, now=now, facts=facts)


def record_about(verb: str, asked: AskedInstitution, *, by: UUID | None, now: datetime, **facts: object) -> None:
    """Writes down what was done about one institution."""
    audit.record(
        verb, subject=SUBJECT, subject_id=asked.campaign_id, by=by, now=now,
        institution_id=asked.institution_id, facts=facts,
    )  # fmt: skip
