"""What a campaign needs that the walk over all addresses asks about; see `access_objects`."""

from datetime import timedelta
from typing import Any

from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.prevention.surveys import services as surveys
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.results import recounts
from sonae.prevention.surveys.results import services as results
from sonae.prevention.surveys.results.testing import an_edition_of
from sonae.prevention.surveys.results.vocabulary import ResultStage
from sonae.prevention.surveys.testing import a_campaign, an_answer, asked_of
from sonae.prevention.surveys.vocabulary import Excuse, PopulationRule
from sonae.testing.access_world import World

DAY = timedelta(days=1)
CLOSED = "廃止の届出があったため"


def _campaign(world: World, hospital: Institution, **rest: Any) -> Any:
    officer = world.people["officer"].viewer
    alone = PopulationRule(prefectures=frozenset({Prefecture(hospital.prefecture)}), population=Population.SYNTHETIC)
    return a_campaign(officer=officer, now=world.now, rule=alone, **rest)


def campaign(world: World, hospital: Institution) -> Any:
    return _campaign(world, hospital).pk


def draft_campaign(world: World, hospital: Institution) -> Any:
    return _campaign(world, hospital, is_open=False).pk


def opening_campaign(world: World, hospital: Institution) -> Any:
    draft, officer = _campaign(world, hospital, is_open=False), world.people["officer"].viewer
    return surveys.begin_opening(draft.pk, seen=1, by=officer, now=world.now).pk


def asked(world: World, hospital: Institution) -> Any:
    return asked_of(_campaign(world, hospital), hospital.pk).pk


def extending_campaign(world: World, hospital: Institution) -> tuple[Any, Any]:
    """A campaign in which more time is being given, and the giving."""
    officer, last = world.people["officer"].viewer, world.now + timedelta(days=90)
    found = _campaign(world, hospital).pk
    given = surveys.begin_extension(found, due_at=last, why=CLOSED, by=officer, now=world.now)
    return found, given.pk


def closable_campaign(world: World, hospital: Institution) -> Any:
    # Its window ends with the moment in which it was opened.
    return _campaign(world, hospital, opens_at=world.now - DAY, closes_at=world.now + timedelta(microseconds=1)).pk


def excused(world: World, hospital: Institution) -> Any:
    officer = world.people["officer"].viewer
    return surveys.excuse(asked(world, hospital), kind=Excuse.HAS_CLOSED, why=CLOSED, by=officer, now=world.now).pk


def answered_campaign(world: World, hospital: Institution) -> Any:
    campaign, manager = (
        _campaign(world, hospital, opens_at=world.now - DAY),
        world.managers[hospital.pk].viewer,
    )
    an_answer(campaign, hospital.pk, by=manager, now=world.now - timedelta(hours=1))
    return campaign.pk


def counted_result(world: World, hospital: Institution) -> Any:
    campaign = Campaign.objects.get(pk=answered_campaign(world, hospital))
    return an_edition_of(campaign, by=world.people["officer"].viewer, now=world.now).pk


def result(world: World, hospital: Institution) -> Any:
    officer = world.people["officer"].viewer
    return results.publish(counted_result(world, hospital), by=officer, now=world.now).pk


def recount(world: World, hospital: Institution) -> Any:
    officer = world.people["officer"].viewer
    return recounts.begin_recount(counted_result(world, hospital), by=officer, now=world.now).pk


def result_in_the_making(world: World, hospital: Institution) -> Any:
    said: Any = {"stage": ResultStage.PRELIMINARY, "as_of": world.now - timedelta(minutes=2), "now": world.now}
    return results.begin_edition(answered_campaign(world, hospital), by=world.people["officer"].viewer, **said).pk
