"""Writing a campaign down before it opens."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import Respondent
from sonae.kernel.decision import require
from sonae.kernel.errors import Conflict, Gone
from sonae.prevention.surveys import rules
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.services.records import locked_campaign, record
from sonae.prevention.surveys.vocabulary import CampaignContent, CampaignState, SurveyRefusal


@transaction.atomic
def draft_campaign(content: CampaignContent, *, by: Viewer, now: datetime) -> Campaign:
    """A campaign that only those who conduct surveys can see; nobody is asked yet."""
    require(access.may(by, Permission.SURVEY_CONDUCT, at=NATIONWIDE))
    require_sound(content)
    assert by.account_id is not None, "whoever conducts surveys is a person"
    campaign = Campaign.objects.create(drafted_at=now, drafted_by_id=by.account_id, **_columns(content))
    record("survey.draft", campaign, by=by.account_id, now=now)
    return campaign


@transaction.atomic
def revise_campaign(campaign_id: UUID, content: CampaignContent, *, seen: int, by: Viewer, now: datetime) -> Campaign:
    """Writes a draft anew. `seen` is the revision that whoever writes looked at; another one's stands."""
    campaign = locked_campaign(campaign_id, by=by)
    require(rules.may_edit(CampaignState(campaign.state)))
    if campaign.revision != seen:
        raise Conflict(SurveyRefusal.CHANGED_MEANWHILE)
    require_sound(content)
    columns = _columns(content) | {"revision": campaign.revision + 1}
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.save(update_fields=list(columns))
    record("survey.revise", campaign, by=by.account_id, now=now)
    return campaign


@transaction.atomic
def discard_campaign(campaign_id: UUID, *, seen: int, by: Viewer, now: datetime) -> None:
    """Takes a draft away; the audit log keeps that it was there, and who took it away.

    Nothing hangs on a draft, and nobody but those who conduct surveys knew of it. `seen` is the revision that whoever
    discards it looked at; another one's stands.
    """
    campaign = locked_campaign(campaign_id, by=by)
    require(rules.may_edit(CampaignState(campaign.state)))
    if campaign.revision != seen:
        raise Conflict(SurveyRefusal.CHANGED_MEANWHILE)
    record(
        "survey.discard", campaign, by=by.account_id, now=now, fiscal_year=campaign.fiscal_year,
        revision=campaign.revision,
    )  # fmt: skip
    campaign.delete()


def require_sound(content: CampaignContent) -> None:
    """Refuses a draft that does not hang together; raises Gone for an edition that is not there."""
    edition = Edition.objects.filter(pk=content.edition_id).first()
    if edition is None:
        raise Gone("edition", content.edition_id)
    is_replaced = edition.replaced_at is not None
    require(rules.may_plan(content, respondent=Respondent(edition.respondent), is_replaced=is_replaced))


def _columns(content: CampaignContent) -> dict[str, Any]:
    return {
        "title_ja": content.title_ja.strip(),
        "title_en": content.title_en.strip(),
        "edition_id": content.edition_id,
        "fiscal_year": content.fiscal_year,
        "reference_on": content.reference_on,
        "population": rules.rule_as_json(content.rule),
        "opens_at": content.opens_at,
        "closes_at": content.closes_at,
    }
