"""Two years of a survey beside each other: shares only where the table of questions says that they compare."""

from datetime import timedelta

import pytest
from django.urls import reverse

from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import Population
from sonae.core.instruments import services as instruments
from sonae.core.instruments import year_maps
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import Comparison
from sonae.prevention.surveys.results import comparing, queries, services
from sonae.prevention.surveys.results.testing import a_response_of, an_edition_of
from sonae.prevention.surveys.testing import a_campaign

pytestmark = pytest.mark.django_db
EARLIER = timedelta(hours=2)
SURVEY = "hospital-survey"


def shipped(earlier, later):
    """What the file of Sonae says of two editions, by the question of the later one."""
    return {one.became: one for one in year_maps.shipped(SURVEY).pairs.get((earlier, later), ())}


@pytest.fixture
def ask(officer, now):
    """Has twenty hospitals asked by one edition of the survey, of whom so many say yes to what a test looks at."""
    instruments.load_shipped(now=now)
    hospitals = [an_institution(population=Population.SYNTHETIC) for _ in range(20)]

    def year(edition, fiscal_year, *, yes):
        asked = Edition.objects.current().get(instrument=SURVEY, edition=edition)
        campaign = a_campaign(officer=officer.viewer, now=now, edition_id=asked.pk, fiscal_year=fiscal_year)
        for number, hospital in enumerate(hospitals):
            said = {"security_manager": "yes" if number < yes else "no", "ehr_in_use": "no"}
            a_response_of(campaign, hospital, "", now=now - EARLIER, answers=said)
        return an_edition_of(campaign, by=officer.viewer, now=now)

    return year


def beside(edition, viewer):
    """What stands beside each question of an edition, by its id."""
    edition = type(edition).objects.select_related("campaign__edition").get(pk=edition.pk)
    sheet = queries.sheet_of(edition, viewer)
    return {one.column.question: comparing.year_before(sheet, one) for one in sheet.questions.values()}


def test_shares_of_two_years_stand_beside_each_other_only_where_somebody_says_that_they_compare(ask, officer, now):
    before, after = ask("R6", 2024, yes=5), ask("R7", 2025, yes=15)
    services.publish(before.pk, by=officer.viewer, now=now)
    found = beside(after, officer.viewer)
    pairs = shipped("R6", "R7")
    for question, one in found.items():
        assert one.edition == before
        pair = pairs.get(question)
        if pair is None:
            assert (one.comparison, one.rows) == (None, ()), question
            continue
        assert one.comparison is pair.comparison, question
        assert bool(one.rows) is (pair.comparison is not Comparison.NOT_COMPARABLE), question
    assert set(found) > set(pairs), "some questions have nothing before them"
    assert [(row.then, row.now) for row in found["security_manager"].rows] == [
        (("5 / 20", "25.0"), ("15 / 20", "75.0")),
        (("15 / 20", "75.0"), ("5 / 20", "25.0")),
    ]


def test_the_year_before_stands_with_its_moment_and_both_denominators(ask, officer, now):
    before, after = ask("R6", 2024, yes=5), ask("R7", 2025, yes=15)
    services.publish(before.pk, by=officer.viewer, now=now)
    position = after.questions.get(question="security_manager").position
    page = officer.client.get(reverse("results:question", args=[after.pk, position])).text
    table = page[page.index('aria-labelledby="before"') :].partition("</table>")[0]
    assert "2024: Preliminary figures, edition 1, as of" in table
    assert 'datetime="2026-11-23T08:58:00+00:00"' in table
    for said in ("5 / 20", "25.0", "15 / 20", "75.0"):
        assert f'<td class="numeric">{said}</td>' in table


def test_a_year_that_is_not_published_stands_beside_nothing(ask, officer):
    ask("R6", 2024, yes=5)
    after = ask("R7", 2025, yes=15)
    assert set(beside(after, officer.viewer).values()) == {None}


def test_two_editions_that_nobody_compared_show_no_shares(ask, officer, now):
    """R4 and R7 are three years apart: what R4 called the same may be another thing."""
    before, after = ask("R4", 2022, yes=5), ask("R7", 2025, yes=15)
    services.publish(before.pk, by=officer.viewer, now=now)
    compared = shipped("R4", "R7")
    for question, one in beside(after, officer.viewer).items():
        if question not in compared:
            assert (one.edition, one.comparison, one.rows) == (before, None, ()), question


def test_what_is_kept_back_of_the_year_before_is_kept_back_beside_this_one_too(ask, officer, now):
    before, after = ask("R6", 2024, yes=1), ask("R7", 2025, yes=15)
    services.publish(before.pk, by=officer.viewer, now=now)
    rows = beside(after, officer.viewer)["security_manager"].rows
    assert [row.then for row in rows] == [("＊ / 20", "–"), ("＊ / 20", "–")], "one hospital of twenty said yes"
