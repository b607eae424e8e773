"""The counting page: what a ministry or a prefecture is asked for most often."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.institutions import queries
from sonae.core.institutions import testing as institutions
from sonae.core.institutions.models import Institution
from sonae.core.institutions.vocabulary import BedBand, InstitutionKind, PlaceCount, Prefecture
from sonae.testing.cast import Person

ADDRESS = "/institutions/counts/"


@pytest.fixture
def sector(db):
    """Three hospitals and a pharmacy in two prefectures, one of them no longer in the list."""
    tokyo, hokkaido = Prefecture("13"), Prefecture("01")
    made = [
        institutions.an_institution(prefecture=tokyo, licensed_beds=19),
        institutions.an_institution(prefecture=tokyo, licensed_beds=500),
        institutions.an_institution(prefecture=hokkaido, kind=InstitutionKind.PHARMACY, licensed_beds=None),
        institutions.an_institution(prefecture=hokkaido, licensed_beds=100),
    ]
    Institution.objects.filter(pk=made[-1].pk).update(vanished_on=date(2026, 4, 1))
    return Institution.objects.filter(pk__in=[one.pk for one in made])


def test_one_query_counts_by_prefecture_kind_and_bed_class(sector):
    with CaptureQueriesContext(connection) as asked:
        counts = queries.counts_by_place(sector.listed())
    assert len(asked) == 1
    assert counts == [
        PlaceCount(Prefecture("01"), InstitutionKind.PHARMACY, BedBand.UNKNOWN, 1),
        PlaceCount(Prefecture("13"), InstitutionKind.HOSPITAL, BedBand.BEDS_0_19, 1),
        PlaceCount(Prefecture("13"), InstitutionKind.HOSPITAL, BedBand.BEDS_500_UP, 1),
    ]


def test_the_bands_count_what_the_filter_of_the_register_finds(sector):
    for one in queries.counts_by_place(sector):
        found = sector.in_band(one.band).filter(prefecture=one.prefecture, kind=one.kind)
        assert found.count() == one.count


def test_an_officer_sees_the_sums_and_narrows_them_to_a_kind(officer: Person, sector) -> None:
    listed = Institution.objects.listed()
    page = officer.client.get(ADDRESS).text
    assert f"{listed.count()} institution" in page
    pharmacies = listed.filter(kind="pharmacy").count()
    assert f"{pharmacies} institution" in officer.client.get(ADDRESS, {"kind": "pharmacy"}).text


def test_whoever_inspects_begins_with_their_own_and_may_ask_for_the_country(inspector: Person, sector) -> None:
    own = Institution.objects.listed().filter(jurisdiction_id__in=inspector.viewer.jurisdiction_ids).count()
    whole = Institution.objects.listed().count()
    assert own != whole
    assert f"{own} institution" in inspector.client.get(ADDRESS).text
    assert f"{whole} institution" in inspector.client.get(ADDRESS, {"area": "whole"}).text


def test_the_files_hold_one_line_for_each_number(officer: Person, sector) -> None:
    answer = officer.client.get(ADDRESS, {"export": "csv", "kind": "pharmacy"})
    assert "-filtered.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Prefecture code", "Prefecture", "Kind", "Licensed beds", "Number of institutions"]
    assert ["01", "Hokkaido", "Pharmacy", "Number of beds unknown", "1"] in rows
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(officer.client.get(ADDRESS, {"export": "xlsx"}).streaming_content))
    )
    assert book.worksheets[-1].title == "About this list"
    assert book.worksheets[-1]["B1"].value == "Numbers of institutions"


def test_nonsense_is_not_a_condition(officer: Person, sector) -> None:
    assert officer.client.get(ADDRESS, {"kind": "castle", "area": "moon"}).status_code == 200
    assert officer.client.get(ADDRESS, {"kind": "castle", "export": "csv"}).status_code == 200


def test_a_manager_has_no_counting_page(manager: Person) -> None:
    assert manager.client.get(reverse("institutions:counts")).status_code == 403
