import csv
import datetime as dt
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sonae.core.access import services as grants
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import services as assurance
from sonae.core.assurance.vocabulary import Said, Source, SourceKind, Strength
from sonae.core.institutions import queries as institutions
from sonae.core.institutions import services as register
from sonae.core.institutions import testing as samples
from sonae.core.institutions.vocabulary import Beds
from sonae.core.instruments import services as instruments
from sonae.prevention.fees import views, yearly
from sonae.testing.cast import NOW, at_institution

STANDARDS, CHANGES = reverse("fees:standards"), reverse("fees:changes")


def table(client, url, **asked):
    answer = client.get(url, asked | {"export": "csv"})
    assert answer.status_code == 200, answer.text
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_hospital_reads_what_is_asked_of_its_own_number_of_beds(manager, hospital):
    beds = institutions.licensed_beds_on(hospital.pk, on=NOW.date())
    answer = manager.client.get(STANDARDS)
    assert answer.status_code == 200
    assert f"{hospital.name} has {beds} licensed beds" in answer.text
    assert "To be confirmed" in answer.text


@pytest.mark.parametrize(("beds", "asked"), [(199, False), (200, True), (201, True)])
def test_beds_that_are_given_count_instead(manager, beds, asked):
    found = table(manager.client, STANDARDS, on="2025-07-01", beds=beds)
    assert any("dedicated" in row["Demand"] for row in found) is asked
    assert all(row["For this number of beds"] == "Asked for" for row in found)


def test_whoever_has_no_hospital_is_told_what_depends_on_beds(officer):
    found = table(officer.client, STANDARDS, on="2025-07-01")
    assert {row["For this number of beds"] for row in found} == {"Asked for", "Depends on the number of beds"}
    assert "no number of beds" in officer.client.get(STANDARDS).text


def test_beside_each_demand_stands_what_the_evidence_says(manager, hospital):
    said = Said(
        control="backup.offline",
        institution_id=hospital.pk,
        source=Source(SourceKind.DUTY, "2026#3"),
        strength=Strength.DECLARED,
        since=NOW - dt.timedelta(days=3),
    )
    assurance.record_evidence(said, by=None, now=NOW)
    (row,) = table(manager.client, STANDARDS, on="2025-07-01", q="apart from the network")
    assert row["How it stands"] == "In place"


def test_a_day_before_the_first_standard_is_refused_beside_the_field(manager):
    answer = manager.client.get(STANDARDS, {"on": "2022-03-31"})
    assert answer.status_code == 200
    assert "The standards are known from" in answer.text
    assert 'value="2022-03-31"' in answer.text


@pytest.mark.parametrize("beds", ["-1", "many", "10001"])
def test_beds_that_cannot_be_are_refused_and_stay_typed(manager, beds):
    answer = manager.client.get(CHANGES, {"then_beds": beds})
    assert answer.status_code == 200
    assert f'value="{beds}"' in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_what_changes_from_199_to_200_beds(manager):
    found = table(manager.client, CHANGES, on="2025-07-01", beds=199, then_on="2025-07-01", then_beds=200)
    new = [row["Demand"] for row in found if row["What changes"] == "New"]
    assert len(new) == 2
    assert all("Not asked for" in row["Before"] for row in found if row["What changes"] == "New")


def test_what_changes_with_the_rules_alone(manager):
    found = table(manager.client, CHANGES, on="2024-05-31", beds=400, then_on="2024-06-01")
    turns = {row["Demand"]: row["What changes"] for row in found}
    assert turns["Backups for an emergency are kept by several methods"] == "Asked for otherwise"
    assert sum(turn == "New" for turn in turns.values()) == 3


def test_lists_are_searched_sorted_and_narrowed(manager):
    found = table(manager.client, CHANGES, on="2023-07-01", beds=400, then_on="2025-07-01", turn="begins", q="drill")
    assert [row["What changes"] for row in found] == ["New"]
    fees = [row["Fee"] for row in table(manager.client, STANDARDS, on="2025-05-31", beds=250, sort="-fee")]
    assert fees == sorted(fees, reverse=True)
    assert len(set(fees)) > 1
    weights = table(manager.client, STANDARDS, on="2025-05-31", beds=250, weight="deemed_met")
    assert [row["Licensed beds"] for row in weights] == ["「200床以上399床未満」"]


@pytest.mark.parametrize("who", ["colleague", "analyst", "operator", "vendor_person"])
def test_others_may_not_look(who, request):
    assert request.getfixturevalue(who).client.get(STANDARDS).status_code == 403


def test_a_page_asks_the_database_as_often_for_many_standards_as_for_few(manager, django_assert_max_num_queries):
    client = manager.client
    client.get(STANDARDS)
    with django_assert_max_num_queries(14):
        client.get(STANDARDS, {"on": "2025-07-01", "beds": 250})


def test_a_page_asks_the_database_as_often_for_three_hospitals_as_for_one(manager, hospital):
    def queries(url):
        with CaptureQueriesContext(connection) as asked:
            assert manager.client.get(url).status_code == 200
        return len(asked)

    instruments.load_shipped(now=NOW)
    for url in (STANDARDS, CHANGES):
        queries(url)
    alone = [queries(url) for url in (STANDARDS, CHANGES)]
    for number in range(2):
        more = samples.an_institution(name=f"別館病院{number}", licensed_beds=100 + number)
        grants.found(manager.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(more), now=NOW)
    assert [queries(url) for url in (STANDARDS, CHANGES)] == alone


def test_hospitals_that_are_left_out_are_counted(manager, hospital, other_hospital, monkeypatch):
    grants.found(manager.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(other_hospital), now=NOW)
    for url in (STANDARDS, CHANGES):
        assert "Left out" not in manager.client.get(url).text
    monkeypatch.setattr(views, "MOST_OWN", 1)
    for url in (STANDARDS, CHANGES):
        assert "Left out, in the file as well: 1." in manager.client.get(url).text


def test_beside_each_change_stands_the_own_evidence_and_the_way_to_the_report(manager, hospital):
    said = Said(
        control="backup.offline", institution_id=hospital.pk, source=Source(SourceKind.DUTY, "2026#3"),
        strength=Strength.DECLARED, since=NOW - dt.timedelta(days=3), until=NOW + dt.timedelta(days=30),
    )  # fmt: skip
    assurance.record_evidence(said, by=None, now=NOW)
    asked = {"on": "2025-07-01", "beds": 199, "then_on": "2025-07-01", "then_beds": 200}
    (row,) = table(manager.client, CHANGES, **asked, q="apart from the network")
    assert row["How it stands"] == "In place"
    assert row["Evidence holds until"].startswith("2026-12-2")
    others = {one["How it stands"] for one in table(manager.client, CHANGES, **asked)} - {"In place"}
    assert others == {"No evidence"}
    assert "Hospital" not in row


def test_the_report_of_this_year_is_one_step_away(manager, hospital):
    instruments.load_shipped(now=NOW)
    edition = yearly.edition_on(NOW.date())
    text = manager.client.get(CHANGES).text
    assert reverse("instruments:edition", args=[edition.pk]) in text and "Not begun yet" in text
    begun = instruments.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    text = manager.client.get(CHANGES).text
    assert reverse("instruments:response", args=[begun.pk]) in text and "Not begun yet" not in text


def test_whoever_manages_two_hospitals_gets_both_each_with_its_own_beds(manager, hospital, other_hospital):
    grants.found(manager.account.pk, Role.INSTITUTION_MANAGER, at=at_institution(other_hospital), now=NOW)
    register.change_beds(other_hospital.pk, Beds(total=199), as_of=NOW.date(), by=None, now=NOW)
    register.change_beds(hospital.pk, Beds(total=400), as_of=NOW.date(), by=None, now=NOW)
    found = table(manager.client, STANDARDS, on="2025-07-01")
    assert {row["Hospital"] for row in found} == {hospital.name, other_hospital.name}
    dedicated = [row["Hospital"] for row in found if "dedicated" in row["Demand"]]
    assert dedicated == [hospital.name]
    changes = table(manager.client, CHANGES, on="2024-05-31", then_on="2024-06-01")
    assert {row["Hospital"] for row in changes} == {hospital.name, other_hospital.name}
    text = manager.client.get(CHANGES).text
    assert f"{hospital.name} has 400 licensed beds" in text and f"{other_hospital.name} has 199" in text
