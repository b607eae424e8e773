from datetime import timedelta

import pytest

from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population, Prefecture
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.testing import a_campaign

# Before the clock of the tests: a result counts what is over.
EARLIER = timedelta(hours=2)
PLACES = (Prefecture.HOKKAIDO, Prefecture.TOKYO, Prefecture.TOTTORI)


@pytest.fixture
def campaign(officer, now):
    """Twelve hospitals in each of three prefectures; all answered, one in Tottori alone with yes."""
    made = [an_institution(population=Population.SYNTHETIC, prefecture=place) for place in PLACES for _ in range(12)]
    campaign = a_campaign(officer=officer.viewer, now=now)
    for number, institution in enumerate(made):
        is_yes = institution.prefecture != Prefecture.TOTTORI or number == 24
        a_response_of(campaign, institution, "yes" if is_yes and number % 3 == 0 else "no", now=now - EARLIER)
    return campaign


@pytest.fixture
def edition(campaign, officer, now):
    return an_edition_of(campaign, by=officer.viewer, now=now)
