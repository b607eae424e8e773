"""The synthetic sector: the published distribution, the same for the same seed, and never mistaken for real."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.institutions import editions, queries, rules, services
from sonae.core.institutions.models import BedCount, Institution
from sonae.core.institutions.testing import NOW, an_institution
from sonae.core.institutions.vocabulary import (
    BedBand,
    Facets,
    InstitutionKind,
    Population,
    Prefecture,
    Region,
    RegisterRefusal,
)
from sonae.kernel.errors import NotAllowed


def test_equal_seeds_give_equal_sectors():
    assert list(services.synthetic_sector(500, seed=3)) == list(services.synthetic_sector(500, seed=3))
    assert list(services.synthetic_sector(500, seed=3)) != list(services.synthetic_sector(500, seed=4))


@pytest.mark.parametrize("size", [1, 7, 100, 5_000])
def test_a_sector_of_any_size_has_the_published_proportions(size):
    rows = list(services.synthetic_sector(size, seed=1))
    assert len(rows) == len({row.register_code for row in rows}) == size
    kinds = Counter(row.kind for row in rows)
    figures = editions.sector_figures().kinds
    for kind in InstitutionKind:
        assert abs(kinds[kind] - size * figures[kind] / sum(figures.values())) <= 1


def test_hospitals_and_clinics_have_the_beds_the_law_allows():
    rows = list(services.synthetic_sector(20_000, seed=1))
    hospitals = [row.beds.total for row in rows if row.kind is InstitutionKind.HOSPITAL]
    clinics = [row.beds.total for row in rows if row.kind is InstitutionKind.CLINIC]
    assert all(beds is not None and beds >= 20 for beds in hospitals)
    assert all(beds is not None and beds <= 19 for beds in clinics)
    assert {row.beds.total for row in rows if row.kind is InstitutionKind.PHARMACY} == {None}
    bands = Counter(map(rules.bed_band, hospitals))
    assert abs(bands[BedBand.BEDS_100_199] / len(hospitals) - 2585 / 7536) < 0.01


def test_every_name_says_that_it_is_fictitious():
    assert all(row.name.startswith("架空第") for row in services.synthetic_sector(300, seed=9))


@pytest.mark.django_db
def test_a_sector_is_marked_synthetic_and_made_once():
    told = []
    assert services.generate_synthetic_sector(2_500, seed=1, now=NOW, progress=lambda *at: told.append(at)) == 2_500
    assert told == [(2_000, 2_500), (2_500, 2_500)]
    assert Institution.objects.filter(is_synthetic=True).count() == 2_500
    assert BedCount.objects.count() == Institution.objects.exclude(licensed_beds=None).count()
    with pytest.raises(NotAllowed) as refused:
        services.generate_synthetic_sector(1, seed=1, now=NOW)
    assert refused.value.refusal.reason is RegisterRefusal.SECTOR_EXISTS


@pytest.mark.django_db
@pytest.mark.parametrize("size", [0, 180_001])
def test_a_sector_has_at_most_the_size_of_the_country(size):
    with pytest.raises(NotAllowed) as refused:
        services.generate_synthetic_sector(size, seed=1, now=NOW)
    assert refused.value.refusal.reason is RegisterRefusal.SECTOR_TOO_LARGE


FACETS = st.builds(
    Facets,
    population=st.sampled_from(Population),
    kinds=st.frozensets(st.sampled_from(InstitutionKind), max_size=2),
    prefectures=st.frozensets(st.sampled_from(Prefecture), max_size=20),
    regions=st.frozensets(st.sampled_from(Region), max_size=3),
    jurisdiction_ids=st.frozensets(st.integers(1, 40), max_size=3),
    bed_bands=st.frozensets(st.sampled_from(BedBand), max_size=3),
    beds_from=st.none() | st.sampled_from([0, 20, 100, 200]),
    beds_through=st.none() | st.sampled_from([0, 19, 199, 499]),
)


@pytest.mark.django_db
def test_the_count_is_that_of_the_rule_asked_of_each_institution():
    services.generate_synthetic_sector(1_500, seed=2, now=NOW)
    for beds in (None, 0, 19, 20, 199, 200, 500):
        an_institution(prefecture=Prefecture.TOTTORI, licensed_beds=beds)
    gone = an_institution(prefecture=Prefecture.TOTTORI)
    Institution.objects.filter(pk=gone.pk).update(vanished_on=NOW.date())
    register = [institution.facts() for institution in Institution.objects.all()]

    @settings(max_examples=150, deadline=None)
    @given(facets=FACETS)
    def agrees(facets: Facets) -> None:
        assert queries.count_fitting(facets) == sum(rules.fits(facts, facets) for facts in register)

    agrees()
