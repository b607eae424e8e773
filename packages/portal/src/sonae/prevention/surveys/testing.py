"""A campaign for the tests of any room, walked through the real verbs."""

import datetime as dt
from typing import Any

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.vocabulary import Population
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import Response
from sonae.core.instruments.testing import an_edition
from sonae.prevention.surveys import services
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.vocabulary import CampaignContent, PopulationRule

ANSWERS = {"gate": "yes", "beds": 120}
WINDOW = dt.timedelta(days=30)


def a_content(*, officer: Viewer, now: dt.datetime, **overrides: Any) -> CampaignContent:
    """What an officer writes down: the small checklist, of every made-up hospital, for thirty days from now."""
    said: dict[str, Any] = {
        "title_ja": "サイバーセキュリティ対策に係る調査",
        "title_en": "Survey of cybersecurity measures",
        "fiscal_year": 2026,
        "reference_on": now.date(),
        "rule": PopulationRule(population=Population.SYNTHETIC),
        "opens_at": now,
        "closes_at": now + WINDOW,
    }
    if "edition_id" not in overrides:
        said["edition_id"] = an_edition(by=officer, now=now).pk
    return CampaignContent(**(said | overrides))


def a_campaign(
    *, officer: Viewer, now: dt.datetime, is_open: bool = True, is_told: bool = True, **overrides: Any
) -> Campaign:
    """A campaign that asks whoever the register has; open and told of unless said otherwise."""
    campaign = services.draft_campaign(a_content(officer=officer, now=now, **overrides), by=officer, now=now)
    if not is_open:
        return campaign
    campaign = opened(campaign, by=officer, now=now)
    while is_told and services.invite_some(campaign.pk, now=now):
        pass
    return campaign


def opened(campaign: Campaign, *, by: Viewer, now: dt.datetime) -> Campaign:
    """A draft, opened to its end."""
    services.begin_opening(campaign.pk, seen=campaign.revision, by=by, now=now)
    while services.freeze_some(campaign.pk, now=now):
        pass
    campaign.refresh_from_db()
    return campaign


def asked_of(campaign: Campaign, institution_id: int) -> AskedInstitution:
    return AskedInstitution.objects.get(campaign=campaign, institution_id=institution_id)


def an_answer(campaign: Campaign, institution_id: int, *, by: Viewer, now: dt.datetime, **answers: object) -> Response:
    """The response of an institution to a campaign, handed in."""
    response = services.begin_response(campaign.pk, institution_id, by=by, now=now)
    kept = instruments.save_answers(response.pk, answers or ANSWERS, seen=response.revision, by=by, now=now)
    return instruments.submit(response.pk, seen=kept.response.revision, by=by, now=now)
